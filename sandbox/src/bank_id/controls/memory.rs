//! What Bank iD remembers: people, calls, sessions, keys, subject identifiers.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use super::whose;
use crate::controls::caller::{Reads, Sent};
use crate::error::Failure;
use crate::nia::persona::Persona;
use crate::oidc::controls::Rotation;
use crate::world::World;

/// People with an account at a bank.
pub async fn personas(State(world): State<World>) -> Json<Vec<Persona>> {
    Json(world.bank_id().people.clone())
}

/// Calls that came in lately, sessions that last, grants that live.
pub async fn journal(State(world): State<World>) -> Json<Value> {
    Json(whose(&world).journal())
}

/// Forgets sessions and how subject identifiers came about.
pub async fn forget(State(world): State<World>, reads: Reads) -> Response {
    world.bank_id().provider.sessions.remove_where(|_| true);
    world.bank_id().subjects.forget();
    reads.done(
        "/_sandbox/",
        json!({ "forgotten": ["sessions", "subjects"] }),
    )
}

/// A new signing key.
pub async fn rotate(
    State(world): State<World>,
    reads: Reads,
    Sent(rotation): Sent<Rotation>,
) -> Result<Response, Failure> {
    tokio::task::spawn_blocking(move || whose(&world).rotate(reads, &rotation)).await?
}

/// Who gets a new identifier.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Who {
    persona: String,
}

/// Gives somebody a new subject identifier; the next logins name the former one.
pub async fn new_subject(
    State(world): State<World>,
    reads: Reads,
    Sent(who): Sent<Who>,
) -> Response {
    let Some((persona, _)) = world.bank_id().person(&who.persona) else {
        return reads.refused(StatusCode::NOT_FOUND, "taková osoba účet v bance nemá");
    };
    world.bank_id().subjects.renew(persona);
    reads.done("/_sandbox/", json!({ "renewed": persona.key }))
}
