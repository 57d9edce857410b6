use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::task::Poll;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::{Value, json};
use sqlx::types::Json;
use store::{DatabaseConfig, Db, OpenError, StorageError, Tx, on};
use tests::cable::Cable;
use tests::engines::{self, Engine, Tables, engines, folder, postgres};
use uuid::Uuid;

use super::{id, noon};

#[tokio::test]
async fn what_is_committed_stays_and_what_is_dropped_never_was() {
    for engine in engines().await {
        make_probe(&engine.db).await;

        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "committed").await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "dropped").await.unwrap();
        drop(tx);
        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "rolled back").await.unwrap();
        tx.rollback().await.unwrap();

        assert_eq!(list(&engine.db).await, ["committed"], "{}", engine.name);
    }
}

#[tokio::test]
async fn values_of_every_type_come_back_as_they_went() {
    type Values = (
        Uuid,
        String,
        bool,
        i64,
        DateTime<Utc>,
        NaiveDate,
        Json<Value>,
        Vec<u8>,
        Option<String>,
    );
    let values = || -> Values {
        let day = NaiveDate::from_ymd_opt(1980, 2, 29).unwrap();
        (
            id(7),
            "Dvořák\n🏛".into(),
            true,
            i64::MIN,
            noon(),
            day,
            Json(json!({"a": [1, null]})),
            vec![0, 255],
            None,
        )
    };
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        on!(&mut tx, db => {
            let make = "create table of_types (a uuid, b text, c boolean, d bigint, e timestamptz, f date, g jsonb, h bytea, i text)";
            sqlx::query(make).execute(db).await.map(drop)
        })
        .unwrap();
        let (a, b, c, d, e, f, g, h, i) = values();
        let read: Values = on!(&mut tx, db => {
            sqlx::query_as("insert into of_types values ($1, $2, $3, $4, $5, $6, $7, $8, $9) returning *")
                .bind(a).bind(b).bind(c).bind(d).bind(e).bind(f).bind(g).bind(h).bind(i)
                .fetch_one(db)
                .await
        })
        .unwrap();

        assert_eq!(read, values(), "{}", engine.name);
    }
}

#[tokio::test]
async fn times_are_compared_as_times_whatever_their_fractions() {
    let times = [
        "12:00:00",
        "12:00:00.000001",
        "12:00:00.1",
        "12:00:00.100001",
        "12:00:01",
        "12:00:10.5",
    ];
    let times = times.map(|time| {
        format!("2026-11-24T{time}Z")
            .parse::<DateTime<Utc>>()
            .unwrap()
    });
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for (earlier, later) in times.iter().zip(times.iter().skip(1)) {
            on!(&mut tx, db => sqlx::query("drop table if exists time").execute(db).await.map(drop)).unwrap();
            on!(&mut tx, db => sqlx::query("create table time (at timestamptz)").execute(db).await.map(drop)).unwrap();
            on!(&mut tx, db => {
                sqlx::query("insert into time values ($1)").bind(earlier).execute(db).await.map(drop)
            })
            .unwrap();
            let counted = |sql: &'static str, at: DateTime<Utc>| (sql, at);
            for ((sql, at), expected) in [
                (
                    counted("select count(*) from time where at < $1", *later),
                    1_i64,
                ),
                (
                    counted("select count(*) from time where at = $1", *earlier),
                    1,
                ),
                (
                    counted("select count(*) from time where at > $1", *earlier),
                    0,
                ),
                (
                    counted("select count(*) from time where at >= $1", *later),
                    0,
                ),
            ] {
                let found: i64 =
                    on!(&mut tx, db => sqlx::query_scalar(sql).bind(at).fetch_one(db).await)
                        .unwrap();
                assert_eq!(
                    found, expected,
                    "{}: {earlier} and {later}: {sql}",
                    engine.name
                );
            }
        }
    }
}

#[tokio::test]
async fn a_reader_sees_one_state_from_first_to_last_statement_and_blocks_no_writer() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut reader = engine.db.read().await.unwrap();
        assert_eq!(count(&mut reader).await, 0, "{}", engine.name);

        let mut writer = engine.db.begin().await.unwrap();
        add(&mut writer, "meanwhile").await.unwrap();
        writer.commit().await.unwrap();

        assert_eq!(count(&mut reader).await, 0, "{}", engine.name);
        reader.commit().await.unwrap();
        assert_eq!(list(&engine.db).await, ["meanwhile"], "{}", engine.name);
    }
}

