//! All addresses of the broker, in one place.

use axum::Router;
use axum::middleware::map_response_with_state;

use crate::Broker;
use crate::login::ids::is_token;

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
    (
        "GET",
        "/oauth2/logout/{id}",
        "people: whether they want to log out",
    ),
    (
        "POST",
        "/oauth2/logout/{id}/confirm",
        "people: that they do",
    ),
    (
        "GET",
        "/oauth2/logout/{id}/further",
        "people: from one provider's logout to the next",
    ),
    ("GET", "/oauth2/logout/done", "people: that it is done"),
    ("GET", "/login/{login}", "people: choose how to log in"),
    ("POST", "/login/{login}/choose", "people: their choice"),
    (
        "POST",
        "/login/{login}/continue",
        "people: go on as who is signed in",
    ),
    (
        "POST",
        "/login/{login}/forget",
        "people: do not remember how they log in",
    ),
    (
        "GET",
        "/login/{login}/cancel",
        "people: back to the service without logging in",
    ),
    (
        "GET, POST",
        "/login/{login}/information",
        "people: which service gets what from whom",
    ),
    (
        "GET, POST",
        "/login/{login}/acting",
        "people: for whom they act",
    ),
    (
        "GET",
        "/login/{login}/answer/{handle}",
        "the browser that left for a provider: prove itself",
    ),
    (
        "GET",
        "/upstream/{provider}/demo",
        "people of the sandbox: sign in as somebody invented",
    ),
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
        "POST",
        "/upstream/{provider}/backchannel-logout",
        "upstream providers: a session ended there",
    ),
    (
        "POST",
        "/upstream/{provider}/events",
        "upstream providers: what they know of a person changed",
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
        "/upstream/{provider}/logo/{branch}",
        "browsers at the choice: a bank's logo",
    ),
    ("GET", "/", "people: to their account"),
    ("GET", "/account", "people: who we think they are"),
    (
        "GET",
        "/account/contacts",
        "people: where they are told what happens, and what they were told",
    ),
    ("POST", "/account/contacts/add", "people: one address more"),
    (
        "GET",
        "/account/contacts/{contact}",
        "people: the form for a mailed code",
    ),
    (
        "POST",
        "/account/contacts/{contact}/send",
        "people: another code",
    ),
    (
        "POST",
        "/account/contacts/{contact}/confirm",
        "people: the code",
    ),
    (
        "POST",
        "/account/contacts/{contact}/remove",
        "people: one address less",
    ),
    (
        "GET, POST",
        "/account/contacts/undo/{token}",
        "people with the link of a mail: bring a removed address back",
    ),
    (
        "GET",
        "/account/contacts/restored",
        "people: that it is back",
    ),
    (
        "POST",
        "/account/language",
        "people: the language of letters and pages",
    ),
    ("POST", "/account/logout", "people: log out"),
    (
        "GET, POST",
        "/account/close",
        "people: what closing their account means, and that they want it",
    ),
    ("GET", "/account/closed", "people: that it is done"),
    (
        "GET",
        "/account/sessions",
        "people: where they are signed in",
    ),
    (
        "POST",
        "/account/sessions/{session}/end",
        "people: end one of their sessions",
    ),
    (
        "POST",
        "/account/sessions/end-others",
        "people: end all but this one",
    ),
    (
        "GET, POST",
        "/account/link",
        "people: choose one more way to sign in",
    ),
    (
        "GET",
        "/account/link/{ticket}",
        "people: whether both sides are theirs",
    ),
    (
        "POST",
        "/account/link/{ticket}/confirm",
        "people: that they are",
    ),
    (
        "POST",
        "/account/link/{ticket}/review",
        "people: ask an officer to decide",
    ),
    (
        "GET",
        "/account/ways/{link}",
        "people: what removing a way to sign in means",
    ),
    ("POST", "/account/ways/{link}/unlink", "people: remove it"),
    (
        "GET",
        "/account/merges/{merge}",
        "people: what separating merged accounts means",
    ),
    (
        "POST",
        "/account/merges/{merge}/undo",
        "people: separate them",
    ),
    ("GET", "/account/parted", "people: that it is done"),
    ("GET", "/account/mandates", "people: for whom they may act"),
    (
        "POST",
        "/account/mandates/{mandate}/end",
        "people: give a mandate up",
    ),
    ("GET", "/account/services", "people: which service got what"),
    (
        "POST",
        "/account/services/{client}/revoke",
        "people: take a permission back",
    ),
    (
        "GET",
        "/staff",
        "officers: who they are to us and what they may do",
    ),
    ("GET, POST", "/staff/login", "officers: sign in"),
    ("POST", "/staff/logout", "officers: sign out"),
    (
        "GET",
        "/staff/mandates",
        "officers who verify people: who may act for a body",
    ),
    (
        "GET, POST",
        "/staff/mandates/propose",
        "officers who verify people: write down a mandate that they verified",
    ),
    (
        "GET",
        "/staff/mandates/proposals/{proposal}",
        "officers who verify people: what waits for the second officer",
    ),
    (
        "POST",
        "/staff/mandates/proposals/{proposal}/approve",
        "officers who decide as the second one: agree with it",
    ),
    (
        "POST",
        "/staff/mandates/proposals/{proposal}/decline",
        "officers who verify people: refuse it, or take their own back",
    ),
    (
        "GET",
        "/staff/mandates/{mandate}",
        "officers who verify people: what ending a mandate means",
    ),
    (
        "POST",
        "/staff/mandates/{mandate}/end",
        "officers who verify people: end it",
    ),
    (
        "GET",
        "/status",
        "everybody: how each way in does, as a page or as JSON",
    ),
    ("GET", "/healthz", "operators: the process lives"),
    ("GET", "/readyz", "operators: the process can do its work"),
];

