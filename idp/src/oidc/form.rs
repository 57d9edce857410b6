//! The form a client posts: read as it is, before anybody trusts it.

use axum::{
    body::Bytes,
    http::{HeaderMap, header},
};

use super::error::OAuthError;

/// Name of a form's media type.
const FORM: &str = "application/x-www-form-urlencoded";

/// The pairs of a posted form, in which no parameter but `resource` stands twice (RFC 6749, 3.2).
#[derive(Debug, Default)]
pub struct ClientForm(Vec<(String, String)>);

impl ClientForm {
    /// Reads a body.
    pub fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, OAuthError> {
        if !is_form(headers) {
            return Err(OAuthError::invalid_request(
                "the body must be application/x-www-form-urlencoded",
            ));
        }
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
        let twice = |name: &str| {
            name != "resource" && pairs.iter().filter(|(key, _)| key == name).nth(1).is_some()
        };
        if pairs.len() > 64 || pairs.iter().any(|(name, _)| twice(name)) {
            return Err(OAuthError::invalid_request(
                "a parameter stands more than once",
            ));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter; an empty one counts as left out (RFC 6749, 3.2).
    pub fn get(&self, name: &str) -> Option<&str> {
        let given = |(key, value): &&(String, String)| key == name && !value.is_empty();
        self.0.iter().find(given).map(|(_, value)| value.as_str())
    }

    /// Every value of a parameter that may be repeated.
    pub fn all(&self, name: &'static str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that must be there.
    pub fn require(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.get(name).ok_or(OAuthError::invalid_request(missing))
    }
}

/// Whether the body is said to be a form.
pub fn is_form(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .eq_ignore_ascii_case(FORM)
}
