//! `kind = "saml"`: any SAML 2.0 identity provider, by configuration alone.
//!
//! The same gate as for NIA; what an answer must look like, what its attributes are called and what its classes of
//! authentication mean comes from the configuration. An eIDAS level never comes from here.

mod config;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{NaiveDate, TimeDelta};
use outbound::Outbound;
use serde::{Deserialize, Serialize};

pub(crate) use self::config::contact;
pub use self::config::{Encryption, GenericSamlConfig, LevelConfig, Signed};
use crate::answer::{Answer, Verified};
use crate::assertion::{Claims, Realm, Subject, TrustFramework, UpstreamSession};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState};
use crate::fact::{Fact, FactKind, FactValue, Standing};
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, Reply};
use crate::level::{Demand, Levels};
use crate::provider::{Audience, Description, Timestamp, UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};
use crate::saml::config::{MetadataPlace, Pins, RequestBinding, origins};
use crate::saml::encryption::Allowed;
use crate::saml::gate::{Policy, Told};
use crate::saml::keys::SamlKeys;
use crate::saml::logout;
use crate::saml::metadata::{Rules, Voucher};
use crate::saml::names::PERSISTENT;
use crate::saml::party::{Party, Request};
use crate::saml::signature::Algorithms;
use crate::saml::source::Source;
use crate::saml::statement::Attributes;
use crate::saml::text::is_safe;
use crate::saml::time::Tolerance;

const TEXT_LIMIT: usize = 256;
const UNSPECIFIED: &str = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified";
const TRANSIENT: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient";

/// A SAML 2.0 identity provider.
#[derive(Debug)]
pub struct GenericSaml {
    description: Description,
    config: GenericSamlConfig,
    party: Party,
}

/// What a login remembers besides what every SAML login does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    minimum: Demand,
    required: Vec<FactKind>,
}

impl GenericSaml {
    pub(crate) fn new(
        place: &Place<'_>,
        config: &GenericSamlConfig,
        outbound: &Outbound,
        keys: Arc<dyn SamlKeys>,
    ) -> Result<Self, ConfigProblem> {
        place.check_environment(config.environment)?;
        check(place, config)?;
        let metadata = MetadataPlace {
            url: config.metadata_url.as_ref(),
            file: config.metadata_file.as_ref(),
        };
        let origins = origins(place, &config.origins, &metadata)?;
        let rules = Rules {
            entity_id: config.idp_entity_id.clone(),
            environment: place.environment,
            origins: origins.clone(),
            pins: Pins::read(place, &config.certificate)?,
            voucher: match (&metadata.file, config.metadata_signed) {
                (Some(_), _) => Voucher::Operator,
                (None, true) => Voucher::Signature,
                (None, false) => Voucher::Nobody,
            },
            not_of: None,
        };
        let refresh = Duration::from_mins(u64::from(config.refresh_minutes));
        let source = Source::configured(place, &metadata, rules, refresh, outbound)?;

        let entity_id = match &config.entity_id {
            Some(entity_id) => entity_id.clone(),
            None => place.address("metadata")?.to_string(),
        };
        let answer_address = place.address("answer")?;
        let format = config
            .name_id_format
            .clone()
            .unwrap_or_else(|| PERSISTENT.to_owned());
        let policy = Policy {
            issuer: config.idp_entity_id.clone(),
            audience: config.audience.clone().unwrap_or_else(|| entity_id.clone()),
            answer_address: answer_address.to_string(),
            response_signed: config.signed != Signed::Assertion,
            assertion_signed: config.signed != Signed::Response,
            encrypted: config.encryption == Encryption::Required,
            algorithms: Algorithms::General,
            ciphers: Allowed {
                aes128_cbc: config.allow_aes128_cbc,
            },
            name_id_format: (format != UNSPECIFIED).then_some(format),
            strict_attributes: false,
            failure_attribute: None,
            tolerance: Tolerance {
                skew: TimeDelta::seconds(i64::from(config.skew_seconds)),
                age: TimeDelta::seconds(i64::from(config.max_age_seconds)),
                validity: TimeDelta::hours(24),
            },
        };
        let realm = Realm::of("saml", place.environment, &config.idp_entity_id);
        let mut reaches: Vec<Levels> = config.level.values().map(|level| level.levels()).collect();
        reaches.sort_by_key(|levels| (levels.identity, levels.login));
        reaches.dedup();
        let description = Description {
            id: place.id.to_owned(),
            kind: "saml",
            realm: realm.clone(),
            audience: Audience::Citizens,
            environment: place.environment,
            title: Some(config.title.clone()),
            reaches,
            forceable: true,
            tells_time: true,
            skew: TimeDelta::seconds(i64::from(config.skew_seconds)),
            logout: config.logout,
            answers_once: false,
            trust_framework: TrustFramework::Agreement,
            origins: source.origins(&origins),
        };
        let party = Party {
            realm,
            entity_id,
            answer_address,
            logout_address: config.logout.then(|| place.address("logout")).transpose()?,
            policy,
            source,
            keys,
            key_mode: config.keys,
            redirect: config.binding == RequestBinding::Redirect,
            sp_type: None,
        };
        Ok(Self {
            description,
            config: config.clone(),
            party,
        })
    }

    /// The classes that meet a demand, in the order of their names.
    fn classes(&self, demand: Demand) -> Vec<&str> {
        let meeting = self
            .config
            .level
            .iter()
            .filter(|(_, level)| level.levels().meets(demand));
        meeting.map(|(class, _)| class.as_str()).collect()
    }