/// Every error that a page can show.
pub fn errors() -> impl Iterator<Item = &'static web::ErrorKind> {
    let all = [
        web::problem::CATALOGUE,
        crate::login::problems::CATALOGUE,
        crate::account::problems::CATALOGUE,
        crate::staff::problems::CATALOGUE,
    ];
    all.into_iter().flatten().copied()
}

/// The page of a login for whatever was sent to it: it goes on where it stands.
pub(crate) fn page_of_form(path: &str) -> Option<String> {
    let (login_id, _) = path.strip_prefix("/login/")?.split_once('/')?;
    is_token(login_id).then(|| format!("/login/{login_id}"))
}

/// Every route, without the policy that is put on last.
pub fn router(broker: Broker) -> Router {
    // Each module with addresses offers `routes() -> Router<Broker>`.
    Router::new()
        .merge(crate::oidc::routes())
        .merge(crate::login::routes())
        .merge(crate::upstream::routes())
        .merge(crate::account::routes().layer(map_response_with_state(
            broker.clone(),
            crate::account::may_leave,
        )))
        .merge(crate::staff::routes(&broker))
        .merge(crate::status::routes())
        .with_state(broker)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Where modules declare their routes.
    const DECLARED: [&str; 6] = [
        include_str!("oidc/mod.rs"),
        include_str!("login/mod.rs"),
        include_str!("upstream/mod.rs"),
        include_str!("account/mod.rs"),
        include_str!("staff/mod.rs"),
        include_str!("status.rs"),
    ];

    #[test]
    fn what_is_sent_to_a_login_belongs_to_its_page_and_nothing_else_does() {
        let id = "yC4bRGajSU2eyYNiOoyT7s5Ubk-S1h8_qlDYjnxvjZU";

        assert_eq!(
            page_of_form(&format!("/login/{id}/choose")),
            Some(format!("/login/{id}"))
        );
        for other in [
            "/login/",
            "/login//choose",
            "/login/x/choose",
            "/account/ways",
        ] {
            assert_eq!(page_of_form(other), None, "{other}");
        }
    }

    #[test]
    fn every_route_says_who_may_call_it_and_nothing_else_is_announced() {
        let declared: BTreeSet<&str> = DECLARED
            .iter()
            .flat_map(|source| source.split(".route(").skip(1))
            .filter_map(|rest| rest.split('"').nth(1))
            .collect();
        let announced: BTreeSet<&str> = ADDRESSES.iter().map(|(_, path, _)| *path).collect();
        let health = BTreeSet::from(["/healthz", "/readyz"]);

        assert_eq!(
            announced
                .difference(&declared)
                .copied()
                .collect::<BTreeSet<_>>(),
            health
        );
        assert_eq!(
            declared.difference(&announced).count(),
            0,
            "{:?}",
            declared.difference(&announced)
        );
    }
}
