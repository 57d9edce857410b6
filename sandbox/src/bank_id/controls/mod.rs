//! Controls of Bank iD, under `/_sandbox/bank_id/`.

pub mod client;
pub mod fault;
pub mod memory;
pub mod notice;

use axum::Router;
use axum::routing::{get, post};

use crate::oidc::controls::Whose;
use crate::world::World;

/// Bank iD, for the controls that all providers have.
fn whose(world: &World) -> Whose<'_> {
    Whose {
        provider: &world.bank_id().provider,
        title: "Bank iD",
        folder: "bank_id",
        knows: |_| true,
    }
}

/// What can be called, for the index.
pub const PATHS: [(&str, &str, &str); 14] = [
    (
        "GET",
        "/_sandbox/bank_id/fault",
        "all faults, and those that wait",
    ),
    (
        "POST",
        "/_sandbox/bank_id/fault",
        "set the next fault: fault, client_id (default: anyone), times (default 1; 0: until cleared), percent (1 to 100 of the next calls; then until cleared by default)",
    ),
    (
        "POST",
        "/_sandbox/bank_id/fault/clear",
        "forget waiting faults: client_id (default: all)",
    ),
    ("GET", "/_sandbox/bank_id/client", "registered clients"),
    (
        "POST",
        "/_sandbox/bank_id/client",
        "register or replace one: client_id, redirect_uris, auth_method, client_secret | jwks_uri, scopes, userinfo, encryption_alg, notification_uri, backchannel_logout_uri, post_logout_redirect_uris, sector, name",
    ),
    (
        "POST",
        "/_sandbox/bank_id/client/remove",
        "take one away: client_id",
    ),
    (
        "POST",
        "/_sandbox/bank_id/rotate-key",
        "new signing key: overlap (default true: the old one stays published)",
    ),
    (
        "GET",
        "/_sandbox/bank_id/notify",
        "what clients answered to notices",
    ),
    (
        "POST",
        "/_sandbox/bank_id/notify",
        "tell a client that claims changed: client_id, persona, claims, flaw, as_form, renew_subject",
    ),
    (
        "POST",
        "/_sandbox/bank_id/backchannel-logout",
        "tell a client that somebody logged out: client_id, persona, flaw",
    ),
    (
        "POST",
        "/_sandbox/bank_id/new-subject",
        "give somebody a new subject identifier: persona",
    ),
    (
        "GET",
        "/_sandbox/bank_id/personas",
        "people with an account at a bank",
    ),
    (
        "GET",
        "/_sandbox/bank_id/journal",
        "calls that came in lately, sessions that last, grants that live",
    ),
    (
        "POST",
        "/_sandbox/bank_id/forget",
        "forget sessions and how subject identifiers came about",
    ),
];

/// The routes.
pub fn router() -> Router<World> {
    Router::new()
        .route("/_sandbox/bank_id/fault", get(fault::get).post(fault::post))
        .route("/_sandbox/bank_id/fault/clear", post(fault::clear))
        .route(
            "/_sandbox/bank_id/client",
            get(client::get).post(client::post),
        )
        .route("/_sandbox/bank_id/client/remove", post(client::remove))
        .route("/_sandbox/bank_id/rotate-key", post(memory::rotate))
        .route(
            "/_sandbox/bank_id/notify",
            get(notice::get).post(notice::notify),
        )
        .route("/_sandbox/bank_id/backchannel-logout", post(notice::logout))
        .route("/_sandbox/bank_id/new-subject", post(memory::new_subject))
        .route("/_sandbox/bank_id/personas", get(memory::personas))
        .route("/_sandbox/bank_id/journal", get(memory::journal))
        .route("/_sandbox/bank_id/forget", post(memory::forget))
}
