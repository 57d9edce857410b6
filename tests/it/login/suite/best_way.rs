//! The way in that lets somebody in with less than another one changes nothing, also where both know the person equally well.

use chrono::Duration;
use serde_json::{Value, json};

use super::ways::{at_account, linked, proved, sub_at, through};
use super::*;

/// A bank with two factors and a neighbouring town's password: both say who the person is, equally well.
const BANK: (&str, &str) = ("bank", "jana");
const PASSWORD: (&str, &str) = ("neighbour", "jana");

async fn town() -> TestBroker {
    let person = |login: &str| {
        json!({
            "password": "heslo", "identity": "town", "login": login, "given_name": "Jana", "family_name": "Dvořáková",
            "birth_date": "1984-05-14", "email": format!("jana.{login}@posta.example"),
        })
    };
    let entry =
        |account: Value| json!({ "kind": "demo", "environment": "sandbox", "account": account });
    configured(json!({
        "provider": {
            "demo": null,
            "bank": entry(json!({ "jana": person("multi") })),
            "neighbour": entry(json!({ "jana": person("single") })),
            "box": entry(json!({ "jana": { "password": "heslo", "identity": "contact" } })),
        },
    }))
    .await
}

/// The owner's account, opened by both, and somebody signed in there who has the password alone.
async fn with_both() -> (TestBroker, Browser) {
    let broker = town().await;
    let mut owner = at_account(&broker, BANK).await;
    linked(&broker, &mut owner, PASSWORD).await;
    let thief = at_account(&broker, PASSWORD).await;
    (broker, thief)
}

/// Whether this way in is asked for, and no other one.
fn wants(page: &Page, provider: &str) -> bool {
    let offers = |provider: &str| page.body.contains(&format!("value=\"{provider}\""));
    let others = ["bank", "neighbour", "box"];
    page.url.path().starts_with("/login/")
        && offers(provider)
        && !others
            .iter()
            .any(|other| *other != provider && offers(other))
}

#[tokio::test]
async fn atk_b03_the_single_factor_way_in_removes_no_two_factor_one_of_equal_identity_level() {
    let (broker, mut thief) = with_both().await;
    let known = sub_at(&broker, "portal", BANK).await;
    let before = broker.events().await;
    let page = thief.open(&broker.at("/account")).await;
    let bank = page.link("Odpojit");

    let page = thief.open(bank.as_str()).await;
    assert!(
        page.text().contains("nejsilnějším způsobem"),
        "{}",
        page.text()
    );
    let page = thief.submit(&page, "unlink-submit", &[]).await;

    assert!(wants(&page, "bank"), "{} {}", page.url, page.text());
    assert_eq!(broker.events_since(&before).await, [""; 0]);
    assert_eq!(sub_at(&broker, "portal", BANK).await, known);
    // With the bank's login beside it, it is the person's to do.
    let page = through(&broker, &mut thief, &page, BANK).await;
    assert_eq!(page.url.path(), bank.path(), "{}", page.text());
    let page = thief.submit(&page, "unlink-submit", &[]).await;
    assert_eq!(page.query("done").as_deref(), Some("unlinked"));
}

#[tokio::test]
async fn atk_b03_the_single_factor_way_in_adds_no_other_one() {
    let (broker, mut thief) = with_both().await;
    let page = thief.open(&broker.at("/account/link")).await;

    let page = thief.submit(&page, "box", &[]).await;

    assert!(wants(&page, "bank"), "{} {}", page.url, page.text());
    assert_eq!(broker.rows("upstream_link").await, 2);
    let page = through(&broker, &mut thief, &page, BANK).await;
    assert_eq!(page.url.path(), "/account/link");
    let page = thief.submit(&page, "box", &[]).await;
    assert_eq!(page.url.path(), "/upstream/box/demo");
}

#[tokio::test]
async fn atk_b03_the_single_factor_way_in_changes_no_contact_and_closes_no_account() {
    let (broker, mut thief) = with_both().await;
    let before = broker.events().await;
    let page = thief.open(&broker.at("/account/contacts")).await;
    assert!(page.text_of("#contacts-prove").is_some(), "{}", page.text());
    let (form, _) = page.form_with("Odebrat");
    let csrf = form.fields.into_iter().filter(|(name, _)| name == "csrf");
    let mut fields: Vec<_> = csrf.collect();
    fields.push(("email".to_owned(), "zlodej@posta.example".to_owned()));

    let add = broker.url.join("/account/contacts/add").unwrap();
    let added = thief.request("POST", add, Some(fields)).await;
    let page = thief.open(&broker.at("/account/close")).await;
    let closed = thief.submit(&page, "close-submit", &[]).await;

    let led = added.redirect().unwrap();
    assert!(led.path().starts_with("/login/"), "{led}");
    assert!(wants(&closed, "bank"), "{} {}", closed.url, closed.text());
    assert_eq!(broker.events_since(&before).await, [""; 0]);
}

