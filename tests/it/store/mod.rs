//! The crate `store`, every function on every engine.

mod audit;
mod database;
mod jobs;
mod migrations;
mod redis;
mod sealing;
mod short_lived;

use chrono::{DateTime, TimeZone, Utc};
use uuid::Uuid;

/// The time it is in these tests.
fn noon() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 24, 12, 0, 0).unwrap() + chrono::Duration::microseconds(123_456)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}
