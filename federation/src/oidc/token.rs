//! The token endpoint (OpenID Connect Core 3.1.3): a code becomes tokens, once we have shown who we are.

use std::sync::Arc;

use chrono::TimeDelta;
use outbound::{Auth, Fetched, Guard, JSON, Request, Target};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use super::keys::{AssertionAlg, JoseKeys};
use super::source::unavailable;
use crate::provider::{Timestamp, UpstreamError};
use crate::refusal::Refusal;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// How long an assertion counts.
const ASSERTION_LIFE: TimeDelta = TimeDelta::minutes(2);

/// How we show who we are (OpenID Connect Core 9, RFC 8705).
#[derive(Clone)]
pub(crate) enum ClientAuth {
    /// `client_secret_basic`.
    Basic(SecretString),
    /// `client_secret_post`.
    Post(SecretString),
    /// `private_key_jwt`, by the broker's own key.
    PrivateKeyJwt {
        alg: AssertionAlg,
        /// `aud`; the token endpoint where none is configured.
        audience: Option<String>,
        keys: Arc<dyn JoseKeys>,
    },
    /// `tls_client_auth`: the certificate of the connection says it; the body names the client.
    Tls,
}

/// One exchange.
pub(crate) struct Exchange<'a> {
    pub(crate) target: &'a Target,
    pub(crate) guard: Guard,
    pub(crate) endpoint: &'a Url,
    pub(crate) client_id: &'a str,
    pub(crate) auth: &'a ClientAuth,
    /// The header to log, by which the provider finds the exchange.
    pub(crate) trace_header: Option<&'static str>,
    /// Unique for each exchange: names the assertion.
    pub(crate) jti: String,
}

/// What a code was worth.
#[derive(Deserialize)]
pub(crate) struct Tokens {
    pub(crate) access_token: SecretString,
    token_type: String,
    #[serde(default)]
    id_token: Option<String>,
    /// What was granted, where it differs from what was asked.
    #[serde(default)]
    pub(crate) scope: Option<String>,
    /// What asks again later; few providers are asked.
    #[serde(default)]
    pub(crate) refresh_token: Option<SecretString>,
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error: String,
}

/// The provider does not accept who we say we are.
#[derive(Debug, thiserror::Error)]
#[error("the token endpoint refuses our client: {0}")]
pub(crate) struct ClientRefused(String);

/// A key is wanted and there is none.
#[derive(Debug, thiserror::Error)]
#[error("there is no key that could sign our client assertion")]
pub(crate) struct NoKey;

