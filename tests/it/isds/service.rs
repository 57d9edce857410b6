//! The service that is asked who logged in, and servers that pass for it (cases C of the reference, 11).

use serde_json::json;
use tests::broker::Ground;
use tests::browser::{Browser, Page};
use tests::ports::free_port;

use super::nginx::{Door, Nginx};
use super::{
    GROUNDS, SESSION, answer, back, broker_at, configuration, configured, exchanges_once, leave,
};

#[tokio::test]
async fn isds_c01_the_service_sees_our_certificate_and_is_asked_once() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "portal").await;
    nginx.answers(&answer("company", &number));

    let page = browser.open(&back(&broker, &number)).await;

    assert!(page.query("code").is_some(), "{}", page.text());
    assert_eq!(exchanges_once(&nginx, 1).await, 1);
}

#[tokio::test]
async fn isds_c03_servers_that_are_not_isds_hear_nothing_and_nobody_is_logged_in() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        for (door, kind) in [
            (Door::ForeignAuthority, "login.refused.provider-down"),
            (Door::ForeignName, "login.refused.provider-down"),
            (Door::Expired, "login.refused.provider-down"),
            (Door::AsksNobody, "login.refused.provider-broken"),
        ] {
            let page = Box::pin(refused(ground, &nginx, door, kind)).await;

            assert_eq!(nginx.requests(door), [] as [String; 0], "{door:?}");
            assert!(page.status >= 500, "{door:?}: {}", page.status);
        }
    }
}

#[tokio::test]
async fn servers_that_do_not_want_us_are_told_from_an_outage() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        for (door, kind) in [
            (Door::TakesOthers, "login.refused.provider-broken"),
            (Door::KnowsUsNot, "login.refused.provider-broken"),
            (Door::OutOfService, "login.refused.provider-down"),
        ] {
            let page = Box::pin(refused(ground, &nginx, door, kind)).await;

            assert!(page.status >= 500, "{door:?}: {}", page.status);
            let words = page.text();
            assert!(!words.contains(SESSION), "{door:?}: {words}");
        }
    }
}

#[tokio::test]
async fn isds_c04_a_service_that_sends_us_elsewhere_is_not_followed() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let door = Door::SendsAway;
        let before = nginx.requests(door).len();

        let page = refused(ground, &nginx, door, "login.refused.provider-down").await;

        assert_eq!(page.status, 503, "{}", page.text());
        nginx.wait_for(door, |_| true, before + 1).await;
        let asked = nginx.requests(door);
        let paths: Vec<&str> = asked[before..]
            .iter()
            .filter_map(|request| request.rsplit(' ').next())
            .collect();
        assert_eq!(
            paths,
            ["/asws/extIs2Endpoint"],
            "asked once, and nowhere else"
        );
    }
}

/// Whether anybody was asked decides whether the `sessionId` is spent, so the log tells the three apart.
#[tokio::test]
async fn isds_c06_the_log_tells_where_time_ran_out_and_nobody_is_logged_in() {
    let nginx = Nginx::start().await;
    let closed = format!("https://127.0.0.1:{}/", free_port());
    for (service, cause) in [
        (closed, "connect"),
        (nginx.silent_url(), "connect_timed_out"),
        (nginx.url(Door::NeverAnswers), "timed_out"),
    ] {
        let mut configuration = configuration(&nginx, Door::Good);
        configuration["provider"]["isds"]["service_url"] = json!(service);
        configuration["outbound"]["connect_timeout_ms"] = json!(5_000);
        configuration["outbound"]["total_timeout_ms"] = json!(10_000);
        let broker = configured(Ground::Sqlite, configuration).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;

        let page = browser.open(&back(&broker, &number)).await;

        assert_eq!(page.status, 503, "{cause}: {}", page.text());
        let told = broker.event_details("login.refused.provider-down").await;
        assert_eq!((told.len(), &told[0]["cause"]), (1, &json!(cause)));
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    }
}

/// A login that ends at the door, with that event and nothing else.
async fn refused(ground: Ground, nginx: &Nginx, door: Door, kind: &str) -> Page {
    let broker = broker_at(ground, nginx, door).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "portal").await;
    nginx.answers(&answer("holder", &number));
    let before = broker.events().await;

    let page = browser.open(&back(&broker, &number)).await;

    assert_eq!(
        broker.events_since(&before).await,
        [kind],
        "{door:?}: {}",
        page.text()
    );
    assert_eq!(broker.counts().await, [0, 0, 0, 0], "{door:?}");
    page
}
