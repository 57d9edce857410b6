//! `GET` and `POST /jazyk`: the language switch. It sets a cookie and goes back, to our own pages only.

use std::sync::Arc;

use axum::extract::Extension;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Router, routing};
use serde::Deserialize;

use super::Locale;
use crate::cookie;
use crate::form::{Form, Query};
use crate::page::Site;
use crate::redirect::LocalPath;

/// Where the switch is.
pub(crate) const PATH: &str = "/jazyk";

pub(crate) fn routes() -> Router {
    Router::new().route(PATH, routing::get(get).post(post))
}

/// What the switch is asked.
#[derive(Debug, Deserialize)]
struct Choice {
    lang: Option<String>,
    back: Option<String>,
}

async fn get(Extension(site): Extension<Arc<Site>>, Query(choice): Query<Choice>) -> Response {
    answer(&site, &choice)
}

async fn post(Extension(site): Extension<Arc<Site>>, Form(choice): Form<Choice>) -> Response {
    answer(&site, &choice)
}

fn answer(site: &Site, choice: &Choice) -> Response {
    let back = choice
        .back
        .as_deref()
        .and_then(LocalPath::parse)
        .unwrap_or_default();
    let go = Redirect::to(back.as_str());
    match choice.lang.as_deref().and_then(Locale::from_code) {
        Some(locale) => (set(site, locale), go).into_response(),
        None => go.into_response(),
    }
}

/// The cookie that remembers the choice for a year.
pub(crate) fn set(site: &Site, locale: Locale) -> cookie::HostCookie {
    cookie::host(site.cookie_name("lang"), locale.code()).lasting(chrono::Duration::days(365))
}
