//! Pages for people whose request or login cannot go on.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use thiserror::Error;

use super::error::OAuthError;
use crate::error::Failure;
use crate::page;

/// Why a page cannot be shown: because of what was sent, or because of the sandbox itself.
#[derive(Debug, Error)]
pub enum Stop {
    /// Because of what was sent. Nothing is sent anywhere.
    #[error(transparent)]
    Refused(#[from] OAuthError),
    /// Because of itself.
    #[error(transparent)]
    Failed(#[from] Failure),
}

#[derive(Debug, Template)]
#[template(path = "oidc/error.html")]
struct Page<'a> {
    code: &'a str,
    reason: &'a str,
}

impl Stop {
    /// The login is not known, or it took too long.
    pub fn gone() -> Self {
        OAuthError::invalid_request("the login is unknown or has expired").into()
    }

    /// Something that the page did not offer.
    pub fn not_offered(what: &str) -> Self {
        OAuthError::invalid_request(format!("{what} was not offered")).into()
    }
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(error) => {
                tracing::warn!(
                    error = error.code,
                    reason = error.description,
                    "oidc.refused"
                );
                let page = Page {
                    code: error.code,
                    reason: &error.description,
                };
                page::with_status(StatusCode::BAD_REQUEST, &page)
            }
            Self::Failed(failure) => failure.into_response(),
        }
    }
}
