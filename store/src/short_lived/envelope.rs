//! What an entry looks like from outside: a hashed name and a sealed value.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::sealing::SealError;
use crate::{MasterKey, StorageError};

/// Names and seals entries. Keys hold what clients and people sent (a `jti`, an e-mail address): hashed under a key of
/// ours they have one length, cannot be guessed from a copy of the table, and say only what they are for.
#[derive(Debug)]
pub(super) struct Envelope {
    names: hmac::Key,
    master_key: MasterKey,
}

impl Envelope {
    pub(super) fn new(master_key: &MasterKey) -> Self {
        let names = hmac::Key::new(hmac::HMAC_SHA256, &master_key.derive("short-lived names"));
        Self {
            names,
            master_key: master_key.clone(),
        }
    }

    /// The name of a value.
    pub(super) fn value(&self, key: &str) -> String {
        self.name("v", key)
    }

    /// The name of a count.
    pub(super) fn count(&self, key: &str) -> String {
        self.name("n", key)
    }

    pub(super) fn seal(&self, name: &str, value: &[u8]) -> Result<Vec<u8>, SealError> {
        self.master_key.seal(&place(name), value)
    }

    pub(super) fn open(&self, name: &str, sealed: &[u8]) -> Result<Vec<u8>, StorageError> {
        Ok(self.master_key.open(&place(name), sealed)?)
    }

    fn name(&self, kind: &str, key: &str) -> String {
        let purpose = key.split_once(':').map_or("", |(purpose, _)| purpose);
        let purpose = if is_plain_word(purpose) {
            purpose
        } else {
            "other"
        };
        let hash = URL_SAFE_NO_PAD.encode(hmac::sign(&self.names, key.as_bytes()));
        format!("{kind}:{purpose}:{hash}")
    }
}

fn place(name: &str) -> String {
    format!("short_lived/{name}")
}

fn is_plain_word(purpose: &str) -> bool {
    (1..=32).contains(&purpose.len())
        && purpose
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || matches!(byte, b'_' | b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn envelope() -> Envelope {
        let text = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=".into();
        Envelope::new(&MasterKey::parse(&text).unwrap())
    }

    #[test]
    fn a_name_shows_the_purpose_and_nothing_else() {
        let name = envelope().value("login:petr@example.cz");

        assert!(name.starts_with("v:login:"), "{name}");
        assert!(!name.contains("petr"), "{name}");
        assert_eq!(name.len(), "v:login:".len() + 43);
    }

    #[test]
    fn what_stands_before_the_colon_is_shown_only_when_it_is_a_plain_word() {
        for key in [
            "no colon",
            ":empty",
            "Petr Dvořák:x",
            "a1:x",
            &format!("{}:x", "a".repeat(33)),
        ] {
            assert!(envelope().value(key).starts_with("v:other:"), "{key}");
        }
    }

    #[test]
    fn any_key_has_a_short_name_of_its_own() {
        let long = "x".repeat(1_000_000);

        assert!(envelope().value(&long).len() < 80);
        assert_ne!(envelope().value("jti:\0"), envelope().value("jti:"));
        assert_ne!(envelope().value("a:b"), envelope().count("a:b"));
    }

    #[test]
    fn a_value_moved_to_another_name_does_not_open() {
        let sealed = envelope().seal("v:login:1", b"state").unwrap();

        assert!(envelope().open("v:login:1", &sealed).is_ok());
        assert!(envelope().open("v:login:2", &sealed).is_err());
    }
}
