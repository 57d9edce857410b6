//! `kind = "caais"`: the state's log-in of officers (CAAIS, successor of JIP/KAAS). For officers only.
//!
//! OpenID Connect with deviations of its own: keys without identifiers, and a token endpoint at another host that knows us
//! by our certificate. All claims are in the ID token. A login there says "an officer of some office", so the office must
//! be the town's, and the officer must have a role in this application.

mod config;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use outbound::Outbound;
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::config::CaaisConfig;
use crate::answer::{Answer, Verified};
use crate::assertion::{Assertion, Claims, Realm, Subject, TrustFramework, UpstreamSession};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState};
use crate::environment::Environment;
use crate::fact::{Fact, FactKind, Standing};
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, Reply};
use crate::level::{Demand, Levels};
use crate::oidc::config::{rules, skew};
use crate::oidc::facts;
use crate::oidc::id_token::{IdClaims, text};
use crate::oidc::jws;
use crate::oidc::keys::JoseKeys;
use crate::oidc::party::{Party, Request, Told};
use crate::oidc::source::Source;
use crate::oidc::token::ClientAuth;
use crate::oidc::userinfo::Protection;
use crate::provider::{
    Audience, Description, StillGranted, Timestamp, UpstreamError, UpstreamProvider,
};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};

const PRODUCTION: &str = "https://rest-openidconnectapi.caais.gov.cz/";
const TEST: &str = "https://rest-openidconnectapi.caais-test-ext.gov.cz/";
/// Roles one officer may have here.
const MOST_ROLES: usize = 100;

/// CAAIS.
#[derive(Debug)]
pub struct Caais {
    description: Description,
    config: CaaisConfig,
    levels: Levels,
    party: Party,
}

/// What a login remembers besides what every OpenID login does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    caais_minimum: Demand,
}

impl Caais {
    pub(crate) fn new(
        place: &Place<'_>,
        config: &CaaisConfig,
        outbound: &Outbound,
        keys: Arc<dyn JoseKeys>,
    ) -> Result<Self, ConfigProblem> {
        place.check_environment(config.environment)?;
        let issuer = issuer(place, config)?;
        if config.client_id.is_empty() {
            return Err(place.problem(
                "client_id",
                "is empty",
                "Give the short code of the configuration at CAAIS.",
            ));
        }
        if config.ico.len() != 8 || !config.ico.bytes().all(|b| b.is_ascii_digit()) {
            return Err(place.problem("ico", "is not eight digits", "Give the town's IČO."));
        }
        if !config.scopes.iter().any(|scope| scope == "openid") {
            return Err(place.problem("scopes", "openid is missing", "Add it."));
        }
        let rules = rules(place, &issuer, &config.origins)?;
        let token_target = outbound
            .target_with(&format!("{}.token", place.id), &config.client_certificate)
            .map_err(|error| {
                place.problem(
                    "client_certificate",
                    error.to_string(),
                    "Name an entry of [outbound.client_certificate].",
                )
            })?;
        let realm = Realm::of("caais", place.environment, &issuer);
        let levels = config.level.levels();
        let description = Description {
            id: place.id.to_owned(),
            kind: "caais",
            realm: realm.clone(),
            audience: Audience::Staff,
            environment: place.environment,
            title: config.title.clone(),
            reaches: vec![levels],
            // Nothing there says how to make an officer log in anew.
            forceable: false,
            tells_time: true,
            skew: skew(place, config.skew_seconds, 300)?,
            logout: config.logout,
            answers_once: true,
            trust_framework: TrustFramework::Agreement,
            origins: rules.origins.clone(),
        };
        let party = Party {
            realm,
            client_id: config.client_id.clone(),
            auth: ClientAuth::Tls,
            answer_address: place.address("answer")?,
            logout_address: config.logout.then(|| place.address("logout")).transpose()?,
            source: Source::new(place.id, rules, outbound)
                .map_err(|error| place.problem("issuer", error.to_string(), "Correct it."))?,
            token_target: Some(token_target),
            keys,
            algorithms: vec![Alg::RsaSsaPkcs1V15Sha256],
            protection: Protection::Plain,
            skew: skew(place, config.skew_seconds, 300)?,
            oldest: None,
            trace_header: None,
            issuer,
        };
        Ok(Self {
            description,
            config: config.clone(),
            levels,
            party,
        })
    }

    fn claims(&self, id: &IdClaims, session: UpstreamSession) -> Result<Claims, Refusal> {
        let said = &id.all;
        // An officer of another office is nobody here, whatever roles they claim.
        if text(said, "lei") != Some(self.config.ico.as_str()) {
            return Err(Refusal::OfficeWrong);
        }
        if said.get("person_identified") != Some(&Value::Bool(true)) {
            return Err(Refusal::OfficerNotIdentified);
        }
        // Who has lost every role is let in no more, but must be known: what they were signed in with ends.
        let roles = roles(said)?;
        Ok(Claims {
            realm: self.party.realm.clone(),
            subject: Subject::new(id.subject.clone()),
            levels: self.levels,
            acr: None,
            authenticated_at: id.authenticated_at,
            upstream_session: Some(session),
            facts: facts_of(said)?,
            trust_framework: TrustFramework::Agreement,
            country: None,
            check: None,
            acting_for: None,
            unconfirmed_body: None,
            // Staff accounts and people's accounts never meet.
            linkable: false,
            passing: false,
            previous_subjects: Vec::new(),
            evidence: BTreeMap::new(),
            roles,
            read: Vec::new(),
        })
    }
}

