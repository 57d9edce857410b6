//! The committed documents and what must come of each, as `testdata/make.py` listed them.

use serde::Deserialize;
use serde_json::Value;

use super::world::{PERSON, ask, asked_at, form, get, now, post, provider, read, request_id};
use crate::answer::{Answer, Method, ReplayKey, Verified};
use crate::demo::Demo;
use crate::departure::Ask;
use crate::environment::Environment;
use crate::fact::{FactKind, Wanted};
use crate::inbound::{Event, Inbound, InboundKind, Reply};
use crate::level::{IdentityLevel, Levels, LoginLevel};
use crate::provider::{UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::Place;

/// The session of all documents that have one.
const SESSION: &str = "_9f8e7d6c5b4a39281706f5e4d3c2b1a0";

/// One document.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) via: String,
    pub(super) expect: String,
    #[serde(default)]
    pub(super) attack: Vec<String>,
    #[serde(default = "nia")]
    pub(super) provider: String,
    #[serde(default)]
    pub(super) config: Value,
    #[serde(default)]
    ask: Asked,
    #[serde(default)]
    method: Option<String>,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    pad: usize,
    #[serde(default)]
    state_of: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    #[serde(default)]
    family_name: Option<String>,
    #[serde(default)]
    identity: Option<IdentityLevel>,
    #[serde(default)]
    login: Option<LoginLevel>,
    #[serde(default)]
    event: Option<String>,
    /// The sessions that a logout request names, when it is not the one of all documents. None at all: all of the person.
    #[serde(default)]
    sessions: Option<Vec<String>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    #[serde(default)]
    force: bool,
    #[serde(default)]
    identity: Option<IdentityLevel>,
    #[serde(default)]
    wanted: Vec<FactKind>,
}

fn nia() -> String {
    "nia".to_owned()
}

/// What came of a document.
#[derive(Debug)]
pub(super) enum Outcome {
    Login(Box<Verified>),
    Logout(Vec<Event>, Reply),
    Refused(&'static str),
}

/// All documents.
pub(super) fn all() -> Vec<Case> {
    serde_json::from_slice(&read("cases.json")).unwrap()
}

/// The documents that belong to an attack.
pub(super) fn of_attack(id: &str) -> Vec<Case> {
    let found: Vec<_> = all()
        .into_iter()
        .filter(|case| case.attack.iter().any(|attack| attack == id))
        .collect();
    assert!(!found.is_empty(), "no document belongs to {id}");
    found
}

impl Case {
    /// The document's octets.
    pub(super) fn document(&self) -> Vec<u8> {
        let mut document = read(&self.file);
        document.resize(
            document.len() + self.pad,
            if self.via == "form" { b'A' } else { b' ' },
        );
        document
    }

    /// The sessions that a logout request names; with none, it is about all of the person.
    pub(super) fn named(&self) -> Vec<Option<String>> {
        match self.sessions.as_deref() {
            None => vec![Some(SESSION.to_owned())],
            Some([]) => vec![None],
            Some(sessions) => sessions.iter().cloned().map(Some).collect(),
        }
    }

    /// Brings the document to its provider.
    pub(super) async fn run(&self) -> Outcome {
        match self.via.as_str() {
            "response" | "form" => self.log_in().await,
            "demo-form" => self.log_in_at_demo().await,
            "logout-query" => self.log_out(get(self.document())).await,
            "logout-form" => {
                let document = self.document();
                let field = if String::from_utf8_lossy(&document).contains("LogoutResponse") {
                    "SAMLResponse"
                } else {
                    "SAMLRequest"
                };
                self.log_out(form(field, &document, "state")).await
            }
            other => panic!("{}: unknown way {other}", self.name),
        }
    }

    /// Brings the document and says what came that should not.
    pub(super) async fn check(&self) -> Result<(), String> {
        let outcome = self.run().await;
        let as_expected = match (&outcome, self.expect.as_str()) {
            (Outcome::Login(verified), "accepted") => self.is_the_person(verified),
            (Outcome::Logout(events, reply), "accepted") => self.is_the_event(events, reply),
            (Outcome::Refused(code), expected) => *code == expected,
            _ => false,
        };
        if as_expected {
            Ok(())
        } else {
            Err(format!(
                "{}: {} was expected, and there came {outcome:?}",
                self.name, self.expect
            ))
        }
    }

    fn is_the_person(&self, verified: &Verified) -> bool {
        let assertion = &verified.assertion;
        let usual = if self.provider == "nia" {
            (IdentityLevel::State, LoginLevel::Multi)
        } else {
            (IdentityLevel::Town, LoginLevel::Single)
        };
        let family = assertion
            .facts()
            .iter()
            .find(|fact| fact.kind == FactKind::FamilyName)
            .and_then(|fact| fact.value.as_text());
        let remembered =
            |key: &ReplayKey| key.until > now() && key.until < now() + chrono::TimeDelta::hours(25);
        assertion.subject().as_str() == self.subject.as_deref().unwrap_or(PERSON)
            && assertion.levels()
                == Levels::new(
                    self.identity.unwrap_or(usual.0),
                    self.login.unwrap_or(usual.1),
                )
            && assertion.acr().is_some() == (self.provider == "nia")
            && family == Some(self.family_name.as_deref().unwrap_or("NOVÁKOVÁ"))
            && verified.replay_keys.len() == 2
            && verified.replay_keys.iter().all(remembered)
            && assertion
                .upstream_session()
                .and_then(|session| session.index.as_deref())
                == Some(SESSION)
    }

