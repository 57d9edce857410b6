use chrono::{Duration, SubsecRound};
use serde_json::json;
use store::audit::{self, Event};
use tests::engines::{engines, master_key};
use uuid::Uuid;

use super::{event, record, report};
use crate::store::{id, noon};

#[tokio::test]
async fn erased_details_are_gone_and_the_chain_still_verifies() {
    for engine in engines().await {
        record(&engine.db, 1..=3).await;
        let mut tx = engine.db.begin().await.unwrap();
        let mut erase = async |after, before| {
            audit::erase_details_before(&mut tx, after, before)
                .await
                .unwrap()
                .map(|erased| (erased.events, erased.to))
        };
        let first = Uuid::nil();
        assert_eq!(erase(first, noon()).await, None, "{}", engine.name);
        // The ids of one millisecond do not tell which event came first: all go, or none yet.
        let begun = noon().trunc_subsecs(3);
        let within = begun + Duration::microseconds(999);
        assert_eq!(erase(first, within).await, None, "{}", engine.name);
        let later = begun + Duration::milliseconds(1);
        let all = Some((3, id(3)));
        assert_eq!(erase(first, later).await, all, "{}", engine.name);
        assert_eq!(
            erase(first, later).await,
            Some((0, id(3))),
            "{}: once",
            engine.name
        );
        assert_eq!(erase(id(3), later).await, None, "{}", engine.name);
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
        audit::record(&mut tx, &event(), id(7), [7; 16], noon())
            .await
            .unwrap();
        assert_eq!(
            audit::erase_details_of(&mut tx, id(99)).await.unwrap(),
            4,
            "{}: one of them of this very transaction",
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
