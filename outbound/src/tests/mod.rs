//! What a hostile or broken source may do to us, over real connections.

mod addresses;
mod authority;
mod breaking;
mod last_good;
mod limits;
mod mutual;
mod sending;
mod server;
mod soap;
mod trust;

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, Utc};

use crate::{Outbound, OutboundConfig};

/// Limits short enough for a test. No time runs out in it: a loaded machine is slow.
fn config() -> OutboundConfig {
    OutboundConfig {
        connect_timeout_ms: 2_000,
        total_timeout_ms: 10_000,
        max_bytes: 64 * 1024,
        breaker_opens_after: 3,
        breaker_pause_ms: 15_000,
        ..OutboundConfig::default()
    }
}

/// The same for a source that does not come to an end by itself: so long a test of it takes.
fn impatient(total_timeout_ms: u64) -> OutboundConfig {
    OutboundConfig {
        total_timeout_ms,
        ..config()
    }
}

/// A client with these limits and the system's clock.
fn outbound() -> Outbound {
    Outbound::new(&config()).unwrap()
}

/// A clock that moves when told.
#[derive(Debug, Clone, Default)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + self.0.load(Ordering::SeqCst), 0).unwrap()
    }

    fn advance(&self, seconds: i64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn outbound(&self) -> Outbound {
        self.outbound_within(&config())
    }

    fn outbound_within(&self, limits: &OutboundConfig) -> Outbound {
        let hand = self.clone();
        Outbound::builder(limits)
            .now(move || hand.now())
            .build()
            .unwrap()
    }
}
