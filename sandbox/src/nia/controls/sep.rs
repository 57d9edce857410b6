//! Registrations of service providers.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use crate::controls::caller::{Reads, Sent};
use crate::nia::sep::Sep;
use crate::page;
use crate::world::World;

const PAGE: &str = "/_sandbox/nia/sep";

#[derive(Debug, Template)]
#[template(path = "controls/sep.html")]
struct Page {
    seps: Vec<Sep>,
}

/// Who is registered.
pub async fn get(State(world): State<World>, reads: Reads) -> Response {
    let seps = world.nia().seps.list();
    if reads.pages {
        page::page(&Page { seps })
    } else {
        Json(seps).into_response()
    }
}

/// Registers one, or replaces its registration.
pub async fn post(State(world): State<World>, reads: Reads, Sent(sep): Sent<Sep>) -> Response {
    let has_certificate =
        sep.metadata_url.is_some() || sep.certificate.is_some() || sep.certificate_file.is_some();
    if sep.entity_id.is_empty() || sep.acs_url.is_empty() || !has_certificate {
        let reason = "registrace potřebuje entity_id, acs_url a jedno z metadata_url, certificate, certificate_file";
        return reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason);
    }
    tracing::info!(sep.entity_id = sep.entity_id, "nia.sep_registered");
    world.nia().seps.register(sep.clone());
    reads.done(PAGE, sep)
}

/// Whose registration ends.
#[derive(Debug, Deserialize)]
pub struct Whose {
    entity_id: String,
}

/// Takes one away.
pub async fn remove(
    State(world): State<World>,
    reads: Reads,
    Sent(whose): Sent<Whose>,
) -> Response {
    if !world.nia().seps.remove(&whose.entity_id) {
        return reads.refused(
            StatusCode::NOT_FOUND,
            "takový poskytovatel není registrován",
        );
    }
    reads.done(PAGE, json!({ "removed": whose.entity_id }))
}
