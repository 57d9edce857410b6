//! Single logout: a service provider ends a session of NIA, or is told that NIA ended it.

pub mod outgoing;
pub mod redirect;
pub mod signout;
pub mod templates;

use std::sync::{Mutex, PoisonError};

use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use serde::Serialize;

use self::templates::LogoutResponse;
use super::answer::compose::seconds;
use super::answer::signature::{Condition, Signing, sign};
use super::answer::templates::write;
use super::config::LogoutSwitches;
use super::fault::{Fault, Slot};
use super::names::{ENTITY_ID, SAMLP};
use super::refusal::{Refusal, Stop};
use super::reply::Posting;
use super::request::carried::Carried;
use super::request::logout::{LogoutRequest, check};
use super::request::signature;
use super::sep::Sep;
use super::session::SsoCookie;
use super::sso::{sender, verified};
use crate::error::Failure;
use crate::page::{self, MessagePage};
use crate::random;
use crate::world::World;
use crate::xml::Element;

/// How logouts are treated, and what providers said to ours.
#[derive(Debug)]
pub struct Logouts {
    switches: Mutex<LogoutSwitches>,
    answers: Mutex<Vec<AnswerSeen>>,
}

/// A provider answered a logout we sent it.
#[derive(Debug, Clone, Serialize)]
pub struct AnswerSeen {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub entity_id: String,
    /// To what.
    pub in_response_to: Option<String>,
    /// The status code.
    pub status: Option<String>,
    /// Whether it was signed, and then rightly.
    pub signed: bool,
}

impl Logouts {
    /// Starts with what the configuration says.
    pub fn new(switches: LogoutSwitches) -> Self {
        Self {
            switches: Mutex::new(switches),
            answers: Mutex::default(),
        }
    }

    /// How logouts are treated now.
    pub fn switches(&self) -> LogoutSwitches {
        *self.switches.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Treats them differently from now on.
    pub fn set_switches(&self, switches: LogoutSwitches) {
        *self.switches.lock().unwrap_or_else(PoisonError::into_inner) = switches;
    }

    /// What providers said.
    pub fn answers(&self) -> Vec<AnswerSeen> {
        self.answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// A provider wants a session ended.
pub async fn request(
    world: &World,
    headers: &HeaderMap,
    carried: &Carried,
    message: &Element,
) -> Result<Response, Stop> {
    let nia = world.nia();
    let sep = sender(world, message)?;
    // The handbook of 2019 let providers leave the signature out; a wrong one was never right.
    let must_be_signed = nia.logouts.switches().require_signed_request;
    let covered = if must_be_signed || signature::is_signed(carried, message) {
        verified(world, &sep, carried, message).await?
    } else {
        message.clone()
    };
    let request = check(&covered, &nia.basic_url)?;
    let ended = nia
        .sessions
        .end_named(&sep.entity_id, &request.name_id, &request.session_indexes);
    tracing::info!(
        sep.entity_id = sep.entity_id,
        sessions.ended = ended,
        "nia.logout"
    );

    let response = respond(world, &sep, &request, carried.relay_state.clone())?;
    let cookie = SsoCookie::at(world.base_url());
    match cookie.read(headers) {
        Some(id) if nia.sessions.lookup(&id, world.clock().now()).is_none() => {
            Ok(([(header::SET_COOKIE, cookie.clear())], response).into_response())
        }
        _ => Ok(response),
    }
}

fn respond(
    world: &World,
    sep: &Sep,
    request: &LogoutRequest,
    relay_state: Option<String>,
) -> Result<Response, Failure> {
    let Some(logout_url) = &sep.logout_url else {
        return Ok(page::page(&signed_out_page()));
    };
    let nia = world.nia();
    let switches = nia.logouts.switches();
    let fault = nia.faults.take(&sep.entity_id, Slot::Logout);
    let by_redirect = switches.response_by_redirect || fault == Some(Fault::LogoutRedirect);
    let condition = match fault {
        Some(Fault::LogoutUnsigned) => Condition::Missing,
        Some(Fault::LogoutBadSig) => Condition::Broken,
        _ if switches.sign_response => Condition::Sound,
        _ => Condition::Missing,
    };

    let in_response_to = match fault {
        Some(Fault::LogoutWrongInResponseTo) => format!("_{}", random::hex()?),
        _ => request.id.clone(),
    };
    let id = format!("_{}", random::uuid()?);
    let now = seconds(world.clock().now());
    let render = |signature: &str| {
        write(&LogoutResponse {
            id: &id,
            issued_at: &now,
            in_response_to: &in_response_to,
            destination: logout_url,
            issuer: ENTITY_ID,
            signature,
        })
    };

    if by_redirect {
        let message = redirect::Message {
            parameter: "SAMLResponse",
            xml: &render("")?,
            relay_state: relay_state.as_deref(),
        };
        let url = redirect::url(logout_url, message, &nia.keys.signing(), condition)?;
        return Ok(Redirect::to(&url).into_response());
    }
    let signed = sign(
        &id,
        Signing {
            condition,
            ..Signing::default()
        },
        &nia.keys,
        render,
    )?;
    Ok(page::leaving(&Posting {
        title: "Odhlášení z NIA proběhlo",
        action: logout_url.clone(),
        parameter: "SAMLResponse",
        message: STANDARD.encode(signed.xml),
        relay_state,
    }))
}

/// A provider answers a logout we sent it.
pub async fn response(
    world: &World,
    carried: &Carried,
    message: &Element,
) -> Result<Response, Stop> {
    let sep = sender(world, message)?;
    let signed = signature::is_signed(carried, message);
    if signed {
        verified(world, &sep, carried, message).await?;
    }
    let status = message
        .child(SAMLP, "Status")
        .and_then(|status| status.child(SAMLP, "StatusCode"));
    let seen = AnswerSeen {
        at: world.clock().now(),
        entity_id: sep.entity_id.clone(),
        in_response_to: message.attribute("InResponseTo").map(str::to_owned),
        status: status
            .and_then(|code| code.attribute("Value"))
            .map(str::to_owned),
        signed,
    };
    tracing::info!(sep.entity_id = sep.entity_id, signed, "nia.logout_answered");
    world
        .nia()
        .logouts
        .answers
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(seen);
    Ok(page::page(&signed_out_page()))
}

/// Where a logout ends when nobody is to be told.
pub fn signed_out_page() -> MessagePage {
    MessagePage {
        title: "Jste odhlášeni",
        text: "Odhlásili jsme vás z NIA. Při dalším přihlášení se budete muset znovu prokázat.",
        link: None,
    }
}

/// Why a logout cannot be sent.
pub(super) fn no_logout_url() -> Refusal {
    Refusal::Choice("registrace neříká, kam odhlášení poslat".to_owned())
}
