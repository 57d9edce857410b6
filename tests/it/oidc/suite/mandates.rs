//! Acting for a body: chosen after the login, switched, ended.

mod members;

use std::sync::{Arc, Mutex};

use chrono::Duration;
use federation::{BodyKind, IdentityLevel};
use idp::ids::{AccountId, MandateId};
use idp::mandate::{self, Act, MandateName, NewMandate};
use store::audit::Actor;
use tests::broker::{PETR, claims_of};
use tests::ports::free_port;
use uuid::Uuid;

use super::*;

/// Somebody who comes through the data box of a company.
const EVA: (&str, &str) = ("eva", "heslo");
/// An officer.
const OFFICER: Uuid = Uuid::from_u128(77);
/// The one who agrees.
const OTHER_OFFICER: Uuid = Uuid::from_u128(78);
/// What a client asks that supports acting for others.
const SCOPE: &str = "openid profile city.mandate offline_access";

fn bakery() -> Value {
    json!({
        "kind": "company", "ico": "00000027", "name": "Pekařství Vltava s.r.o.", "reference": "k7m2p9x",
        "role": "PRIMARY_USER", "full": true,
    })
}

/// With Eva, who is let in for the bakery, and clients that support it: `portal`, `parking` and, with its page, `library`.
fn with_eva() -> Value {
    let supports = json!({ "scopes": ["openid", "profile", "offline_access", "city.identity", "city.mandate"] });
    json!({
        "client": { "portal": supports, "parking": supports, "library": supports },
        "provider": { "demo": { "account": { EVA.0: {
            "password": EVA.1, "identity": "contact", "given_name": "EVA", "family_name": "MALÁ",
            "acting_for": bakery(),
        } } } },
    })
}

/// Sends a browser to a client as somebody, asking for whom they act.
async fn log_in(
    broker: &TestBroker,
    browser: &mut Browser,
    client: &str,
    person: (&str, &str),
) -> Page {
    let page = browser
        .open(&broker.authorize(client, &[("scope", SCOPE)]))
        .await;
    broker.sign_in(browser, &page, person).await
}

/// What a client calls a mandate.
fn known(broker: &TestBroker, client: &str, mandate: &str) -> String {
    let organisation = broker
        .broker
        .clients
        .get(client)
        .unwrap()
        .organisation_id
        .clone();
    let id = MandateId::new(mandate.parse().unwrap());
    MandateName::of(&broker.broker.master_key, id, &organisation).to_string()
}

/// Goes on without a login, with `acting_for`: for themself, or by a mandate.
async fn switch(broker: &TestBroker, browser: &mut Browser, client: &str, to: &str) -> Page {
    let to = match to.parse::<uuid::Uuid>() {
        Ok(_) => known(broker, client, to),
        Err(_) => to.to_owned(),
    };
    let changes = [("scope", SCOPE), ("acting_for", to.as_str())];
    browser.open(&broker.authorize(client, &changes)).await
}

/// The value of the page's one body.
fn body_on(page: &Page) -> String {
    let marker = "name=\"acting\" value=\"";
    let values: Vec<&str> = page
        .body
        .split(marker)
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .filter(|value| *value != "self")
        .collect();
    assert_eq!(values.len(), 1, "{}", page.text());
    values[0].to_owned()
}

/// Logs Eva in for a client and lets her act for the bakery: its mandate and the tokens.
async fn act_for_the_bakery(
    broker: &TestBroker,
    browser: &mut Browser,
    client: &str,
) -> (String, Answer) {
    let page = log_in(broker, browser, client, EVA).await;
    let mandate = body_on(&page);
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    let answer = redeem(broker, client, &code(&page), &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    (mandate, answer)
}

fn told(answer: &Answer) -> Value {
    claims_of(&answer.text("id_token"))
}

/// The page was shown to somebody; who has signed in since in another tab did not choose.
#[tokio::test]
async fn atk_b10_whom_somebody_acts_for_is_chosen_by_nobody_else() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let page = log_in(&broker, &mut browser, "portal", EVA).await;
    let mandate = body_on(&page);
    let nobodys = uuid::Uuid::nil().to_string();

    let page = browser
        .submit(
            &page,
            "acting-submit",
            &[("acting", &mandate), ("session", &nobodys)],
        )
        .await;

    assert!(page.url.path().ends_with("/acting"), "{}", page.url);
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    assert!(page.query("code").is_some(), "{}", page.url);
}

async fn introspect(broker: &TestBroker, client: &str, token: &str) -> Answer {
    post(
        broker,
        "/oauth2/introspect",
        Some(client),
        &[("token", token)],
    )
    .await
}

async fn refresh(broker: &TestBroker, client: &str, tokens: &Answer) -> Answer {
    let refresh_token = tokens.text("refresh_token");
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", refresh_token.as_str()),
    ];
    token(broker, client, &form).await
}

