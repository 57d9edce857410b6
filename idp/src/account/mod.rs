//! What a person sees of themself: who they are to us, where they are signed in, and who got what.

mod close;
mod config;
pub(crate) mod contacts;
mod frame;
pub(crate) mod identity;
pub(crate) mod language;
pub(crate) mod leave;
pub(crate) mod mandates;
pub(crate) mod older;
pub(crate) mod services;
pub(crate) mod sessions;
mod way_back;
mod ways;

pub use config::AccountConfig;
pub(crate) use ways::arrive::Arrival;
pub use ways::problems;
pub(crate) use ways::{LINK, page_of};

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};

use web::Allow;

use crate::broker::Broker;
use crate::login::frame::allow_providers;

/// Every page here has the button that logs out, and its form may end at the logout of a provider.
pub(crate) async fn may_leave(State(broker): State<Broker>, response: Response) -> Response {
    if response.extensions().get::<Allow>().is_some() {
        return response;
    }
    (allow_providers(&broker), response).into_response()
}

/// The addresses of the account.
pub(crate) fn routes() -> Router<Broker> {
    Router::new()
        .route("/", get(async || Redirect::to("/account")))
        .route("/account", get(identity::get))
        .route("/account/contacts", get(contacts::get))
        .route("/account/contacts/add", post(contacts::add::add))
        .route("/account/contacts/restored", get(contacts::undo::done))
        .route(
            "/account/contacts/undo/{token}",
            get(contacts::undo::get).post(contacts::undo::post),
        )
        .route("/account/contacts/{contact}", get(contacts::code::get))
        .route(
            "/account/contacts/{contact}/send",
            post(contacts::code::send),
        )
        .route(
            "/account/contacts/{contact}/confirm",
            post(contacts::code::confirm),
        )
        .route(
            "/account/contacts/{contact}/remove",
            post(contacts::remove::remove),
        )
        .route("/account/language", post(language::post))
        .route("/account/logout", post(leave::post))
        .route("/account/close", get(close::get).post(close::post))
        .route("/account/closed", get(close::done))
        .route("/account/sessions", get(sessions::get))
        .route("/account/sessions/end-others", post(sessions::end_others))
        .route("/account/sessions/{session}/end", post(sessions::end))
        .route("/account/link", get(ways::add::get).post(ways::add::post))
        .route("/account/link/{ticket}", get(ways::confirm::get))
        .route("/account/link/{ticket}/confirm", post(ways::confirm::post))
        .route("/account/link/{ticket}/review", post(ways::review::post))
        .route("/account/ways/{link}", get(ways::remove::get))
        .route("/account/ways/{link}/unlink", post(ways::remove::post))
        .route("/account/merges/{merge}", get(ways::part::get))
        .route("/account/merges/{merge}/undo", post(ways::part::post))
        .route("/account/parted", get(ways::part::done))
        .route("/account/mandates", get(mandates::get))
        .route("/account/mandates/{mandate}/end", post(mandates::end))
        .route("/account/services", get(services::get))
        .route("/account/services/{client}/revoke", post(services::revoke))
}
