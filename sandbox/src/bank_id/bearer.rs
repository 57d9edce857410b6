//! The access token in a request.

use std::sync::Arc;

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::oidc::Provider;
use crate::oidc::grant::Grant;

/// Why an access token gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It is missing, unknown or has expired.
    Unauthorized,
    /// The scope or the contract is missing.
    Forbidden,
}

impl IntoResponse for Denied {
    fn into_response(self) -> Response {
        let (status, code) = match self {
            Self::Unauthorized => (StatusCode::UNAUTHORIZED, "UNAUTHORIZED"),
            Self::Forbidden => (StatusCode::FORBIDDEN, "FORBIDDEN"),
        };
        let body = Json(json!({ "error": code, "error_description": "the sandbox says so" }));
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
        match self {
            Self::Unauthorized => (status, challenge, body).into_response(),
            Self::Forbidden => (status, body).into_response(),
        }
    }
}

/// The grant behind the token of a request.
pub fn grant(provider: &Provider, headers: &HeaderMap) -> Result<Arc<Grant>, Denied> {
    let value = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token,
        _ => return Err(Denied::Unauthorized),
    };
    provider
        .grants
        .by_access_token(token, provider.now())
        .map(|(_, grant)| grant)
        .ok_or(Denied::Unauthorized)
}
