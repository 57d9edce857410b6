//! Instants on the wire: `xs:dateTime` in UTC, nothing else.

use chrono::{NaiveDate, TimeDelta, TimeZone, Utc};

use crate::provider::Timestamp;
use crate::refusal::Refusal;

/// Reads `YYYY-MM-DDThh:mm:ss[.f…]Z`. No other zone, no leap second, no year beyond four digits.
pub(crate) fn instant(text: &str) -> Result<Timestamp, Refusal> {
    read(text).ok_or(Refusal::TimeMalformed)
}

/// An instant that may be absent, but not malformed.
pub(crate) fn optional(text: Option<&str>) -> Result<Option<Timestamp>, Refusal> {
    text.map(instant).transpose()
}

/// How we write instants: whole seconds.
pub(crate) fn written(instant: Timestamp) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// What the clocks of both sides may differ by, and how old a message may be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tolerance {
    pub(crate) skew: TimeDelta,
    pub(crate) age: TimeDelta,
    pub(crate) validity: TimeDelta,
}

impl Tolerance {
    /// Whether an instant lies in the future by more than the clocks may differ.
    pub(crate) fn is_future(&self, instant: Timestamp, now: Timestamp) -> bool {
        now.checked_add_signed(self.skew)
            .is_none_or(|latest| instant > latest)
    }

    /// Whether an end has passed, by more than the clocks may differ.
    pub(crate) fn is_over(&self, end: Timestamp, now: Timestamp) -> bool {
        now.checked_sub_signed(self.skew)
            .is_none_or(|earliest| end <= earliest)
    }

    /// Whether a message is older than any genuine one.
    pub(crate) fn is_stale(&self, issued: Timestamp, now: Timestamp) -> bool {
        now.checked_sub_signed(self.age)
            .is_none_or(|earliest| issued < earliest)
    }

    /// Whether an end lies further away than any genuine one.
    pub(crate) fn is_too_far(&self, end: Timestamp, now: Timestamp) -> bool {
        now.checked_add_signed(self.validity)
            .is_none_or(|latest| end > latest)
    }
}

fn read(text: &str) -> Option<Timestamp> {
    let text = text.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, nanoseconds(fraction)?),
        None => (text, 0),
    };
    let bytes = whole.as_bytes();
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let shaped = bytes.len() == 19
        && separators
            .iter()
            .all(|(at, separator)| bytes.get(*at) == Some(separator));
    if !shaped {
        return None;
    }
    let number = |from: usize, to: usize| {
        let digits = whole.get(from..to)?;
        digits
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| digits.parse::<u32>().ok())?
    };
    let date = NaiveDate::from_ymd_opt(
        i32::try_from(number(0, 4)?).ok()?,
        number(5, 7)?,
        number(8, 10)?,
    )?;
    let time =
        date.and_hms_nano_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, fraction)?;
    Some(Utc.from_utc_datetime(&time))
}

fn nanoseconds(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let scale = 10_u32.checked_pow(u32::try_from(9 - fraction.len()).ok()?)?;
    fraction.parse::<u32>().ok()?.checked_mul(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utc_is_read_and_nothing_else() {
        assert_eq!(
            written(instant("2026-03-02T09:16:05Z").unwrap()),
            "2026-03-02T09:16:05Z"
        );
        assert_eq!(
            instant("2026-03-02T09:16:05.118Z")
                .unwrap()
                .timestamp_subsec_millis(),
            118
        );
        for bad in [
            "2026-03-02T09:16:05",
            "2026-03-02T09:16:05+00:00",
            "2026-03-02T09:16:60Z",
            "2026-02-30T09:16:05Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02 09:16:05Z",
            "2026-03-02T09:16:05.Z",
            "2026-03-02T09:16:05.1234567890Z",
            "12026-03-02T09:16:05Z",
            "-026-03-02T09:16:05Z",
            "+026-03-02T09:16:05Z",
            " 2026-03-02T09:16:05Z",
            "2026-03-02T09:16:05Z ",
            "",
            "Z",
        ] {
            assert_eq!(instant(bad), Err(Refusal::TimeMalformed), "{bad}");
        }
    }

    #[test]
    fn boundaries_include_the_skew() {
        let now = instant("2026-03-02T09:00:00Z").unwrap();
        let tolerance = Tolerance {
            skew: TimeDelta::seconds(90),
            age: TimeDelta::seconds(300),
            validity: TimeDelta::hours(24),
        };
        let at = |seconds: i64| now + TimeDelta::seconds(seconds);

        assert!(!tolerance.is_future(at(90), now) && tolerance.is_future(at(91), now));
        assert!(!tolerance.is_over(at(-89), now) && tolerance.is_over(at(-90), now));
        assert!(!tolerance.is_stale(at(-300), now) && tolerance.is_stale(at(-301), now));
        assert!(!tolerance.is_too_far(at(86_400), now) && tolerance.is_too_far(at(86_401), now));
    }
}
