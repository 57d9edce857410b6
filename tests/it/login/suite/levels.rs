//! Levels: who has to step up, who may not, and what is switched off meanwhile.

use idp::identity;
use idp::ids::{AccountId, VerificationId};
use idp::storage::verification;
use serde_json::json;
use store::audit::Actor;
use tests::broker::claims_of;

use super::*;

#[tokio::test]
async fn a_session_below_the_demand_is_led_to_a_page_that_explains() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", PETR).await;

    let page = browser.open(&broker.authorize("strict", &[])).await;

    assert_eq!(page.heading(), "Potřebujeme vás lépe ověřit");
    assert_eq!(
        page.text_of(".ladder .is-now .level").unwrap(),
        "Ověřený kontakt"
    );
    assert_eq!(
        page.text_of(".ladder .is-goal .level").unwrap(),
        "Ověřená totožnost"
    );
    let page = browser.submit(&page, "demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    let page = goes_on(&mut browser, &page).await;
    assert!(arrived(&page, "strict"), "{}", page.url);
}

#[tokio::test]
async fn a_login_below_the_demand_is_refused_with_an_explanation() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "strict").await;

    let page = broker.sign_in(&mut browser, &page, PETR).await;

    assert_eq!(page.heading(), "Toto přihlášení nestačí");
    assert_eq!(broker.counts().await, [0, 0, 0, 0]);
    assert_eq!(broker.events().await, ["login.refused.level-too-low"]);
}

#[tokio::test]
async fn a_demand_that_nobody_here_reaches_is_told_to_the_client() {
    let broker = start().await;
    let mut browser = Browser::new();
    for prompt in ["", "none"] {
        let changes = [
            ("acr_values", "http://eidas.europa.eu/LoA/high"),
            ("prompt", prompt),
        ];

        let page = browser.open(&broker.authorize("portal", &changes)).await;

        assert_eq!(
            page.query("error").as_deref(),
            Some("unmet_authentication_requirements")
        );
    }
    assert_eq!(
        broker.events().await,
        ["login.refused.unmet", "login.refused.unmet"]
    );
}

#[tokio::test]
async fn atk_b08_a_client_switched_off_half_way_stops_at_the_next_step() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    broker.disable_client("portal").await;

    let page = broker.sign_in(&mut browser, &page, JANA).await;

    assert_eq!(
        (page.status, page.text_of("#error-code").as_deref()),
        (403, Some("unauthorized_client"))
    );
    assert_eq!(broker.rows("client_session").await, 0);
    assert!(
        broker
            .events()
            .await
            .contains(&"login.refused.client-disabled".to_owned())
    );
}

#[tokio::test]
async fn atk_b08_a_provider_switched_off_half_way_stops_at_the_next_step_and_for_sessions() {
    let mut broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "portal").await;
    let mut signed_in = Browser::new();
    broker.log_in(&mut signed_in, "portal", JANA).await;
    let before = broker.counts().await;
    let events = broker.events().await;
    broker
        .restart(json!({ "provider": {
            "demo": null,
            "other": { "kind": "demo", "environment": "sandbox", "account": { "eva": { "password": "heslo" } } },
        } }))
        .await;

    let address = broker.url.join("/upstream/demo/answer").unwrap();
    let answer = browser
        .request("POST", address, Some(filled(&page, JANA)))
        .await;

    assert_eq!(answer.status, 404);
    assert_eq!(broker.counts().await, before);
    assert_eq!(
        broker.events_since(&events).await,
        ["login.refused.provider-disabled"]
    );
    let page = signed_in
        .open(&broker.authorize("portal", &[("prompt", "none")]))
        .await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));
}

#[tokio::test]
async fn atk_b08_an_account_switched_off_half_way_stops_at_the_next_step_and_for_sessions() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    disable_everybody(&broker).await;
    let before = broker.counts().await;

    let page = browser
        .open(&broker.authorize("portal", &[("prompt", "none")]))
        .await;
    assert_eq!(page.query("error").as_deref(), Some("login_required"));

    let mut again = Browser::new();
    let page = broker.log_in(&mut again, "portal", JANA).await;

    assert_eq!(
        (page.status, page.heading().as_str()),
        (403, "Účet je vypnutý")
    );
    assert_eq!(broker.counts().await, before);
    assert!(
        broker
            .events()
            .await
            .contains(&"login.refused.account-disabled".to_owned())
    );
}