/// The account of the only person there is.
async fn only_account(broker: &TestBroker) -> AccountId {
    let mut tx = broker.db.read().await.unwrap();
    store::on!(&mut tx, db => sqlx::query_scalar("select account_id from account").fetch_one(db).await)
        .unwrap()
}

/// An officer approves that the only person there is may act for an association, for an hour.
async fn approve(broker: &TestBroker) -> String {
    let account_id = only_account(broker).await;
    let now = broker.clock.now();
    let new = NewMandate {
        account_id,
        kind: BodyKind::Association,
        ico: Some("00000043"),
        name: "Spolek Pod Věží, z. s.",
        role: None,
        source: "counter",
        scope: [Act::View, Act::Submit].into(),
        level: IdentityLevel::Town,
        approved_by: OFFICER,
        second_officer: OTHER_OFFICER,
        evidence: None,
        valid_from: now,
        valid_until: now + Duration::hours(1),
    };
    let mut tx = broker.db.begin().await.unwrap();
    let id = mandate::add(&broker.broker, &mut tx, new, Actor::Staff(OFFICER), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id.to_string()
}

async fn withdraw(broker: &TestBroker, mandate: &str) {
    let id = MandateId::new(mandate.parse().unwrap());
    let mut tx = broker.db.begin().await.unwrap();
    assert!(
        mandate::withdraw(
            &broker.broker,
            &mut tx,
            id,
            Actor::Staff(OFFICER),
            broker.clock.now()
        )
        .await
        .unwrap()
    );
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn after_the_login_the_person_says_for_whom_they_act() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let page = log_in(&broker, &mut browser, "portal", EVA).await;

    assert!(
        page.url.path().ends_with("/acting"),
        "{} {}",
        page.url,
        page.text()
    );
    assert_eq!(page.heading(), "Za koho jednáte?");
    for words in [
        "Za sebe",
        "Eva Malá",
        "Pekařství Vltava s.r.o.",
        "IČO 00000027",
        "platí do 24.",
        "Smíte: nahlížet, podávat, platit, určovat, kdo smí jednat",
    ] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
    assert_eq!(broker.rows("client_session").await, 0);

    let mandate = body_on(&page);
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    let answer = redeem(&broker, "portal", &code(&page), &[]).await;

    let claims = told(&answer);
    assert_eq!(
        claims["acting_for"],
        json!({
            "type": "company", "ico": "00000027", "name": "Pekařství Vltava s.r.o.", "source": "demo",
            "scope": ["view", "submit", "pay", "manage"], "level": "town", "mandate_id": known(&broker, "portal", &mandate),
            "valid_until": "2026-12-24T12:00:00Z",
        })
    );
    let info = userinfo(&broker, &answer.text("access_token")).await.json;
    assert_eq!(info["acting_for"], claims["acting_for"]);
    assert_eq!(
        info["may_act_for"],
        json!([{ "mandate_id": known(&broker, "portal", &mandate), "type": "company", "ico": "00000027", "name": "Pekařství Vltava s.r.o." }])
    );
    assert_eq!(info["name"], "Eva Malá");
    let introspected = introspect(&broker, "portal", &answer.text("access_token"))
        .await
        .json;
    assert_eq!(introspected["acting_for"], claims["acting_for"]);
    let events = broker.events().await;
    assert!(
        events.contains(&"mandate.added".to_owned())
            && events.contains(&"mandate.chosen".to_owned())
    );
}

#[tokio::test]
async fn who_acts_for_themself_is_the_same_person_and_may_still_switch() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let page = log_in(&broker, &mut browser, "portal", EVA).await;
    let mandate = body_on(&page);

    let page = browser
        .submit(&page, "acting-submit", &[("acting", "self")])
        .await;
    let own = redeem(&broker, "portal", &code(&page), &[]).await;

    assert_eq!(told(&own).get("acting_for"), None);
    let info = userinfo(&broker, &own.text("access_token")).await.json;
    assert_eq!(info.get("acting_for"), None);
    assert_eq!(
        info["may_act_for"][0]["mandate_id"],
        json!(known(&broker, "portal", &mandate))
    );

    let page = switch(&broker, &mut browser, "portal", &mandate).await;
    let switched = redeem(&broker, "portal", &code(&page), &[]).await;

    assert_eq!(
        told(&switched)["acting_for"]["mandate_id"],
        json!(known(&broker, "portal", &mandate))
    );
    for claim in ["sub", "sid", "acr", "auth_time"] {
        assert_eq!(told(&switched)[claim], told(&own)[claim], "{claim}");
    }
    assert_eq!(broker.rows("client_session").await, 1);
    // What was granted before never speaks for anybody else.
    let refreshed = refresh(&broker, "portal", &own).await;
    assert_eq!(told(&refreshed).get("acting_for"), None);
}

