//! What came, under `/_sandbox/mail`: a list, one letter, its bytes; JSON for tests.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::json;

use super::Sink;
use super::letter::{Letter, Piece};
use crate::controls::caller::{Reads, Sent};
use crate::error::Failure;
use crate::faults::{Wish, Words};
use crate::page;
use crate::world::World;

const PAGE: &str = "/_sandbox/mail";

/// What can be called, for the index.
pub const PATHS: [(&str, &str, &str); 6] = [
    (
        "GET",
        "/_sandbox/mail.json",
        "letters, the latest first: to",
    ),
    ("GET", "/_sandbox/mail/{id}/raw", "a letter as it was sent"),
    ("POST", "/_sandbox/mail/clear", "throw all letters away"),
    ("GET", "/_sandbox/mail/fault", "known and waiting faults"),
    (
        "POST",
        "/_sandbox/mail/fault",
        "set the next fault: fault, of (a recipient), times (default 1; 0: until cleared), percent (1 to 100 of the next calls; then until cleared by default)",
    ),
    (
        "POST",
        "/_sandbox/mail/fault/clear",
        "forget waiting faults",
    ),
];

/// All controls of the sink.
pub fn router() -> Router<World> {
    Router::new()
        .route("/_sandbox/mail", get(list))
        .route("/_sandbox/mail.json", get(list_json))
        .route("/_sandbox/mail/clear", post(clear))
        .route("/_sandbox/mail/fault", get(faults).post(set_fault))
        .route("/_sandbox/mail/fault/clear", post(clear_faults))
        .route("/_sandbox/mail/{id}", get(one))
        .route("/_sandbox/mail/{id}/raw", get(raw))
}

/// To whom.
#[derive(Debug, Deserialize)]
struct Which {
    #[serde(default)]
    to: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "mail/list.html")]
struct ListPage {
    to: String,
    letters: Vec<Letter>,
    waiting: usize,
}

#[derive(Debug, Template)]
#[template(path = "mail/letter.html")]
struct LetterPage {
    letter: Letter,
}

fn letters(sink: &Sink, which: &Which) -> Result<Vec<Letter>, Failure> {
    let to = which.to.as_deref().filter(|to| !to.is_empty());
    Ok(sink.list(to)?.iter().map(Letter::from).collect())
}

async fn list(
    State(world): State<World>,
    Query(which): Query<Which>,
    reads: Reads,
) -> Result<Response, Failure> {
    let letters = letters(world.mail(), &which)?;
    if !reads.pages {
        return Ok(Json(letters).into_response());
    }
    Ok(page::page(&ListPage {
        to: which.to.unwrap_or_default(),
        letters,
        waiting: world.mail().faults.list().len(),
    }))
}

async fn list_json(
    State(world): State<World>,
    Query(which): Query<Which>,
) -> Result<Json<Vec<Letter>>, Failure> {
    Ok(Json(letters(world.mail(), &which)?))
}

async fn one(State(world): State<World>, Path(id): Path<String>, reads: Reads) -> Response {
    let Some(kept) = world.mail().lookup(&id) else {
        return reads.refused(StatusCode::NOT_FOUND, "takový dopis není");
    };
    let letter = Letter::from(&kept);
    if reads.pages {
        page::page(&LetterPage { letter })
    } else {
        Json(letter).into_response()
    }
}

async fn raw(State(world): State<World>, Path(id): Path<String>, reads: Reads) -> Response {
    match world.mail().lookup(&id) {
        // As text: a letter is shown, whatever it says it is.
        Some(kept) => (
            [(header::CONTENT_TYPE, "text/plain; charset=utf-8")],
            kept.letter,
        )
            .into_response(),
        None => reads.refused(StatusCode::NOT_FOUND, "takový dopis není"),
    }
}

async fn clear(State(world): State<World>, reads: Reads) -> Result<Response, Failure> {
    world.mail().clear()?;
    Ok(reads.done(PAGE, json!([])))
}

fn words() -> Words {
    Words {
        path: "/_sandbox/mail/fault",
        title: "Pokazit poštu",
        lead: "Vyberte, co má být špatně při příjmu pošty.",
        whom: "Komu je dopis (prázdné: komukoli)",
        choices: Vec::new(),
    }
}

async fn faults(State(world): State<World>, reads: Reads) -> Response {
    world.mail().faults.shown(reads, words())
}

async fn set_fault(State(world): State<World>, reads: Reads, Sent(wish): Sent<Wish>) -> Response {
    world.mail().faults.wished(reads, &words(), &wish)
}

async fn clear_faults(State(world): State<World>, reads: Reads) -> Response {
    world.mail().faults.cleared(reads, &words())
}
