//! The breaker of a target over real connections, with a clock moved by hand, and the numbers it leaves.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use metrics::{
    Counter, CounterFn, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
};

use super::{
    Hand, config, impatient, outbound,
    server::{Behaviour, Server},
};
use crate::{Guard, JSON, OutboundError, Request, Target, Unavailable};

async fn fetch(target: &Target, server: &Server) -> Result<(), OutboundError> {
    let url = server.url();
    target
        .send(Request::get(&url, Guard::Operator).expecting(JSON))
        .await
        .map(drop)
}

fn is_paused(result: &Result<(), OutboundError>) -> bool {
    matches!(
        result,
        Err(OutboundError::Unavailable {
            why: Unavailable::Paused,
            ..
        })
    )
}

#[tokio::test]
async fn every_way_of_misbehaving_opens_the_breaker() {
    let elsewhere = url::Url::parse("http://127.0.0.1:9/").unwrap();
    let ways = [
        Behaviour::Trickle,
        Behaviour::Break,
        Behaviour::status(500),
        Behaviour::Pour(10 * 1024 * 1024),
        Behaviour::typed("text/html", "<h1>Maintenance</h1>"),
        Behaviour::redirect(&elsewhere),
    ];
    for way in ways {
        let server = Server::start(way.clone()).await;
        let limits = match way {
            Behaviour::Trickle => impatient(1_000),
            _ => config(),
        };
        let outbound = Hand::default().outbound_within(&limits);
        let target = outbound.target("source");

        for _ in 0..3 {
            assert!(!is_paused(&fetch(&target, &server).await), "{way:?}");
        }

        assert!(is_paused(&fetch(&target, &server).await), "{way:?}");
        assert!(target.is_paused());
        assert_eq!(server.requests(), 3);
    }
}

#[tokio::test]
async fn after_the_pause_one_request_tries_and_a_good_answer_closes_the_breaker() {
    let hand = Hand::default();
    let server = Server::start(Behaviour::status(503)).await;
    let target = hand.outbound().target("source");
    for _ in 0..3 {
        fetch(&target, &server).await.unwrap_err();
    }

    hand.advance(14);
    assert!(is_paused(&fetch(&target, &server).await));
    server.behave(Behaviour::json("{}"));
    hand.advance(1);

    assert!(fetch(&target, &server).await.is_ok());
    assert!(fetch(&target, &server).await.is_ok());
    assert!(!target.is_paused());
    assert_eq!(server.requests(), 5);
}

#[tokio::test]
async fn a_target_that_people_wait_for_is_tried_again_sooner_and_never_later_than_configured() {
    let hand = Hand::default();
    let server = Server::start(Behaviour::status(503)).await;
    let outbound = hand.outbound();
    let near = outbound.target_tried_after("near", Duration::from_secs(1));
    let patient = outbound.target_tried_after("patient", Duration::from_mins(1));
    for target in [&near, &patient] {
        for _ in 0..3 {
            fetch(target, &server).await.unwrap_err();
        }
        assert!(is_paused(&fetch(target, &server).await));
    }
    server.behave(Behaviour::json("{}"));

    hand.advance(1);
    assert!(fetch(&near, &server).await.is_ok());
    assert!(is_paused(&fetch(&patient, &server).await));
    hand.advance(14);
    assert!(fetch(&patient, &server).await.is_ok());
}

