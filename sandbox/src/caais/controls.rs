//! Controls of CAAIS, under `/_sandbox/caais/`.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::officer::Officer;
use crate::controls::caller::{Reads, Sent};
use crate::error::Failure;
use crate::oidc::client::Client;
use crate::oidc::controls::{ClientId, Rotation, Wish};
use crate::world::World;

/// What can be called, for the index.
pub const PATHS: [(&str, &str, &str); 11] = [
    (
        "GET",
        "/_sandbox/caais/fault",
        "all faults, and those that wait",
    ),
    (
        "POST",
        "/_sandbox/caais/fault",
        "set the next fault: fault, client_id (default: anyone), times (default 1; 0: until cleared), percent (1 to 100 of the next calls; then until cleared by default)",
    ),
    (
        "POST",
        "/_sandbox/caais/fault/clear",
        "forget waiting faults: client_id (default: all)",
    ),
    ("GET", "/_sandbox/caais/client", "registered systems"),
    (
        "POST",
        "/_sandbox/caais/client",
        "register or replace one: client_id, redirect_uris, certificate_sha256 | certificate_file, post_logout_redirect_uris, scopes, name",
    ),
    (
        "POST",
        "/_sandbox/caais/client/remove",
        "take one away: client_id",
    ),
    (
        "POST",
        "/_sandbox/caais/rotate-key",
        "new signing key: overlap (default true: the old one stays published)",
    ),
    (
        "GET",
        "/_sandbox/caais/officers",
        "the officials who can log in",
    ),
    (
        "POST",
        "/_sandbox/caais/roles",
        "an official has these roles from now on: officer, access_roles (separated by blanks; empty: none)",
    ),
    (
        "GET",
        "/_sandbox/caais/journal",
        "calls that came in lately, sessions that last, grants that live",
    ),
    ("POST", "/_sandbox/caais/forget", "forget sessions"),
];

/// The routes.
pub fn router() -> Router<World> {
    Router::new()
        .route("/_sandbox/caais/fault", get(faults).post(set_fault))
        .route("/_sandbox/caais/fault/clear", post(clear_faults))
        .route("/_sandbox/caais/client", get(clients).post(register))
        .route("/_sandbox/caais/client/remove", post(remove))
        .route("/_sandbox/caais/rotate-key", post(rotate))
        .route("/_sandbox/caais/officers", get(officers))
        .route("/_sandbox/caais/roles", post(set_roles))
        .route("/_sandbox/caais/journal", get(journal))
        .route("/_sandbox/caais/forget", post(forget))
}

async fn faults(State(world): State<World>, reads: Reads) -> Response {
    world.caais().controlled().faults(reads)
}

async fn set_fault(State(world): State<World>, reads: Reads, Sent(wish): Sent<Wish>) -> Response {
    world.caais().controlled().set_fault(reads, wish)
}

async fn clear_faults(
    State(world): State<World>,
    reads: Reads,
    Sent(client): Sent<ClientId>,
) -> Response {
    world.caais().controlled().clear_faults(reads, &client)
}

async fn clients(State(world): State<World>, reads: Reads) -> Response {
    world.caais().controlled().clients(reads)
}

async fn register(
    State(world): State<World>,
    reads: Reads,
    Sent(client): Sent<Client>,
) -> Response {
    let client = Client {
        auth_method: crate::oidc::client::AuthMethod::TlsClientAuth,
        ..client
    };
    world.caais().controlled().register(reads, client)
}

async fn remove(
    State(world): State<World>,
    reads: Reads,
    Sent(client): Sent<ClientId>,
) -> Response {
    world.caais().controlled().remove(reads, &client)
}

async fn rotate(
    State(world): State<World>,
    reads: Reads,
    Sent(rotation): Sent<Rotation>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || world.caais().controlled().rotate(reads, &rotation)).await?
}

async fn officers(State(world): State<World>) -> Json<Vec<Officer>> {
    Json(world.caais().officers())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Roles {
    officer: String,
    #[serde(default)]
    access_roles: String,
}

async fn set_roles(State(world): State<World>, reads: Reads, Sent(roles): Sent<Roles>) -> Response {
    let codes = roles.access_roles.split_whitespace();
    let codes: Vec<String> = codes.map(str::to_owned).collect();
    if world.caais().set_roles(&roles.officer, codes.clone()) {
        let state = json!({ "officer": roles.officer, "access_roles": codes });
        reads.done("/_sandbox/", state)
    } else {
        reads.refused(StatusCode::NOT_FOUND, "no such official")
    }
}

async fn journal(State(world): State<World>) -> Json<Value> {
    Json(world.caais().controlled().journal())
}

async fn forget(State(world): State<World>, reads: Reads) -> Response {
    world.caais().provider.sessions.remove_where(|_| true);
    reads.done("/_sandbox/", json!({ "forgotten": ["sessions"] }))
}
