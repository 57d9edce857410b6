//! Logouts: how they are answered, and one from us.

use askama::Template;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::controls::caller::{Reads, Sent};
use crate::nia::config::LogoutSwitches;
use crate::nia::logout::AnswerSeen;
use crate::nia::logout::outgoing::{self, Flaw, Parcel, Wish};
use crate::nia::refusal::Stop;
use crate::nia::sep::Sep;
use crate::page;
use crate::world::World;

const PAGE: &str = "/_sandbox/nia/logout-request";

#[derive(Debug, Template)]
#[template(path = "controls/logout.html")]
struct Page {
    seps: Vec<Sep>,
    switches: LogoutSwitches,
    answers: Vec<AnswerSeen>,
    flaws: [(&'static str, &'static str); 9],
}

/// What providers answered.
pub async fn get(State(world): State<World>, reads: Reads) -> Response {
    let logouts = &world.nia().logouts;
    if !reads.pages {
        return Json(json!({ "switches": logouts.switches(), "answers": logouts.answers() }))
            .into_response();
    }
    // Sending the form ends at the provider.
    page::leaving(&Page {
        seps: world.nia().seps.list(),
        switches: logouts.switches(),
        answers: logouts.answers(),
        flaws: Flaw::ALL,
    })
}

/// Sends a logout to a provider: a browser takes it there, a program gets what a browser would send.
pub async fn post(
    State(world): State<World>,
    reads: Reads,
    Sent(wish): Sent<Wish>,
) -> Result<Response, Stop> {
    let (id, parcel) = match outgoing::prepare(&world, &wish) {
        Err(Stop::Refused(refusal)) if !reads.pages => {
            return Ok(reads.refused(StatusCode::UNPROCESSABLE_ENTITY, refusal.to_string()));
        }
        prepared => prepared?,
    };
    Ok(match (reads.pages, parcel) {
        (true, Parcel::Url(url)) => Redirect::to(&url).into_response(),
        (true, Parcel::Form(form)) => page::leaving(&form),
        (false, Parcel::Url(url)) => {
            Json(json!({ "id": id, "method": "GET", "url": url })).into_response()
        }
        (false, Parcel::Form(form)) => {
            let fields: Value =
                json!({ form.parameter: form.message, "RelayState": form.relay_state });
            Json(json!({ "id": id, "method": "POST", "url": form.action, "fields": fields }))
                .into_response()
        }
    })
}

/// Switches; a form leaves out what is off, and so does JSON.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Switches {
    sign_response: Switch,
    response_by_redirect: Switch,
    require_signed_request: Switch,
}

/// `true`, `on` or nothing.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Switch {
    #[default]
    Off,
    Json(bool),
    Form(String),
}

impl Switch {
    fn is_on(&self) -> bool {
        match self {
            Self::Off => false,
            Self::Json(on) => *on,
            Self::Form(text) => matches!(text.as_str(), "on" | "true" | "1"),
        }
    }
}

/// Sets all switches.
pub async fn switch(
    State(world): State<World>,
    reads: Reads,
    Sent(switches): Sent<Switches>,
) -> Response {
    let switches = LogoutSwitches {
        sign_response: switches.sign_response.is_on(),
        response_by_redirect: switches.response_by_redirect.is_on(),
        require_signed_request: switches.require_signed_request.is_on(),
    };
    world.nia().logouts.set_switches(switches);
    reads.done(PAGE, switches)
}