#[tokio::test]
async fn the_choice_is_kept_for_the_session_at_the_client_and_asked_at_another_one() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let (mandate, _) = act_for_the_bakery(&broker, &mut browser, "portal").await;

    let silent = [("scope", SCOPE), ("prompt", "none")];
    let page = browser.open(&broker.authorize("portal", &silent)).await;
    let again = redeem(&broker, "portal", &code(&page), &[]).await;
    assert_eq!(
        told(&again)["acting_for"]["mandate_id"],
        json!(known(&broker, "portal", &mandate))
    );

    let page = browser.open(&broker.authorize("parking", &silent)).await;
    assert_eq!(page.query("error").as_deref(), Some("interaction_required"));
    let page = browser
        .open(&broker.authorize("parking", &[("scope", SCOPE)]))
        .await;
    assert!(page.url.path().ends_with("/acting"), "{}", page.url);

    let page = switch(&broker, &mut browser, "parking", "self").await;
    let own = redeem(&broker, "parking", &code(&page), &[]).await;
    assert_eq!(told(&own).get("acting_for"), None);
}

#[tokio::test]
async fn a_code_from_before_the_last_choice_switches_nothing_back() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let (mandate, _) = act_for_the_bakery(&broker, &mut browser, "portal").await;
    let second = Duration::seconds(1);
    broker.hand.advance(second);
    let bakery = switch(&broker, &mut browser, "portal", &mandate).await;
    let own = switch(&broker, &mut browser, "portal", "self").await;
    broker.hand.advance(second);
    let page = switch(&broker, &mut browser, "portal", "self").await;
    redeem(&broker, "portal", &code(&page), &[]).await;

    let late = redeem(&broker, "portal", &code(&bakery), &[]).await;

    assert_eq!(late.refusal(), (400, "invalid_grant".to_owned()));
    // An older code of the same choice contradicts nothing.
    let own = redeem(&broker, "portal", &code(&own), &[]).await;
    assert_eq!(own.status, 200, "{}", own.body);
    let silent = [("scope", SCOPE), ("prompt", "none")];
    let page = browser.open(&broker.authorize("portal", &silent)).await;
    let after = redeem(&broker, "portal", &code(&page), &[]).await;
    assert_eq!(told(&after).get("acting_for"), None);
}

#[tokio::test]
async fn the_last_choice_counts_whatever_is_redeemed_first() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let page = log_in(&broker, &mut browser, "portal", EVA).await;
    let mandate = body_on(&page);
    let bakery = switch(&broker, &mut browser, "portal", &mandate).await;
    broker.hand.advance(Duration::seconds(1));
    let own = switch(&broker, &mut browser, "portal", "self").await;

    let own = redeem(&broker, "portal", &code(&own), &[]).await;
    let late = redeem(&broker, "portal", &code(&bakery), &[]).await;

    assert_eq!(own.status, 200, "{}", own.body);
    assert_eq!(late.refusal(), (400, "invalid_grant".to_owned()));
    let told = userinfo(&broker, &own.text("access_token")).await;
    assert_eq!(told.status, 200, "{}", told.body);
}

