//! What `./dev bench --scale` measures among: each account stands for a person who has used the broker.

use secrecy::ExposeSecret as _;
use store::on;
use tests::engines::engines;
use tests::seed::{Rows, seed};

const TABLES: [(&str, i64); 7] = [
    ("account", 50),
    ("upstream_link", 50),
    ("verification", 50),
    ("fact", 150),
    ("pairwise_subject", 50),
    ("browser_session", 50),
    ("audit_event", 500),
];

#[tokio::test]
async fn every_account_has_what_a_person_leaves() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let organisation = "insert into organisation (organisation_id, name, origin, created_at) \
                            values ('town', '{}', 'file', '2026-01-01T00:00:00.000000+00:00')";
        on!(&mut tx, db => sqlx::query(organisation).execute(db).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        let url = engine.config.url.expose_secret();

        // Later rows go on where earlier ones ended.
        for (accounts, events) in [(1..=20, 1..=200), (21..=50, 201..=500)] {
            seed(url, &Rows { accounts, events }).await.unwrap();
        }

        for (table, rows) in TABLES {
            let counted: i64 = on!(&mut engine.db.read().await.unwrap(), db => {
                let count = format!("select count(*) from {table}");
                sqlx::query_scalar(sqlx::AssertSqlSafe(count)).fetch_one(db).await
            })
            .unwrap();
            assert_eq!(counted, rows, "{table} on {}", engine.name);
        }
    }
}
