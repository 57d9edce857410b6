//! Logouts: of a `timeLimitedId` behind the browser's back, and of the browser from the portal (reference 3.7).

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::fault::{Fault, Moment};
use super::journal::{Entry, hashed};
use super::login::ended;
use super::services::basic;
use super::transport;
use crate::faults::Kind as _;
use crate::soap::{self, SoapError};
use crate::tls::Door;
use crate::tls::door::unauthorized;
use crate::world::World;
use crate::xml::Element;

const NAMESPACE: &str = "http://agw-as.cz/ats-ws/extWs/v1";
/// The one user name of calls with a `timeLimitedId`.
const USER: &str = "ExtWS";

/// `POST /asws/extWsEndpoint`: always OK, also for a value that nobody knows, so that nobody can try values out.
pub async fn post(
    State(world): State<World>,
    door: Door,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let (isds, now) = (world.isds(), world.clock().now());
    let shown = door.client_certificate();
    let application = shown.and_then(|shown| {
        isds.applications
            .find_by_certificate(shown)
            .into_iter()
            .next()
    });
    let mut entry = Entry::new(now, "extWsLogout", "unknown certificate");
    entry.certificate = shown.map(crate::tls::ClientCertificate::common_name);
    let Some(application) = application else {
        isds.journal.note(entry);
        return unauthorized();
    };
    entry.ats_id = Some(application.ats_id.clone());

    let id = match soap::request(&body).and_then(|request| time_limited_id(&request)) {
        Ok(id) => id,
        Err(error) => {
            entry.outcome = error.to_string();
            isds.journal.note(entry);
            return error.into_fault();
        }
    };
    entry.about = Some(hashed(&id));
    let (user, password) = basic(&headers).unwrap_or_default();
    if user != USER || password.trim() != id {
        "wrong Basic credentials".clone_into(&mut entry.outcome);
        isds.journal.note(entry);
        return unauthorized();
    }
    let fault = isds.fault(&application.ats_id, Moment::Logout);
    entry.fault = fault.map(Fault::code);
    let known = isds.tickets.give_back(&id, now);
    if known { "OK" } else { "OK, unknown" }.clone_into(&mut entry.outcome);
    isds.journal.note(entry);

    let body = format!(
        "<x:extWsLogoutResponse xmlns:x=\"{NAMESPACE}\"><x:status>OK</x:status></x:extWsLogoutResponse>"
    );
    if let Some(fault) = fault
        && let Some(response) = transport::spoiled(fault, &body).await
    {
        return response;
    }
    soap::answer(StatusCode::OK, &body, isds.variety())
}

fn time_limited_id(request: &Element) -> Result<String, SoapError> {
    if !request.is(NAMESPACE, "extWsLogoutRequest") {
        return Err(SoapError::Operation(request.name.clone()));
    }
    match request.children.as_slice() {
        [child] if child.is(NAMESPACE, "timeLimitedId") => Ok(child.text.trim().to_owned()),
        _ => Err(SoapError::Content("timeLimitedId")),
    }
}

/// Where to go after a logout.
#[derive(Debug, Deserialize)]
pub struct Wish {
    #[serde(rename = "atsId", default)]
    ats_id: Option<String>,
    #[serde(default)]
    uri: Option<String>,
}

/// `GET /as/processLogout`: the browser leaves the portal, and goes where the registration lets it go.
pub async fn get(
    State(world): State<World>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Response {
    let isds = world.isds();
    let cookie = isds.sessions.end(&headers);
    let mut entry = Entry::new(world.clock().now(), "processLogout", "stays");
    entry.ats_id.clone_from(&wish.ats_id);

    let allowed = |uri: &String| {
        let mut applications = isds.applications.list();
        if let Some(ats_id) = &wish.ats_id {
            applications.retain(|application| application.ats_id == *ats_id);
        }
        applications.iter().any(|application| {
            let begins = application.logout_url.as_deref();
            begins.is_some_and(|begins| uri.starts_with(begins))
        })
    };
    let response = match wish.uri.filter(allowed) {
        Some(uri) => {
            "goes on".clone_into(&mut entry.outcome);
            Redirect::to(&uri).into_response()
        }
        None => ended(
            StatusCode::OK,
            "Jste odhlášeni",
            "Z portálu datových schránek jste odhlášeni. V aplikaci se odhlaste zvlášť.",
        ),
    };
    isds.journal.note(entry);
    ([(header::SET_COOKIE, cookie)], response).into_response()
}
