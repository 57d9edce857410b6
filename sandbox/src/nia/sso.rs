//! `/FPSTS/saml2/basic`: takes what service providers send. Every check comes before anything is shown or sent.

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::journal::Entry;
use super::logout;
use super::names::{DSIG, SAML, SAMLP};
use super::refusal::{ClientAddress, Refusal, Stop};
use super::request::carried::{Carried, Parameter};
use super::request::{self, authn, signature};
use super::sep::Sep;
use crate::world::World;
use crate::xml::{self, Element};

/// HTTP-Redirect.
pub async fn get(
    State(world): State<World>,
    client: ClientAddress,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Response, Stop> {
    let carried = Carried::from_query(query.as_deref().unwrap_or_default())?;
    receive(&world, client, &headers, &carried, "redirect").await
}

/// HTTP-POST.
pub async fn post(
    State(world): State<World>,
    client: ClientAddress,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Stop> {
    let carried = Carried::from_form(&body)?;
    receive(&world, client, &headers, &carried, "post").await
}

async fn receive(
    world: &World,
    client: ClientAddress,
    headers: &HeaderMap,
    carried: &Carried,
    binding: &'static str,
) -> Result<Response, Stop> {
    let message = xml::parse(&carried.xml).map_err(|error| Refusal::Xml(error.to_string()))?;
    let result = match (
        carried.parameter,
        message.namespace.as_str(),
        message.name.as_str(),
    ) {
        (Parameter::Request, SAMLP, "AuthnRequest") => {
            begin(world, client, carried, &message).await
        }
        (Parameter::Request, SAMLP, "LogoutRequest") => {
            logout::request(world, headers, carried, &message).await
        }
        (Parameter::Response, SAMLP, "LogoutResponse") => {
            logout::response(world, carried, &message).await
        }
        (_, _, name) => Err(Refusal::Kind(name.to_owned()).into()),
    };

    let erc = match &result {
        Err(Stop::Refused(refusal)) => Some(refusal.code()),
        _ => None,
    };
    world.nia().journal.note(Entry {
        at: world.clock().now(),
        message: message.name.clone(),
        binding,
        signature: signature_form(carried, &message),
        issuer: message
            .child(SAML, "Issuer")
            .map(|issuer| issuer.text.clone()),
        erc,
        relay_state: carried.relay_state.clone(),
        xml: carried.xml.clone(),
    });
    result
}

fn signature_form(carried: &Carried, message: &Element) -> &'static str {
    match (&carried.detached, message.child(DSIG, "Signature")) {
        (Some(_), _) => "detached",
        (None, Some(_)) => "enveloped",
        (None, None) => "none",
    }
}

/// A checked request becomes a visit. The browser is sent on by GET: its cookie did not come with a foreign POST.
async fn begin(
    world: &World,
    client: ClientAddress,
    carried: &Carried,
    message: &Element,
) -> Result<Response, Stop> {
    let nia = world.nia();
    let sep = sender(world, message)?;
    let message = verified(world, &sep, carried, message).await?;
    let request = authn::check(&message, &sep, &nia.basic_url)?;
    let relay_state = carried.relay_state.clone();

    let visit = nia
        .visits
        .begin(sep, request, relay_state, client.0, world.clock().now())?;
    tracing::info!(
        sep.entity_id = visit.sep.entity_id,
        request.force = visit.request.force_authn,
        request.passive = visit.request.is_passive,
        request.attributes = visit.request.attributes.len(),
        "nia.request"
    );
    Ok(Redirect::to(&format!("/FPSTS/login/{}", visit.id)).into_response())
}

/// The registered provider that says it sent a message.
pub fn sender(world: &World, message: &Element) -> Result<Sep, Refusal> {
    let issuer = request::issuer(message)?;
    world
        .nia()
        .seps
        .lookup(issuer)
        .ok_or_else(|| Refusal::UnknownIssuer(issuer.to_owned()))
}

/// What of the message is signed by the provider. A certificate that does not fit is asked for once more.
pub async fn verified(
    world: &World,
    sep: &Sep,
    carried: &Carried,
    message: &Element,
) -> Result<Element, Refusal> {
    let mut refusal = Refusal::Unsigned;
    for again in [false, true] {
        let certificates = world.nia().seps.certificates(sep, again).await;
        let certificates =
            certificates.map_err(|error| Refusal::NoCertificate(error.to_string()))?;
        match signature::verify(carried, message, &certificates.signing) {
            Err(Refusal::Signature) => refusal = Refusal::Signature,
            other => return other,
        }
    }
    Err(refusal)
}
