//! Which ways in are named and stand first instead of one that does badly.

use idp::login::health;
use serde_json::json;
use tests::ports::free_port;

use super::health::with_bank_and;
use super::*;

const PASSWORD: &str = "urn:oasis:names:tc:SAML:2.0:ac:classes:Password";

/// A bank that is away and would prove this, a register of the state, and boxes of a single factor.
async fn town_without_bank(identity: &str, login: &str) -> TestBroker {
    let entry = |name: &str, identity: &str, login: &str| {
        json!({
            "kind": "demo", "environment": "sandbox", "title": { "cs": name },
            "account": { "jana": {
                "password": "heslo", "identity": identity, "login": login,
                "given_name": "Jana", "family_name": "Nováková", "birth_date": "1985-04-12",
            } },
        })
    };
    let level = json!({ PASSWORD: { "identity": identity, "login": login } });
    let more = json!({ "provider": {
        "abank": { "level": level },
        "register": entry("Registr", "state", "multi"),
        "box": entry("Schránka", "town", "single"),
        "card": entry("Karta", "contact", "strong"),
    } });
    let mut broker = with_bank_and(free_port(), more).await;
    broker
        .restart(json!({ "provider": { "demo": null } }))
        .await;
    health::watch(&broker.broker).await.unwrap();
    broker
}

/// What is said beside the button of the bank.
fn of_bank(page: &Page) -> String {
    page.text_of(".health[data-tone=bad]")
        .unwrap_or_else(|| panic!("{}", page.text()))
}

async fn at_login(broker: &TestBroker, language: &str, acr: &str) -> Page {
    let url = broker.authorize("portal", &[("acr_values", acr)]);
    Browser::new().speaking(language).open(&url).await
}

#[tokio::test]
async fn what_proves_as_much_on_both_scales_is_named_and_stands_first() {
    let broker = town_without_bank("town", "multi").await;
    for (language, bank, instead) in [
        (
            "cs",
            "Banka",
            "Stejnou nebo vyšší úroveň získáte také přes: Registr.",
        ),
        (
            "en",
            "The bank",
            "You reach the same level or a higher one by: Registr.",
        ),
        (
            "de",
            "Die Bank",
            "Dieselbe oder eine höhere Stufe erreichen Sie mit: Registr.",
        ),
    ] {
        let page = at_login(&broker, language, "").await;

        assert_eq!(
            page.texts_of(".provider button"),
            ["Registr", "Karta", "Schránka", bank]
        );
        assert!(of_bank(&page).ends_with(instead), "{}", of_bank(&page));
    }
}

#[tokio::test]
async fn what_proves_more_than_is_lost_is_named_where_a_level_is_demanded() {
    let broker = town_without_bank("town", "multi").await;

    let page = at_login(&broker, "cs", "urn:city-identity:acr:town:multi").await;

    assert_eq!(page.texts_of(".provider button"), ["Registr", "Banka"]);
    let instead = "Stejnou nebo vyšší úroveň získáte také přes: Registr.";
    assert!(of_bank(&page).ends_with(instead), "{}", of_bank(&page));
}

#[tokio::test]
async fn what_proves_less_than_is_lost_is_named_only_as_what_suffices() {
    let broker = town_without_bank("state_high", "strong").await;
    for (acr, named) in [
        ("", None),
        (
            "urn:city-identity:acr:town:single",
            Some("Schránka, Registr"),
        ),
        ("urn:city-identity:acr:town:multi", Some("Registr")),
        ("urn:city-identity:acr:state_high:strong", None),
    ] {
        let page = at_login(&broker, "cs", acr).await;

        let said = of_bank(&page);
        assert!(!said.contains("Stejnou nebo vyšší"), "{acr}: {said}");
        let suffices = named.map(|names| format!("Potřebnou úroveň získáte také přes: {names}."));
        match suffices {
            Some(suffices) => assert!(said.ends_with(&suffices), "{acr}: {said}"),
            None => assert!(!said.contains("získáte"), "{acr}: {said}"),
        }
    }
}

#[tokio::test]
async fn where_a_way_in_is_added_the_page_says_how_each_does_and_what_proves_as_much() {
    let broker = town_without_bank("town", "multi").await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.submit(&page, "provider-box", &[]).await;
    broker.sign_in(&mut browser, &page, ("jana", "heslo")).await;

    // What was chosen before a login comes first, unless it is away.
    for (address, ways) in [
        ("/account/link", ["Registr", "Karta", "Banka", "Schránka"]),
        (
            "/account/link?provider=card",
            ["Karta", "Registr", "Banka", "Schránka"],
        ),
        (
            "/account/link?provider=abank",
            ["Registr", "Karta", "Banka", "Schránka"],
        ),
    ] {
        let page = browser.open(&broker.at(address)).await;

        assert_eq!(page.texts_of(".provider button"), ways, "{address}");
        let said = page.text_of("#about-abank .health[data-tone=bad]").unwrap();
        assert!(said.starts_with("Teď neodpovídá"), "{said}");
        let instead = "Stejnou nebo vyšší úroveň získáte také přes: Registr.";
        assert!(said.ends_with(instead), "{said}");
        assert!(page.text_of("#about-register .health").is_some());
    }
}

#[tokio::test]
async fn where_a_way_in_is_added_one_whose_requests_are_held_back_is_told() {
    let more = json!({ "outbound": { "breaker_pause_ms": 3_600_000 } });
    let broker = with_bank_and(free_port(), more).await;
    for _ in 0..5 {
        health::watch(&broker.broker).await.unwrap();
        broker.hand.advance(chrono::Duration::minutes(1));
    }
    broker.hand.advance(chrono::Duration::minutes(30));
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.submit(&page, "provider-demo", &[]).await;
    broker.sign_in(&mut browser, &page, JANA).await;

    let page = browser.open(&broker.at("/account/link")).await;

    let said = page.text_of("#about-abank .health[data-tone=warn]");
    let said = said.unwrap_or_else(|| panic!("{}", page.text()));
    assert!(said.starts_with("Několik dotazů za sebou"), "{said}");
    // It is offered all the same.
    let (_, button) = page.form_with("link-abank");
    assert!(button.is_some());
}
