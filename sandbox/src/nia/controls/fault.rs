//! What shall go wrong next.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde_json::json;

use crate::controls::caller::{Reads, Sent};
use crate::nia::fault::{Fault, Group, Pending};
use crate::nia::sep::Sep;
use crate::often::Often;
use crate::page;
use crate::world::World;

const PAGE: &str = "/_sandbox/nia/fault";

#[derive(Debug, Template)]
#[template(path = "controls/fault.html")]
struct Page {
    seps: Vec<Sep>,
    waiting: Vec<Pending>,
    groups: Vec<(Group, Vec<Fault>)>,
}

/// All faults, and those that wait.
pub async fn get(State(world): State<World>, reads: Reads) -> Response {
    let waiting = world.nia().faults.list();
    if !reads.pages {
        let known: Vec<_> = Fault::ALL
            .iter()
            .map(|fault| {
                json!({ "fault": fault, "group": fault.group(), "expected": fault.expected(), "what": fault.czech() })
            })
            .collect();
        return Json(json!({ "waiting": waiting, "faults": known })).into_response();
    }
    let of_group = |group| {
        (
            group,
            Fault::ALL
                .iter()
                .copied()
                .filter(|fault| fault.group() == group)
                .collect(),
        )
    };
    page::page(&Page {
        seps: world.nia().seps.list(),
        waiting,
        groups: Group::ALL.map(of_group).into(),
    })
}

/// What a caller wants.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wish {
    fault: String,
    #[serde(default)]
    entity_id: Option<String>,
    #[serde(default)]
    times: Option<u32>,
    #[serde(default)]
    percent: Option<u8>,
}

/// Sets the next fault.
pub async fn post(State(world): State<World>, reads: Reads, Sent(wish): Sent<Wish>) -> Response {
    let Some(fault) = Fault::from_code(&wish.fault) else {
        return reads.refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("chyba {} neexistuje", wish.fault),
        );
    };
    let often = match Often::wished(wish.times, wish.percent) {
        Ok(often) => often,
        Err(reason) => return reads.refused(StatusCode::UNPROCESSABLE_ENTITY, reason),
    };
    let pending = Pending {
        fault,
        // Whoever asks for metadata does not say who it is.
        entity_id: wish
            .entity_id
            .filter(|entity_id| !entity_id.is_empty() && fault.group() != Group::Metadata),
        often,
    };
    tracing::info!(
        fault = fault.code(),
        sep.entity_id = pending.entity_id,
        "nia.fault_set"
    );
    world.nia().faults.set(pending.clone());
    reads.done(PAGE, pending)
}

/// Whose faults are forgotten.
#[derive(Debug, Deserialize)]
pub struct Whose {
    #[serde(default)]
    entity_id: Option<String>,
}

/// Forgets waiting faults.
pub async fn clear(State(world): State<World>, reads: Reads, Sent(whose): Sent<Whose>) -> Response {
    world.nia().faults.clear(
        whose
            .entity_id
            .as_deref()
            .filter(|entity_id| !entity_id.is_empty()),
    );
    reads.done(PAGE, world.nia().faults.list())
}
