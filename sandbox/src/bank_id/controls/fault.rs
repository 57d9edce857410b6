//! What shall go wrong next.

use axum::extract::State;
use axum::response::Response;

use super::whose;
use crate::controls::caller::{Reads, Sent};
use crate::oidc::controls::{ClientId, Wish};
use crate::world::World;

/// All faults, and those that wait.
pub async fn get(State(world): State<World>, reads: Reads) -> Response {
    whose(&world).faults(reads)
}

/// Sets the next fault.
pub async fn post(State(world): State<World>, reads: Reads, Sent(wish): Sent<Wish>) -> Response {
    whose(&world).set_fault(reads, wish)
}

/// Forgets waiting faults.
pub async fn clear(
    State(world): State<World>,
    reads: Reads,
    Sent(client): Sent<ClientId>,
) -> Response {
    whose(&world).clear_faults(reads, &client)
}
