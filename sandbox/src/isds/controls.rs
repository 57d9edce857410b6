//! Controls of ISDS, under `/_sandbox/isds/`.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Isds;
use super::application::Application;
use super::boxes::BoxState;
use super::data::DataBox;
use super::journal::Entry;
use super::search;
use crate::controls::caller::{Reads, Sent};
use crate::faults::{Wish, Words};
use crate::page;
use crate::world::World;

const PAGE: &str = "/_sandbox/isds";

/// What can be called, for the index.
pub const PATHS: [(&str, &str, &str); 11] = [
    ("GET", "/_sandbox/isds", "applications, boxes, latest calls"),
    (
        "POST",
        "/_sandbox/isds/application",
        "register or replace one: ats_id, return_url, certificate | certificate_file, name, error_url, logout_url, data_box, generation, profile, user_type, box_type, long_app_token, leading_space",
    ),
    (
        "POST",
        "/_sandbox/isds/application/remove",
        "end a registration: ats_id",
    ),
    ("GET", "/_sandbox/isds/fault", "known and waiting faults"),
    (
        "POST",
        "/_sandbox/isds/fault",
        "set the next fault: fault, of (ats_id), times (default 1; 0: until cleared), percent (1 to 100 of the next calls; then until cleared by default)",
    ),
    (
        "POST",
        "/_sandbox/isds/fault/clear",
        "forget waiting faults",
    ),
    ("GET", "/_sandbox/isds/box", "boxes and their states"),
    (
        "POST",
        "/_sandbox/isds/box",
        "change a state: id, state (1 to 6)",
    ),
    (
        "GET",
        "/_sandbox/isds/persona",
        "who can log in to which box",
    ),
    ("GET", "/_sandbox/isds/log", "latest calls"),
    (
        "POST",
        "/_sandbox/isds/reset",
        "forget logins, faults, states and calls",
    ),
];

/// All controls of ISDS.
pub fn router() -> Router<World> {
    Router::new()
        .route("/_sandbox/isds", get(overview))
        .route("/_sandbox/isds/application", post(register))
        .route("/_sandbox/isds/application/remove", post(remove))
        .route("/_sandbox/isds/fault", get(faults).post(set_fault))
        .route("/_sandbox/isds/fault/clear", post(clear_faults))
        .route("/_sandbox/isds/box", get(boxes).post(set_state))
        .route("/_sandbox/isds/persona", get(personas))
        .route("/_sandbox/isds/log", get(log))
        .route("/_sandbox/isds/reset", post(reset))
}

#[derive(Debug, Template)]
#[template(path = "isds/controls.html")]
struct Page {
    waiting: usize,
    applications: Vec<Application>,
    boxes: Vec<Line>,
    recent: Vec<Entry>,
}

#[derive(Debug)]
struct Line {
    data_box: DataBox,
    name: String,
    state: BoxState,
}

async fn overview(State(world): State<World>, reads: Reads) -> Response {
    let isds = world.isds();
    if !reads.pages {
        return Json(json!({ "applications": isds.applications.list(), "boxes": told(isds) }))
            .into_response();
    }
    let line = |data_box: &DataBox| Line {
        name: search::name(isds, data_box),
        state: isds.state_of(data_box),
        data_box: data_box.clone(),
    };
    page::page(&Page {
        waiting: isds.faults.list().len(),
        applications: isds.applications.list(),
        boxes: isds.boxes().iter().map(line).collect(),
        recent: isds.journal.list().into_iter().take(20).collect(),
    })
}

async fn register(
    State(world): State<World>,
    reads: Reads,
    Sent(application): Sent<Application>,
) -> Response {
    if let Some(complaint) = application.complaint() {
        return reads.refused(StatusCode::UNPROCESSABLE_ENTITY, complaint);
    }
    tracing::info!(ats.id = application.ats_id, "isds.application_registered");
    world.isds().applications.register(application.clone());
    reads.done(PAGE, application)
}

#[derive(Debug, Deserialize)]
struct Whose {
    ats_id: String,
}

async fn remove(State(world): State<World>, reads: Reads, Sent(whose): Sent<Whose>) -> Response {
    if !world.isds().applications.remove(&whose.ats_id) {
        return reads.refused(StatusCode::NOT_FOUND, "taková aplikace není registrována");
    }
    reads.done(PAGE, json!({ "removed": whose.ats_id }))
}

fn words(isds: &Isds) -> Words {
    let applications = isds.applications.list();
    Words {
        path: "/_sandbox/isds/fault",
        title: "Pokazit datové schránky",
        lead: "Vyberte, co má být špatně. U každé chyby stojí, co s ní má opatrná aplikace udělat.",
        whom: "Které aplikaci",
        choices: applications
            .iter()
            .map(|application| (application.ats_id.clone(), application.title().to_owned()))
            .collect(),
    }
}

async fn faults(State(world): State<World>, reads: Reads) -> Response {
    world.isds().faults.shown(reads, words(world.isds()))
}

async fn set_fault(State(world): State<World>, reads: Reads, Sent(wish): Sent<Wish>) -> Response {
    let isds = world.isds();
    isds.faults.wished(reads, &words(isds), &wish)
}

async fn clear_faults(State(world): State<World>, reads: Reads) -> Response {
    let isds = world.isds();
    isds.faults.cleared(reads, &words(isds))
}

async fn boxes(State(world): State<World>) -> Json<Value> {
    Json(told(world.isds()))
}

fn told(isds: &Isds) -> Value {
    let one = |data_box: &DataBox| {
        json!({
            "id": data_box.id,
            "type": data_box.kind,
            "state": isds.state_of(data_box),
            "ic": data_box.ic,
            "name": search::name(isds, data_box),
        })
    };
    isds.boxes().iter().map(one).collect()
}

/// `state` comes as a number from programs and as text from the form.
#[derive(Debug, Deserialize)]
struct StateWish {
    id: String,
    state: Value,
}

async fn set_state(
    State(world): State<World>,
    reads: Reads,
    Sent(wish): Sent<StateWish>,
) -> Response {
    let number = match &wish.state {
        Value::String(text) => text.parse::<u8>().ok(),
        other => other.as_u64().and_then(|number| u8::try_from(number).ok()),
    };
    let Some(state) = number.and_then(|number| BoxState::try_from(number).ok()) else {
        return reads.refused(StatusCode::UNPROCESSABLE_ENTITY, "stav je číslo od 1 do 6");
    };
    if !world.isds().set_state(&wish.id, state) {
        return reads.refused(StatusCode::NOT_FOUND, "taková schránka není");
    }
    tracing::info!(
        data_box.id = wish.id,
        state = state.number(),
        "isds.state_set"
    );
    reads.done(PAGE, json!({ "id": wish.id, "state": state }))
}

async fn personas(State(world): State<World>) -> Json<Value> {
    let isds = world.isds();
    let all = isds.personas().iter();
    Json(
        all.map(|persona| {
            json!({
                "key": persona.key,
                "purpose": persona.purpose,
                "role": persona.role,
                "box": isds.data_box(&persona.box_id),
                "person": isds.person(&persona.person),
                "on_behalf_of": persona.on_behalf_of,
            })
        })
        .collect(),
    )
}

async fn log(State(world): State<World>) -> Json<Vec<Entry>> {
    Json(world.isds().journal.list())
}

async fn reset(State(world): State<World>, reads: Reads) -> Response {
    world.isds().reset();
    reads.done(PAGE, json!({ "reset": true }))
}
