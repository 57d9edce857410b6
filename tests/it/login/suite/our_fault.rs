//! A door where every login fails for our own fault, as people see it before they choose.

use serde_json::{Value, json};
use tests::bank_id::FakeBankId;

use super::health::{by_bank, leave_for_bank_id, status, ways};
use super::*;

async fn with_bank_id(bank: &FakeBankId) -> TestBroker {
    configured(json!({ "provider": { "bank_id": bank.entry() } })).await
}

async fn of_bank_id(broker: &TestBroker) -> Value {
    let status = status(&broker.url).await;
    let all = status["providers"].as_array().unwrap().clone();
    all.into_iter().find(|way| way["id"] == "bank_id").unwrap()
}

/// Nothing is known of the door, and nobody is led away from it.
async fn assert_untouched(broker: &TestBroker, what: &str) {
    let told = of_bank_id(broker).await;
    assert_eq!(told["state"], "unknown", "{what}: {told}");
    assert_eq!(
        (&told["logins"], &told["failed"]),
        (&json!(0), &json!(0)),
        "{what}: {told}"
    );
    let page = Browser::new().open(&broker.authorize("portal", &[])).await;
    assert!(page.texts_of(".health").is_empty(), "{}", page.text());
    assert_eq!(ways(&page)[0], "Bankovní identita", "it stays where it was");
}

#[tokio::test]
async fn five_logins_at_a_bank_id_that_does_not_know_us_shut_the_door_and_an_answer_opens_it() {
    for (status, error) in [
        (401, "invalid_client"),
        (400, "unauthorized_client"),
        (400, "unsupported_grant_type"),
    ] {
        let bank = FakeBankId::start().await;
        let broker = with_bank_id(&bank).await;
        bank.world().refuses = Some((status, error));

        for tries in 1..=5 {
            broker.hand.advance(chrono::Duration::seconds(1));
            let before = broker.events().await;
            let page = by_bank(&broker, None).await;

            assert_eq!(page.status, 500, "{error}: {}", page.text());
            assert_eq!(page.texts_of(".bigcode").pop().as_deref(), Some("LOG-112"));
            assert_eq!(
                broker.events_since(&before).await,
                ["login.refused.provider-broken"]
            );
            let told = of_bank_id(&broker).await;
            let word = if tries < 5 { "unsteady" } else { "down" };
            assert_eq!(
                (&told["state"], &told["failed"]),
                (&json!(word), &json!(tries)),
                "{error}"
            );
        }

        let page = Browser::new().open(&broker.authorize("strict", &[])).await;
        let health = page.text_of(".health[data-tone=bad]").unwrap();
        assert!(health.starts_with("Teď neodpovídá"), "{health}");
        assert!(
            health.contains("získáte také přes: Zkušební přihlášení"),
            "{health}"
        );
        assert_eq!(
            ways(&page)[..2],
            ["Zkušební přihlášení", "Bankovní identita"]
        );

        bank.world().refuses = None;
        broker.hand.advance(chrono::Duration::seconds(6));
        let client = by_bank(&broker, None).await;
        assert!(client.query("code").is_some(), "{}", client.text());
        assert_ne!(of_bank_id(&broker).await["state"], "down", "{error}");
    }
}

/// Whoever holds a browser can say so, and must not be able to shut a door.
#[tokio::test]
async fn five_answers_by_which_browsers_say_that_we_are_wrong_change_nothing() {
    for error in ["unauthorized_client", "invalid_request", "invalid_scope"] {
        let bank = FakeBankId::start().await;
        let broker = with_bank_id(&bank).await;

        for _ in 0..5 {
            let mut browser = Browser::new();
            broker.hand.advance(chrono::Duration::seconds(3));
            let state = leave_for_bank_id(&broker, &mut browser).await;
            let answer = format!("/upstream/bank_id/answer?error={error}&state={state}");
            let before = broker.events().await;

            let shown = browser.open(&broker.at(&answer)).await;

            assert_eq!(shown.status, 500, "{error}: {}", shown.text());
            assert_eq!(shown.texts_of(".bigcode").pop().as_deref(), Some("LOG-112"));
            assert_eq!(
                broker.events_since(&before).await,
                ["login.refused.provider-broken"]
            );
        }

        assert_untouched(&broker, error).await;
    }
}

/// A code comes by the browser, so what a token endpoint says about it does, too.
#[tokio::test]
async fn five_codes_that_a_bank_id_cannot_read_change_nothing() {
    let bank = FakeBankId::start().await;
    let broker = with_bank_id(&bank).await;
    bank.world().refuses = Some((400, "invalid_request"));

    for _ in 0..5 {
        broker.hand.advance(chrono::Duration::seconds(3));
        let page = by_bank(&broker, None).await;
        assert_eq!(page.status, 500, "{}", page.text());
    }

    assert_untouched(&broker, "invalid_request").await;
}