#[tokio::test]
async fn a_reader_cannot_write() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut reader = engine.db.read().await.unwrap();

        let written = add(&mut reader, "by a reader").await;

        assert!(
            matches!(written, Err(StorageError::Broken(_))),
            "{}: {written:?}",
            engine.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_two_processes_wait_for_each_other_and_lose_nothing() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let processes = [engine.open_again().await, engine.open_again().await];

        let mut writers = Vec::new();
        for number in 0..64 {
            let db = processes[number % 2].clone();
            writers.push(tokio::spawn(async move {
                let mut tx = db.begin().await?;
                add(&mut tx, &number.to_string()).await?;
                tx.commit().await
            }));
        }
        for writer in writers {
            writer
                .await
                .unwrap()
                .unwrap_or_else(|e| panic!("{}: {e:?}", engine.name));
        }

        assert_eq!(list(&engine.db).await.len(), 64, "{}", engine.name);
    }
}

#[tokio::test]
async fn a_second_row_of_a_unique_name_is_a_conflict() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let mut tx = engine.db.begin().await.unwrap();
        add(&mut tx, "one").await.unwrap();

        let second = add(&mut tx, "one").await;

        assert!(
            matches!(second, Err(StorageError::Conflict(_))),
            "{}: {second:?}",
            engine.name
        );
    }
}

