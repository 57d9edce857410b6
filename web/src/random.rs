//! Randomness, as an argument.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use uuid::Uuid;

/// Where random values come from: the operating system, or a seed that a test chose.
#[derive(Debug, Clone)]
pub struct Random(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Seeded { seed: u64, drawn: Arc<AtomicU64> },
}

impl Random {
    /// The generator of the cryptographic library, fed by the operating system.
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// The same values at every run. For tests: whoever knows the seed knows them all.
    pub fn seeded(seed: u64) -> Self {
        Self(Source::Seeded {
            seed,
            drawn: Arc::default(),
        })
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// 256 bits as 43 characters of base64url: codes, cookies, handles.
    pub fn token(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.bytes::<32>())
    }

    /// A key that sorts by time (RFC 9562, version 7).
    pub fn uuid_v7(&self, now: DateTime<Utc>) -> Uuid {
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }

    /// An identifier that says nothing (RFC 9562, version 4): subject identifiers.
    pub fn uuid_v4(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    #[expect(
        clippy::expect_used,
        reason = "without randomness no answer is safe to give, and the library's generator does not fail once it is seeded"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        match &self.0 {
            Source::System => aws_lc_rs::rand::fill(bytes).expect("the generator is seeded"),
            Source::Seeded { seed, drawn } => {
                for chunk in bytes.chunks_mut(digest::SHA256_OUTPUT_LEN) {
                    let block = [
                        seed.to_be_bytes(),
                        drawn.fetch_add(1, Ordering::SeqCst).to_be_bytes(),
                    ]
                    .concat();
                    let block = digest::digest(&digest::SHA256, &block);
                    chunk
                        .iter_mut()
                        .zip(block.as_ref())
                        .for_each(|(byte, random)| *byte = *random);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_43_characters_of_base64url_and_never_the_same() {
        let random = Random::system();
        let (one, other) = (random.token(), random.token());

        assert_eq!(one.len(), 43);
        assert!(
            one.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        );
        assert_ne!(one, other);
    }

    #[test]
    fn a_seed_gives_the_same_values_again() {
        let (one, other) = (Random::seeded(7), Random::seeded(7));

        assert_eq!(one.token(), other.token());
        assert_eq!(one.clone().bytes::<70>(), other.bytes::<70>());
        assert_ne!(one.token(), Random::seeded(8).token());
    }

    #[test]
    fn keys_sort_by_time_and_carry_their_version() {
        let random = Random::system();
        let now = DateTime::from_timestamp(1_795_000_000, 0).unwrap();
        let (earlier, later) = (
            random.uuid_v7(now),
            random.uuid_v7(now + chrono::Duration::milliseconds(1)),
        );

        assert!(earlier < later);
        assert_eq!(earlier.get_version_num(), 7);
        assert_eq!(random.uuid_v4().get_version_num(), 4);
    }
}
