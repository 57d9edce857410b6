//! `/odhlaseni/backchannel`: each rule of the logout token has a token that breaks it and only it.

use super::start;
use serde_json::{Value, json};
use tests::browser::{Browser, Page};
use tests::portal::{FakeProvider, Key, TestPortal, hmac, unsigned};

async fn send(portal: &TestPortal, token: &str) -> Page {
    let address = portal.url.join("/odhlaseni/backchannel").unwrap();
    Browser::new()
        .request(
            "POST",
            address,
            Some(vec![("logout_token".to_owned(), token.to_owned())]),
        )
        .await
}

async fn refused(portal: &TestPortal, name: &str, token: &str) {
    let events = portal.events().await;

    let answer = send(portal, token).await;

    assert_eq!(answer.status, 400, "{name}");
    assert_eq!(answer.headers["cache-control"], "no-store", "{name}");
    let body: Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(body["error"], "invalid_request", "{name}");
    assert!(
        portal
            .sessions()
            .await
            .iter()
            .all(|session| session.ended_at.is_none()),
        "{name}"
    );
    assert_eq!(
        portal.events_since(&events).await,
        ["logout_token.refused"],
        "{name}"
    );
}

fn with(claims: &Value, name: &str, value: Value) -> Value {
    let mut claims = claims.clone();
    claims[name] = value;
    claims
}

fn without(claims: &Value, name: &str) -> Value {
    let mut claims = claims.clone();
    claims.as_object_mut().unwrap().remove(name);
    claims
}

#[tokio::test]
async fn the_session_of_a_sid_ends() {
    let portal = start().await;
    portal.signed_in().await;
    portal.signed_in().await;
    let claims = portal.provider.logout_claims();

    let answer = send(&portal, &portal.provider.sign("logout+jwt", &claims)).await;

    assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    assert_eq!(answer.headers["cache-control"], "no-store");
    let sessions = portal.sessions().await;
    assert!(sessions[0].ended_at.is_none(), "another sid");
    assert_eq!(sessions[1].ended_by.as_deref(), Some("broker"));
    assert_eq!(
        (
            &sessions[1].claims,
            &sessions[1].refresh_token,
            &sessions[1].id_token
        ),
        (&None, &None, &None)
    );
    assert_eq!(
        portal.events().await,
        ["session.ended", "session.opened", "session.opened"]
    );
}

#[tokio::test]
async fn without_a_sid_all_sessions_of_the_person_end() {
    let portal = start().await;
    portal.signed_in().await;
    portal.signed_in().await;
    portal.provider.world().subject = "5d1ec810-1d6b-4ab0-a2e1-2b1c3c0a6a22".to_owned();
    portal.signed_in().await;
    let first = portal.sessions().await[0].subject.clone();
    let claims = with(
        &without(&portal.provider.logout_claims(), "sid"),
        "sub",
        json!(first),
    );

    let answer = send(&portal, &portal.provider.sign("logout+jwt", &claims)).await;

    assert_eq!(answer.status, 200);
    let ended: Vec<bool> = portal
        .sessions()
        .await
        .iter()
        .map(|session| session.ended_at.is_some())
        .collect();
    assert_eq!(ended, [true, true, false]);
}

/// The word may come while a login of the same person is being answered: by the broker's clock it is the later one.
#[tokio::test]
async fn a_login_that_began_before_the_person_was_logged_out_everywhere_comes_to_nothing() {
    let portal = start().await;
    portal.signed_in().await;
    let later = portal.clock.now().timestamp() + 30;
    let claims = without(&portal.provider.logout_claims(), "sid");
    let claims = with(&claims, "iat", json!(later));
    let token = portal.provider.sign("logout+jwt", &claims);
    assert_eq!(send(&portal, &token).await.status, 200);

    let page = Browser::new().open(&portal.at("/prihlaseni")).await;

    assert_eq!(page.url.path(), "/prihlaseni/zpet", "{}", page.text());
    assert_eq!(portal.sessions().await.len(), 1);
    portal.hand.advance(chrono::Duration::seconds(31));
    portal.signed_in().await;
}

