//! `kind = "isds"`: data boxes, public name "Datová schránka".
//!
//! A browser leaves with a number of ours (`appToken`) and comes back with it and a one-time `sessionId`. Who logged in, ISDS
//! tells only to a server that shows the certificate of the registration, once. The whole way: `docs/flows/login-isds.md`.

mod address;
mod app_token;
mod attributes;
mod check;
mod config;
mod confirmation;
mod data_box;
mod directory;
mod evidence;
mod facts;
mod heartbeat;
mod invalidation;
mod person;
mod returning;
mod values;

#[cfg(test)]
pub(crate) mod tests;

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use outbound::soap::Element;
use outbound::{Outbound, Target};
use serde::{Deserialize, Serialize};
use url::Url;

use self::address::Addresses;
use self::attributes::Attributes;
pub use self::config::{DirectoryCheck, Field, Generation, IsdsConfig, Profile, WithoutAppToken};
pub use self::data_box::Role;
use self::directory::{Directory, Heard};
use self::returning::Returning;
use crate::answer::{Answer, ReplayKey, Verified};
use crate::assertion::{Assertion, Realm, TrustFramework, UpstreamSession};
use crate::departure::{Ask, Correlation, Departure, Leave, ProviderState, Send};
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, InboundKind, Reply};
use crate::level::Demand;
use crate::provider::{Audience, Description, Timestamp, Unable, UpstreamError, UpstreamProvider};
use crate::refusal::Refusal;
use crate::registry::{ConfigProblem, Place};

/// Names of attributes worth keeping: more is no list but an attack.
const NAMES: usize = 500;

/// Data boxes.
#[derive(Debug)]
pub struct Isds {
    description: Description,
    config: IsdsConfig,
    addresses: Addresses,
    logout_address: Url,
    service: Target,
    portal: Target,
    heartbeat: Target,
    directory: Option<Directory>,
    seen: Mutex<Seen>,
}

/// Names of attributes that came, and those of them that nobody was told of.
#[derive(Debug, Default)]
struct Seen {
    names: BTreeSet<String>,
    new: Vec<String>,
}

/// What a login remembers between departure and answer.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    isds: Realm,
    app_token: String,
    minimum: Demand,
}

impl Isds {
    pub(crate) fn new(
        place: &Place<'_>,
        config: &IsdsConfig,
        outbound: &Outbound,
    ) -> Result<Self, ConfigProblem> {
        place.check_environment(config.environment)?;
        values::check(place, config)?;
        let addresses = Addresses::new(place, config)?;
        let service = outbound
            .target_with(place.id, &config.client_certificate)
            .map_err(|unknown| {
                place.problem(
                    "client_certificate",
                    unknown.to_string(),
                    "Add it, with the files of the certificate that is registered at ISDS.",
                )
            })?;
        if !service.may_ask(&addresses.confirmation) {
            return Err(place.problem(
                "client_certificate",
                format!(
                    "may not be shown to {}",
                    addresses.confirmation.host_str().unwrap_or_default()
                ),
                "Name that host in the certificate's hosts.",
            ));
        }
        let reaches = match config.profile {
            Profile::Box => vec![person::ANYBODY],
            Profile::Person => vec![person::ANYBODY, person::HOLDER],
        };
        let description = Description {
            id: place.id.to_owned(),
            kind: "isds",
            realm: Realm::of("isds", place.environment, "isds"),
            audience: Audience::Citizens,
            environment: place.environment,
            title: config.title.clone(),
            reaches,
            forceable: false,
            // It lets in whom its own portal knows, and says neither that it did nor when they logged in (reference 3.3).
            tells_time: false,
            skew: TimeDelta::zero(),
            logout: addresses.logout.is_some(),
            answers_once: true,
            trust_framework: TrustFramework::Isds,
            origins: vec![addresses.origin()],
        };
        Ok(Self {
            description,
            config: config.clone(),
            logout_address: place.address("logout")?,
            service,
            portal: outbound.target_aside(&format!("{}.portal", place.id)),
            heartbeat: outbound.target_aside(&format!("{}.heartbeat", place.id)),
            directory: addresses
                .directory
                .clone()
                .map(|url| Directory::new(outbound, place.id, url, config.directory_check)),
            addresses,
            seen: Mutex::default(),
        })
    }

