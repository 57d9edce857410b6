//! Client secrets: ours to make, at least 256 bits, kept as SHA-256 (a password hash would only slow us down: nobody
//! guesses 256 bits).

use aws_lc_rs::constant_time;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use web::Random;

/// Octets a configured secret must have at least.
pub const SHORTEST: usize = 32;

/// SHA-256 of a secret, and until when it is honoured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretHash {
    hash: [u8; 32],
    until: Option<DateTime<Utc>>,
}

impl SecretHash {
    /// The hash of a secret that holds until it is replaced.
    pub fn of(secret: &SecretString) -> Self {
        Self {
            hash: crate::hash::sha256(secret.expose_secret().as_bytes()),
            until: None,
        }
    }

    /// A hash from storage. `None` when it is not 32 octets.
    pub fn stored(hash: &[u8], until: Option<DateTime<Utc>>) -> Option<Self> {
        Some(Self {
            hash: hash.try_into().ok()?,
            until,
        })
    }

    /// The 32 octets to store.
    pub const fn octets(&self) -> &[u8; 32] {
        &self.hash
    }

    /// Whether `sent` is the secret, in constant time.
    pub fn admits(&self, sent: &[u8], now: DateTime<Utc>) -> bool {
        let alike =
            constant_time::verify_slices_are_equal(&crate::hash::sha256(sent), &self.hash).is_ok();
        alike && self.until.is_none_or(|until| now < until)
    }
}

/// Makes a new secret of 256 bits.
pub fn make(random: &Random) -> SecretString {
    random.token().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_secret_is_honoured_until_its_hour() {
        let until = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        let hash = *SecretHash::of(&"former".into()).octets();
        let former = SecretHash::stored(&hash, Some(until)).unwrap();

        assert!(former.admits(b"former", until - chrono::Duration::seconds(1)));
        assert!(!former.admits(b"former", until));
        assert!(!former.admits(b"Former", until - chrono::Duration::seconds(1)));
    }
}
