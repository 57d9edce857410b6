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

/// Limits short enough for a test.
fn config() -> OutboundConfig {
    OutboundConfig {
        connect_timeout_ms: 2_000,
        total_timeout_ms: 400,
        max_bytes: 64 * 1024,
        breaker_opens_after: 3,
        breaker_pause_ms: 15_000,
        ..OutboundConfig::default()
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
        let hand = self.clone();
        Outbound::builder(&config())
            .now(move || hand.now())
            .build()
            .unwrap()
    }
}
