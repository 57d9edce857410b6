//! A general provider: a login from end to end, each reason for refusing an answer, and what a configuration must say.

mod answer;
mod configuration;
mod documents;
mod id_token;
mod logout;
mod request;
mod userinfo;

use serde_json::{Value, json};
use url::Url;

use super::GenericOidc;
use crate::answer::Verified;
use crate::departure::{Ask, Departure, Purpose};
use crate::environment::Environment;
use crate::fact::{FactKind, Wanted};
use crate::level::Demand;
use crate::nia::tests::corpus::code;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{CLIENT, KEYS, Op, Own, SUBJECT, now, outbound, signed, with_code};
use crate::provider::{UpstreamError, UpstreamProvider};
use crate::registry::{ConfigProblem, Place};

fn configured(environment: Environment, options: &Value) -> Result<GenericOidc, ConfigProblem> {
    let base = Url::parse("http://localhost:8400").unwrap();
    let place = Place {
        id: "town",
        environment,
        base_url: &base,
    };
    let usual = json!({
        "environment": "sandbox",
        "title": { "cs": "Sousední město" },
        "client_id": CLIENT,
        "client_secret": "a secret: of both",
        "scope_for": { "profile": ["given_name", "family_name"], "email": ["email"] },
        "claim": { "given_name": "given_name", "family_name": "family_name", "email": "email" },
        "level": {
            "loa3": { "identity": "town", "login": "multi" },
            "loa2": { "identity": "contact", "login": "single" },
        },
    });
    GenericOidc::new(
        &place,
        &serde_json::from_value(without_nulls(merged(usual, options))).unwrap(),
        &outbound(),
        Own::keys(),
    )
}

fn at(op: &Op, options: &Value) -> GenericOidc {
    let options = merged(json!({ "issuer": op.issuer }), options);
    configured(Environment::Sandbox, &options).unwrap()
}

fn ask() -> Ask {
    Ask {
        purpose: Purpose::Login,
        return_to: Url::parse("http://localhost:8400/upstream/town/answer").unwrap(),
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: vec![Wanted {
            kind: FactKind::FamilyName,
            required: false,
        }],
        locale: "cs",
        login_hint: None,
        branch: None,
        seed: [3; 32],
    }
}

/// A provider where everything is in order.
async fn good(path: &str) -> Op {
    let op = Op::start(path).await;
    op.say_json(
        "userinfo",
        &json!({ "sub": SUBJECT, "given_name": "Žofie", "family_name": "Řehořová", "email": "zofie@example.cz" }),
    );
    op
}

/// One login with claims of the ID token changed; `null` removes one.
async fn login(
    op: &Op,
    provider: &GenericOidc,
    ask: &Ask,
    changes: &Value,
) -> Result<Verified, UpstreamError> {
    let departure = provider.start_login(ask, now()).await?;
    op.give(&signed(&KEYS.first, &changed(op, &departure, changes)));
    provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await
}

fn changed(op: &Op, departure: &Departure, changes: &Value) -> Value {
    let mut claims = op.claims(departure);
    let object = claims.as_object_mut().unwrap();
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            object.remove(name);
        } else {
            object.insert(name.clone(), value.clone());
        }
    }
    claims
}

async fn refused(op: &Op, options: &Value, changes: &Value) -> String {
    let error = login(op, &at(op, options), &ask(), changes)
        .await
        .unwrap_err();
    code(&error).to_owned()
}

fn without_nulls(mut value: Value) -> Value {
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value
}

/// A refusal's code, or the name of another reaction.
fn said(error: &UpstreamError) -> String {
    match error {
        UpstreamError::Cancelled => "cancelled".to_owned(),
        UpstreamError::Unable(why) => why.as_str().to_owned(),
        UpstreamError::LevelTooLow => "level-too-low".to_owned(),
        UpstreamError::Unavailable(_) => "unavailable".to_owned(),
        UpstreamError::NotCompleted => "ended".to_owned(),
        UpstreamError::Died(_) => "died".to_owned(),
        UpstreamError::SaidUnavailable => "said-unavailable".to_owned(),
        UpstreamError::Failed => "failed".to_owned(),
        UpstreamError::Misconfigured(_) => "misconfigured".to_owned(),
        UpstreamError::SaidMisconfigured(_) => "said-misconfigured".to_owned(),
        UpstreamError::Refused(refusal) => refusal.code().to_owned(),
    }
}
