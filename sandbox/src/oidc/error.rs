//! Refusals: as JSON for programs, as a redirect for applications, as a page for people.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use thiserror::Error;

use crate::error::Failure;

/// An error in the words of OAuth.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{code}: {description}")]
pub struct OAuthError {
    /// With JSON.
    pub status: StatusCode,
    /// `error`
    pub code: &'static str,
    /// `error_description`, in English, as providers write it.
    pub description: String,
}

impl OAuthError {
    /// An error with a status.
    pub fn new(status: StatusCode, code: &'static str, description: impl Into<String>) -> Self {
        Self {
            status,
            code,
            description: description.into(),
        }
    }

    /// Something is missing, doubled or wrong.
    pub fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    /// The client did not prove itself.
    pub fn invalid_client(description: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    /// The code or the token does not count.
    pub fn invalid_grant(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_grant", description)
    }

    /// A body that is not a form.
    pub fn wrong_media_type() -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "invalid_request",
            "send application/x-www-form-urlencoded",
        )
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        tracing::warn!(error = self.code, reason = self.description, "oidc.refused");
        let body = Json(json!({ "error": self.code, "error_description": self.description }));
        let mut response = (self.status, body).into_response();
        response
            .headers_mut()
            .insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// Why an endpoint for programs stopped: because of what was sent, or because of itself.
#[derive(Debug, Error)]
pub enum Stop {
    /// Because of what was sent.
    #[error(transparent)]
    Refused(#[from] OAuthError),
    /// Because of itself.
    #[error(transparent)]
    Failed(#[from] Failure),
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => error.into_response(),
            Self::Failed(failure) => failure.into_response(),
        }
    }
}