#[tokio::test]
async fn without_offline_access_a_switch_ends_what_spoke_for_somebody_else() {
    let mut config = with_eva();
    config["client"]["portal"]["refresh"] = "session".into();
    let broker = configured(config).await;
    let mut browser = Browser::new();
    let online = [("scope", "openid city.mandate")];
    let page = browser.open(&broker.authorize("portal", &online)).await;
    let page = broker.sign_in(&mut browser, &page, EVA).await;
    let mandate = body_on(&page);
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    let bakery = redeem(&broker, "portal", &code(&page), &[]).await;

    let own = [("scope", "openid city.mandate"), ("acting_for", "self")];
    let page = browser.open(&broker.authorize("portal", &own)).await;
    // Whoever merely sends the browser here changes nothing.
    assert_eq!(
        userinfo(&broker, &bakery.text("access_token")).await.status,
        200
    );
    redeem(&broker, "portal", &code(&page), &[]).await;

    assert_eq!(
        userinfo(&broker, &bakery.text("access_token")).await.status,
        401
    );
    assert_eq!(
        refresh(&broker, "portal", &bakery).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
}

#[tokio::test]
async fn a_client_without_the_scope_is_not_asked_and_may_not_ask() {
    let mut config = with_eva();
    config["client"]["parking"]["scopes"] = json!(["openid", "profile", "offline_access"]);
    let broker = configured(config).await;
    let mut browser = Browser::new();

    let page = log_in(&broker, &mut browser, "parking", EVA).await;
    let answer = redeem(&broker, "parking", &code(&page), &[]).await;

    assert_eq!(told(&answer).get("acting_for"), None);
    let info = userinfo(&broker, &answer.text("access_token")).await.json;
    assert_eq!(
        (info.get("acting_for"), info.get("may_act_for")),
        (None, None)
    );
    for to in ["self", "00000000-0000-0000-0000-000000000001"] {
        let page = switch(&broker, &mut browser, "parking", to).await;
        assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
    }
    // A client that supports it and does not ask for it is not asked either.
    let page = browser.open(&broker.authorize("portal", &[])).await;
    assert!(page.query("code").is_some(), "{}", page.url);
    let page = browser
        .open(&broker.authorize("portal", &[("acting_for", "self")]))
        .await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
}

#[tokio::test]
async fn an_unknown_a_foreign_and_an_ended_mandate_are_refused_alike() {
    let broker = configured(with_eva()).await;
    let mut evas = Browser::new();
    let (mandate, _) = act_for_the_bakery(&broker, &mut evas, "portal").await;
    let mut petrs = Browser::new();
    log_in(&broker, &mut petrs, "portal", PETR).await;
    let unknown = Uuid::from_u128(9).to_string();
    let mut answers = Vec::new();

    for id in [&mandate, &unknown] {
        let page = switch(&broker, &mut petrs, "portal", id).await;
        answers.push((page.query("error"), page.query("error_description")));
    }
    withdraw(&broker, &mandate).await;
    let page = switch(&broker, &mut evas, "portal", &mandate).await;
    answers.push((page.query("error"), page.query("error_description")));

    assert_eq!(answers[0].0.as_deref(), Some("access_denied"));
    assert!(
        answers.iter().all(|answer| *answer == answers[0]),
        "{answers:?}"
    );
    let page = switch(&broker, &mut petrs, "portal", "somebody").await;
    assert_eq!(page.query("error").as_deref(), Some("invalid_request"));
    // Neither by the form of the page.
    approve_for_petr_only(&broker, &mut petrs, &mandate).await;
}

/// Petr's page offers his own mandate; Eva's in its place leaves the question open.
async fn approve_for_petr_only(broker: &TestBroker, petrs: &mut Browser, evas: &str) {
    let mut tx = broker.db.read().await.unwrap();
    let ids: Vec<AccountId> =
        store::on!(&mut tx, db => sqlx::query_scalar("select account_id from account order by created_at").fetch_all(db).await)
            .unwrap();
    drop(tx);
    let now = broker.clock.now();
    let new = NewMandate {
        account_id: ids[1],
        kind: BodyKind::Association,
        ico: None,
        name: "Spolek Pod Věží, z. s.",
        role: None,
        source: "register",
        scope: [Act::View].into(),
        level: IdentityLevel::Town,
        approved_by: OFFICER,
        second_officer: OTHER_OFFICER,
        evidence: None,
        valid_from: now,
        valid_until: now + Duration::hours(1),
    };
    let mut tx = broker.db.begin().await.unwrap();
    mandate::add(&broker.broker, &mut tx, new, Actor::Staff(OFFICER), now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let page = petrs
        .open(&broker.authorize("parking", &[("scope", SCOPE)]))
        .await;
    assert!(page.url.path().ends_with("/acting"), "{}", page.url);

    for sent in [evas, "", "somebody"] {
        let page = petrs
            .submit(&page, "acting-submit", &[("acting", sent)])
            .await;
        assert!(page.url.path().ends_with("/acting"), "{sent}: {}", page.url);
    }
    let page = petrs
        .submit(&page, "acting-submit", &[("acting", "self")])
        .await;
    assert!(page.query("code").is_some());
}

#[tokio::test]
async fn giving_a_mandate_up_ends_everything_that_spoke_by_it_and_the_client_hears_at_once() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let (_, tokens) = act_for_the_bakery(&broker, &mut browser, "portal").await;
    let page = browser
        .open(&broker.authorize("portal", &[("scope", SCOPE)]))
        .await;
    let in_flight = code(&page);
    let page = browser.open(&broker.at("/account/mandates")).await;
    assert_eq!(page.heading(), "Za koho jednáte");
    assert!(
        page.text().contains("Pekařství Vltava s.r.o.") && page.text().contains("IČO 00000027")
    );

    let page = browser.submit(&page, "Vzdát se", &[]).await;

    assert!(
        page.text().contains("Teď smíte jednat jen za sebe"),
        "{}",
        page.text()
    );
    assert_eq!(
        refresh(&broker, "portal", &tokens).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
    assert_eq!(
        userinfo(&broker, &tokens.text("access_token")).await.status,
        401
    );
    let introspected = introspect(&broker, "portal", &tokens.text("access_token")).await;
    assert_eq!(introspected.json, json!({ "active": false }));
    assert_eq!(
        redeem(&broker, "portal", &in_flight, &[]).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
    let posts = broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
    let logout = claims_of(posts[0].strip_prefix("logout_token=").unwrap());
    assert_eq!(logout["sid"], told(&tokens)["sid"]);
    assert!(broker.events().await.contains(&"mandate.ended".to_owned()));

    // The person is signed in all the same, as themself and in a new session at the client.
    let page = browser
        .open(&broker.authorize("portal", &[("scope", SCOPE)]))
        .await;
    let own = redeem(&broker, "portal", &code(&page), &[]).await;
    assert_eq!(told(&own).get("acting_for"), None);
    assert_ne!(told(&own)["sid"], told(&tokens)["sid"]);
}

#[tokio::test]
async fn atk_b03_without_a_fresh_login_no_mandate_is_given_up() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let (_, tokens) = act_for_the_bakery(&broker, &mut browser, "portal").await;
    let page = browser.open(&broker.at("/account/mandates")).await;
    assert_eq!(page.text_of("#mandates-prove"), None);
    broker.hand.advance(Duration::minutes(6));
    let page = browser.open(&broker.at("/account/mandates")).await;
    assert!(page.text_of("#mandates-prove").is_some(), "{}", page.text());

    let door = browser.submit(&page, "Vzdát se", &[]).await;

    assert!(door.url.path().ends_with("/demo"), "{}", door.text());
    let tokens = refresh(&broker, "portal", &tokens).await;
    assert_eq!(tokens.status, 200, "{}", tokens.body);
    let page = broker.sign_in(&mut browser, &door, EVA).await;
    assert_eq!(page.url.path(), "/account/mandates", "{}", page.text());
    assert!(
        page.text().contains("Teď se můžete oprávnění vzdát"),
        "{}",
        page.text()
    );
    browser.submit(&page, "Vzdát se", &[]).await;
    assert_eq!(
        refresh(&broker, "portal", &tokens).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
}

#[tokio::test]
async fn a_form_of_another_site_gives_nothing_up() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let (mandate, tokens) = act_for_the_bakery(&broker, &mut browser, "portal").await;
    let address = broker
        .url
        .join(&format!("/account/mandates/{mandate}/end"))
        .unwrap();

    let answer = browser
        .request("POST", address, Some(vec![("csrf".into(), "x".into())]))
        .await;

    assert_eq!(answer.status, 403);
    assert_eq!(refresh(&broker, "portal", &tokens).await.status, 200);
}

#[tokio::test]
async fn a_mandate_that_runs_out_of_date_is_worth_nothing_at_that_moment() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let page = broker.log_in(&mut browser, "portal", PETR).await;
    redeem(&broker, "portal", &code(&page), &[]).await;
    let mandate = approve(&broker).await;
    let page = switch(&broker, &mut browser, "portal", &mandate).await;
    let tokens = redeem(&broker, "portal", &code(&page), &[]).await;
    assert_eq!(told(&tokens)["acting_for"]["source"], "counter");
    broker.hand.advance(Duration::minutes(55));
    let late = refresh(&broker, "portal", &tokens).await;
    assert_eq!(late.json["expires_in"], 300);

    broker.hand.advance(Duration::minutes(5));

    assert_eq!(
        userinfo(&broker, &late.text("access_token")).await.status,
        401
    );
    assert_eq!(
        refresh(&broker, "portal", &late).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
    mandate::work(&broker.broker).await.unwrap();
    broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
    assert!(broker.events().await.contains(&"mandate.ended".to_owned()));
}

#[tokio::test]
async fn a_body_that_has_ended_in_ares_ends_its_mandates_and_an_ares_that_is_down_ends_nothing() {
    let address = ("127.0.0.1", free_port());
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let mut config = with_eva();
    config["ares"] = json!({ "url": format!("http://127.0.0.1:{}", address.1) });
    let broker = configured(config).await;
    let mut browser = Browser::new();
    let (_, tokens) = act_for_the_bakery(&broker, &mut browser, "portal").await;
    drop(listener);

    assert_eq!(mandate::check_bodies(&broker.broker).await.unwrap(), 0);
    assert_eq!(
        introspect(&broker, "portal", &tokens.text("access_token"))
            .await
            .json["active"],
        true
    );

    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let ended = json!({
        "ico": "00000027", "obchodniJmeno": "Pekařství Vltava s.r.o.", "pravniForma": "112", "datumZaniku": "2026-11-01",
    });
    let ares = axum::Router::new().fallback(async move || axum::Json(ended));
    tokio::spawn(async move { axum::serve(listener, ares).await.unwrap() });
    // Longer than a service is left alone that did not answer.
    broker.hand.advance(Duration::minutes(5));

    assert_eq!(mandate::check_bodies(&broker.broker).await.unwrap(), 1);

    assert_eq!(
        introspect(&broker, "portal", &tokens.text("access_token"))
            .await
            .json,
        json!({ "active": false })
    );
    broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
}

/// A register that answers what it is told.
#[derive(Clone)]
struct Register {
    url: String,
    answer: Arc<Mutex<Answered>>,
}

#[derive(Clone)]
enum Answered {
    With(u16, &'static str, String),
    Never,
}

impl Register {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let register = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            answer: Arc::new(Mutex::new(Answered::Never)),
        };
        register.tells(&json!({}));
        let mine = register.clone();
        let router = axum::Router::new().fallback(async move || {
            let answer = mine.answer.lock().unwrap().clone();
            match answer {
                Answered::With(status, kind, body) => {
                    let status = axum::http::StatusCode::from_u16(status).unwrap();
                    (status, [("content-type", kind)], body)
                }
                Answered::Never => std::future::pending().await,
            }
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        register
    }

    /// The bakery, with changes.
    fn tells(&self, changes: &Value) {
        let mut bakery = json!({
            "ico": "00000027", "obchodniJmeno": "PEKAŘSTVÍ VLTAVA, s.r.o.", "pravniForma": "112",
            "sidlo": { "textovaAdresa": "Latrán 53, 38101 Český Krumlov" },
        });
        for (key, change) in changes.as_object().unwrap() {
            bakery[key] = change.clone();
        }
        self.answers(200, "application/json", &bakery.to_string());
    }

    fn answers(&self, status: u16, kind: &'static str, body: &str) {
        *self.answer.lock().unwrap() = Answered::With(status, kind, body.to_owned());
    }

    async fn broker(&self) -> TestBroker {
        let mut config = with_eva();
        config["ares"] = json!({ "url": self.url });
        config["outbound"] = json!({ "breaker_opens_after": 1000 });
        configured(config).await
    }
}

const REGISTERED: &str = "PEKAŘSTVÍ VLTAVA, s.r.o.";

#[tokio::test]
async fn a_body_is_called_as_the_register_calls_it_on_pages_and_in_claims() {
    let register = Register::start().await;
    let broker = register.broker().await;
    let mut browser = Browser::new();

    let page = log_in(&broker, &mut browser, "portal", EVA).await;

    assert!(page.text().contains(REGISTERED), "{}", page.text());
    assert!(!page.text().contains("Pekařství"), "{}", page.text());
    let seat = "Latrán 53, 38101 Český Krumlov podle ARES k 24.";
    assert!(page.text().contains(seat), "{}", page.text());
    let mandate = body_on(&page);
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    let answer = redeem(&broker, "portal", &code(&page), &[]).await;
    assert_eq!(told(&answer)["acting_for"]["name"], REGISTERED);
    let told = userinfo(&broker, &answer.text("access_token")).await.json;
    assert_eq!(told["may_act_for"][0]["name"], REGISTERED);
    let page = browser.open(&broker.at("/account/mandates")).await;
    assert!(page.text().contains(seat), "{}", page.text());
    assert!(!page.body.contains("class=\"notice\""), "{}", page.text());
}

#[tokio::test]
async fn a_register_that_is_down_talks_nonsense_or_never_answers_holds_nobody_up() {
    let register = Register::start().await;
    let broker = register.broker().await;
    log_in(&broker, &mut Browser::new(), "portal", EVA).await;
    broker.hand.advance(Duration::hours(25));

    for (what, answered) in [
        (
            "down",
            Answered::With(503, "text/html", "<h1>503</h1>".to_owned()),
        ),
        (
            "html",
            Answered::With(200, "text/html", "<h1>ARES</h1>".to_owned()),
        ),
        ("never", Answered::Never),
    ] {
        *register.answer.lock().unwrap() = answered;
        let mut browser = Browser::new();

        let page = log_in(&broker, &mut browser, "portal", EVA).await;

        assert!(page.text().contains(REGISTERED), "{what}: {}", page.text());
        let old = "Registr ARES teď neodpovídá";
        assert!(page.text().contains(old), "{what}: {}", page.text());
        assert!(page.text().contains("k 24."), "{what}: {}", page.text());
        let mandate = body_on(&page);
        let page = browser
            .submit(&page, "acting-submit", &[("acting", &mandate)])
            .await;
        let answer = redeem(&broker, "portal", &code(&page), &[]).await;
        assert_eq!(told(&answer)["acting_for"]["name"], REGISTERED, "{what}");
    }
}

#[tokio::test]
async fn a_body_that_the_register_never_named_keeps_the_name_of_its_source() {
    let register = Register::start().await;
    register.answers(503, "text/html", "");
    let broker = register.broker().await;
    let mut browser = Browser::new();

    let page = log_in(&broker, &mut browser, "portal", EVA).await;

    let text = page.text();
    assert!(text.contains("Pekařství Vltava s.r.o."), "{text}");
    assert!(!text.contains("ARES"), "{text}");
}

#[tokio::test]
async fn a_body_that_has_ended_is_said_to_have_before_its_mandate_ends() {
    let register = Register::start().await;
    register.tells(&json!({ "datumZaniku": "2026-11-01" }));
    let broker = register.broker().await;
    let mut browser = Browser::new();

    let page = log_in(&broker, &mut browser, "portal", EVA).await;

    let text = page.text();
    assert!(text.contains("Podle registru už neexistuje"), "{text}");
    assert!(text.contains(REGISTERED), "{text}");
}

#[tokio::test]
async fn nobody_acts_for_a_body_that_has_ended_however_often_they_log_in() {
    let register = Register::start().await;
    let broker = register.broker().await;
    act_for_the_bakery(&broker, &mut Browser::new(), "portal").await;
    register.tells(&json!({ "datumZaniku": "2026-11-01" }));
    // Longer than what the register said is believed without asking.
    broker.hand.advance(Duration::hours(25));

    // The page that learns it ends the mandate, and offers nobody.
    let mut browser = Browser::new();
    let page = log_in(&broker, &mut browser, "portal", EVA).await;
    assert!(
        page.text().contains("Podle registru už neexistuje"),
        "{}",
        page.text()
    );
    let mandate = body_on(&page);
    assert!(
        page.body.contains(&format!("value=\"{mandate}\" disabled")),
        "{}",
        page.body
    );
    assert!(broker.events().await.contains(&"mandate.ended".to_owned()));
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    let answer = redeem(&broker, "portal", &code(&page), &[]).await;
    assert_eq!(told(&answer).get("acting_for"), None);

    for _ in 0..2 {
        let page = log_in(&broker, &mut Browser::new(), "portal", EVA).await;
        let answer = redeem(&broker, "portal", &code(&page), &[]).await;
        assert_eq!(told(&answer).get("acting_for"), None);
    }
    let added = broker.events().await;
    let added = added.iter().filter(|kind| *kind == "mandate.added").count();
    assert_eq!(added, 1);
}

#[tokio::test]
async fn an_officer_who_withdraws_a_mandate_ends_its_sessions() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let (mandate, tokens) = act_for_the_bakery(&broker, &mut browser, "portal").await;

    withdraw(&broker, &mandate).await;

    assert_eq!(refresh(&broker, "portal", &tokens).await.status, 400);
    broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
}

#[tokio::test]
async fn a_login_that_no_longer_shows_the_body_ends_the_mandate_and_one_that_does_renews_it() {
    let mut broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let (mandate, tokens) = act_for_the_bakery(&broker, &mut browser, "portal").await;
    broker.hand.advance(Duration::hours(1));
    let mut other = Browser::new();
    let page = log_in(&broker, &mut other, "parking", EVA).await;
    assert_eq!(body_on(&page), mandate);
    let renewed = refresh(&broker, "portal", &tokens).await;
    assert_eq!(
        told(&renewed)["acting_for"]["valid_until"],
        "2026-12-24T13:00:00Z"
    );

    // Her part in the box became a lesser one.
    broker
        .restart(json!({ "provider": { "demo": { "account": { EVA.0: {
            "acting_for": { "role": "ENTRUSTED_USER", "full": false },
        } } } } }))
        .await;
    let page = log_in(&broker, &mut Browser::new(), "parking", EVA).await;

    assert!(page.query("code").is_some(), "{} {}", page.url, page.text());
    assert_eq!(
        refresh(&broker, "portal", &renewed).await.refusal(),
        (400, "invalid_grant".to_owned())
    );
    broker
        .clients
        .wait_for_posts("/portal/backchannel", 1)
        .await;
}

#[tokio::test]
async fn atk_b14_a_body_that_is_not_allowed_or_a_lesser_part_in_it_gives_no_mandate() {
    for changes in [
        json!({ "role": "ENTRUSTED_USER", "full": false }),
        json!({ "role": "ADMINISTRATOR", "full": false }),
        json!({ "kind": "public_body", "full": true }),
    ] {
        let mut config = with_eva();
        let body = &mut config["provider"]["demo"]["account"][EVA.0]["acting_for"];
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        let broker = configured(config).await;
        let mut browser = Browser::new();

        let page = log_in(&broker, &mut browser, "portal", EVA).await;
        let answer = redeem(&broker, "portal", &code(&page), &[]).await;

        assert_eq!(told(&answer).get("acting_for"), None);
        let info = userinfo(&broker, &answer.text("access_token")).await.json;
        assert_eq!(
            (info.get("acting_for"), info.get("may_act_for")),
            (None, None)
        );
        assert_eq!(broker.rows("mandate").await, 0);
    }
}

#[tokio::test]
async fn an_api_learns_from_the_token_for_whom_the_person_acts() {
    let mut config = with_eva();
    config["resource"] = json!({ "fees": {
        "organisation": "town", "name": { "cs": "Poplatky" }, "uri": "https://api.test/fees", "scopes": ["fees.read"],
        "introspected_by": ["parking"],
    } });
    config["client"]["portal"]["resources"] = json!(["fees"]);
    config["client"]["portal"]["scopes"] = json!(["openid", "city.mandate", "fees.read"]);
    let broker = configured(config).await;
    let mut browser = Browser::new();
    let ask = [("scope", "openid city.mandate fees.read")];
    let page = browser.open(&broker.authorize("portal", &ask)).await;
    let page = broker.sign_in(&mut browser, &page, EVA).await;
    let mandate = body_on(&page);
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;

    let answer = redeem(&broker, "portal", &code(&page), &[]).await;

    let token = answer.text("access_token");
    // It dies within a minute of the mandate, though its reader may never ask.
    let claims = claims_of(&token);
    assert_eq!(answer.json["expires_in"], 60);
    assert_eq!(
        claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(),
        60
    );
    assert_eq!(
        claims_of(&token)["acting_for"]["mandate_id"],
        json!(known(&broker, "portal", &mandate))
    );
    let introspected = introspect(&broker, "parking", &token).await.json;
    assert_eq!(
        introspected["acting_for"]["mandate_id"],
        json!(known(&broker, "portal", &mandate))
    );
    withdraw(&broker, &mandate).await;
    let introspected = introspect(&broker, "parking", &token).await.json;
    assert_eq!(introspected, json!({ "active": false }));
}

#[tokio::test]
async fn the_information_page_names_the_body_and_who_declines_acts_for_themself() {
    let mut config = with_eva();
    config["client"]["library"]["optional_scopes"] = json!(["city.mandate"]);
    let broker = configured(config).await;
    let mut browser = Browser::new();
    let page = log_in(&broker, &mut browser, "library", EVA).await;
    let mandate = body_on(&page);

    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;

    assert!(page.url.path().ends_with("/information"), "{}", page.url);
    assert!(
        page.text()
            .contains("Pekařství Vltava s.r.o., IČO 00000027"),
        "{}",
        page.text()
    );
    let page = browser.submit(&page, "consent-submit", &[]).await;
    let answer = redeem(&broker, "library", &code(&page), &[]).await;
    assert_eq!(told(&answer).get("acting_for"), None);
    let name = known(&broker, "library", &mandate);
    let again = [
        ("scope", SCOPE),
        ("prompt", "consent"),
        ("acting_for", name.as_str()),
    ];
    let page = browser.open(&broker.authorize("library", &again)).await;
    let page = browser
        .submit(&page, "consent-submit", &[("item", "city.mandate")])
        .await;
    let answer = redeem(&broker, "library", &code(&page), &[]).await;
    assert_eq!(told(&answer)["acting_for"]["mandate_id"], json!(name));
}

#[tokio::test]
async fn the_pages_speak_three_languages() {
    let broker = configured(with_eva()).await;
    for (language, heading, table) in [
        ("cs", "Za koho jednáte?", "Za koho jednáte"),
        ("en", "For whom do you act?", "Whom you act for"),
        ("de", "Für wen handeln Sie?", "Für wen Sie handeln"),
    ] {
        let mut browser = Browser::new();
        let ask = [("scope", SCOPE), ("ui_locales", language)];
        let page = browser.open(&broker.authorize("portal", &ask)).await;
        let page = broker.sign_in(&mut browser, &page, EVA).await;
        assert_eq!(page.heading(), heading);

        browser
            .open(&broker.at(&format!("/language?lang={language}&back=/account/mandates")))
            .await;
        let page = browser.open(&broker.at("/account/mandates")).await;
        assert_eq!(page.heading(), table);
    }
}

#[tokio::test]
async fn atk_t12_a_mandate_has_another_name_at_each_organisation_and_is_good_there_alone() {
    let broker = configured(with_eva()).await;
    let mut browser = Browser::new();
    let page = log_in(&broker, &mut browser, "portal", EVA).await;
    let mandate = body_on(&page);
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    let portal = redeem(&broker, "portal", &code(&page), &[]).await;
    let page = browser
        .open(&broker.authorize("library", &[("scope", SCOPE)]))
        .await;
    let page = browser
        .submit(&page, "acting-submit", &[("acting", &mandate)])
        .await;
    let fields = [("item", "city.mandate")];
    let page = browser.submit(&page, "consent-submit", &fields).await;
    let library = redeem(&broker, "library", &code(&page), &[]).await;

    let mut names = Vec::new();
    for answer in [&portal, &library] {
        let info = userinfo(&broker, &answer.text("access_token")).await.json;
        let name = told(answer)["acting_for"]["mandate_id"].clone();
        assert_eq!(info["acting_for"]["mandate_id"], name);
        assert_eq!(info["may_act_for"][0]["mandate_id"], name);
        assert!(!info.to_string().contains(&mandate), "{info}");
        names.push(name.as_str().unwrap().to_owned());
    }
    assert_ne!(names[0], names[1]);

    // Neither the other one's name nor our own key means anything there.
    for name in [&names[0], &mandate] {
        let ask = [("scope", SCOPE), ("acting_for", name.as_str())];
        let page = browser.open(&broker.authorize("library", &ask)).await;
        assert_eq!(
            page.query("error").as_deref(),
            Some("access_denied"),
            "{}",
            page.url
        );
    }
}
