//! Every kind of provider with one departure and the answers to it, as the contract needs them. A new kind is one more
//! function here.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::bank_id::BankId;
use crate::caais::Caais;
use crate::demo::Demo;
use crate::departure::{Ask, Departure};
use crate::environment::Environment;
use crate::generic::GenericSaml;
use crate::generic_oidc::GenericOidc;
use crate::isds::Isds;
use crate::isds::tests::world as isds;
use crate::level::Demand;
use crate::nia::Nia;
use crate::nia::tests::world::{
    self, Keys, form, generic, merged, nia, post, request_id, testdata,
};
use crate::oidc::tests::op::{
    self, CLIENT, KEYS, Op, Own, SUBJECT, back, signed, signed_by, with_code,
};
use crate::provider::{Timestamp, UpstreamProvider};
use crate::registry::{ConfigProblem, Place};

/// One provider, one departure, and what may come of it.
pub(super) struct Candidate {
    pub(super) name: &'static str,
    pub(super) provider: Box<dyn UpstreamProvider>,
    pub(super) ask: Ask,
    pub(super) now: Timestamp,
    pub(super) departure: Departure,
    /// The answer that brings the person.
    pub(super) good: Answer,
    /// The answer of somebody who gave up, where the provider tells.
    pub(super) cancelled: Option<Answer>,
    /// The good answer under the state of another login.
    pub(super) of_another_login: Answer,
    /// What must never be in a log.
    pub(super) personal: Vec<&'static str>,
    /// The upstream, alive as long as the candidate.
    pub(super) _upstream: Option<Op>,
}

/// All kinds.
pub(super) async fn all() -> Vec<Candidate> {
    vec![
        of_demo().await,
        of_nia().await,
        of_saml().await,
        of_oidc().await,
        of_bank_id().await,
        of_isds().await,
        of_caais().await,
    ]
}

/// A provider of each kind in an environment with these options on top: what the configuration says of it.
pub(super) fn configured(
    environment: Environment,
    options: &Value,
) -> Vec<(
    &'static str,
    Result<Box<dyn UpstreamProvider>, ConfigProblem>,
)> {
    let base = world::base();
    let place = Place {
        id: "candidate",
        environment,
        base_url: &base,
    };
    let with = |usual: Value| {
        merged(
            merged(usual, &json!({ "environment": environment.as_str() })),
            options,
        )
    };
    let issuer = "https://127.0.0.1:1/";
    let level = json!({ "identity": "town", "login": "multi" });
    let fingerprint = json!({ "active": { "fingerprint": "0".repeat(64) } });
    let outbound = crate::caais::tests::outbound();
    vec![
        (
            "nia",
            Nia::new(
                &place,
                &serde_json::from_value(with(json!({ "metadata_url": issuer, "certificate": fingerprint }))).unwrap(),
                &outbound,
                Keys::one(),
            )
            .map(|provider| Box::new(provider) as Box<dyn UpstreamProvider>),
        ),
        (
            "saml",
            GenericSaml::new(
                &place,
                &serde_json::from_value(with(json!({
                    "title": { "cs": "x" }, "metadata_url": issuer, "idp_entity_id": "urn:x", "certificate": fingerprint,
                    "level": { "urn:x": level },
                })))
                .unwrap(),
                &outbound,
                Keys::one(),
            )
            .map(|provider| Box::new(provider) as Box<dyn UpstreamProvider>),
        ),
        (
            "oidc",
            GenericOidc::new(
                &place,
                &serde_json::from_value(with(json!({
                    "title": { "cs": "x" }, "issuer": issuer, "client_id": "x", "client_secret": "x", "level": { "x": level },
                })))
                .unwrap(),
                &outbound,
                Own::keys(),
            )
            .map(|provider| Box::new(provider) as Box<dyn UpstreamProvider>),
        ),
        (
            "bank_id",
            BankId::new(
                &place,
                &serde_json::from_value(with(json!({ "issuer": issuer, "client_id": "x" }))).unwrap(),
                &outbound,
                Own::keys(),
            )
            .map(|provider| Box::new(provider) as Box<dyn UpstreamProvider>),
        ),
        (
            "isds",
            Isds::new(
                &place,
                &serde_json::from_value(with(data_boxes(environment))).unwrap(),
                isds::nowhere(),
            )
            .map(|provider| Box::new(provider) as Box<dyn UpstreamProvider>),
        ),
        (
            "caais",
            Caais::new(
                &place,
                &serde_json::from_value(with(json!({
                    "issuer": issuer, "client_id": "x", "client_certificate": "caais", "ico": "00245836", "level": level,
                })))
                .unwrap(),
                &outbound,
                Own::keys(),
            )
            .map(|provider| Box::new(provider) as Box<dyn UpstreamProvider>),
        ),
    ]
}

/// ISDS is at addresses that nobody can choose: in production another one is a sandbox.
fn data_boxes(environment: Environment) -> Value {
    let usual = json!({ "ats_id": "x", "client_certificate": "isds" });
    match environment {
        Environment::Production => merged(usual, &json!({ "portal_url": "http://127.0.0.1:1/" })),
        _ => usual,
    }
}

async fn of_demo() -> Candidate {
    let base = world::base();
    let place = Place {
        id: "demo",
        environment: Environment::Sandbox,
        base_url: &base,
    };
    let config = json!({ "environment": "sandbox", "account": { "zofie": { "password": "tajné", "family_name": "Řehořová" } } });
    let provider = Demo::new(&place, &serde_json::from_value(config).unwrap()).unwrap();
    let (ask, now) = (world::ask(), world::now());
    let departure = provider.start_login(&ask, now).await.unwrap();
    let filled = |state: &str, more: &str| post(format!("state={state}&{more}").into_bytes());
    let state = departure.correlation.as_str();
    let right = "login-username=zofie&login-password=tajn%C3%A9";
    Candidate {
        name: "demo",
        good: filled(state, right),
        cancelled: Some(filled(state, "login-cancel=")),
        of_another_login: filled("_00000000000000000000000000000000", right),
        // Its people are invented and stand in the configuration.
        personal: vec!["tajné", "tajn%C3%A9"],
        provider: Box::new(provider),
        ask,
        now,
        departure,
        _upstream: None,
    }
}

