//! `kind = "bank_id"`: Bank iD, the Czech banks' identity, directly by a contract of the town.
//!
//! OpenID Connect with deviations of its own: an issuer with a final slash, no secret in the header, PS512, scopes with
//! dots, a second userinfo (`/profile`), verified claims, subjects that change. It never carries an eIDAS level: the same
//! bank reached through NIA does.

mod assurance;
mod attributes;
mod banks;
mod config;
mod logos;
pub(crate) mod notification;
mod scopes;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::TimeDelta;
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use outbound::Outbound;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use self::attributes::{Said, is_only_wanted};
use self::banks::Banks;
pub use self::config::{BankIdAuth, BankIdConfig};
use self::logos::Logos;
use self::scopes::{needed, scope_of};
use crate::answer::{Answer, Verified};
use crate::assertion::{
    Assertion, BRANCH, Claims, Realm, Subject, TrustFramework, UpstreamSession,
};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState};
use crate::environment::Environment;
use crate::fact::FactKind;
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, InboundKind, Reply};
use crate::level::Demand;
use crate::oidc::config::{ClientOptions, rules, skew};
use crate::oidc::facts;
use crate::oidc::id_token::text;
use crate::oidc::jws::Signed;
use crate::oidc::keys::JoseKeys;
use crate::oidc::metadata::Rules;
use crate::oidc::party::{Party, Request, Told};
use crate::oidc::source::Source;
use crate::picture::Picture;
use crate::provider::{
    Audience, Branch, Description, Timestamp, Unable, UpstreamError, UpstreamProvider,
};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};
use crate::saml::config::check_address;
use crate::saml::id::from_seed;
use crate::withheld::Withheld;

const PRODUCTION: &str = "https://oidc.bankid.cz/";
const TEST: &str = "https://oidc.sandbox.bankid.cz/";
/// Every answer carries it; support asks for it.
const TRACE_HEADER: &str = "traceId";
/// How long ago an ID token may have been made: no longer than it holds (reference 5.3).
const OLDEST: TimeDelta = TimeDelta::minutes(10);
/// Former subjects one person may have.
const MOST_FORMER: usize = 20;

/// What makes a person of a contact.
const PERSON: [FactKind; 3] = [
    FactKind::GivenName,
    FactKind::FamilyName,
    FactKind::BirthDate,
];

/// Bank iD.
#[derive(Debug)]
pub struct BankId {
    description: Description,
    config: BankIdConfig,
    party: Party,
    /// The banks to choose from, with their logos, where people may choose on our page.
    banks: Option<(Banks, Logos)>,
}

/// What a login remembers besides what every OpenID login does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    minimum: Demand,
    required: Vec<FactKind>,
    profile: bool,
    #[serde(default)]
    scopes: Vec<String>,
    /// What is asked, of what is kept only where it is wanted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    only_wanted: Vec<FactKind>,
}

