//! `kind = "oidc"`: any OpenID Connect provider, by configuration alone.
//!
//! What its claims are called and what its levels mean comes from the configuration. An eIDAS level never comes from here.

mod config;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use async_trait::async_trait;
use outbound::Outbound;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::config::{GenericOidcConfig, Rules};
use crate::answer::{Answer, Verified};
use crate::assertion::{Assertion, Claims, Realm, Subject, UpstreamSession};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState};
use crate::fact::{Fact, FactKind, Standing};
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, Reply};
use crate::level::{Demand, Levels};
use crate::oidc::config::{ClientOptions, rules, skew};
use crate::oidc::facts;
use crate::oidc::id_token::text;
use crate::oidc::jws;
use crate::oidc::keys::JoseKeys;
use crate::oidc::party::{Party, Request, Told};
use crate::oidc::source::Source;
use crate::provider::{Audience, Description, Timestamp, UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};

/// An OpenID Connect provider.
#[derive(Debug)]
pub struct GenericOidc {
    description: Description,
    config: GenericOidcConfig,
    party: Party,
}

/// What a login remembers besides what every OpenID login does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    minimum: Demand,
    required: Vec<FactKind>,
}

/// What a login says: userinfo, and where that is silent the ID token.
struct Said<'a>([&'a jws::Claims; 2]);

impl<'a> Said<'a> {
    /// A claim and the document that tells it.
    fn find(&self, name: &str) -> Option<(&'a jws::Claims, &'a Value)> {
        self.0
            .into_iter()
            .find_map(|document| Some((document, document.get(name)?)))
    }
}

impl GenericOidc {
    pub(crate) fn new(
        place: &Place<'_>,
        config: &GenericOidcConfig,
        outbound: &Outbound,
        keys: Arc<dyn JoseKeys>,
    ) -> Result<Self, ConfigProblem> {
        place.check_environment(config.environment)?;
        check(place, config)?;
        let rules = rules(place, &config.issuer, &config.origins)?;
        let client = ClientOptions {
            client_id: &config.client_id,
            method: config.auth,
            secret: config.client_secret.as_ref(),
            alg: config.assertion_alg,
            audience: config.assertion_audience.as_deref(),
        };
        let auth = client.auth(place, &keys)?;
        let realm = Realm::of("oidc", place.environment, &config.issuer);
        let mut reaches: Vec<Levels> = config
            .level
            .values()
            .chain(&config.level_without_acr)
            .map(|level| level.levels())
            .collect();
        reaches.sort_by_key(|levels| (levels.identity, levels.login));
        reaches.dedup();
        let description = Description {
            id: place.id.to_owned(),
            kind: "oidc",
            realm: realm.clone(),
            audience: Audience::Citizens,
            environment: place.environment,
            title: Some(config.title.clone()),
            reaches,
            forceable: config.forceable,
            // Whoever is asked for a `max_age` has to say it (OpenID Connect Core 2).
            tells_time: true,
            skew: skew(place, config.skew_seconds, 300)?,
            logout: config.logout,
            answers_once: true,
            trust_framework: config.trust_framework.framework(),
            origins: rules.origins.clone(),
        };
        let party = Party {
            realm,
            issuer: config.issuer.clone(),
            client_id: config.client_id.clone(),
            auth,
            answer_address: place.address("answer")?,
            logout_address: config.logout.then(|| place.address("logout")).transpose()?,
            source: Source::new(place.id, rules, outbound)
                .map_err(|error| place.problem("issuer", error.to_string(), "Correct it."))?,
            token_target: None,
            keys,
            algorithms: config
                .algorithms
                .iter()
                .map(|alg| alg.on_the_wire())
                .collect(),
            protection: config.userinfo_protection,
            skew: skew(place, config.skew_seconds, 300)?,
            oldest: None,
            trace_header: None,
        };
        Ok(Self {
            description,
            config: config.clone(),
            party,
        })
    }

    /// The values of `acr` that meet a demand, in the order of their names.
    fn acr_values(&self, demand: Demand) -> Vec<String> {
        let meeting = self
            .config
            .level
            .iter()
            .filter(|(_, level)| level.levels().meets(demand));
        meeting.map(|(acr, _)| acr.clone()).collect()
    }

