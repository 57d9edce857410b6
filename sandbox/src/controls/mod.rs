//! `/_sandbox/`: what a developer or a test turns. Only for programs and people on this machine.
//!
//! Every control is a page with forms and a JSON API at the same address: whoever accepts `text/html` gets pages.

pub mod caller;
pub mod index;

use axum::Router;
use axum::middleware;
use axum::routing::get;

use crate::world::World;
use crate::{ares, bank_id, caais, isds, mail, nia, tls};

/// All controls, behind the check of who is calling.
pub fn router(world: World) -> Router<World> {
    Router::new()
        .route("/_sandbox/", get(index::get))
        .merge(nia::controls::router())
        .merge(bank_id::controls::router())
        .merge(isds::controls::router())
        .merge(ares::controls::router())
        .merge(mail::controls::router())
        .merge(tls::controls::router())
        .merge(caais::controls::router())
        .route_layer(middleware::from_fn_with_state(world, caller::only_local))
}
