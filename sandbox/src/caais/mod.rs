//! CAAIS, the state's authentication of officials, as a town's system sees it over OpenID Connect.
//!
//! Keys have no names, the token endpoint is another host with a client certificate, everything about the official stands in
//! the ID token, and a wrong request ends on a page.

pub mod authorize;
pub mod claims;
pub mod config;
pub mod controls;
pub mod discovery;
pub mod login;
pub mod logout;
pub mod officer;
pub mod state;
pub mod token;

use axum::Router;
use axum::routing::{get, post};

pub use state::Caais;

use crate::world::World;

/// All addresses.
pub fn router() -> Router<World> {
    Router::new()
        .route(
            "/caais/.well-known/openid-configuration",
            get(discovery::get),
        )
        .route("/caais/oauth2/jwks", get(discovery::jwks))
        .route(
            "/caais/oauth2/authorize",
            get(authorize::get).post(authorize::post),
        )
        .route("/caais/login/{visit}", get(login::get).post(login::post))
        .route("/caais/oauth2/token", post(token::post))
        .route("/caais/oauth2/end_session", get(logout::get))
}
