//! `GET …/FederationMetadata.xml`: who NIA is, where it listens, and with which key it signs.

use std::convert::Infallible;
use std::time::Duration;

use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use futures_util::stream;

use super::answer::signature::{Condition, Signer, Signing, sign};
use super::answer::templates;
use super::attribute::{Attribute, CATALOGUE};
use super::fault::{Fault, Slot};
use super::names::ENTITY_ID;
use crate::error::Failure;
use crate::random;
use crate::world::World;

/// Where it is.
pub const PATH: &str = "/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml";
/// Where it answers too.
pub const LOWER_CASE_PATH: &str = "/fpsts/FederationMetadata/2007-06/FederationMetadata.xml";

const FOREIGN: &str = "https://jinam.example/FPSTS/saml2/basic";

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
    let fault = world.nia().faults.take("", Slot::Metadata);
    match fault {
        Some(Fault::MetaUnavailable) => return Ok(StatusCode::SERVICE_UNAVAILABLE.into_response()),
        Some(Fault::MetaHtml) => {
            return Ok(
                Html("<!doctype html><title>Odstávka</title><h1>Odstávka</h1>").into_response(),
            );
        }
        Some(Fault::MetaRedirect) => {
            return Ok(Redirect::temporary("https://jinam.example/metadata.xml").into_response());
        }
        _ => {}
    }
    let xml = tokio::task::spawn_blocking(move || document(&world, fault)).await??;
    let body = if fault == Some(Fault::MetaSlow) {
        dripping(xml)
    } else {
        Body::from(xml)
    };
    Ok((
        [(header::CONTENT_TYPE, "application/samlmetadata+xml")],
        body,
    )
        .into_response())
}

fn document(world: &World, fault: Option<Fault>) -> Result<String, Failure> {
    let nia = world.nia();
    let id = format!("_{}", random::uuid()?);
    let signing = Signing {
        signer: if fault == Some(Fault::MetaUnknownKey) {
            Signer::Stranger
        } else {
            Signer::Ours
        },
        condition: if fault == Some(Fault::MetaUnsigned) {
            Condition::Missing
        } else {
            Condition::Sound
        },
        ..Signing::default()
    };
    let certificate = signing.signer.key(&nia.keys).certificate_base64()?;
    let signed = sign(&id, signing, &nia.keys, |signature| {
        templates::write(&Metadata {
            id: &id,
            entity_id: if fault == Some(Fault::MetaEntityId) {
                "urn:nekdo:jiny"
            } else {
                ENTITY_ID
            },
            signature,
            certificate: &certificate,
            base_url: world.base_url(),
            basic_url: if fault == Some(Fault::MetaForeignEndpoint) {
                FOREIGN
            } else {
                &nia.basic_url
            },
            claims: &CATALOGUE,
        })
    })?;
    Ok(match fault {
        Some(Fault::MetaTampered) => signed.xml.replace(&nia.basic_url, FOREIGN),
        Some(Fault::MetaDoctype) => format!("<!DOCTYPE EntityDescriptor>{}", signed.xml),
        Some(Fault::MetaHuge) => format!("{}<!--{}-->", signed.xml, " ".repeat(10 << 20)),
        _ => signed.xml,
    })
}

/// A byte a second, until the reader gives up.
fn dripping(xml: String) -> Body {
    let bytes = stream::unfold(xml.into_bytes().into_iter(), |mut rest| async move {
        let byte = rest.next()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, Infallible>(Bytes::from(vec![byte])), rest))
    });
    Body::from_stream(bytes)
}
