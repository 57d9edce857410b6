//! The cookie that binds a login to the browser that began it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use web::cookie;

use super::BROWSER_COOKIE;

/// The value of the browser's cookie, if it has one.
#[derive(Clone)]
pub struct Browser(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(cookie::value(&parts.headers, BROWSER_COOKIE)))
    }
}

impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Browser").field(&self.0.is_some()).finish()
    }
}
