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
    let query = query.unwrap_or_default();
    let arrival = Arrival {
        binding: "redirect",
        client,
        headers,
    };
    noted(&world, &arrival, Carried::from_query(&query)).await
}

/// HTTP-POST.
pub async fn post(
    State(world): State<World>,
    client: ClientAddress,
    headers: HeaderMap,
    body: String,
) -> Result<Response, Stop> {
    let arrival = Arrival {
        binding: "post",
        client,
        headers,
    };
    noted(&world, &arrival, Carried::from_form(&body)).await
}

/// How a message came.
struct Arrival {
    binding: &'static str,
    client: ClientAddress,
    headers: HeaderMap,
}

/// Whatever becomes of the message, it stands in the journal.
async fn noted(
    world: &World,
    arrival: &Arrival,
    carried: Result<Carried, Refusal>,
) -> Result<Response, Stop> {
    let mut entry = Entry::new(world.clock().now(), arrival.binding);
    let result = receive(world, arrival, carried, &mut entry).await;
    if let Err(Stop::Refused(refusal)) = &result {
        entry.erc = Some(refusal.code());
    }
    world.nia().journal.note(entry);
    result
}

async fn receive(
    world: &World,
    arrival: &Arrival,
    carried: Result<Carried, Refusal>,
    entry: &mut Entry,
) -> Result<Response, Stop> {
    let carried = carried?;
    entry.relay_state.clone_from(&carried.relay_state);
    entry.xml.clone_from(&carried.xml);
    let message = xml::parse(&carried.xml).map_err(|error| Refusal::Xml(error.to_string()))?;
    entry.message.clone_from(&message.name);
    entry.signature = signature_form(&carried, &message);
    entry.issuer = message
        .child(SAML, "Issuer")
        .map(|issuer| issuer.text.clone());

    match (
        carried.parameter,
        message.namespace.as_str(),
        message.name.as_str(),
    ) {
        (Parameter::Request, SAMLP, "AuthnRequest") => {
            begin(world, &arrival.client, &carried, &message).await
        }
        (Parameter::Request, SAMLP, "LogoutRequest") => {
            logout::request(world, &arrival.headers, &carried, &message).await
        }
        (Parameter::Response, SAMLP, "LogoutResponse") => {
            logout::response(world, &carried, &message).await
        }
        (_, _, name) => Err(Refusal::Kind(name.to_owned()).into()),
    }
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
    client: &ClientAddress,
    carried: &Carried,
    message: &Element,
) -> Result<Response, Stop> {
    let nia = world.nia();
    let sep = sender(world, message)?;
    let message = verified(world, &sep, carried, message).await?;
    let request = authn::check(&message, &sep, &nia.basic_url)?;
    let relay_state = carried.relay_state.clone();

    let visit = nia.visits.begin(
        sep,
        request,
        relay_state,
        client.0.clone(),
        world.clock().now(),
    )?;
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
