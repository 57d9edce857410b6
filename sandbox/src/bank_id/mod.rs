//! Bank iD, the middleman between banks and services, as a service sees it over OpenID Connect.
//!
//! A request (`auth`) becomes a visit; pages ask for the bank, name and password, the code on the phone and the consent; `token`, `userinfo`
//! and `profile` serve the program behind. Deviations from plain OpenID Connect are on purpose.

pub mod auth;
pub mod bank;
pub mod banks;
pub mod bearer;
pub mod choice;
pub mod claims;
pub mod config;
pub mod confirm;
pub mod consent;
pub mod controls;
pub mod customer;
pub mod discovery;
pub mod listeners;
pub mod login;
pub mod logout;
pub mod notice;
pub mod scope;
pub mod state;
pub mod subject;
pub mod token;
pub mod token_info;
pub mod userinfo;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{get, post};

pub use state::BankId;

use crate::random;
use crate::world::World;

/// All addresses; every answer names its trace.
pub fn router() -> Router<World> {
    Router::new()
        .route(
            "/bank_id/.well-known/openid-configuration",
            get(discovery::get),
        )
        .route("/bank_id/.well-known/jwks", get(discovery::jwks))
        .route("/bank_id/auth", get(auth::get).post(auth::post))
        .route("/bank_id/begin/{visit}", get(auth::begin))
        .route(
            "/bank_id/banks/{visit}",
            get(choice::get).post(choice::post),
        )
        .route("/bank_id/login/{visit}", get(login::get).post(login::post))
        .route(
            "/bank_id/confirm/{visit}",
            get(confirm::get).post(confirm::post),
        )
        .route(
            "/bank_id/consent/{visit}",
            get(consent::get).post(consent::post),
        )
        .route("/bank_id/token", post(token::post))
        .route("/bank_id/token-info", post(token_info::post))
        .route(
            "/bank_id/userinfo",
            get(userinfo::userinfo).post(userinfo::userinfo),
        )
        .route(
            "/bank_id/profile",
            get(userinfo::profile).post(userinfo::profile),
        )
        .route("/bank_id/logout", get(logout::get).post(logout::post))
        .route("/bank_id/api/v1/banks", get(banks::get))
        .route("/bank_id/logo/{bank}", get(banks::logo))
        .layer(middleware::from_fn(traced))
}

/// Sixteen letters and digits that support asks for.
async fn traced(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let trace = random::hex().unwrap_or_default();
    if let Ok(value) = HeaderValue::from_str(trace.get(..16).unwrap_or("0000000000000000")) {
        response
            .headers_mut()
            .insert(HeaderName::from_static("traceid"), value);
    }
    response
}

#[cfg(test)]
mod tests;
