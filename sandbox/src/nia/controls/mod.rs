//! Controls of NIA, under `/_sandbox/nia/`.

pub mod clock;
pub mod fault;
pub mod keys;
pub mod logout;
pub mod memory;
pub mod sep;

use axum::Router;
use axum::routing::{get, post};

use crate::world::World;

/// What can be called, for the index.
pub const PATHS: [(&str, &str, &str); 17] = [
    ("GET", "/_sandbox/nia/sep", "registered service providers"),
    (
        "POST",
        "/_sandbox/nia/sep",
        "register or replace one: entity_id, acs_url, name, logout_url, metadata_url | certificate | certificate_file, eidas, group",
    ),
    (
        "POST",
        "/_sandbox/nia/sep/remove",
        "take one away: entity_id",
    ),
    (
        "GET",
        "/_sandbox/nia/fault",
        "all faults, and those that wait",
    ),
    (
        "POST",
        "/_sandbox/nia/fault",
        "set the next fault: fault, entity_id (default: anyone), times (default 1; 0: until cleared), percent (1 to 100 of the next calls; then until cleared by default)",
    ),
    (
        "POST",
        "/_sandbox/nia/fault/clear",
        "forget waiting faults: entity_id (default: all)",
    ),
    ("GET", "/_sandbox/nia/key", "certificates and fingerprints"),
    (
        "GET",
        "/_sandbox/nia/key/{name}",
        "one certificate as PEM: signing, other-environment, stranger, authority",
    ),
    (
        "POST",
        "/_sandbox/nia/rotate-key",
        "new signing key: valid_from_days (default -30), valid_until_days (default 730)",
    ),
    ("GET", "/_sandbox/nia/clock", "the sandbox's time"),
    (
        "POST",
        "/_sandbox/nia/clock",
        "shift it: shift_seconds, or at (RFC 3339)",
    ),
    (
        "POST",
        "/_sandbox/nia/logout-switches",
        "sign_response, response_by_redirect, require_signed_request",
    ),
    (
        "GET",
        "/_sandbox/nia/logout-request",
        "what providers answered to logouts of ours",
    ),
    (
        "POST",
        "/_sandbox/nia/logout-request",
        "log somebody out at a provider: entity_id, name_id, session_index, further_sessions, binding, flaw, relay_state",
    ),
    ("GET", "/_sandbox/nia/personas", "the people who can log in"),
    (
        "GET",
        "/_sandbox/nia/journal",
        "messages that came in lately, sessions that last",
    ),
    (
        "POST",
        "/_sandbox/nia/forget",
        "forget sessions and consents",
    ),
];

/// The routes.
pub fn router() -> Router<World> {
    Router::new()
        .route("/_sandbox/nia/sep", get(sep::get).post(sep::post))
        .route("/_sandbox/nia/sep/remove", post(sep::remove))
        .route("/_sandbox/nia/fault", get(fault::get).post(fault::post))
        .route("/_sandbox/nia/fault/clear", post(fault::clear))
        .route("/_sandbox/nia/key", get(keys::get))
        .route("/_sandbox/nia/key/{name}", get(keys::pem))
        .route("/_sandbox/nia/rotate-key", post(keys::rotate))
        .route("/_sandbox/nia/clock", get(clock::get).post(clock::post))
        .route("/_sandbox/nia/logout-switches", post(logout::switch))
        .route(
            "/_sandbox/nia/logout-request",
            get(logout::get).post(logout::post),
        )
        .route("/_sandbox/nia/personas", get(memory::personas))
        .route("/_sandbox/nia/journal", get(memory::journal))
        .route("/_sandbox/nia/forget", post(memory::forget))
}
