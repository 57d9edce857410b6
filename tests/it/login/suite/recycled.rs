//! A provider vouches for another person by a subject that somebody has here.

use idp::ids::AccountId;
use idp::storage::conflict::{self, Conflict, ConflictKind};
use serde_json::{Value, json};
use store::on;

use super::ways::{error_code, sub_at, through};
use super::*;

pub(super) const DOOR: (&str, &str) = ("neighbour", "jana");

/// The neighbouring town's people: one, as given.
pub(super) fn neighbour(given: &str, family: &str, born: &str) -> Value {
    json!({ "provider": { "neighbour": { "account": { "jana": {
        "given_name": given, "family_name": family, "birth_date": born,
    } } } } })
}

/// A broker at which Jana has logged in by the neighbouring town; with what the portal knows her by.
pub(super) async fn with_jana() -> (TestBroker, String) {
    let mut broker = configured(json!({
        "provider": {
            "demo": null,
            "neighbour": {
                "kind": "demo", "environment": "sandbox",
                "account": { "jana": { "password": "heslo", "identity": "town" } },
            },
            "bank": {
                "kind": "demo", "environment": "sandbox",
                "account": { "petr": { "password": "heslo", "identity": "town" } },
            },
        },
    }))
    .await;
    broker
        .restart(neighbour("Jana", "Nováková", "1985-04-12"))
        .await;
    let sub = sub_at(&broker, "portal", DOOR).await;
    (broker, sub)
}

async fn cases(broker: &TestBroker) -> Vec<Conflict> {
    let mut tx = broker.db.read().await.unwrap();
    let accounts: Vec<AccountId> = on!(&mut tx, db => {
        sqlx::query_scalar("select account_id from account order by account_id").fetch_all(db).await
    })
    .unwrap();
    let key = &broker.broker.master_key;
    let mut cases = Vec::new();
    for account_id in accounts {
        cases.extend(conflict::list_open(&mut tx, key, account_id).await.unwrap());
    }
    cases
}

/// The page that somebody comes to by the subject, on their way to the portal.
pub(super) async fn comes(broker: &TestBroker) -> Page {
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    through(broker, &mut browser, &page, DOOR).await
}

#[tokio::test]
async fn a_subject_that_its_provider_gave_to_somebody_else_opens_nobodys_account() {
    let (mut broker, sub) = with_jana().await;
    let counts = broker.counts().await;
    for (given, family, born) in [
        ("Petr", "Svoboda", "1990-01-01"),
        ("Jana", "Nováková", "1985-04-13"),
        ("Tereza", "Nováková", "1985-04-12"),
    ] {
        broker.restart(neighbour(given, family, born)).await;
        let before = broker.events().await;

        let page = comes(&broker).await;

        assert_eq!(
            (page.status, error_code(&page).as_str()),
            (409, "LOG-121"),
            "{}",
            page.text()
        );
        for theirs in ["Nováková", "1985", &sub] {
            assert!(!page.text().contains(theirs), "{}", page.text());
        }
        assert_eq!(broker.counts().await, counts);
        let events = broker.events_since(&before).await;
        assert!(
            events.contains(&"login.refused.somebody-else".to_owned()),
            "{events:?}"
        );
    }
    // Once, whoever came: an officer has the kinds, and no values.
    let cases = cases(&broker).await;
    let kinds: Vec<_> = cases.iter().map(|case| case.kind).collect();
    assert_eq!(kinds, [ConflictKind::GraveChange]);
    let claims = &cases[0].details.claims;
    assert_eq!(claims, &["birth_date", "given_name", "family_name"]);

    // Whoever is still told to be Jana is.
    broker
        .restart(neighbour("JANA", "NOVAKOVA", "1985-04-12"))
        .await;
    assert_eq!(sub_at(&broker, "portal", DOOR).await, sub);
}

#[tokio::test]
async fn who_married_is_let_in_and_an_officer_hears_of_it_once() {
    let (mut broker, sub) = with_jana().await;
    broker
        .restart(neighbour("Jana", "Svobodová", "1985-04-12"))
        .await;

    for _ in 0..2 {
        assert_eq!(sub_at(&broker, "portal", DOOR).await, sub);
    }

    let cases = cases(&broker).await;
    let kinds: Vec<_> = cases.iter().map(|case| case.kind).collect();
    assert_eq!(kinds, [ConflictKind::NameChanged]);
    assert_eq!(cases[0].details.claims, ["family_name"]);
    let mut browser = super::ways::at_account(&broker, DOOR).await;
    let page = browser.open(&broker.at("/account")).await;
    assert!(page.text().contains("Svobodová"), "{}", page.text());
    assert!(!page.text().contains("Nováková"), "{}", page.text());
}
