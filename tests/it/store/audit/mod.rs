//! The audit events and their chain.

mod chain;
mod erase;
mod event;
mod retain;
mod tampering;

use serde_json::json;
use store::audit::{self, Actor, Anchor, Break, Event, Report};
use store::{Db, on};
use tests::engines::{Engine, master_key};
use uuid::Uuid;

use super::{id, noon};

fn event() -> Event {
    Event {
        kind: "login.completed",
        actor: Actor::Account(id(99)),
        subject: Some(id(99)),
        details: json!({"provider": "nia"}),
    }
}

async fn record(db: &Db, numbers: std::ops::RangeInclusive<u128>) {
    let mut tx = db.begin().await.unwrap();
    for number in numbers {
        let salt = *Uuid::from_u128(number).as_bytes();
        audit::record(&mut tx, &event(), id(number), salt, noon())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}

async fn chained(engine: &Engine, events: u128) {
    record(&engine.db, 1..=events).await;
    audit::chain(&engine.db).await.unwrap();
}

/// What somebody does who has the database and not the master key.
async fn tamper(db: &Db, statement: &str) {
    let mut tx = db.begin().await.unwrap();
    let changed = on!(&mut tx, db => {
        sqlx::query(sqlx::AssertSqlSafe(statement)).execute(db).await.map(|done| done.rows_affected())
    });
    assert!(changed.unwrap() > 0, "{statement} changed nothing");
    tx.commit().await.unwrap();
}

async fn report(engine: &Engine) -> Report {
    audit::verify(&engine.db, &master_key(), None::<&Anchor>)
        .await
        .unwrap()
}

async fn assert_broken(engine: &Engine, position: i64, how: Break, what: &str) {
    let report = report(engine).await;
    let broken = report
        .broken
        .unwrap_or_else(|| panic!("{}, {what}: not noticed", engine.name));
    assert_eq!(
        (broken.position, broken.how),
        (position, how),
        "{}, {what}",
        engine.name
    );
}
