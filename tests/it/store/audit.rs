use chrono::Duration;
use serde_json::json;
use store::audit::{self, Actor, Anchor, Break, Event, Report};
use store::{Db, MasterKey, StorageError, on};
use tests::engines::{Engine, engines, master_key};
use uuid::Uuid;

use super::{id, noon};

#[tokio::test]
async fn an_event_tells_what_was_recorded() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let event = Event {
            kind: "login.completed",
            actor: Actor::Client("library".into()),
            subject: Some(id(5)),
            details: json!({"provider": "nia"}),
        };
        audit::record(&mut tx, &event, id(1), [1; 16], noon())
            .await
            .unwrap();
        tx.commit().await.unwrap();

        let mut tx = engine.db.read().await.unwrap();
        let told = audit::list_latest(&mut tx, 10).await.unwrap().remove(0);
        assert_eq!(
            (told.id, told.at, told.kind.as_str()),
            (id(1), noon(), "login.completed"),
            "{}",
            engine.name
        );
        assert_eq!(
            (told.actor.as_str(), told.subject),
            ("client:library", Some(id(5))),
            "{}",
            engine.name
        );
        assert_eq!(
            (told.details, told.position),
            (Some(json!({"provider": "nia"})), None),
            "{}",
            engine.name
        );
    }
}

#[test]
fn an_actor_shows_what_it_is() {
    let one = "00000000-0000-0000-0000-000000000001";
    for (actor, text) in [
        (Actor::System, "system".to_owned()),
        (Actor::Anonymous, "anonymous".to_owned()),
        (Actor::Account(id(1)), format!("account:{one}")),
        (Actor::Staff(id(1)), format!("staff:{one}")),
        (Actor::Client("library".into()), "client:library".to_owned()),
        (Actor::Provider("nia".into()), "provider:nia".to_owned()),
        (Actor::Operator("root".into()), "operator:root".to_owned()),
    ] {
        assert_eq!(actor.to_string(), text);
    }
}

#[tokio::test]
async fn an_event_of_a_transaction_that_was_rolled_back_never_was() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        audit::record(&mut tx, &event(), id(1), [1; 16], noon())
            .await
            .unwrap();
        tx.rollback().await.unwrap();

        assert_eq!(
            audit::chain(&engine.db).await.unwrap(),
            0,
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn details_are_an_object() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for details in [json!(5), json!("text"), json!(null), json!([])] {
            let recorded = audit::record(
                &mut tx,
                &Event { details, ..event() },
                id(1),
                [1; 16],
                noon(),
            )
            .await;
            assert!(
                matches!(recorded, Err(StorageError::Broken(_))),
                "{}: {recorded:?}",
                engine.name
            );
        }
    }
}

