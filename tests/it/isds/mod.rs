//! Logging in through a data box, over HTTP, with nginx in the place of the service that asks for our certificate.

pub(crate) mod nginx;

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker, claims_of};
use tests::browser::{Browser, Page};

use self::nginx::{Door, Nginx};

const GROUNDS: [Ground; 2] = [Ground::Sqlite, Ground::PostgresAndRedis];
/// How the one-time handle of every login at ISDS ends; before it stands the login's number, so that no two are alike.
const SESSION: &str = "-4d0a-9c55-2f6f2d1c7a90-01";

/// A broker whose only way in are data boxes, at one of nginx's doors.
pub(crate) async fn broker_at(ground: Ground, nginx: &Nginx, door: Door) -> TestBroker {
    let broker = TestBroker::configured(ground, configuration(nginx, door)).await;
    // The certificates were made just now, and hold from now on.
    broker.hand.set(Utc::now() + Duration::minutes(1));
    broker
}

fn configuration(nginx: &Nginx, door: Door) -> Value {
    let known = nginx.folder.join("known");
    json!({
        "outbound": { "client_certificate": { "isds": {
            "certificate_file": known.join("client.pem"),
            "key_file": known.join("client.key"),
            "hosts": ["127.0.0.1"],
            "ca_files": [known.join("ca.pem")],
        } } },
        "provider": {
            "demo": null,
            "isds": {
                "kind": "isds",
                "environment": "sandbox",
                "ats_id": "ATS-1",
                "client_certificate": "isds",
                // Nobody is there: a browser of these tests only looks where it was sent.
                "portal_url": "http://127.0.0.1:9/",
                "service_url": nginx.url(door),
            },
        },
    })
}

/// Sends a browser to ISDS for a client; gives the number it left with.
pub(crate) async fn leave(broker: &TestBroker, browser: &mut Browser, client_id: &str) -> String {
    let page = browser.open(&broker.authorize(client_id, &[])).await;
    leave_from(browser, &page).await
}

/// Sends a browser to ISDS from a page to choose at; gives the number it left with.
async fn leave_from(browser: &mut Browser, page: &Page) -> String {
    let (form, pressed) = page.form_with("provider-isds");
    let mut fields = form.fields;
    fields.extend(pressed.map(|button| (button.name, button.value)));

    let sent = browser.request("POST", form.action, Some(fields)).await;

    let address = sent.redirect().unwrap_or_else(|| panic!("{}", sent.text()));
    let pairs: Vec<_> = address.query_pairs().into_owned().collect();
    let names: Vec<_> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        (address.path(), names.as_slice()),
        ("/as/login", &["atsId", "appToken"][..])
    );
    assert_eq!(pairs[0].1, "ATS-1");
    pairs[1].1.clone()
}

pub(crate) fn back(broker: &TestBroker, number: &str) -> String {
    broker.at(&format!(
        "/upstream/isds/answer?sessionId={number}{SESSION}&appToken={number}"
    ))
}

/// One of the committed answers, for the login with that number.
pub(crate) fn answer(name: &str, number: &str) -> String {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../federation/src/isds/testdata"
    );
    let text = std::fs::read_to_string(format!("{folder}/{name}.xml")).unwrap();
    text.replace("{app-token}", number)
}

fn code(page: &Page) -> String {
    page.query("code")
        .unwrap_or_else(|| panic!("{}: {}", page.url, page.text()))
}

#[tokio::test]
async fn isds_b01_a_holder_is_logged_in_and_a_client_hears_the_level() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "strict").await;
        nginx.answers(&answer("holder", &number));

        let page = browser.open(&back(&broker, &number)).await;

        let tokens = broker.redeem("strict", &code(&page)).await;
        let claims = claims_of(tokens["id_token"].as_str().unwrap());
        assert_eq!(claims["acr"], "urn:city-identity:acr:town:single");
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);
        assert_eq!(broker.rows("provider_attribute").await, 21);
    }
}

#[tokio::test]
async fn who_comes_by_a_box_alone_can_close_the_account_soon_after_a_login() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "strict").await;
    nginx.answers(&answer("holder", &number));
    browser.open(&back(&broker, &number)).await;
    broker.hand.advance(chrono::Duration::minutes(6));
    let page = browser.open(&broker.at("/account/close")).await;
    let late = browser.submit(&page, "close-submit", &[]).await;
    assert!(late.url.path().starts_with("/login/"), "{}", late.text());

    // In the very session: nobody has to sign out first.
    let number = leave_from(&mut browser, &late).await;
    nginx.answers(&answer("holder", &number));
    let page = browser.open(&back(&broker, &number)).await;
    assert_eq!(page.url.path(), "/account/close", "{}", page.text());
    let page = browser.submit(&page, "close-submit", &[]).await;

    assert!(
        broker
            .events()
            .await
            .contains(&"account.deleted".to_owned()),
        "{}",
        page.text()
    );
}

#[tokio::test]
async fn isds_c01_the_service_sees_our_certificate_and_is_asked_once() {
    let nginx = Nginx::start().await;
    let broker = broker_at(Ground::Sqlite, &nginx, Door::Good).await;
    let mut browser = Browser::new();
    let number = leave(&broker, &mut browser, "portal").await;
    nginx.answers(&answer("company", &number));

    let page = browser.open(&back(&broker, &number)).await;

    assert!(page.query("code").is_some(), "{}", page.text());
    assert_eq!(exchanges(&nginx), 1);
}

#[tokio::test]
async fn isds_b07_a_second_arrival_leads_on_and_asks_nobody_again() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let mut browser = Browser::new();
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));
        browser.open(&back(&broker, &number)).await;
        let asked = exchanges(&nginx);
        nginx.answers(&answer("session-not-found", &number));

        browser.open(&back(&broker, &number)).await;

        assert_eq!(exchanges(&nginx), asked);
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);
        let mut stranger = Browser::new();
        let page = stranger.open(&back(&broker, &number)).await;
        assert_eq!(page.status, 410, "{}", page.text());
        assert_eq!(broker.counts().await, [1, 1, 1, 1]);
    }
}

#[tokio::test]
async fn isds_b03_an_answer_in_another_browser_is_nobodys_login() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = broker_at(ground, &nginx, Door::Good).await;
        let (mut browser, mut stranger) = (Browser::new(), Browser::new());
        let number = leave(&broker, &mut browser, "portal").await;
        nginx.answers(&answer("holder", &number));

        let page = stranger.open(&back(&broker, &number)).await;

        assert_eq!(page.status, 403, "{}", page.text());
        assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    }
}

#[tokio::test]
async fn isds_c03_servers_that_are_not_isds_hear_nothing_and_nobody_is_logged_in() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        for (door, kind) in [
            (Door::ForeignAuthority, "login.refused.provider-down"),
            (Door::ForeignName, "login.refused.provider-down"),
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

/// Questions about sessions that came with our certificate.
pub(crate) fn exchanges(nginx: &Nginx) -> usize {
    let requests = nginx.requests(Door::Good);
    requests
        .iter()
        .filter(|request| {
            request.starts_with("SUCCESS ") && request.ends_with(" /asws/extIs2Endpoint")
        })
        .count()
}