    fn claims(&self, told: &Told, asked: &Asked) -> Result<Claims, Refusal> {
        let statement = &told.statement;
        let levels = self
            .config
            .level
            .get(&statement.class)
            .ok_or(Refusal::LevelUnknown)?
            .levels();
        if !levels.meets(asked.minimum) {
            return Err(Refusal::LevelTooLow);
        }
        let subject = match &self.config.subject_attribute {
            None => statement.name_id.clone(),
            Some(name) => {
                let text = statement
                    .attributes
                    .get(name)?
                    .ok_or(Refusal::PersonIdentifierMissing)?;
                let text = safe_text(text)?;
                if text.contains(char::is_whitespace) {
                    return Err(Refusal::NameIdMalformed);
                }
                text.to_owned()
            }
        };
        let facts = self.facts(&statement.attributes)?;
        let has = |kind: &FactKind| facts.iter().any(|fact| fact.kind == *kind);
        if !asked.required.iter().all(has) {
            return Err(Refusal::RequiredAttributeMissing);
        }
        Ok(Claims {
            realm: self.party.realm.clone(),
            subject: Subject::new(subject),
            levels,
            acr: None,
            authenticated_at: Some(statement.authenticated_at),
            upstream_session: Some(Party::session(told)),
            facts,
            trust_framework: TrustFramework::Agreement,
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

    fn facts(&self, attributes: &Attributes) -> Result<Vec<Fact>, Refusal> {
        let mut facts = Vec::new();
        for (kind, name) in &self.config.attribute {
            let Some(text) = attributes.get(name)? else {
                continue;
            };
            let text = safe_text(text)?;
            let value = if *kind == FactKind::BirthDate {
                let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
                    .ok()
                    .filter(|_| text.len() == 10);
                FactValue::Date(date.ok_or(Refusal::AttributeType)?)
            } else {
                FactValue::Text(text.to_owned())
            };
            let standing = if self.config.self_stated.contains(kind) {
                Standing::SelfStated
            } else {
                Standing::Vouched
            };
            facts.push(Fact {
                kind: *kind,
                value,
                standing,
            });
        }
        Ok(facts)
    }
}

#[async_trait]
impl UpstreamProvider for GenericSaml {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn start_login(&self, ask: &Ask, now: Timestamp) -> Result<Departure, UpstreamError> {
        let classes = self.classes(ask.minimum);
        if classes.is_empty() {
            return Err(UpstreamError::LevelTooLow);
        }
        // What the provider does not know cannot be demanded of it.
        let known = |kind: &FactKind| self.config.attribute.contains_key(kind);
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
        let request = Request {
            force: ask.force,
            max_age: ask.max_age,
            comparison: "exact",
            classes: if self.config.request_level {
                classes
            } else {
                Vec::new()
            },
            eidas: None,
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
        let pending = self.party.recall::<Asked>(&state)?;
        let told = self.party.finish_login(&pending, &answer, now).await?;
        let claims = self.claims(&told, &pending.more)?;
        Ok(self.party.verified(&told, claims))
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
        self.party.receive_logout(&message.answer, now).await
    }

    fn answered_logout(&self, message: &Inbound) -> Option<Correlation> {
        logout::answered(&message.answer)
    }

    fn published(&self) -> Vec<Document> {
        self.party.published()
    }

    async fn check(&self, now: Timestamp) -> Vec<Finding> {
        self.party.check(now).await
    }
}

fn check(place: &Place<'_>, config: &GenericSamlConfig) -> Result<(), ConfigProblem> {
    if config.skew_seconds > 300 {
        return Err(place.problem(
            "skew_seconds",
            "is more than 300",
            "Keep the clocks right instead.",
        ));
    }
    if config.max_age_seconds == 0 || config.max_age_seconds > 3600 {
        return Err(place.problem(
            "max_age_seconds",
            "is not between 1 and 3600",
            "Leave it at 300.",
        ));
    }
    if config.refresh_minutes == 0 {
        return Err(place.problem("refresh_minutes", "is 0", "Leave it at 360."));
    }
    if config.level.is_empty() {
        return Err(place.problem(
            "level",
            "no class of authentication has a meaning",
            "Add [provider.NAME.level.\"…\"] for each.",
        ));
    }
    if config.name_id_format.as_deref() == Some(TRANSIENT) && config.subject_attribute.is_none() {
        return Err(place.problem(
            "name_id_format",
            "a transient name identifies nobody twice",
            "Name the subject_attribute.",
        ));
    }
    let structured = [
        FactKind::Address,
        FactKind::RuianAddress,
        FactKind::Age,
        FactKind::AgeOver,
        FactKind::Nationalities,
        FactKind::MaritalStatus,
        FactKind::Majority,
        FactKind::LimitedLegalCapacity,
    ];
    if let Some(kind) = config
        .attribute
        .keys()
        .find(|kind| structured.contains(kind))
    {
        return Err(place.problem(
            "attribute",
            format!("{} is not text", kind.as_str()),
            "Remove it.",
        ));
    }
    if let Some(kind) = config
        .required
        .iter()
        .find(|kind| !config.attribute.contains_key(kind))
    {
        return Err(place.problem(
            "required",
            format!("{} has no attribute name", kind.as_str()),
            "Add it under attribute.",
        ));
    }
    Ok(())
}

fn safe_text(text: &str) -> Result<&str, Refusal> {
    if text.chars().count() > TEXT_LIMIT {
        return Err(Refusal::AttributeTooLong);
    }
    if is_safe(text) {
        Ok(text)
    } else {
        Err(Refusal::AttributeUnsafe)
    }
}
