use chrono::Duration;
use store::audit::{self, Break};
use store::{Db, MasterKey, on};
use tests::engines::{Engine, engines, master_key};

use super::{assert_broken, chained, event, record, report, tamper};
use crate::store::{id, noon};

#[tokio::test]
async fn a_changed_event_is_the_first_broken_one() {
    for engine in engines().await {
        chained(&engine, 9).await;
        record_later(&engine.db).await;
        audit::chain(&engine.db).await.unwrap();
        keep(&engine.db).await;
        for changed in [
            "kind = 'login.refused'",
            "actor = 'system'",
            "subject = null",
            "at = (select at from audit_event where position = 10)",
            "hash = (select hash from audit_event where position = 3)",
            "hash = null",
            "details_hash = (select details_hash from audit_event where position = 3)",
            "audit_event_id = (select subject from audit_event where position = 3)",
        ] {
            tamper(
                &engine.db,
                &format!("update audit_event set {changed} where position = 4"),
            )
            .await;

            assert_broken(&engine, 4, Break::Changed, changed).await;
            restore(&engine).await;
        }
    }
}

#[tokio::test]
async fn changed_details_are_the_first_broken_ones() {
    for engine in engines().await {
        chained(&engine, 9).await;
        keep(&engine.db).await;
        for changed in [
            "details = '{\"provider\":\"bank\"}'",
            "details = details || ' '",
            "details = null",
            "salt = null",
            "salt = (select salt from audit_event where position = 3)",
        ] {
            tamper(
                &engine.db,
                &format!("update audit_event set {changed} where position = 4"),
            )
            .await;

            assert_broken(&engine, 4, Break::DetailsChanged, changed).await;
            restore(&engine).await;
        }
    }
}

#[tokio::test]
async fn a_deleted_event_is_missed() {
    for engine in engines().await {
        chained(&engine, 9).await;

        tamper(&engine.db, "delete from audit_event where position = 4").await;

        assert_broken(&engine, 4, Break::Missing, "deleted").await;
    }
}

#[tokio::test]
async fn a_deleted_event_whose_gap_was_closed_is_noticed() {
    for engine in engines().await {
        chained(&engine, 9).await;

        tamper(&engine.db, "delete from audit_event where position = 4").await;
        tamper(
            &engine.db,
            "update audit_event set position = 4 where position = 9",
        )
        .await;

        assert_broken(&engine, 4, Break::Changed, "closed").await;
    }
}

#[tokio::test]
async fn events_that_changed_places_are_noticed() {
    for engine in engines().await {
        chained(&engine, 9).await;

        for (from, to) in [(4, 100), (5, 4), (100, 5)] {
            tamper(
                &engine.db,
                &format!("update audit_event set position = {to} where position = {from}"),
            )
            .await;
        }

        assert_broken(&engine, 4, Break::Changed, "changed places").await;
    }
}

#[tokio::test]
async fn an_event_slipped_in_beside_the_chain_is_noticed() {
    for engine in engines().await {
        chained(&engine, 9).await;
        record_later(&engine.db).await;

        tamper(
            &engine.db,
            "update audit_event set position = 0, hash = salt where position is null",
        )
        .await;

        assert_broken(&engine, 9, Break::Inserted, "beside").await;
    }
}

#[tokio::test]
async fn an_end_that_was_cut_off_is_missed_where_a_checkpoint_knows_it() {
    for engine in engines().await {
        chained(&engine, 9).await;
        audit::checkpoint(&engine.db, &master_key(), noon())
            .await
            .unwrap()
            .unwrap();

        tamper(&engine.db, "delete from audit_event where position > 6").await;

        assert_broken(&engine, 7, Break::Missing, "cut").await;
    }
}

