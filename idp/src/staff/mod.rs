//! Officers of the town: a realm of their own, with their own cookie. Nothing here makes, finds or links the account of a
//! person, and no account of a person opens anything here.
//!
//! An officer begins at `/staff/login` ([`login`]) and leaves for the provider that `[staff]` names. Departure and answer go
//! the way of every login (`login`, `upstream`): the same browser, once, in time, at the right address. What the verified
//! answer then comes to is decided in [`arrive`] alone. Roles are read anew at each use ([`Current`]): from what the provider
//! granted at the login, by the map that the configuration holds now; whether it still grants them, it is asked every minute
//! ([`confirm`]).

mod arrive;
mod config;
mod confirm;
mod current;
mod end;
mod frame;
mod home;
mod leave;
mod login;
mod mandates;
pub mod problems;
mod role;

pub(crate) use arrive::Arrival;
pub use config::StaffConfig;
pub use confirm::{NotConfirmed, confirm_officer};
pub(crate) use current::{Current, Officer, roles_now};
pub(crate) use end::{end_idle, end_upstream};
pub use end::{switch_off, switch_on};
pub use role::Role;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::broker::Broker;
use crate::login::ids::LoginId;

/// The page of an officer.
const HOME: &str = "/staff";
/// Where an officer signs in.
const LOGIN: &str = "/staff/login";
/// Who may act for a body.
const MANDATES: &str = "/staff/mandates";

/// The addresses of officers.
pub(crate) fn routes(broker: &Broker) -> Router<Broker> {
    let pages = Router::new()
        .route("/staff", get(home::get))
        .route("/staff/mandates", get(mandates::get))
        .route(
            "/staff/mandates/propose",
            get(mandates::propose).post(mandates::propose_it),
        )
        .route(
            "/staff/mandates/proposals/{proposal}",
            get(mandates::proposal),
        )
        .route(
            "/staff/mandates/proposals/{proposal}/approve",
            post(mandates::approve),
        )
        .route(
            "/staff/mandates/proposals/{proposal}/decline",
            post(mandates::decline),
        )
        .route("/staff/mandates/{mandate}", get(mandates::one))
        .route("/staff/mandates/{mandate}/end", post(mandates::end))
        .route_layer(from_fn_with_state(broker.clone(), confirm::before));
    Router::new()
        .route("/staff/login", get(login::get).post(login::post))
        .route("/staff/logout", post(leave::post))
        .merge(pages)
}

/// Where the browser of an officer's login goes on.
pub(crate) fn page_of(login: &LoginId) -> String {
    format!("{LOGIN}?after={login}")
}
