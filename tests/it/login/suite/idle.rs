//! Sessions that nobody has used for longer than `session.idle_minutes`, or whose time is over: they open nothing, and end by
//! themselves where nobody ends them.

use chrono::Duration;
use serde_json::{Value, json};

use super::*;

/// Longer than a session may be silent.
const SILENCE: Duration = Duration::minutes(121);

/// A broker at which Jana's portal session goes on for as long as her browser's; with her tokens there.
async fn left_alone() -> (TestBroker, Browser, Value) {
    let broker = configured(json!({ "client": { "portal": { "refresh": "session" } } })).await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "portal", JANA).await;
    let tokens = broker.redeem("portal", &code(&page)).await;
    broker.hand.advance(SILENCE);
    (broker, browser, tokens)
}

async fn refreshed(broker: &TestBroker, tokens: &Value) -> Value {
    let token = tokens["refresh_token"].as_str().unwrap();
    broker.refresh("portal", token).await
}

#[tokio::test]
async fn signing_out_after_a_long_silence_ends_everything_it_says() {
    for asks_for_it in [true, false] {
        let (broker, mut browser, tokens) = left_alone().await;
        let before = broker.events().await;
        let mut logout = broker.url.join("/oauth2/logout").unwrap();
        if asks_for_it {
            let hint = tokens["id_token"].as_str().unwrap();
            logout.query_pairs_mut().append_pair("id_token_hint", hint);
        }

        let page = browser.open(logout.as_str()).await;
        if !asks_for_it {
            browser.submit(&page, "logout-submit", &[]).await;
        }

        assert_eq!(broker.events_since(&before).await, ["session.ended"]);
        let told = broker
            .clients
            .wait_for_posts("/portal/backchannel", 1)
            .await;
        assert_eq!(told.len(), 1);
        assert_eq!(refreshed(&broker, &tokens).await["error"], "invalid_grant");
        assert!(session_cookie(&browser).is_none());
    }
}

#[tokio::test]
async fn atk_l02_a_login_at_a_browser_left_alone_ends_the_session_of_whoever_left_it() {
    for person in [PETR, JANA] {
        let (broker, mut browser, tokens) = left_alone().await;
        let before = broker.events().await;

        let page = broker.log_in(&mut browser, "parking", person).await;

        assert!(page.query("code").is_some(), "{}", page.text());
        let events = broker.events_since(&before).await;
        assert!(events.contains(&"session.ended".to_owned()), "{events:?}");
        assert_eq!(refreshed(&broker, &tokens).await["error"], "invalid_grant");
        let ended = "select count(*) from browser_session where ended_at is null";
        let mut tx = broker.db.read().await.unwrap();
        let open: i64 =
            store::on!(&mut tx, db => sqlx::query_scalar(ended).fetch_one(db).await).unwrap();
        assert_eq!(open, 1, "one browser, one session");
    }
}

#[tokio::test]
async fn a_session_left_alone_is_listed_and_can_be_ended_from_another_device() {
    for all in [true, false] {
        let (broker, _, tokens) = left_alone().await;
        let mut other = Browser::new();
        broker.log_in(&mut other, "parking", JANA).await;
        let page = other.open(&broker.at("/account/sessions")).await;
        assert_eq!(page.texts_of("tbody tr").len(), 2, "{}", page.text());

        if all {
            other.submit(&page, "end-others", &[]).await;
        } else {
            let mut forms = page.forms().into_iter();
            let form = forms
                .find(|form| form.action.path().ends_with("/end"))
                .unwrap();
            other.request("POST", form.action, Some(form.fields)).await;
        }

        assert_eq!(refreshed(&broker, &tokens).await["error"], "invalid_grant");
    }
}

/// The reasons of the sessions that ended, the last one first.
async fn reasons(broker: &TestBroker) -> Vec<Value> {
    let ended = broker.event_details("session.ended").await;
    ended
        .into_iter()
        .map(|details| details["reason"].clone())
        .collect()
}

#[tokio::test]
async fn a_session_left_alone_ends_by_itself_and_its_clients_are_told() {
    let (broker, mut browser, tokens) = left_alone().await;

    let ended = idp::session::end_over(&broker.broker).await.unwrap();

    assert_eq!(ended, 1);
    assert_eq!(reasons(&broker).await, ["idle"]);
    let told = broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
    assert_eq!(told.len(), 1);
    assert_eq!(refreshed(&broker, &tokens).await["error"], "invalid_grant");
    assert_eq!(idp::session::end_over(&broker.broker).await.unwrap(), 0);
    let page = browser.open(&broker.at("/account")).await;
    assert!(page.url.path().ends_with("/demo"), "{}", page.url);
}

#[tokio::test]
async fn a_service_that_goes_on_renewing_its_tokens_keeps_its_session_until_its_time_is_over() {
    let broker = configured(json!({ "client": { "portal": { "refresh": "session" } } })).await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "portal", JANA).await;
    let mut tokens = broker.redeem("portal", &code(&page)).await;
    for _ in 0..11 {
        broker.hand.advance(Duration::minutes(60));
        tokens = refreshed(&broker, &tokens).await;
        assert!(tokens["refresh_token"].is_string(), "{tokens}");
        let ended = idp::session::end_over(&broker.broker).await.unwrap();
        assert_eq!(ended, 0, "in use");
    }
    broker.hand.advance(Duration::minutes(60));

    idp::session::end_over(&broker.broker).await.unwrap();

    assert_eq!(reasons(&broker).await, ["expired"]);
    let told = broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
    assert_eq!(told.len(), 1);
    // The browser is nobody's any more, whatever the service still refreshed.
    let page = browser.open(&broker.at("/account")).await;
    assert!(page.url.path().ends_with("/demo"), "{}", page.url);
}

#[tokio::test]
async fn two_processes_end_every_session_once() {
    let broker = start().await;
    for _ in 0..12 {
        broker.log_in(&mut Browser::new(), "portal", JANA).await;
    }
    broker.hand.advance(SILENCE);

    let (one, two) = (broker.broker.clone(), broker.broker.clone());
    let ended = tokio::join!(
        tokio::spawn(async move { idp::session::end_over(&one).await.unwrap() }),
        tokio::spawn(async move { idp::session::end_over(&two).await.unwrap() }),
    );

    assert_eq!(ended.0.unwrap() + ended.1.unwrap(), 12);
    assert_eq!(reasons(&broker).await, vec!["idle"; 12]);
}

#[tokio::test]
async fn a_fresh_login_begins_the_twelve_hours_anew_and_one_of_old_does_not() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    for prompt in ["login", ""] {
        // Never silent for long.
        for _ in 0..10 {
            broker.hand.advance(Duration::hours(1));
            browser.open(&broker.at("/account")).await;
        }
        let asked = broker.authorize("portal", &[("prompt", prompt)]);
        let page = browser.open(&asked).await;
        if prompt == "login" {
            let page = broker.sign_in(&mut browser, &page, JANA).await;
            assert!(arrived(&page, "portal"), "{}", page.text());
        } else {
            assert!(arrived(&page, "portal"), "{}", page.text());
        }
    }
    broker.hand.advance(Duration::hours(1));
    browser.open(&broker.at("/account")).await;
    broker.hand.advance(Duration::minutes(59));
    let page = browser.open(&broker.at("/account")).await;
    assert_eq!(page.url.path(), "/account");

    broker.hand.advance(Duration::minutes(2));
    let page = browser.open(&broker.at("/account")).await;

    assert!(page.url.path().ends_with("/demo"), "{}", page.url);
}
