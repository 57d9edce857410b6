//! `kind = "nia"`: the national point of identification, public name "Identita občana".
//!
//! What NIA does differently from other SAML providers is here; everything else is [`crate::saml`]. The way of a
//! login: `docs/flows/login-nia.md`.

mod address;
mod assurance;
mod attributes;
mod config;
mod key;
mod names;
mod test_environment;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use outbound::Outbound;
use serde::{Deserialize, Serialize};

use self::attributes::{Said, ToldLevel};
pub use self::config::{Assurance, NiaConfig, SpType};
pub use self::key::{GeneratedKey, generate_key, generate_short_key};
use crate::answer::{Answer, Verified};
use crate::assertion::{Claims, Realm, Subject, TrustFramework, UpstreamSession};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState};
use crate::fact::FactKind;
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, Reply};
use crate::provider::{Audience, Description, Timestamp, UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};
use crate::saml::config::{MetadataPlace, Pins, RequestBinding, origins};
use crate::saml::encryption::Allowed;
use crate::saml::gate::{Policy, Told};
use crate::saml::keys::SamlKeys;
use crate::saml::logout;
use crate::saml::message::{EidasExtensions, RequestedAttribute};
use crate::saml::metadata::{Rules, Voucher};
use crate::saml::names::{PERSISTENT, STATUS_SUCCESS};
use crate::saml::party::{Party, Request};
use crate::saml::signature::Algorithms;
use crate::saml::source::Source;
use crate::saml::time::Tolerance;

/// Where the audit log finds what NIA says of the level in an attribute, when it differs from the level that counts.
const LEVEL_EVIDENCE: &str = "level_attribute";
/// Where it finds which facts were left out for their form. Names alone: the values are what somebody typed.
const LEFT_OUT_EVIDENCE: &str = "left_out";

/// The national point of identification.
#[derive(Debug)]
pub struct Nia {
    description: Description,
    config: NiaConfig,
    party: Party,
}

/// What a login remembers besides what every SAML login does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    assurance: Assurance,
    required: Vec<FactKind>,
    age_limit: u8,
}

impl Nia {
    pub(crate) fn new(
        place: &Place<'_>,
        config: &NiaConfig,
        outbound: &Outbound,
        keys: Arc<dyn SamlKeys>,
    ) -> Result<Self, ConfigProblem> {
        place.check_environment(config.environment)?;
        check_limits(place, config)?;
        test_environment::refuse_addresses(place, config)?;
        let pins = Pins::read(place, &config.certificate)?;
        test_environment::refuse_pins(place, &pins)?;
        let metadata = MetadataPlace {
            url: config.metadata_url.as_ref(),
            file: config.metadata_file.as_ref(),
        };
        let origins = origins(place, &config.origins, &metadata)?;
        let rules = Rules {
            entity_id: config.idp_entity_id.clone(),
            environment: place.environment,
            origins: origins.clone(),
            pins,
            voucher: if metadata.file.is_some() {
                Voucher::Operator
            } else {
                Voucher::Signature
            },
            not_of: test_environment::marks(place.environment),
        };
        let refresh = Duration::from_mins(u64::from(config.refresh_minutes));
        let source = Source::configured(place, &metadata, rules, refresh, outbound)?;

        let entity_id = match &config.entity_id {
            Some(entity_id) => entity_id.clone(),
            None => place.address("metadata")?.to_string(),
        };
        let answer_address = place.address("answer")?;
        let policy = Policy {
            issuer: config.idp_entity_id.clone(),
            audience: config.audience.clone().unwrap_or_else(|| entity_id.clone()),
            answer_address: answer_address.to_string(),
            response_signed: true,
            assertion_signed: true,
            encrypted: true,
            algorithms: Algorithms::Rsa,
            ciphers: Allowed {
                aes128_cbc: config.allow_aes128_cbc,
            },
            name_id_format: Some(PERSISTENT.to_owned()),
            strict_attributes: true,
            failure_attribute: Some((attributes::FAILURE, STATUS_SUCCESS)),
            tolerance: Tolerance {
                skew: TimeDelta::seconds(i64::from(config.skew_seconds)),
                age: TimeDelta::seconds(i64::from(config.max_age_seconds)),
                validity: TimeDelta::hours(24),
            },
        };
        let realm = Realm::of("nia", place.environment, &config.idp_entity_id);
        let description = Description {
            id: place.id.to_owned(),
            kind: "nia",
            realm: realm.clone(),
            audience: Audience::Citizens,
            environment: place.environment,
            title: config.title.clone(),
            reaches: Assurance::ALL
                .into_iter()
                .filter(|level| *level >= config.minimum)
                .map(Assurance::levels)
                .collect(),
            forceable: true,
            tells_time: true,
            skew: TimeDelta::seconds(i64::from(config.skew_seconds)),
            logout: config.logout,
            answers_once: false,
            trust_framework: TrustFramework::Eidas,
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
            sp_type: Some(config.sp_type.as_str()),
        };
        Ok(Self {
            description,
            config: config.clone(),
            party,
        })
    }

