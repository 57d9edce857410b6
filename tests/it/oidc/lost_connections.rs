//! Connections to the database that died a moment ago, as a restart of its server leaves them.

use store::on;
use tests::broker::{Ground, JANA, TestBroker};
use tests::browser::Browser;

#[tokio::test]
async fn a_live_session_answers_at_once_over_connections_that_the_server_has_just_closed() {
    let broker = TestBroker::start(Ground::Postgres).await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let silent = broker.authorize("portal", &[("prompt", "none")]);
    for round in 0..5 {
        // It leaves a connection that answered a moment ago, and so is lent again unasked.
        let page = browser.open(&silent).await;
        assert!(page.query("code").is_some(), "{round}: {}", page.text());
        close_connections(&broker).await;

        let page = browser.open(&silent).await;

        assert!(page.query("code").is_some(), "{round}: {}", page.text());
    }
}

/// The server ends all sessions of this database but the one that asks for it.
async fn close_connections(broker: &TestBroker) {
    let mut tx = broker.db.begin().await.unwrap();
    // Only those of the broker: a worker of the server itself (autovacuum) comes and goes as it likes.
    let statement = "select pg_terminate_backend(pid, 60000) from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'";
    let ended: Vec<bool> =
        on!(&mut tx, db => sqlx::query_scalar(statement).fetch_all(db).await).unwrap();
    tx.commit().await.unwrap();
    assert!(
        !ended.is_empty() && ended.iter().all(|ended| *ended),
        "{ended:?}"
    );
}
