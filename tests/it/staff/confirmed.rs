//! Rights end within a minute of losing them at CAAIS (identity-design 6), on both grounds.

use chrono::Duration;
use serde_json::json;
use tests::browser::Browser;
use url::Url;

use super::officials::{Officials, leave, sign_in};
use super::{GROUNDS, broker, roles};

/// Exactly where the provider's word has counted its time.
const MINUTE: Duration = Duration::seconds(60);

#[tokio::test]
async fn a_role_taken_at_caais_ends_every_session_that_holds_it_within_a_minute() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        officials
            .give("admin", "IDP.ADMIN IDP.CLIENTS PORTAL.ADMIN")
            .await;
        let (mut browser, mut other) = (Browser::new(), Browser::new());
        sign_in(&broker, &mut browser, "admin").await;
        sign_in(&broker, &mut other, "admin").await;
        let asked = officials.exchanges().await;

        officials.give("admin", "IDP.CLIENTS PORTAL.ADMIN").await;

        // The last word still counts.
        broker.hand.advance(Duration::seconds(59));
        let page = browser.open(&broker.at("/staff")).await;
        assert_eq!(
            roles(&page),
            ["idp.clients", "idp.admin", "portal.admin"],
            "{ground:?}"
        );
        assert_eq!(officials.exchanges().await, asked);
        broker.hand.advance(Duration::seconds(1));
        let page = browser.open(&broker.at("/staff")).await;
        assert_eq!(page.url.path(), "/staff/login", "{ground:?}");
        // The other one without having asked.
        assert_eq!(officials.exchanges().await, asked + 1);
        let page = other.open(&broker.at("/staff")).await;
        assert_eq!(page.url.path(), "/staff/login");

        let ended = "staff.session.ended";
        let events = broker.events().await;
        let count = events.iter().filter(|event| *event == ended).count();
        assert_eq!(count, 2, "{events:?}");
        let changed = broker.event_details("staff.roles.changed").await;
        assert_eq!(changed.len(), 1, "{changed:?}");
        assert_eq!(
            (&changed[0]["before"], &changed[0]["now"]),
            (
                &json!(["idp.clients", "idp.admin", "portal.admin"]),
                &json!(["idp.clients", "portal.admin"])
            )
        );
        // What is left comes with the next login.
        let page = sign_in_again(&broker, &mut browser).await;
        assert_eq!(roles(&page), ["idp.clients", "portal.admin"]);
    }
}

#[tokio::test]
async fn an_officer_who_keeps_the_roles_works_on_and_is_asked_about_once_a_minute() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut browser = Browser::new();
        sign_in(&broker, &mut browser, "editor").await;
        let asked = officials.exchanges().await;

        for minute in 1..=4 {
            broker.hand.advance(MINUTE);
            for _ in 0..3 {
                let page = browser.open(&broker.at("/staff")).await;
                assert_eq!(roles(&page), ["portal.editor"], "{ground:?}");
            }
            // By the refresh token that the time before brought: each serves once there.
            assert_eq!(officials.exchanges().await, asked + minute, "{ground:?}");
        }
        assert_eq!(broker.events().await, ["staff.login.completed"]);
    }
}

/// Each refresh token serves once: two requests that both asked would end the session.
#[tokio::test]
async fn pages_opened_at_once_ask_once() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut browser = Browser::new();
        sign_in(&broker, &mut browser, "editor").await;
        let asked = officials.exchanges().await;
        broker.hand.advance(MINUTE);

        let pages = futures_util::future::join_all((0..12).map(|_| {
            let mut tab = browser.clone();
            let address = broker.at("/staff");
            async move { tab.open(&address).await }
        }))
        .await;

        for page in &pages {
            assert_eq!(roles(page), ["portal.editor"], "{ground:?}");
        }
        assert_eq!(officials.exchanges().await, asked + 1, "{ground:?}");
    }
}

#[tokio::test]
async fn a_caais_that_cannot_be_asked_makes_pages_wait_and_signs_nobody_out() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        let mut browser = Browser::new();
        sign_in(&broker, &mut browser, "editor").await;
        broker.hand.advance(MINUTE);

        for fault in ["invalid_client", "token_unavailable"] {
            officials.fault(fault).await;
            let page = browser.open(&broker.at("/staff")).await;
            assert_eq!(page.status, 503, "{ground:?}: {}", page.text());
            assert!(page.text().contains("STF-109"), "{}", page.text());
            assert_eq!(broker.events().await, ["staff.login.completed"]);
        }
        // Who does not want to wait may sign in anew.
        officials.fault("token_unavailable").await;
        let page = browser.open(&broker.at("/staff")).await;
        let page = browser
            .follow(page.link("Zpět na přihlášení úředníků"))
            .await;
        assert_eq!(page.url.path(), "/staff/login", "{}", page.text());
        assert!(page.text().contains("Přihlásit se přes"), "{}", page.text());
        // It answers again.
        let page = browser.open(&broker.at("/staff")).await;
        assert_eq!(roles(&page), ["portal.editor"]);

        // Signed by nobody that we know, it is not CAAIS that says so.
        broker.hand.advance(MINUTE);
        officials.fault("foreign_key").await;
        let page = browser.open(&broker.at("/staff")).await;
        assert_eq!(page.status, 503, "{ground:?}: {}", page.text());
        assert_eq!(broker.events().await, ["staff.login.completed"]);
    }
}