#[async_trait]
impl UpstreamProvider for Caais {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn start_login(&self, ask: &Ask, now: Timestamp) -> Result<Departure, UpstreamError> {
        if !self.description.can_serve(ask) {
            return Err(UpstreamError::LevelTooLow);
        }
        let request = Request {
            force: ask.force,
            max_age: ask.max_age,
            scopes: self.config.scopes.clone(),
            ..Request::default()
        };
        let asked = Asked {
            caais_minimum: ask.minimum,
        };
        self.party.start_login(request, &ask.seed, asked, now).await
    }

    fn correlate(&self, answer: &Answer) -> Result<Correlation, UpstreamError> {
        Ok(Party::correlate(answer)?)
    }

    async fn finish_login(
        &self,
        state: ProviderState,
        answer: Answer,
        now: Timestamp,
    ) -> Result<Verified, UpstreamError> {
        let pending = self.party.recall::<Asked>(&state, &answer)?;
        let told = self.party.finish_login(&pending, &answer, now).await?;
        if !self.levels.meets(pending.more.caais_minimum) {
            return Err(UpstreamError::LevelTooLow);
        }
        let session = session(&told, None);
        if session.renewal.is_none() {
            tracing::warn!(
                provider.id = self.description.id,
                "there is no refresh token: a role that is taken counts until the officer's session ends"
            );
        }
        Ok(Verified {
            assertion: Assertion(self.claims(&told.id, session)?),
            replay_keys: self.party.replay_keys(&told),
        })
    }

    async fn start_logout(
        &self,
        session: &UpstreamSession,
        leave: &Leave,
        now: Timestamp,
    ) -> Result<Option<Departure>, UpstreamError> {
        self.party.start_logout(session, leave, now).await
    }

    async fn ask_again(
        &self,
        session: &UpstreamSession,
        now: Timestamp,
    ) -> Result<Option<StillGranted>, UpstreamError> {
        let Some(told) = self.party.ask_again(session, now).await? else {
            return Ok(None);
        };
        let session = self::session(&told, session.renewal.clone());
        let claims = self.claims(&told.id, session.clone())?;
        let roles = claims.roles;
        Ok(Some(StillGranted { roles, session }))
    }

    async fn receive(
        &self,
        message: Inbound,
        now: Timestamp,
    ) -> Result<(Vec<Event>, Reply), UpstreamError> {
        self.party.receive_logout(&message, now).await
    }

    fn published(&self) -> Vec<Document> {
        self.party.published()
    }

    async fn check(&self, _now: Timestamp) -> Vec<Finding> {
        self.party.check().await
    }
}

/// The session, and what asks about it again: the new refresh token, or the former one where no new one came.
fn session(told: &Told, former: Option<String>) -> UpstreamSession {
    let fresh = told.refresh_token.as_ref();
    UpstreamSession {
        renewal: fresh
            .map(|token| token.expose_secret().to_owned())
            .or(former),
        ..Party::session(told)
    }
}

/// The roles in this application: CAAIS tells no others.
fn roles(said: &jws::Claims) -> Result<Vec<String>, Refusal> {
    let Some(roles) = said.get("access_roles").filter(|roles| !roles.is_null()) else {
        return Ok(Vec::new());
    };
    let roles = roles.as_array().ok_or(Refusal::AttributeType)?;
    let codes = roles.iter().take(MOST_ROLES).map(|role| {
        let code = role.get("access_role_code").ok_or(Refusal::AttributeType)?;
        facts::text(code)?.ok_or(Refusal::AttributeType)
    });
    codes.collect()
}

fn facts_of(said: &jws::Claims) -> Result<Vec<Fact>, Refusal> {
    let claims = [
        (FactKind::GivenName, "given_name", Standing::Vouched),
        (FactKind::FamilyName, "family_name", Standing::Vouched),
        (FactKind::Email, "email", Standing::SelfStated),
        (FactKind::Phone, "phone_number", Standing::SelfStated),
    ];
    let mut found = Vec::new();
    for (kind, name, standing) in claims {
        if let Some(claim) = said.get(name) {
            found.extend(facts::fact(kind, claim, standing)?);
        }
    }
    Ok(found)
}

fn issuer(place: &Place<'_>, config: &CaaisConfig) -> Result<String, ConfigProblem> {
    let issuer = match (&config.issuer, place.environment) {
        (Some(issuer), _) => issuer.clone(),
        (None, Environment::Production) => PRODUCTION.to_owned(),
        (None, Environment::Test) => TEST.to_owned(),
        (None, Environment::Sandbox) => {
            return Err(place.problem(
                "issuer",
                "is missing",
                "Give the address of the sandbox's CAAIS, with its final slash.",
            ));
        }
    };
    let is_test = ["-test", "-edu", "sandbox"]
        .iter()
        .any(|word| issuer.contains(word));
    if place.environment == Environment::Production && is_test {
        return Err(place.problem(
            "issuer",
            format!("{issuer} is not the production environment"),
            "Leave it out for CAAIS itself.",
        ));
    }
    Ok(issuer)
}
