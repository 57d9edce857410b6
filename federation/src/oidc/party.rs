//! We, towards one OpenID provider: the code flow with PKCE out and in, logout both ways.

use std::sync::Arc;

use chrono::TimeDelta;
use openidconnect::core::CoreJwsSigningAlgorithm as Alg;
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use outbound::{Fetched, Target};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use url::Url;

use super::id_token::{self, IdClaims};
use super::jws::{self, Claims, Signed};
use super::keys::{self, JoseKeys};
use super::metadata::Metadata;
use super::pushed;
use super::source::{Bringer, Source};
use super::token::{ClientAuth, Exchange, Tokens};
use super::userinfo::{self, Protection};
use super::{answer, digest_of, jwe, verifier_of};
use crate::answer::{Answer, Method, ReplayKey};
use crate::assertion::{Realm, UpstreamSession};
use crate::departure::{Correlation, Departure, Leave, ProviderState, Send};
use crate::finding::Finding;
use crate::inbound::{Document, Event, Inbound, InboundKind, Reply};
use crate::provider::{Timestamp, UpstreamError};
use crate::refusal::Refusal;
use crate::saml::id::{from_seed, is_ours};

/// One side of a partnership.
pub(crate) struct Party {
    pub(crate) realm: Realm,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) auth: ClientAuth,
    pub(crate) answer_address: Url,
    /// Where browsers come back to after a logout there. `None`: no logout.
    pub(crate) logout_address: Option<Url>,
    pub(crate) source: Source,
    /// The way to the token endpoint, where our certificate is shown there.
    pub(crate) token_target: Option<Target>,
    pub(crate) keys: Arc<dyn JoseKeys>,
    /// How tokens may be signed.
    pub(crate) algorithms: Vec<Alg>,
    pub(crate) protection: Protection,
    pub(crate) skew: TimeDelta,
    /// How long ago an ID token may have been made. `None`: as long as it holds.
    pub(crate) oldest: Option<TimeDelta>,
    /// The header by which the provider finds an exchange in its logs, where it has one.
    pub(crate) trace_header: Option<&'static str>,
}

/// What to ask for.
#[derive(Default)]
pub(crate) struct Request {
    pub(crate) force: bool,
    /// Seconds since the person authenticated there, see [`crate::Ask::max_age`].
    pub(crate) max_age: Option<u64>,
    pub(crate) scopes: Vec<String>,
    pub(crate) acr_values: Vec<String>,
    /// More parameters, in this order.
    pub(crate) more: Vec<(&'static str, String)>,
}

/// What a login remembers between departure and answer. `more` is the provider's own.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pending<T> {
    openid: Realm,
    correlation: String,
    nonce: String,
    verifier: String,
    forced_at: Option<Timestamp>,
    pub(crate) more: T,
}

/// A verified login, before userinfo.
pub(crate) struct Told {
    pub(crate) id: IdClaims,
    pub(crate) access_token: SecretString,
    /// What was granted; `None` where the provider does not say that it differs from what was asked.
    pub(crate) scope: Option<String>,
    /// What asks again.
    pub(crate) refresh_token: Option<SecretString>,
    id_token: String,
}

