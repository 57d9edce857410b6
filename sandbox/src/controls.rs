//! `/_sandbox/`: what a developer or a test turns. Only for programs and people on this machine.

use axum::Router;

use crate::world::World;

/// All controls.
pub fn router() -> Router<World> {
    Router::new()
}
