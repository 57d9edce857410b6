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
