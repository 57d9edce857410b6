use serde_json::Value;
use tests::broker::{Ground, TestBroker};

async fn start() -> TestBroker {
    TestBroker::start(Ground::Sqlite).await
}

async fn configured(changes: Value) -> TestBroker {
    TestBroker::configured(Ground::Sqlite, changes).await
}

#[expect(
    clippy::duplicate_mod,
    reason = "the same suite on both pairs of engines"
)]
#[path = "suite/mod.rs"]
mod suite;
