//! The answer to an authorization request: to its proven redirect URI, in the mode it asked for, always with `iss`
//! (RFC 9207).

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use url::Url;
use web::{AutoSubmit, Problem};

use super::request::{AuthorizationRequest, RedirectRefusal, ResponseMode};
use crate::clients::RedirectUri;

/// Sends a code.
pub fn code(request: &AuthorizationRequest, code: &str, issuer: &str) -> Response {
    let fields = [
        ("code", Some(code)),
        ("state", request.state.as_deref()),
        ("iss", Some(issuer)),
    ];
    send(&request.redirect_uri, request.response_mode, &fields)
}

/// Sends an error. `description` is one ASCII sentence for developers.
pub fn error(
    request: &AuthorizationRequest,
    error: &str,
    description: &str,
    issuer: &str,
) -> Response {
    super::error::told(error, description);
    let fields = error_fields(error, description, request.state.as_deref(), issuer);
    send(&request.redirect_uri, request.response_mode, &fields)
}

/// Sends what was wrong with a request whose redirect URI was proved.
pub fn refusal(refusal: &RedirectRefusal, issuer: &str) -> Response {
    super::error::told(refusal.error, refusal.description);
    let fields = error_fields(
        refusal.error,
        refusal.description,
        refusal.state.as_deref(),
        issuer,
    );
    send(&refusal.redirect_uri, refusal.response_mode, &fields)
}

type Field<'a> = (&'static str, Option<&'a str>);

fn error_fields<'a>(
    error: &'a str,
    description: &'a str,
    state: Option<&'a str>,
    issuer: &'a str,
) -> [Field<'a>; 4] {
    [
        ("error", Some(error)),
        ("error_description", Some(description)),
        ("state", state),
        ("iss", Some(issuer)),
    ]
}

fn send(to: &RedirectUri, mode: ResponseMode, fields: &[Field<'_>]) -> Response {
    let fields = fields
        .iter()
        .filter_map(|(name, value)| Some((*name, (*value)?)));
    match mode {
        ResponseMode::Query => redirect(&to.with_query(fields)),
        ResponseMode::FormPost => match Url::parse(to.as_str()) {
            Ok(action) => {
                let fields = fields
                    .map(|(name, value)| (name.to_owned(), value.to_owned()))
                    .collect();
                let page = AutoSubmit::new(action, fields);
                (
                    StatusCode::OK,
                    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))],
                    page,
                )
                    .into_response()
            }
            // Registered URIs parse; one that does not is a defect of ours.
            Err(error) => Problem::new(&web::problem::INTERNAL)
                .because(error)
                .into_response(),
        },
    }
}

/// A 303 to an address that is written as it is: re-encoding could change what the client registered.
fn redirect(to: &str) -> Response {
    match HeaderValue::try_from(to) {
        Ok(location) => {
            let no_store = HeaderValue::from_static("no-store");
            (
                StatusCode::SEE_OTHER,
                [
                    (header::LOCATION, location),
                    (header::CACHE_CONTROL, no_store),
                ],
            )
                .into_response()
        }
        Err(error) => Problem::new(&web::problem::INTERNAL)
            .because(error)
            .into_response(),
    }
}
