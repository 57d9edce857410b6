//! Numbers per target and outcome.

use std::time::Instant;

use metrics::{counter, gauge, histogram};

/// Counts one exchange and how long it took. The outcome is `ok`, `refused` (4xx) or one of
/// [`crate::OutboundError::outcome`].
pub(crate) fn exchange(target: &str, outcome: &'static str, began: Instant) {
    counter!("outbound_requests_total", "target" => target.to_owned(), "outcome" => outcome)
        .increment(1);
    histogram!("outbound_request_seconds", "target" => target.to_owned(), "outcome" => outcome)
        .record(began.elapsed());
}

/// Shows whether a target is left alone at the moment.
pub(crate) fn breaker(target: &str, open: bool) {
    gauge!("outbound_breaker_open", "target" => target.to_owned()).set(if open {
        1.0
    } else {
        0.0
    });
}
