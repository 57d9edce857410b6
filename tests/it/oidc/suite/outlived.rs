//! What a mandate rested on is taken out of the configuration: nobody acts by it any more, whatever they came by.

use tests::broker::claims_of;

use super::*;

/// What a client asks that supports acting for others.
const SCOPE: &str = "openid profile city.mandate offline_access";

/// The register, by which Jana comes, and the data box of a bakery, which she adds to her account.
fn town(full: bool) -> Value {
    let supports = json!({ "scopes": ["openid", "profile", "offline_access", "city.identity", "city.mandate"] });
    let jana = json!({
        "password": "heslo", "identity": "state", "login": "multi", "given_name": "JANA", "family_name": "MALÁ",
        "birth_date": "1985-04-12",
    });
    let mut for_bakery = jana.clone();
    for_bakery["identity"] = "contact".into();
    for_bakery["acting_for"] = json!({
        "kind": "company", "ico": "00000027", "name": "Pekařství Vltava s.r.o.", "reference": "k7m2p9x",
        "role": "ROLE", "full": full,
    });
    let entry = |account: Value| json!({ "kind": "demo", "environment": "sandbox", "account": { "jana": account } });
    json!({
        "client": { "portal": supports, "parking": supports },
        "provider": { "demo": null, "register": entry(jana), "boxes": entry(for_bakery) },
        "mandate": { "entrusted_may": ["view", "submit"] },
    })
}

/// Chooses the provider on a page and signs Jana in there.
async fn through(broker: &TestBroker, browser: &mut Browser, page: Page, provider: &str) -> Page {
    let page = if page.url.path().ends_with("/demo") {
        page
    } else {
        browser.submit(&page, provider, &[]).await
    };
    broker.sign_in(browser, &page, ("jana", "heslo")).await
}

/// A broker where Jana has added the data box.
async fn with_a_box(full: bool) -> TestBroker {
    let broker = configured(town(full)).await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account")).await;
    through(&broker, &mut browser, page, "register").await;
    let page = browser.open(&broker.at("/account/link")).await;
    let page = through(&broker, &mut browser, page, "boxes").await;
    let page = browser.submit(&page, "link-submit", &[]).await;
    assert_eq!(
        page.query("done").as_deref(),
        Some("linked"),
        "{}",
        page.text()
    );
    broker
}

/// Logs Jana in by the register; acts for the bakery where that is offered.
async fn log_in(broker: &TestBroker, client: &str) -> Answer {
    let mut browser = Browser::new();
    let asked = broker.authorize(client, &[("scope", SCOPE)]);
    let page = browser.open(&asked).await;
    let mut page = through(broker, &mut browser, page, "register").await;
    if page.url.path().ends_with("/acting") {
        let offered = page.body.split("name=\"acting\" value=\"").skip(1);
        let offered = offered.filter_map(|rest| rest.split('"').next());
        let body = offered
            .filter(|value| *value != "self")
            .last()
            .unwrap()
            .to_owned();
        page = browser
            .submit(&page, "acting-submit", &[("acting", &body)])
            .await;
    }
    let code = page.query("code");
    let code = code.unwrap_or_else(|| panic!("{} {}", page.url, page.text()));
    let answer = redeem(broker, client, &code, &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer
}

fn acting_for(answer: &Answer) -> Value {
    claims_of(&answer.text("id_token"))["acting_for"].clone()
}

async fn refresh(broker: &TestBroker, client: &str, tokens: &Answer) -> Answer {
    let refresh_token = tokens.text("refresh_token");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
    ];
    token(broker, client, &form).await
}

async fn assert_speaks_no_more(broker: &TestBroker, client: &str, tokens: &Answer) {
    let access_token = tokens.text("access_token");
    assert_eq!(broker.userinfo_status(&access_token).await, 401);
    let form = [("token", access_token.as_str())];
    let introspected = post(broker, "/oauth2/introspect", Some(client), &form).await;
    assert_eq!(introspected.json["active"], false, "{}", introspected.body);
    let refreshed = refresh(broker, client, tokens).await;
    assert_eq!(refreshed.refusal(), (400, "invalid_grant".to_owned()));
}

/// What became of the only mandate, once whoever looks after that has looked.
async fn ended(broker: &TestBroker) -> Option<String> {
    idp::mandate::end_left_out(&broker.broker).await.unwrap();
    let ended = broker.event_details("mandate.ended").await;
    assert!(ended.len() <= 1, "{ended:?}");
    let reason = ended.first()?["reason"].as_str();
    reason.map(str::to_owned)
}

#[tokio::test]
async fn atk_b08_a_mandate_does_not_outlive_the_provider_that_showed_it() {
    let mut broker = with_a_box(true).await;
    let tokens = log_in(&broker, "portal").await;
    assert_eq!(acting_for(&tokens)["ico"], "00000027");

    broker
        .restart(json!({ "provider": { "boxes": null } }))
        .await;

    assert_speaks_no_more(&broker, "portal", &tokens).await;
    for client in ["portal", "parking"] {
        assert_eq!(acting_for(&log_in(&broker, client).await), Value::Null);
    }
    assert_eq!(ended(&broker).await.as_deref(), Some("provider_gone"));
    broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
    let mut browser = Browser::new();
    let page = browser.open(&broker.at("/account/mandates")).await;
    let page = through(&broker, &mut browser, page, "register").await;
    assert!(!page.text().contains("Pekařství"), "{}", page.text());
}

#[tokio::test]
async fn atk_b08_a_client_hears_of_no_mandate_of_a_provider_that_its_people_may_not_use() {
    let mut broker = with_a_box(true).await;
    let tokens = log_in(&broker, "portal").await;

    broker
        .restart(json!({ "client": { "portal": { "providers": ["register"] } } }))
        .await;

    assert_speaks_no_more(&broker, "portal", &tokens).await;
    assert_eq!(acting_for(&log_in(&broker, "portal").await), Value::Null);
    // It stands for everybody else.
    assert_eq!(
        acting_for(&log_in(&broker, "parking").await)["ico"],
        "00000027"
    );
    assert_eq!(ended(&broker).await, None);
}

#[tokio::test]
async fn a_kind_of_body_that_the_town_leaves_out_is_acted_for_no_more() {
    let mut broker = with_a_box(true).await;
    let tokens = log_in(&broker, "portal").await;

    broker
        .restart(json!({ "mandate": { "kinds": ["association"] } }))
        .await;

    assert_speaks_no_more(&broker, "portal", &tokens).await;
    assert_eq!(acting_for(&log_in(&broker, "parking").await), Value::Null);
    assert_eq!(ended(&broker).await.as_deref(), Some("left_out"));
}

#[tokio::test]
async fn an_entrusted_user_may_do_no_more_than_the_town_lets_them_now() {
    let mut broker = with_a_box(false).await;
    let tokens = log_in(&broker, "portal").await;
    assert_eq!(acting_for(&tokens)["scope"], json!(["view", "submit"]));

    broker
        .restart(json!({ "mandate": { "entrusted_may": ["view", "pay"] } }))
        .await;

    // They were never shown to be let pay.
    let tokens = refresh(&broker, "portal", &tokens).await;
    assert_eq!(acting_for(&tokens)["scope"], json!(["view"]));
    assert_eq!(ended(&broker).await, None);

    broker
        .restart(json!({ "mandate": { "entrusted_may": [] } }))
        .await;

    assert_speaks_no_more(&broker, "portal", &tokens).await;
    assert_eq!(ended(&broker).await.as_deref(), Some("left_out"));
}
