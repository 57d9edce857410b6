//! We, towards one SAML provider: messages out by its metadata, answers in through the gate.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use url::Url;

use super::config::KeyMode;
use super::gate::{Asked, Gate, Policy, Told};
use super::keys::{SamlKeyPair, SamlKeys, UnusableKey};
use super::message::{self, AuthnRequest, EidasExtensions, LogoutRequest, Metadata};
use super::metadata::Partner;
use super::source::Source;
use super::{check, id, post, redirect, time};
use crate::answer::{Answer, ReplayKey, Verified};
use crate::assertion::{Assertion, Claims, Realm, UpstreamSession};
use crate::departure::{Correlation, Departure, Leave, ProviderState, Send};
use crate::finding::Finding;
use crate::inbound::Document;
use crate::provider::{Timestamp, UpstreamError};
use crate::refusal::Refusal;

/// One side of a partnership.
pub(crate) struct Party {
    pub(crate) realm: Realm,
    pub(crate) entity_id: String,
    pub(crate) answer_address: Url,
    pub(crate) logout_address: Option<Url>,
    pub(crate) policy: Policy,
    pub(crate) source: Source,
    pub(crate) keys: Arc<dyn SamlKeys>,
    pub(crate) key_mode: KeyMode,
    pub(crate) redirect: bool,
    pub(crate) sp_type: Option<&'static str>,
}

/// What a login remembers between departure and answer. `more` is the provider's own.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending<T> {
    realm: Realm,
    request_id: String,
    forced_at: Option<Timestamp>,
    pub(crate) more: T,
}

/// What to ask for.
pub(crate) struct Request<'r> {
    /// The login must be a new one.
    pub(crate) force: bool,
    /// Seconds since the person authenticated there, see [`crate::Ask::max_age`].
    pub(crate) max_age: Option<u64>,
    pub(crate) comparison: &'static str,
    pub(crate) classes: Vec<&'r str>,
    pub(crate) eidas: Option<EidasExtensions>,
}

impl Party {
    /// Prepares a browser to leave with a login request.
    pub(crate) async fn start_login<T: Serialize>(
        &self,
        request: Request<'_>,
        seed: &[u8; 32],
        more: T,
        now: Timestamp,
    ) -> Result<Departure, UpstreamError> {
        let partner = self.source.get(now).await?;
        let service = partner
            .login_by(self.redirect)
            .ok_or_else(|| unavailable(super::metadata::MetadataProblem::NoLogin))?;
        let request_id = id::from_seed("login", seed);
        let message = AuthnRequest {
            id: &request_id,
            issued: &time::written(now),
            destination: service.location.as_str(),
            answer_address: self.answer_address.as_str(),
            // SAML cannot ask for an age. What comes back tells the moment, and the broker judges it.
            force: request.force || request.max_age.is_some(),
            issuer: &self.entity_id,
            signature: None,
            eidas: request.eidas,
            name_id_format: self.policy.name_id_format.as_deref(),
            comparison: request.comparison,
            classes: request.classes,
        };
        let key = self.keys.signing();
        let send = if service.redirect {
            let xml = message::plain(&message).map_err(misconfigured)?;
            let address = redirect::address(
                &service.location,
                redirect::Parameter::Request,
                &xml,
                Some(&request_id),
                &key,
            );
            Send::Redirect(address.map_err(misconfigured)?)
        } else {
            let xml = message::signed(message, &key).map_err(misconfigured)?;
            form(
                &service.location,
                redirect::Parameter::Request,
                &xml,
                Some(&request_id),
            )
        };
        let pending = Pending {
            realm: self.realm.clone(),
            request_id: request_id.clone(),
            forced_at: request.force.then_some(now),
            more,
        };
        let state = ProviderState::keep(&pending)
            .map_err(|error| UpstreamError::Misconfigured(error.into()))?;
        Ok(Departure {
            correlation: Correlation(request_id),
            state,
            send,
        })
    }

