//! Troubles of an address as such: pages instead of JSON, silence, floods.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use futures_util::stream;

use super::fault::Fault;

/// Where nobody should go.
const FOREIGN: &str = "https://jinam.example/oidc";
/// So many bytes are too many.
const FLOOD: usize = 10 << 20;

/// Answers with a body, unless the fault is a trouble of the address.
pub fn answer(fault: Option<Fault>, kind: &'static str, body: String) -> Response {
    let suffix = fault
        .map(Fault::code)
        .and_then(|code| code.rsplit('_').next());
    let body = match suffix {
        Some("html") => {
            return Html("<!doctype html><title>Odstávka</title><h1>Odstávka</h1>").into_response();
        }
        Some("unavailable") => return StatusCode::SERVICE_UNAVAILABLE.into_response(),
        Some("limited") => {
            return (
                StatusCode::TOO_MANY_REQUESTS,
                [(header::RETRY_AFTER, "120")],
            )
                .into_response();
        }
        Some("redirect") => return Redirect::temporary(FOREIGN).into_response(),
        Some("slow") => dripping(body),
        Some("huge") => Body::from(format!("{}{body}", " ".repeat(FLOOD))),
        Some("truncated") => Body::from(body.chars().take(body.len() / 2).collect::<String>()),
        _ => Body::from(body),
    };
    let mut response = Response::new(body);
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// A byte a second, until the reader gives up.
fn dripping(text: String) -> Body {
    let bytes = stream::unfold(text.into_bytes().into_iter(), |mut rest| async move {
        let byte = rest.next()?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, Infallible>(Bytes::from(vec![byte])), rest))
    });
    Body::from_stream(bytes)
}
