//! Logging in: a login opens, the browser leaves for a provider, comes back, and proves that it is the same one.
//!
//! Objects and their lives stand in [`kept`], what happens next in [`decide`], the one transaction that makes somebody
//! signed in in [`record`]. Handlers: [`choice`], [`choose`], [`answer`], [`acting`], [`information`], [`cancel`].

pub(crate) mod acting;
pub(crate) mod answer;
mod attempt;
pub(crate) mod begin;
mod bodies;
pub(crate) mod cancel;
pub(crate) mod choice;
pub(crate) mod choose;
mod config;
pub(crate) mod decide;
pub(crate) mod depart;
mod departed;
pub(crate) mod doing;
pub(crate) mod finish;
pub(crate) mod frame;
mod handed;
pub mod health;
pub(crate) mod ids;
pub(crate) mod information;
pub(crate) mod kept;
mod ladder;
pub(crate) mod meter;
mod notice;
mod offer_view;
pub(crate) mod offers;
pub(crate) mod open;
pub mod problems;
pub(crate) mod record;
pub(crate) mod refused;
pub(crate) mod remembered;
pub(crate) mod restart;
mod shown;
pub(crate) mod situation;
pub(crate) mod way;

pub use config::LoginConfig;
pub use health::Health;

use axum::Router;
use axum::routing::{get, post};

use crate::broker::Broker;
use crate::oidc::{authorize, leave, logout};

/// The addresses of logging in and out.
pub fn routes() -> Router<Broker> {
    Router::new()
        .route(
            "/oauth2/authorize",
            get(authorize::get).post(authorize::post),
        )
        .route("/login/{login}", get(choice::get))
        .route("/login/{login}/choose", post(choose::post))
        .route("/login/{login}/continue", post(choose::go_on))
        .route("/login/{login}/forget", post(remembered::forget))
        .route("/login/{login}/cancel", get(cancel::get))
        .route(
            "/login/{login}/information",
            get(information::get).post(information::post),
        )
        .route("/login/{login}/acting", get(acting::get).post(acting::post))
        .route("/login/{login}/answer/{handle}", get(answer::get))
        .route("/oauth2/logout", get(logout::get).post(logout::post))
        .route("/oauth2/logout/done", get(logout::done))
        .route("/oauth2/logout/{id}", get(logout::again))
        .route("/oauth2/logout/{id}/confirm", post(logout::confirm))
        .route("/oauth2/logout/{id}/further", get(leave::further))
}