    /// Reads an answer that says `OK` (reference 3.5, 6.3): is it the answer to what this browser left for, and who is it?
    fn verified(
        &self,
        response: &Element,
        pending: &Pending,
        session_id: &str,
        now: Timestamp,
    ) -> Result<Verified, UpstreamError> {
        let mut attributes = Attributes::read(response, &self.config)?;
        self.remember(&attributes);
        if let Some(secret) = attributes.take(config::Field::TimeLimitedId) {
            invalidation::begin(
                &self.service,
                self.addresses.invalidation.as_ref(),
                secret.into(),
            );
        }
        match attributes.get(config::Field::AppToken) {
            Some(token) => {
                verify_slices_are_equal(token.as_bytes(), pending.app_token.as_bytes())
                    .map_err(|_| Refusal::AppTokenOfAnother)?;
            }
            None if self.config.require_app_token => {
                return Err(Refusal::AppTokenUnconfirmed.into());
            }
            None => tracing::warn!("ISDS did not repeat the number of a login (appToken)"),
        }
        let realm = &self.description.realm;
        let mut claims = match person::claims(&attributes, &self.config, realm, session_id) {
            // Nothing is wrong with the answer, and another try would end here, too.
            Err(Refusal::BoxOfOffice) => return Err(UpstreamError::Unable(Unable::BoxOfOffice)),
            claims => claims?,
        };
        if !claims.levels.meets(pending.minimum) {
            return Err(UpstreamError::LevelTooLow);
        }
        claims.upstream_session = self.addresses.logout.as_ref().map(|_| UpstreamSession {
            name_id: claims.subject.as_str().to_owned(),
            format: None,
            index: None,
            hint: None,
            renewal: None,
        });
        let spent = URL_SAFE_NO_PAD.encode(digest(&SHA256, session_id.as_bytes()));
        Ok(Verified {
            assertion: Assertion(claims),
            replay_keys: vec![ReplayKey {
                key: format!("isds:{spent}"),
                until: now + TimeDelta::hours(24),
            }],
        })
    }