    /// The facts to ask for: what the configuration always wants, and what this login wants besides.
    fn wanted(&self, ask: &Ask) -> Vec<(FactKind, bool)> {
        let mut wanted: Vec<(FactKind, bool)> = self
            .config
            .required
            .iter()
            .map(|kind| (*kind, true))
            .collect();
        let by_ask = ask
            .wanted
            .iter()
            .map(|wanted| (wanted.kind, wanted.required));
        for (kind, required) in by_ask.chain(self.config.optional.iter().map(|kind| (*kind, false)))
        {
            match wanted.iter_mut().find(|(known, _)| *known == kind) {
                Some((_, known)) => *known |= required,
                None => wanted.push((kind, required)),
            }
        }
        wanted.retain(|(kind, _)| attributes::requested_name(*kind).is_some());
        wanted
    }

    fn extensions(&self, wanted: &[(FactKind, bool)]) -> EidasExtensions {
        let identifier = RequestedAttribute {
            name: attributes::PERSON_IDENTIFIER,
            required: true,
            value: None,
        };
        let others = wanted.iter().filter_map(|(kind, required)| {
            let value = (*kind == FactKind::AgeOver).then_some(self.config.age_limit);
            Some(RequestedAttribute {
                name: attributes::requested_name(*kind)?,
                required: *required,
                value,
            })
        });
        EidasExtensions {
            sp_type: self.config.sp_type.as_str(),
            attributes: std::iter::once(identifier).chain(others).collect(),
        }
    }

    /// What a verified answer says about the person, held against what was asked.
    fn claims(&self, told: &Told, asked: &Asked) -> Result<Claims, Refusal> {
        let statement = &told.statement;
        let assurance = Assurance::named(&statement.class).ok_or(Refusal::LevelUnknown)?;
        if assurance < asked.assurance {
            return Err(Refusal::LevelTooLow);
        }
        let identifier = statement
            .attributes
            .get(attributes::PERSON_IDENTIFIER)?
            .ok_or(Refusal::PersonIdentifierMissing)?;
        if identifier != statement.name_id {
            return Err(Refusal::PersonIdentifierMismatch);
        }
        let country = attributes::issuing_country(identifier).ok_or(Refusal::NameIdMalformed)?;
        let foreign = country != "CZ";
        if foreign && !self.config.allow_eidas {
            return Err(Refusal::ForeignPersonNotAllowed);
        }
        let Said { facts, left_out } = Said::read(
            &statement.attributes,
            asked.age_limit,
            &asked.required,
            foreign.then_some(country),
        )?;
        let mut evidence = BTreeMap::new();
        // The class of the authentication alone counts; that the duplicate differs is for the audit log.
        if let Some(told) = attributes::told_level(&statement.attributes)
            && told != ToldLevel::Known(assurance)
        {
            evidence.insert(LEVEL_EVIDENCE.to_owned(), told.as_str().to_owned());
        }
        if !left_out.is_empty() {
            let names: Vec<&str> = left_out.iter().map(|kind| kind.as_str()).collect();
            evidence.insert(LEFT_OUT_EVIDENCE.to_owned(), names.join(" "));
        }
        let has = |kind: &FactKind| facts.iter().any(|fact| fact.kind == *kind);
        if !asked.required.iter().all(has) {
            return Err(Refusal::RequiredAttributeMissing);
        }
        Ok(Claims {
            realm: self.party.realm.clone(),
            subject: Subject::new(identifier),
            levels: assurance.levels(),
            acr: Some(assurance.uri().to_owned()),
            authenticated_at: Some(statement.authenticated_at),
            upstream_session: Some(Party::session(told)),
            facts,
            trust_framework: TrustFramework::Eidas,
            country: Some(country.to_owned()),
            check: None,
            acting_for: None,
            unconfirmed_body: None,
            linkable: true,
            passing: false,
            previous_subjects: Vec::new(),
            evidence,
            roles: Vec::new(),
            read: Vec::new(),
        })
    }
}

#[async_trait]
impl UpstreamProvider for Nia {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn start_login(&self, ask: &Ask, now: Timestamp) -> Result<Departure, UpstreamError> {
        let assurance = Assurance::for_demand(ask.minimum, self.config.minimum)
            .ok_or(UpstreamError::LevelTooLow)?;
        let wanted = self.wanted(ask);
        let asked = Asked {
            assurance,
            required: wanted
                .iter()
                .filter(|(_, required)| *required)
                .map(|(kind, _)| *kind)
                .collect(),
            age_limit: self.config.age_limit,
        };
        let request = Request {
            force: ask.force,
            max_age: ask.max_age,
            comparison: "minimum",
            classes: vec![assurance.uri()],
            eidas: Some(self.extensions(&wanted)),
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

fn check_limits(place: &Place<'_>, config: &NiaConfig) -> Result<(), ConfigProblem> {
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
    let unknown = config
        .required
        .iter()
        .chain(&config.optional)
        .find(|kind| attributes::requested_name(**kind).is_none());
    match unknown {
        Some(kind) => Err(place.problem(
            "required",
            format!("NIA does not know the fact {}", kind.as_str()),
            "Remove it.",
        )),
        None => Ok(()),
    }
}
