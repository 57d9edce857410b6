//! A person whose provider gave them another subject puts it in the place of the one that their account has, where the town lets
//! them.

use serde_json::{Value, json};

use super::*;

/// A broker with a register of the state that knows Žofie by an old and by a new subject, somebody else of her name, and her once
/// more with less behind it; and with another way in of hers, that the town goes by.
async fn with_register(account: Value) -> TestBroker {
    let person = |born: &str, level: &str| {
        json!({
            "password": "heslo", "identity": level, "given_name": "Žofie", "family_name": "Řehořová", "birth_date": born,
        })
    };
    configured(json!({
        "account": account,
        "provider": {
            "demo": { "account": { "zofie": person("1985-04-12", "town") } },
            "register": {
                "kind": "demo", "environment": "sandbox", "title": { "cs": "Registr" },
                "account": {
                    "old": person("1985-04-12", "state_high"),
                    "new": person("1985-04-12", "state"),
                    "weak": person("1985-04-12", "town"),
                    "other": person("1990-01-01", "state"),
                },
            },
        },
    }))
    .await
}

/// Žofie, signed in by her town's way in.
async fn zofie(broker: &TestBroker) -> Browser {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.submit(&page, "provider-demo", &[]).await;
    broker
        .sign_in(&mut browser, &page, ("zofie", "heslo"))
        .await;
    browser
}

/// Proves a subject of the register in the session: the page that comes of it.
async fn prove(broker: &TestBroker, browser: &mut Browser, subject: &str) -> Page {
    let page = browser.open(&broker.at("/account/link")).await;
    let page = browser.submit(&page, "link-register", &[]).await;
    broker.sign_in(browser, &page, (subject, "heslo")).await
}

/// Žofie with the old subject of the register.
async fn with_the_old_one(broker: &TestBroker) -> Browser {
    let mut browser = zofie(broker).await;
    let page = prove(broker, &mut browser, "old").await;
    let page = browser.submit(&page, "link-submit", &[]).await;
    assert_eq!(page.query("done").as_deref(), Some("linked"));
    browser
}

/// Which accounts there are after a login at the register by somebody who was never here.
async fn accounts_after_login(broker: &TestBroker, subject: &str) -> i64 {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.submit(&page, "provider-register", &[]).await;
    let page = broker
        .sign_in(&mut browser, &page, (subject, "heslo"))
        .await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    broker.rows("account").await
}

#[tokio::test]
async fn a_new_subject_takes_the_place_of_the_old_one_and_the_old_one_is_a_strangers() {
    let broker = with_register(json!({ "replace": ["register"] })).await;
    let mut browser = with_the_old_one(&broker).await;
    let mut elsewhere = zofie(&broker).await;
    let before = broker.events().await;

    let page = prove(&broker, &mut browser, "new").await;
    assert_eq!(page.heading(), "Patří obojí vám?");
    assert!(
        page.text().contains("jen pod jiným označením"),
        "{}",
        page.text()
    );
    assert!(page.text().contains("Jméno a datum narození se shodují"));
    let page = browser.submit(&page, "link-submit", &[]).await;

    assert_eq!(page.query("done").as_deref(), Some("replaced"));
    assert!(page.text().contains("Účet u poskytovatele je vyměněný"));
    let events = broker.events_since(&before).await;
    for kind in ["link.replaced", "conflict.opened"] {
        assert!(events.contains(&kind.to_owned()), "{kind}: {events:?}");
    }
    assert!(!events.contains(&"link.added".to_owned()), "{events:?}");
    let page = elsewhere.open(&broker.at("/account")).await;
    assert!(page.url.path().starts_with("/login/"), "{}", page.url);

    assert_eq!(accounts_after_login(&broker, "new").await, 1);
    assert_eq!(accounts_after_login(&broker, "old").await, 2);
}

#[tokio::test]
async fn somebody_else_and_a_weaker_proof_replace_nothing() {
    let broker = with_register(json!({ "replace": ["register"] })).await;
    let mut browser = with_the_old_one(&broker).await;
    let rows = broker.counts().await;
    for subject in ["other", "weak"] {
        let page = prove(&broker, &mut browser, subject).await;

        assert_eq!(
            page.heading(),
            "Stát vás tu vede pod jiným označením",
            "{subject}"
        );
        assert_eq!(broker.counts().await, rows, "{subject}");
    }
    assert_eq!(accounts_after_login(&broker, "old").await, 1);
}

#[tokio::test]
async fn where_the_town_did_not_say_so_an_officer_decides() {
    for account in [json!({}), json!({ "replace": ["demo"] })] {
        let broker = with_register(account).await;
        let mut browser = with_the_old_one(&broker).await;

        let page = prove(&broker, &mut browser, "new").await;

        assert_eq!(page.heading(), "Stát vás tu vede pod jiným označením");
        assert_eq!(accounts_after_login(&broker, "old").await, 1);
    }
}

#[tokio::test]
async fn a_subject_that_opens_another_account_already_is_not_taken_from_it() {
    let broker = with_register(json!({ "replace": ["register"] })).await;
    let mut browser = with_the_old_one(&broker).await;
    assert_eq!(accounts_after_login(&broker, "new").await, 2);

    let page = prove(&broker, &mut browser, "new").await;

    assert_eq!(page.heading(), "Stát vás tu vede pod jiným označením");
    assert_eq!(accounts_after_login(&broker, "old").await, 2);
}

#[tokio::test]
async fn a_form_that_asked_for_something_else_replaces_nothing() {
    let broker = with_register(json!({ "replace": ["register"] })).await;
    let mut browser = with_the_old_one(&broker).await;
    let page = prove(&broker, &mut browser, "new").await;
    for what in ["link", "merge", ""] {
        let again = browser
            .submit(&page, "link-submit", &[("what", what)])
            .await;

        assert!(
            again.url.path().starts_with("/account/link/"),
            "{}",
            again.url
        );
        assert_eq!(again.heading(), "Patří obojí vám?");
    }
    assert_eq!(accounts_after_login(&broker, "old").await, 1);
}
