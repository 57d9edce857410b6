use std::time::Duration;

use store::{DatabaseConfig, Db, StorageError, on};
use tests::cable::Cable;
use tests::engines::{self, Engine, Tables, engines, folder, postgres};

use super::{add, list, make_probe};

#[tokio::test]
async fn after_a_restart_of_postgres_no_request_fails() {
    let engine = postgres(Tables::Idp).await;
    make_probe(&engine.db).await;
    let mut open = Vec::new();
    for _connection in 0..5 {
        open.push(engine.db.begin().await.unwrap());
    }
    for tx in open {
        tx.commit().await.unwrap();
    }

    let another = engine.open_again().await;
    let mut tx = another.begin().await.unwrap();
    on!(&mut tx, db => {
        sqlx::query(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
        )
        .execute(db)
        .await
        .map(drop)
    })
    .unwrap();
    drop(tx);

    for _request in 0..5 {
        assert_eq!(list(&engine.db).await.len(), 0);
        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "x").await.unwrap();
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn a_database_out_of_reach_is_unavailable_and_back_as_soon_as_it_is_there() {
    let engine = postgres(Tables::Idp).await;
    let (cable, db) = through_a_cable(&engine, 10).await;
    db.ping().await.unwrap();

    cable.pull();
    let gone = db.begin().await.map(drop);
    assert!(
        matches!(gone, Err(StorageError::Unavailable(_))),
        "{gone:?}"
    );
    assert!(gone.unwrap_err().is_temporary());
    assert!(db.ping().await.is_err());

    cable.mend();
    db.ping().await.unwrap();
    db.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_server_that_vanished_without_a_word_does_not_keep_its_connections() {
    let engine = postgres(Tables::Idp).await;
    let (cable, db) = through_a_cable(&engine, 2).await;
    let in_use = db.begin().await.unwrap();
    db.begin().await.unwrap().commit().await.unwrap();

    // Both connections hang on, as after a power cut at the server; new ones are answered.
    cable.hang();
    cable.mend();
    drop(in_use);

    let mut tries = 0;
    while let Err(error) = db.begin().await {
        assert!(matches!(error, StorageError::Unavailable(_)), "{error:?}");
        tries += 1;
        assert!(
            tries < 4,
            "two connections are dead and more requests failed"
        );
    }
}

#[tokio::test]
async fn a_ping_to_a_database_that_hangs_ends_by_itself() {
    let engine = postgres(Tables::Idp).await;
    let (cable, db) = through_a_cable(&engine, 10).await;
    db.ping().await.unwrap();

    cable.hang();
    let ping = tokio::time::timeout(Duration::from_secs(30), db.ping()).await;

    assert!(
        matches!(ping, Ok(Err(StorageError::Unavailable(_)))),
        "{ping:?}"
    );
}

#[tokio::test]
async fn a_request_that_finds_no_free_connection_in_time_is_told_to_wait() {
    for engine in engines().await {
        let config = DatabaseConfig {
            max_connections: Some(1),
            wait_ms: 2_000,
            ..engine.config.clone()
        };
        let db = Db::open(&config).await.unwrap();
        let holder = db.begin().await.unwrap();

        let waited = db.begin().await.map(drop);

        assert!(
            matches!(waited, Err(StorageError::Unavailable(_))),
            "{}: {waited:?}",
            engine.name
        );
        holder.commit().await.unwrap();
        db.begin().await.unwrap().commit().await.unwrap();
    }
}

#[tokio::test]
async fn a_writer_that_another_process_keeps_waiting_is_told_to_begin_again() {
    let [sqlite, _] = engines().await;
    let impatient = DatabaseConfig {
        wait_ms: 2_000,
        ..sqlite.config.clone()
    };
    let command_line = Db::open(&impatient).await.unwrap();
    let server = sqlite.db.begin().await.unwrap();

    let waited = command_line.begin().await.map(drop);

    assert!(
        matches!(waited, Err(StorageError::Collided(_))),
        "{waited:?}"
    );
    server.commit().await.unwrap();
    command_line.begin().await.unwrap().commit().await.unwrap();
}

#[tokio::test]
async fn a_file_survives_its_process_without_a_clean_end() {
    let [sqlite, _] = engines().await;
    make_probe(&sqlite.db).await;
    let mut tx = sqlite.db.begin().await.unwrap();
    add(&mut tx, "committed").await.unwrap();
    tx.commit().await.unwrap();
    let mut torn = sqlite.db.begin().await.unwrap();
    add(&mut torn, "not committed").await.unwrap();

    // The state of the disk at this moment, as a kill would leave it.
    let (file, copy) = (sqlite.file().unwrap(), folder());
    for end in ["", "-wal"] {
        let from = format!("{}{end}", file.display());
        std::fs::copy(from, copy.join(format!("city.db{end}"))).unwrap();
    }
    let url = format!("sqlite://{}", copy.join("city.db").display());
    let after = Db::open(&DatabaseConfig::at(url)).await.unwrap();

    assert_eq!(list(&after).await, ["committed"]);
}

async fn through_a_cable(engine: &Engine, max_connections: u32) -> (Cable, Db) {
    let mut url = engines::postgres_address(engine);
    let cable = Cable::to(&format!("127.0.0.1:{}", url.port().unwrap())).await;
    url.set_port(Some(cable.address().port())).unwrap();
    let config = DatabaseConfig {
        wait_ms: 10_000,
        max_connections: Some(max_connections),
        ..DatabaseConfig::at(url.to_string())
    };
    (cable, Db::open(&config).await.unwrap())
}
