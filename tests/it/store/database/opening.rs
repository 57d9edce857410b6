use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use store::{DatabaseConfig, Db, OpenError, on};
use tests::engines::{self, Tables, engines, folder, postgres};

use super::make_probe;

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
