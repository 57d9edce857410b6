//! Answers that are wrong before anybody reads their content.

use std::io::{Error, Write as _};
use std::time::Duration;

use axum::body::Body;
use axum::http;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::stream;

use super::fault::Fault;
use crate::soap;
use crate::tls::door::unauthorized;

/// Sentences of an outage, as they were seen (reference 7.3).
const OUTAGE: (&str, &str) = (
    "Systém je mimo provoz",
    "Probíhá plánovaná odstávka informačního systému datových schránek. Zkuste to prosím později.",
);
const HUGE: usize = 10 << 20;
const BOMB: usize = 100 << 20;

/// The answer this fault makes of the XML of a body; `None` when the fault concerns the content only.
pub async fn spoiled(fault: Fault, body: &str) -> Option<Response> {
    let envelope = soap::envelope(body, 0);
    let response = match fault {
        Fault::Unauthorized => unauthorized(),
        Fault::UnauthorizedHtml | Fault::SearchUnauthorized => {
            html(StatusCode::UNAUTHORIZED, "401 Unauthorized")
        }
        Fault::Forbidden => html(StatusCode::FORBIDDEN, "403 Forbidden"),
        Fault::Html => html(StatusCode::OK, "Přihlášení do datových schránek"),
        Fault::ContentType => ([(header::CONTENT_TYPE, "text/plain")], envelope).into_response(),
        Fault::Redirect => {
            (StatusCode::FOUND, [(header::LOCATION, "/healthz")], "").into_response()
        }
        Fault::Empty => xml(Body::empty()),
        Fault::Truncated => {
            let half = envelope.as_bytes().get(..envelope.len() / 2);
            broken_off(half.unwrap_or_default().to_vec(), envelope.len())
        }
        Fault::Close => broken_off(Vec::new(), envelope.len()),
        Fault::Utf8 => {
            let mut bytes = envelope.into_bytes();
            let place = bytes.len().saturating_sub(40);
            bytes.splice(place..place, *b"<!-- \xff\xfe -->");
            xml(Body::from(bytes))
        }
        Fault::Huge => {
            let filler = format!("<!--{}--></", "x".repeat(HUGE));
            xml(Body::from(envelope.replacen("</", &filler, 1)))
        }
        Fault::GzipBomb => bomb(&envelope),
        Fault::Slow => slowly(envelope),
        Fault::Hang | Fault::SearchHang | Fault::LogoutHang => {
            std::future::pending::<()>().await;
            return None;
        }
        Fault::Maintenance | Fault::SearchDown => {
            soap::fault(StatusCode::SERVICE_UNAVAILABLE, OUTAGE.0, OUTAGE.1)
        }
        Fault::SoapFault | Fault::SearchFault | Fault::LogoutFault => soap::fault(
            StatusCode::INTERNAL_SERVER_ERROR,
            "SOAP-ENV:Server",
            "Interní chyba serveru",
        ),
        Fault::FaultInOk => soap::fault(StatusCode::OK, "SOAP-ENV:Server", "Interní chyba serveru"),
        Fault::Nested => xml(Body::from(
            soap::envelope(
                &format!(
                    "<w:wrapper xmlns:w=\"urn:invented\">{}</w:wrapper>",
                    forged(body)
                ),
                0,
            )
            .replacen(
                "<SOAP-ENV:Header/>",
                &format!("<SOAP-ENV:Header>{body}</SOAP-ENV:Header>"),
                1,
            ),
        )),
        Fault::TwoBodies => xml(Body::from(soap::envelope(
            &format!("{}{body}", forged(body)),
            0,
        ))),
        Fault::Doctype => xml(Body::from(format!("<!DOCTYPE Envelope>{envelope}"))),
        Fault::ExternalEntity => with_entity(
            &envelope,
            "<!DOCTYPE e [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>",
        ),
        Fault::ParameterEntity => with_entity(
            &envelope,
            "<!DOCTYPE e [<!ENTITY % y SYSTEM \"http://127.0.0.1:9/x.dtd\"> %y; <!ENTITY x \"\">]>",
        ),
        Fault::EntityBomb => with_entity(&envelope, &lol()),
        _ => return None,
    };
    Some(response)
}

fn html(status: StatusCode, title: &str) -> Response {
    let page = format!(
        "<!doctype html><html lang=\"cs\"><title>{title}</title><h1>{title}</h1><p>SANDBOX ISDS</p></html>"
    );
    (
        status,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        page,
    )
        .into_response()
}

fn xml(body: Body) -> Response {
    let mut response = Response::new(body);
    response.headers_mut().insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(soap::TEXT_XML),
    );
    response
}

/// Promises more than it sends, and breaks off.
fn broken_off(sent: Vec<u8>, promised: usize) -> Response {
    let parts = vec![Ok(sent), Err(Error::other("broken off on purpose"))];
    let mut response = xml(Body::from_stream(stream::iter(parts)));
    response
        .headers_mut()
        .insert(header::CONTENT_LENGTH, http::HeaderValue::from(promised));
    response
}

fn slowly(text: String) -> Response {
    let bytes = stream::unfold(text.into_bytes().into_iter(), |mut rest| async move {
        let byte = rest.next()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, Error>(vec![byte]), rest))
    });
    xml(Body::from_stream(bytes))
}

fn bomb(envelope: &str) -> Response {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let spaces = vec![b' '; 1 << 20];
    let mut written = encoder.write_all(envelope.as_bytes());
    for _ in 0..BOMB / spaces.len() {
        written = written.and_then(|()| encoder.write_all(&spaces));
    }
    let bytes = written.and_then(|()| encoder.finish()).unwrap_or_default();
    let mut response = xml(Body::from(bytes));
    response
        .headers_mut()
        .insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    response
}

/// Somebody else's login.
fn forged(body: &str) -> String {
    body.replace("fo00001", "fo00002")
        .replace("po00001", "po00003")
        .replace("Nováková", "Podvržená")
}

/// A document type in front, and its entity `x` in the first value.
fn with_entity(envelope: &str, doctype: &str) -> Response {
    let spoiled = envelope.replacen("value=\"", "value=\"&x;", 1);
    let spoiled = spoiled.replacen("</", "&x;</", 1);
    xml(Body::from(format!("{doctype}{spoiled}")))
}

fn lol() -> String {
    let names = ["b", "c", "d", "f", "g", "h", "i", "j"];
    let entities = names.iter().zip(["a"].iter().chain(&names));
    let entities: Vec<_> = entities
        .map(|(name, before)| format!("<!ENTITY {name} \"{}\">", format!("&{before};").repeat(10)))
        .collect();
    format!(
        "<!DOCTYPE e [<!ENTITY a \"lol\">{}<!ENTITY x \"&j;\">]>",
        entities.concat()
    )
}