#[tokio::test]
async fn a_client_takes_no_session_that_began_with_a_provider_it_does_not_take() {
    let broker = configured(json!({
        "provider": { "other": { "kind": "demo", "environment": "sandbox", "account": { "eva": { "password": "heslo" } } } },
        "client": { "portal": { "providers": ["demo"] }, "parking": { "providers": ["other"] } },
    }))
    .await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;

    let page = browser.open(&broker.authorize("parking", &[])).await;

    assert_eq!(page.url.path(), "/upstream/other/demo");
}

async fn disable_everybody(broker: &TestBroker) {
    let mut tx = broker.db.begin().await.unwrap();
    let ids: Vec<AccountId> =
        store::on!(&mut tx, db => sqlx::query_scalar("select account_id from account").fetch_all(db).await).unwrap();
    let (operator, now) = (Actor::Operator("tests".to_owned()), broker.clock.now());
    for id in ids {
        let switched = identity::switch_off(&broker.broker, &mut tx, id, "a test", &operator, now);
        assert!(switched.await.unwrap());
    }
    tx.commit().await.unwrap();
}

/// Somebody whose login is stronger than Jana's.
/// Another person than the one who was signed in goes on, as the page asks.
async fn goes_on(browser: &mut Browser, page: &Page) -> Page {
    assert!(page.text_of("#login-continue").is_some(), "{}", page.text());
    browser.submit(page, "login-continue", &[]).await
}

const EVA: (&str, &str) = ("eva", "heslo");

/// With a client that demands two factors, and Eva, who has them.
async fn with_two_factors() -> TestBroker {
    configured(json!({
        "client": { "strict": { "minimum_login": "multi" } },
        "provider": { "demo": { "account": {
            EVA.0: { "password": EVA.1, "identity": "state", "login": "multi", "given_name": "EVA" },
        } } },
    }))
    .await
}

