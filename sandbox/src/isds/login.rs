//! `/as/login`: an application sends a browser here; who is it?

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::Form;
use serde::Deserialize;

use super::Isds;
use super::application::{Application, LongToken};
use super::boxes::BoxState;
use super::consent;
use super::data::{DataBox, Person, Persona};
use super::fault::Fault;
use super::journal::Entry;
use super::visit::Visit;
use crate::error::Failure;
use crate::faults::Kind as _;
use crate::page;
use crate::world::World;

/// Longer tokens are not echoed whole.
const MAX_TOKEN: usize = 20;

/// What the application sends along.
#[derive(Debug, Deserialize)]
pub struct Departure {
    #[serde(rename = "atsId", default)]
    ats_id: String,
    #[serde(rename = "appToken", default)]
    app_token: Option<String>,
}

/// What the page sends.
#[derive(Debug, Deserialize)]
pub struct Choice {
    visit: String,
    /// Key of a persona.
    #[serde(default)]
    persona: Option<String>,
    /// Stay logged in to the portal.
    #[serde(default)]
    stay: Option<String>,
    /// What shall go wrong.
    #[serde(default)]
    fault: Option<String>,
    /// `cancel`
    #[serde(default)]
    action: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "isds/login.html")]
struct Page<'a> {
    visit: &'a Visit,
    offered: Vec<Offer<'a>>,
    groups: Vec<(&'static str, Vec<Fault>)>,
}

#[derive(Debug)]
struct Offer<'a> {
    persona: &'a Persona,
    person: &'a Person,
    data_box: &'a DataBox,
    state: BoxState,
}

impl Offer<'_> {
    fn is_accessible(&self) -> bool {
        self.state == BoxState::ACCESSIBLE
    }
}

/// A page of ISDS on which a login ends.
#[derive(Debug, Template)]
#[template(path = "isds/ended.html")]
pub struct EndPage {
    /// Heading.
    pub title: &'static str,
    /// One sentence.
    pub text: &'static str,
}

/// The page, unless this browser is logged in to the portal already.
pub async fn get(
    State(world): State<World>,
    Query(departure): Query<Departure>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (isds, now) = (world.isds(), world.clock().now());
    let Some(application) = isds.applications.lookup(&departure.ats_id) else {
        isds.journal.note(Entry::new(now, "login", "unknown atsId"));
        return Ok(ended(
            StatusCode::NOT_FOUND,
            "Stránka neexistuje",
            "Aplikace s tímto atsId není registrována.",
        ));
    };
    let token = departure.app_token.filter(|token| !token.is_empty());
    let Ok(app_token) = echoed(&application, token) else {
        let mut entry = Entry::new(now, "login", "bad appToken");
        entry.ats_id = Some(application.ats_id);
        isds.journal.note(entry);
        return Ok(ended(
            StatusCode::BAD_REQUEST,
            "Chybný požadavek",
            "appToken smí mít nejvýše 20 číslic.",
        ));
    };

    let mut entry = Entry::new(now, "login", "asked");
    entry.ats_id = Some(application.ats_id.clone());
    entry.about.clone_from(&app_token);
    isds.journal.note(entry);
    let mut visit = isds.visits.begin(application, app_token, now)?;
    if let Some(persona) = isds.sessions.persona(&headers, now) {
        visit.persona = Some(persona);
        return Ok(to_consent(isds, visit));
    }
    Ok(page::leaving(&Page::new(isds, &visit)))
}