    /// The departure an answer claims to belong to.
    pub(crate) fn correlate(answer: &Answer) -> Result<Correlation, Refusal> {
        let relay_state = post::relay_state(answer)?.ok_or(Refusal::RelayStateMissing)?;
        if id::is_ours(&relay_state) {
            Ok(Correlation(relay_state))
        } else {
            Err(Refusal::RelayStateMalformed)
        }
    }

    /// Recalls what was asked; a state that another provider made is refused.
    pub(crate) fn recall<T: serde::de::DeserializeOwned>(
        &self,
        state: &ProviderState,
    ) -> Result<Pending<T>, Refusal> {
        let pending: Pending<T> = state.recall()?;
        if pending.realm == self.realm {
            Ok(pending)
        } else {
            Err(Refusal::StateOfAnotherProvider)
        }
    }

    /// Lets an answer through the gate. A signature by a key we do not know makes us look for new metadata, once.
    pub(crate) async fn finish_login<T>(
        &self,
        pending: &Pending<T>,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Told, UpstreamError> {
        let correlation = Self::correlate(answer)?;
        let posted = post::read(answer, "SAMLResponse")?;
        if correlation.as_str() != pending.request_id {
            return Err(Refusal::InResponseToWrong.into());
        }
        let asked = Asked {
            request_id: pending.request_id.clone(),
            forced_at: pending.forced_at,
        };
        let keys = self.decryption_keys();
        let partner = self.source.get(now).await?;
        let open = |partner: &Partner| {
            Gate {
                policy: &self.policy,
                trust: &partner.trust,
                keys: &keys,
            }
            .open(&posted.xml, &asked, now)
        };
        match open(&partner) {
            Err(Refusal::SignatureMismatch) => match self.source.newer_than(&partner, now).await {
                Some(newer) => Ok(open(&newer)?),
                None => Err(Refusal::SignatureMismatch.into()),
            },
            other => Ok(other?),
        }
    }

    /// The verified answer in our words.
    pub(crate) fn verified(&self, told: &Told, claims: Claims) -> Verified {
        let until = told.statement.valid_until + self.policy.tolerance.skew;
        let key = |kind: &str, id: &str| ReplayKey {
            key: format!("{kind}:{}:{id}", self.realm),
            until,
        };
        Verified {
            assertion: Assertion(claims),
            replay_keys: vec![
                key("response", &told.response_id),
                key("assertion", &told.statement.assertion_id),
            ],
        }
    }

    /// The session a later logout names.
    pub(crate) fn session(told: &Told) -> UpstreamSession {
        UpstreamSession {
            name_id: told.statement.name_id.clone(),
            format: told.statement.name_id_format.clone(),
            index: told.statement.session_index.clone(),
            hint: None,
            renewal: None,
        }
    }

    /// Prepares a browser to log out at the provider.
    pub(crate) async fn start_logout(
        &self,
        session: &UpstreamSession,
        leave: &Leave,
        now: Timestamp,
    ) -> Result<Option<Departure>, UpstreamError> {
        if self.logout_address.is_none() {
            return Ok(None);
        }
        let partner = self.source.get(now).await?;
        let Some(service) = partner.logout() else {
            return Ok(None);
        };
        let request_id = id::from_seed("logout", &leave.seed);
        let message = LogoutRequest {
            id: &request_id,
            issued: &time::written(now),
            destination: service.location.as_str(),
            issuer: &self.entity_id,
            signature: None,
            format: session
                .format
                .as_deref()
                .unwrap_or(self.policy.name_id_format()),
            name_id: &session.name_id,
            session_index: session.index.as_deref(),
        };
        let key = self.keys.signing();
        let send = if service.redirect {
            let xml = message::plain(&message).map_err(misconfigured)?;
            let address = redirect::address(
                &service.location,
                redirect::Parameter::Request,
                &xml,
                Some(&request_id),
                &key,
            );
            Send::Redirect(address.map_err(misconfigured)?)
        } else {
            let xml = message::signed(message, &key).map_err(misconfigured)?;
            form(
                &service.location,
                redirect::Parameter::Request,
                &xml,
                Some(&request_id),
            )
        };
        let state = ProviderState::keep(&self.realm)
            .map_err(|error| UpstreamError::Misconfigured(error.into()))?;
        Ok(Some(Departure {
            correlation: Correlation(request_id),
            state,
            send,
        }))
    }

    /// Our metadata, signed. Nothing is published while we have no usable key.
    pub(crate) fn published(&self) -> Vec<Document> {
        let published = self.keys.published();
        let mut seed = self.entity_id.clone().into_bytes();
        for key in &published {
            seed.extend_from_slice(&key.certificate);
        }
        let id = id::from_seed("metadata", &seed);
        let metadata = Metadata {
            id: &id,
            entity_id: &self.entity_id,
            signature: String::new(),
            sp_type: self.sp_type,
            assertions_signed: self.policy.assertion_signed,
            keys: message::metadata_keys(&published),
            logout_address: self.logout_address.as_ref().map(Url::as_str),
            name_id_format: self.policy.name_id_format.as_deref(),
            answer_address: self.answer_address.as_str(),
        };
        match message::signed(metadata, &self.keys.signing()) {
            Ok(xml) => vec![Document {
                name: "metadata",
                content_type: "application/samlmetadata+xml",
                body: xml.into_bytes(),
            }],
            Err(error) => {
                tracing::error!(realm = %self.realm, error = %error, "our metadata cannot be signed");
                Vec::new()
            }
        }
    }

    /// Keys, expiry, metadata, reachability.
    pub(crate) async fn check(&self, now: Timestamp) -> Vec<Finding> {
        let mut findings = vec![check::own_signing(&self.keys.signing(), now)];
        let decryption = self.decryption_keys();
        if decryption.is_empty() {
            findings.push(Finding::broken(
                "saml.no-decryption-key",
                "No key is left to decrypt answers with. Add one, or set `keys = \"one\"`.",
            ));
        }
        findings.extend(decryption.iter().map(|key| check::own_decryption(key, now)));
        let (about_metadata, partner) = self.source.check(now).await;
        findings.extend(about_metadata);
        if let Some(partner) = partner {
            findings.extend(
                partner
                    .trust
                    .certificates()
                    .iter()
                    .map(|certificate| check::certificate(certificate, now)),
            );
            findings.extend(partner.unpinned.iter().map(check::unpinned));
        }
        findings
    }

    /// The keys that open answers. With a key for each purpose, the signing key opens nothing.
    fn decryption_keys(&self) -> Vec<SamlKeyPair> {
        let signing = self.keys.signing();
        let mut keys = self.keys.decryption();
        match self.key_mode {
            KeyMode::Two => keys.retain(|key| key.certificate() != signing.certificate()),
            KeyMode::One
                if keys
                    .iter()
                    .all(|key| key.certificate() != signing.certificate()) =>
            {
                keys.push(signing);
            }
            KeyMode::One => {}
        }
        keys
    }
}

/// A form that carries a message away.
pub(crate) fn form(
    location: &Url,
    parameter: redirect::Parameter,
    xml: &str,
    relay_state: Option<&str>,
) -> Send {
    let mut fields = vec![(parameter.name().to_owned(), post::encode(xml))];
    fields.extend(relay_state.map(|value| ("RelayState".to_owned(), value.to_owned())));
    Send::PostForm {
        action: location.clone(),
        fields,
    }
}

pub(crate) fn misconfigured(error: UnusableKey) -> UpstreamError {
    UpstreamError::Misconfigured(error.into())
}

fn unavailable(problem: super::metadata::MetadataProblem) -> UpstreamError {
    UpstreamError::Unavailable(problem.into())
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Party")
            .field("realm", &self.realm)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}