    /// The scopes that the wanted facts need, and no more.
    fn scopes(&self, ask: &Ask) -> Vec<String> {
        let is_wanted = |kind: &FactKind| {
            self.config.required.contains(kind)
                || ask.wanted.iter().any(|wanted| wanted.kind == *kind)
        };
        let needed = self
            .config
            .scope_for
            .iter()
            .filter(|(_, kinds)| kinds.iter().any(is_wanted))
            .map(|(scope, _)| scope);
        let mut scopes = self.config.scopes.clone();
        for scope in needed {
            if !scopes.contains(scope) {
                scopes.push(scope.clone());
            }
        }
        scopes
    }

    /// The parameter `claims` (OpenID Connect Core 5.5): the wanted facts one by one, the level as essential.
    fn claims_parameter(&self, ask: &Ask, acr_values: &[String]) -> Value {
        let wanted = ask
            .wanted
            .iter()
            .filter_map(|wanted| Some((self.config.claim.get(&wanted.kind)?, wanted.required)));
        let claims: Map<String, Value> = wanted
            .map(|(name, required)| {
                let how = if required {
                    json!({ "essential": true })
                } else {
                    Value::Null
                };
                (name.clone(), how)
            })
            .collect();
        let mut parameter = Map::new();
        let place = if self.config.userinfo {
            "userinfo"
        } else {
            "id_token"
        };
        parameter.insert(place.to_owned(), Value::Object(claims));
        if !acr_values.is_empty() && ask.minimum != Demand::NONE {
            let acr = json!({ "essential": true, "values": acr_values });
            match parameter.get_mut("id_token") {
                Some(Value::Object(claims)) => drop(claims.insert("acr".to_owned(), acr)),
                _ => drop(parameter.insert("id_token".to_owned(), json!({ "acr": acr }))),
            }
        }
        Value::Object(parameter)
    }

    fn levels(&self, told: &Told) -> Result<Levels, Refusal> {
        let level = match text(&told.id.all, "acr") {
            Some(acr) => self.config.level.get(acr).ok_or(Refusal::LevelUnknown)?,
            None => self
                .config
                .level_without_acr
                .as_ref()
                .ok_or(Refusal::LevelMissing)?,
        };
        Ok(level.levels())
    }

    fn claims(&self, told: &Told, said: &Said<'_>, asked: &Asked) -> Result<Claims, Refusal> {
        let levels = self.levels(told)?;
        if !levels.meets(asked.minimum) {
            return Err(Refusal::LevelTooLow);
        }
        let subject = if self.config.subject_claim == "sub" {
            told.id.subject.clone()
        } else {
            let (_, claim) = said
                .find(&self.config.subject_claim)
                .ok_or(Refusal::PersonIdentifierMissing)?;
            let subject = facts::text(claim)?.ok_or(Refusal::PersonIdentifierMissing)?;
            if subject.contains(char::is_whitespace) {
                return Err(Refusal::NameIdMalformed);
            }
            subject
        };
        let facts = self.facts(said)?;
        let has = |kind: &FactKind| facts.iter().any(|fact| fact.kind == *kind);
        if !asked.required.iter().all(has) {
            return Err(Refusal::RequiredAttributeMissing);
        }
        Ok(Claims {
            realm: self.party.realm.clone(),
            subject: Subject::new(subject),
            levels,
            acr: None,
            authenticated_at: told.id.authenticated_at,
            upstream_session: Some(Party::session(told)),
            facts,
            trust_framework: self.config.trust_framework.framework(),
            country: None,
            check: None,
            acting_for: None,
            unconfirmed_body: None,
            linkable: true,
            passing: false,
            previous_subjects: Vec::new(),
            evidence: std::collections::BTreeMap::new(),
            roles: Vec::new(),
            read: Vec::new(),
        })
    }

    fn facts(&self, said: &Said<'_>) -> Result<Vec<Fact>, Refusal> {
        let mut facts = Vec::new();
        for (kind, name) in &self.config.claim {
            let Some((document, claim)) = said.find(name) else {
                continue;
            };
            // Whether an address is verified says the document that tells it, and no other (B6).
            let proven = match kind {
                FactKind::Email => is_true(document, "email_verified"),
                FactKind::Phone => is_true(document, "phone_number_verified"),
                _ => true,
            };
            let standing = if proven && !self.config.self_stated.contains(kind) {
                Standing::Vouched
            } else {
                Standing::SelfStated
            };
            facts.extend(facts::fact(*kind, claim, standing)?);
        }
        Ok(facts)
    }
}

