//! `/FPSTS/consent/{visit}`: what may be told. Asked at the first login at a provider and when it wants more.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::answer::draft::Outcome;
use super::attribute::{Attribute, Kind};
use super::login::open;
use super::persona::{Circumstances, Persona};
use super::refusal::{Refusal, Stop};
use super::reply;
use super::request::authn::Requested;
use super::visit::{Login, Visit};
use crate::page;
use crate::world::World;

/// What people allowed, by persona and provider.
#[derive(Debug, Default)]
pub struct Consents(Mutex<HashMap<(String, String), Decisions>>);

/// Attribute by attribute, yes or no.
type Decisions = BTreeMap<&'static str, bool>;

impl Consents {
    fn of(&self, persona: &str, entity_id: &str) -> Option<Decisions> {
        let consents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        consents
            .get(&(persona.to_owned(), entity_id.to_owned()))
            .cloned()
    }

    fn add(&self, persona: &str, entity_id: &str, decisions: Decisions) {
        let mut consents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        consents
            .entry((persona.to_owned(), entity_id.to_owned()))
            .or_default()
            .extend(decisions);
    }

    /// Forgets everything.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    /// Friendly names of optional attributes.
    #[serde(default)]
    allow: Vec<String>,
    /// `selected`, `all` or `cancel`
    action: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "nia/consent.html")]
struct Page<'a> {
    visit: &'a Visit,
    persona: &'a Persona,
    level: &'static str,
    required: Vec<Line>,
    optional: Vec<Line>,
    unknown: Vec<&'static Attribute>,
    missing: Vec<&'static Attribute>,
}

#[derive(Debug)]
struct Line {
    attribute: &'static Attribute,
    value: String,
}

/// Goes on with a person logged in: to the page, or straight to the answer when everything was decided before.
pub async fn ask_or_answer(world: &World, visit: Visit) -> Result<Response, Stop> {
    let (persona, login) = who(world, &visit)?;
    let known = known(persona, &login, &visit, world);
    let decided = world.nia().consents.of(&persona.key, &visit.sep.entity_id);
    let nothing_new = decided.as_ref().is_some_and(|decided| {
        known
            .iter()
            .all(|requested| requested.required || decided.contains_key(requested.attribute.name))
    });

    match decided {
        Some(decided) if nothing_new && lacking(&visit, &known).is_empty() => {
            let allowed = allowed(&known, &decided);
            let outcome = Outcome::LoggedIn {
                persona,
                login: &login,
                allowed: &allowed,
            };
            reply::answer(world, visit, outcome).await
        }
        _ if visit.request.is_passive => reply::answer(world, visit, Outcome::Failed).await,
        _ => {
            let address = format!("/FPSTS/consent/{}", visit.id);
            world.nia().visits.save(visit);
            Ok(Redirect::to(&address).into_response())
        }
    }
}

/// The page.
pub async fn get(State(world): State<World>, Path(id): Path<String>) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    if visit.posting.is_some() {
        return Ok(Redirect::to(&format!("/FPSTS/answer/{id}")).into_response());
    }
    let (persona, login) = who(&world, &visit)?;
    let known = known(persona, &login, &visit, &world);
    let line = |requested: &Requested| Line {
        attribute: requested.attribute,
        value: shown(persona, requested, &login, &visit, &world),
    };

    Ok(page::page(&Page {
        visit: &visit,
        persona,
        level: login.level.czech(),
        required: known
            .iter()
            .filter(|requested| requested.required)
            .map(line)
            .collect(),
        optional: known
            .iter()
            .filter(|requested| !requested.required)
            .map(line)
            .collect(),
        unknown: unknown(&visit, &known),
        missing: lacking(&visit, &known),
    }))
}

