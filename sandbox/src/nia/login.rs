//! `/FPSTS/login/{visit}`: who are you? With single sign-on nobody is asked.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::answer::draft::Outcome;
use super::fault::{Fault, Group};
use super::level::Level;
use super::persona::{Means, Persona};
use super::refusal::{Refusal, Stop};
use super::session::{Session, SsoCookie};
use super::visit::{Login, Visit};
use super::{consent, reply};
use crate::page;
use crate::world::World;

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    /// `key`, or `key@level` for one of several means.
    persona: Option<String>,
    /// `cancel` or `fail`
    action: Option<String>,
    /// What shall be wrong with the answer.
    fault: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "nia/login.html")]
struct Page<'a> {
    visit: &'a Visit,
    offered: Vec<(&'a Persona, Vec<&'a Means>)>,
    too_weak: Vec<&'a Persona>,
    groups: Vec<(Group, Vec<Fault>)>,
}

/// The page, unless single sign-on answers.
pub async fn get(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Stop> {
    let mut visit = open(&world, &id)?;
    if visit.posting.is_some() {
        return Ok(Redirect::to(&format!("/FPSTS/answer/{id}")).into_response());
    }
    if let Some(session) = session_for(&world, &visit, &headers) {
        visit.login = Some(login_of(&session));
        return consent::ask_or_answer(&world, visit).await;
    }
    if visit.request.is_passive {
        return reply::answer(&world, visit, Outcome::Failed).await;
    }
    Ok(page::page(&Page::new(&world, &visit)))
}

/// A person was chosen, or nobody.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    headers: HeaderMap,
    Form(choice): Form<Choice>,
) -> Result<Response, Stop> {
    let mut visit = open(&world, &id)?;
    if visit.posting.is_some() {
        return Ok(Redirect::to(&format!("/FPSTS/answer/{id}")).into_response());
    }
    visit.fault = wished_fault(choice.fault.as_deref())?;
    if let Some(action @ ("cancel" | "fail")) = choice.action.as_deref() {
        tracing::info!(action, "nia.login_not_completed");
        return reply::answer(&world, visit, Outcome::Failed).await;
    }

    let chosen = choice.persona.unwrap_or_default();
    let (persona, level) = chosen_persona(&world, &visit, &chosen)?;
    let cookie = SsoCookie::at(world.base_url());
    if let Some(former) = cookie.read(&headers) {
        world.nia().sessions.end(&former);
    }
    let session = world
        .nia()
        .sessions
        .start(&persona, level, world.clock().now())?;
    tracing::info!(
        persona = session.persona,
        level = level.name(),
        "nia.logged_in"
    );
    visit.login = Some(login_of(&session));

    let response = consent::ask_or_answer(&world, visit).await?;
    Ok(([(header::SET_COOKIE, cookie.set(&session.id))], response).into_response())
}

/// The visit of a page.
pub fn open(world: &World, id: &str) -> Result<Visit, Refusal> {
    world
        .nia()
        .visits
        .lookup(id, world.clock().now())
        .ok_or(Refusal::NoVisit)
}

/// The session of the browser, if it is an answer to this request.
fn session_for(world: &World, visit: &Visit, headers: &HeaderMap) -> Option<Session> {
    if visit.request.force_authn {
        return None;
    }
    let id = SsoCookie::at(world.base_url()).read(headers)?;
    let session = world.nia().sessions.lookup(&id, world.clock().now())?;
    let persona = world.nia().persona(&session.persona)?;
    let usable = visit.request.demand.is_met_by(session.level) && is_admitted(persona, visit);
    usable.then_some(session)
}

fn login_of(session: &Session) -> Login {
    Login {
        session_id: session.id.clone(),
        persona_key: session.persona.clone(),
        level: session.level,
        at: session.at,
    }
}

fn is_admitted(persona: &Persona, visit: &Visit) -> bool {
    visit.sep.eidas || !persona.is_foreign()
}

fn chosen_persona(world: &World, visit: &Visit, chosen: &str) -> Result<(String, Level), Refusal> {
    let (key, level) = match chosen.split_once('@') {
        Some((key, level)) => (
            key,
            Some(Level::from_name(level).ok_or_else(|| Refusal::Choice(chosen.to_owned()))?),
        ),
        None => (chosen, None),
    };
    let persona = world
        .nia()
        .persona(key)
        .filter(|persona| is_admitted(persona, visit));
    let persona = persona.ok_or_else(|| Refusal::Choice(chosen.to_owned()))?;
    let means = persona
        .means_for(&visit.request.demand)
        .find(|means| level.is_none_or(|level| level == means.level))
        .ok_or_else(|| Refusal::Choice(format!("{chosen} nemá prostředek požadované úrovně")))?;
    Ok((persona.key.clone(), means.level))
}

fn wished_fault(code: Option<&str>) -> Result<Option<Fault>, Refusal> {
    match code {
        None | Some("") => Ok(None),
        Some(code) => {
            let fault = Fault::from_code(code).filter(|fault| fault.is_of_login());
            fault
                .map(Some)
                .ok_or_else(|| Refusal::Choice(code.to_owned()))
        }
    }
}

impl<'a> Page<'a> {
    fn new(world: &'a World, visit: &'a Visit) -> Self {
        let mut offered = Vec::new();
        let mut too_weak = Vec::new();
        for persona in world
            .nia()
            .personas
            .iter()
            .filter(|persona| is_admitted(persona, visit))
        {
            let means: Vec<_> = persona.means_for(&visit.request.demand).collect();
            if means.is_empty() {
                too_weak.push(persona);
            } else {
                offered.push((persona, means));
            }
        }
        let of_group = |group: Group| {
            let faults: Vec<_> = Fault::ALL
                .iter()
                .copied()
                .filter(|fault| fault.group() == group && fault.is_of_login())
                .collect();
            (group, faults)
        };
        Self {
            visit,
            offered,
            too_weak,
            groups: Group::ALL
                .into_iter()
                .map(of_group)
                .filter(|(_, faults)| !faults.is_empty())
                .collect(),
        }
    }
}
