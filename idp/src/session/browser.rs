//! The browser id: 256 random bits in a cookie for a year, kept as a hash. It is never a session; it binds a browser to
//! what it started.

use std::convert::Infallible;

use axum::extract::{FromRef, FromRequestParts};
use axum::http::request::Parts;
use axum::response::{IntoResponseParts, ResponseParts};
use chrono::Duration;
use serde::{Deserialize, Serialize};
use web::cookie;
use web::csrf::CsrfSecret;
use web::policy::ClientAddress;
use web::{Random, Site};

use crate::hash::sha256_text;
use crate::login::ids::is_token;
use crate::login::restart;

/// SHA-256 of a browser id, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct BrowserHash(String);

impl BrowserHash {
    /// The hash, in base64.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// A browser: the one its cookie names, or a new one. Given with a response, it sets the cookie again for a year.
#[derive(Clone)]
pub(crate) struct Browser {
    id: String,
    cookie_name: String,
    is_new: bool,
    login: Option<String>,
    address: ClientAddress,
}

impl Browser {
    /// What may be stored of it.
    pub(crate) fn hash(&self) -> BrowserHash {
        BrowserHash(sha256_text(self.id.as_bytes()))
    }

    /// Whether it brought no id.
    pub(crate) fn is_new(&self) -> bool {
        self.is_new
    }

    /// What it keeps of the login whose page it asks for, as it was sealed.
    pub(crate) fn login(&self) -> Option<&str> {
        self.login.as_deref()
    }

    /// Where it calls from, for limits.
    pub(crate) fn address(&self) -> ClientAddress {
        self.address
    }

    /// What the tokens of its forms are made from.
    pub(crate) fn csrf(&self) -> CsrfSecret {
        CsrfSecret::of(&self.id)
    }
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser").finish_non_exhaustive()
    }
}

impl<S> FromRequestParts<S> for Browser
where
    S: Sync,
    Random: FromRef<S>,
    std::sync::Arc<Site>: FromRef<S>,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let site = std::sync::Arc::<Site>::from_ref(state);
        let cookie_name = site.cookie_name("browser");
        let known = cookie::value(&parts.headers, &cookie_name).filter(|value| is_token(value));
        let is_new = known.is_none();
        let id = known.unwrap_or_else(|| Random::from_ref(state).token());
        let Ok(address) = ClientAddress::from_request_parts(parts, state).await;
        Ok(Self {
            id,
            cookie_name,
            is_new,
            login: cookie::value_under(&parts.headers, &site.cookie_name(restart::COOKIE)),
            address,
        })
    }
}

impl IntoResponseParts for Browser {
    type Error = Infallible;

    fn into_response_parts(self, response: ResponseParts) -> Result<ResponseParts, Infallible> {
        cookie::host(self.cookie_name, self.id)
            .lasting(Duration::days(365))
            .into_response_parts(response)
    }
}
