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

/// Every address with its methods and who it is for, for the reference. A test compares it with the routes.
pub const ADDRESSES: &[(&str, &str, &str)] = &[
    (
        "GET",
        "/.well-known/openid-configuration",
        "clients: what we offer",
    ),
    ("GET", "/oauth2/jwks", "clients and APIs: our public keys"),
    (
        "GET, POST",
        "/oauth2/authorize",
        "browsers sent by a client: log in",
    ),
    (
        "POST",
        "/oauth2/token",
        "clients: tokens for a code, a refresh token or themselves",
    ),
    (
        "GET, POST",
        "/oauth2/userinfo",
        "clients with an access token: claims about the person",
    ),
    (
        "POST",
        "/oauth2/introspect",
        "clients and APIs: is a token good",
    ),
    (
        "POST",
        "/oauth2/revoke",
        "clients: a token is not needed any more",
    ),
    (
        "GET, POST",
        "/oauth2/logout",
        "browsers sent by a client: log out",
    ),
    ("GET", "/login/{id}", "people: choose how to log in"),
    (
        "GET, POST",
        "/upstream/{provider}/answer",
        "browsers sent by an upstream provider: the answer",
    ),
    (
        "GET",
        "/upstream/{provider}/error",
        "browsers sent by an upstream provider: a failure",
    ),
    (
        "GET, POST",
        "/upstream/{provider}/logout",
        "upstream providers and their browsers: log out",
    ),
    (
        "GET",
        "/upstream/{provider}/metadata",
        "upstream providers: our SAML metadata",
    ),
    (
        "GET",
        "/upstream/{provider}/jwks",
        "upstream providers: our keys",
    ),
    (
        "GET",
        "/account",
        "people: who we think they are, sessions, services that got data",
    ),
    ("GET", "/healthz", "operators: the process lives"),
    ("GET", "/readyz", "operators: the process can do its work"),
];

/// Every error that a page can show.
pub fn errors() -> impl Iterator<Item = &'static web::ErrorKind> {
    web::problem::CATALOGUE.iter().copied()
}

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
