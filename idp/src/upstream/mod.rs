//! Addresses that upstream providers know: answers, logout messages, documents of ours. Browsers come here from other
//! sites and bring no cookies; nothing here looks at one.

mod admitted;
pub(crate) mod answer;
pub(crate) mod demo;
pub(crate) mod documents;
pub(crate) mod error;
pub(crate) mod logo;
pub(crate) mod logout;
pub(crate) mod pushed;
mod turn;
mod turned_away;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderValue;
use axum::http::header::REFERRER_POLICY;
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};

use crate::broker::Broker;

/// A SAML answer with a dozen attributes has some twenty kilobytes.
const LONGEST_ANSWER: usize = 256 * 1024;

/// What stands in the address of an answer goes no further, not even to ourselves.
async fn tell_nobody(mut response: Response) -> Response {
    if response.status().is_redirection() {
        let none = HeaderValue::from_static("no-referrer");
        response.headers_mut().insert(REFERRER_POLICY, none);
    }
    response
}

/// The addresses that providers know.
pub(crate) fn routes() -> Router<Broker> {
    let answers = DefaultBodyLimit::max(LONGEST_ANSWER);
    Router::new()
        .route(
            "/upstream/{provider}/answer",
            get(answer::receive)
                .post(answer::receive)
                .layer(answers)
                .layer(map_response(tell_nobody)),
        )
        .route(
            "/upstream/{provider}/logout",
            get(logout::receive).post(logout::receive).layer(answers),
        )
        .route(
            "/upstream/{provider}/backchannel-logout",
            post(pushed::backchannel_logout).layer(answers),
        )
        .route(
            "/upstream/{provider}/events",
            post(pushed::events).layer(answers),
        )
        .route("/upstream/{provider}/error", get(error::get))
        .route("/upstream/{provider}/metadata", get(documents::metadata))
        .route("/upstream/{provider}/jwks", get(documents::jwks))
        .route("/upstream/{provider}/logo/{branch}", get(logo::get))
        .route("/upstream/{provider}/demo", get(demo::get))
}
