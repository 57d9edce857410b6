//! Userinfo (OpenID Connect Core 5.3), plain or signed. It must speak of the person of the ID token.

use openidconnect::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use openidconnect::http::{HeaderValue, Method, Request, StatusCode};
use openidconnect::{AccessToken, HttpResponse};
use outbound::is_media_type;
use serde_json::Value;

use super::http::{Http, HttpError};
use super::jws::{self, JwsError};
use super::provider::{Broker, Provider};

/// Why userinfo does not count.
#[derive(Debug, thiserror::Error)]
pub enum UserinfoRefusal {
    /// No answer.
    #[error("userinfo cannot be reached")]
    Unreachable(#[source] HttpError),
    /// Another status than 200, or neither JSON nor a JWT.
    #[error("not a userinfo document (status {0})")]
    Answer(u16),
    /// `sub` is missing or another than the ID token's.
    #[error("userinfo speaks of somebody else")]
    Subject,
    /// A signed document of another issuer or for another client.
    #[error("userinfo is not the broker's word to us")]
    Parties,
    /// Its signature does not hold.
    #[error("the signature of userinfo does not hold")]
    Signature(#[source] JwsError),
}

impl Broker {
    /// Asks for the claims. `None` where the provider has no userinfo endpoint.
    pub(super) async fn userinfo(
        &self,
        provider: &Provider,
        access_token: &AccessToken,
        subject: &str,
    ) -> Result<Option<Value>, UserinfoRefusal> {
        let Some(endpoint) = provider.metadata.userinfo_endpoint() else {
            return Ok(None);
        };
        let answer = ask(&self.http(), endpoint.url().as_str(), access_token).await?;
        let document = read(&answer, provider, self.issuer(), self.client_id())?;
        // Core 5.3.2: the sub MUST be present and the same as in the ID token, or the values MUST NOT be used.
        if document.get("sub").and_then(Value::as_str) != Some(subject) {
            return Err(UserinfoRefusal::Subject);
        }
        Ok(Some(document))
    }
}

async fn ask(
    http: &Http,
    endpoint: &str,
    access_token: &AccessToken,
) -> Result<HttpResponse, UserinfoRefusal> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", access_token.secret()))
        .map_err(|error| UserinfoRefusal::Unreachable(HttpError::Answer(error.into())))?;
    bearer.set_sensitive(true);
    let request = Request::builder()
        .method(Method::GET)
        .uri(endpoint)
        .header(ACCEPT, "application/json, application/jwt")
        .header(AUTHORIZATION, bearer)
        .body(Vec::new())
        .map_err(|error| UserinfoRefusal::Unreachable(error.into()))?;
    http.send(request)
        .await
        .map_err(UserinfoRefusal::Unreachable)
}

fn read(
    answer: &HttpResponse,
    provider: &Provider,
    issuer: &str,
    client_id: &str,
) -> Result<Value, UserinfoRefusal> {
    let refused = || UserinfoRefusal::Answer(answer.status().as_u16());
    if answer.status() != StatusCode::OK {
        return Err(refused());
    }
    let content_type = answer
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if is_media_type(content_type, &["application/jwt"]) {
        let token = std::str::from_utf8(answer.body()).map_err(|_| refused())?;
        let signed =
            jws::verify(token.trim(), &provider.keys).map_err(UserinfoRefusal::Signature)?;
        // Core 5.3.2: iss and aud SHOULD be there; if they are, they must be right.
        let issuer_fits = signed.claims.get("iss").is_none_or(|iss| iss == issuer);
        let audience_fits = signed
            .claims
            .get("aud")
            .is_none_or(|aud| names(aud, client_id));
        // A token made for another purpose carries these.
        let other_purpose =
            signed.claims.get("events").is_some() || signed.claims.get("nonce").is_some();
        if !issuer_fits || !audience_fits || other_purpose {
            return Err(UserinfoRefusal::Parties);
        }
        return Ok(signed.claims);
    }
    if !is_media_type(content_type, outbound::JSON) {
        return Err(refused());
    }
    match serde_json::from_slice(answer.body()) {
        Ok(document @ Value::Object(_)) => Ok(document),
        _ => Err(refused()),
    }
}

/// Whether `aud` is, or holds, this client.
pub(super) fn names(aud: &Value, client_id: &str) -> bool {
    match aud {
        Value::String(one) => one == client_id,
        Value::Array(several) => several.iter().any(|one| one == client_id),
        _ => false,
    }
}
