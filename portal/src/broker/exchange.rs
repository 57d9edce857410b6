//! A code becomes a signed-in person: token endpoint, ID token, userinfo. Nothing is believed before all three agree.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use openidconnect::core::CoreErrorResponseType;
use openidconnect::{
    AccessToken, AuthorizationCode, Nonce, NonceVerifier, OAuth2TokenResponse, PkceCodeVerifier,
    RefreshToken, RequestTokenError, TokenResponse,
};
use secrecy::SecretString;
use serde_json::Value;

use super::authorization::Secrets;
use super::http::HttpError;
use super::id_token::{self, IdTokenRefusal, Token};
use super::jws;
use super::provider::{Broker, BrokerError, Client, Provider, TokenError};
use super::userinfo::UserinfoRefusal;
use crate::identity::Claims;

/// A person the broker vouched for, and what we keep of its answer.
#[derive(Debug)]
pub struct SignedIn {
    /// `sub`, the person's name at the broker for us.
    pub subject: String,
    /// `previous_sub`, what it was before accounts of the person became one.
    pub former_subjects: Vec<String>,
    /// `sid`, the broker's session with us.
    pub broker_sid: Option<String>,
    /// `acr`, the level reached now.
    pub acr: Option<String>,
    /// When the person proved who they are.
    pub auth_time: Option<DateTime<Utc>>,
    /// When the broker said all this, by its own clock.
    pub issued_at: DateTime<Utc>,
    /// Userinfo in our words.
    pub claims: Claims,
    /// Confirms the session later; absent without the scope `offline_access`.
    pub refresh_token: Option<SecretString>,
    /// The hint for logging out at the broker.
    pub id_token: SecretString,
}