#[tokio::test]
async fn a_caais_that_does_not_stand_behind_the_session_ends_it() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        for (fault, official) in [("invalid_grant", "editor"), ("wrong_iss", "admin")] {
            let broker = broker(ground, &officials, json!({})).await;
            let mut browser = Browser::new();
            sign_in(&broker, &mut browser, official).await;
            broker.hand.advance(MINUTE);
            officials.fault(fault).await;

            let page = browser.open(&broker.at("/staff")).await;

            assert_eq!(page.url.path(), "/staff/login", "{ground:?} {fault}");
            let events = broker.events().await;
            assert_eq!(events, ["staff.login.completed", "staff.session.ended"]);
        }
    }
}

/// A replica where officers do not sign in knows nothing of how long they may be silent; one where they do ends what has been.
#[tokio::test]
async fn a_session_is_either_asked_about_or_over() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        officials.give("editor", "PORTAL.EDITOR").await;
        let mut browser = Browser::new();
        sign_in(&broker, &mut browser, "editor").await;
        let mut config = (*broker.broker.config).clone();
        config.staff = None;
        let other = idp::Broker {
            config: std::sync::Arc::new(config),
            ..broker.broker.clone()
        };
        broker.hand.advance(MINUTE);
        idp::workers::sweep(&other).await.unwrap();
        officials.give("editor", "").await;

        let page = browser.open(&broker.at("/staff")).await;

        assert_eq!(page.url.path(), "/staff/login", "{ground:?}");

        officials.give("editor", "PORTAL.EDITOR").await;
        sign_in_again(&broker, &mut browser).await;
        broker.hand.advance(Duration::minutes(31));
        idp::workers::sweep(&broker.broker).await.unwrap();
        broker.hand.advance(Duration::minutes(-2));
        let page = browser.open(&broker.at("/staff")).await;
        assert_eq!(page.url.path(), "/staff/login", "{ground:?}");
        // The latest comes first.
        let ended = broker.event_details("staff.session.ended").await;
        assert_eq!(ended[0]["reason"], "idle", "{ended:?}");
    }
}

/// What an answer brought counts from when CAAIS was asked, however long the browser holds it back.
#[tokio::test]
async fn an_answer_held_back_is_as_old_as_it_is() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, json!({})).await;
        officials.give("admin", "IDP.ADMIN").await;
        let mut browser = Browser::new();
        sign_in(&broker, &mut browser, "admin").await;
        let mut slow = Browser::new();
        let held = bring(&broker, &mut slow, "admin").await;
        broker.hand.advance(Duration::seconds(50));
        officials.give("admin", "IDP.ADMIN IDP.CLIENTS").await;
        let mut other = Browser::new();
        let page = sign_in(&broker, &mut other, "admin").await;
        assert_eq!(roles(&page), ["idp.clients", "idp.admin"], "{ground:?}");

        let page = slow.follow(held).await;

        assert_eq!(roles(&page), ["idp.admin"]);
        // The newer one lives on, and nothing of it is taken.
        let page = other.open(&broker.at("/staff")).await;
        assert_eq!(roles(&page), ["idp.clients", "idp.admin"], "{ground:?}");
        let lost = broker.event_details("staff.roles.changed").await;
        assert_eq!(lost.len(), 1, "{lost:?}");
        // And the older one is asked about as soon as its minute is over.
        let asked = officials.exchanges().await;
        broker.hand.advance(Duration::seconds(10));
        slow.open(&broker.at("/staff")).await;
        assert_eq!(officials.exchanges().await, asked + 1, "{ground:?}");
    }
}

#[tokio::test]
async fn a_town_may_choose_not_to_ask() {
    let officials = Officials::start().await;
    let never = json!({ "staff": { "confirm_seconds": 0 } });
    let broker = broker(GROUNDS[0], &officials, never).await;
    let mut browser = Browser::new();
    sign_in(&broker, &mut browser, "editor").await;
    let asked = officials.exchanges().await;
    broker.hand.advance(Duration::minutes(20));

    let page = browser.open(&broker.at("/staff")).await;

    assert_eq!(roles(&page), ["portal.editor"]);
    assert_eq!(officials.exchanges().await, asked);
}

/// Signs in up to where the answer waits: the address that would sign the browser in.
async fn bring(broker: &tests::broker::TestBroker, browser: &mut Browser, official: &str) -> Url {
    let page = leave(broker, browser).await;
    let (form, pressed) = page.form_with(official);
    let pressed = pressed.map(|pressed| (pressed.name, pressed.value));
    let fields = form.fields.into_iter().chain(pressed).collect();
    let there = browser.request("POST", form.action, Some(fields)).await;
    let back = there.redirect().unwrap();
    assert_eq!(back.path(), "/upstream/caais/answer");
    let brought = browser.request("GET", back, None).await;
    brought.redirect().unwrap()
}

/// CAAIS remembers the official of this browser and asks nobody.
async fn sign_in_again(
    broker: &tests::broker::TestBroker,
    browser: &mut Browser,
) -> tests::browser::Page {
    let page = browser.open(&broker.at("/staff/login")).await;
    browser.submit(&page, "staff-submit", &[]).await
}
