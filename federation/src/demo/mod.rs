//! `kind = "demo"`: invented people who sign in on a page of the broker. Sandbox only.
//!
//! The broker shows the page at `/upstream/{provider}/demo?state=…`: a form with the fields `login-username` and
//! `login-password`, the buttons `login-submit` and `login-cancel`, and the hidden field `state` carrying the query's
//! value. The form posts to `/upstream/{provider}/answer`. [`Refusal::WrongCredentials`] means: show the page again.
//!
//! The smallest provider there is; a new one starts as a copy of it.

mod config;

#[cfg(test)]
mod tests;

use async_trait::async_trait;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::Url;

pub use self::config::{DemoAccount, DemoConfig};
use crate::answer::{Answer, Method, Verified};
use crate::assertion::{Assertion, Claims, Realm, Subject, TrustFramework, UpstreamSession};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState, Send};
use crate::environment::Environment;
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, Reply};
use crate::level::{Demand, IdentityLevel, Levels, LoginLevel};
use crate::provider::{Audience, Description, Timestamp, UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};

/// Invented people with user names and passwords.
#[derive(Debug)]
pub struct Demo {
    description: Description,
    config: DemoConfig,
    page: Url,
}

/// What the provider remembers between departure and answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    demo: Realm,
    correlation: Correlation,
    minimum: Demand,
}

impl Demo {
    pub(crate) fn new(place: &Place<'_>, config: &DemoConfig) -> Result<Self, ConfigProblem> {
        place.check_environment(config.environment)?;
        if place.environment != Environment::Sandbox {
            return Err(place.problem(
                "kind",
                "invented people exist only in the sandbox",
                "Remove this entry.",
            ));
        }
        let page = place.address("demo")?;
        let mut reaches: Vec<Levels> = config.account.values().map(DemoAccount::levels).collect();
        reaches.sort_by_key(|levels| (levels.identity, levels.login));
        reaches.dedup();
        let description = Description {
            id: place.id.to_owned(),
            kind: "demo",
            realm: Realm::of("demo", place.environment, place.id),
            audience: Audience::Citizens,
            environment: place.environment,
            title: config.title.clone(),
            reaches,
            forceable: true,
            tells_time: true,
            // It has our own clock.
            skew: chrono::TimeDelta::zero(),
            logout: false,
            answers_once: false,
            trust_framework: TrustFramework::Demo,
            origins: Vec::new(),
        };
        Ok(Self {
            description,
            config: config.clone(),
            page,
        })
    }

    /// The user names there are, for a sandbox page that lists them.
    pub fn usernames(&self) -> impl Iterator<Item = &str> {
        self.config.account.keys().map(String::as_str)
    }

    /// The account of that name, when the password is right.
    fn account(&self, username: &str, password: &str) -> Option<&DemoAccount> {
        let account = self.config.account.get(username)?;
        let given = digest(&SHA256, password.as_bytes());
        let known = digest(&SHA256, account.password.expose_secret().as_bytes());
        verify_slices_are_equal(given.as_ref(), known.as_ref())
            .ok()
            .map(|()| account)
    }
}

#[async_trait]
impl UpstreamProvider for Demo {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn start_login(&self, ask: &Ask, _now: Timestamp) -> Result<Departure, UpstreamError> {
        if !self.description.can_serve(ask) {
            return Err(UpstreamError::LevelTooLow);
        }
        let correlation = Correlation(crate::saml::id::from_seed("demo", &ask.seed));
        let pending = Pending {
            demo: self.description.realm.clone(),
            correlation: correlation.clone(),
            minimum: ask.minimum,
        };
        let mut page = self.page.clone();
        page.query_pairs_mut()
            .append_pair("state", correlation.as_str());
        let state = ProviderState::keep(&pending)
            .map_err(|error| UpstreamError::Misconfigured(error.into()))?;
        Ok(Departure {
            correlation,
            state,
            send: Send::Redirect(page),
        })
    }

    fn correlate(&self, answer: &Answer) -> Result<Correlation, UpstreamError> {
        if answer.method != Method::Post {
            return Err(Refusal::WrongMethod.into());
        }
        if !answer.is_form() {
            return Err(Refusal::NotAForm.into());
        }
        Ok(Correlation(
            one(answer, "state")?.ok_or(Refusal::RelayStateMissing)?,
        ))
    }

    async fn finish_login(
        &self,
        state: ProviderState,
        answer: Answer,
        now: Timestamp,
    ) -> Result<Verified, UpstreamError> {
        let pending: Pending = state.recall()?;
        if pending.demo != self.description.realm || self.correlate(&answer)? != pending.correlation
        {
            return Err(Refusal::StateOfAnotherProvider.into());
        }
        if one(&answer, "login-cancel")?.is_some() {
            return Err(UpstreamError::Cancelled);
        }
        let username = one(&answer, "login-username")?.unwrap_or_default();
        let password = one(&answer, "login-password")?.unwrap_or_default();
        let account = self
            .account(&username, &password)
            .ok_or(Refusal::WrongCredentials)?;
        let levels = account.levels();
        if !levels.meets(pending.minimum) {
            return Err(UpstreamError::LevelTooLow);
        }
        let assertion = Assertion(Claims {
            realm: self.description.realm.clone(),
            subject: Subject::new(username),
            levels,
            acr: None,
            authenticated_at: Some(now),
            upstream_session: None,
            facts: account.facts(),
            trust_framework: TrustFramework::Demo,
            country: None,
            check: None,
            acting_for: account.acting_for.clone(),
            unconfirmed_body: None,
            linkable: true,
            passing: false,
            previous_subjects: Vec::new(),
            evidence: std::collections::BTreeMap::new(),
            roles: Vec::new(),
            read: Vec::new(),
        });
        Ok(Verified {
            assertion,
            replay_keys: Vec::new(),
        })
    }

    async fn start_logout(
        &self,
        _session: &UpstreamSession,
        _leave: &Leave,
        _now: Timestamp,
    ) -> Result<Option<Departure>, UpstreamError> {
        Ok(None)
    }

    async fn receive(
        &self,
        _message: Inbound,
        _now: Timestamp,
    ) -> Result<(Vec<Event>, Reply), UpstreamError> {
        Err(Refusal::MessageMissing.into())
    }

    fn published(&self) -> Vec<Document> {
        Vec::new()
    }

    async fn check(&self, _now: Timestamp) -> Vec<Finding> {
        let count = self.config.account.len();
        vec![if count == 0 {
            Finding::broken("demo.accounts", "No account is configured.")
        } else {
            Finding::fine("demo.accounts", format!("{count} invented accounts."))
        }]
    }
}

impl DemoAccount {
    fn levels(&self) -> Levels {
        Levels::new(
            self.identity.unwrap_or(IdentityLevel::Town),
            self.login.unwrap_or(LoginLevel::Single),
        )
    }
}

/// The one value of a field; a repeated field is refused.
fn one(answer: &Answer, name: &str) -> Result<Option<String>, Refusal> {
    let fields = answer.fields();
    let mut values = fields
        .iter()
        .filter(|(field, _)| field == name)
        .map(|(_, value)| value.to_string());
    let first = values.next();
    if values.next().is_some() {
        Err(Refusal::ParameterRepeated)
    } else {
        Ok(first)
    }
}
