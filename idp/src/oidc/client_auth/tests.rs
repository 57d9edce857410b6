//! What a request presents.

use axum::http::HeaderValue;

use super::*;

fn form(body: &'static str) -> ClientForm {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-www-form-urlencoded"),
    );
    ClientForm::read(&headers, &body.into()).unwrap()
}

fn code(headers: &HeaderMap, body: &'static str) -> &'static str {
    presented(headers, &form(body)).unwrap_err().code()
}

fn basic() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(
        header::AUTHORIZATION,
        HeaderValue::from_static("Basic YXBwOnNlY3JldA=="),
    );
    headers
}

#[test]
fn two_methods_at_once_are_refused() {
    assert_eq!(
        code(&basic(), "client_id=app&client_secret=secret"),
        "invalid_request"
    );
    assert_eq!(
        code(
            &basic(),
            "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer&client_assertion=x"
        ),
        "invalid_request"
    );
    let mut twice = basic();
    twice.append(
        header::AUTHORIZATION,
        HeaderValue::from_static("Basic YXBwOnNlY3JldA=="),
    );
    assert_eq!(code(&twice, ""), "invalid_request");
}

#[test]
fn a_client_id_beside_the_header_must_be_the_same() {
    assert!(presented(&basic(), &form("client_id=app")).is_ok());
    assert_eq!(code(&basic(), "client_id=other"), "invalid_request");
}

#[test]
fn no_client_at_all_is_an_invalid_client() {
    assert_eq!(code(&HeaderMap::new(), "grant_type=x"), "invalid_client");
}