#[tokio::test]
async fn a_sid_alone_is_enough() {
    let portal = start().await;
    portal.signed_in().await;
    let claims = without(&portal.provider.logout_claims(), "sub");

    send(&portal, &portal.provider.sign("JWT", &claims)).await;

    assert!(portal.sessions().await[0].ended_at.is_some());
}

#[tokio::test]
async fn a_logout_of_nobody_here_is_fine() {
    let portal = start().await;
    portal.signed_in().await;
    let claims = with(&portal.provider.logout_claims(), "sid", json!("unknown"));

    let answer = send(&portal, &portal.provider.sign("logout+jwt", &claims)).await;

    assert_eq!(answer.status, 200);
    assert!(portal.sessions().await[0].ended_at.is_none());
}

#[tokio::test]
async fn claims_that_break_one_rule_end_nothing() {
    let portal = start().await;
    portal.signed_in().await;
    let good = portal.provider.logout_claims();
    let now = good["iat"].as_i64().unwrap();
    let nobody = without(&without(&good, "sub"), "sid");
    let event = "http://schemas.openid.net/event/backchannel-logout";

    for (name, claims) in [
        (
            "another issuer",
            with(&good, "iss", json!("http://127.0.0.1:1")),
        ),
        ("no issuer", without(&good, "iss")),
        ("another audience", with(&good, "aud", json!("library"))),
        (
            "other audiences",
            with(&good, "aud", json!(["library", "pool"])),
        ),
        ("no audience", without(&good, "aud")),
        ("no iat", without(&good, "iat")),
        ("issued in the future", with(&good, "iat", json!(now + 61))),
        ("no exp", without(&good, "exp")),
        ("expired", with(&good, "exp", json!(now - 60))),
        ("nobody", nobody.clone()),
        ("an empty sid", with(&nobody, "sid", json!(""))),
        ("no events", without(&good, "events")),
        (
            "another event",
            with(
                &good,
                "events",
                json!({"http://schemas.openid.net/event/other": {}}),
            ),
        ),
        (
            "an event that is no object",
            with(&good, "events", json!({event: true})),
        ),
        ("a nonce", with(&good, "nonce", json!("n"))),
        ("an empty nonce", with(&good, "nonce", json!(null))),
        ("no jti", without(&good, "jti")),
    ] {
        refused(&portal, name, &portal.provider.sign("logout+jwt", &claims)).await;
    }
}

#[tokio::test]
async fn a_signature_that_does_not_hold_ends_nothing() {
    let portal = start().await;
    portal.signed_in().await;
    let claims = portal.provider.logout_claims();
    let key = portal.provider.key();
    let kid = key.jwk()["kid"].clone();
    let foreign = Key::new("foreign");
    let good = key.sign("logout+jwt", &claims);
    let (text, _) = good.rsplit_once('.').unwrap();

    for (name, token) in [
        ("alg none", unsigned("logout+jwt", &claims)),
        ("no signature", format!("{text}.")),
        ("an unknown key", foreign.sign("logout+jwt", &claims)),
        (
            "a foreign key under our name",
            foreign.sign_as(
                &json!({"alg": "RS256", "typ": "logout+jwt", "kid": kid}),
                &claims,
            ),
        ),
        (
            "a key in the header",
            foreign.sign_as(&json!({"alg": "RS256", "jwk": foreign.jwk()}), &claims),
        ),
        (
            "the client secret",
            hmac(
                FakeProvider::CLIENT_SECRET.as_bytes(),
                &json!({"alg": "HS256"}),
                &claims,
            ),
        ),
        ("the public key as a secret", key.confuse(&claims)),
        (
            "another algorithm in the header",
            key.sign_as(&json!({"alg": "PS256", "kid": kid}), &claims),
        ),
        (
            "an unknown critical header",
            key.sign_as(
                &json!({"alg": "RS256", "kid": kid, "crit": ["x"], "x": 1}),
                &claims,
            ),
        ),
        ("another type", key.sign("at+jwt", &claims)),
        (
            "the claims of another token",
            format!("{text}x.{}", good.rsplit('.').next().unwrap()),
        ),
        ("nothing", String::new()),
        ("no token", "x.y.z".to_owned()),
        ("a lot", "a".repeat(60_000)),
    ] {
        refused(&portal, name, &token).await;
    }
}

