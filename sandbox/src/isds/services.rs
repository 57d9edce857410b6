//! Web services about boxes: `df` (search and state) and `DsManage` (whose box is this), SOAP 1.1 (reference 7.2 to 7.5).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::escape::escape;

use super::data::DataBox;
use super::fault::{Fault, Moment};
use super::journal::Entry;
use super::{Isds, owner, search, transport};
use crate::faults::Kind as _;
use crate::soap::{self, SoapError};
use crate::tls::Door;
use crate::world::World;
use crate::xml::Element;

/// The namespace of everything about boxes and messages.
pub const NAMESPACE: &str = "http://isds.czechpoint.cz/v20";

/// `POST /DS/{service}`: by name and password.
pub async fn with_password(
    State(world): State<World>,
    Path(service): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let isds = world.isds();
    let sent = basic(&headers);
    let account = isds.accounts.iter().find(|account| {
        sent.as_ref()
            .is_some_and(|(user, password)| account.user == *user && account.password == *password)
    });
    let caller = account.and_then(|account| isds.data_box(&account.data_box));
    let name = account.map(|account| account.user.as_str());
    serve(&world, &service, caller, name, &body).await
}

/// `POST /cert/DS/{service}`: by the certificate of an application.
pub async fn with_certificate(
    State(world): State<World>,
    Path(service): Path<String>,
    door: Door,
    body: Bytes,
) -> Response {
    let isds = world.isds();
    let application = door.client_certificate().and_then(|shown| {
        isds.applications
            .find_by_certificate(shown)
            .into_iter()
            .next()
    });
    let caller = application
        .as_ref()
        .and_then(|application| isds.data_box(&application.data_box));
    let name = application
        .as_ref()
        .map(|application| application.ats_id.as_str());
    serve(&world, &service, caller, name, &body).await
}

async fn serve(
    world: &World,
    service: &str,
    caller: Option<&DataBox>,
    name: Option<&str>,
    body: &[u8],
) -> Response {
    let (isds, now) = (world.isds(), world.clock().now());
    let Some(caller) = caller else {
        isds.journal
            .note(Entry::new(now, service, "unknown caller"));
        return unauthorized();
    };
    if !matches!(service, "df" | "DsManage") {
        return StatusCode::NOT_FOUND.into_response();
    }
    let request = match soap::request(body) {
        Ok(request) if request.namespace == NAMESPACE => request,
        Ok(request) => return SoapError::Operation(request.name).into_fault(),
        Err(error) => return error.into_fault(),
    };
    let fault = isds.fault(name.unwrap_or_default(), Moment::Service);
    let answered = match fault {
        Some(Fault::SearchEngine) => status(&request, "9002", "Vyhledávač není dostupný."),
        Some(Fault::SearchTooMany) => status(&request, "3009", "Příliš mnoho požadavků."),
        _ => answer(isds, service, caller, &request, now),
    };
    let mut entry = Entry::new(now, &request.name, answered.code);
    entry.ats_id = name.map(str::to_owned);
    entry.fault = fault.map(Fault::code);
    isds.journal.note(entry);
    if let Some(fault) = fault
        && let Some(response) = transport::spoiled(fault, &answered.xml).await
    {
        return response;
    }
    soap::answer(StatusCode::OK, &answered.xml, isds.variety())
}

fn answer(
    isds: &Isds,
    service: &str,
    caller: &DataBox,
    request: &Element,
    now: chrono::DateTime<chrono::Utc>,
) -> Answered {
    match (service, request.name.as_str()) {
        ("df", "FindDataBox") => search::find(isds, caller, request, owner::Version::First),
        ("df", "FindDataBox2") => search::find(isds, caller, request, owner::Version::Second),
        ("df", "CheckDataBox") => search::check(isds, request),
        ("df", "ISDSSearch2" | "ISDSSearch3") => search::full_text(isds, caller, request),
        ("df", "GetDataBoxActivityStatus") => search::activity(isds, request),
        ("DsManage", "GetOwnerInfoFromLogin") => {
            owner::from_login(isds, caller, request, owner::Version::First)
        }
        ("DsManage", "GetOwnerInfoFromLogin2") => {
            owner::from_login(isds, caller, request, owner::Version::Second)
        }
        // Not a fault: that is how ISDS tells it.
        _ => {
            tracing::info!(operation = request.name, now = %now, "isds.unknown_operation");
            status(request, "2006", "Neznámá operace.")
        }
    }
}

/// An answer and its status code.
#[derive(Debug)]
pub struct Answered {
    /// `dbStatusCode`
    pub code: &'static str,
    /// The element of the body.
    pub xml: String,
}

/// An answer with something in it and a status at its end.
pub fn with_status(request: &Element, inside: &str, code: &'static str, message: &str) -> Answered {
    let name = escape(&request.name);
    Answered {
        code,
        xml: format!(
            "<p:{name}Response xmlns:p=\"{NAMESPACE}\" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">{inside}<p:dbStatus><p:dbStatusCode>{code}</p:dbStatusCode><p:dbStatusMessage>{}</p:dbStatusMessage></p:dbStatus></p:{name}Response>",
            escape(message)
        ),
    }
}

/// An answer with everything done.
pub fn done(request: &Element, inside: &str) -> Answered {
    with_status(request, inside, "0000", "Provedeno úspěšně.")
}

/// An answer with nothing but a status.
pub fn status(request: &Element, code: &'static str, message: &str) -> Answered {
    with_status(request, "", code, message)
}

/// One element, nil when there is no value.
pub fn element(name: &str, value: Option<&str>) -> String {
    match value {
        Some(value) => format!("<p:{name}>{}</p:{name}>", escape(value)),
        None => format!("<p:{name} xsi:nil=\"true\"/>"),
    }
}

/// The text of a child; `None` when it is missing, nil or empty.
pub fn text<'e>(parent: &'e Element, name: &str) -> Option<&'e str> {
    let text = parent.child(NAMESPACE, name)?.text.trim();
    Some(text).filter(|text| !text.is_empty())
}

/// Name and password of HTTP Basic.
pub fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let decoded = STANDARD.decode(value.strip_prefix("Basic ")?).ok()?;
    let text = String::from_utf8(decoded).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn unauthorized() -> Response {
    (
        StatusCode::UNAUTHORIZED,
        [
            (header::CONTENT_TYPE, "text/html; charset=utf-8"),
            (header::WWW_AUTHENTICATE, "Basic realm=\"ISDS\""),
        ],
        "<!doctype html><title>401</title><h1>401 Unauthorized</h1>",
    )
        .into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_may_hold_colons() {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, "Basic RXh0V1M6VDAxOng=".parse().unwrap());

        assert_eq!(
            basic(&headers),
            Some(("ExtWS".to_owned(), "T01:x".to_owned()))
        );
    }

    #[test]
    fn other_credentials_are_none() {
        for value in ["Bearer x", "Basic ?", "Basic eA==", "Basic"] {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            assert_eq!(basic(&headers), None, "{value}");
        }
    }
}