#[tokio::test]
async fn the_step_up_page_names_the_login_the_service_demands_and_what_the_session_has() {
    let broker = with_two_factors().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;

    let page = browser.open(&broker.authorize("strict", &[])).await;

    assert_eq!(page.heading(), "Potřebujeme vás lépe ověřit");
    assert!(page.text().contains("kdo se přihlásí bezpečněji"));
    assert_eq!(
        page.text_of(".ladder .is-now .level").as_deref(),
        Some("Ověřená totožnost")
    );
    assert_eq!(
        page.text_of("#login-ladder .is-now strong").as_deref(),
        Some("Jednoduché přihlášení")
    );
    assert_eq!(
        page.text_of("#login-ladder .is-goal strong").as_deref(),
        Some("Dvoufázové přihlášení")
    );
    assert!(
        page.text()
            .contains("Získáte úroveň Ověřeno státem. Přihlášení: Dvoufázové přihlášení.")
    );
    let page = browser.submit(&page, "demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, EVA).await;
    let page = goes_on(&mut browser, &page).await;
    assert!(arrived(&page, "strict"), "{}", page.url);
}

/// The state's highest level has a name and a step of its own, which says what reaches it.
#[tokio::test]
async fn the_step_up_page_tells_the_highest_level_of_the_state_from_the_one_below() {
    for (language, high, means) in [
        ("cs", "Ověřeno státem, vysoká záruka", "eObčanka"),
        ("en", "Verified by the state, high assurance", "eObčanka"),
        (
            "de",
            "Vom Staat geprüft, hohes Vertrauensniveau",
            "eObčanka",
        ),
    ] {
        let broker = configured(json!({
            "client": { "strict": { "minimum_identity": "state_high" } },
            "provider": { "demo": { "account": {
                "eva": { "password": "heslo", "identity": "state", "login": "multi" },
                "dana": { "password": "heslo", "identity": "state_high", "login": "strong" },
            } } },
        }))
        .await;
        let mut browser = Browser::new().speaking(language);
        broker.log_in(&mut browser, "portal", EVA).await;

        let page = browser.open(&broker.authorize("strict", &[])).await;

        let now = page.text_of(".ladder .is-now .level").unwrap();
        let goal = page.text_of(".ladder .is-goal .level").unwrap();
        assert_eq!(goal, high);
        assert_ne!(now, high);
        let explained = page.text_of(".ladder .is-goal p").unwrap();
        assert!(explained.contains(means), "{explained}");
        let page = browser.submit(&page, "demo", &[]).await;
        let page = broker.sign_in(&mut browser, &page, ("dana", "heslo")).await;
        let page = goes_on(&mut browser, &page).await;
        assert!(arrived(&page, "strict"), "{}", page.text());
    }
}

#[tokio::test]
async fn the_choice_page_names_both_levels_that_the_service_demands() {
    let broker = configured(json!({
        "client": { "strict": { "minimum_login": "multi" } },
        "provider": {
            "demo": { "account": { "eva": { "password": "heslo", "identity": "state", "login": "multi" } } },
            "other": { "kind": "demo", "environment": "sandbox",
                "account": { "ota": { "password": "heslo", "login": "multi" } } },
        },
    }))
    .await;
    let mut browser = Browser::new();

    let page = browser.open(&broker.authorize("strict", &[])).await;

    assert_eq!(page.heading(), "Jak se chcete přihlásit?");
    assert_eq!(
        page.text_of("aside .level").as_deref(),
        Some("Ověřená totožnost")
    );
    assert_eq!(
        page.text_of("#needed-login").as_deref(),
        Some("Dvoufázové přihlášení")
    );
}

#[tokio::test]
async fn a_step_up_keeps_every_parameter_of_the_request() {
    let broker = with_two_factors().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let claims = r#"{"userinfo":{"phone_number":null},"id_token":{"given_name":null}}"#;
    let changes = [
        ("scope", "openid email offline_access"),
        ("state", "a state of its own"),
        ("nonce", "a nonce of its own"),
        ("claims", claims),
        ("acr_values", "urn:city-identity:acr:state:multi"),
        ("max_age", "3600"),
    ];

    let page = browser.open(&broker.authorize("strict", &changes)).await;
    assert_eq!(page.heading(), "Potřebujeme vás lépe ověřit");
    let page = browser.submit(&page, "demo", &[]).await;
    let page = broker.sign_in(&mut browser, &page, EVA).await;
    let page = goes_on(&mut browser, &page).await;

    assert_eq!(page.query("state").as_deref(), Some("a state of its own"));
    let tokens = broker.redeem("strict", &code(&page)).await;
    assert_eq!(tokens["scope"], "email offline_access openid");
    assert!(tokens["refresh_token"].is_string());
    let said = claims_of(tokens["id_token"].as_str().unwrap());
    assert_eq!(said["nonce"], "a nonce of its own");
    assert_eq!(said["acr"], "urn:city-identity:acr:state:multi");
    assert_eq!(said["given_name"], "Eva");
}

#[tokio::test]
async fn who_cannot_step_up_goes_back_with_the_standard_error() {
    let broker = start().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", PETR).await;
    let page = browser.open(&broker.authorize("strict", &[])).await;
    let events = broker.events().await;

    let page = browser
        .follow(page.link("Zpět do služby strict bez přihlášení"))
        .await;

    assert_eq!(
        page.query("error").as_deref(),
        Some("unmet_authentication_requirements")
    );
    assert_eq!(page.query("state").as_deref(), Some("the-state"));
    assert_eq!(broker.events_since(&events).await, ["login.refused.unmet"]);
}

#[tokio::test]
async fn who_showed_too_little_goes_back_with_the_standard_error_and_others_with_access_denied() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = sign_in_page(&broker, &mut browser, "strict").await;
    let page = broker.sign_in(&mut browser, &page, PETR).await;

    let page = browser
        .follow(page.link("Zpět do služby strict bez přihlášení"))
        .await;

    assert_eq!(
        page.query("error").as_deref(),
        Some("unmet_authentication_requirements")
    );
}

#[tokio::test]
async fn without_a_page_a_level_that_does_not_suffice_is_an_error() {
    let broker = with_two_factors().await;
    let mut browser = Browser::new();
    broker.log_in(&mut browser, "portal", JANA).await;
    let demanded = [
        (
            "portal",
            [
                ("acr_values", "urn:city-identity:acr:state:multi"),
                ("prompt", "none"),
            ],
        ),
        ("strict", [("acr_values", ""), ("prompt", "none")]),
    ];

    for (client, changes) in demanded {
        let page = browser.open(&broker.authorize(client, &changes)).await;

        assert_eq!(page.query("error").as_deref(), Some("login_required"));
        assert_eq!(page.query("code"), None);
    }
}