#[async_trait]
impl UpstreamProvider for GenericOidc {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn start_login(&self, ask: &Ask, now: Timestamp) -> Result<Departure, UpstreamError> {
        if !self.description.can_serve(ask) {
            return Err(UpstreamError::LevelTooLow);
        }
        let acr_values = self.acr_values(ask.minimum);
        // What the provider does not know cannot be demanded of it.
        let known = |kind: &FactKind| self.config.claim.contains_key(kind);
        let by_ask = ask
            .wanted
            .iter()
            .filter(|wanted| wanted.required)
            .map(|wanted| wanted.kind)
            .filter(known);
        let asked = Asked {
            minimum: ask.minimum,
            required: self.config.required.iter().copied().chain(by_ask).collect(),
        };
        let mut more = vec![("ui_locales", ask.locale.to_owned())];
        if let Some(hint) = &ask.login_hint {
            more.push(("login_hint", hint.clone()));
        }
        if self.config.claims_parameter {
            let parameter = self.claims_parameter(ask, &acr_values);
            more.push(("claims", parameter.to_string()));
        }
        let request = Request {
            force: ask.force,
            max_age: ask.max_age,
            scopes: self.scopes(ask),
            acr_values: if self.config.request_level {
                acr_values
            } else {
                Vec::new()
            },
            more,
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
        let userinfo = match self.party.userinfo_endpoint(now).await? {
            Some(endpoint) if self.config.userinfo => {
                self.party.userinfo(&told, &endpoint, now).await?
            }
            _ => jws::Claims::new(),
        };
        let said = Said([&userinfo, &told.id.all]);
        let claims = self.claims(&told, &said, &pending.more)?;
        Ok(Verified {
            assertion: Assertion(claims),
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

/// Some providers write booleans as text.
fn is_true(said: &jws::Claims, name: &str) -> bool {
    matches!(said.get(name), Some(Value::Bool(true)))
        || said.get(name).is_some_and(|value| value == "true")
}

fn check(place: &Place<'_>, config: &GenericOidcConfig) -> Result<(), ConfigProblem> {
    if config.level.is_empty() && config.level_without_acr.is_none() {
        return Err(place.problem(
            "level",
            "no acr has a meaning",
            "Add [provider.NAME.level.\"…\"] for each, or level_without_acr.",
        ));
    }
    if config.algorithms.is_empty() {
        return Err(place.problem("algorithms", "is empty", "Leave it out for the usual ones."));
    }
    if !config.scopes.iter().any(|scope| scope == "openid") {
        return Err(place.problem("scopes", "openid is missing", "Add it."));
    }
    let is_scope = |scope: &String| {
        !scope.is_empty()
            && scope
                .bytes()
                .all(|b| matches!(b, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
    };
    if !config
        .scopes
        .iter()
        .chain(config.scope_for.keys())
        .all(is_scope)
    {
        return Err(place.problem("scopes", "one is not a scope", "Give one name an entry."));
    }
    let structured = [
        FactKind::RuianAddress,
        FactKind::AgeOver,
        FactKind::MaritalStatus,
        FactKind::Majority,
        FactKind::LimitedLegalCapacity,
    ];
    if let Some(kind) = config.claim.keys().find(|kind| structured.contains(kind)) {
        return Err(place.problem(
            "claim",
            format!("{} is no claim of OpenID Connect", kind.as_str()),
            "Remove it.",
        ));
    }
    let unnamed = |kind: &&FactKind| !config.claim.contains_key(*kind);
    if let Some(kind) = config.required.iter().find(unnamed) {
        return Err(place.problem(
            "required",
            format!("{} has no claim", kind.as_str()),
            "Add it under claim.",
        ));
    }
    if let Some(kind) = config.scope_for.values().flatten().find(unnamed) {
        return Err(place.problem(
            "scope_for",
            format!("{} has no claim", kind.as_str()),
            "Add it under claim.",
        ));
    }
    Ok(())
}