#[tokio::test]
async fn events_are_listed_newest_first_and_by_account() {
    for engine in engines().await {
        record(&engine.db, 1..=5).await;
        let mut tx = engine.db.begin().await.unwrap();
        let another = Event {
            subject: Some(id(6)),
            ..event()
        };
        audit::record(&mut tx, &another, id(6), [6; 16], noon())
            .await
            .unwrap();

        let latest = audit::list_latest(&mut tx, 2).await.unwrap();
        let of_account = audit::list_of(&mut tx, id(99), 3).await.unwrap();

        assert_eq!(
            latest.iter().map(|told| told.id).collect::<Vec<_>>(),
            [id(6), id(5)],
            "{}",
            engine.name
        );
        assert_eq!(
            of_account.iter().map(|told| told.id).collect::<Vec<_>>(),
            [id(5), id(4), id(3)],
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn waiting_events_are_chained_in_order_and_batches() {
    for engine in engines().await {
        record(&engine.db, 1..=600).await;
        assert_eq!(report(&engine).await.waiting, 600, "{}", engine.name);

        assert_eq!(
            audit::chain(&engine.db).await.unwrap(),
            600,
            "{}",
            engine.name
        );
        assert_eq!(
            audit::chain(&engine.db).await.unwrap(),
            0,
            "{}",
            engine.name
        );
        record(&engine.db, 601..=603).await;
        assert_eq!(
            audit::chain(&engine.db).await.unwrap(),
            3,
            "{}",
            engine.name
        );

        let mut tx = engine.db.read().await.unwrap();
        for told in audit::list_latest(&mut tx, 1_000).await.unwrap() {
            assert_eq!(
                told.position.map(i64::cast_unsigned).map(u128::from),
                Some(told.id.as_u128()),
                "{}",
                engine.name
            );
        }
        let report = report(&engine).await;
        assert_eq!(
            (report.chained, report.waiting, report.broken),
            (603, 0, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn chainers_that_run_at_once_make_one_chain() {
    for engine in engines().await {
        record(&engine.db, 1..=1_000).await;

        let mut chainers = Vec::new();
        for _replica in 0..8 {
            let db = engine.open_again().await;
            chainers.push(tokio::spawn(async move { audit::chain(&db).await }));
        }
        let mut chained = 0;
        for chainer in chainers {
            chained += chainer
                .await
                .unwrap()
                .unwrap_or_else(|e| panic!("{}: {e:?}", engine.name));
        }

        assert_eq!(chained, 1_000, "{}", engine.name);
        let report = report(&engine).await;
        assert_eq!(
            (report.chained, report.waiting, report.broken),
            (1_000, 0, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn any_details_verify() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for (number, details) in [
            json!({}),
            json!({"z": 1, "a": 2, "": {"z": [null, true, 1.0, 1e300, -0.0, u64::MAX, i64::MIN]}}),
            json!({"text": "\0 \u{1} \" \\ \r\n Dvořák 🏛 \u{ffff}"}),
            json!({"long": "x".repeat(1_000_000)}),
        ]
        .into_iter()
        .enumerate()
        {
            let event = Event { details, ..event() };
            audit::record(&mut tx, &event, id(number as u128 + 1), [1; 16], noon())
                .await
                .unwrap();
        }
        tx.commit().await.unwrap();
        audit::chain(&engine.db).await.unwrap();

        let report = report(&engine).await;

        assert_eq!(
            (report.chained, report.broken),
            (4, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn erased_details_are_gone_and_the_chain_still_verifies() {
    for engine in engines().await {
        record(&engine.db, 1..=3).await;
        let mut tx = engine.db.begin().await.unwrap();
        assert_eq!(
            audit::erase_details_before(&mut tx, noon()).await.unwrap(),
            0,
            "{}",
            engine.name
        );
        let later = noon() + Duration::microseconds(1);
        assert_eq!(
            audit::erase_details_before(&mut tx, later).await.unwrap(),
            3,
            "{}",
            engine.name
        );
        assert_eq!(
            audit::erase_details_before(&mut tx, later).await.unwrap(),
            0,
            "{}",
            engine.name
        );
        tx.commit().await.unwrap();
        audit::chain(&engine.db).await.unwrap();
        record(&engine.db, 4..=6).await;
        audit::chain(&engine.db).await.unwrap();
        audit::checkpoint(&engine.db, &master_key(), noon())
            .await
            .unwrap();

        let mut tx = engine.db.begin().await.unwrap();
        assert_eq!(
            audit::erase_details_of(&mut tx, id(6)).await.unwrap(),
            0,
            "{}: nobody's",
            engine.name
        );
        assert_eq!(
            audit::erase_details_of(&mut tx, id(99)).await.unwrap(),
            3,
            "{}",
            engine.name
        );
        tx.commit().await.unwrap();

        let mut tx = engine.db.read().await.unwrap();
        let events = audit::list_latest(&mut tx, 10).await.unwrap();
        assert!(
            events.iter().all(|told| told.details.is_none()),
            "{}",
            engine.name
        );
        let report = report(&engine).await;
        assert_eq!(
            (report.chained, report.erased, report.broken),
            (6, 6, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn erased_details_are_gone_from_the_database_file() {
    let [sqlite, _] = engines().await;
    let mut tx = sqlite.db.begin().await.unwrap();
    let event = Event {
        details: json!({"address": "203.0.113.77"}),
        ..event()
    };
    audit::record(&mut tx, &event, id(1), [1; 16], noon())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut tx = sqlite.db.begin().await.unwrap();
    audit::erase_details_of(&mut tx, id(99)).await.unwrap();
    tx.commit().await.unwrap();
    sqlite.db.close().await;

    let content = std::fs::read(sqlite.file().unwrap()).unwrap();

    assert!(!content.windows(12).any(|window| window == b"203.0.113.77"));
}

#[tokio::test]
async fn a_checkpoint_signs_the_head_once() {
    for engine in engines().await {
        let sign = || audit::checkpoint(&engine.db, &KEY_OF_TESTS, noon());
        assert_eq!(
            sign().await.unwrap(),
            None,
            "{}: nothing to sign",
            engine.name
        );

        chained(&engine, 3).await;
        let anchor = sign().await.unwrap().unwrap();
        assert_eq!(
            sign().await.unwrap(),
            None,
            "{}: signed already",
            engine.name
        );
        record(&engine.db, 4..=5).await;
        assert_eq!(
            sign().await.unwrap(),
            None,
            "{}: what waits is not signed",
            engine.name
        );

        let report = audit::verify(&engine.db, &master_key(), Some(&anchor))
            .await
            .unwrap();
        assert_eq!(
            (report.chained, report.checkpoints, report.signed_to),
            (3, 1, 3),
            "{}",
            engine.name
        );
        assert_eq!(
            (report.head, report.waiting, report.broken),
            (Some(anchor), 2, None),
            "{}",
            engine.name
        );
    }
}

#[tokio::test]
async fn an_empty_log_verifies() {
    for engine in engines().await {
        let report = report(&engine).await;

        assert_eq!(
            (report.chained, report.head, report.broken),
            (0, None, None),
            "{}",
            engine.name
        );
    }
}

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

#[tokio::test]
async fn a_chain_of_several_pages_verifies_to_its_last_event() {
    for engine in engines().await {
        chained(&engine, 2_100).await;
        audit::checkpoint(&engine.db, &master_key(), noon())
            .await
            .unwrap()
            .unwrap();
        let whole = report(&engine).await;
        assert_eq!(
            (whole.chained, whole.signed_to, whole.broken),
            (2_100, 2_100, None),
            "{}",
            engine.name
        );

        tamper(
            &engine.db,
            "update audit_event set kind = 'x' where position = 2100",
        )
        .await;

        assert_broken(&engine, 2_100, Break::Changed, "last").await;
    }
}

static KEY_OF_TESTS: std::sync::LazyLock<MasterKey> = std::sync::LazyLock::new(master_key);

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