#[tokio::test]
async fn foreign_keys_are_kept() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for statement in [
            "create table parent (parent_id bigint primary key)",
            "create table child (parent_id bigint not null references parent (parent_id))",
        ] {
            on!(&mut tx, db => sqlx::query(statement).execute(db).await.map(drop)).unwrap();
        }

        let orphan = on!(&mut tx, db => sqlx::query("insert into child values (1)").execute(db).await.map(drop));

        assert!(
            orphan
                .unwrap_err()
                .as_database_error()
                .unwrap()
                .is_foreign_key_violation(),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn of_two_transactions_in_each_others_way_one_is_told_to_begin_again() {
    let engine = postgres(Tables::Idp).await;
    make_probe(&engine.db).await;
    let mut tx = engine.db.begin().await.unwrap();
    add(&mut tx, "one").await.unwrap();
    add(&mut tx, "two").await.unwrap();
    tx.commit().await.unwrap();
    let (mut first, mut second) = (
        engine.db.begin().await.unwrap(),
        engine.db.begin().await.unwrap(),
    );
    lock(&mut first, "one").await.unwrap();
    lock(&mut second, "two").await.unwrap();

    let (first, second) = tokio::join!(lock(&mut first, "two"), async {
        let refused = lock(&mut second, "one").await;
        second.rollback().await.unwrap();
        refused
    });

    let refused: Vec<_> = [first, second]
        .into_iter()
        .filter_map(Result::err)
        .collect();
    assert!(
        matches!(refused.as_slice(), [StorageError::Collided(_)]),
        "{refused:?}"
    );
    assert!(refused[0].is_temporary());
}

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

/// A browser that goes away, or a request that takes too long, ends a handler anywhere.
#[tokio::test]
async fn a_request_given_up_at_any_moment_leaves_the_database_as_it_was() {
    for engine in engines().await {
        make_probe(&engine.db).await;
        let config = DatabaseConfig {
            max_connections: Some(1),
            ..engine.config.clone()
        };
        let db = Db::open(&config).await.unwrap();
        for polls in 0..40 {
            give_up_after(polls, async {
                let mut tx = db.read().await.unwrap();
                count(&mut tx).await;
                tx.commit().await.unwrap();
            })
            .await;
            give_up_after(polls, async {
                let mut tx = db.begin().await.unwrap();
                add(&mut tx, &format!("given up after {polls}"))
                    .await
                    .unwrap();
                add(&mut tx, &format!("and {polls}")).await.unwrap();
                tx.rollback().await.unwrap();
            })
            .await;

            let mut tx = db.begin().await.unwrap();
            add(&mut tx, &polls.to_string())
                .await
                .unwrap_or_else(|e| panic!("{}, {polls}: {e:?}", engine.name));
            tx.commit().await.unwrap();
        }

        let names = list(&engine.db).await;
        assert!(
            names.iter().all(|name| name.parse::<u32>().is_ok()),
            "{}: {names:?}",
            engine.name
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
            wait_ms: 50,
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
        wait_ms: 50,
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
async fn a_new_file_and_its_folder_are_for_our_eyes_only() {
    let new = folder().join("a/b");
    let file = new.join("idp.db");
    let db = Db::open(&DatabaseConfig::at(format!("sqlite://{}", file.display())))
        .await
        .unwrap();
    make_probe(&db).await;

    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;

    assert_eq!(mode(&new), 0o700);
    for name in ["idp.db", "idp.db-wal", "idp.db-shm"] {
        assert_eq!(mode(&new.join(name)), 0o600, "{name}");
    }
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

#[tokio::test]
async fn sqlite_waits_for_the_disk_at_every_commit() {
    let [sqlite, _] = engines().await;
    let mut tx = sqlite.db.begin().await.unwrap();
    for (pragma, expected) in [
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("secure_delete", 1),
    ] {
        let statement = sqlx::AssertSqlSafe(format!("pragma {pragma}"));
        let set: i64 =
            on!(&mut tx, db => sqlx::query_scalar(statement).fetch_one(db).await).unwrap();
        assert_eq!(set, expected, "{pragma}");
    }
    let mode: String =
        on!(&mut tx, db => sqlx::query_scalar("pragma journal_mode").fetch_one(db).await).unwrap();
    assert_eq!(mode, "wal");
}

#[tokio::test]
async fn a_wrong_address_stops_the_start_with_what_to_change() {
    for (url, text) in [
        (
            "mysql://localhost/idp",
            "`url` must begin with sqlite: or postgres:",
        ),
        ("idp.db", "`url` must begin with sqlite: or postgres:"),
        ("", "`url` must begin with sqlite: or postgres:"),
        ("sqlite:", "`url` lacks the path of the SQLite file"),
        ("sqlite://", "`url` lacks the path of the SQLite file"),
        (
            "sqlite::memory:",
            "`url` must name a file: nothing may live in memory only",
        ),
        (
            "sqlite:///tmp/a.db?mode=ro",
            "`url` takes no ?options for SQLite",
        ),
        (
            "postgres://localhost:port/idp",
            "`url` is not a PostgreSQL address",
        ),
    ] {
        let error = Db::open(&DatabaseConfig::at(url)).await.unwrap_err();

        assert_eq!(error.to_string(), text, "{url}");
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_is_named() {
    let url = "sqlite:///proc/nowhere/idp.db";
    let error = Db::open(&DatabaseConfig::at(url)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "/proc/nowhere cannot be created as the folder of the database"
    );

    let missing = DatabaseConfig {
        password_file: Some("/nowhere/password".into()),
        ..DatabaseConfig::at("postgres://city@127.0.0.1:1/idp")
    };
    let error = Db::open(&missing).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "/nowhere/password cannot be read as the password of the database"
    );

    let nobody = Db::open(&DatabaseConfig {
        wait_ms: 500,
        ..DatabaseConfig::at("postgres://127.0.0.1:1/idp")
    })
    .await;
    assert!(matches!(nobody, Err(OpenError::Connect(_))), "{nobody:?}");
}

#[test]
fn an_address_does_not_show_its_password() {
    let config = DatabaseConfig::at("postgres://city:hunter2@localhost/idp");

    assert!(!format!("{config:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_database_does_not_show_its_password() {
    let engine = postgres(Tables::Idp).await;
    let mut url = engines::postgres_address(&engine);
    url.set_password(Some("hunter2")).unwrap();
    let db = Db::open(&DatabaseConfig::at(url.to_string()))
        .await
        .unwrap();

    assert!(!format!("{db:?}").contains("hunter2"));
    assert!(!format!("{:?}", db.begin().await.unwrap()).contains("hunter2"));
}

async fn through_a_cable(engine: &Engine, max_connections: u32) -> (Cable, Db) {
    let mut url = engines::postgres_address(engine);
    let cable = Cable::to(&format!("127.0.0.1:{}", url.port().unwrap())).await;
    url.set_port(Some(cable.address().port())).unwrap();
    let config = DatabaseConfig {
        wait_ms: 2_000,
        max_connections: Some(max_connections),
        ..DatabaseConfig::at(url.to_string())
    };
    (cable, Db::open(&config).await.unwrap())
}

/// Polls a future so many times, and drops it when it has not ended by then.
async fn give_up_after(polls: usize, work: impl Future<Output = ()>) {
    let mut work = std::pin::pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        work.as_mut().poll(context)
    })
    .await;
}

async fn make_probe(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    on!(&mut tx, db => sqlx::query("create table probe (name text primary key)").execute(db).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

async fn add(tx: &mut Tx, name: &str) -> Result<(), StorageError> {
    on!(tx, db => sqlx::query("insert into probe values ($1)").bind(name).execute(db).await.map(drop))?;
    Ok(())
}

async fn lock(tx: &mut Tx, name: &str) -> Result<(), StorageError> {
    on!(tx, db => sqlx::query("update probe set name = name where name = $1").bind(name).execute(db).await.map(drop))?;
    Ok(())
}

async fn count(tx: &mut Tx) -> i64 {
    on!(tx, db => sqlx::query_scalar("select count(*) from probe").fetch_one(db).await).unwrap()
}

async fn list(db: &Db) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    on!(&mut tx, db => sqlx::query_scalar("select name from probe order by name").fetch_all(db).await).unwrap()
}
