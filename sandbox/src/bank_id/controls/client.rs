//! Registrations of services.

use axum::extract::State;
use axum::response::Response;

use super::whose;
use crate::controls::caller::{Reads, Sent};
use crate::oidc::client::Client;
use crate::oidc::controls::ClientId;
use crate::world::World;

/// Who is registered.
pub async fn get(State(world): State<World>, reads: Reads) -> Response {
    whose(&world).clients(reads)
}

/// Registers one, or replaces its registration.
pub async fn post(
    State(world): State<World>,
    reads: Reads,
    Sent(client): Sent<Client>,
) -> Response {
    whose(&world).register(reads, client)
}

/// Takes one away.
pub async fn remove(
    State(world): State<World>,
    reads: Reads,
    Sent(client): Sent<ClientId>,
) -> Response {
    whose(&world).remove(reads, &client)
}
