//! `/bank_id/confirm/{visit}`: the second factor, a code on a phone that is drawn on the page.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::auth::{COOKIE, open};
use super::bank::Bank;
use super::login::bank_of;
use crate::oidc::back::end_in_error;
use crate::oidc::proof::Verdict;
use crate::oidc::refusal::Stop;
use crate::oidc::visit::Visit;
use crate::page;
use crate::world::World;

#[derive(Debug, Template)]
#[template(path = "bank_id/confirm.html")]
struct Page<'a> {
    visit: &'a Visit,
    bank: &'static Bank,
    code: &'a str,
    tries_left: Option<u8>,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Typed {
    /// What the phone shows.
    #[serde(default)]
    code: String,
    /// `confirm` or `reject`
    action: String,
}

/// The page.
pub async fn get(State(world): State<World>, Path(id): Path<String>) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    shown(&visit, None)
}

/// The code was typed, or the person said that it is not them.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(typed): Form<Typed>,
) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    let provider = &world.bank_id().provider;
    if let Some(address) = &visit.ended_at {
        return Ok(Redirect::to(address).into_response());
    }
    if visit.person.is_none() {
        return Err(Stop::not_offered("a phone of nobody"));
    }
    if typed.action != "confirm" {
        return Ok(end_in_error(
            provider,
            visit,
            "access_denied",
            "the phone said no",
        ));
    }

    let now = provider.now();
    let (verdict, visit) = provider
        .change(&id, |visit| {
            // Pressed twice: the code is used up, and the person is proved by it.
            if visit.proved_at.is_some() {
                return None;
            }
            let verdict = visit.proof.judge_code(&typed.code);
            if verdict == Verdict::Right {
                visit.proved_at = Some(now);
            }
            Some(verdict)
        })
        .ok_or_else(Stop::gone)?;
    match verdict {
        None => Ok(to("consent", &visit)),
        Some(Verdict::Right) => log_in(&world, &visit, &headers),
        Some(Verdict::Wrong(left)) => shown(&visit, Some(left)),
        Some(Verdict::Over) => Ok(end_in_error(
            provider,
            visit,
            "access_denied",
            "the code was wrong too often",
        )),
    }
}

/// The page, as long as there is a code to be typed.
fn shown(visit: &Visit, tries_left: Option<u8>) -> Result<Response, Stop> {
    let bank = bank_of(visit)?;
    Ok(match visit.proof.code() {
        _ if visit.proved_at.is_some() => to("consent", visit),
        None => to("login", visit),
        Some(code) => page::leaving(&Page {
            visit,
            bank,
            code,
            tries_left,
        }),
    })
}

fn to(page: &str, visit: &Visit) -> Response {
    Redirect::to(&format!("/bank_id/{page}/{}", visit.id)).into_response()
}

fn log_in(world: &World, visit: &Visit, headers: &HeaderMap) -> Result<Response, Stop> {
    let person = visit.person.as_deref().unwrap_or_default();
    let session = world
        .bank_id()
        .provider
        .log_in(COOKIE, headers, person, visit.place.as_deref())
        .map_err(Stop::from)?;
    tracing::info!(persona = session.person, "bank_id.logged_in");
    let cookie = COOKIE.set(&session.id);
    Ok(([(header::SET_COOKIE, cookie)], to("consent", visit)).into_response())
}
