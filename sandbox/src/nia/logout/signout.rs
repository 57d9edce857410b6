//! `GET /FPSTS/signout`: ends single sign-on in this browser, without telling anybody.

use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};

use super::super::session::SsoCookie;
use crate::page;
use crate::world::World;

/// The page after the fact.
pub async fn get(State(world): State<World>, headers: HeaderMap) -> Response {
    let cookie = SsoCookie::at(world.base_url());
    if let Some(id) = cookie.read(&headers) {
        world.nia().sessions.end(&id);
    }
    (
        [(header::SET_COOKIE, cookie.clear())],
        page::page(&super::signed_out_page()),
    )
        .into_response()
}
