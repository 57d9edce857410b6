//! Too many messages from one address.

use chrono::Duration;
use futures_util::future::join_all;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use tests::broker::{Ground, TestBroker};
use tests::browser::Browser;

use super::GROUNDS;

const FEW: usize = 5;
/// Every address that takes messages of providers.
const MESSAGES: [(Method, &str); 7] = [
    (Method::GET, "/upstream/demo/answer?state=_invented"),
    (Method::POST, "/upstream/demo/answer"),
    (Method::GET, "/upstream/demo/logout"),
    (Method::POST, "/upstream/demo/logout"),
    (Method::POST, "/upstream/demo/backchannel-logout"),
    (Method::POST, "/upstream/demo/events"),
    (Method::GET, "/upstream/demo/error"),
];

/// A request that the town's proxy passes on.
async fn behind_the_proxy(
    broker: &TestBroker,
    address: &str,
    method: &Method,
    path: &str,
) -> Response {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let request = http
        .request(method.clone(), broker.at(path))
        .header("x-forwarded-for", address);
    request.send().await.unwrap()
}

fn limited(proxies: &[&str]) -> serde_json::Value {
    json!({ "login": { "messages_per_minute": FEW }, "server": { "trusted_proxies": proxies } })
}

#[tokio::test]
async fn more_messages_of_one_address_than_allowed_are_turned_away_and_nothing_else_is() {
    for ground in GROUNDS {
        let broker = TestBroker::configured(ground, limited(&["127.0.0.1/32"])).await;
        for (at, (method, path)) in MESSAGES.iter().enumerate() {
            let address = format!("192.0.2.{at}");
            for _ in 0..FEW {
                let answer = behind_the_proxy(&broker, &address, method, path).await;
                assert_ne!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
            }
            let before = broker.events().await;

            let answer = behind_the_proxy(&broker, &address, method, path).await;

            assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
            assert_eq!(answer.headers()["retry-after"], "13", "{path}");
            let page = answer.text().await.unwrap();
            assert!(page.contains("WEB-429"), "{path}: {page}");
            assert!(page.contains("Zkoušíte to příliš často"), "{path}: {page}");
            assert_eq!(broker.events_since(&before).await, [""; 0], "{path}");
        }

        // All addresses share what one caller may do; another caller, and everything else, goes on.
        let (method, path) = &MESSAGES[0];
        let answer = behind_the_proxy(&broker, "192.0.2.6", method, path).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
        let answer = behind_the_proxy(&broker, "192.0.2.99", method, path).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        let authorize = broker.authorize("portal", &[]);
        let authorize = authorize.strip_prefix(&broker.issuer()).unwrap();
        for path in ["/status", "/healthz", "/upstream/demo/metadata", authorize] {
            let answer = behind_the_proxy(&broker, "192.0.2.6", &Method::GET, path).await;
            assert_ne!(answer.status(), StatusCode::TOO_MANY_REQUESTS, "{path}");
        }

        broker.hand.advance(Duration::seconds(12));
        let answer = behind_the_proxy(&broker, "192.0.2.6", method, path).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        let answer = behind_the_proxy(&broker, "192.0.2.6", method, path).await;
        assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    }
}

/// Who asks for something short-lived with a transaction open needs no connection of those that others hold.
#[tokio::test]
async fn many_strangers_at_once_at_a_page_of_the_account_are_all_led_to_a_login() {
    for ground in Ground::ALL {
        let broker = TestBroker::start(ground).await;

        let answers = join_all((0..50).map(|_| async {
            let mut browser = Browser::new();
            let account = broker.url.join("/account").unwrap();
            browser.request("GET", account, None).await
        }))
        .await;

        for answer in answers {
            let login = answer
                .redirect()
                .unwrap_or_else(|| panic!("{ground:?}: {}", answer.text()));
            assert!(login.path().starts_with("/login/"), "{login}");
        }
    }
}

#[tokio::test]
async fn who_only_claims_to_come_from_elsewhere_is_counted_where_they_are() {
    let broker = TestBroker::configured(GROUNDS[0], limited(&[])).await;
    let (method, path) = &MESSAGES[0];
    for at in 0..FEW {
        let address = format!("192.0.2.{at}");
        let answer = behind_the_proxy(&broker, &address, method, path).await;
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
    }

    let answer = behind_the_proxy(&broker, "192.0.2.200", method, path).await;

    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
}

/// An hour of logins that nobody opens, as many as one address may begin.
#[tokio::test]
async fn logins_that_one_address_begins_for_an_hour_fill_no_store() {
    for ground in [Ground::Sqlite, Ground::Postgres] {
        let broker = TestBroker::configured(
            ground,
            json!({
                "login": { "begun_per_minute": FEW },
                "server": { "trusted_proxies": ["127.0.0.1/32"] },
                "short_lived": { "max_entries": 100 },
            }),
        )
        .await;
        let authorize = broker.authorize("portal", &[]);
        let path = authorize.strip_prefix(&broker.issuer()).unwrap();
        let mut begun = 0;
        for _ in 0..60 {
            for _ in 0..2 * FEW {
                let answer = behind_the_proxy(&broker, "192.0.2.1", &Method::GET, path).await;
                let status = answer.status();
                assert!(!status.is_server_error(), "{ground:?}: {status}");
                begun += usize::from(status == StatusCode::SEE_OTHER);
            }
            broker.hand.advance(Duration::minutes(1));
        }
        assert!(begun > 250, "{ground:?}: {begun} would not fit");

        let answer = behind_the_proxy(&broker, "192.0.2.2", &Method::GET, path).await;

        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "{ground:?}");
        let now = broker.clock.now();
        while broker.broker.short_lived.sweep(now).await.unwrap() > 0 {}
        let kept = broker.rows("short_lived").await;
        assert!(kept <= 60, "{ground:?}: {kept}");
    }
}
