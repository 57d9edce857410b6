//! The portal's addresses.

use axum::Router;
use axum::routing::{get, post};
use web::serve::{Readiness, health_routes};
use web::{Policy, wrap};

use crate::portal::Portal;
use crate::{login, logout, pages};

/// All routes under their policy. Who may call each stands in its handler's arguments: `SignedInPerson` is private.
pub fn router(portal: &Portal, policy: Policy) -> Router {
    let routes = Router::new()
        .route("/", get(pages::home::get))
        .route("/moje-identita", get(pages::identity::get))
        .route("/moje-identita/za-koho", post(pages::acting::post))
        .route("/prihlasena-zarizeni", get(pages::devices::get))
        .route(
            "/prihlasena-zarizeni/odhlasit-ostatni",
            post(pages::devices::end_others),
        )
        .route(
            "/prihlasena-zarizeni/{session}/odhlasit",
            post(pages::devices::end),
        )
        .route("/prihlaseni", get(login::start::get))
        .route("/prihlaseni/zpet", get(login::callback::get))
        .route("/vstup/nia", get(login::entrance::nia))
        .route("/odhlaseni", post(logout::post::post))
        .route("/odhlaseni/hotovo", get(logout::done::get))
        .route(BACKCHANNEL, post(logout::backchannel::post))
        .merge(health_routes(readiness(portal)))
        .with_state(portal.clone());
    // The broker's word comes from another site by design and proves itself.
    wrap(
        routes,
        policy.cross_site(&[BACKCHANNEL]).json(&[BACKCHANNEL]),
    )
}

fn readiness(portal: &Portal) -> Readiness {
    let (db, short_lived) = (portal.db().clone(), portal.short_lived().clone());
    // Not the broker: without it the public pages still work, and taking all replicas away helps nobody.
    Readiness::new()
        .check("database", move || {
            let db = db.clone();
            async move { db.ping().await.is_ok() }
        })
        .check("short_lived", move || {
            let short_lived = short_lived.clone();
            async move { short_lived.ping().await.is_ok() }
        })
}

const BACKCHANNEL: &str = "/odhlaseni/backchannel";

/// Who may call an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Everybody.
    Public,
    /// Who is signed in; strangers are asked to sign in.
    Private,
    /// The broker, which proves itself by what it sends.
    Broker,
}

/// Every address with its method, who may call it and what for. A test compares it with the routes.
pub const ADDRESSES: &[(&str, &str, Access, &str)] = &[
    (
        "GET",
        "/",
        Access::Public,
        "what the portal is, and the way in",
    ),
    (
        "GET",
        "/moje-identita",
        Access::Private,
        "facts with their sources, levels and dates",
    ),
    (
        "POST",
        "/moje-identita/za-koho",
        Access::Private,
        "act for somebody else: off to the broker and back",
    ),
    (
        "GET",
        "/prihlasena-zarizeni",
        Access::Private,
        "the browsers the person is signed in with",
    ),
    (
        "POST",
        "/prihlasena-zarizeni/odhlasit-ostatni",
        Access::Private,
        "sign all other browsers out",
    ),
    (
        "POST",
        "/prihlasena-zarizeni/{session}/odhlasit",
        Access::Private,
        "sign one other browser out",
    ),
    (
        "GET",
        "/prihlaseni",
        Access::Public,
        "off to the broker; `cil` is the page to come to, `uroven` a level to reach",
    ),
    (
        "GET",
        "/prihlaseni/zpet",
        Access::Public,
        "back from the broker (redirect address)",
    ),
    (
        "GET",
        "/vstup/nia",
        Access::Public,
        "for portals of the state: off to Identita občana without a choice",
    ),
    (
        "POST",
        "/odhlaseni",
        Access::Public,
        "sign out here, then at the broker",
    ),
    (
        "GET",
        "/odhlaseni/hotovo",
        Access::Public,
        "signed out (address after a logout)",
    ),
    (
        "POST",
        BACKCHANNEL,
        Access::Broker,
        "the broker ended a session (back-channel logout)",
    ),
    ("GET", "/healthz", Access::Public, "the process lives"),
    (
        "GET",
        "/readyz",
        Access::Public,
        "database and short-lived state answer",
    ),
];
