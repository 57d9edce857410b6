//! Data boxes at which nobody gets in for our own fault, as people see it before they choose.

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};

use super::linking::{at_account, town};
use super::nginx::{Door, Nginx};
use super::{GROUNDS, back, configuration, configured, leave};

/// A broker with two ways in: data boxes at that door, and invented people.
async fn with_another(ground: Ground, nginx: &Nginx, door: Door) -> TestBroker {
    let mut configuration = configuration(nginx, door);
    configuration["provider"]
        .as_object_mut()
        .unwrap()
        .remove("demo");
    configured(ground, configuration).await
}

async fn state(broker: &TestBroker) -> Value {
    let request = reqwest::Client::new()
        .get(broker.at("/status"))
        .header("accept", "application/json");
    let status: Value = request.send().await.unwrap().json().await.unwrap();
    let all = status["providers"].as_array().unwrap().clone();
    all.into_iter().find(|way| way["id"] == "isds").unwrap()["state"].clone()
}

fn assert_shut(page: &Page) {
    let health = page
        .text_of(".health[data-tone=bad]")
        .unwrap_or_else(|| panic!("{}", page.text()));
    assert!(health.starts_with("Teď neodpovídá"), "{health}");
    assert!(
        health.contains("získáte také přes: Zkušební přihlášení"),
        "{health}"
    );
    assert_eq!(page.texts_of(".provider button")[0], "Zkušební přihlášení");
}

#[tokio::test]
async fn five_logins_at_a_service_that_does_not_know_us_shut_the_door() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        for door in [Door::KnowsUsNot, Door::TakesOthers] {
            let broker = Box::pin(with_another(ground, &nginx, door)).await;

            for tries in 1..=5 {
                broker.hand.advance(Duration::seconds(1));
                let mut browser = Browser::new();
                let number = leave(&broker, &mut browser, "portal").await;
                let page = browser.open(&back(&broker, &number)).await;

                assert_eq!(page.texts_of(".bigcode").pop().as_deref(), Some("LOG-112"));
                let word = if tries < 5 { "unsteady" } else { "down" };
                assert_eq!(state(&broker).await, word, "{door:?}");
            }

            let page = Browser::new().open(&broker.authorize("portal", &[])).await;
            assert_shut(&page);
        }
    }
}

#[tokio::test]
async fn five_departures_with_a_certificate_that_has_ended_shut_the_door() {
    let nginx = Nginx::start().await;
    let broker = with_another(Ground::Sqlite, &nginx, Door::Good).await;
    broker.hand.set(Utc::now() + Duration::days(36_500));

    for tries in 1..=5 {
        broker.hand.advance(Duration::seconds(1));
        let mut browser = Browser::new();
        let page = browser.open(&broker.authorize("portal", &[])).await;
        let page = browser.submit(&page, "provider-isds", &[]).await;

        assert_eq!(page.texts_of(".bigcode").pop().as_deref(), Some("LOG-112"));
        let word = if tries < 5 { "unsteady" } else { "down" };
        assert_eq!(state(&broker).await, word);
    }

    let page = Browser::new().open(&broker.authorize("portal", &[])).await;
    assert_shut(&page);
}

/// Whoever adds a box meets the same door, and the others are led around it.
#[tokio::test]
async fn five_boxes_that_could_not_be_added_with_a_certificate_that_has_ended_shut_the_door() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        let broker = town(ground, &nginx, json!({})).await;
        broker.hand.set(Utc::now() + Duration::days(36_500));
        let mut browser = at_account(&broker, "jana").await;
        let before = broker.events().await;

        for tries in 1..=5 {
            broker.hand.advance(Duration::seconds(1));
            let page = browser.open(&broker.at("/account/link")).await;
            let page = browser.submit(&page, "isds", &[]).await;

            assert_eq!(page.texts_of(".bigcode").pop().as_deref(), Some("LOG-112"));
            let word = if tries < 5 { "unsteady" } else { "down" };
            assert_eq!(state(&broker).await, word, "{ground:?}");
        }

        assert_eq!(
            broker.events_since(&before).await,
            ["login.refused.provider-broken"; 5]
        );
        let page = Browser::new().open(&broker.authorize("portal", &[])).await;
        assert_shut(&page);
    }
}
