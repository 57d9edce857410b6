//! `GET /_sandbox/`: everything at a glance.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use serde_json::json;

use super::caller::Reads;
use crate::bank_id::BankId;
use crate::caais::Caais;
use crate::error::Failure;
use crate::nia::Nia;
use crate::nia::journal::Entry;
use crate::oidc::journal::Entry as Call;
use crate::world::World;
use crate::{ares, bank_id, caais, isds, mail, nia, page, tls};

#[derive(Debug, Template)]
#[template(path = "controls/index.html")]
struct Page<'a> {
    world: &'a World,
    nia: &'a Nia,
    bank_id: &'a BankId,
    caais: &'a Caais,
    fingerprint: String,
    now: String,
    shift_seconds: i64,
    waiting: usize,
    recent: Vec<Entry>,
    calls: Vec<Call>,
}

/// The page, or what can be called.
pub async fn get(State(world): State<World>, reads: Reads) -> Result<Response, Failure> {
    let nia = world.nia();
    if !reads.pages {
        let paths: Vec<_> = paths()
            .map(|(method, path, what)| json!({ "method": method, "path": path, "what": what }))
            .collect();
        let body = json!({
            "metadata_url": metadata_url(&world),
            "bank_id_issuer": world.bank_id().provider.issuer,
            "caais_issuer": world.caais().provider.issuer,
            "controls": paths,
        });
        return Ok(Json(body).into_response());
    }
    Ok(page::page(&Page {
        world: &world,
        nia,
        bank_id: world.bank_id(),
        caais: world.caais(),
        fingerprint: nia.keys.signing().fingerprint()?,
        now: world
            .clock()
            .now()
            .format("%-d. %-m. %Y %H:%M:%S UTC")
            .to_string(),
        shift_seconds: world.clock().shift().num_seconds(),
        waiting: nia.faults.list().len(),
        recent: nia.journal.list().into_iter().take(8).collect(),
        calls: world
            .bank_id()
            .provider
            .journal
            .list()
            .into_iter()
            .take(8)
            .collect(),
    }))
}

/// Everything that can be called.
fn paths() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    nia::controls::PATHS
        .into_iter()
        .chain(bank_id::controls::PATHS)
        .chain(isds::controls::PATHS)
        .chain(ares::controls::PATHS)
        .chain(mail::controls::PATHS)
        .chain(tls::controls::PATHS)
        .chain(caais::controls::PATHS)
}

fn metadata_url(world: &World) -> String {
    format!("{}{}", world.base_url(), nia::metadata::PATH)
}

impl Page<'_> {
    fn metadata_url(&self) -> String {
        metadata_url(self.world)
    }
}
