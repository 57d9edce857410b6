//! Controls of ARES, under `/_sandbox/ares/`.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Ares;
use super::state::Call;
use super::subject::Subject;
use crate::controls::caller::{Reads, Sent};
use crate::faults::{Wish, Words};
use crate::page;
use crate::world::World;

const PAGE: &str = "/_sandbox/ares";

/// What can be called, for the index.
pub const PATHS: [(&str, &str, &str); 9] = [
    (
        "GET",
        "/_sandbox/ares",
        "subjects and members of their bodies",
    ),
    ("GET", "/_sandbox/ares/fault", "known and waiting faults"),
    (
        "POST",
        "/_sandbox/ares/fault",
        "set the next fault: fault, of (an IČO, or vyhledat), times (default 1; 0: until cleared), percent (1 to 100 of the next calls; then until cleared by default)",
    ),
    (
        "POST",
        "/_sandbox/ares/fault/clear",
        "forget waiting faults",
    ),
    ("GET", "/_sandbox/ares/subject", "subjects"),
    (
        "POST",
        "/_sandbox/ares/end",
        "end a subject, or a membership in its bodies: ico, member (family name), on",
    ),
    (
        "POST",
        "/_sandbox/ares/restore",
        "take an end back: ico, member (family name)",
    ),
    ("GET", "/_sandbox/ares/log", "latest questions"),
    ("POST", "/_sandbox/ares/reset", "as at the start"),
];

/// All controls of ARES.
pub fn router() -> Router<World> {
    Router::new()
        .route("/_sandbox/ares", get(overview))
        .route("/_sandbox/ares/fault", get(faults).post(set_fault))
        .route("/_sandbox/ares/fault/clear", post(clear_faults))
        .route("/_sandbox/ares/subject", get(subjects))
        .route("/_sandbox/ares/end", post(end))
        .route("/_sandbox/ares/restore", post(restore))
        .route("/_sandbox/ares/log", get(log))
        .route("/_sandbox/ares/reset", post(reset))
}

#[derive(Debug, Template)]
#[template(path = "ares/controls.html")]
struct Page {
    waiting: usize,
    subjects: Vec<Subject>,
}

async fn overview(State(world): State<World>, reads: Reads) -> Response {
    let ares = world.ares();
    if !reads.pages {
        return subjects(State(world)).await.into_response();
    }
    page::page(&Page {
        waiting: ares.faults.list().len(),
        subjects: ares.list(),
    })
}

fn words(ares: &Ares) -> Words {
    let subjects = ares.list();
    let mut choices = vec![("vyhledat".to_owned(), "vyhledávání".to_owned())];
    choices.extend(
        subjects
            .iter()
            .map(|one| (one.ico.clone(), format!("{} {}", one.ico, one.name))),
    );
    Words {
        path: "/_sandbox/ares/fault",
        title: "Pokazit ARES",
        lead: "Vyberte, co má být špatně. U každé chyby stojí, co s ní má udělat ten, kdo se ptá.",
        whom: "Na koho je dotaz",
        choices,
    }
}

async fn faults(State(world): State<World>, reads: Reads) -> Response {
    world.ares().faults.shown(reads, words(world.ares()))
}

async fn set_fault(State(world): State<World>, reads: Reads, Sent(wish): Sent<Wish>) -> Response {
    let ares = world.ares();
    ares.faults.wished(reads, &words(ares), &wish)
}

async fn clear_faults(State(world): State<World>, reads: Reads) -> Response {
    let ares = world.ares();
    ares.faults.cleared(reads, &words(ares))
}

async fn subjects(State(world): State<World>) -> Json<Vec<Value>> {
    Json(world.ares().list().iter().map(Subject::json).collect())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    ico: String,
    #[serde(default)]
    member: Option<String>,
    #[serde(default)]
    on: Option<NaiveDate>,
}

async fn end(State(world): State<World>, reads: Reads, Sent(wish): Sent<End>) -> Response {
    let on = wish.on.unwrap_or_else(|| world.clock().now().date_naive());
    let member = wish.member.as_deref().filter(|name| !name.is_empty());
    if !world.ares().end(&wish.ico, member, on) {
        return reads.refused(StatusCode::NOT_FOUND, "takový subjekt nebo člen není");
    }
    reads.done(PAGE, json!({ "ico": wish.ico, "member": member, "on": on }))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Restore {
    ico: String,
    #[serde(default)]
    member: Option<String>,
}

async fn restore(State(world): State<World>, reads: Reads, Sent(wish): Sent<Restore>) -> Response {
    let member = wish.member.as_deref().filter(|name| !name.is_empty());
    if !world.ares().restore(&wish.ico, member) {
        return reads.refused(StatusCode::NOT_FOUND, "takový konec není");
    }
    reads.done(PAGE, json!({ "ico": wish.ico, "member": member }))
}

async fn log(State(world): State<World>) -> Json<Vec<Call>> {
    Json(world.ares().calls())
}

async fn reset(State(world): State<World>, reads: Reads) -> Response {
    match world.ares().reset() {
        Ok(()) => reads.done(PAGE, json!({ "reset": true })),
        Err(error) => reads.refused(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()),
    }
}
