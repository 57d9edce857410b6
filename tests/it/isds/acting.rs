//! Acting for a body that a data box shows: attack B14, over the wire, and what becomes of a right that is taken back.

use serde_json::{Value, json};
use tests::broker::{Ground, TestBroker, claims_of};
use tests::browser::{Browser, Page};

use super::nginx::Nginx;
use super::{GROUNDS, answer, back, broker_with_clients, code, leave_from};

/// What a client asks that supports acting for others.
const SCOPE: &str = "openid profile city.mandate offline_access";

fn clients() -> Value {
    let supports = json!({ "scopes": ["openid", "profile", "offline_access", "city.identity", "city.mandate"] });
    json!({ "portal": supports, "parking": supports })
}

/// A login with one of the committed answers, for a client that supports acting for others.
async fn come(
    broker: &TestBroker,
    nginx: &Nginx,
    browser: &mut Browser,
    client: &str,
    name: &str,
) -> Page {
    let asked = broker.authorize(client, &[("scope", SCOPE)]);
    let page = browser.open(&asked).await;
    let number = leave_from(browser, &page, "provider-isds").await;
    nginx.answers(&answer(name, &number));
    browser.open(&back(broker, &number)).await
}

/// A login for the company, whose body is chosen: the tokens.
async fn act(broker: &TestBroker, nginx: &Nginx, browser: &mut Browser, client: &str) -> Value {
    let page = come(broker, nginx, browser, client, "company").await;
    let marker = "name=\"acting\" value=\"";
    let mandate = page
        .body
        .split(marker)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .find(|value| *value != "self")
        .unwrap_or_else(|| panic!("{} {}", page.url, page.text()))
        .to_owned();
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    let tokens = broker.redeem(client, &code(&page)).await;
    let told = claims_of(tokens["id_token"].as_str().unwrap());
    assert_eq!(told["acting_for"]["ico"], "00000027", "{told}");
    tokens
}

async fn userinfo(broker: &TestBroker, tokens: &Value) -> Value {
    let request = reqwest::Client::new()
        .get(broker.at("/oauth2/userinfo"))
        .bearer_auth(tokens["access_token"].as_str().unwrap());
    request.send().await.unwrap().json().await.unwrap()
}

async fn refresh(broker: &TestBroker, tokens: &Value) -> Value {
    broker
        .refresh("portal", tokens["refresh_token"].as_str().unwrap())
        .await
}

/// Roles that stand for nobody, types nobody knows, boxes that are closed or do not say whether they are open.
#[tokio::test]
async fn atk_b14_a_data_box_whose_role_type_or_state_does_not_allow_it_gives_no_mandate() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        for name in [
            "company-entrusted",
            "company-administrator",
            "company-closed",
            "company-state-unknown",
            "unknown-role",
            "unknown-type",
            "holder",
            "entrusted-by-holder",
            "guardian",
            "entrusted-by-sole-trader",
        ] {
            let broker = broker_with_clients(ground, &nginx, clients()).await;
            let mut browser = Browser::new();

            let page = come(&broker, &nginx, &mut browser, "portal", name).await;

            let tokens = broker.redeem("portal", &code(&page)).await;
            let told = claims_of(tokens["id_token"].as_str().unwrap());
            assert_eq!(told.get("acting_for"), None, "{name}");
            let info = userinfo(&broker, &tokens).await;
            assert_eq!(
                (info.get("acting_for"), info.get("may_act_for")),
                (None, None),
                "{name}"
            );
            assert_eq!(broker.rows("mandate").await, 0, "{name}");
        }
    }
}

/// A mandate that is in use ends with the login that no longer shows it, whichever way the box took it back.
#[tokio::test]
async fn atk_b14_a_right_that_the_box_takes_back_ends_in_sessions_under_way() {
    let nginx = Nginx::start().await;
    for ground in GROUNDS {
        for taken_back in [
            "company-entrusted",
            "company-administrator",
            "company-closed",
            "company-state-unknown",
        ] {
            let broker = broker_with_clients(ground, &nginx, clients()).await;
            let tokens = act(&broker, &nginx, &mut Browser::new(), "portal").await;

            let page = come(&broker, &nginx, &mut Browser::new(), "parking", taken_back).await;

            assert!(
                page.query("code").is_some(),
                "{taken_back}: {} {}",
                page.url,
                page.text()
            );
            assert_eq!(
                refresh(&broker, &tokens).await["error"],
                "invalid_grant",
                "{taken_back}"
            );
            broker
                .clients
                .wait_for_posts("/portal/backchannel", 1)
                .await;
            let info = userinfo(&broker, &tokens).await;
            assert_eq!(info.get("acting_for"), None, "{taken_back}: {info}");
        }
    }
}

/// What a login showed counts for the days the town says and no longer; a lesser role ends it at once.
#[tokio::test]
async fn isds_e07_a_membership_ends_with_its_time_and_with_the_role() {
    let nginx = Nginx::start().await;
    let broker = broker_with_clients(Ground::Sqlite, &nginx, clients()).await;
    let mut browser = Browser::new();
    let tokens = act(&broker, &nginx, &mut browser, "portal").await;
    let until = &claims_of(tokens["id_token"].as_str().unwrap())["acting_for"]["valid_until"];
    let until: chrono::DateTime<chrono::Utc> = until.as_str().unwrap().parse().unwrap();
    let days = (until - broker.clock.now()).num_days();
    assert!((29..=30).contains(&days), "{days}");

    // The claim leaves parts of a second out.
    broker.hand.set(until + chrono::Duration::seconds(1));

    assert_eq!(refresh(&broker, &tokens).await["error"], "invalid_grant");
    idp::mandate::work(&broker.broker).await.unwrap();
    assert!(broker.events().await.contains(&"mandate.ended".to_owned()));

    let broker = broker_with_clients(Ground::PostgresAndRedis, &nginx, clients()).await;
    let tokens = act(&broker, &nginx, &mut Browser::new(), "portal").await;
    come(
        &broker,
        &nginx,
        &mut Browser::new(),
        "portal",
        "company-entrusted",
    )
    .await;
    assert_eq!(refresh(&broker, &tokens).await["error"], "invalid_grant");
}
