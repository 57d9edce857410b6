use tests::portal::TestPortal;

async fn start() -> TestPortal {
    TestPortal::on_postgres_and_redis().await
}

#[path = "suite/mod.rs"]
mod suite;
