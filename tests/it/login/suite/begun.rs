//! What a login costs us before anybody has shown who they are.

use chrono::Duration;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;

use super::*;

const FEW: usize = 5;

fn limited() -> serde_json::Value {
    json!({
        "login": { "begun_per_minute": FEW },
        "server": { "trusted_proxies": ["127.0.0.1/32"] },
    })
}

/// A request that the town's proxy passes on.
async fn behind_the_proxy(method: Method, url: &str, address: &str, language: &str) -> Response {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .unwrap();
    let request = http
        .request(method, url)
        .header("x-forwarded-for", address)
        .header("accept", "text/html")
        .header("accept-language", language);
    request.send().await.unwrap()
}

async fn begin(broker: &TestBroker, address: &str) -> Response {
    let url = broker.authorize("portal", &[]);
    behind_the_proxy(Method::GET, &url, address, "cs").await
}

#[tokio::test]
async fn who_begins_too_many_logins_is_told_to_wait_and_nobody_else_is() {
    let broker = configured(limited()).await;
    for _ in 0..FEW {
        let begun = begin(&broker, "192.0.2.1").await;
        assert_eq!(begun.status(), StatusCode::SEE_OTHER);
    }
    let before = broker.events().await;

    let get = broker.authorize("portal", &[]);
    let post = broker.at("/oauth2/authorize");
    let account = broker.at("/account");
    for (language, words) in [
        ("cs", "Zkoušíte to příliš často"),
        ("en", "too often"),
        ("de", "zu oft"),
    ] {
        let refused = behind_the_proxy(Method::GET, &get, "192.0.2.1", language).await;

        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(refused.headers()["retry-after"], "13");
        let page = refused.text().await.unwrap();
        assert!(page.contains("WEB-429"), "{page}");
        assert!(page.contains(words), "{page}");
    }
    let query = get.split_once('?').unwrap().1.to_owned();
    let posted = reqwest::Client::new()
        .post(&post)
        .header("x-forwarded-for", "192.0.2.1")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(query);
    let posted = posted.send().await.unwrap();
    assert_eq!(posted.status(), StatusCode::TOO_MANY_REQUESTS);
    let page = behind_the_proxy(Method::GET, &account, "192.0.2.1", "cs").await;
    assert_eq!(page.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(broker.events_since(&before).await, [""; 0]);

    let other = begin(&broker, "192.0.2.2").await;
    assert_eq!(other.status(), StatusCode::SEE_OTHER);
    broker.hand.advance(Duration::seconds(12));
    let again = begin(&broker, "192.0.2.1").await;
    assert_eq!(again.status(), StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn who_is_signed_in_goes_on_to_other_services_from_an_address_that_begins_no_more() {
    let broker = configured(limited()).await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    while begin(&broker, "127.0.0.1").await.status() == StatusCode::SEE_OTHER {}

    let page = browser.open(&broker.authorize("parking", &[])).await;

    assert!(arrived(&page, "parking"), "{}", page.text());
}

#[tokio::test]
async fn a_login_that_is_read_and_answered_after_fifty_five_minutes_still_works() {
    let other = json!({ "kind": "demo", "environment": "sandbox", "account": { "eva": { "password": "heslo" } } });
    // The answer may come at once, or when the hour of the login is over.
    for minutes in [0, 14] {
        let broker = configured(json!({ "provider": { "other": other } })).await;
        let mut browser = Browser::new();
        let page = browser.open(&broker.authorize("strict", &[])).await;
        assert!(page.url.path().starts_with("/login/"), "{}", page.url);
        broker.hand.advance(Duration::minutes(55));
        let page = browser.submit(&page, "demo", &[]).await;
        broker.hand.advance(Duration::minutes(minutes));

        let page = broker.sign_in(&mut browser, &page, JANA).await;

        assert!(arrived(&page, "strict"), "{} {}", page.url, page.text());
        assert_eq!(page.query("state").as_deref(), Some("the-state"));
    }
}

/// The address of a login that nobody has opened.
async fn unopened(broker: &TestBroker, browser: &mut Browser) -> url::Url {
    let authorize = broker.authorize("portal", &[]).parse().unwrap();
    let begun = browser.request("GET", authorize, None).await;
    begun.redirect().unwrap()
}

#[tokio::test]
async fn what_nobody_opens_is_known_for_ten_minutes_and_what_is_opened_for_its_hour() {
    let broker = start().await;
    for (opened, minutes, status) in [(false, 9, 200), (false, 11, 410), (true, 59, 200)] {
        let mut browser = Browser::new();
        let login = unopened(&broker, &mut browser).await;
        if opened {
            browser.open(login.as_str()).await;
        }
        broker.hand.advance(Duration::minutes(minutes));

        let page = browser.open(login.as_str()).await;

        assert_eq!(page.status, status, "{opened} {minutes} {}", page.text());
        assert!(!page.text().contains("Předchozí přihlášení vypršelo"));
    }
}

#[tokio::test]
async fn the_browser_of_an_expired_login_begins_anew_and_no_other_does() {
    let broker = start().await;
    let mut browser = Browser::new();
    let login = unopened(&broker, &mut browser).await;
    let mut stranger = Browser::new();
    browser.open(login.as_str()).await;
    stranger.open(&broker.authorize("portal", &[])).await;
    for (host, name, value) in browser.cookies() {
        if name == "__Secure-city-idp-login" {
            assert!(!value.contains("portal"), "{value}");
            stranger.set_cookie(&host, &name, &value);
        }
    }
    broker.hand.advance(Duration::hours(3));

    let theirs = stranger.open(login.as_str()).await;
    let page = browser.open(login.as_str()).await;

    assert_eq!(theirs.status, 410, "{}", theirs.text());
    assert_ne!(page.url, login);
    let page = browser.submit(&page, "demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    assert!(arrived(&page, "portal"), "{} {}", page.url, page.text());
    assert_eq!(page.query("state").as_deref(), Some("the-state"));
}

#[tokio::test]
async fn the_cookie_of_a_login_goes_along_with_its_own_addresses_alone() {
    let broker = start().await;
    let mut browser = Browser::new();
    let login = unopened(&broker, &mut browser).await;

    let page = browser.request("GET", login.clone(), None).await;

    let cookies = page.headers.get_all("set-cookie").iter();
    let cookie = cookies
        .map(|cookie| cookie.to_str().unwrap())
        .find(|cookie| cookie.starts_with("__Secure-city-idp-login="))
        .unwrap();
    assert!(
        cookie.ends_with(&format!(
            "; Path={}; Secure; HttpOnly; SameSite=Lax; Max-Age=86400",
            login.path()
        )),
        "{cookie}"
    );
}

/// What the operator takes from a client while a browser keeps its login counts no more when that begins anew.
#[tokio::test]
async fn an_expired_login_begins_anew_only_as_far_as_its_client_may_still_go() {
    for hours in [1, 3] {
        let mut broker = start().await;
        let mut browser = Browser::new();
        let login = unopened(&broker, &mut browser).await;
        browser.open(login.as_str()).await;
        let before = broker.events().await;
        broker
            .hand
            .advance(Duration::hours(hours) + Duration::minutes(1));

        let elsewhere = json!({ "redirect_uris": ["http://127.0.0.1:1/elsewhere"] });
        broker
            .restart(json!({ "client": { "portal": elsewhere } }))
            .await;
        let page = browser.open(login.as_str()).await;

        assert_eq!(page.status, 400, "{}", page.text());
        assert_eq!(super::ways::error_code(&page), "AUT-105");
        let events = broker.events_since(&before).await;
        assert_eq!(events, ["authorization.refused"]);
    }
}

#[tokio::test]
async fn a_scope_that_was_taken_from_the_client_is_not_handed_over_by_an_expired_login() {
    let mut broker = start().await;
    let mut browser = Browser::new();
    let asked = [("scope", "openid profile email")];
    let authorize = broker.authorize("portal", &asked).parse().unwrap();
    let begun = browser.request("GET", authorize, None).await;
    let login = begun.redirect().unwrap();
    browser.open(login.as_str()).await;
    broker.hand.advance(Duration::hours(3));
    broker
        .restart(json!({ "client": { "portal": { "scopes": ["openid", "profile"] } } }))
        .await;

    let page = browser.open(login.as_str()).await;
    let page = browser.submit(&page, "demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;

    assert!(arrived(&page, "portal"), "{} {}", page.url, page.text());
    let tokens = broker.redeem("portal", &code(&page)).await;
    assert_eq!(tokens["scope"], "openid profile");
}