    /// Keeps the names that came, so that a check can say what ISDS really sends.
    fn remember(&self, attributes: &Attributes) {
        let mut seen = self.seen();
        for name in attributes.names() {
            if seen.names.len() < NAMES && seen.names.insert(name.to_owned()) {
                tracing::info!(attribute = name, "ISDS sends this attribute");
                seen.new.push(name.to_owned());
            }
        }
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl UpstreamProvider for Isds {
    fn describe(&self) -> &Description {
        &self.description
    }

    async fn start_login(&self, ask: &Ask, now: Timestamp) -> Result<Departure, UpstreamError> {
        if !self.description.can_serve(ask) {
            return Err(UpstreamError::LevelTooLow);
        }
        // Nobody is sent to log in there whom we could not ask about afterwards.
        if let Some(validity) = self.service.certificate_validity()
            && !validity.holds(now)
        {
            return Err(UpstreamError::Misconfigured(
                check::CertificateOutOfDate(validity.not_after).into(),
            ));
        }
        let app_token = app_token::from_seed(&ask.seed);
        let mut login = self.addresses.login.clone();
        login.query_pairs_mut().append_pair("appToken", &app_token);
        let pending = Pending {
            isds: self.description.realm.clone(),
            app_token: app_token.clone(),
            minimum: ask.minimum,
        };
        let state = ProviderState::keep(&pending)
            .map_err(|error| UpstreamError::Misconfigured(error.into()))?;
        Ok(Departure {
            correlation: Correlation(app_token),
            state,
            send: Send::Redirect(login),
        })
    }

    fn correlate(&self, answer: &Answer) -> Result<Correlation, UpstreamError> {
        Ok(Returning::read(answer)?.correlation()?)
    }

    fn keeps_session_at(&self) -> Option<Url> {
        self.addresses.login.join("/").ok()
    }

    fn returns_by_link(&self) -> bool {
        true
    }

    fn forgets_departures(&self) -> bool {
        self.config.without_app_token == WithoutAppToken::OnlyDeparture
    }

    fn is_of_the_only_departure(&self, answer: &Answer) -> bool {
        let named = Returning::read(answer).map(|returning| returning.app_token);
        self.forgets_departures() && matches!(named, Ok(None))
    }

    async fn finish_login(
        &self,
        state: ProviderState,
        answer: Answer,
        now: Timestamp,
    ) -> Result<Verified, UpstreamError> {
        let pending: Pending = state.recall()?;
        let returning = Returning::read(&answer)?;
        let is_its_own = match &returning.app_token {
            Some(token) => *token == pending.app_token,
            None => self.forgets_departures(),
        };
        if pending.isds != self.description.realm || !is_its_own {
            return Err(Refusal::StateOfAnotherProvider.into());
        }
        let response = confirmation::confirm(
            &self.service,
            &self.addresses.confirmation,
            &self.config.namespaces,
            &returning.session_id,
        )
        .await?;
        let mut verified = self.verified(&response, &pending, &returning.session_id, now)?;
        let noted = evidence::of_exchange(&response, answer.from, self.service.certificate());
        verified.assertion.0.evidence.extend(noted);
        if let Some(directory) = &self.directory
            && let Some(body) = verified.assertion.0.acting_for.take()
        {
            let claims = &mut verified.assertion.0;
            match directory.hear(body).await {
                Heard::Confirmed(body) => claims.acting_for = Some(body),
                Heard::Unconfirmed(body) => claims.unconfirmed_body = Some(body),
                Heard::Refuted => {}
            }
        }
        Ok(verified)
    }

    async fn start_logout(
        &self,
        _session: &UpstreamSession,
        leave: &Leave,
        _now: Timestamp,
    ) -> Result<Option<Departure>, UpstreamError> {
        let Some(mut logout) = self.addresses.logout.clone() else {
            return Ok(None);
        };
        let correlation = Correlation(crate::saml::id::from_seed("isds logout", &leave.seed));
        let mut back = self.logout_address.clone();
        back.query_pairs_mut()
            .append_pair("state", correlation.as_str());
        logout
            .query_pairs_mut()
            .append_pair("atsId", &self.config.ats_id)
            .append_pair("uri", back.as_str());
        let state = ProviderState::keep(&self.description.realm)
            .map_err(|error| UpstreamError::Misconfigured(error.into()))?;
        Ok(Some(Departure {
            correlation,
            state,
            send: Send::Redirect(logout),
        }))
    }

    async fn receive(
        &self,
        message: Inbound,
        _now: Timestamp,
    ) -> Result<(Vec<Event>, Reply), UpstreamError> {
        if message.kind != InboundKind::Logout {
            return Err(Refusal::MessageMissing.into());
        }
        let state = returning::one(&message.answer, "state")?
            .filter(|state| crate::saml::id::is_ours(state))
            .ok_or(Refusal::MessageMissing)?;
        let returned = Event::LogoutReturned {
            correlation: Correlation(state),
        };
        Ok((vec![returned], Reply::Nothing))
    }

    fn newly_seen(&self) -> Vec<String> {
        std::mem::take(&mut self.seen().new)
    }

    fn seen_before(&self, names: Vec<String>) {
        self.seen().names.extend(names.into_iter().take(NAMES));
    }

    fn published(&self) -> Vec<Document> {
        Vec::new()
    }

    async fn check(&self, now: Timestamp) -> Vec<Finding> {
        self.findings(now).await
    }

    // Its limits are not public, and a look costs it three requests, one of them with a handshake that shows our certificate.
    fn rest_between_looks(&self) -> TimeDelta {
        TimeDelta::minutes(5)
    }
}
