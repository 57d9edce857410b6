//! Providers that fail in the middle of a login.

use chrono::Duration;
use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker};
use tests::browser::Browser;

use super::liar::{Liar, Manner};
use super::{GROUNDS, at_bank, log_in, problem};

/// So many failures in a row, then the endpoint is left alone.
const PATIENCE: usize = 2;

/// What the public page says of an endpoint that is left alone.
const HELD_BACK: &str = "Po několika chybách za sebou mu teď na chvíli neposíláme další dotazy.";

/// What everybody may know of the bank, as JSON and as a page.
async fn status(broker: &TestBroker) -> (Value, String) {
    let request = reqwest::Client::new()
        .get(broker.at("/status"))
        .header("accept", "application/json");
    let told: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(told["providers"][0]["id"], "bank", "{told}");
    let page = Browser::new().open(&broker.at("/status")).await;
    (told["providers"][0].clone(), page.text())
}

/// An endpoint that misbehaves in every manner, one after the other, and comes to its senses in between.
async fn misbehaving(ground: Ground, endpoint: &'static str) {
    let path = format!("/{endpoint}");
    for manner in Manner::ALL {
        let liar = Liar::start().await;
        let outbound = json!({
            "allow": ["127.0.0.0/8"], "breaker_opens_after": PATIENCE, "breaker_pause_ms": 15_000,
            // The one case that waits: how long, nobody minds.
            "total_timeout_ms": if manner == Manner::Slow { 6_000 } else { 60_000 },
        });
        let broker = at_bank(ground, &liar, &json!({ "outbound": outbound })).await;
        liar.world().manners.insert(endpoint, manner);
        let case = format!("{endpoint} {manner:?}");

        for tries in 1..=PATIENCE + 1 {
            let before = broker.events().await;

            let page = log_in(&broker, "bank", &[]).await;

            assert_eq!(
                (page.status, problem(&page).as_str()),
                (503, "LOG-111"),
                "{case}: {}",
                page.text()
            );
            assert_eq!(page.heading(), "Poskytovatel teď neodpovídá", "{case}");
            assert!(
                page.text().contains("Chyba není u vás"),
                "{case}: {}",
                page.text()
            );
            assert!(
                !page.body.contains("4711"),
                "{case}: nothing of the upstream is shown"
            );
            assert_eq!(
                broker.events_since(&before).await,
                ["login.refused.provider-down"],
                "{case}"
            );
            assert_eq!(broker.counts().await, [0, 0, 0, 0], "{case}");
            assert_eq!(
                liar.asked(&path),
                tries.min(PATIENCE),
                "{case}: then it is left alone"
            );
        }
        assert!(manner != Manner::Huge || liar.was_cut_off(), "{case}");
        assert_eq!(
            liar.asked("/elsewhere"),
            0,
            "{case}: a redirect is not followed"
        );
        let (told, page) = status(&broker).await;
        // Where there is no target for tokens alone, they are asked for by the one for documents.
        let breaker = if endpoint == "token" {
            "bank"
        } else {
            "bank.userinfo"
        };
        let other = if endpoint == "token" {
            "bank.userinfo"
        } else {
            "bank"
        };
        assert_eq!(told["held_back"], true, "{case}: {told}");
        assert_eq!(told["breakers"][breaker], "open", "{case}: {told}");
        assert_eq!(told["breakers"][other], "closed", "{case}: {told}");
        assert!(page.contains(HELD_BACK), "{case}: {page}");
        let mut browser = Browser::new();
        let choice = browser.open(&broker.authorize("portal", &[])).await;
        assert!(
            choice
                .text_of(".health[data-tone]")
                .is_some_and(|text| text.contains("nedaří")),
            "{case}: {}",
            choice.text()
        );

        liar.world().manners.clear();
        broker.hand.advance(Duration::seconds(16));

        let page = log_in(&broker, "bank", &[]).await;
        assert!(page.query("code").is_some(), "{case}: {}", page.text());
        let (told, page) = status(&broker).await;
        assert_eq!(told["held_back"], false, "{case}: {told}");
        assert_eq!(told["breakers"][breaker], "closed", "{case}: {told}");
        assert!(!page.contains(HELD_BACK), "{case}: {page}");
    }
}

#[tokio::test]
async fn atk_b16_a_token_endpoint_that_floods_stalls_or_shows_a_page_is_cut_off_and_left_alone() {
    for ground in GROUNDS {
        Box::pin(misbehaving(ground, "token")).await;
    }
}

#[tokio::test]
async fn atk_b16_a_userinfo_endpoint_that_floods_stalls_or_shows_a_page_is_cut_off_and_left_alone()
{
    for ground in GROUNDS {
        Box::pin(misbehaving(ground, "userinfo")).await;
    }
}
