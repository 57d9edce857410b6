//! What Bank iD reports of somebody reaches the officers' queue.

use federation::FactKind;
use idp::ids::AccountId;
use idp::storage::conflict::{self, Conflict, ConflictKind};
use serde_json::json;
use store::on;
use tests::bank_id::{FakeBankId, person};

use super::*;

/// A person who has logged in by Bank iD.
async fn known() -> (TestBroker, FakeBankId, Browser) {
    let bank = FakeBankId::start().await;
    let broker = configured(json!({ "provider": { "demo": null, "bank_id": bank.entry() } })).await;
    let browser = at_account(&broker).await;
    (broker, bank, browser)
}

async fn at_account(broker: &TestBroker) -> Browser {
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    let page = browser.submit(&page, "provider-bank_id", &[]).await;
    assert_eq!(page.url.path(), "/account", "{}", page.text());
    browser
}

/// Posts a notification; the status of the answer.
async fn tell(broker: &TestBroker, token: &str) -> u16 {
    let request = reqwest::Client::new()
        .post(broker.at("/upstream/bank_id/events"))
        .header("content-type", "application/jwe")
        .body(token.to_owned());
    request.send().await.unwrap().status().as_u16()
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

/// Changes the database behind the broker's back.
async fn change(broker: &TestBroker, statement: &'static str) {
    let mut tx = broker.db.begin().await.unwrap();
    on!(&mut tx, db => sqlx::query(statement).execute(db).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

async fn kinds(broker: &TestBroker) -> Vec<ConflictKind> {
    let cases = cases(broker).await;
    cases.iter().map(|case| case.kind).collect()
}

#[tokio::test]
async fn changes_of_what_we_never_had_are_one_case_until_the_person_comes_again() {
    let (broker, bank, mut browser) = known().await;
    let before = broker.events().await;

    let first = bank.notification("n-1", "zofie", &["addresses"]);
    assert_eq!(tell(&broker, &first).await, 200);
    let second = bank.notification("n-2", "zofie", &["addresses", "idcards"]);
    assert_eq!(tell(&broker, &second).await, 200);
    assert_eq!(tell(&broker, &second).await, 400, "heard before");

    let cases = cases(&broker).await;
    let case = &cases[0];
    assert_eq!(
        (cases.len(), case.kind),
        (1, ConflictKind::LinkStale),
        "{cases:?}"
    );
    assert_eq!(case.details.claims, ["addresses", "idcards"]);
    assert_eq!(case.provider, "bank_id");
    assert_eq!(
        broker.events_since(&before).await,
        [
            "conflict.opened",
            "link.claims-changed",
            "link.claims-changed",
            "notification.refused"
        ]
    );
    let page = browser.open(&broker.at("/account")).await;
    assert!(
        page.text().contains("Údaje se tam změnily"),
        "{}",
        page.text()
    );

    let mut again = at_account(&broker).await;

    assert_eq!(kinds(&broker).await, []);
    assert!(
        broker
            .events()
            .await
            .contains(&"conflict.closed".to_owned())
    );
    let page = again.open(&broker.at("/account")).await;
    assert!(!page.text().contains("Údaje se tam změnily"));
}

#[tokio::test]
async fn a_notification_that_was_recorded_in_part_is_recorded_whole_when_it_comes_again() {
    let (broker, bank, _) = known().await;
    let told = bank.notification_of(
        "n-1",
        &[
            ("somebody-else", &["addresses"]),
            ("zofie", &["date_of_death"]),
        ],
    );

    change(&broker, "alter table conflict rename to conflict_away").await;
    assert_eq!(tell(&broker, &told).await, 500, "the second event is lost");
    change(&broker, "alter table conflict_away rename to conflict").await;
    let before = broker.events().await;
    assert_eq!(tell(&broker, &told).await, 200);

    assert_eq!(kinds(&broker).await, [ConflictKind::GraveChange]);
    assert_eq!(
        broker.events_since(&before).await,
        ["conflict.opened", "link.claims-changed"]
    );
    assert_eq!(tell(&broker, &told).await, 400, "nothing of it is new");
}

#[tokio::test]
async fn changed_claims_are_a_case_until_they_have_been_read_again_each() {
    let bank = FakeBankId::start().await;
    bank.world().profile = json!({ "addresses": [
        { "type": "PERMANENT_RESIDENCE", "city": "Vzorov", "zipcode": "38101", "country": "CZ", "ruian_reference": "26091356" },
    ] });
    let broker = configured(json!({
        "provider": { "demo": null, "bank_id": bank.entry() },
        "client": { "portal": { "scopes": ["openid"] }, "library": { "scopes": ["openid", "email"] } },
    }))
    .await;
    at_account(&broker).await;
    let token = bank.notification("n-1", "zofie", &["addresses", "email", "maritalstatus"]);
    assert_eq!(tell(&broker, &token).await, 200);
    let kinds = async || -> Vec<FactKind> {
        let cases = cases(&broker).await;
        cases
            .into_iter()
            .flat_map(|case| case.details.kinds)
            .collect()
    };
    let asked = || bank.world().asked.last().unwrap()["scope"].clone();

    // A service that wants to know nothing of it.
    let mut browser = Browser::new();
    let page = browser
        .open(&broker.authorize("portal", &[("scope", "openid")]))
        .await;
    browser.submit(&page, "provider-bank_id", &[]).await;

    assert!(!asked().contains("addresses"), "{}", asked());
    assert_eq!(
        kinds().await,
        [FactKind::Address, FactKind::RuianAddress, FactKind::Email]
    );

    // The account's own pages, which read the address and no e-mail.
    let mut browser = at_account(&broker).await;

    assert_eq!(kinds().await, [FactKind::Email]);
    let page = browser.open(&broker.at("/account")).await;
    assert!(page.text().contains("Údaje se tam změnily"));

    // Who is known when they leave is asked for what is out of date, but not for what the service may not learn.
    let anew = [("scope", "openid"), ("prompt", "login")];
    let page = browser.open(&broker.authorize("portal", &anew)).await;
    browser.submit(&page, "provider-bank_id", &[]).await;
    assert!(!asked().contains("profile.email"), "{}", asked());
    assert_eq!(kinds().await, [FactKind::Email]);
    let page = browser.open(&broker.authorize("library", &anew)).await;
    browser.submit(&page, "provider-bank_id", &[]).await;

    assert!(asked().contains("profile.email"), "{}", asked());
    assert_eq!(cases(&broker).await.len(), 0);
    let page = browser.open(&broker.at("/account")).await;
    assert!(!page.text().contains("Údaje se tam změnily"));
}

/// What a client that asks for a verified address is told of it.
async fn verified_address(broker: &TestBroker) -> serde_json::Value {
    let claims = json!({ "userinfo": { "verified_claims": {
        "verification": { "trust_framework": null }, "claims": { "address": null },
    } } })
    .to_string();
    let asked = [
        ("scope", "openid address city.identity"),
        ("claims", claims.as_str()),
    ];
    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("library", &asked)).await;
    let mut page = browser.submit(&page, "provider-bank_id", &[]).await;
    if page.url.path().ends_with("/information") {
        page = browser.submit(&page, "consent-submit", &[]).await;
    }
    let tokens = broker.redeem("library", &code(&page)).await;
    let request = reqwest::Client::new()
        .get(broker.at("/oauth2/userinfo"))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    let mut told: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    told["verified_claims"]["claims"]["address"]["locality"].take()
}

/// Reference 6.1 and 6.5: `/profile` says how the bank verified what it tells where that was asked for and agreed to.
#[tokio::test]
async fn an_address_that_the_bank_verified_once_stays_so_whatever_a_later_login_leaves_out() {
    let bank = FakeBankId::start().await;
    let lives_in = |town: &str| {
        let home = json!([
            { "type": "PERMANENT_RESIDENCE", "city": town, "zipcode": "38101", "country": "CZ" },
        ]);
        let mut profile = person("zofie");
        profile["verified_claims"]["claims"]["addresses"] = home.clone();
        profile["addresses"] = home;
        bank.world().profile = profile;
    };
    lives_in("Vzorov");
    let broker = configured(json!({
        "provider": { "demo": null, "bank_id": bank.entry() },
        "client": { "library": { "scopes": ["openid", "address", "city.identity"] } },
    }))
    .await;

    assert_eq!(verified_address(&broker).await, "Vzorov");

    // Less is agreed to.
    let less = "openid profile.name profile.birthdate profile.addresses";
    bank.world().granted = Some(less);
    assert_eq!(verified_address(&broker).await, "Vzorov");
    let mut browser = at_account(&broker).await;
    let account = browser.open(&broker.at("/account")).await.text();
    let told: String = account
        .split_once("Adresa")
        .map(|(_, rest)| rest.chars().take(40).collect())
        .unwrap_or_default();
    assert!(told.contains("ověřeno bankou"), "{account}");

    lives_in("Lipno");
    bank.world().granted = None;
    assert_eq!(verified_address(&broker).await, "Lipno");
}

#[tokio::test]
async fn a_grave_change_stays_an_officers_matter_though_the_person_comes_again() {
    for claim in ["date_of_death", "sub"] {
        let (broker, bank, _) = known().await;

        let token = bank.notification("n-1", "zofie", &["addresses", claim]);
        assert_eq!(tell(&broker, &token).await, 200);
        at_account(&broker).await;

        let cases = cases(&broker).await;
        assert_eq!(cases.len(), 1, "{cases:?}");
        assert_eq!(cases[0].kind, ConflictKind::GraveChange);
        assert_eq!(cases[0].details.claims, ["addresses", claim]);
    }
}

#[tokio::test]
async fn a_death_that_the_bank_tells_of_lets_nobody_in_and_comes_before_an_officer() {
    let (broker, bank, _) = known().await;
    let rows = broker.counts().await;
    bank.world().profile = json!({ "date_of_death": "2026-11-20" });
    for times in 1..=2 {
        let before = broker.events().await;

        let mut browser = Browser::new();
        let page = browser.open(&broker.at("/account")).await;
        let page = browser.submit(&page, "provider-bank_id", &[]).await;

        assert_eq!(
            page.text_of(".notice__title").unwrap(),
            "Tímto způsobem se přihlásit nemůžete"
        );
        assert!(!page.body.contains("2026-11-20"), "{}", page.body);
        assert_eq!(broker.counts().await, rows);
        let events = broker.events_since(&before).await;
        let opened = if times == 1 { "conflict.opened" } else { "" };
        for kind in ["link.claims-changed", opened, "login.refused.not-eligible"] {
            assert!(
                kind.is_empty() || events.contains(&kind.to_owned()),
                "{kind}: {events:?}"
            );
        }
        let cases = cases(&broker).await;
        assert_eq!(cases.len(), 1, "{cases:?}");
        assert_eq!(cases[0].kind, ConflictKind::GraveChange);
        assert_eq!(cases[0].details.claims, ["date_of_death"]);
    }
}

#[tokio::test]
async fn a_changed_subject_opens_the_same_account_and_a_case() {
    let (broker, bank, _) = known().await;
    assert_eq!(
        tell(&broker, &bank.notification("n-1", "zofie", &["addresses"])).await,
        200
    );
    bank.comes("zofie-anew", &["zofie"]);

    at_account(&broker).await;
    at_account(&broker).await;

    assert_eq!(broker.rows("account").await, 1);
    assert_eq!(kinds(&broker).await, [ConflictKind::SubjectChanged]);
}

#[tokio::test]
async fn who_is_nobody_to_us_and_what_is_not_signed_bring_nothing_before_an_officer() {
    let (broker, bank, _) = known().await;

    let stranger = bank.notification("n-1", "somebody-else", &["date_of_death"]);
    let before = broker.events().await;
    assert_eq!(tell(&broker, &stranger).await, 200);
    assert_eq!(
        broker.events_since(&before).await,
        ["notification.of-nobody"]
    );
    let mut forged = bank.notification("n-2", "zofie", &["date_of_death"]);
    forged.truncate(forged.len() - 8);
    assert_eq!(tell(&broker, &forged).await, 400);

    assert_eq!(broker.rows("conflict").await, 0);
}

#[tokio::test]
async fn a_person_reads_what_they_did_not_agree_to_hand_over() {
    let bank = FakeBankId::start().await;
    let broker = configured(json!({ "provider": { "demo": null, "bank_id": bank.entry() } })).await;
    bank.world().granted = Some("openid profile.birthdate");
    bank.world().userinfo = json!({ "sub": "zofie", "birthdate": "1985-04-12" });
    let before = broker.events().await;

    let mut browser = Browser::new();
    let ask = [("acr_values", "urn:city-identity:acr:town:single")];
    let page = browser.open(&broker.authorize("portal", &ask)).await;
    let page = browser.submit(&page, "provider-bank_id", &[]).await;

    assert_eq!(
        page.text_of(".notice__title").unwrap(),
        "Bez vašeho souhlasu to nejde"
    );
    let notice = page.text_of(".notice").unwrap();
    assert!(notice.contains("Jméno, Příjmení"), "{notice}");
    assert!(!notice.contains("Datum narození"), "{notice}");
    let events = broker.events_since(&before).await;
    assert!(
        events.contains(&"login.refused.withheld".to_owned()),
        "{events:?}"
    );
}

/// Posts a logout token; the status of the answer.
async fn sign_out(broker: &TestBroker, token: &str) -> u16 {
    let request = reqwest::Client::new()
        .post(broker.at("/upstream/bank_id/backchannel-logout"))
        .form(&[("logout_token", token)]);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.headers()["cache-control"], "no-store");
    answer.status().as_u16()
}

/// A person signed in at a service by Bank iD, once it has redeemed its code.
async fn at_portal(broker: &TestBroker) -> Browser {
    let mut browser = Browser::new();
    let page = browser
        .open(&broker.authorize("portal", &[("scope", "openid")]))
        .await;
    let page = browser.submit(&page, "provider-bank_id", &[]).await;
    broker.redeem("portal", &code(&page)).await;
    browser
}

async fn rename(broker: &TestBroker, statement: &'static str) {
    let mut tx = broker.db.begin().await.unwrap();
    on!(&mut tx, db => sqlx::query(statement).execute(db).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

/// What is remembered in Redis does not go when the transaction does.
#[tokio::test]
async fn a_logout_that_the_database_did_not_take_counts_when_it_comes_again() {
    let (broker, bank, _) = known().await;
    let mut browser = at_portal(&broker).await;
    let token = bank.logout("out-of-order", "zofie");
    rename(&broker, "alter table client_session rename to away").await;
    assert_eq!(sign_out(&broker, &token).await, 500);
    rename(&broker, "alter table away rename to client_session").await;

    assert_eq!(sign_out(&broker, &token).await, 200);

    let page = browser.open(&broker.at("/account")).await;
    assert!(page.url.path().starts_with("/login/"), "{}", page.url);
    assert_eq!(sign_out(&broker, &token).await, 400, "once");
}

#[tokio::test]
async fn bank_id_is_told_whether_a_logout_reached_our_own_services() {
    let (broker, bank, _) = known().await;
    for (number, service, status) in [(1, 200, 200), (2, 500, 504), (3, 204, 200)] {
        let mut browser = at_portal(&broker).await;
        broker.clients.answer_with(service);

        let token = bank.logout(&format!("out-{number}"), "zofie");
        assert_eq!(sign_out(&broker, &token).await, status, "{service}");

        let page = browser.open(&broker.at("/account")).await;
        assert!(
            page.url.path().starts_with("/login/"),
            "the session ended here whatever the service said: {}",
            page.url
        );
        assert_eq!(sign_out(&broker, &token).await, 400, "a token counts once");
    }
    // The one that did not hear is tried again.
    broker.hand.advance(chrono::Duration::minutes(1));
    broker
        .clients
        .wait_for_posts("/portal/backchannel", 4)
        .await;
}

#[tokio::test]
async fn a_logout_of_somebody_without_a_session_reaches_everybody_there_is() {
    let (broker, bank, _) = known().await;

    assert_eq!(sign_out(&broker, &bank.logout("out", "nobody")).await, 200);
    assert_eq!(sign_out(&broker, "x.y.z").await, 400);
}
