//! Single flight, negative cache, last good copy.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, Utc};
use tokio::sync::Notify;
use url::Url;

use super::{
    Hand, impatient,
    server::{Behaviour, Server},
};
use crate::{
    Fetched, Guard, JSON, LastGood, Outbound, OutboundError, Shelf, Unacceptable, Unavailable,
};

const AN_HOUR: Duration = Duration::from_hours(1);

/// A document that is a number, refreshed hourly; it must not shrink.
fn number(hand: &Hand, server: &Server) -> LastGood<u32> {
    number_by(&hand.outbound(), server)
}

fn number_by(outbound: &Outbound, server: &Server) -> LastGood<u32> {
    LastGood::new(
        outbound.target("source"),
        server.url(),
        Guard::Operator,
        AN_HOUR,
        |fetched, before| {
            let number: u32 = fetched.json()?;
            if before.is_some_and(|before| number < *before) {
                return Err("it shrank".into());
            }
            Ok(number)
        },
    )
    .expecting(JSON)
}

#[tokio::test]
async fn a_hundred_parallel_gets_make_one_request() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("7")).await);
    let document = number(&hand, &server);

    let gets = (0..100).map(|_| document.get(hand.now()));
    let values = futures_util::future::join_all(gets).await;

    assert!(values.into_iter().all(|value| *value.unwrap() == 7));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_hundred_parallel_gets_of_a_failing_source_make_one_request() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::status(500)).await);
    let document = number(&hand, &server);

    let gets = (0..100).map(|_| document.get(hand.now()));
    let values = futures_util::future::join_all(gets).await;

    assert!(values.into_iter().all(|value| value.is_err()));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn parallel_refreshes_share_one_request() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("7")).await);
    let document = number(&hand, &server);

    let refreshes = (0..20).map(|_| document.refresh(hand.now()));
    let values = futures_util::future::join_all(refreshes).await;

    assert!(values.into_iter().all(|value| *value.unwrap() == 7));
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_failure_is_remembered_for_a_while_and_then_tried_again() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::status(500)).await);
    let document = number(&hand, &server).retry_after(Duration::from_secs(30));

    assert!(document.get(hand.now()).await.is_err());
    server.behave(Behaviour::json("7"));
    hand.advance(29);
    let remembered = document.get(hand.now()).await.unwrap_err();
    hand.advance(1);
    let value = document.get(hand.now()).await.unwrap();

    assert!(matches!(
        remembered,
        OutboundError::Unavailable {
            why: Unavailable::ServerError(500),
            ..
        }
    ));
    assert_eq!(*value, 7);
    assert_eq!(server.requests(), 2);
    assert!(document.failure().is_none());
}

#[tokio::test]
async fn a_fresh_copy_is_not_fetched_again() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("7")).await);
    let document = number(&hand, &server);

    document.get(hand.now()).await.unwrap();
    hand.advance(3599);
    document.get(hand.now()).await.unwrap();

    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn the_last_good_copy_is_kept_when_the_source_fails() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("7")).await);
    let document = number(&hand, &server);
    let fetched_at = hand.now();
    document.get(fetched_at).await.unwrap();

    hand.advance(7200);
    server.behave(Behaviour::typed("text/html", "<h1>Maintenance</h1>"));
    let refreshed = document.refresh(hand.now()).await.unwrap_err();

    assert!(matches!(
        refreshed,
        OutboundError::Unacceptable {
            why: Unacceptable::ContentType(_),
            ..
        }
    ));
    assert_eq!(*document.get(hand.now()).await.unwrap(), 7);
    assert_eq!(document.peek(), Some((Arc::new(7), fetched_at)));
    assert!(document.failure().is_some());
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_document_that_changed_in_what_must_not_change_is_refused() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("7")).await);
    let document = number(&hand, &server);
    document.get(hand.now()).await.unwrap();

    server.behave(Behaviour::json("6"));
    let refused = document.refresh(hand.now()).await.unwrap_err();

    assert!(matches!(
        refused,
        OutboundError::Unacceptable {
            why: Unacceptable::Unreadable,
            ..
        }
    ));
    assert_eq!(*document.get(hand.now()).await.unwrap(), 7);
}

#[tokio::test]
async fn an_old_copy_is_handed_out_at_once_while_the_source_hangs() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("7")).await);
    let outbound = hand.outbound_within(&impatient(2_000));
    let document = number_by(&outbound, &server);
    document.get(hand.now()).await.unwrap();

    hand.advance(7200);
    server.behave(Behaviour::Silence);
    for _ in 0..10 {
        assert_eq!(*document.get(hand.now()).await.unwrap(), 7);
    }

    // Waits for the fetch in the background, which is the only one.
    document.refresh(hand.now()).await.unwrap_err();
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn an_old_copy_is_replaced_in_the_background() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("7")).await);
    let document = number(&hand, &server);
    document.get(hand.now()).await.unwrap();

    hand.advance(7200);
    server.behave(Behaviour::json("8"));
    assert_eq!(*document.get(hand.now()).await.unwrap(), 7);
    document.refresh(hand.now()).await.unwrap();

    assert_eq!(*document.get(hand.now()).await.unwrap(), 8);
    assert_eq!(server.requests(), 2);
}