impl BankId {
    pub(crate) fn new(
        place: &Place<'_>,
        config: &BankIdConfig,
        outbound: &Outbound,
        keys: Arc<dyn JoseKeys>,
    ) -> Result<Self, ConfigProblem> {
        place.check_environment(config.environment)?;
        let issuer = issuer(place, config)?;
        if !config.approved.iter().any(|scope| scope == "openid") {
            return Err(place.problem("approved", "openid is missing", "Add it."));
        }
        let rules = Rules {
            // All that Bank iD has is at its issuer (reference 3.1): a document that sends codes elsewhere is not its own.
            are_all_there: true,
            ..rules(place, &issuer, &config.origins)?
        };
        let client = ClientOptions {
            client_id: &config.client_id,
            method: config.auth.method(),
            secret: config.client_secret.as_ref(),
            alg: config.assertion_alg,
            audience: None,
        };
        let auth = client.auth(place, &keys)?;
        let realm = Realm::of("bank_id", place.environment, &issuer);
        let description = Description {
            id: place.id.to_owned(),
            kind: "bank_id",
            realm: realm.clone(),
            audience: Audience::Citizens,
            environment: place.environment,
            title: config.title.clone(),
            reaches: assurance::REACHES.to_vec(),
            forceable: true,
            tells_time: true,
            skew: skew(place, config.skew_seconds, 120)?,
            logout: config.logout,
            answers_once: true,
            trust_framework: TrustFramework::CzAml,
            origins: rules.origins.clone(),
        };
        let problem =
            |error: url::ParseError| place.problem("issuer", error.to_string(), "Correct it.");
        let banks = if config.show_banks {
            // A target of its own: a list that fails must not keep anybody from logging in.
            let target = |part| outbound.target_aside(&format!("{}.{part}", place.id));
            for origin in &config.logo_origins {
                check_address(place, "logo_origins", origin)?;
            }
            let at = Url::parse(&issuer).map_err(problem)?;
            Some((
                Banks::new(target("banks"), &issuer, &config.client_id).map_err(problem)?,
                Logos::new(target("logos"), &at, &config.logo_origins),
            ))
        } else {
            None
        };
        let party = Party {
            realm,
            client_id: config.client_id.clone(),
            auth,
            answer_address: place.address("answer")?,
            logout_address: config.logout.then(|| place.address("logout")).transpose()?,
            source: Source::new(place.id, rules, outbound).map_err(problem)?,
            token_target: None,
            keys,
            algorithms: vec![Alg::RsaSsaPssSha512, Alg::EcdsaP521Sha512],
            protection: config.userinfo_protection,
            skew: skew(place, config.skew_seconds, 120)?,
            oldest: Some(OLDEST),
            trace_header: Some(TRACE_HEADER),
            issuer,
        };
        Ok(Self {
            description,
            config: config.clone(),
            party,
            banks,
        })
    }

    /// What userinfo and, where it is needed, profile say.
    async fn said(
        &self,
        told: &Told,
        profile: bool,
        now: Timestamp,
    ) -> Result<Said, UpstreamError> {
        let mut said = Said::default();
        let missing =
            || UpstreamError::Unavailable("the discovery document has no userinfo".into());
        let userinfo = self
            .party
            .userinfo_endpoint(now)
            .await?
            .ok_or_else(missing)?;
        said.add(self.party.userinfo(told, &userinfo, now).await?);
        if profile && let Some(endpoint) = self.party.profile_endpoint(now).await? {
            said.add(self.party.userinfo(told, &endpoint, now).await?);
            said.by_the_bank = true;
        }
        Ok(said)
    }

    fn claims(&self, told: &Told, said: &Said, asked: &Asked) -> Result<Claims, UpstreamError> {
        let acr = text(&told.id.all, "acr");
        let levels = assurance::levels(acr, said.vouches_for_a_person())?;
        if !levels.meets(asked.minimum) {
            // Without names and birth date it is no person whom the bank vouches for. Where these were agreed to, more consent
            // would not help.
            let withheld = withheld(told, asked, &PERSON);
            let names = withheld.filter(|_| !said.vouches_for_a_person());
            return Err(names.map_or(UpstreamError::LevelTooLow, unable));
        }
        // Bank iD's own rule: every ID token has it.
        let authenticated_at = told.id.authenticated_at.ok_or(Refusal::AuthTimeMissing)?;
        let facts = said.facts(&asked.only_wanted)?;
        let is_missing = |kind: &FactKind| !facts.iter().any(|fact| fact.kind == *kind);
        if asked.required.iter().any(is_missing) {
            let withheld = withheld(told, asked, &asked.required);
            return Err(withheld.map_or_else(|| Refusal::RequiredAttributeMissing.into(), unable));
        }
        let mut evidence = BTreeMap::new();
        if let Some(txn) = said.transaction() {
            evidence.insert("txn".to_owned(), txn);
        }
        let is_name = |bank: &&str| bank.len() <= 64 && bank.bytes().all(|b| b.is_ascii_graphic());
        if let Some(bank) = text(&told.id.all, "bank_id").filter(is_name) {
            evidence.insert(BRANCH.to_owned(), bank.to_owned());
        }
        if let Some(methods) = told.id.all.get("amr").and_then(Value::as_array) {
            let methods: Vec<&str> = methods
                .iter()
                .filter_map(Value::as_str)
                .filter(|method| method.len() <= 10)
                .collect();
            evidence.insert("amr".to_owned(), methods.join(" "));
        }
        Ok(Claims {
            realm: self.party.realm.clone(),
            subject: Subject::new(told.id.subject.clone()),
            levels,
            acr: None,
            authenticated_at: Some(authenticated_at),
            upstream_session: Some(Party::session(told)),
            facts,
            trust_framework: TrustFramework::CzAml,
            country: None,
            check: Some(said.check()),
            acting_for: None,
            unconfirmed_body: None,
            linkable: true,
            passing: false,
            previous_subjects: former_subjects(told),
            evidence,
            roles: Vec::new(),
            read: scopes::read(
                &asked.scopes,
                told.scope.as_deref(),
                said.by_the_bank,
                &asked.only_wanted,
            ),
        })
    }
}

