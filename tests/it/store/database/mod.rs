//! The database itself: transactions, types, failures, opening.

mod failures;
mod joint;
mod opening;
mod transactions;
mod values;

use store::{Db, StorageError, Tx, on};

async fn make_probe(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    on!(&mut tx, db => sqlx::query("create table probe (name text primary key)").execute(db).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

async fn add(tx: &mut Tx, name: &str) -> Result<(), StorageError> {
    on!(tx, db => sqlx::query("insert into probe values ($1)").bind(name).execute(db).await.map(drop))?;
    Ok(())
}

fn add_later(tx: &mut Tx, name: &'static str) {
    tx.later("insert into probe values ($1)").bind(name);
}

async fn count(tx: &mut Tx) -> i64 {
    on!(tx, db => sqlx::query_scalar("select count(*) from probe").fetch_one(db).await).unwrap()
}

async fn list(db: &Db) -> Vec<String> {
    let mut tx = db.read().await.unwrap();
    on!(&mut tx, db => sqlx::query_scalar("select name from probe order by name").fetch_all(db).await).unwrap()
}
