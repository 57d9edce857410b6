use tests::portal::TestPortal;

async fn start() -> TestPortal {
    TestPortal::on_sqlite().await
}

#[expect(
    clippy::duplicate_mod,
    reason = "the same suite on both pairs of engines"
)]
#[path = "suite/mod.rs"]
mod suite;