#[tokio::test]
async fn a_token_counts_once_on_all_replicas() {
    let mut portal = start().await;
    let other = portal.replica();
    let (mut browser, _) = portal.signed_in().await;
    let claims = without(&portal.provider.logout_claims(), "sid");
    let token = portal.provider.sign("logout+jwt", &claims);
    assert_eq!(send(&portal, &token).await.status, 200);
    // A login of the same second might have been answered before the logout.
    portal.hand.advance(chrono::Duration::seconds(1));
    portal.sign_in(&mut browser).await;

    for host in [&other, &portal.url] {
        let address = host.join("/odhlaseni/backchannel").unwrap();
        let answer = Browser::new()
            .request(
                "POST",
                address,
                Some(vec![("logout_token".to_owned(), token.clone())]),
            )
            .await;
        assert_eq!(answer.status, 400);
    }
    portal.restart().await;
    assert_eq!(
        send(&portal, &token).await.status,
        400,
        "a restart forgets nothing"
    );

    assert!(portal.sessions().await[1].ended_at.is_none());
}

#[tokio::test]
async fn of_many_equal_tokens_at_once_one_counts() {
    let portal = start().await;
    portal.signed_in().await;
    let token = portal
        .provider
        .sign("logout+jwt", &portal.provider.logout_claims());
    let address = portal.url.join("/odhlaseni/backchannel").unwrap();

    let mut requests = Vec::new();
    for _ in 0..8 {
        let (address, fields) = (
            address.clone(),
            vec![("logout_token".to_owned(), token.clone())],
        );
        requests.push(tokio::spawn(async move {
            Browser::new()
                .request("POST", address, Some(fields))
                .await
                .status
        }));
    }
    let mut statuses = Vec::new();
    for request in requests {
        statuses.push(request.await.unwrap());
    }

    assert_eq!(
        statuses.iter().filter(|status| **status == 200).count(),
        1,
        "{statuses:?}"
    );
    assert_eq!(
        portal
            .events()
            .await
            .iter()
            .filter(|kind| *kind == "session.ended")
            .count(),
        1
    );
}

#[tokio::test]
async fn a_token_signed_by_a_new_key_is_taken() {
    let portal = start().await;
    portal.signed_in().await;
    portal.provider.rotate_key();
    portal.hand.advance(chrono::Duration::minutes(2));
    let token = portal
        .provider
        .sign("logout+jwt", &portal.provider.logout_claims());

    assert_eq!(send(&portal, &token).await.status, 200);
    assert!(portal.sessions().await[0].ended_at.is_some());
}

#[tokio::test]
async fn while_the_keys_cannot_be_fetched_the_broker_is_asked_to_try_again() {
    let mut portal = start().await;
    portal.signed_in().await;
    let token = portal
        .provider
        .sign("logout+jwt", &portal.provider.logout_claims());
    portal.provider.world().is_down = true;
    portal.restart().await;

    assert_eq!(send(&portal, &token).await.status, 503);

    portal.provider.world().is_down = false;
    portal.hand.advance(chrono::Duration::seconds(40));
    portal.restart().await;
    assert_eq!(
        send(&portal, &token).await.status,
        200,
        "the token was not used up"
    );
}

#[tokio::test]
async fn an_id_token_is_no_logout_token() {
    let portal = start().await;
    portal.signed_in().await;
    let now = portal.clock.now().timestamp();
    let id_token = json!({
        "iss": portal.provider.issuer(), "aud": FakeProvider::CLIENT_ID, "sub": portal.sessions().await[0].subject,
        "sid": portal.provider.world().sid(), "iat": now, "exp": now + 300, "nonce": "n", "jti": "j",
    });

    refused(
        &portal,
        "an ID token",
        &portal.provider.sign("JWT", &id_token),
    )
    .await;
}
