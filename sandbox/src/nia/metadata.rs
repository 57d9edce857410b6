//! `GET …/FederationMetadata.xml`: who NIA is, where it listens, and with which key it signs.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};

use super::answer::signature::{Signing, sign};
use super::answer::templates;
use super::attribute::{Attribute, CATALOGUE};
use super::names::ENTITY_ID;
use crate::error::Failure;
use crate::random;
use crate::world::World;

/// One signed document; nothing in it says how long it counts.
#[derive(Debug, Template)]
#[template(path = "nia/xml/metadata.xml")]
struct Metadata<'a> {
    id: &'a str,
    entity_id: &'a str,
    signature: &'a str,
    certificate: &'a str,
    base_url: &'a str,
    basic_url: &'a str,
    claims: &'a [Attribute],
}

/// The metadata of this moment.
pub async fn get(State(world): State<World>) -> Result<Response, Failure> {
    let xml = tokio::task::spawn_blocking(move || document(&world)).await??;
    Ok(([(header::CONTENT_TYPE, "application/samlmetadata+xml")], xml).into_response())
}

fn document(world: &World) -> Result<String, Failure> {
    let nia = world.nia();
    let id = format!("_{}", random::uuid()?);
    let certificate = nia.keys.signing().certificate_base64()?;
    let signed = sign(&id, Signing::default(), &nia.keys, |signature| {
        templates::write(&Metadata {
            id: &id,
            entity_id: ENTITY_ID,
            signature,
            certificate: &certificate,
            base_url: world.base_url(),
            basic_url: &nia.basic_url,
            claims: &CATALOGUE,
        })
    })?;
    Ok(signed.xml)
}
