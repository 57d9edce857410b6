//! Bank iD's addresses, as the sandbox spoils them: what a person meets, what is written down, and that it passes by itself.
//!
//! Faults that sit in one login are played in `tests/browser/login-bank-id.test.mjs`.

use chrono::{Duration, Utc};
use serde_json::{Value, json};
use tests::bank_pages;
use tests::broker::{Ground, TestBroker};
use tests::browser::{Browser, Page};

use super::nia_sandbox::Sandbox;
use super::{GROUNDS, problem};

/// What a login ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nobody leaves: the choice says that the provider does not answer.
    AtTheChoice,
    /// The same, as an error: the provider did answer, with what is not believed.
    Disbelieved,
    /// The person is back, and reads that the provider does not answer.
    Outage,
    /// The person is back, and what they brought is refused.
    Refused(&'static str),
    /// They are in; only banks cannot be chosen on our own page.
    NoBanks,
}

/// Faults of addresses by the sandbox's name for them, with the end of each.
const PLAYED: [(&str, End); 36] = [
    ("discovery_issuer", End::Disbelieved),
    ("discovery_foreign_endpoint", End::Disbelieved),
    ("discovery_no_jwks", End::Disbelieved),
    ("discovery_html", End::AtTheChoice),
    ("discovery_slow", End::AtTheChoice),
    ("discovery_unavailable", End::AtTheChoice),
    ("discovery_redirect", End::AtTheChoice),
    ("discovery_huge", End::AtTheChoice),
    ("discovery_truncated", End::Disbelieved),
    ("jwks_empty", End::Outage),
    ("jwks_foreign", End::Refused("signature-mismatch")),
    ("jwks_html", End::Outage),
    ("jwks_slow", End::Outage),
    ("jwks_unavailable", End::Outage),
    ("jwks_redirect", End::Outage),
    ("jwks_huge", End::Outage),
    ("banks_empty", End::NoBanks),
    ("banks_unauthorized", End::NoBanks),
    ("banks_html", End::NoBanks),
    ("banks_slow", End::NoBanks),
    ("banks_huge", End::NoBanks),
    ("banks_unavailable", End::NoBanks),
    ("token_html", End::Outage),
    ("token_slow", End::Outage),
    ("token_unavailable", End::Outage),
    ("token_limited", End::Outage),
    ("token_redirect", End::Outage),
    ("token_huge", End::Outage),
    ("token_truncated", End::Refused("token-answer-malformed")),
    ("userinfo_html", End::Outage),
    ("userinfo_slow", End::Outage),
    ("userinfo_unavailable", End::Outage),
    ("userinfo_limited", End::Outage),
    ("userinfo_redirect", End::Outage),
    ("userinfo_huge", End::Outage),
    ("userinfo_truncated", End::Refused("userinfo-malformed")),
];
/// What spoils an answer whatever it is about.
const TROUBLES: [&str; 7] = [
    "html",
    "slow",
    "unavailable",
    "limited",
    "redirect",
    "huge",
    "truncated",
];
/// How long the list of banks is left alone after a failure, and a document without which nobody leaves.
const LEFT_ALONE: [(&str, i64); 2] = [("banks", 301), ("", 11)];

/// Every scope that Bank iD has for identification (reference 6.1).
pub(super) const EVERYTHING: [&str; 20] = [
    "openid",
    "profile.name",
    "profile.titles",
    "profile.gender",
    "profile.birthdate",
    "profile.birthnumber",
    "profile.birthplaceNationality",
    "profile.maritalstatus",
    "profile.addresses",
    "profile.idcards",
    "profile.paymentAccounts",
    "profile.email",
    "profile.phonenumber",
    "profile.zoneinfo",
    "profile.locale",
    "profile.updatedat",
    "profile.legalstatus",
    "profile.verification",
    "notification.claims_updated",
    "offline_access",
];

/// A broker whose only way in is Bank iD, registered at the sandbox. It has never seen one of its documents.
async fn at_sandbox(ground: Ground, sandbox: &Sandbox, fault: &str) -> TestBroker {
    // The one trouble that waits: how long, nobody minds.
    let patience = if fault.ends_with("_slow") {
        3_000
    } else {
        60_000
    };
    with(ground, sandbox, json!({}), json!({}), patience).await
}

/// The same, where the contract has these scopes.
async fn at_sandbox_approved(ground: Ground, sandbox: &Sandbox, scopes: &[&str]) -> TestBroker {
    let approved = json!({ "approved": scopes });
    with(ground, sandbox, approved, json!({}), 60_000).await
}

