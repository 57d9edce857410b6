//! What Bank iD has beyond a person's identity: titles, nationality, marital status, legal status. Asked, kept, shown and told for a
//! service that is approved for each by its name, and for nobody else.

use serde_json::{Value, json};
use tests::bank_pages;
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};

use super::GROUNDS;
use super::bank_id_sandbox::{EVERYTHING, tell, with};
use super::nia_sandbox::Sandbox;

/// All that is told by name alone.
const BY_NAME: [&str; 6] = [
    "title_prefix",
    "title_suffix",
    "nationalities",
    "maritalstatus",
    "majority",
    "limited_legal_capacity",
];

/// A broker with all of Bank iD's contract, and a library that is approved for these claims.
async fn approved(ground: Ground, sandbox: &Sandbox, claims: &[&str]) -> TestBroker {
    let contract = json!({ "approved": EVERYTHING, "show_banks": false });
    let clients = json!({ "library": { "claims": claims, "scopes": ["openid"] } });
    with(ground, sandbox, contract, clients, 60_000).await
}

/// Somebody who logs in for the library, which asks for everything there is, as far as the first page of ours.
async fn log_in(broker: &TestBroker, person: &str) -> (Browser, Page) {
    let asked: serde_json::Map<String, Value> = BY_NAME
        .into_iter()
        .map(|name| (name.to_owned(), Value::Null))
        .collect();
    let claims = json!({ "userinfo": asked }).to_string();
    let mut browser = Browser::new();
    let changes = [("scope", "openid"), ("claims", claims.as_str())];
    let page = browser.open(&broker.authorize("library", &changes)).await;
    let page = browser.submit(&page, "provider-bank_id", &[]).await;
    let page = bank_pages::log_in(&mut browser, page, "krumlovska", person).await;
    let page = browser.submit(&page, "consent-selected", &[]).await;
    (browser, page)
}

async fn told(broker: &TestBroker, browser: &mut Browser, page: Page) -> Value {
    let is_shown = page.url.path().ends_with("/information");
    let page = if is_shown {
        browser.submit(&page, "consent-submit", &[]).await
    } else {
        page
    };
    let code = page
        .query("code")
        .unwrap_or_else(|| panic!("{}", page.text()));
    let tokens = broker.redeem("library", &code).await;
    let request = reqwest::Client::new()
        .get(broker.at("/oauth2/userinfo"))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    let mut told: Value = request.send().await.unwrap().json().await.unwrap();
    told.as_object_mut().unwrap().remove("sub");
    told
}

/// What a page says. Between a name and its value there is no blank, but a line on the screen.
fn without_blanks(page: &Page) -> String {
    page.text().replace([' ', '\u{a0}', '\n'], "")
}