#[tokio::test]
async fn atk_b03_the_single_factor_way_in_neither_merges_nor_parts_accounts() {
    let (broker, mut thief) = with_both().await;
    let boxed = ("box", "jana");
    sub_at(&broker, "portal", boxed).await;

    // Somebody else's account does not become part of it,
    let page = thief.open(&broker.at("/account/link")).await;
    let page = thief.submit(&page, "box", &[]).await;
    assert!(wants(&page, "bank"), "{} {}", page.url, page.text());

    // and what the owner merged stays one.
    let broker = town().await;
    sub_at(&broker, "portal", PASSWORD).await;
    let mut owner = at_account(&broker, BANK).await;
    let page = proved(&broker, &mut owner, PASSWORD).await;
    let page = owner.submit(&page, "merge-submit", &[]).await;
    assert_eq!(page.query("done").as_deref(), Some("merged"));
    let mut thief = at_account(&broker, PASSWORD).await;
    let page = thief.open(&broker.at("/account")).await;
    let page = thief.follow(page.link("Rozdělit účty")).await;
    let page = thief.submit(&page, "part-submit", &[]).await;
    assert!(wants(&page, "bank"), "{} {}", page.url, page.text());
    assert!(!broker.events().await.contains(&"merge.undone".to_owned()));
    let page = through(&broker, &mut thief, &page, BANK).await;
    let page = thief.submit(&page, "part-submit", &[]).await;
    assert_eq!(page.url.path(), "/account/parted", "{}", page.text());
}

/// Known better by a password, and less well by two factors: it takes both.
#[tokio::test]
async fn atk_b03_where_neither_way_in_is_the_better_one_both_are_proved() {
    let person = |identity: &str, login: &str| {
        json!({
            "password": "heslo", "identity": identity, "login": login, "given_name": "Jana", "family_name": "Dvořáková",
            "birth_date": "1984-05-14",
        })
    };
    let entry =
        |account: Value| json!({ "kind": "demo", "environment": "sandbox", "account": account });
    let broker = configured(json!({
        "provider": {
            "demo": null,
            "bank": entry(json!({ "jana": person("town", "multi") })),
            "neighbour": entry(json!({ "jana": person("state", "single") })),
        },
    }))
    .await;
    let mut owner = at_account(&broker, BANK).await;
    linked(&broker, &mut owner, PASSWORD).await;
    let mut browser = at_account(&broker, PASSWORD).await;
    let page = browser.open(&broker.at("/account/close")).await;

    let page = browser.submit(&page, "close-submit", &[]).await;
    assert!(wants(&page, "bank"), "{} {}", page.url, page.text());
    let page = through(&broker, &mut browser, &page, BANK).await;
    let page = browser.submit(&page, "close-submit", &[]).await;
    assert_eq!(page.url.path(), "/account/closed", "{}", page.text());

    // The other way round the state's word is wanted.
    let mut owner = at_account(&broker, BANK).await;
    linked(&broker, &mut owner, PASSWORD).await;
    let mut browser = at_account(&broker, BANK).await;
    let page = browser.open(&broker.at("/account/close")).await;
    let page = browser.submit(&page, "close-submit", &[]).await;
    assert!(wants(&page, "neighbour"), "{} {}", page.url, page.text());
}

/// Whoever repeats the weak way in keeps the strong login alive no longer than its hours.
#[tokio::test]
async fn a_weak_login_that_is_repeated_keeps_no_strong_one_beyond_its_hours() {
    for (again, lasts) in [(PASSWORD, false), (BANK, true)] {
        let (broker, _) = with_both().await;
        let mut owner = at_account(&broker, BANK).await;
        for _ in 0..11 {
            broker.hand.advance(Duration::hours(1));
            owner.open(&broker.at("/account")).await;
        }
        let page = owner
            .open(&broker.authorize("portal", &[("prompt", "login")]))
            .await;
        let page = through(&broker, &mut owner, &page, again).await;
        assert!(arrived(&page, "portal"), "{} {}", page.url, page.text());
        let page = owner.open(&broker.at("/account")).await;
        assert_eq!(page.url.path(), "/account", "{}", page.text());

        broker.hand.advance(Duration::minutes(61));
        let page = owner.open(&broker.at("/account")).await;

        assert_eq!(page.url.path() == "/account", lasts, "{again:?}");
    }
}