#[tokio::test]
async fn a_failed_try_after_the_pause_leaves_the_target_alone_again() {
    let hand = Hand::default();
    let server = Server::start(Behaviour::status(503)).await;
    let target = hand.outbound().target("source");
    for _ in 0..3 {
        fetch(&target, &server).await.unwrap_err();
    }

    hand.advance(15);
    assert!(!is_paused(&fetch(&target, &server).await));

    assert!(is_paused(&fetch(&target, &server).await));
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn targets_of_one_name_share_a_breaker_and_others_are_not_touched() {
    let outbound = Hand::default().outbound();
    let server = Server::start(Behaviour::status(503)).await;
    for _ in 0..3 {
        fetch(&outbound.target("nia"), &server).await.unwrap_err();
    }

    assert!(is_paused(&fetch(&outbound.target("nia"), &server).await));
    assert!(!is_paused(
        &fetch(&outbound.target("bank-id"), &server).await
    ));
}

#[tokio::test]
async fn refused_addresses_and_client_errors_do_not_open_the_breaker() {
    let server = Server::start(Behaviour::status(400)).await;
    let url = server.url();
    let target = Hand::default().outbound().target("source");

    for _ in 0..5 {
        assert!(target.get(&url, Guard::Foreign).await.is_err());
        assert!(target.get(&url, Guard::Operator).await.is_ok());
    }

    assert!(!target.is_paused());
}

#[tokio::test]
async fn every_exchange_is_counted_by_target_and_outcome() {
    let counts = Counts::default();
    let _recording = metrics::set_default_local_recorder(&counts);
    let server = Server::start(Behaviour::json("{}")).await;
    let target = outbound().target("nia");

    fetch(&target, &server).await.unwrap();
    server.behave(Behaviour::typed("text/html", ""));
    fetch(&target, &server).await.unwrap_err();
    server.behave(Behaviour::status(404));
    fetch(&target, &server).await.unwrap();
    target.get(&server.url(), Guard::Foreign).await.unwrap_err();

    assert_eq!(
        counts.sorted(),
        [
            "outbound_requests_total target=nia outcome=content_type",
            "outbound_requests_total target=nia outcome=forbidden",
            "outbound_requests_total target=nia outcome=ok",
            "outbound_requests_total target=nia outcome=refused",
        ]
    );
}

/// Keeps every counted event as a line.
#[derive(Debug, Clone, Default)]
struct Counts(Arc<Mutex<Vec<String>>>);

#[derive(Debug)]
struct Line(Counts, String);

impl Counts {
    fn sorted(&self) -> Vec<String> {
        let mut lines = self.0.lock().unwrap().clone();
        lines.sort();
        lines
    }
}

impl CounterFn for Line {
    fn increment(&self, value: u64) {
        assert_eq!(value, 1);
        self.0.0.lock().unwrap().push(self.1.clone());
    }

    fn absolute(&self, _value: u64) {}
}

impl Recorder for Counts {
    fn describe_counter(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}
    fn describe_gauge(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}
    fn describe_histogram(&self, _key: KeyName, _unit: Option<Unit>, _description: SharedString) {}

    fn register_counter(&self, key: &Key, _metadata: &Metadata<'_>) -> Counter {
        let mut line = key.name().to_owned();
        for label in key.labels() {
            line = format!("{line} {}={}", label.key(), label.value());
        }
        Counter::from_arc(Arc::new(Line(self.clone(), line)))
    }

    fn register_gauge(&self, _key: &Key, _metadata: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _key: &Key, _metadata: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[tokio::test]
async fn a_system_is_held_back_by_the_parts_it_needs_and_no_longer_than_the_pause() {
    let hand = Hand::default();
    let outbound = hand.outbound();
    let server = Server::start(Behaviour::status(503)).await;
    for target in [
        outbound.target_aside("isds.directory"),
        outbound.target("other"),
    ] {
        for _ in 0..3 {
            fetch(&target, &server).await.unwrap_err();
        }
    }
    assert!(!outbound.holds_back("isds"), "it can do without");
    let told = outbound.breakers_of("isds");
    assert_eq!(
        told.into_iter().collect::<Vec<_>>(),
        [("isds.directory".to_owned(), true)]
    );

    let needed = outbound.target("isds.token");
    for _ in 0..3 {
        fetch(&needed, &server).await.unwrap_err();
    }
    assert!(outbound.holds_back("isds"));

    // Nobody tries it, and still nobody is told to go elsewhere any more.
    hand.advance(15);
    assert!(!outbound.holds_back("isds"));
    assert!(
        outbound
            .breakers_of("isds")
            .values()
            .all(|is_open| !is_open)
    );
    assert!(!is_paused(&fetch(&needed, &server).await));
    assert!(outbound.holds_back("isds"), "it failed once more");
}
