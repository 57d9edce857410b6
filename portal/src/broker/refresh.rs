//! Confirming a session: the refresh token answers whether the broker still stands by it, and brings fresh claims.

use chrono::{DateTime, Utc};
use openidconnect::{OAuth2TokenResponse, RefreshToken, TokenResponse};
use outbound::{OutboundError, Unacceptable, Unavailable};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::exchange::{ExchangeError, merged, secret};
use super::id_token::{IdTokenRefusal, no_nonce};
use super::provider::{Broker, BrokerError};
use super::userinfo::UserinfoRefusal;
use crate::identity::Claims;

/// What a confirmed session gets.
#[derive(Debug)]
pub struct Renewed {
    /// Fresh claims; `None` when userinfo did not answer after the broker had confirmed the session. Its next refresh
    /// token counts all the same.
    pub claims: Option<Claims>,
    /// The next refresh token, when the broker rotates them.
    pub refresh_token: Option<SecretString>,
    /// A newer hint for the logout, when there is one.
    pub id_token: Option<SecretString>,
}

/// Why a session was not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    /// The broker ended it (`invalid_grant`), or answers for somebody else: the session is over.
    #[error("the broker no longer stands by the session")]
    Ended,
    /// Nobody could be asked, or the broker said that it did nothing: the refresh token is what it was.
    #[error("the broker could not be asked")]
    NotAsked(#[source] ExchangeError),
    /// The question went out and no answer came that could be used: the broker may have replaced the refresh token.
    #[error("the broker's answer was lost")]
    Unanswered(#[source] ExchangeError),
}

impl Broker {
    /// Confirms the session of `subject`.
    pub async fn renew(
        &self,
        refresh_token: &SecretString,
        subject: &str,
        now: DateTime<Utc>,
    ) -> Result<Renewed, RefreshError> {
        let provider = self
            .provider(now)
            .await
            .map_err(|error| RefreshError::NotAsked(error.into()))?;
        let client = self.client(&provider);
        let token = RefreshToken::new(refresh_token.expose_secret().to_owned());
        let answer = client
            .exchange_refresh_token(&token)
            .map_err(|_| RefreshError::NotAsked(ExchangeError::Refused(NO_ENDPOINT.to_owned())))?
            .request_async(&self.http())
            .await
            .map_err(|error| asked(ExchangeError::from(error)))?;

        let mut document = Value::Object(serde_json::Map::new());
        if let Some(token) = answer.id_token() {
            let checked = self
                .check_id_token(&provider, token, || no_nonce, answer.access_token(), now)
                .await?;
            // Core 12.2: its sub MUST be the same.
            if checked.subject != subject {
                return Err(ExchangeError::IdToken(IdTokenRefusal::Subject).into());
            }
            document = checked.into_document();
        }
        let claims = match self
            .userinfo(&provider, answer.access_token(), subject)
            .await
        {
            Ok(userinfo) => Some(Claims::from_userinfo(&merged(document, userinfo))),
            Err(refusal @ UserinfoRefusal::Subject) => {
                return Err(ExchangeError::Userinfo(refusal).into());
            }
            Err(refusal) => {
                tracing::warn!(
                    error = &refusal as &dyn std::error::Error,
                    "the claims of a session stay as they were"
                );
                None
            }
        };
        Ok(Renewed {
            claims,
            refresh_token: secret(answer.refresh_token()),
            id_token: answer
                .id_token()
                .map(|token| SecretString::from(token.to_string())),
        })
    }
}

impl From<ExchangeError> for RefreshError {
    fn from(error: ExchangeError) -> Self {
        match error {
            ExchangeError::CodeRefused
            | ExchangeError::IdToken(IdTokenRefusal::Subject)
            | ExchangeError::Userinfo(UserinfoRefusal::Subject) => Self::Ended,
            other => Self::Unanswered(other),
        }
    }
}

/// What the token endpoint's failure says about the token that was sent.
fn asked(error: ExchangeError) -> RefreshError {
    let is_untouched = match &error {
        // An error of OAuth is an answer, and its token was not taken.
        ExchangeError::Refused(_) => true,
        ExchangeError::Broker(BrokerError::Unreachable(error)) => is_untouched_by(error),
        _ => false,
    };
    if is_untouched {
        RefreshError::NotAsked(error)
    } else {
        error.into()
    }
}

/// Whether nothing was sent, or whoever answered says that nothing was done with it (RFC 9110, 15.6.4).
fn is_untouched_by(error: &OutboundError) -> bool {
    match error {
        OutboundError::Unavailable { why, .. } => matches!(
            why,
            Unavailable::Paused
                | Unavailable::Connect
                | Unavailable::CertificateRefused
                | Unavailable::ConnectTimedOut
                | Unavailable::ServerError(503)
        ),
        OutboundError::Unacceptable { why, .. } => *why == Unacceptable::NoCertificateAsked,
        OutboundError::Forbidden { .. } => true,
    }
}

const NO_ENDPOINT: &str = "no token endpoint";