#[tokio::test]
async fn one_of_several_values_is_enough_when_a_provider_reaches_only_that_one() {
    let broker = start().await;
    let mut browser = Browser::new();
    // The first is the state's, which nobody here can give; the second is easier in one way and out of reach in the other.
    let values = "http://eidas.europa.eu/LoA/substantial urn:city-identity:acr:contact:strong \
                  urn:city-identity:acr:town:single";

    let page = browser
        .open(&broker.authorize("portal", &[("acr_values", values)]))
        .await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;

    let tokens = broker.redeem("portal", &code(&page)).await;
    assert_eq!(
        claims_of(tokens["id_token"].as_str().unwrap())["acr"],
        "urn:city-identity:acr:town:single"
    );
}

#[tokio::test]
async fn levels_are_computed_when_a_token_is_made_and_fall_with_a_withdrawn_proof() {
    let broker = start().await;
    let mut browser = Browser::new();
    let ask = [("scope", "openid city.identity offline_access")];
    let page = browser.open(&broker.authorize("portal", &ask)).await;
    let page = broker.sign_in(&mut browser, &page, JANA).await;
    let tokens = broker.redeem("portal", &code(&page)).await;
    let page = browser.open(&broker.authorize("strict", &ask)).await;
    let strict = broker.redeem("strict", &code(&page)).await;

    withdraw_proofs(&broker).await;

    let tokens = broker
        .refresh("portal", tokens["refresh_token"].as_str().unwrap())
        .await;
    assert_eq!(claims_of(tokens["id_token"].as_str().unwrap())["acr"], "0");
    let strict = broker
        .refresh("strict", strict["refresh_token"].as_str().unwrap())
        .await;
    assert_eq!(strict["error"], "invalid_grant");
    let page = browser.open(&broker.authorize("strict", &[])).await;
    assert_eq!(page.heading(), "Potřebujeme vás lépe ověřit");
}

#[tokio::test]
async fn a_code_is_not_redeemed_once_its_login_counts_for_too_little() {
    let broker = start().await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "strict", JANA).await;
    withdraw_proofs(&broker).await;

    let answer = broker.redeem("strict", &code(&page)).await;

    assert_eq!(answer["error"], "invalid_grant");
}

/// Every proof is found to be wrong.
async fn withdraw_proofs(broker: &TestBroker) {
    let mut tx = broker.db.begin().await.unwrap();
    let ids: Vec<VerificationId> =
        store::on!(&mut tx, db => sqlx::query_scalar("select verification_id from verification").fetch_all(db).await)
            .unwrap();
    for id in ids {
        assert!(
            verification::revoke(&mut tx, id, broker.clock.now())
                .await
                .unwrap()
        );
    }
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn verified_claims_tell_of_the_proof_and_acr_of_the_login_however_weak_that_is() {
    let broker = super::ways::town().await;
    let weak = ("box", "jmenovkyne");
    let mut browser = super::ways::at_account(&broker, super::ways::STATE).await;
    super::ways::linked(&broker, &mut browser, weak).await;
    let claims = r#"{"userinfo":{"verified_claims":{"verification":{"trust_framework":null,"time":null},"claims":{"given_name":null}}}}"#;
    let request = [("scope", "openid city.identity"), ("claims", claims)];

    let mut browser = Browser::new();
    let page = browser.open(&broker.authorize("portal", &request)).await;
    let mut page = super::ways::through(&broker, &mut browser, &page, weak).await;
    if page.url.path().ends_with("/information") {
        page = browser.submit(&page, "consent-submit", &[]).await;
    }
    let tokens = broker.redeem("portal", &code(&page)).await;

    let id_token = tests::broker::claims_of(tokens["id_token"].as_str().unwrap());
    let acr = id_token["acr"].as_str().unwrap();
    assert!(acr.starts_with("urn:city-identity:acr:contact:"), "{acr}");
    let asked = reqwest::Client::new()
        .get(broker.at("/oauth2/userinfo"))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    let told = asked.send().await.unwrap().text().await.unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let proofs = &told["verified_claims"];
    let proofs = proofs.as_array().cloned().unwrap_or(vec![proofs.clone()]);
    let by_the_register = proofs
        .iter()
        .find(|proof| proof["claims"]["given_name"] == "JANA");
    let time = &by_the_register.unwrap()["verification"]["time"];
    assert!(time.is_string(), "when that was is told: {told}");
}
