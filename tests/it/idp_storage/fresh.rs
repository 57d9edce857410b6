//! A database that no release has seen yet.

use idp::storage;
use tests::engines::{empty_postgres, empty_sqlite, engines};

#[tokio::test]
async fn a_database_is_new_until_tables_are_made_in_it() {
    let with_tables = engines().await;
    let without = [empty_sqlite().await, empty_postgres().await];
    let all = with_tables.iter().map(|engine| (engine, false));
    for (engine, is_new) in all.chain(without.iter().map(|engine| (engine, true))) {
        let mut tx = engine.db.begin().await.unwrap();

        assert_eq!(
            storage::is_new(&mut tx).await.unwrap(),
            is_new,
            "{}",
            engine.name
        );
    }
}
