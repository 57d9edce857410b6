//! The access token a request carries (RFC 6750, 2): in the header, or in a posted form, never in the address.

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, header},
};

use super::{
    error::{Challenge, OAuthError},
    form::{ClientForm, is_form},
};

/// Finds the one token of a request.
pub fn token(method: &Method, headers: &HeaderMap, body: &Bytes) -> Result<String, OAuthError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let by_header = values.next();
    if values.next().is_some() {
        return Err(OAuthError::invalid_request("two Authorization headers"));
    }
    let by_header = by_header.map(|value| {
        let text = value.to_str().unwrap_or_default();
        let (scheme, token) = text.split_once(' ').unwrap_or_default();
        scheme
            .eq_ignore_ascii_case("Bearer")
            .then(|| token.trim().to_owned())
    });
    let by_form = match method == Method::POST && is_form(headers) {
        true => ClientForm::read(headers, body)?
            .get("access_token")
            .map(str::to_owned),
        false => None,
    };
    match (by_header, by_form) {
        (Some(Some(token)), None) | (None, Some(token)) if is_token(&token) => Ok(token),
        (None, None) => Err(OAuthError::Refused {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_request",
            description: "the access token is missing",
            challenge: Some(Challenge::Bearer),
        }),
        (Some(_), Some(_)) => Err(OAuthError::invalid_request("two access tokens")),
        _ => Err(OAuthError::invalid_token("the access token is malformed")),
    }
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn sent(
        method: &Method,
        authorization: Option<&'static str>,
        body: &'static str,
    ) -> Result<String, OAuthError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        if let Some(value) = authorization {
            headers.insert(header::AUTHORIZATION, HeaderValue::from_static(value));
        }
        token(method, &headers, &body.into())
    }

    #[test]
    fn header_and_form_are_taken_and_the_scheme_in_any_case() {
        assert_eq!(sent(&Method::GET, Some("Bearer abc"), "").unwrap(), "abc");
        assert_eq!(sent(&Method::POST, Some("bearer abc"), "").unwrap(), "abc");
        assert_eq!(
            sent(&Method::POST, None, "access_token=abc").unwrap(),
            "abc"
        );
    }

    #[test]
    fn two_tokens_none_and_another_scheme_are_refused() {
        assert_eq!(
            sent(&Method::POST, Some("Bearer abc"), "access_token=abc")
                .unwrap_err()
                .code(),
            "invalid_request"
        );
        assert_eq!(
            sent(&Method::GET, None, "access_token=abc")
                .unwrap_err()
                .code(),
            "invalid_request"
        );
        assert_eq!(
            sent(&Method::GET, Some("Basic abc"), "")
                .unwrap_err()
                .code(),
            "invalid_token"
        );
        assert_eq!(
            sent(&Method::GET, Some("Bearer a b"), "")
                .unwrap_err()
                .code(),
            "invalid_token"
        );
    }
}
