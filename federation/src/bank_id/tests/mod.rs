//! Bank iD: what is asked, what its answers come to, and what its deviations must not break.

mod assurance;
mod banks;
mod configuration;
mod inbound;
mod person;
mod profile;
mod request;
mod rows;
mod tokens;

use serde_json::{Value, json};
use url::Url;

use super::BankId;
use crate::answer::Verified;
use crate::departure::{Ask, Purpose};
use crate::environment::Environment;
use crate::fact::{FactKind, Wanted};
use crate::level::Demand;
use crate::nia::tests::world::merged;
use crate::oidc::tests::op::{
    CLIENT, KEYS, Op, Own, SUBJECT, now, outbound, public, sent, signed_by, with_code,
};
use crate::provider::{UpstreamError, UpstreamProvider};
use crate::registry::{ConfigProblem, Place};

const BANK: &str = "7fd8a1d5-6d3c-4a1f-9b66-0c0f4e9a2b11";

fn configured(environment: Environment, options: &Value) -> Result<BankId, ConfigProblem> {
    let base = Url::parse("http://localhost:8400").unwrap();
    let place = Place {
        id: "bank_id",
        environment,
        base_url: &base,
    };
    let usual = json!({ "environment": environment.as_str(), "client_id": CLIENT });
    let config = serde_json::from_value(merged(usual, options)).unwrap();
    BankId::new(&place, &config, &outbound(), Own::keys())
}

fn at(op: &Op, options: &Value) -> BankId {
    let options = merged(json!({ "issuer": op.issuer }), options);
    configured(Environment::Sandbox, &options).unwrap()
}

fn ask(purpose: Purpose, wanted: &[FactKind]) -> Ask {
    Ask {
        purpose,
        return_to: Url::parse("http://localhost:8400/upstream/bank_id/answer").unwrap(),
        minimum: Demand::NONE,
        force: false,
        max_age: None,
        wanted: wanted
            .iter()
            .map(|kind| Wanted {
                kind: *kind,
                required: false,
            })
            .collect(),
        locale: "de",
        login_hint: None,
        branch: None,
        seed: [4; 32],
    }
}

/// Bank iD as its sandbox is recorded: an issuer with a slash, several keys, PS512 alone.
async fn bank_id() -> Op {
    let op = Op::start("/bank_id/").await;
    let mut encryption = public(&KEYS.second);
    encryption["use"] = "enc".into();
    encryption["kid"] = "rp-encrypt#1".into();
    let mut mtls = public(&KEYS.ec);
    mtls["kid"] = "mtls".into();
    let first = public(&KEYS.first);
    op.say_json(
        "jwks",
        &json!({ "keys": [encryption, encryption, first, first, mtls, { "kty": "AKP" }] }),
    );
    op.say_json("userinfo", &userinfo());
    op.say_json(
        "api/v1/banks",
        &json!({ "items": [
            { "id": BANK, "title": "Zkušební banka", "description": "", "available_logo_images": [], "available_services": ["AUTHENTICATION", "UNIQUE_IDENTITY"] },
            { "id": "f2a0b6d4-0000-4000-8000-000000000002", "title": "Jen podpis", "available_services": ["SIGN_SO"] },
            { "id": "not-an-id", "title": "Zlá banka", "available_services": ["AUTHENTICATION"] },
            { "id": "f2a0b6d4-0000-4000-8000-000000000003", "title": "a\u{202e}b", "available_services": ["AUTHENTICATION"] },
        ] }),
    );
    op
}

fn userinfo() -> Value {
    json!({
        "sub": SUBJECT, "txn": "3f1c:openid:profile.name", "name": "Žofie Řehořová",
        "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12", "gender": "female",
        "email": "zofie@example.cz", "email_verified": true, "phone_number": "+420601602603", "locale": "cs_CZ",
        "updated_at": 1_568_188_433_000_i64,
        "verified_claims": {
            "verification": { "trust_framework": "cz_aml", "verification_process": "45317054", "time": null },
            "claims": { "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12" },
        },
    })
}

async fn login(
    op: &Op,
    provider: &BankId,
    ask: &Ask,
    changes: &Value,
) -> Result<Verified, UpstreamError> {
    let departure = provider.start_login(ask, now()).await?;
    // `/profile` tells how the bank verified them where that is asked for (reference 6.1).
    if !scopes(&sent(&departure)).contains(&"profile.verification") {
        op.change("profile", |said| {
            let verified = said.pointer_mut("/verified_claims");
            if let Some(verified) = verified.and_then(Value::as_object_mut) {
                verified.remove("verification");
            }
        });
    }
    let claims = merged(
        op.claims(&departure),
        &json!({ "jti": "j", "bank_id": BANK, "amr": ["mfa", "otp"] }),
    );
    op.give(&signed_by("PS512", &KEYS.first, &merged(claims, changes)));
    provider
        .finish_login(departure.state.clone(), with_code(&departure), now())
        .await
}

fn scopes(asked: &std::collections::BTreeMap<String, String>) -> Vec<&str> {
    asked["scope"].split(' ').collect()
}
