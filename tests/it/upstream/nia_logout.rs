//! Logouts at NIA and from there.

use serde_json::json;
use tests::broker::{Ground, TestBroker};
use tests::browser::Browser;
use url::Url;

use super::nia_sandbox::{Sandbox, consent, signed_in};

/// Whether a login for the portal needs no page.
async fn is_signed_in(broker: &TestBroker, browser: &Browser) -> bool {
    let mut browser = browser.clone();
    let silent = broker.authorize("portal", &[("prompt", "none")]);
    browser.open(&silent).await.query("code").is_some()
}

#[tokio::test]
async fn a_logout_request_ends_every_session_it_names_whatever_stands_beside_them() {
    const UNKNOWN: &str = "_00000000000000000000000000000000";
    let sandbox = Sandbox::start().await;
    for ground in Ground::ALL {
        let broker = sandbox.broker(ground).await;
        for place in [0, 1] {
            let browser = signed_in(&broker).await;
            let (name_id, index) = sandbox.latest_session(&broker).await;
            let mut sessions = vec![UNKNOWN];
            sessions.insert(place, &index);

            let answer = sandbox.end(&broker, &name_id, &sessions).await;

            let reply = answer
                .redirect()
                .unwrap_or_else(|| panic!("{}", answer.text()));
            assert!(
                reply.query().unwrap().starts_with("SAMLResponse="),
                "{reply}"
            );
            assert!(!is_signed_in(&broker, &browser).await, "{place}");
        }

        let first = signed_in(&broker).await;
        let (name_id, one) = sandbox.latest_session(&broker).await;
        let second = signed_in(&broker).await;
        let (_, two) = sandbox.latest_session(&broker).await;
        let third = signed_in(&broker).await;
        assert_ne!(one, two);
        let before = broker.events().await;

        let answer = sandbox.end(&broker, &name_id, &[&one, &two]).await;

        assert!(answer.redirect().is_some(), "{}", answer.text());
        assert_eq!(
            broker.events_since(&before).await,
            ["session.ended", "session.ended"]
        );
        assert!(!is_signed_in(&broker, &first).await);
        assert!(!is_signed_in(&broker, &second).await);
        assert!(is_signed_in(&broker, &third).await, "nobody named it");

        let answer = sandbox.end(&broker, &name_id, &[UNKNOWN, &two]).await;

        assert_eq!(answer.status, 400, "none of them lives");
        assert!(is_signed_in(&broker, &third).await);
    }
}

/// Follows redirects until one leads to such a path.
async fn follow_until(browser: &mut Browser, url: &str, ends_in: &str) -> Url {
    let mut next: Url = url.parse().unwrap();
    while !next.path().ends_with(ends_in) {
        let page = browser.request("GET", next, None).await;
        next = page.redirect().unwrap_or_else(|| panic!("{}", page.text()));
    }
    next
}

#[tokio::test]
async fn logging_out_passes_every_provider_of_the_session_and_takes_nobody_else_along() {
    let sandbox = Sandbox::start().await;
    let by_redirect = [("response_by_redirect", "true".to_owned())];
    sandbox.tell("logout-switches", &by_redirect).await;
    for ground in Ground::ALL {
        // Two registrations in one group: the same person by two doors, each with a session of its own.
        let providers = json!({ "provider": {
            "demo": null, "nia": sandbox.provider(), "nia-too": sandbox.provider(),
        } });
        let broker = sandbox.broker_with(ground, providers).await;
        sandbox.register(&broker, "nia-too").await;
        let mut browser = signed_in(&broker).await;
        let again = broker.authorize("portal", &[("prompt", "login")]);
        let page = browser.open(&again).await;
        let page = browser.submit(&page, "provider-nia-too", &[]).await;
        let page = browser.submit(&page, "novakova@substantial", &[]).await;
        let page = consent(&mut browser, page).await;
        broker.hand.set(chrono::Utc::now());
        let page = browser.submit(&page, "answer-submit", &[]).await;
        let tokens = broker.redeem("portal", &page.query("code").unwrap()).await;
        assert_eq!(broker.rows("authentication").await, 2, "{}", page.text());
        let out = broker.clients.at("/portal/out");
        let mut logout = broker.url.join("/oauth2/logout").unwrap();
        logout.query_pairs_mut().extend_pairs([
            ("id_token_hint", tokens["id_token"].as_str().unwrap()),
            ("post_logout_redirect_uri", &out),
        ]);
        let before = sandbox.logouts(&broker).await;

        let further = follow_until(&mut browser, logout.as_str(), "/further").await;
        let stranger = Browser::new().open(further.as_str()).await;
        let at_first = sandbox.logouts(&broker).await;
        let page = browser.open(further.as_str()).await;
        let at_second = sandbox.logouts(&broker).await;
        let again = browser.open(further.as_str()).await;

        assert_eq!(stranger.url.path(), "/oauth2/logout/done");
        assert_eq!((before.len(), at_first.len(), at_second.len()), (0, 1, 2));
        assert_ne!(at_second[0], at_second[1], "both have heard of it");
        assert_eq!(page.url.as_str(), out);
        assert_eq!(again.url.path(), "/oauth2/logout/done");
        assert!(!is_signed_in(&broker, &browser).await);
    }
}

/// All of a provider's people come from its one address: only what is refused is counted there.
#[tokio::test]
async fn signed_logout_messages_are_never_too_many_and_refused_ones_are() {
    let sandbox = Sandbox::start().await;
    for ground in Ground::ALL {
        let few = json!({ "login": { "messages_per_minute": 4 }, "provider": { "demo": null, "nia": sandbox.provider() } });
        let broker = sandbox.broker_with(ground, few).await;
        let browser = signed_in(&broker).await;
        let (name_id, index) = sandbox.latest_session(&broker).await;
        // Of sessions that are over here.
        for number in 0..8 {
            let over = format!("_{number:032}");
            let answer = sandbox.end(&broker, &name_id, &[&over]).await;
            assert_eq!(answer.status, 400, "{number}: {}", answer.text());
        }
        let mut flood = Vec::new();
        for _message in 0..5 {
            let before = broker.events().await;
            let address = broker.url.join("/upstream/nia/logout").unwrap();
            let junk = vec![("SAMLRequest".to_owned(), "junk".to_owned())];
            let answer = Browser::new().request("POST", address, Some(junk)).await;
            flood.push((answer.status, broker.events_since(&before).await.len()));
        }

        let answer = sandbox.end(&broker, &name_id, &[&index]).await;

        // The login's answer had the first of four places.
        assert_eq!(flood, [(400, 1), (400, 1), (400, 1), (429, 0), (429, 0)]);
        assert!(answer.redirect().is_some(), "{}", answer.text());
        assert!(!is_signed_in(&broker, &browser).await);
    }
}