/// Why nobody is signed in.
#[derive(Debug, thiserror::Error)]
pub enum ExchangeError {
    /// The token endpoint says `invalid_grant`: too late, used before, not ours.
    #[error("the broker does not take the code")]
    CodeRefused,
    /// The broker cannot be used now.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The token endpoint answers something else.
    #[error("the token endpoint refused us: {0}")]
    Refused(String),
    /// The ID token does not hold.
    #[error("the ID token is refused")]
    IdToken(#[source] IdTokenRefusal),
    /// Userinfo does not hold.
    #[error("userinfo is refused")]
    Userinfo(#[source] UserinfoRefusal),
}

impl Broker {
    /// Redeems a code of a login that began with these secrets.
    pub async fn exchange(
        &self,
        code: &str,
        secrets: &Secrets,
        now: DateTime<Utc>,
    ) -> Result<SignedIn, ExchangeError> {
        let provider = self.provider(now).await?;
        let client = self.client(&provider);
        let answer = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|_| ExchangeError::Refused("no token endpoint".to_owned()))?
            .set_pkce_verifier(PkceCodeVerifier::new(secrets.code_verifier.clone()))
            .request_async(&self.http())
            .await
            .map_err(ExchangeError::from)?;

        let token = answer
            .id_token()
            .ok_or(ExchangeError::IdToken(IdTokenRefusal::Missing))?;
        let nonce = Nonce::new(secrets.nonce.clone());
        let checked = self
            .check_id_token(&provider, token, || &nonce, answer.access_token(), now)
            .await?;
        let userinfo = self
            .userinfo(&provider, answer.access_token(), &checked.subject)
            .await
            .map_err(ExchangeError::Userinfo)?;

        let document = merged(checked.document, userinfo);
        Ok(SignedIn {
            claims: Claims::from_userinfo(&document),
            former_subjects: former_subjects(&document),
            subject: checked.subject,
            broker_sid: checked.broker_sid,
            acr: checked.acr,
            auth_time: checked.auth_time,
            issued_at: checked.issued_at,
            refresh_token: secret(answer.refresh_token()),
            id_token: SecretString::from(token.to_string()),
        })
    }

    /// Verifies an ID token; one signed by a key we have not seen gets a second try with the keys of this minute.
    pub(super) async fn check_id_token<N: NonceVerifier>(
        &self,
        provider: &Provider,
        token: &Token,
        nonce: impl Fn() -> N,
        access_token: &AccessToken,
        now: DateTime<Utc>,
    ) -> Result<CheckedIdToken, ExchangeError> {
        let verdict = checked(&self.client(provider), token, nonce(), access_token, now);
        match verdict {
            Err(refusal) if refusal.may_be_a_new_key() => {
                let provider = self.provider_with_new_keys(now).await?;
                checked(&self.client(&provider), token, nonce(), access_token, now)
                    .map_err(ExchangeError::IdToken)
            }
            verdict => verdict.map_err(ExchangeError::IdToken),
        }
    }
}

/// What is read from an ID token once it holds.
#[derive(Debug)]
pub(super) struct CheckedIdToken {
    pub(super) subject: String,
    broker_sid: Option<String>,
    acr: Option<String>,
    auth_time: Option<DateTime<Utc>>,
    issued_at: DateTime<Utc>,
    document: Value,
}

fn checked<N: NonceVerifier>(
    client: &Client,
    token: &Token,
    nonce: N,
    access_token: &AccessToken,
    now: DateTime<Utc>,
) -> Result<CheckedIdToken, IdTokenRefusal> {
    let claims = id_token::verify(client, token, nonce, access_token, now)?;
    Ok(CheckedIdToken {
        subject: claims.subject().to_string(),
        broker_sid: claims.additional_claims().sid.clone(),
        acr: claims.auth_context_ref().map(|acr| acr.to_string()),
        auth_time: claims.auth_time(),
        issued_at: claims.issue_time(),
        document: jws::payload_of_verified(&token.to_string()),
    })
}

fn former_subjects(document: &Value) -> Vec<String> {
    let former = document.get("previous_sub").and_then(Value::as_array);
    let former = former.into_iter().flatten();
    former
        .filter_map(|sub| Some(sub.as_str()?.to_owned()))
        .collect()
}

impl SignedIn {
    /// Whether it is the person whom we knew by this `sub`.
    pub fn is(&self, subject: &str) -> bool {
        self.subject == subject || self.former_subjects.iter().any(|former| former == subject)
    }
}

/// Claims may come in the ID token, in userinfo or in both; userinfo is the newer word.
pub(super) fn merged(mut id_token: Value, userinfo: Option<Value>) -> Value {
    if let (Some(known), Some(Value::Object(newer))) = (id_token.as_object_mut(), userinfo) {
        known.extend(newer);
    }
    id_token
}

pub(super) fn secret(token: Option<&RefreshToken>) -> Option<SecretString> {
    token.map(|token| SecretString::from(token.secret().clone()))
}

impl CheckedIdToken {
    pub(super) fn into_document(self) -> Value {
        self.document
    }
}

impl From<RequestTokenError<HttpError, TokenError>> for ExchangeError {
    fn from(error: RequestTokenError<HttpError, TokenError>) -> Self {
        match error {
            RequestTokenError::ServerResponse(refusal) => match refusal.error() {
                CoreErrorResponseType::InvalidGrant => Self::CodeRefused,
                other => Self::Refused(other.to_string()),
            },
            RequestTokenError::Request(HttpError::Outbound(error)) => Self::Broker(error.into()),
            RequestTokenError::Request(error) => {
                Self::Broker(BrokerError::Misbehaving(Arc::new(error)))
            }
            RequestTokenError::Parse(_, body) if holds_unreadable_id_token(&body) => {
                Self::IdToken(IdTokenRefusal::Unreadable)
            }
            RequestTokenError::Parse(error, _) => {
                Self::Broker(BrokerError::Misbehaving(Arc::new(error)))
            }
            RequestTokenError::Other(why) => Self::Refused(why),
        }
    }
}

/// Whether it is the ID token that keeps the answer from being read: no signature, no subject.
fn holds_unreadable_id_token(body: &[u8]) -> bool {
    let answer: Value = serde_json::from_slice(body).unwrap_or_default();
    answer
        .get("id_token")
        .is_some_and(|token| serde_json::from_value::<Token>(token.clone()).is_err())
}