impl Party {
    /// Prepares a browser to leave with an authorization request (OpenID Connect Core 3.1.2.1, RFC 7636).
    pub(crate) async fn start_login<T: Serialize>(
        &self,
        request: Request,
        seed: &[u8; 32],
        more: T,
        now: Timestamp,
    ) -> Result<Departure, UpstreamError> {
        let metadata = self.source.metadata(now).await?;
        let correlation = from_seed("oidc-state", seed);
        let nonce = from_seed("oidc-nonce", seed);
        // Forty-three characters of 256 bits, which nobody who sees the state can compute back.
        let verifier = verifier_of(seed);
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));

        let mut url = metadata.authorization_endpoint().url().clone();
        {
            let mut query = url.query_pairs_mut();
            query
                .append_pair("response_type", "code")
                .append_pair("client_id", &self.client_id)
                .append_pair("redirect_uri", self.answer_address.as_str())
                .append_pair("scope", &request.scopes.join(" "))
                .append_pair("state", &correlation)
                .append_pair("nonce", &nonce)
                .append_pair("code_challenge", challenge.as_str())
                .append_pair("code_challenge_method", challenge.method());
            if !request.acr_values.is_empty() {
                query.append_pair("acr_values", &request.acr_values.join(" "));
            }
            if request.force {
                query.append_pair("prompt", "login");
            }
            // Asked for, `auth_time` has to come (Core 2 and 3.1.2.1).
            let max_age = if request.force {
                Some(0)
            } else {
                request.max_age
            };
            if let Some(seconds) = max_age {
                query.append_pair("max_age", &seconds.to_string());
            }
            for (name, value) in &request.more {
                query.append_pair(name, value);
            }
        }
        let pending = Pending {
            openid: self.realm.clone(),
            correlation: correlation.clone(),
            nonce,
            verifier,
            forced_at: request.force.then_some(now),
            more,
        };
        Ok(Departure {
            correlation: Correlation(correlation),
            state: ProviderState::keep(&pending)
                .map_err(|error| UpstreamError::Misconfigured(error.into()))?,
            send: Send::Redirect(url),
        })
    }

    /// The departure an answer claims to belong to: `state`, by GET.
    pub(crate) fn correlate(answer: &Answer) -> Result<Correlation, Refusal> {
        if answer.method != Method::Get {
            return Err(Refusal::WrongMethod);
        }
        let state = answer::one(answer, "state")?.ok_or(Refusal::StateMissing)?;
        if is_ours(&state) {
            Ok(Correlation(state))
        } else {
            Err(Refusal::StateMalformed)
        }
    }

    /// Recalls what was asked; a state that another provider made, or an answer of another login, is refused.
    pub(crate) fn recall<T: serde::de::DeserializeOwned>(
        &self,
        state: &ProviderState,
        answer: &Answer,
    ) -> Result<Pending<T>, Refusal> {
        let pending: Pending<T> = state.recall()?;
        if pending.openid != self.realm || Self::correlate(answer)?.0 != pending.correlation {
            return Err(Refusal::StateOfAnotherProvider);
        }
        Ok(pending)
    }

    /// Redeems the code of an answer and verifies the ID token.
    pub(crate) async fn finish_login<T: Sync>(
        &self,
        pending: &Pending<T>,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<Told, UpstreamError> {
        let metadata = self.source.metadata(now).await?;
        let iss_promised = metadata
            .additional_metadata()
            .authorization_response_iss_parameter_supported;
        let code = answer::code(answer, &self.issuer, iss_promised)?;
        let endpoint = metadata
            .token_endpoint()
            .ok_or(Refusal::TokenAnswerMalformed)?
            .url();
        let jti = digest_of(&["oidc-assertion", &pending.verifier, &code]);
        let tokens = self
            .exchange(endpoint, jti)
            .code(&code, &self.answer_address, &pending.verifier, now)
            .await?;
        self.told(tokens, Some(&pending.nonce), pending.forced_at, now)
            .await
    }

    /// Asks again by the refresh token of a session (OpenID Connect Core 12). The answer must speak of the same person, and say
    /// so by an ID token; where it brings no new refresh token, the former one goes on (RFC 6749, 6).
    pub(crate) async fn ask_again(
        &self,
        session: &UpstreamSession,
        now: Timestamp,
    ) -> Result<Option<Told>, UpstreamError> {
        let Some(token) = &session.renewal else {
            return Ok(None);
        };
        let metadata = self.source.metadata(now).await?;
        let endpoint = metadata
            .token_endpoint()
            .ok_or(Refusal::TokenAnswerMalformed)?
            .url();
        let moment = now.timestamp_micros().to_string();
        let jti = digest_of(&["oidc-refresh-assertion", token, &moment]);
        let tokens = self
            .exchange(endpoint, jti)
            .refresh_token(token, now)
            .await?;
        let told = self.told(tokens, None, None, now).await?;
        if told.id.subject == session.name_id {
            Ok(Some(told))
        } else {
            Err(Refusal::UserinfoSubjectWrong.into())
        }
    }

    fn exchange<'a>(&'a self, endpoint: &'a Url, jti: String) -> Exchange<'a> {
        Exchange {
            target: self.token_target.as_ref().unwrap_or(self.source.target()),
            guard: self.source.guard(endpoint),
            endpoint,
            client_id: &self.client_id,
            auth: &self.auth,
            trace_header: self.trace_header,
            jti,
        }
    }

    /// Verifies the ID token among tokens.
    async fn told(
        &self,
        tokens: Tokens,
        nonce: Option<&str>,
        forced_since: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Told, UpstreamError> {
        let metadata = self.source.metadata(now).await?;
        let id_token = tokens.id_token()?.to_owned();
        let expected = id_token::Expected {
            issuer: &self.issuer,
            client_id: &self.client_id,
            nonce,
            access_token: tokens.access_token.expose_secret(),
            algorithms: &self.algorithms,
            skew: self.skew,
            oldest: self.oldest,
            forced_since,
        };
        let verify = |keys: &_| id_token::verify(&id_token, keys, &expected, now);
        let keys = self.source.keys(&metadata, now).await?;
        let id = match verify(&keys) {
            Err(refusal) if may_be_a_newer_key(refusal) => {
                let bringer = Bringer::TokenEndpoint;
                match self.source.newer_keys(&metadata, &keys, bringer, now).await {
                    Some(newer) => verify(&newer)?,
                    None => return Err(refusal.into()),
                }
            }
            other => other?,
        };
        Ok(Told {
            id,
            access_token: tokens.access_token,
            scope: tokens.scope,
            refresh_token: tokens.refresh_token,
            id_token,
        })
    }

    /// Where userinfo is, if anywhere.
    pub(crate) async fn userinfo_endpoint(
        &self,
        now: Timestamp,
    ) -> Result<Option<Url>, UpstreamError> {
        let metadata = self.source.metadata(now).await?;
        Ok(metadata
            .userinfo_endpoint()
            .map(|endpoint| endpoint.url().clone()))
    }

    /// Where the provider's second, larger userinfo is, if anywhere (Bank iD).
    pub(crate) async fn profile_endpoint(
        &self,
        now: Timestamp,
    ) -> Result<Option<Url>, UpstreamError> {
        let metadata = self.source.metadata(now).await?;
        Ok(metadata.additional_metadata().profile_endpoint.clone())
    }

    /// What the access token of a login opens at an endpoint, verified to be about the same person.
    pub(crate) async fn userinfo(
        &self,
        told: &Told,
        endpoint: &Url,
        now: Timestamp,
    ) -> Result<Claims, UpstreamError> {
        let answer = userinfo::fetch(
            &self.source,
            endpoint,
            &told.access_token,
            self.trace_header,
        )
        .await?;
        let metadata = self.source.metadata(now).await?;
        let keys = self.source.keys(&metadata, now).await?;
        match self.read(&answer, &keys, told) {
            Err(refusal) if may_be_a_newer_key(refusal) => {
                let bringer = Bringer::TokenEndpoint;
                match self.source.newer_keys(&metadata, &keys, bringer, now).await {
                    Some(newer) => Ok(self.read(&answer, &newer, told)?),
                    None => Err(refusal.into()),
                }
            }
            other => Ok(other?),
        }
    }

    fn read(
        &self,
        answer: &Fetched,
        keys: &super::jwk::KeySet,
        told: &Told,
    ) -> Result<Claims, Refusal> {
        let expected = userinfo::Expected {
            issuer: &self.issuer,
            client_id: &self.client_id,
            subject: &told.id.subject,
            algorithms: &self.algorithms,
            protection: self.protection,
        };
        userinfo::read(answer, keys, &self.keys.decryption(), &expected)
    }

    /// What must never be seen again.
    pub(crate) fn replay_keys(&self, told: &Told) -> Vec<ReplayKey> {
        vec![ReplayKey {
            key: format!("oidc:{}:token:{}", self.realm, digest_of(&[&told.id_token])),
            until: told.id.expires_at + self.skew,
        }]
    }

    /// The session a later logout names.
    pub(crate) fn session(told: &Told) -> UpstreamSession {
        UpstreamSession {
            name_id: told.id.subject.clone(),
            format: None,
            index: id_token::text(&told.id.all, "sid").map(str::to_owned),
            hint: Some(told.id_token.clone()),
            renewal: None,
        }
    }

    /// Prepares a browser to log out at the provider (RP-Initiated Logout 1.0).
    pub(crate) async fn start_logout(
        &self,
        session: &UpstreamSession,
        leave: &Leave,
        now: Timestamp,
    ) -> Result<Option<Departure>, UpstreamError> {
        let Some(back) = &self.logout_address else {
            return Ok(None);
        };
        let metadata = self.source.metadata(now).await?;
        let Some(endpoint) = &metadata.additional_metadata().end_session_endpoint else {
            return Ok(None);
        };
        let correlation = from_seed("oidc-logout", &leave.seed);
        let mut url = endpoint.clone();
        {
            let mut query = url.query_pairs_mut();
            if let Some(hint) = &session.hint {
                query.append_pair("id_token_hint", hint);
            }
            query
                .append_pair("client_id", &self.client_id)
                .append_pair("post_logout_redirect_uri", back.as_str())
                .append_pair("state", &correlation);
        }
        let state = ProviderState::keep(&self.realm)
            .map_err(|error| UpstreamError::Misconfigured(error.into()))?;
        Ok(Some(Departure {
            correlation: Correlation(correlation),
            state,
            send: Send::Redirect(url),
        }))
    }

    /// Receives a browser back from a logout, or a logout token.
    pub(crate) async fn receive_logout(
        &self,
        message: &Inbound,
        now: Timestamp,
    ) -> Result<(Vec<Event>, Reply), UpstreamError> {
        match message.kind {
            InboundKind::Logout => match Self::correlate(&message.answer) {
                Ok(correlation) => {
                    Ok((vec![Event::LogoutReturned { correlation }], Reply::Nothing))
                }
                Err(_) => Err(Refusal::MessageMissing.into()),
            },
            InboundKind::BackchannelLogout => {
                if message.answer.method != Method::Post {
                    return Err(Refusal::WrongMethod.into());
                }
                if !message.answer.is_form() {
                    return Err(Refusal::NotAForm.into());
                }
                let token =
                    answer::one(&message.answer, "logout_token")?.ok_or(Refusal::MessageMissing)?;
                let expected = self.pushed();
                let event = self
                    .open_pushed(&token, now, |signed| pushed::logout(signed, &expected, now))
                    .await?;
                Ok((vec![event], Reply::Nothing))
            }
            InboundKind::Notification => Err(Refusal::MessageMissing.into()),
        }
    }

    /// What pushed tokens must agree with.
    pub(crate) fn pushed(&self) -> pushed::Expected<'_> {
        pushed::Expected {
            realm: &self.realm,
            issuer: &self.issuer,
            client_id: &self.client_id,
            skew: self.skew,
        }
    }

    /// Opens what the provider pushed, encrypted or not, and lets its claims be judged. Asked by anybody, it looks for
    /// newer keys rarely.
    pub(crate) async fn open_pushed<T>(
        &self,
        token: &str,
        now: Timestamp,
        judge: impl Fn(&Signed) -> Result<T, Refusal> + std::marker::Send + Sync,
    ) -> Result<T, UpstreamError> {
        let opened;
        let token = if jwe::looks_like_one(token) {
            opened = jwe::open(token, &self.keys.decryption())?;
            opened.trim()
        } else {
            token
        };
        let metadata = self.source.metadata(now).await?;
        let keys = self.source.keys(&metadata, now).await?;
        let open =
            |keys: &_| jws::open(token, keys, &self.algorithms).and_then(|signed| judge(&signed));
        match open(&keys) {
            Err(refusal) if may_be_a_newer_key(refusal) => {
                let bringer = Bringer::Anybody;
                match self.source.newer_keys(&metadata, &keys, bringer, now).await {
                    Some(newer) => Ok(open(&newer)?),
                    None => Err(refusal.into()),
                }
            }
            other => Ok(other?),
        }
    }

    /// What we publish: our keys, where the provider has to know one.
    pub(crate) fn published(&self) -> Vec<Document> {
        let signs = matches!(self.auth, ClientAuth::PrivateKeyJwt { .. });
        if signs || self.protection == Protection::Encrypted {
            vec![keys::document(&self.keys.published())]
        } else {
            Vec::new()
        }
    }

    /// Discovery, keys, and whether the provider offers what the configuration wants.
    pub(crate) async fn check(&self) -> Vec<Finding> {
        let (mut findings, documents) = self.source.check().await;
        let Some((metadata, keys)) = documents else {
            return findings;
        };
        if !keys.serves(&self.algorithms) {
            findings.push(Finding::broken(
                "oidc.algorithms",
                "None of the provider's keys serves an algorithm that the configuration allows.",
            ));
        }
        findings.extend(self.check_client(&metadata));
        findings
    }

    fn check_client(&self, metadata: &Metadata) -> Vec<Finding> {
        let mut findings = Vec::new();
        let wanted = format!("{:?}", self.auth);
        let offered = metadata.token_endpoint_auth_methods_supported();
        let is_offered = |methods: &Vec<_>| {
            methods.iter().any(|method| {
                serde_json::to_value(method).is_ok_and(|name| name == wanted.as_str())
            })
        };
        // Discovery 3: without the list, it is client_secret_basic.
        if offered.map_or(wanted != "client_secret_basic", |methods| {
            !is_offered(methods)
        }) {
            findings.push(Finding::warning(
                "oidc.client-authentication",
                format!("The provider does not announce {wanted}, which the configuration uses."),
            ));
        }
        let more = metadata.additional_metadata();
        if let Some(methods) = &more.code_challenge_methods_supported
            && !methods.iter().any(|method| method == "S256")
        {
            findings.push(Finding::warning(
                "oidc.pkce",
                "The provider announces no PKCE by S256; the code challenge may go unheeded.",
            ));
        }
        if self.logout_address.is_some() && more.end_session_endpoint.is_none() {
            findings.push(Finding::warning(
                "oidc.logout",
                "The provider announces no logout; set `logout = false`.",
            ));
        }
        if matches!(self.auth, ClientAuth::PrivateKeyJwt { .. }) && self.keys.signing().is_none() {
            findings.push(Finding::broken(
                "oidc.own-keys",
                "There is no key that could sign our client assertion.",
            ));
        }
        findings
    }
}

/// A signature that does not hold may be by a key that was published a moment ago, also where keys have no identifiers.
const fn may_be_a_newer_key(refusal: Refusal) -> bool {
    matches!(
        refusal,
        Refusal::SigningKeyUnknown | Refusal::SignatureMismatch
    )
}

impl std::fmt::Debug for Party {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Party")
            .field("issuer", &self.issuer)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}
