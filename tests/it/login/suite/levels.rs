//! Levels: who has to step up, who may not, and what is switched off meanwhile.

use idp::ids::AccountId;
use idp::storage::account::{self, AccountState};
use serde_json::json;

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
    assert!(arrived(
        &broker.sign_in(&mut browser, &page, JANA).await,
        "strict"
    ));
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
    for id in ids {
        account::set_state(&mut tx, id, AccountState::Disabled, broker.clock.now())
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();
}
