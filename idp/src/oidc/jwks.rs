//! `GET /oauth2/jwks` (RFC 7517, 5): our public keys, the next ones among them.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};

use super::discovery::CACHED;
use crate::keys::Keys;

/// The key set.
pub async fn get(State(keys): State<Keys>) -> Response {
    (
        [(header::CONTENT_TYPE, "application/json"), CACHED],
        keys.jwks(),
    )
        .into_response()
}