/// A persona was chosen, or nobody.
pub async fn post(
    State(world): State<World>,
    Form(choice): Form<Choice>,
) -> Result<Response, Failure> {
    let (isds, now) = (world.isds(), world.clock().now());
    let Some(mut visit) = isds.visits.lookup(&choice.visit, now) else {
        return Ok(gone());
    };
    visit.fault = match choice.fault.as_deref() {
        None | Some("") => None,
        Some(code) => match Fault::from_code(code).filter(|fault| fault.is_of_login()) {
            Some(fault) => Some(fault),
            None => return Ok(not_offered()),
        },
    };
    if choice.action.as_deref() == Some("cancel") {
        isds.visits.take(&visit.id, now);
        return Ok(consent::without_login(isds, &visit, "cancelled", now));
    }
    let chosen = choice.persona.as_deref().unwrap_or_default();
    let Some(persona) = isds.persona(chosen) else {
        return Ok(not_offered());
    };
    visit.persona = Some(persona.key.clone());
    let response = to_consent(isds, visit);
    if choice.stay.is_none() {
        return Ok(response);
    }
    let cookie = isds.sessions.start(&persona.key, now)?;
    Ok(([(header::SET_COOKIE, cookie)], response).into_response())
}

/// What of the token comes back (reference 9.2, S2).
fn echoed(application: &Application, token: Option<String>) -> Result<Option<String>, ()> {
    let Some(token) = token else { return Ok(None) };
    let is_proper = token.len() <= MAX_TOKEN && token.bytes().all(|byte| byte.is_ascii_digit());
    match application.long_app_token {
        _ if is_proper => Ok(Some(token)),
        LongToken::Truncate => Ok(Some(token.chars().take(MAX_TOKEN).collect())),
        LongToken::Refuse => Err(()),
    }
}

fn to_consent(isds: &Isds, visit: Visit) -> Response {
    let address = format!("/as/consent?visit={}", visit.id);
    isds.visits.save(visit);
    Redirect::to(&address).into_response()
}

/// The visit is over, too old, or never was.
pub fn gone() -> Response {
    ended(
        StatusCode::GONE,
        "Přihlášení už skončilo",
        "Na přihlášení je pět minut a jedno přihlášení platí jednou. Začněte znovu v aplikaci.",
    )
}

fn not_offered() -> Response {
    ended(
        StatusCode::BAD_REQUEST,
        "To jsme nenabídli",
        "Vraťte se a vyberte, co je na stránce.",
    )
}

/// A page on which a login ends.
pub fn ended(status: StatusCode, title: &'static str, text: &'static str) -> Response {
    page::with_status(status, &EndPage { title, text })
}

impl<'a> Page<'a> {
    fn new(isds: &'a Isds, visit: &'a Visit) -> Self {
        let offered = isds.personas().iter().filter_map(|persona| {
            let data_box = isds.data_box(&persona.box_id)?;
            Some(Offer {
                persona,
                person: isds.person(&persona.person)?,
                data_box,
                state: isds.state_of(data_box),
            })
        });
        let mut groups: Vec<(&'static str, Vec<Fault>)> = Vec::new();
        for fault in Fault::ALL.iter().copied().filter(|it| it.is_of_login()) {
            match groups.last_mut().filter(|(name, _)| *name == fault.group()) {
                Some((_, faults)) => faults.push(fault),
                None => groups.push((fault.group(), vec![fault])),
            }
        }
        Self {
            visit,
            offered: offered.collect(),
            groups,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn application(long_app_token: &str) -> Application {
        serde_json::from_value(serde_json::json!({
            "ats_id": "T", "return_url": "http://t", "long_app_token": long_app_token
        }))
        .unwrap()
    }

    #[test]
    fn twenty_digits_come_back_and_no_more() {
        let token = |text: &str| Some(text.to_owned());
        let twenty = "12345678901234567890";

        assert_eq!(
            echoed(&application("truncate"), token(twenty)),
            Ok(token(twenty))
        );
        assert_eq!(
            echoed(&application("truncate"), token("123456789012345678901")),
            Ok(token(twenty))
        );
        for bad in ["123456789012345678901", "12a", "-1"] {
            assert_eq!(echoed(&application("refuse"), token(bad)), Err(()), "{bad}");
        }
        assert_eq!(echoed(&application("refuse"), None), Ok(None));
    }
}