impl Exchange<'_> {
    /// Redeems a code. A page instead of a document counts as an outage, and against the provider.
    pub(crate) async fn code(
        &self,
        code: &str,
        redirect_uri: &Url,
        verifier: &str,
        now: Timestamp,
    ) -> Result<Tokens, UpstreamError> {
        let form = vec![
            ("grant_type", "authorization_code".to_owned()),
            ("code", code.to_owned()),
            ("redirect_uri", redirect_uri.to_string()),
            ("code_verifier", verifier.to_owned()),
        ];
        self.send(form, now).await
    }

    /// Redeems a refresh token (RFC 6749, 6).
    pub(crate) async fn refresh_token(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Tokens, UpstreamError> {
        let form = vec![
            ("grant_type", "refresh_token".to_owned()),
            ("refresh_token", token.to_owned()),
        ];
        self.send(form, now).await
    }

    async fn send(
        &self,
        mut form: Vec<(&'static str, String)>,
        now: Timestamp,
    ) -> Result<Tokens, UpstreamError> {
        let auth = self.show(&mut form, now)?;
        let request = Request::post(self.endpoint, self.guard)
            .form(&form)
            .auth(auth)
            .expecting(JSON);
        let answer = self.target.send(request).await.map_err(unavailable)?;
        log_trace(&answer, self.trace_header);
        read(&answer)
    }

    /// Puts into the form, or the header, what shows who we are.
    fn show(
        &self,
        form: &mut Vec<(&'static str, String)>,
        now: Timestamp,
    ) -> Result<Auth, UpstreamError> {
        let id = ("client_id", self.client_id.to_owned());
        match self.auth {
            ClientAuth::Basic(secret) => {
                return Ok(Auth::Basic {
                    id: self.client_id.to_owned(),
                    secret: secret.clone(),
                });
            }
            ClientAuth::Post(secret) => {
                form.push(id);
                form.push(("client_secret", secret.expose_secret().to_owned()));
            }
            ClientAuth::PrivateKeyJwt {
                alg,
                audience,
                keys,
            } => {
                let key = keys
                    .signing()
                    .ok_or_else(|| UpstreamError::Misconfigured(NoKey.into()))?;
                let audience = audience.as_deref().unwrap_or(self.endpoint.as_str());
                let assertion = json!({
                    "iss": self.client_id, "sub": self.client_id, "aud": audience, "jti": self.jti,
                    "iat": now.timestamp(), "exp": (now + ASSERTION_LIFE).timestamp(),
                });
                let assertion = key
                    .sign(*alg, &assertion)
                    .map_err(|error| UpstreamError::Misconfigured(error.into()))?;
                form.push(id);
                form.push(("client_assertion_type", ASSERTION_TYPE.to_owned()));
                form.push(("client_assertion", assertion));
            }
            ClientAuth::Tls => form.push(id),
        }
        Ok(Auth::None)
    }
}

/// Logs by what name the provider finds an exchange.
pub(crate) fn log_trace(answer: &Fetched, header: Option<&'static str>) {
    let trace = header.and_then(|header| answer.header(header));
    if let Some(trace) = trace.filter(|trace| trace.len() <= 64 && trace.is_ascii()) {
        tracing::info!(
            trace.id = trace,
            status = answer.status.as_u16(),
            "the provider answered"
        );
    }
}

/// Reads what the token endpoint said.
pub(super) fn read(answer: &Fetched) -> Result<Tokens, UpstreamError> {
    if answer.status.is_success() {
        let tokens: Tokens =
            serde_json::from_slice(&answer.body).map_err(|_| Refusal::TokenAnswerMalformed)?;
        if !tokens.token_type.eq_ignore_ascii_case("bearer")
            || tokens.access_token.expose_secret().is_empty()
        {
            return Err(Refusal::TokenAnswerMalformed.into());
        }
        return Ok(tokens);
    }
    let status = answer.status.as_u16();
    let error = serde_json::from_slice::<ErrorAnswer>(&answer.body).map(|answer| answer.error);
    match (status, error.as_deref()) {
        (429, _) => Err(UpstreamError::Unavailable(
            "the token endpoint asks us to come later".into(),
        )),
        // The code or refresh token is unknown, was used or taken back, or is somebody else's.
        (_, Ok("invalid_grant" | "auth_failed")) => Err(Refusal::CodeRefused.into()),
        // We are not known there, or not by this: no code helps. Anything else may be about the code, which a browser brought.
        (_, Ok(code @ ("invalid_client" | "unauthorized_client" | "unsupported_grant_type"))) => {
            Err(UpstreamError::Misconfigured(refused(code)))
        }
        (401, _) => Err(UpstreamError::Misconfigured(refused("status 401"))),
        (_, Ok(code)) if code.len() <= 60 && code.bytes().all(|b| b.is_ascii_graphic()) => {
            Err(UpstreamError::SaidMisconfigured(refused(code)))
        }
        _ => Err(UpstreamError::SaidMisconfigured(refused(&format!(
            "status {status}"
        )))),
    }
}

fn refused(how: &str) -> Box<dyn std::error::Error + Send + Sync> {
    ClientRefused(how.to_owned()).into()
}

impl Tokens {
    /// The ID token, which belongs to every login (Core 3.1.3.3).
    pub(super) fn id_token(&self) -> Result<&str, Refusal> {
        self.id_token.as_deref().ok_or(Refusal::IdTokenMissing)
    }
}

impl std::fmt::Debug for ClientAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Basic(_) => "client_secret_basic",
            Self::Post(_) => "client_secret_post",
            Self::PrivateKeyJwt { .. } => "private_key_jwt",
            Self::Tls => "tls_client_auth",
        })
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens")
            .field("id_token", &self.id_token.is_some())
            .finish_non_exhaustive()
    }
}