pub(super) async fn with(
    ground: Ground,
    sandbox: &Sandbox,
    more: Value,
    clients: Value,
    patience_ms: u64,
) -> TestBroker {
    let secret = "a-secret-of-the-tests";
    let mut entry = json!({
        "kind": "bank_id", "environment": "sandbox", "issuer": format!("{}/bank_id/", sandbox.url),
        "client_id": "city-identity", "auth": "client_secret_post", "client_secret": secret, "logout": false,
    });
    tests::broker::merge(&mut entry, more);
    let config = json!({
        "provider": { "demo": null, "bank_id": entry },
        "client": clients,
        "outbound": {
            "allow": ["127.0.0.0/8"], "breaker_opens_after": 1000, "total_timeout_ms": patience_ms,
        },
    });
    let broker = TestBroker::configured(ground, config).await;
    broker.hand.set(Utc::now());
    let registration = [
        ("client_id", "city-identity"),
        ("client_secret", secret),
        ("redirect_uris", &broker.at("/upstream/bank_id/answer")),
    ];
    tell(sandbox, "client", &registration).await;
    broker
}

/// Uses one of the controls of the sandbox's Bank iD.
pub(super) async fn tell(sandbox: &Sandbox, control: &str, form: &[(&str, &str)]) {
    let at = format!("{}/_sandbox/bank_id/{control}", sandbox.url);
    let answer = reqwest::Client::new().post(at).form(form).send().await;
    let answer = answer.unwrap();
    assert!(
        answer.status().is_success(),
        "{}",
        answer.text().await.unwrap()
    );
}

/// Somebody new at the choice.
async fn at_the_choice(broker: &TestBroker) -> (Browser, Page) {
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &[])).await;
    (browser, page)
}

/// Somebody new who goes as far as they get.
async fn log_in(broker: &TestBroker) -> Page {
    let (mut browser, page) = at_the_choice(broker).await;
    let page = browser.submit(&page, "provider-bank_id", &[]).await;
    let page = bank_pages::log_in(&mut browser, page, "vltavska", "novakova").await;
    if page.body.contains("id=\"consent-selected\"") {
        return browser.submit(&page, "consent-selected", &[]).await;
    }
    page
}

/// Plays a fault until it is cured: what the person sees, what is written down and that nothing else is, and that the next
/// one gets in as soon as the address may be asked again.
async fn played(ground: Ground, sandbox: &Sandbox, fault: &str, end: End) {
    let broker = at_sandbox(ground, sandbox, fault).await;
    let before = broker.events().await;
    tell(sandbox, "fault", &[("fault", fault), ("times", "0")]).await;

    let (_, choice) = at_the_choice(&broker).await;
    let page = log_in(&broker).await;

    let told = broker.events_since(&before).await;
    match end {
        End::AtTheChoice | End::Disbelieved => {
            let status = if end == End::Disbelieved { 424 } else { 200 };
            assert_eq!(page.status, status, "{fault}: {}", page.text());
            assert!(page.url.path().starts_with("/login/"), "{fault}");
            assert!(
                page.text().contains("Bankovní identita teď neodpovídá"),
                "{fault}: {}",
                page.text()
            );
            assert_eq!(told, ["login.refused.provider-down"], "{fault}");
        }
        End::Outage => {
            assert_eq!(
                (page.status, problem(&page).as_str()),
                (503, "LOG-111"),
                "{fault}: {}",
                page.text()
            );
            assert_eq!(page.heading(), "Poskytovatel teď neodpovídá", "{fault}");
            assert_eq!(told, ["login.refused.provider-down"], "{fault}");
        }
        End::Refused(reason) => {
            assert_eq!(
                (page.status, problem(&page).as_str()),
                (400, "LOG-107"),
                "{fault}: {}",
                page.text()
            );
            assert_eq!(told, [format!("login.refused.{reason}")], "{fault}");
        }
        End::NoBanks => {
            assert!(page.query("code").is_some(), "{fault}: {}", page.text());
            assert!(choice.texts_of(".place").is_empty(), "{fault}");
        }
    }
    if end != End::NoBanks {
        assert_eq!(broker.counts().await, [0, 0, 0, 0], "{fault}");
    }
    assert!(!page.body.contains("Odstávka"), "{fault}: shown to people");

    tell(sandbox, "fault/clear", &[]).await;
    let (_, wait) = LEFT_ALONE
        .into_iter()
        .find(|(address, _)| fault.starts_with(address))
        .unwrap();
    broker.hand.advance(Duration::seconds(wait));

    let (_, choice) = at_the_choice(&broker).await;
    let page = log_in(&broker).await;

    assert!(page.query("code").is_some(), "{fault}: {}", page.text());
    let banks = choice.texts_of(".place");
    assert_eq!(banks.first().map(String::as_str), Some("Vltavská banka"));
}