#[async_trait]
impl UpstreamProvider for BankId {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn start_login(&self, ask: &Ask, now: Timestamp) -> Result<Departure, UpstreamError> {
        if !self.description.can_serve(ask) {
            return Err(UpstreamError::LevelTooLow);
        }
        let needed = needed(ask, &self.config.approved);
        // What the contract does not have cannot be demanded.
        let is_asked = |kind: &FactKind| {
            scope_of(*kind).is_some_and(|scope| needed.scopes.iter().any(|held| held == scope))
        };
        let asked = Asked {
            minimum: ask.minimum,
            required: ask
                .wanted
                .iter()
                .filter(|wanted| wanted.required)
                .map(|wanted| wanted.kind)
                .filter(is_asked)
                .collect(),
            profile: needed.profile,
            scopes: needed.scopes.clone(),
            only_wanted: ask
                .wanted
                .iter()
                .map(|wanted| wanted.kind)
                .filter(|kind| is_only_wanted(*kind) && is_asked(kind))
                .collect(),
        };
        // 32 letters and digits, by which support finds this login in Bank iD's logs.
        let trace = from_seed("bank-id-trace", &ask.seed).replace('_', "");
        tracing::info!(
            provider.id = self.description.id,
            trace.id = trace,
            "a login leaves for Bank iD"
        );
        let mut more = vec![("ui_locales", "cs".to_owned()), ("trace_id", trace)];
        let is_known = |bank: &&String| {
            self.banks
                .as_ref()
                .is_some_and(|(banks, _)| banks.has(bank))
        };
        if let Some(bank) = ask.branch.as_ref().filter(is_known) {
            more.push(("bank_id", bank.clone()));
        }
        let request = Request {
            force: ask.force,
            max_age: ask.max_age,
            scopes: needed.scopes,
            acr_values: vec![assurance::LOA3.to_owned()],
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
        let said = self.said(&told, pending.more.profile, now).await?;
        if said.tells_of_a_death() {
            return Err(UpstreamError::Died(Box::new(notification::death(
                &self.party.realm,
                &told.id.subject,
            ))));
        }
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

    async fn branches(&self, now: Timestamp) -> Vec<Branch> {
        match &self.banks {
            Some((banks, logos)) => logos.beside(&banks.get(now).await, now),
            None => Vec::new(),
        }
    }

    async fn branch_logo(&self, branch: &str, now: Timestamp) -> Option<Arc<Picture>> {
        let (banks, logos) = self.banks.as_ref()?;
        logos.get(&banks.find(branch, now).await?, now).await
    }

    async fn receive(
        &self,
        message: Inbound,
        now: Timestamp,
    ) -> Result<(Vec<Event>, Reply), UpstreamError> {
        if message.kind != InboundKind::Notification {
            let (events, reply) = self.party.receive_logout(&message, now).await?;
            return Ok(match message.kind {
                // Bank iD tells a logout that did not reach everybody from one that did (its reference, section 9).
                InboundKind::BackchannelLogout => (events, Reply::Passed),
                _ => (events, reply),
            });
        }
        let token = notification::token(&message.answer)?;
        let expected = self.party.pushed();
        let read = |signed: &Signed| notification::read(signed, &expected, now);
        let events = self.party.open_pushed(&token, now, read).await?;
        Ok((events, Reply::Nothing))
    }

    fn published(&self) -> Vec<Document> {
        self.party.published()
    }

    async fn check(&self, now: Timestamp) -> Vec<Finding> {
        let mut findings = self.party.check().await;
        let approved = &self.config.approved;
        if scopes::lacks_verification(approved) {
            findings.push(Finding::warning(
                "bank_id.verification",
                "approved lacks profile.verification: addresses and whatever else /profile alone tells is never vouched for. \
                 Have the contract widened, then add it.",
            ));
        }
        if scopes::lacks_notification(approved) {
            findings.push(Finding::warning(
                "bank_id.notification",
                "approved lacks notification.claims_updated: Bank iD tells of no changed data, no new subject and no death. \
                 Have the contract widened, then add it.",
            ));
        }
        if let Some((banks, logos)) = &self.banks {
            let listed = banks.get(now).await;
            findings.push(match listed.len() {
                0 => Finding::warning(
                    "bank_id.banks",
                    "There is no list of banks; people choose their bank at Bank iD.",
                ),
                count => Finding::fine("bank_id.banks", format!("{count} banks can be chosen.")),
            });
            let elsewhere: Vec<String> = logos.elsewhere(&listed).into_iter().collect();
            if !elsewhere.is_empty() {
                let message = format!(
                    "Logos of banks are at {}, which logo_origins does not name; names stand alone there.",
                    elsewhere.join(", ")
                );
                findings.push(Finding::warning("bank_id.logos", message));
            }
        }
        findings
    }
}

/// What the person did not agree to hand over although it was asked and needed (reference 12, check 5): told when they withheld
/// one of these kinds, and then with the required facts that they withheld besides. `None`: they agreed to these kinds, or
/// Bank iD does not say.
fn withheld(told: &Told, asked: &Asked, kinds: &[FactKind]) -> Option<Withheld> {
    let granted = told.scope.as_deref()?;
    let is_withheld = |kind: &FactKind| {
        scope_of(*kind).is_some_and(|scope| {
            asked.scopes.iter().any(|asked| asked == scope)
                && !granted.split(' ').any(|held| held == scope)
        })
    };
    let of = |kinds: &mut dyn Iterator<Item = &FactKind>| -> Vec<FactKind> {
        kinds.copied().filter(is_withheld).collect()
    };
    Withheld::of(&of(&mut kinds.iter()))?;
    Withheld::of(&of(&mut kinds.iter().chain(&asked.required)))
}

const fn unable(withheld: Withheld) -> UpstreamError {
    UpstreamError::Unable(Unable::Withheld(withheld))
}

/// The subjects under which Bank iD knew the person before (`outdated_subs`). One that cannot be read is passed over: it
/// could lead nowhere.
fn former_subjects(told: &Told) -> Vec<Subject> {
    let former = told.id.all.get("outdated_subs").and_then(Value::as_array);
    former
        .into_iter()
        .flatten()
        .filter_map(|subject| facts::text(subject).ok().flatten())
        .filter(|subject| *subject != told.id.subject)
        .take(MOST_FORMER)
        .map(Subject::new)
        .collect()
}

fn issuer(place: &Place<'_>, config: &BankIdConfig) -> Result<String, ConfigProblem> {
    let issuer = match (&config.issuer, place.environment) {
        (Some(issuer), _) => issuer.clone(),
        (None, Environment::Production) => PRODUCTION.to_owned(),
        (None, Environment::Test) => TEST.to_owned(),
        (None, Environment::Sandbox) => {
            return Err(place.problem(
                "issuer",
                "is missing",
                "Give the address of the sandbox's Bank iD, with its final slash.",
            ));
        }
    };
    if !issuer.ends_with('/') {
        return Err(place.problem(
            "issuer",
            "does not end with a slash, and Bank iD's does",
            "Add it.",
        ));
    }
    if place.environment == Environment::Production && issuer.contains("sandbox") {
        return Err(place.problem(
            "issuer",
            format!("{issuer} is a sandbox"),
            "Leave it out for Bank iD itself.",
        ));
    }
    Ok(issuer)
}