#[tokio::test]
async fn an_end_cut_off_with_its_checkpoint_is_missed_where_an_anchor_knows_it() {
    for engine in engines().await {
        chained(&engine, 6).await;
        audit::checkpoint(&engine.db, &master_key(), noon())
            .await
            .unwrap()
            .unwrap();
        record(&engine.db, 7..=9).await;
        audit::chain(&engine.db).await.unwrap();
        let anchor = audit::checkpoint(&engine.db, &master_key(), noon())
            .await
            .unwrap()
            .unwrap();

        tamper(&engine.db, "delete from audit_event where position > 6").await;
        tamper(
            &engine.db,
            "delete from audit_checkpoint where position > 6",
        )
        .await;

        assert_eq!(
            report(&engine).await.broken,
            None,
            "{}: consistent in itself",
            engine.name
        );
        let report = audit::verify(&engine.db, &master_key(), Some(&anchor))
            .await
            .unwrap();
        let broken = report.broken.unwrap();
        assert_eq!(
            (broken.position, broken.how),
            (7, Break::Missing),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_chain_made_anew_differs_from_checkpoint_and_anchor() {
    for engine in engines().await {
        chained(&engine, 9).await;
        let anchor = audit::checkpoint(&engine.db, &master_key(), noon())
            .await
            .unwrap()
            .unwrap();

        tamper(
            &engine.db,
            "update audit_event set position = null, hash = null",
        )
        .await;
        tamper(
            &engine.db,
            &format!(
                "update audit_event set kind = 'x' where {}",
                is_event(&engine, 4)
            ),
        )
        .await;
        audit::chain(&engine.db).await.unwrap();

        assert_broken(&engine, 9, Break::Rewritten, "against the checkpoint").await;
        tamper(&engine.db, "delete from audit_checkpoint").await;
        assert_eq!(
            report(&engine).await.broken,
            None,
            "{}: consistent in itself",
            engine.name
        );
        let report = audit::verify(&engine.db, &master_key(), Some(&anchor))
            .await
            .unwrap();
        assert_eq!(
            report.broken.map(|broken| broken.how),
            Some(Break::Rewritten),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn a_checkpoint_of_another_key_or_changed_is_not_ours() {
    for engine in engines().await {
        chained(&engine, 9).await;
        for (changed, position) in [
            ("at = (select min(at) from audit_event)", 9),
            ("hash = signature", 9),
            ("signature = hash", 9),
            ("position = 8", 8),
        ] {
            audit::checkpoint(&engine.db, &master_key(), noon() + Duration::hours(1))
                .await
                .unwrap()
                .unwrap();

            tamper(
                &engine.db,
                &format!("update audit_checkpoint set {changed}"),
            )
            .await;

            assert_broken(&engine, position, Break::Unsigned, changed).await;
            tamper(&engine.db, "delete from audit_checkpoint").await;
        }

        let another =
            MasterKey::parse(&MasterKey::encode(b"another key of 32 octets, random")).unwrap();
        audit::checkpoint(&engine.db, &another, noon())
            .await
            .unwrap()
            .unwrap();

        assert_broken(&engine, 9, Break::Unsigned, "another key").await;
    }
}

#[tokio::test]
async fn a_row_that_cannot_even_be_read_is_named() {
    let [sqlite, _] = engines().await;
    chained(&sqlite, 9).await;

    tamper(
        &sqlite.db,
        "update audit_event set at = 'yesterday' where position = 4",
    )
    .await;

    let broken = report(&sqlite).await.broken.unwrap();
    assert_eq!(
        (broken.position, broken.event, broken.how),
        (4, None, Break::Changed)
    );
}

/// One event that waits, at another time.
async fn record_later(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    audit::record(
        &mut tx,
        &event(),
        id(10),
        [10; 16],
        noon() + Duration::hours(1),
    )
    .await
    .unwrap();
    tx.commit().await.unwrap();
}

/// Keeps the log as it is, for [`restore`].
async fn keep(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    on!(&mut tx, db => {
        sqlx::query("create table kept as select * from audit_event").execute(db).await.map(drop)
    })
    .unwrap();
    tx.commit().await.unwrap();
}

async fn restore(engine: &Engine) {
    tamper(&engine.db, "delete from audit_event").await;
    tamper(&engine.db, "insert into audit_event select * from kept").await;
    assert_eq!(
        report(engine).await.broken,
        None,
        "{}: restored",
        engine.name
    );
}

fn is_event(engine: &Engine, number: u128) -> String {
    match engine.file() {
        Some(_) => format!("audit_event_id = x'{}'", id(number).simple()),
        None => format!("audit_event_id = '{}'", id(number)),
    }
}
