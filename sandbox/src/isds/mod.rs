//! ISDS, the data boxes of the state, as far as a login and a look at a box need it (reference 3, 4, 7.5, 7.9, 9).
//!
//! A person logs in on pages under `/as/` (`login`, `consent`) and comes back with a `sessionId` that works once; the
//! application exchanges it behind their back (`confirmation`) with its client certificate. Boxes are searched and asked
//! for their state at `services`, and in the public directory at `directory`. What may go wrong is in `fault`.

pub mod answer;
pub mod application;
pub mod attributes;
pub mod boxes;
pub mod config;
pub mod confirmation;
pub mod consent;
pub mod controls;
pub mod data;
pub mod directory;
pub mod fault;
pub mod heartbeat;
pub mod journal;
pub mod login;
pub mod logout;
pub mod owner;
pub mod search;
pub mod services;
pub mod session;
pub mod state;
pub mod ticket;
pub mod transport;
pub mod visit;

pub use state::Isds;

use axum::Router;
use axum::routing::{get, post};

use crate::world::World;

/// All addresses of ISDS.
pub fn router() -> Router<World> {
    Router::new()
        .route("/as/login", get(login::get).post(login::post))
        .route("/as/consent", get(consent::get).post(consent::post))
        .route("/as/processLogout", get(logout::get))
        .route("/asws/extIs2Endpoint", post(confirmation::post))
        .route("/asws/extWsEndpoint", post(logout::post))
        .route("/asws/nasEndpoint", post(heartbeat::post))
        .route("/DS/{service}", post(services::with_password))
        .route("/cert/DS/{service}", post(services::with_certificate))
        .route("/sds/ws/call", post(directory::post))
}
