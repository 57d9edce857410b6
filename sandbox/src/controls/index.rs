//! `GET /_sandbox/`: everything at a glance.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::caller::Reads;
use crate::error::Failure;
use crate::nia::Nia;
use crate::nia::journal::Entry;
use crate::page;
use crate::world::World;

#[derive(Debug, Template)]
#[template(path = "controls/index.html")]
struct Page<'a> {
    world: &'a World,
    nia: &'a Nia,
    fingerprint: String,
    now: String,
    shift_seconds: i64,
    waiting: usize,
    recent: Vec<Entry>,
}

/// The page, or what can be called.
pub async fn get(State(world): State<World>, reads: Reads) -> Result<Response, Failure> {
    let nia = world.nia();
    if !reads.pages {
        let paths = crate::nia::controls::PATHS
            .map(|(method, path, what)| json!({ "method": method, "path": path, "what": what }));
        return Ok(
            Json(json!({ "metadata_url": metadata_url(&world), "controls": paths }))
                .into_response(),
        );
    }
    Ok(page::page(&Page {
        world: &world,
        nia,
        fingerprint: nia.keys.signing().fingerprint()?,
        now: world
            .clock()
            .now()
            .format("%-d. %-m. %Y %H:%M:%S UTC")
            .to_string(),
        shift_seconds: world.clock().shift().num_seconds(),
        waiting: nia.faults.list().len(),
        recent: nia.journal.list().into_iter().take(8).collect(),
    }))
}

fn metadata_url(world: &World) -> String {
    format!("{}{}", world.base_url(), crate::nia::metadata::PATH)
}

impl Page<'_> {
    fn metadata_url(&self) -> String {
        metadata_url(self.world)
    }
}
