use chrono::Duration;
use store::audit::{self, AuditConfig, RetainIds};
use tests::engines::engines;
use uuid::Uuid;

use super::{record, report};
use crate::store::{id, noon};

fn ids(number: u128) -> RetainIds {
    RetainIds {
        lease_token: Uuid::from_u128(number),
        event_id: id(number),
        salt: [7; 16],
    }
}

const A_YEAR: AuditConfig = AuditConfig {
    keep_details_days: 365,
};

#[tokio::test]
async fn details_go_once_a_day_when_their_time_is_over_and_an_event_tells_of_it() {
    for engine in engines().await {
        record(&engine.db, 1..=3).await;
        let retain = async |number, after| {
            audit::retain(&engine.db, A_YEAR, ids(number), noon() + after)
                .await
                .unwrap()
        };
        assert_eq!(retain(101, Duration::days(365)).await, 0, "{}", engine.name);

        let later = Duration::days(366) + Duration::seconds(1);
        assert_eq!(retain(102, later).await, 3, "{}", engine.name);
        record(&engine.db, 4..=4).await;
        assert_eq!(
            retain(103, later + Duration::hours(1)).await,
            0,
            "not again the same day"
        );
        assert_eq!(retain(104, later + Duration::days(1)).await, 1);

        audit::chain(&engine.db).await.unwrap();
        assert!(report(&engine).await.broken.is_none(), "{}", engine.name);
        let mut tx = engine.db.read().await.unwrap();
        let events = audit::list_latest(&mut tx, 10).await.unwrap();
        let told: Vec<_> = events
            .iter()
            .filter(|told| told.kind == "audit.details_erased")
            .collect();
        assert_eq!(told.len(), 2, "{}", engine.name);
        let kept = events.iter().filter(|told| told.details.is_some()).count();
        assert_eq!(kept, 2, "only what tells of the erasures");
    }
}

#[tokio::test]
async fn replicas_do_not_erase_at_the_same_time_and_zero_keeps_for_ever() {
    for engine in engines().await {
        record(&engine.db, 1..=3).await;
        let at = noon() + Duration::days(400);
        let (one, other) = tokio::join!(
            audit::retain(&engine.db, A_YEAR, ids(101), at),
            audit::retain(&engine.db, A_YEAR, ids(102), at),
        );

        assert_eq!(one.unwrap() + other.unwrap(), 3, "{}", engine.name);
        record(&engine.db, 4..=4).await;
        let for_ever = AuditConfig {
            keep_details_days: 0,
        };
        let later = at + Duration::days(10_000);
        let erased = audit::retain(&engine.db, for_ever, ids(103), later).await;
        assert_eq!(erased.unwrap(), 0, "{}", engine.name);
    }
}
