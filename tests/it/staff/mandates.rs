//! Officers see who acts for a body, and end it.

use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};

use super::officials::{Officials, sign_in};
use super::{GROUNDS, broker};

const EVA: (&str, &str) = ("eva", "heslo");
const BAKERY: &str = "00000027";

/// With Eva, who comes through the data box of a bakery, and roles for those who verify people.
fn with_eva() -> Value {
    json!({
        "staff": { "roles": { "IDP.VERIFIER": ["idp.verifier"], "IDP.SUPERVISOR": ["idp.supervisor"] } },
        "provider": { "demo": { "account": { EVA.0: {
            "password": EVA.1, "given_name": "EVA", "family_name": "MALÁ",
            "acting_for": {
                "kind": "company", "ico": BAKERY, "name": "Pekařství Vltava s.r.o.", "reference": "k7m2p9x",
                "role": "PRIMARY_USER", "full": true,
            },
        } } } },
    })
}

/// Eva, signed in to her account.
async fn eva(broker: &TestBroker) -> Browser {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account/mandates")).await;
    let page = broker.sign_in(&mut browser, &page, EVA).await;
    assert!(page.text().contains("Pekařství Vltava"), "{}", page.text());
    browser
}

async fn look_for(broker: &TestBroker, officer: &mut Browser, ico: &str) -> Page {
    let page = officer.open(&broker.at("/staff/mandates")).await;
    officer
        .submit(&page, "mandates-find", &[("ico", ico)])
        .await
}

#[tokio::test]
async fn an_officer_who_verifies_people_sees_who_acts_for_a_body_and_ends_it() {
    let officials = Officials::start().await;
    for ground in GROUNDS {
        let broker = broker(ground, &officials, with_eva()).await;
        let mut evas = eva(&broker).await;
        let mut officer = Browser::new();
        let home = sign_in(&broker, &mut officer, "verifier").await;
        assert!(home.text().contains("Kdo za koho jedná"), "{}", home.text());
        let before = broker.events().await;

        let page = look_for(&broker, &mut officer, "000 000 27").await;

        for words in [
            "Eva Malá",
            "Pekařství Vltava s.r.o.",
            "nahlížet, podávat, platit",
        ] {
            assert!(page.text().contains(words), "{words}: {}", page.text());
        }
        assert_eq!(broker.events_since(&before).await, ["mandate.viewed"]);
        let page = officer.follow(page.link("Ukončit")).await;
        assert_eq!(page.heading(), "Ukončit oprávnění jednat?");
        assert_eq!(page.text_of("#mandate-person").unwrap(), "Eva Malá");

        let page = officer.submit(&page, "mandate-end", &[]).await;

        assert_eq!(page.url.path(), "/staff/mandates", "{}", page.text());
        assert!(
            page.text().contains("Oprávnění skončilo"),
            "{}",
            page.text()
        );
        assert!(page.text_of("#mandates-none").is_some(), "{}", page.text());
        let page = evas.open(&broker.at("/account/mandates")).await;
        assert!(page.text().contains("jen za sebe"), "{}", page.text());
        let told = evas.open(&broker.at("/account/contacts")).await;
        let told_of = "U města už nemůžete jednat za: Pekařství Vltava s.r.o.";
        assert!(told.text().contains(told_of), "{}", told.text());
        assert_eq!(
            broker.events_since(&before).await,
            ["mandate.ended", "mandate.viewed", "mandate.viewed"]
        );
    }
}

#[tokio::test]
async fn an_officer_without_the_role_sees_and_ends_nothing() {
    let officials = Officials::start().await;
    let broker = broker(Ground::Sqlite, &officials, with_eva()).await;
    let mut evas = eva(&broker).await;
    let mut verifier = Browser::new();
    sign_in(&broker, &mut verifier, "verifier").await;
    let page = look_for(&broker, &mut verifier, BAKERY).await;
    let one = page.link("Ukončit");
    let mut editor = Browser::new();
    let home = sign_in(&broker, &mut editor, "editor").await;
    assert!(
        !home.text().contains("Kdo za koho jedná"),
        "{}",
        home.text()
    );
    let before = broker.events().await;

    let list = broker
        .url
        .join(&format!("/staff/mandates?ico={BAKERY}"))
        .unwrap();
    for address in [list, one.clone()] {
        let page = editor.follow(address).await;
        assert_eq!(page.status, 403, "{}", page.text());
        assert!(page.text().contains("STF-106"), "{}", page.text());
        assert!(!page.text().contains("Eva"), "{}", page.text());
    }
    // Neither by a form of their own, nor by one of another officer.
    let end = broker.url.join(&format!("{}/end", one.path())).unwrap();
    let token = verifier
        .follow(one.clone())
        .await
        .form_with("mandate-end")
        .0;
    let token = token.fields.iter().find(|(name, _)| name == "csrf");
    let (_, token) = token.unwrap().clone();
    for form in [vec![], vec![("csrf".to_owned(), token)]] {
        let page = editor.request("POST", end.clone(), Some(form)).await;
        assert_eq!(page.status, 403, "{}", page.text());
    }
    // Nor from another site while the one who may is signed in, nor by nobody.
    let page = verifier
        .request(
            "POST",
            end.clone(),
            Some(vec![("csrf".to_owned(), "x".to_owned())]),
        )
        .await;
    assert_eq!(page.status, 403, "{}", page.text());
    let page = Browser::new().follow(one).await;
    assert_eq!(page.url.path(), "/staff/login", "{}", page.text());

    assert_eq!(broker.events_since(&before).await, ["mandate.viewed"]);
    let page = evas.open(&broker.at("/account/mandates")).await;
    assert!(page.text().contains("Pekařství Vltava"), "{}", page.text());
}

#[tokio::test]
async fn a_number_that_is_none_is_said_to_be_none_and_a_mandate_that_ended_is_gone() {
    let officials = Officials::start().await;
    let broker = broker(Ground::Sqlite, &officials, with_eva()).await;
    let mut officer = Browser::new();
    sign_in(&broker, &mut officer, "supervisor").await;

    for wrong in ["1234", "00000028", "<b>"] {
        let page = look_for(&broker, &mut officer, wrong).await;
        assert!(
            page.text().contains("toto IČO neexistuje"),
            "{}",
            page.text()
        );
    }
    let page = look_for(&broker, &mut officer, BAKERY).await;
    assert!(page.text_of("#mandates-none").is_some(), "{}", page.text());
    let nothing = "/staff/mandates/01980000-0000-7000-8000-000000000001";
    let page = officer.open(&broker.at(nothing)).await;
    assert_eq!(page.status, 404);
    assert!(page.text().contains("STF-107"), "{}", page.text());
}
