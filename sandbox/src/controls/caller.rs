//! Who turns the controls, and in which form they want to hear about it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Json, RequestExt as _};
use axum_extra::extract::Form;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::world::World;

/// Refuses everybody who is not on this machine, and forms sent by pages of others.
pub async fn only_local(State(world): State<World>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if !peer.is_some_and(|info| is_local(info.0.ip())) || is_foreign_form(&world, &request) {
        tracing::warn!(http.path = request.uri().path(), "controls.refused");
        return (
            StatusCode::FORBIDDEN,
            "SANDBOX: ovládání je jen pro tento počítač",
        )
            .into_response();
    }
    next.run(request).await
}

/// An IPv4 address can come dressed as IPv6.
fn is_local(peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback()
}

/// Browsers say where a form comes from; programs say nothing and are on this machine anyway.
fn is_foreign_form(world: &World, request: &Request) -> bool {
    let header = |name| {
        request
            .headers()
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    if request.method() == Method::GET {
        return false;
    }
    match (header("sec-fetch-site"), header("origin")) {
        (Some(site), _) => !matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => {
            let here = format!("http://{}", header("host").unwrap_or_default());
            origin != world.base_url() && origin != here
        }
        (None, None) => false,
    }
}

/// Whether the caller reads pages.
#[derive(Debug, Clone, Copy)]
pub struct Reads {
    /// Pages rather than JSON.
    pub pages: bool,
}

impl Reads {
    fn from_headers(headers: &HeaderMap) -> Self {
        let accepted = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        Self {
            pages: accepted.contains("text/html"),
        }
    }

    /// What was done: back to the page, or the state as JSON.
    pub fn done(self, page: &str, state: impl Serialize) -> Response {
        if self.pages {
            Redirect::to(page).into_response()
        } else {
            Json(state).into_response()
        }
    }

    /// What could not be done.
    pub fn refused(self, status: StatusCode, reason: impl Into<String>) -> Response {
        let reason = reason.into();
        if self.pages {
            (status, reason).into_response()
        } else {
            (status, Json(json!({ "error": reason }))).into_response()
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Reads {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(Self::from_headers(&parts.headers))
    }
}

/// What a caller sent, as JSON or as a form.
#[derive(Debug)]
pub struct Sent<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + 'static> FromRequest<S> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, _: &S) -> Result<Self, Self::Rejection> {
        let kind = request
            .headers()
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("application/json")) {
            let Json(value) = request
                .extract()
                .await
                .map_err(IntoResponse::into_response)?;
            return Ok(Self(value));
        }
        if kind.is_none() {
            // Nothing sent is the same as an empty form.
            let value = serde_json::from_value(json!({})).map_err(|error| {
                (StatusCode::UNPROCESSABLE_ENTITY, error.to_string()).into_response()
            })?;
            return Ok(Self(value));
        }
        let Form(value) = request
            .extract()
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self(value))
    }
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_this_machine_turns_the_controls() {
        for local in ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"] {
            assert!(is_local(local.parse().unwrap()), "{local}");
        }
        for foreign in [
            "192.0.2.1",
            "10.0.0.1",
            "::ffff:192.0.2.1",
            "2001:db8::1",
            "0.0.0.0",
        ] {
            assert!(!is_local(foreign.parse().unwrap()), "{foreign}");
        }
    }
}
