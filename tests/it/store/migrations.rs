use std::path::Path;

use tests::engines::{Tables, engines, migrations, postgres, sqlite};

#[test]
fn both_programs_have_the_same_tables_of_store() {
    let read = |folder: &str, file: &str| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../migrations")
            .join(folder)
            .join(file);
        std::fs::read_to_string(path).unwrap()
    };

    for file in [
        "20261124090000_create_store_tables.sql",
        "20261127170200_drop_audit_event_erasable.sql",
    ] {
        assert_eq!(read("idp", file), read("portal", file));
    }
}

#[tokio::test]
async fn the_tables_of_the_portal_are_made_on_both_databases() {
    for engine in [sqlite(Tables::Portal).await, postgres(Tables::Portal).await] {
        let mut tx = engine.db.read().await.unwrap();

        assert_eq!(
            store::jobs::tally(&mut tx).await.unwrap().open,
            0,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn replicas_that_start_at_once_migrate_an_empty_database_once() {
    for engine in [
        tests::engines::empty_sqlite().await,
        tests::engines::empty_postgres().await,
    ] {
        let replicas = [
            engine.open_again().await,
            engine.open_again().await,
            engine.open_again().await,
        ];
        let migrations = migrations(Tables::Idp).await;

        let starts = replicas.map(|db| tokio::spawn(async move { db.migrate(migrations).await }));
        for start in starts {
            start
                .await
                .unwrap()
                .unwrap_or_else(|e| panic!("{}: {e:?}", engine.name));
        }

        let mut tx = engine.db.read().await.unwrap();
        assert_eq!(
            store::jobs::tally(&mut tx).await.unwrap().open,
            0,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    for engine in engines().await {
        let again = engine.db.migrate(migrations(Tables::Idp).await).await;

        assert!(again.is_ok(), "{}: {again:?}", engine.name);
    }
}

#[tokio::test]
async fn tables_of_another_program_or_of_a_newer_release_are_told_apart_from_a_failure() {
    for engine in engines().await {
        let own = migrations(Tables::Idp).await;
        let other = migrations(Tables::Portal).await;

        let [verified, migrated] = [
            engine.db.verify_release(other).await.unwrap_err(),
            engine.db.migrate(other).await.unwrap_err(),
        ];

        assert!(verified.is_of_another_release(), "{verified:?}");
        assert!(migrated.is_of_another_release(), "{migrated:?}");
        engine.db.verify_release(own).await.unwrap();
        engine.db.migrate(own).await.unwrap();
    }
}
