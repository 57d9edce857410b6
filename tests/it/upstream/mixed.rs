//! Two providers behind one broker, and the answer of one that pretends to be the other's.

use serde_json::json;
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};
use url::Url;

use super::arrivals::{leave_for, redirected};
use super::liar::Liar;
use super::{GROUNDS, problem};

/// A broker with two ways in, `first` and `second`.
async fn between(ground: Ground, first: &Liar, second: &Liar) -> TestBroker {
    let entry = |liar: &Liar, title: &str| {
        json!({
            "kind": "oidc", "environment": "sandbox", "title": { "cs": title }, "issuer": liar.issuer,
            "client_id": "city-identity", "client_secret": "a-secret-of-the-tests", "auth": "client_secret_post",
            "algorithms": ["PS512"], "level": { "loa3": { "identity": "town", "login": "multi" } },
        })
    };
    let providers = json!({
        "demo": null, "first": entry(first, "První město"), "second": entry(second, "Druhé město"),
    });
    let broker = TestBroker::configured(ground, json!({ "provider": providers })).await;
    for liar in [first, second] {
        liar.world().clock = broker.clock.clone();
    }
    broker
}

/// A browser that comes back from the first provider, where it stops: the answer it brings.
async fn answered(broker: &TestBroker, browser: &mut Browser) -> Url {
    let away = leave_for(broker, browser, "first").await;
    redirected(&browser.request("GET", away, None).await)
}

/// The answer as somebody changed it on its way: at this provider's address, and with this `iss`.
fn bent(answer: &Url, provider: &str, iss: Option<&str>) -> Url {
    let mut bent = answer.clone();
    bent.set_path(&format!("/upstream/{provider}/answer"));
    let kept: Vec<(String, String)> = answer
        .query_pairs()
        .filter(|(name, _)| name != "iss")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    bent.query_pairs_mut().clear().extend_pairs(kept);
    if let Some(iss) = iss {
        bent.query_pairs_mut().append_pair("iss", iss);
    }
    bent
}

/// Refused on a page that tells nothing of the reason, with one event; nobody is signed in, and no code was given away.
async fn assert_refused(
    broker: &TestBroker,
    liars: [&Liar; 2],
    page: &Page,
    before: &[String],
    reason: &str,
) {
    assert_eq!(page.status, 400, "{reason}: {}", page.text());
    assert!(
        problem(page).starts_with("LOG-"),
        "{reason}: {}",
        page.text()
    );
    let events = broker.events_since(before).await;
    assert_eq!(events, [format!("login.refused.{reason}")]);
    assert_eq!(broker.counts().await, [0, 0, 0, 0], "{reason}");
    assert!(!page.body.contains(reason), "{}", page.body);
    for liar in liars {
        assert_eq!(liar.asked("/token"), 0, "{reason}: a code was given away");
        assert!(!page.body.contains(&liar.issuer), "{}", page.body);
    }
}

#[tokio::test]
async fn atk_b09_an_answer_at_another_providers_address_is_refused_with_and_without_its_issuer() {
    for ground in GROUNDS {
        let (first, second) = (Liar::start().await, Liar::start().await);
        let broker = between(ground, &first, &second).await;
        for iss in [
            None,
            Some(first.issuer.clone()),
            Some(second.issuer.clone()),
        ] {
            let mut browser = Browser::new();
            let answer = answered(&broker, &mut browser).await;
            let before = broker.events().await;

            let page = browser
                .follow(bent(&answer, "second", iss.as_deref()))
                .await;

            assert_refused(&broker, [&first, &second], &page, &before, "other-provider").await;
        }
    }
}

#[tokio::test]
async fn atk_b09_an_answer_with_another_issuer_or_without_the_promised_one_is_refused() {
    for ground in GROUNDS {
        let (first, second) = (Liar::start().await, Liar::start().await);
        first.world().promises_issuer = true;
        let broker = between(ground, &first, &second).await;
        let own = first.issuer.clone();
        let without_slash = own.trim_end_matches('/').to_owned();
        for (iss, reason) in [
            (Some(second.issuer.clone()), "answer-issuer-wrong"),
            (Some(without_slash), "answer-issuer-wrong"),
            (Some(String::new()), "answer-issuer-wrong"),
            (None, "answer-issuer-missing"),
        ] {
            let mut browser = Browser::new();
            let answer = answered(&broker, &mut browser).await;
            let before = broker.events().await;

            let page = browser.follow(bent(&answer, "first", iss.as_deref())).await;

            assert_refused(&broker, [&first, &second], &page, &before, reason).await;
        }

        // And the answer as it was given lets its person in.
        let mut browser = Browser::new();
        let answer = answered(&broker, &mut browser).await;
        assert!(
            answer
                .query_pairs()
                .any(|(name, value)| name == "iss" && value == own)
        );
        let page = browser.follow(answer).await;
        assert!(page.query("code").is_some(), "{}", page.text());
    }
}