    fn is_the_event(&self, events: &[Event], reply: &Reply) -> bool {
        match (self.event.as_deref(), events) {
            (
                Some("requested"),
                [
                    Event::LogoutRequested {
                        sessions,
                        replay_keys,
                        ..
                    },
                ],
            ) => {
                let named: Vec<Option<String>> = sessions
                    .iter()
                    .map(|session| session.index.clone())
                    .collect();
                sessions.iter().all(|session| session.name_id == PERSON)
                    && named == self.named()
                    && replay_keys.len() == 1
                    && matches!(reply, Reply::Send(_))
            }
            (Some("returned"), [Event::LogoutReturned { correlation }]) => {
                correlation.as_str() == crate::saml::id::from_seed("logout", &[7; 32])
                    && *reply == Reply::Nothing
            }
            _ => false,
        }
    }

    async fn log_in(&self) -> Outcome {
        let provider = provider(&self.provider, &self.config);
        let departure = match &self.state_of {
            Some(other) => {
                super::world::provider(other, &Value::Null)
                    .start_login(&self.asked(), asked_at())
                    .await
            }
            None => provider.start_login(&self.asked(), asked_at()).await,
        };
        let answer = self.answer();
        match provider
            .finish_login(departure.unwrap().state, answer, now())
            .await
        {
            Ok(verified) => Outcome::Login(Box::new(verified)),
            Err(error) => Outcome::Refused(reason(&error)),
        }
    }

    async fn log_in_at_demo(&self) -> Outcome {
        let base = super::world::base();
        let place = Place {
            id: "demo",
            environment: Environment::Sandbox,
            base_url: &base,
        };
        let config = serde_json::json!({ "environment": "sandbox", "account": { "0001": { "password": "conformance" } } });
        let demo = Demo::new(&place, &serde_json::from_value(config).unwrap()).unwrap();
        let departure = demo.start_login(&self.asked(), asked_at()).await.unwrap();
        match demo
            .finish_login(departure.state, self.answer(), now())
            .await
        {
            Ok(verified) => Outcome::Login(Box::new(verified)),
            Err(error) => Outcome::Refused(reason(&error)),
        }
    }

    async fn log_out(&self, answer: Answer) -> Outcome {
        let provider = provider(&self.provider, &self.config);
        match provider
            .receive(
                Inbound {
                    kind: InboundKind::Logout,
                    answer,
                },
                now(),
            )
            .await
        {
            Ok((events, reply)) => Outcome::Logout(events, reply),
            Err(error) => Outcome::Refused(reason(&error)),
        }
    }

    fn asked(&self) -> Ask {
        let mut ask = ask();
        ask.force = self.ask.force;
        ask.minimum.identity = self.ask.identity.unwrap_or(ask.minimum.identity);
        ask.wanted = self
            .ask
            .wanted
            .iter()
            .map(|kind| Wanted {
                kind: *kind,
                required: true,
            })
            .collect();
        ask
    }

    fn answer(&self) -> Answer {
        let document = self.document();
        let mut answer = if self.via == "response" {
            form("SAMLResponse", &document, &request_id())
        } else {
            post(document)
        };
        if self.method.is_some() {
            answer.method = Method::Get;
        }
        if self.content_type.is_some() {
            answer.content_type.clone_from(&self.content_type);
        }
        answer
    }
}

/// The reason behind what a document came to.
fn reason(error: &UpstreamError) -> &'static str {
    match error {
        UpstreamError::Failed => Refusal::ProviderFailed.code(),
        UpstreamError::SaidUnavailable => Refusal::ProviderSaysFailed.code(),
        UpstreamError::SaidMisconfigured(_) => Refusal::ProviderRefusesRequest.code(),
        error => code(error),
    }
}

/// The code of what went wrong.
pub(crate) fn code(error: &UpstreamError) -> &'static str {
    match error {
        UpstreamError::Refused(refusal) => refusal.code(),
        UpstreamError::Cancelled => "not-completed",
        UpstreamError::Unable(unable) => unable.as_str(),
        UpstreamError::LevelTooLow => "level-too-low",
        UpstreamError::Unavailable(_) => "unavailable",
        UpstreamError::NotCompleted => "ended",
        UpstreamError::Died(_) => "died",
        UpstreamError::SaidUnavailable => "said-unavailable",
        UpstreamError::Failed => "failed",
        UpstreamError::Misconfigured(_) => "misconfigured",
        UpstreamError::SaidMisconfigured(_) => "said-misconfigured",
    }
}
