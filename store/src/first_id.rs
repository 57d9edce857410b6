use chrono::{DateTime, Utc};
use uuid::{Builder, Uuid};

/// The least UUIDv7 of a moment, to the millisecond (RFC 9562, 5.7): keys before it were made before.
pub fn first_id_of(moment: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(moment.timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;

    #[test]
    fn keys_of_a_moment_lie_between_its_first_and_the_next_ones() {
        let moment = DateTime::from_timestamp_micros(1_800_000_000_123_456).unwrap();
        let millis = u64::try_from(moment.timestamp_millis()).unwrap();

        for random in [[0; 10], [0xff; 10]] {
            let key = Builder::from_unix_timestamp_millis(millis, &random).into_uuid();
            assert!(first_id_of(moment) <= key);
            assert!(key < first_id_of(moment + Duration::milliseconds(1)));
        }
        assert!(first_id_of(DateTime::from_timestamp(-1, 0).unwrap()) < first_id_of(moment));
    }
}
