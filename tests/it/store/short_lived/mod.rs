//! Short-lived state, every operation on all three stores.

mod counts;
mod json;
mod races;
mod room;
mod values;
mod within;

use chrono::Duration;

const HOUR: Duration = Duration::hours(1);
const MICROSECOND: Duration = Duration::microseconds(1);
