//! `GET` and `POST /jazyk`: the language switch. It sets a cookie and goes back, to our own pages only.

use axum::extract::{Extension, Query};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;
use std::sync::Arc;

use super::Locale;
use crate::cookie;
use crate::page::Site;
use crate::redirect::LocalPath;

/// Where the switch is.
pub(crate) const PATH: &str = "/jazyk";

/// What the switch is asked.
#[derive(Debug, Deserialize)]
pub(crate) struct Choice {
    lang: Option<String>,
    back: Option<String>,
}

pub(crate) async fn get(
    Extension(site): Extension<Arc<Site>>,
    Query(choice): Query<Choice>,
) -> Response {
    answer(&site, &choice)
}

pub(crate) async fn post(
    Extension(site): Extension<Arc<Site>>,
    Form(choice): Form<Choice>,
) -> Response {
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
