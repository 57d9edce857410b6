//! The OpenID provider: one file an endpoint, and the rules they share.

pub mod access_token;
pub mod backchannel;
pub mod code;
pub mod request;
pub mod respond;

pub(crate) mod authorize;
pub(crate) mod leave;
pub(crate) mod logout;
pub(crate) mod stands;
mod told;

pub mod bearer;
pub mod client_auth;
pub mod discovery;
pub mod error;
pub mod form;
pub mod introspect;
pub mod jwks;
pub mod revoke;
mod sealed;
mod still_open;
pub mod token;
pub mod userinfo;

use axum::{
    Router,
    routing::{get, post},
};

use crate::Broker;

/// The addresses that machines call.
pub fn routes() -> Router<Broker> {
    Router::new()
        .route("/.well-known/openid-configuration", get(discovery::get))
        .route("/oauth2/jwks", get(jwks::get))
        .route("/oauth2/token", post(token::post))
        .route("/oauth2/userinfo", get(userinfo::get).post(userinfo::get))
        .route("/oauth2/introspect", post(introspect::post))
        .route("/oauth2/revoke", post(revoke::post))
}
