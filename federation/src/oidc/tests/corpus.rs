//! The committed tokens, queries and answers and what must come of each, as `testdata/make.py` listed them.

use std::path::Path;

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::TimeDelta;
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use outbound::{Fetched, Guard, Request};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use url::Url;

use super::op::{CLIENT, Op, SUBJECT, now, outbound};
use crate::answer::{Answer, Method};
use crate::assertion::Realm;
use crate::bank_id::notification;
use crate::environment::Environment;
use crate::inbound::Event;
use crate::oidc::id_token::IdClaims;
use crate::oidc::jwk::KeySet;
use crate::oidc::party::Party;
use crate::oidc::userinfo::Protection;
use crate::oidc::{answer, id_token, jws, pushed, token, userinfo};
use crate::provider::UpstreamError;
use crate::refusal::Refusal;

const ISSUER: &str = "https://op.example/";
const ALGORITHMS: [Alg; 1] = [Alg::RsaSsaPkcs1V15Sha256];
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// One document.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    file: String,
    via: String,
    expect: String,
    #[serde(default)]
    protection: Protection,
    #[serde(default)]
    status: Option<u16>,
}

fn testdata(name: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/oidc/testdata");
    std::fs::read_to_string(folder.join(name)).unwrap()
}

fn all() -> Vec<Case> {
    serde_json::from_str(&testdata("cases.json")).unwrap()
}

/// The codes of refusals that a document here shows.
pub(crate) fn shown() -> BTreeSet<String> {
    all().into_iter().map(|case| case.expect).collect()
}

impl Case {
    /// Brings the document where it belongs; whether it says there what it should.
    async fn run(&self, keys: &KeySet) -> Result<bool, UpstreamError> {
        let document = testdata(&self.file);
        let document = document.trim_end();
        match self.via.as_str() {
            "id-token" => Ok(login(document, keys, false)?.subject == SUBJECT),
            "forced-id-token" => Ok(login(document, keys, true)?.subject == SUBJECT),
            "response" => response(document).map(|code| code == "one-code"),
            "userinfo" => {
                let media_type = if Path::new(&self.file)
                    .extension()
                    .is_some_and(|is| is == "json")
                {
                    "application/json"
                } else {
                    "application/jwt"
                };
                let fetched = fetched(self.status.unwrap_or(200), media_type, document).await;
                userinfo::check_status(&fetched)?;
                let expected = userinfo::Expected {
                    issuer: ISSUER,
                    client_id: CLIENT,
                    subject: SUBJECT,
                    algorithms: &ALGORITHMS,
                    protection: self.protection,
                };
                Ok(userinfo::read(&fetched, keys, &[], &expected)?["given_name"] == "Jana")
            }
            "tokens" => {
                let status = self.status.unwrap_or(200);
                let fetched = fetched(status, "application/json", document).await;
                let tokens = token::read(&fetched)?;
                let is_token = tokens.id_token()?.split('.').count() == 3;
                Ok(is_token && tokens.access_token.expose_secret() == "an-access-token")
            }
            "notification" => notification(document, keys).map_err(Into::into),
            "officer" => officer(document, keys).map_err(Into::into),
            "logout" => logout(document, keys).map_err(Into::into),
            other => panic!("{}: unknown way {other}", self.name),
        }
    }
}

fn login(document: &str, keys: &KeySet, forced: bool) -> Result<IdClaims, Refusal> {
    let expected = id_token::Expected {
        issuer: ISSUER,
        client_id: CLIENT,
        nonce: Some("one-nonce"),
        access_token: "an-access-token",
        algorithms: &ALGORITHMS,
        skew: SKEW,
        oldest: None,
        forced_since: forced.then(|| now() - TimeDelta::minutes(1)),
    };
    id_token::verify(document, keys, &expected, now())
}

fn response(query: &str) -> Result<String, UpstreamError> {
    let answer = Answer {
        method: Method::Get,
        query: query.as_bytes().to_vec(),
        body: Vec::new(),
        content_type: None,
        from: None,
    };
    Party::correlate(&answer)?;
    answer::code(&answer, ISSUER, true)
}

fn logout(document: &str, keys: &KeySet) -> Result<bool, Refusal> {
    let realm = Realm::of("oidc", Environment::Sandbox, ISSUER);
    let signed = jws::open(document, keys, &ALGORITHMS)?;
    let event = pushed::logout(&signed, &expected(&realm), now())?;
    Ok(matches!(
        event,
        Event::LogoutRequested { sessions, replay_keys, .. }
            if matches!(&sessions[..], [session] if session.name_id == SUBJECT) && replay_keys.len() == 1
    ))
}

fn notification(document: &str, keys: &KeySet) -> Result<bool, Refusal> {
    let realm = Realm::of("bank_id", Environment::Sandbox, ISSUER);
    let signed = jws::open(document, keys, &ALGORITHMS)?;
    let events = notification::read(&signed, &expected(&realm), now())?;
    Ok(matches!(
        &events[..],
        [Event::ClaimsChanged { subject, claims, .. }] if subject.as_str() == SUBJECT && claims == &["addresses"]
    ))
}

/// What a pushed token must agree with.
fn expected(realm: &Realm) -> pushed::Expected<'_> {
    pushed::Expected {
        realm,
        issuer: ISSUER,
        client_id: CLIENT,
        skew: SKEW,
    }
}

/// An officer in a town that gives one role a meaning.
fn officer(document: &str, keys: &KeySet) -> Result<bool, Refusal> {
    let id = login(document, keys, false)?;
    let assertion = crate::caais::tests::assertion(ISSUER, &id)?;
    let known = |granted: &[String]| {
        let editor = |role: &&String| *role == "PORTAL.EDITOR";
        granted.iter().filter(editor).cloned().collect()
    };
    let roles = assertion.roles_here(known)?;
    Ok(assertion.subject().as_str() == SUBJECT && roles.len() == 1)
}

/// A document as it comes from a provider.
async fn fetched(status: u16, media_type: &'static str, document: &str) -> Fetched {
    let op = Op::start("/").await;
    op.say("document", status, media_type, document);
    let url = Url::parse(&op.at("document")).unwrap();
    let request = Request::get(&url, Guard::Operator);
    outbound().target("corpus").send(request).await.unwrap()
}

#[tokio::test]
async fn every_document_is_accepted_or_refused_for_exactly_its_reason() {
    let keys = KeySet::read(testdata("jwks.json").as_bytes()).unwrap();
    let mut wrong = Vec::new();
    for case in all() {
        let said = match case.run(&keys).await {
            Ok(true) => "accepted",
            Ok(false) => "misread",
            Err(UpstreamError::Refused(refusal)) => refusal.code(),
            Err(_) => "another error",
        };
        if said != case.expect {
            wrong.push(format!(
                "{}: {} was expected, and there came {said}",
                case.name, case.expect
            ));
        }
    }

    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
