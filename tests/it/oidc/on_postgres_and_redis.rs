use serde_json::Value;
use tests::broker::{Ground, TestBroker};

async fn start() -> TestBroker {
    TestBroker::start(Ground::PostgresAndRedis).await
}

async fn configured(changes: Value) -> TestBroker {
    TestBroker::configured(Ground::PostgresAndRedis, changes).await
}

#[expect(
    clippy::duplicate_mod,
    reason = "the same suite on both pairs of engines"
)]
#[path = "suite/mod.rs"]
mod suite;
