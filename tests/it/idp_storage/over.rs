//! Sessions whose time is over, and what ends with a client that was switched off.

use chrono::Duration;
use idp::ids::ClientId;
use idp::storage::browser_session::{self, EndReason};
use idp::storage::client_session;
use store::Tx;
use tests::engines::engines;

use super::{Person, at_client, noon, person};

const IDLE: Duration = Duration::hours(2);

async fn expired(tx: &mut Tx, at: Duration) -> usize {
    let over = browser_session::list_expired(tx, noon() + at, 10).await;
    over.unwrap().len()
}

async fn idle(tx: &mut Tx, at: Duration) -> usize {
    let over = browser_session::list_idle(tx, noon() + at - IDLE, 10).await;
    over.unwrap().len()
}

async fn is_over(tx: &mut Tx, person: &Person, at: Duration) -> Option<(bool, bool)> {
    let (now, since) = (noon() + at, noon() + at - IDLE);
    browser_session::is_over(tx, person.session_id, now, since)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_session_is_over_by_its_age_or_when_neither_browser_nor_client_has_used_it() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        let person = person(&mut tx, 1).await;
        let at_client = at_client(&mut tx, &person, 1, "portal").await;
        let (early, late, end) = (IDLE - Duration::seconds(1), IDLE, Duration::hours(12));

        assert_eq!(is_over(&mut tx, &person, early).await, Some((false, false)));
        assert_eq!(idle(&mut tx, early).await, 0, "{}", engine.name);
        assert_eq!(is_over(&mut tx, &person, late).await, Some((false, true)));
        assert_eq!(idle(&mut tx, late).await, 1, "{}", engine.name);

        let used = noon() + Duration::hours(1);
        client_session::touch_since(&mut tx, at_client, noon() - Duration::seconds(1), used)
            .await
            .unwrap();
        assert_eq!(idle(&mut tx, late).await, 1, "known to be later");
        client_session::touch_since(&mut tx, at_client, noon(), used)
            .await
            .unwrap();
        assert_eq!(idle(&mut tx, late).await, 0, "{}", engine.name);
        assert_eq!(is_over(&mut tx, &person, late).await, Some((false, false)));
        assert_eq!(idle(&mut tx, late + Duration::hours(1)).await, 1);

        assert_eq!(expired(&mut tx, end - Duration::seconds(1)).await, 0);
        assert_eq!(expired(&mut tx, end).await, 1, "{}", engine.name);
        let of_both = is_over(&mut tx, &person, end).await;
        assert_eq!(of_both, Some((true, true)), "{}", engine.name);
        let moved = Some(noon() + end + end);
        browser_session::renew_token(&mut tx, person.session_id, &[9; 32], moved, noon() + end)
            .await
            .unwrap();
        assert_eq!(expired(&mut tx, end).await, 0, "{}", engine.name);

        browser_session::end(&mut tx, person.session_id, EndReason::Idle, noon())
            .await
            .unwrap();
        assert_eq!(is_over(&mut tx, &person, end).await, None);
        let later = end + end;
        assert_eq!(
            (expired(&mut tx, later).await, idle(&mut tx, later).await),
            (0, 0)
        );
    }
}

#[tokio::test]
async fn the_sessions_at_one_client_end_some_at_a_time() {
    for engine in engines().await {
        let mut tx = engine.db.begin().await.unwrap();
        for number in 1..4 {
            let person = person(&mut tx, number).await;
            at_client(&mut tx, &person, number, "portal").await;
            at_client(&mut tx, &person, number + 10, "library").await;
        }
        let portal = ClientId::new("portal");

        let mut ended = Vec::new();
        for _ in 0..3 {
            let some = client_session::end_some_at(&mut tx, &portal, 2, noon()).await;
            ended.push(some.unwrap().len());
        }

        assert_eq!(ended, [2, 1, 0], "{}", engine.name);
    }
}
