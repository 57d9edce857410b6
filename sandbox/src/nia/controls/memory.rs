//! What NIA remembers: people, messages, sessions, consents.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde_json::{Value, json};

use crate::controls::caller::Reads;
use crate::nia::persona::Persona;
use crate::world::World;

/// The people who can log in.
pub async fn personas(State(world): State<World>) -> Json<Vec<Persona>> {
    Json(world.nia().personas.clone())
}

/// Messages that came in lately, and sessions that last.
pub async fn journal(State(world): State<World>) -> Json<Value> {
    let nia = world.nia();
    Json(json!({ "messages": nia.journal.list(), "sessions": nia.sessions.list() }))
}

/// Forgets sessions and consents, as if nobody had ever been here.
pub async fn forget(State(world): State<World>, reads: Reads) -> Response {
    world.nia().sessions.clear();
    world.nia().consents.clear();
    reads.done(
        "/_sandbox/",
        json!({ "forgotten": ["sessions", "consents"] }),
    )
}
