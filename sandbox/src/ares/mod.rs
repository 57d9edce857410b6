//! ARES, the register of subjects in business, by its REST interface (`reference/local-identity.md` 3.3).
//!
//! Served below `/ares`, and below the path the real one has there too. Subjects are those of `data/ares.toml`; one that is
//! not there is unknown. What may go wrong is in `fault`, what can be ended in `state`.

pub mod controls;
pub mod fault;
pub mod rest;
pub mod state;
pub mod subject;
pub mod vr;

pub use state::Ares;

use axum::Router;
use axum::routing::{get, post};

use crate::world::World;

/// All addresses of ARES.
pub fn router() -> Router<World> {
    let rest = Router::new()
        .route("/ekonomicke-subjekty/{ico}", get(rest::get))
        .route("/ekonomicke-subjekty/vyhledat", post(rest::post))
        .route("/ekonomicke-subjekty-vr/{ico}", get(vr::get));
    Router::new()
        .nest("/ares", rest.clone())
        .nest("/ares/ekonomicke-subjekty-v-be/rest", rest)
}