/// The person decided.
pub async fn post(
    State(world): State<World>,
    Path(id): Path<String>,
    Form(choice): Form<Choice>,
) -> Result<Response, Stop> {
    let visit = open(&world, &id)?;
    if visit.posting.is_some() {
        return Ok(Redirect::to(&format!("/FPSTS/answer/{id}")).into_response());
    }
    let (persona, login) = who(&world, &visit)?;
    let known = known(persona, &login, &visit, &world);
    if choice.action.as_deref() == Some("cancel") || !lacking(&visit, &known).is_empty() {
        return reply::answer(&world, visit, Outcome::Failed).await;
    }

    let all = choice.action.as_deref() == Some("all");
    let decisions: Decisions = known
        .iter()
        .filter(|requested| !requested.required)
        .map(|requested| {
            let wanted = choice
                .allow
                .iter()
                .any(|name| name == requested.attribute.friendly_name);
            (requested.attribute.name, all || wanted)
        })
        .collect();
    world
        .nia()
        .consents
        .add(&persona.key, &visit.sep.entity_id, decisions.clone());
    let allowed = allowed(&known, &decisions);
    let outcome = Outcome::LoggedIn {
        persona,
        login: &login,
        allowed: &allowed,
    };
    reply::answer(&world, visit, outcome).await
}

fn who<'w>(world: &'w World, visit: &Visit) -> Result<(&'w Persona, Login), Refusal> {
    let login = visit.login.clone().ok_or(Refusal::NoVisit)?;
    let persona = world
        .nia()
        .persona(&login.persona_key)
        .ok_or(Refusal::NoVisit)?;
    Ok((persona, login))
}

/// Requested attributes NIA has a value for.
fn known(persona: &Persona, login: &Login, visit: &Visit, world: &World) -> Vec<Requested> {
    let mut known = visit.request.attributes.clone();
    known.retain(|requested| {
        persona
            .values(
                requested.attribute.kind,
                circumstances(requested, login, "", world),
            )
            .is_some()
    });
    known
}

/// Required ones it has none for: the login cannot end well.
fn lacking(visit: &Visit, known: &[Requested]) -> Vec<&'static Attribute> {
    let requested = visit
        .request
        .attributes
        .iter()
        .filter(|requested| requested.required);
    requested
        .filter(|requested| !known.contains(requested))
        .map(|requested| requested.attribute)
        .collect()
}

fn unknown(visit: &Visit, known: &[Requested]) -> Vec<&'static Attribute> {
    let requested = visit
        .request
        .attributes
        .iter()
        .filter(|requested| !requested.required);
    requested
        .filter(|requested| !known.contains(requested))
        .map(|requested| requested.attribute)
        .collect()
}

fn allowed(known: &[Requested], decisions: &Decisions) -> Vec<Kind> {
    let is_allowed = |requested: &&Requested| {
        requested.required
            || decisions
                .get(requested.attribute.name)
                .copied()
                .unwrap_or(false)
    };
    known
        .iter()
        .filter(is_allowed)
        .map(|requested| requested.attribute.kind)
        .collect()
}

fn circumstances<'a>(
    requested: &Requested,
    login: &Login,
    pseudonym: &'a str,
    world: &World,
) -> Circumstances<'a> {
    Circumstances {
        pseudonym,
        level: login.level,
        now: world.clock().now(),
        age_limit: requested.age_limit,
    }
}

/// A value in words people understand.
fn shown(
    persona: &Persona,
    requested: &Requested,
    login: &Login,
    visit: &Visit,
    world: &World,
) -> String {
    let kind = requested.attribute.kind;
    let pseudonym = persona.pseudonym(visit.sep.pseudonym_scope());
    let values = persona
        .values(kind, circumstances(requested, login, &pseudonym, world))
        .unwrap_or_default();
    let text = values
        .iter()
        .map(|value| value.text.as_str())
        .collect::<Vec<_>>()
        .join(" / ");
    match kind {
        Kind::Address => persona
            .address
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        Kind::RuianAddress => persona
            .ruian
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        Kind::DateOfBirth => values
            .first()
            .and_then(|value| value.text.parse::<chrono::NaiveDate>().ok())
            .map(|date| date.format("%-d. %-m. %Y").to_string())
            .unwrap_or_default(),
        Kind::Level => login.level.czech().to_owned(),
        Kind::IsAgeOver => {
            let limit = requested.age_limit.unwrap_or_default();
            format!("{limit} let: {}", if text == "true" { "ano" } else { "ne" })
        }
        _ => text,
    }
}
