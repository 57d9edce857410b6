//! Parameters as they came: each name once.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::{HeaderMap, header};

use super::error::OAuthError;

/// Names and values of a query or a form.
#[derive(Debug, Clone, Default)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a query or the body of a form; a name that comes twice is refused (RFC 6749, 3.1 and 3.2).
    pub fn read(encoded: &[u8]) -> Result<Self, OAuthError> {
        let mut parameters = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(encoded) {
            if parameters
                .insert(name.clone().into_owned(), value.into_owned())
                .is_some()
            {
                return Err(OAuthError::invalid_request(format!("{name} comes twice")));
            }
        }
        Ok(Self(parameters))
    }

    /// Reads the body of a form, and nothing else.
    pub fn from_body(headers: &HeaderMap, body: &Bytes) -> Result<Self, OAuthError> {
        let kind = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(OAuthError::wrong_media_type());
        }
        Self::read(body)
    }

    /// A value that is not empty: one without a value counts as left out.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A value that must be there.
    pub fn need(&self, name: &str) -> Result<&str, OAuthError> {
        self.get(name)
            .ok_or_else(|| OAuthError::invalid_request(format!("{name} is missing")))
    }

    /// What may be shown: everything but secrets.
    pub fn shown(&self) -> BTreeMap<String, String> {
        let hide = ["client_secret", "code_verifier"];
        let shown = |(name, value): (&String, &String)| {
            let value = if hide.contains(&name.as_str()) {
                "…".to_owned()
            } else {
                value.clone()
            };
            (name.clone(), value)
        };
        self.0.iter().map(shown).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        assert!(Parameters::read(b"state=a&state=b").is_err());
        assert_eq!(
            Parameters::read(b"state=a&nonce=").unwrap().get("nonce"),
            None
        );
    }
}
