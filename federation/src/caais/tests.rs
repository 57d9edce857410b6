//! CAAIS: officers of the town with a role, and nobody else.

use rcgen::{CertificateParams, KeyPair};
use serde_json::{Value, json};
use url::Url;

use super::Caais;
use crate::answer::Verified;
use crate::assertion::{Assertion, UpstreamSession};
use crate::departure::{Ask, Purpose};
use crate::environment::Environment;
use crate::fact::FactKind;
use crate::level::{Demand, IdentityLevel, Levels, LoginLevel};
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::id_token::IdClaims;
use crate::oidc::tests::op::{
    CLIENT, KEYS, Op, Own, SUBJECT, now, public, sent, signed, signed_by, with_code,
};
use crate::provider::{Audience, UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};
use outbound::{Outbound, OutboundConfig};

/// The house's client, which holds a certificate for this machine.
pub(crate) fn outbound() -> Outbound {
    static OUTBOUND: std::sync::OnceLock<Outbound> = std::sync::OnceLock::new();
    OUTBOUND.get_or_init(made).clone()
}

fn made() -> Outbound {
    let folder = std::env::temp_dir().join(format!("city-caais-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let (certificate, key) = (folder.join("client.pem"), folder.join("client.key"));
    let pair = KeyPair::generate().unwrap();
    let made = CertificateParams::new(vec!["town.test".to_owned()])
        .unwrap()
        .self_signed(&pair)
        .unwrap();
    std::fs::write(&certificate, made.pem()).unwrap();
    std::fs::write(&key, pair.serialize_pem()).unwrap();
    let config: OutboundConfig = serde_json::from_value(json!({
        "allow": ["127.0.0.0/8"],
        "client_certificate": { "caais": { "certificate_file": certificate, "key_file": key, "hosts": ["127.0.0.1"] } },
    }))
    .unwrap();
    Outbound::new(&config).unwrap()
}

fn configured(environment: Environment, options: &Value) -> Result<Caais, ConfigProblem> {
    let base = Url::parse("http://localhost:8400").unwrap();
    let place = Place {
        id: "caais",
        environment,
        base_url: &base,
    };
    let usual = json!({
        "environment": environment.as_str(), "client_id": CLIENT, "client_certificate": "caais", "ico": "00245836",
        "level": { "identity": "town", "login": "multi" },
    });
    let config = serde_json::from_value(merged(usual, options)).unwrap();
    Caais::new(&place, &config, &outbound(), Own::keys())
}

/// One whose token endpoint is reached without a certificate: that of this file speaks no TLS.
pub(crate) fn without_tls(op: &Op) -> Caais {
    let mut provider = configured(Environment::Sandbox, &json!({ "issuer": op.issuer })).unwrap();
    provider.party.token_target = None;
    provider
}

/// What a verified ID token of an issuer says of an officer.
pub(crate) fn assertion(issuer: &str, id: &IdClaims) -> Result<Assertion, Refusal> {
    let provider = configured(Environment::Sandbox, &json!({ "issuer": issuer })).unwrap();
    let session = UpstreamSession {
        name_id: id.subject.clone(),
        format: None,
        index: None,
        hint: None,
        renewal: None,
    };
    provider.claims(id, session).map(Assertion)
}

fn ask() -> Ask {
    Ask {
        purpose: Purpose::Login,
        return_to: Url::parse("http://localhost:8400/upstream/caais/answer").unwrap(),
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: Vec::new(),
        locale: "cs",
        login_hint: None,
        branch: None,
        seed: [6; 32],
    }
}

/// CAAIS with its keys, none of which has an identifier.
async fn caais() -> Op {
    let op = Op::start("/").await;
    let nameless = |key| {
        let mut key = public(key);
        key.as_object_mut().unwrap().remove("kid");
        key
    };
    op.say_json(
        "jwks",
        &json!({ "keys": [nameless(&KEYS.second), nameless(&KEYS.first)] }),
    );
    op
}

pub(crate) fn officer() -> Value {
    json!({
        "azp": CLIENT, "username": "petr_dvorak", "given_name": "Petr", "family_name": "Dvořák", "degree_before": "Ing.",
        "person_identified": true, "is_statutory_representative": false, "sid": "s-1", "acr": null,
        "access_roles": [{ "access_role_code": "PORTAL.EDITOR" }, { "access_role_code": "IDP.VERIFIER" }],
        "activity_roles": [], "lei": "00245836", "email": "petr.dvorak@example.cz",
    })
}

async fn login(op: &Op, changes: &Value) -> Result<Verified, UpstreamError> {
    let provider = without_tls(op);
    let departure = provider.start_login(&ask(), now()).await?;
    let claims = merged(merged(op.claims(&departure), &officer()), changes);
    op.give(&signed(&KEYS.first, &claims));
    provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await
}

#[tokio::test]
async fn an_officer_of_the_town_comes_with_their_roles() {
    let op = caais().await;

    let assertion = login(&op, &json!({})).await.unwrap().assertion;

    assert_eq!(assertion.subject().as_str(), SUBJECT);
    assert_eq!(assertion.roles(), ["PORTAL.EDITOR", "IDP.VERIFIER"]);
    assert_eq!(
        assertion.levels(),
        Levels::new(IdentityLevel::Town, LoginLevel::Multi)
    );
    assert!(!assertion.is_linkable() && assertion.acr().is_none());
    let kinds: Vec<FactKind> = assertion.facts().iter().map(|fact| fact.kind).collect();
    assert_eq!(
        kinds,
        [FactKind::GivenName, FactKind::FamilyName, FactKind::Email]
    );
    let asked = op.asked("token").remove(0);
    assert_eq!(asked.form["client_id"], CLIENT);
    assert!(
        !asked.form.contains_key("client_secret")
            && !asked.head.to_ascii_lowercase().contains("authorization:")
    );
}

#[tokio::test]
async fn a_login_without_a_time_has_none() {
    let op = caais().await;

    let untold = login(&op, &json!({ "auth_time": null })).await.unwrap();
    let told = login(&op, &json!({})).await.unwrap();

    assert_eq!(untold.assertion.authenticated_at(), None);
    assert_eq!(told.assertion.authenticated_at(), Some(now()));
}

#[tokio::test]
async fn others_are_refused_for_one_reason_each() {
    let op = caais().await;
    for (changes, refusal) in [
        (json!({ "lei": "00000001" }), "office-wrong"),
        (json!({ "lei": null }), "office-wrong"),
        (
            json!({ "person_identified": false }),
            "officer-not-identified",
        ),
        (
            json!({ "person_identified": "true" }),
            "officer-not-identified",
        ),
        (json!({ "access_roles": "PORTAL.EDITOR" }), "attribute-type"),
        (json!({ "access_roles": [{}] }), "attribute-type"),
        (json!({ "aud": "another" }), "token-audience-wrong"),
        (json!({ "azp": "another" }), "token-party-wrong"),
    ] {
        assert_eq!(
            code(&login(&op, &changes).await.unwrap_err()),
            refusal,
            "{changes}"
        );
    }
}

/// Whether somebody without a role gets in, and what of theirs ends, the broker decides: it has to know who it is.
#[tokio::test]
async fn an_officer_without_any_role_is_known_all_the_same() {
    let op = caais().await;
    let known = login(&op, &json!({})).await.unwrap().assertion;
    for nothing in [
        json!({ "access_roles": [] }),
        json!({ "access_roles": null }),
    ] {
        let verified = login(&op, &nothing).await.unwrap();

        assert_eq!(verified.assertion.subject(), known.subject());
        assert_eq!(verified.assertion.roles(), [""; 0], "{nothing}");
    }
}

#[tokio::test]
async fn it_serves_officers_alone_and_asks_what_it_is_told() {
    let op = caais().await;
    let provider = without_tls(&op);

    let departure = provider.start_login(&ask(), now()).await.unwrap();

    assert_eq!(provider.describe().audience, Audience::Staff);
    assert_eq!(
        sent(&departure)["scope"],
        "openid profile role contact subject"
    );
    op.give(&signed_by(
        "PS512",
        &KEYS.first,
        &merged(op.claims(&departure), &officer()),
    ));
    let error = provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await
        .unwrap_err();
    assert_eq!(code(&error), "signature-algorithm-forbidden");
    let forced = Ask {
        force: true,
        ..ask()
    };
    assert!(matches!(
        provider.start_login(&forced, now()).await,
        Err(UpstreamError::LevelTooLow)
    ));
}

#[tokio::test]
async fn no_code_goes_to_a_token_endpoint_that_the_certificate_is_not_meant_for() {
    let op = caais().await;
    let provider = configured(Environment::Sandbox, &json!({ "issuer": op.issuer })).unwrap();
    let departure = provider.start_login(&ask(), now()).await.unwrap();

    // It speaks no TLS.
    let outcome = provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await;

    assert!(matches!(outcome, Err(UpstreamError::Unavailable(_))));
    assert!(op.asked("token").is_empty());
}

#[test]
fn a_configuration_that_cannot_work_is_refused_with_its_key() {
    for (environment, options, key) in [
        (Environment::Sandbox, json!({}), "issuer"),
        (
            Environment::Production,
            json!({ "issuer": "https://rest-openidconnectapi.caais-test-ext.gov.cz/" }),
            "issuer",
        ),
        (
            Environment::Test,
            json!({ "environment": "sandbox" }),
            "environment",
        ),
        (Environment::Test, json!({ "client_id": "" }), "client_id"),
        (
            Environment::Test,
            json!({ "client_certificate": "nobody" }),
            "client_certificate",
        ),
        (Environment::Test, json!({ "ico": "245836" }), "ico"),
        (
            Environment::Test,
            json!({ "scopes": ["profile"] }),
            "scopes",
        ),
        (
            Environment::Test,
            json!({ "skew_seconds": 301 }),
            "skew_seconds",
        ),
    ] {
        assert_eq!(
            configured(environment, &options).unwrap_err().key,
            key,
            "{options}"
        );
    }
    assert!(configured(Environment::Production, &json!({})).is_ok());
}

/// The login of an officer, whose session has something to ask with; what the token endpoint says next is up to the test.
async fn signed_in(op: &Op) -> (Caais, UpstreamSession) {
    let provider = without_tls(op);
    let departure = provider.start_login(&ask(), now()).await.unwrap();
    op.give(&signed(
        &KEYS.first,
        &merged(op.claims(&departure), &officer()),
    ));
    op.change("token", |body| body["refresh_token"] = json!("first"));
    let verified = provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await
        .unwrap();
    let session = verified.assertion.upstream_session().unwrap().clone();
    (provider, session)
}

/// What an ID token says that answers a refresh token: it has no nonce.
fn later(op: &Op, changes: &Value) -> Value {
    let claims = json!({
        "iss": op.issuer, "sub": SUBJECT, "aud": CLIENT, "iat": now().timestamp(), "exp": now().timestamp() + 600,
    });
    merged(merged(claims, &officer()), changes)
}

#[tokio::test]
async fn asked_again_it_says_which_roles_are_left() {
    let op = caais().await;
    let (provider, session) = signed_in(&op).await;
    assert_eq!(session.renewal.as_deref(), Some("first"));
    let fewer = json!({ "access_roles": [{ "access_role_code": "PORTAL.EDITOR" }] });
    op.give(&signed(&KEYS.first, &later(&op, &fewer)));
    op.change("token", |body| body["refresh_token"] = json!("second"));

    let granted = provider.ask_again(&session, now()).await.unwrap().unwrap();

    assert_eq!(granted.roles, ["PORTAL.EDITOR"]);
    assert_eq!(granted.session.renewal.as_deref(), Some("second"));
    let asked = op.asked("token").pop().unwrap();
    assert_eq!(asked.form["grant_type"], "refresh_token");
    assert_eq!(asked.form["refresh_token"], "first");
    assert_eq!(asked.form["client_id"], CLIENT);

    // No new one came: the former one goes on (RFC 6749, 6).
    op.change("token", |body| body["refresh_token"] = Value::Null);
    let granted = provider
        .ask_again(&granted.session, now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(granted.session.renewal.as_deref(), Some("second"));
}

#[tokio::test]
async fn asked_again_it_must_speak_of_the_same_officer_of_our_town() {
    let op = caais().await;
    let (provider, session) = signed_in(&op).await;
    for (changes, refusal) in [
        (json!({ "sub": "another" }), "userinfo-subject-wrong"),
        (json!({ "lei": "00000001" }), "office-wrong"),
        (
            json!({ "person_identified": false }),
            "officer-not-identified",
        ),
        (json!({ "aud": "another" }), "token-audience-wrong"),
        (json!({ "exp": now().timestamp() - 600 }), "token-expired"),
    ] {
        op.give(&signed(&KEYS.first, &later(&op, &changes)));
        let error = provider.ask_again(&session, now()).await.unwrap_err();
        assert_eq!(code(&error), refusal, "{changes}");
    }
    op.give(&signed(&KEYS.first, &later(&op, &json!({}))));
    op.change("token", |body| body["id_token"] = Value::Null);
    let error = provider.ask_again(&session, now()).await.unwrap_err();
    assert_eq!(code(&error), "id-token-missing");
    op.say(
        "token",
        400,
        "application/json",
        r#"{"error":"invalid_grant"}"#,
    );
    let error = provider.ask_again(&session, now()).await.unwrap_err();
    assert_eq!(code(&error), "code-refused");
}

/// Nobody knows: neither that the officer has the role, nor that they have it no more.
#[tokio::test]
async fn what_cannot_be_asked_again_is_no_refusal() {
    let op = caais().await;
    let (provider, session) = signed_in(&op).await;
    for (status, body) in [
        (503, "away"),
        (400, r#"{"error":"invalid_client"}"#),
        (429, "{}"),
    ] {
        op.say("token", status, "application/json", body);
        let error = provider.ask_again(&session, now()).await.unwrap_err();
        assert!(!matches!(error, UpstreamError::Refused(_)), "{status}");
    }
    let nothing = UpstreamSession {
        renewal: None,
        ..session
    };
    assert_eq!(provider.ask_again(&nothing, now()).await.unwrap(), None);
}
