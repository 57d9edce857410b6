//! The content of an entry: when it ends, and what it holds.

use chrono::{DateTime, Duration, Utc};

use crate::StorageError;

/// An entry as it was read.
pub(super) struct Held {
    until: Vec<u8>,
    content: Vec<u8>,
}

impl Held {
    pub(super) fn encode(until: DateTime<Utc>, content: &[u8]) -> Vec<u8> {
        [digits(until).as_bytes(), content].concat()
    }

    pub(super) fn decode(mut bytes: Vec<u8>) -> Result<Self, StorageError> {
        if bytes.len() < DIGITS {
            return Err(StorageError::broken(
                "an entry in Redis that we did not write",
            ));
        }
        let content = bytes.split_off(DIGITS);
        Ok(Self {
            until: bytes,
            content,
        })
    }

    /// What it holds, unless it has ended.
    pub(super) fn at(self, now: DateTime<Utc>) -> Option<Vec<u8>> {
        (self.until.as_slice() > digits(now).as_bytes()).then_some(self.content)
    }
}

/// Microseconds since 1970, as wide for every year until 2286: digits that sort as the times do.
pub(super) fn digits(at: DateTime<Utc>) -> String {
    format!(
        "{:016}",
        at.timestamp_micros().clamp(0, 9_999_999_999_999_999)
    )
}

const DIGITS: usize = 16;

/// So that a clock of ours that is behind the server's finds what it still believes in.
pub(super) const CLEARED_LATER: Duration = Duration::minutes(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_there_until_the_microsecond_it_ends() {
        let end = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let held = || Held::decode(Held::encode(end, b"state")).unwrap();

        assert_eq!(
            held().at(end - Duration::microseconds(1)),
            Some(b"state".to_vec())
        );
        assert_eq!(held().at(end), None);
    }

    #[test]
    fn digits_sort_as_times_do() {
        let times = [
            DateTime::<Utc>::MIN_UTC,
            DateTime::UNIX_EPOCH,
            Utc::now(),
            DateTime::<Utc>::MAX_UTC,
        ];

        assert!(times.map(digits).is_sorted());
        assert!(times.map(digits).iter().all(|text| text.len() == DIGITS));
    }

    #[test]
    fn foreign_content_is_a_defect_and_no_panic() {
        assert!(matches!(
            Held::decode(b"short".to_vec()),
            Err(StorageError::Broken(_))
        ));
    }
}
