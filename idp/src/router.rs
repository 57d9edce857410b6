//! All addresses of the broker, in one place.

use axum::Router;

use crate::Broker;

/// Paths that take POSTs from other sites by design: clients and upstream providers send browsers, or themselves.
pub const CROSS_SITE: &[&str] = &[
    "/oauth2/authorize",
    "/oauth2/logout",
    "/oauth2/token",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/userinfo",
    "/upstream/*",
];

/// Paths that machines call: their errors are JSON.
pub const JSON: &[&str] = &[
    "/.well-known/*",
    "/oauth2/jwks",
    "/oauth2/token",
    "/oauth2/introspect",
    "/oauth2/revoke",
    "/oauth2/userinfo",
];

/// Every route, without the policy that is put on last.
pub fn router(broker: Broker) -> Router {
    // Each module with addresses offers `routes() -> Router<Broker>`.
    Router::new()
        .merge(crate::oidc::routes())
        .merge(crate::login::routes())
        .merge(crate::upstream::routes())
        .merge(crate::account::routes())
        .with_state(broker)
}
