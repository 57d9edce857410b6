//! Errors of the endpoints that machines call: JSON as RFC 6749 5.2, or a challenge as RFC 6750 3.

use axum::{
    Json,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use store::StorageError;
use web::Problem;

use crate::keys::KeyFault;

/// Why a token, userinfo, introspection or revocation request is refused.
#[derive(Debug)]
pub enum OAuthError {
    /// The request or what it presents is wrong.
    Refused {
        /// HTTP status.
        status: StatusCode,
        /// The OAuth code.
        error: &'static str,
        /// One ASCII sentence.
        description: &'static str,
        /// `WWW-Authenticate`.
        challenge: Option<Challenge>,
    },
    /// We cannot say now; the client may repeat the request.
    Unavailable(StorageError),
    /// A defect of ours.
    Broken(Box<dyn std::error::Error + Send + Sync>),
}

/// How a client may prove itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// With its secret.
    Basic,
    /// With an access token.
    Bearer,
}

#[derive(Serialize)]
struct Body {
    error: &'static str,
    error_description: &'static str,
}

impl OAuthError {
    const fn refused(error: &'static str, description: &'static str) -> Self {
        Self::Refused {
            status: StatusCode::BAD_REQUEST,
            error,
            description,
            challenge: None,
        }
    }

    /// Something is missing, doubled or malformed.
    pub const fn invalid_request(description: &'static str) -> Self {
        Self::refused("invalid_request", description)
    }

    /// A code or refresh token is not good, or not this client's.
    pub const fn invalid_grant(description: &'static str) -> Self {
        Self::refused("invalid_grant", description)
    }

    /// A scope is unknown or more than was granted.
    pub const fn invalid_scope(description: &'static str) -> Self {
        Self::refused("invalid_scope", description)
    }

    /// A resource is unknown or another than was granted.
    pub const fn invalid_target(description: &'static str) -> Self {
        Self::refused("invalid_target", description)
    }

    /// The client may not do this.
    pub const fn unauthorized_client(description: &'static str) -> Self {
        Self::refused("unauthorized_client", description)
    }

    /// Nobody here does this.
    pub const fn unsupported_grant_type() -> Self {
        Self::refused("unsupported_grant_type", "the grant type is not supported")
    }

    /// The client did not prove itself. With `Basic` when it tried by that header (RFC 6749, 5.2).
    pub const fn invalid_client(description: &'static str, challenge: Option<Challenge>) -> Self {
        Self::Refused {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_client",
            description,
            challenge,
        }
    }

    /// The access token is not good (RFC 6750, 3.1).
    pub const fn invalid_token(description: &'static str) -> Self {
        let challenge = Some(Challenge::Bearer);
        Self::Refused {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_token",
            description,
            challenge,
        }
    }

    /// The access token is not for this (RFC 6750, 3.1).
    pub const fn insufficient_scope(description: &'static str) -> Self {
        let challenge = Some(Challenge::Bearer);
        Self::Refused {
            status: StatusCode::FORBIDDEN,
            error: "insufficient_scope",
            description,
            challenge,
        }
    }

    /// The code on the wire.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Refused { error, .. } => error,
            Self::Unavailable(_) => "temporarily_unavailable",
            Self::Broken(_) => "server_error",
        }
    }

    /// The sentence for developers.
    pub const fn description(&self) -> &'static str {
        match self {
            Self::Refused { description, .. } => description,
            Self::Unavailable(_) | Self::Broken(_) => "",
        }
    }
}

impl From<StorageError> for OAuthError {
    fn from(error: StorageError) -> Self {
        if error.is_temporary() {
            Self::Unavailable(error)
        } else {
            Self::Broken(error.into())
        }
    }
}

impl From<KeyFault> for OAuthError {
    fn from(fault: KeyFault) -> Self {
        Self::Broken(fault.into())
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        match &self {
            Self::Refused {
                error, description, ..
            } => told(error, description),
            Self::Unavailable(_) | Self::Broken(_) => count(self.code()),
        }
        match self {
            Self::Refused {
                status,
                error,
                description,
                challenge,
            } => {
                let body = Json(Body {
                    error,
                    error_description: description,
                });
                let mut response = (status, NO_STORE, body).into_response();
                let challenge = match challenge {
                    None => None,
                    Some(Challenge::Basic) => Some(r#"Basic realm="city-idp""#.to_owned()),
                    Some(Challenge::Bearer) => Some(format!(
                        r#"Bearer realm="city-idp", error="{error}", error_description="{description}""#
                    )),
                };
                if let Some(value) = challenge.and_then(|text| HeaderValue::try_from(text).ok()) {
                    response
                        .headers_mut()
                        .insert(header::WWW_AUTHENTICATE, value);
                }
                response
            }
            Self::Unavailable(cause) => Problem::new(&web::problem::UNAVAILABLE)
                .json()
                .because(cause)
                .into_response(),
            Self::Broken(cause) => Problem::new(&web::problem::INTERNAL)
                .json()
                .because(cause)
                .into_response(),
        }
    }
}

/// Counts and logs what a client was told instead of what it asked for.
pub(super) fn told(error: &str, description: &str) {
    count(error);
    tracing::info!(
        error.code = error,
        error = description,
        "a client was refused"
    );
}

fn count(error: &str) {
    metrics::counter!("idp_oauth_refusals_total", "error" => error.to_owned()).increment(1);
}

/// Nobody keeps an answer that holds a token or tells of one (RFC 6749, 5.1).
pub const NO_STORE: [(HeaderName, HeaderValue); 2] = [
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    (header::PRAGMA, HeaderValue::from_static("no-cache")),
];

#[cfg(test)]
mod tests {
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn every_refusal_is_counted_by_its_code() {
        let counts = PrometheusBuilder::new().build_recorder();
        metrics::with_local_recorder(&counts, || {
            drop(OAuthError::invalid_grant("no").into_response());
            drop(OAuthError::invalid_grant("again").into_response());
            drop(OAuthError::invalid_token("no").into_response());
        });

        let told = counts.handle().render();

        assert!(
            told.contains(r#"idp_oauth_refusals_total{error="invalid_grant"} 2"#),
            "{told}"
        );
        assert!(
            told.contains(r#"idp_oauth_refusals_total{error="invalid_token"} 1"#),
            "{told}"
        );
    }

    #[test]
    fn a_failed_header_login_is_challenged_and_a_failed_form_login_is_not() {
        let by_header = OAuthError::invalid_client("no", Some(Challenge::Basic)).into_response();
        let by_form = OAuthError::invalid_client("no", None).into_response();

        assert_eq!(by_header.status(), StatusCode::UNAUTHORIZED);
        assert!(by_header.headers().contains_key(header::WWW_AUTHENTICATE));
        assert!(!by_form.headers().contains_key(header::WWW_AUTHENTICATE));
        assert_eq!(by_form.headers()[header::CACHE_CONTROL], "no-store");
    }
}