async fn of_nia() -> Candidate {
    saml("nia", Box::new(nia(&json!({}))), "valid.xml").await
}

async fn of_saml() -> Candidate {
    saml("saml", Box::new(generic("both")), "plain-both.xml").await
}

async fn saml(name: &'static str, provider: Box<dyn UpstreamProvider>, file: &str) -> Candidate {
    let (ask, now) = (world::ask(), world::now());
    let departure = provider.start_login(&ask, now).await.unwrap();
    let xml = std::fs::read(testdata(file)).unwrap();
    Candidate {
        name,
        good: form("SAMLResponse", &xml, &request_id()),
        cancelled: None,
        of_another_login: form(
            "SAMLResponse",
            &xml,
            &crate::saml::id::from_seed("login", &[8; 32]),
        ),
        personal: vec!["NOVÁKOVÁ", "Nováková", "CZ/CZ/"],
        provider,
        ask,
        now,
        departure,
        _upstream: None,
    }
}

async fn of_oidc() -> Candidate {
    let upstream = Op::start("").await;
    let place_base = world::base();
    let place = Place {
        id: "oidc",
        environment: Environment::Sandbox,
        base_url: &place_base,
    };
    let config = json!({
        "environment": "sandbox", "title": { "cs": "x" }, "issuer": upstream.issuer, "client_id": CLIENT, "client_secret": "tajemství",
        "claim": { "family_name": "family_name" }, "level": { "loa3": { "identity": "town", "login": "multi" } },
    });
    let provider = GenericOidc::new(
        &place,
        &serde_json::from_value(config).unwrap(),
        &op::outbound(),
        Own::keys(),
    )
    .unwrap();
    upstream.say_json(
        "userinfo",
        &json!({ "sub": SUBJECT, "family_name": "Řehořová" }),
    );
    openid("oidc", upstream, Box::new(provider), |claims| {
        signed(&KEYS.first, claims)
    })
    .await
}

async fn of_bank_id() -> Candidate {
    let upstream = Op::start("/").await;
    let base = world::base();
    let place = Place {
        id: "bank_id",
        environment: Environment::Sandbox,
        base_url: &base,
    };
    let config =
        json!({ "environment": "sandbox", "issuer": upstream.issuer, "client_id": CLIENT });
    let provider = BankId::new(
        &place,
        &serde_json::from_value(config).unwrap(),
        &op::outbound(),
        Own::keys(),
    )
    .unwrap();
    let names =
        json!({ "given_name": "Žofie", "family_name": "Řehořová", "birthdate": "1985-04-12" });
    let userinfo = json!({
        "sub": SUBJECT, "txn": "t",
        "verified_claims": { "verification": { "trust_framework": "cz_aml" }, "claims": names },
    });
    upstream.say_json("userinfo", &userinfo);
    openid("bank_id", upstream, Box::new(provider), |claims| {
        signed_by("PS512", &KEYS.first, claims)
    })
    .await
}

async fn of_isds() -> Candidate {
    let upstream = Op::start("").await;
    let provider = isds::without_tls(&upstream);
    let (ask, now) = (isds::ask(Demand::NONE), isds::now());
    let departure = provider.start_login(&ask, now).await.unwrap();
    let holder = isds::for_departure(&isds::testdata("holder.xml"), &departure);
    let holder = String::from_utf8(holder).unwrap();
    upstream.say("confirmation", 200, "text/xml", &holder);
    let other = format!("sessionId={}&appToken=481516234200000042", isds::SESSION);
    Candidate {
        name: "isds",
        good: isds::back_from(&departure),
        // ISDS does not send back who gives up.
        cancelled: None,
        of_another_login: isds::returned(&other),
        personal: vec!["Nováková", "Jana", "u7Kq2mZx91Lb", "fo00001", isds::SESSION],
        provider: Box::new(provider),
        ask,
        now,
        departure,
        _upstream: Some(upstream),
    }
}

async fn of_caais() -> Candidate {
    let upstream = Op::start("/").await;
    let provider = crate::caais::tests::without_tls(&upstream);
    let officer = crate::caais::tests::officer();
    openid("caais", upstream, Box::new(provider), |claims| {
        signed(&KEYS.first, &merged(claims.clone(), &officer))
    })
    .await
}

async fn openid(
    name: &'static str,
    upstream: Op,
    provider: Box<dyn UpstreamProvider>,
    sign: impl Fn(&Value) -> String,
) -> Candidate {
    let (ask, now) = (world::ask(), op::now());
    let departure = provider.start_login(&ask, now).await.unwrap();
    upstream.give(&sign(&upstream.claims(&departure)));
    let other = crate::saml::id::from_seed("oidc-state", &[8; 32]);
    Candidate {
        name,
        good: with_code(&departure),
        cancelled: Some(back(&[
            ("error", "access_denied"),
            ("state", departure.correlation.as_str()),
        ])),
        of_another_login: back(&[("code", op::CODE), ("state", &other)]),
        personal: vec![
            "Řehořová",
            "tajemství",
            SUBJECT,
            op::CODE,
            "an-access-token",
        ],
        provider,
        ask,
        now,
        departure,
        _upstream: Some(upstream),
    }
}