/// The scopes that Bank iD was asked for last.
async fn asked(sandbox: &Sandbox) -> String {
    let journal = format!("{}/_sandbox/bank_id/journal", sandbox.url);
    let journal: Value = reqwest::get(journal).await.unwrap().json().await.unwrap();
    let calls = journal["calls"].as_array().unwrap();
    // The newest comes first.
    let mut calls = calls.iter();
    let asked = calls.find(|call| call["endpoint"] == "auth");
    let asked = asked.unwrap_or_else(|| panic!("{journal}"));
    asked["parameters"]["scope"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_service_is_approved_for_by_name_is_asked_shown_and_told() {
    let sandbox = Sandbox::start().await;
    for ground in GROUNDS {
        let broker = approved(ground, &sandbox, &BY_NAME).await;

        let (mut browser, page) = log_in(&broker, "cvrk-high").await;

        assert_eq!(
            asked(&sandbox).await,
            "openid profile.name profile.birthdate profile.legalstatus profile.maritalstatus \
             profile.birthplaceNationality profile.titles profile.verification notification.claims_updated"
        );
        assert!(page.url.path().ends_with("/information"), "{}", page.text());
        let shown = without_blanks(&page);
        for words in [
            "Titul před jménem Ing.",
            "Titul za jménem Ph.D.",
            "Státní občanství Česko",
            "Rodinný stav v manželství",
            "Zletilost ano",
            "Omezená svéprávnost ne",
        ] {
            assert!(shown.contains(&words.replace(' ', "")), "{words}: {shown}");
        }
        assert_eq!(
            told(&broker, &mut browser, page).await,
            json!({
                "title_prefix": "Ing.", "title_suffix": "Ph.D.", "nationalities": ["CZ"], "maritalstatus": "MARRIED",
                "majority": true, "limited_legal_capacity": false,
            })
        );
        let account = without_blanks(&browser.open(&broker.at("/account")).await);
        for words in ["TitulpředjménemIng.", "Rodinnýstavvmanželství"] {
            assert!(account.contains(words), "{words}: {account}");
        }
    }
}

#[tokio::test]
async fn what_a_service_is_not_approved_for_is_neither_asked_nor_kept_nor_told() {
    let sandbox = Sandbox::start().await;
    for (claims, scopes, expected) in [
        (&[][..], "", json!({})),
        (
            &["majority"][..],
            " profile.legalstatus",
            json!({ "majority": true }),
        ),
        (
            &["nationalities"][..],
            " profile.birthplaceNationality",
            json!({ "nationalities": ["CZ"] }),
        ),
    ] {
        let broker = approved(Ground::Sqlite, &sandbox, claims).await;

        let (mut browser, page) = log_in(&broker, "bank-restricted").await;

        let always = "openid profile.name profile.birthdate";
        let verification = if scopes.is_empty() {
            ""
        } else {
            " profile.verification"
        };
        assert_eq!(
            asked(&sandbox).await,
            format!("{always}{scopes}{verification} notification.claims_updated")
        );
        assert_eq!(told(&broker, &mut browser, page).await, expected);
        let account = browser.open(&broker.at("/account")).await.text();
        for words in ["svéprávnost", "Rodinný stav", "Titul", "Místo narození"] {
            assert!(!account.contains(words), "{words}: {account}");
        }
    }
}

/// The facts that a service is approved for come when the person is known already, too, and another service does not share them.
#[tokio::test]
async fn what_one_service_is_told_is_not_told_to_another() {
    let sandbox = Sandbox::start().await;
    let broker = approved(Ground::Sqlite, &sandbox, &BY_NAME).await;
    let (mut browser, page) = log_in(&broker, "cvrk-high").await;
    let library = told(&broker, &mut browser, page).await;
    assert_eq!(library["maritalstatus"], "MARRIED");

    let claims = r#"{"userinfo":{"maritalstatus":null,"nationalities":null}}"#;
    let page = browser
        .open(&broker.authorize("portal", &[("claims", claims)]))
        .await;

    let code = page
        .query("code")
        .unwrap_or_else(|| panic!("{}", page.text()));
    let tokens = broker.redeem("portal", &code).await;
    let request = reqwest::Client::new()
        .get(broker.at("/oauth2/userinfo"))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    let portal: Value = request.send().await.unwrap().json().await.unwrap();
    assert!(portal.get("sub").is_some(), "{portal}");
    for claim in BY_NAME {
        assert!(portal.get(claim).is_none(), "{portal}");
    }
}

#[tokio::test]
async fn odd_values_are_left_out_and_the_person_comes_in() {
    let sandbox = Sandbox::start().await;
    let broker = approved(Ground::Sqlite, &sandbox, &BY_NAME).await;
    tell(
        &sandbox,
        "fault",
        &[("fault", "odd_claims"), ("times", "0")],
    )
    .await;

    let (mut browser, page) = log_in(&broker, "cvrk-high").await;

    assert_eq!(
        told(&broker, &mut browser, page).await,
        json!({ "nationalities": ["CZ"] })
    );
}
