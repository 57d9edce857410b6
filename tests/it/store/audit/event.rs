use serde_json::json;
use store::StorageError;
use store::audit::{self, Actor, Event};
use tests::engines::engines;

use super::{event, record, report};
use crate::store::{id, noon};

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
async fn an_actor_that_no_text_may_hold_is_recorded_all_the_same() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let event = Event {
            actor: Actor::Client("li\0brary".into()),
            ..event()
        };
        audit::record(&mut tx, &event, id(1), [1; 16], noon())
            .await
            .unwrap();

        let told = audit::list_latest(&mut tx, 1).await.unwrap().remove(0);
        assert_eq!(told.actor, "client:li\u{fffd}brary", "{}", engine.name);
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
async fn events_are_found_by_the_incident_number_that_a_page_showed() {
    for engine in engines().await {
        record(&engine.db, 1..=3).await;
        let mut tx = engine.db.begin().await.unwrap();
        let refused = Event {
            details: json!({ "login": "x", "incident": "7K4M-92XQ" }),
            ..event()
        };
        audit::record(&mut tx, &refused, id(7), [7; 16], noon())
            .await
            .unwrap();
        let mut of = async |incident: &str, since| {
            let found = audit::list_of_incident(&mut tx, incident, since, 10).await;
            found
                .unwrap()
                .iter()
                .map(|told| told.id)
                .collect::<Vec<_>>()
        };

        let before = noon() - chrono::Duration::days(1);
        assert_eq!(of("7K4M-92XQ", before).await, [id(7)], "{}", engine.name);
        assert!(of("7K4M-92XR", before).await.is_empty(), "{}", engine.name);
        assert!(of("%", before).await.is_empty(), "{}", engine.name);
        let later = noon() + chrono::Duration::days(1);
        assert!(of("7K4M-92XQ", later).await.is_empty(), "{}", engine.name);
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