#[tokio::test]
async fn a_reader_that_keeps_missing_something_asks_the_source_once_a_minute() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("7")).await);
    let document = number(&hand, &server);
    let a_minute = Duration::from_mins(1);
    document.get(hand.now()).await.unwrap();

    hand.advance(59);
    document.get_within(a_minute, hand.now()).await.unwrap();
    assert_eq!(server.requests(), 1);
    hand.advance(1);
    for _ in 0..10 {
        document.get_within(a_minute, hand.now()).await.unwrap();
    }

    assert_eq!(server.requests(), 2);
}

/// A shelf in memory.
#[derive(Default)]
struct Memory {
    kept: Mutex<BTreeMap<String, (Vec<u8>, DateTime<Utc>)>>,
    news: Notify,
}

#[async_trait::async_trait]
impl Shelf for Memory {
    async fn find(&self, url: &Url) -> Option<(Vec<u8>, DateTime<Utc>)> {
        self.kept.lock().unwrap().get(url.as_str()).cloned()
    }

    async fn keep(&self, url: &Url, body: Vec<u8>, fetched_at: DateTime<Utc>) {
        let kept = (body, fetched_at);
        self.kept.lock().unwrap().insert(url.to_string(), kept);
        self.news.notify_one();
    }
}

/// The same number in a process that just started, with that shelf.
fn kept(hand: &Hand, server: &Server, shelf: &Arc<Memory>) -> LastGood<u32> {
    let time = hand.clone();
    let shelf: Arc<dyn Shelf> = Arc::<Memory>::clone(shelf);
    let builder = Outbound::builder(&super::config()).now(move || time.now());
    let outbound = builder.shelf(shelf).build().unwrap();
    let read = |fetched: &Fetched, _: Option<&u32>| Ok(fetched.json::<u32>()?);
    let target = outbound.target("source");
    LastGood::new(target, server.url(), Guard::Operator, AN_HOUR, read).kept()
}

#[tokio::test]
async fn a_copy_from_before_the_start_serves_until_the_source_is_back() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("5")).await);
    let shelf = Arc::new(Memory::default());
    kept(&hand, &server, &shelf).get(hand.now()).await.unwrap();
    shelf.news.notified().await;
    let then = hand.now();
    hand.advance(24 * 3600);
    server.behave(Behaviour::status(503));

    let document = kept(&hand, &server, &shelf);
    let down = document.get(hand.now()).await;
    let seen = (document.peek(), document.failure().is_some());
    server.behave(Behaviour::json("7"));
    let back = document.refresh(hand.now()).await;

    assert_eq!(*down.unwrap(), 5);
    assert_eq!(seen, (Some((Arc::new(5), then)), true));
    assert_eq!(*back.unwrap(), 7);
}

#[tokio::test]
async fn a_copy_from_before_the_start_is_judged_again_and_no_other_is_taken() {
    let (hand, server) = (Hand::default(), Server::start(Behaviour::status(503)).await);
    let shelf = Arc::new(Memory::default());

    let nothing = kept(&hand, &server, &shelf).get(hand.now()).await;
    let bad = (b"no number".to_vec(), hand.now());
    let url = server.url().to_string();
    shelf.kept.lock().unwrap().insert(url, bad);
    let bad = kept(&hand, &server, &shelf).get(hand.now()).await;

    assert!(nothing.is_err());
    assert!(bad.is_err());
}

#[tokio::test]
async fn a_bounded_copy_is_believed_a_week_on_the_shelf_and_at_hand() {
    let a_day = 24 * 3600;
    let (hand, server) = (Hand::default(), Server::start(Behaviour::json("5")).await);
    let shelf = Arc::new(Memory::default());
    let held = kept(&hand, &server, &shelf).bounded();
    let endless = kept(&hand, &server, &shelf);
    for document in [&held, &endless] {
        document.get(hand.now()).await.unwrap();
        shelf.news.notified().await;
    }
    server.behave(Behaviour::status(503));

    hand.advance(7 * a_day - 1);
    let in_time = held.get(hand.now()).await;
    let from_shelf = kept(&hand, &server, &shelf).bounded().get(hand.now()).await;
    hand.advance(1);
    let too_late = held.refresh(hand.now()).await;
    let again = held.get(hand.now()).await;
    let too_old = kept(&hand, &server, &shelf).bounded().get(hand.now()).await;
    let no_end = endless.get(hand.now()).await;

    assert_eq!(*in_time.unwrap(), 5);
    assert_eq!(*from_shelf.unwrap(), 5);
    assert!(too_late.is_err());
    assert!(again.is_err());
    assert!(too_old.is_err());
    assert_eq!(*no_end.unwrap(), 5);

    server.behave(Behaviour::json("7"));
    hand.advance(60);
    assert_eq!(*held.get(hand.now()).await.unwrap(), 7);
}