async fn played_at(address: &str) {
    let sandbox = Sandbox::start().await;
    for ground in GROUNDS {
        for (fault, end) in PLAYED {
            // What differs between engines is what is kept, and that is the same for all of an address.
            let is_due = matches!(ground, Ground::Sqlite) || fault.ends_with("_unavailable");
            if is_due && fault.starts_with(address) {
                Box::pin(played(ground, &sandbox, fault, end)).await;
            }
        }
    }
}

#[tokio::test]
async fn every_fault_of_an_address_that_the_sandbox_knows_is_played() {
    let sandbox = Sandbox::start().await;
    let request = reqwest::Client::new()
        .get(format!("{}/_sandbox/bank_id/fault", sandbox.url))
        .header("accept", "application/json");
    let known: Value = request.send().await.unwrap().json().await.unwrap();
    let known = known["faults"].as_array().unwrap();
    let is_of_an_address = |fault: &&Value| {
        let of_one_login = ["answer", "token", "id_token", "userinfo"];
        let suffix = fault["fault"].as_str().unwrap().rsplit('_').next().unwrap();
        !of_one_login.contains(&fault["moment"].as_str().unwrap())
            || (["token", "userinfo"].contains(&fault["moment"].as_str().unwrap())
                && TROUBLES.contains(&suffix))
    };
    let mut known: Vec<&str> = known
        .iter()
        .filter(is_of_an_address)
        .map(|fault| fault["fault"].as_str().unwrap())
        .collect();
    let mut played: Vec<&str> = PLAYED.iter().map(|(fault, _)| *fault).collect();
    known.sort_unstable();
    played.sort_unstable();

    assert_eq!(known, played);
}

#[tokio::test]
async fn nobody_leaves_by_a_faulty_discovery_document_and_a_good_one_cures_it() {
    played_at("discovery_").await;
}

#[tokio::test]
async fn without_good_keys_nobody_comes_in_and_good_ones_cure_it() {
    played_at("jwks_").await;
}

#[tokio::test]
async fn without_a_list_of_banks_everybody_comes_in_and_the_list_comes_back() {
    played_at("banks_").await;
}

#[tokio::test]
async fn a_token_endpoint_in_trouble_is_told_and_passes() {
    played_at("token_").await;
}

#[tokio::test]
async fn a_userinfo_in_trouble_is_told_and_passes() {
    played_at("userinfo_").await;
}

/// Reference 6.1 and 13: what a court restricts is not the broker's to judge, and not to collect.
#[tokio::test]
async fn who_has_restricted_legal_capacity_comes_as_anybody_and_nobody_is_told() {
    let sandbox = Sandbox::start().await;
    for ground in GROUNDS {
        let broker = at_sandbox_approved(ground, &sandbox, &EVERYTHING).await;
        let mut browser = Browser::new();
        let page = browser.open(&broker.at("/account")).await;
        let page = browser.submit(&page, "provider-bank_id", &[]).await;
        let page = bank_pages::log_in(&mut browser, page, "krumlovska", "bank-restricted").await;

        let account = browser.submit(&page, "consent-selected", &[]).await;

        assert_eq!(account.url.path(), "/account", "{}", account.text());
        let shown = account.text();
        assert!(shown.contains("Alois Klidný"), "{shown}");
        assert!(shown.contains("Ověřená totožnost"), "{shown}");
        for word in ["svépráv", "legal", "SINGLE", "Omezen"] {
            assert!(!account.body.contains(word), "{word}: {shown}");
        }
        let journal = format!("{}/_sandbox/bank_id/journal", sandbox.url);
        let journal: Value = reqwest::get(journal).await.unwrap().json().await.unwrap();
        let calls = journal["calls"].as_array().unwrap();
        let asked = calls.iter().find(|call| call["endpoint"] == "auth");
        let asked = asked.unwrap_or_else(|| panic!("{journal}"))["parameters"]["scope"].clone();
        assert_eq!(
            asked,
            "openid profile.name profile.birthdate profile.addresses profile.verification notification.claims_updated",
            "of all that the contract has"
        );
    }
}
