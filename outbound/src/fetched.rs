//! An answer, read to its end within the limits.

use std::sync::Arc;

use bytes::Bytes;
use reqwest::{StatusCode, header::HeaderMap};

use crate::{
    error::{OutboundError, Unacceptable},
    target::Target,
};

/// Content types of JSON documents, for [`crate::Request::expecting`].
pub const JSON: &[&str] = &["application/json", "application/*+json"];

/// Content types of XML documents, for [`crate::Request::expecting`].
pub const XML: &[&str] = &["application/xml", "text/xml", "application/*+xml"];

/// An answer, read to its end within the limits. Its status is below 500 and no redirect.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// The HTTP status.
    pub status: StatusCode,
    /// The `Content-Type` header as sent.
    pub content_type: Option<String>,
    /// The whole body.
    pub body: Bytes,
    pub(crate) headers: HeaderMap,
    pub(crate) target: Arc<str>,
}

impl Fetched {
    /// A document that was fetched and found good once.
    pub(crate) fn kept(target: &Target, body: Vec<u8>) -> Self {
        Self {
            status: StatusCode::OK,
            content_type: None,
            body: body.into(),
            headers: HeaderMap::new(),
            target: Arc::clone(&target.name),
        }
    }

    /// A header of the answer, where it is plain text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The answer itself when its status is 2xx.
    pub fn successful(self) -> Result<Self, OutboundError> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(OutboundError::unacceptable(
            &self.target,
            Unacceptable::Status(self.status.as_u16()),
        ))
    }

    /// The body as JSON.
    pub fn json<T: serde::de::DeserializeOwned>(&self) -> Result<T, OutboundError> {
        serde_json::from_slice(&self.body).map_err(|cause| self.unreadable(cause))
    }

    /// The error for a document that the caller could not read.
    pub fn unreadable(
        &self,
        cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> OutboundError {
        OutboundError::Unacceptable {
            target: Arc::clone(&self.target),
            why: Unacceptable::Unreadable,
            cause: Some(Arc::from(cause.into())),
        }
    }
}

/// Whether a `Content-Type` header is one of the given types. Parameters and case do not matter; `application/*+json` stands
/// for every type with that suffix.
pub fn is_media_type(content_type: Option<&str>, accepted: &[&str]) -> bool {
    let Some(content_type) = content_type else {
        return false;
    };
    let essence = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    accepted
        .iter()
        .any(|accepted| match accepted.split_once('*') {
            None => *accepted == essence,
            Some((before, after)) => essence
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .is_some_and(|between| !between.is_empty()),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_types_are_compared_without_parameters_and_case() {
        assert!(is_media_type(Some("application/json"), JSON));
        assert!(is_media_type(Some("Application/JSON; charset=utf-8"), JSON));
        assert!(is_media_type(Some("application/jwk-set+json"), JSON));
        assert!(is_media_type(Some("application/samlmetadata+xml"), XML));

        assert!(!is_media_type(None, JSON));
        assert!(!is_media_type(Some(""), JSON));
        assert!(!is_media_type(Some("text/html; application/json"), JSON));
        assert!(!is_media_type(Some("application/+json"), JSON));
        assert!(!is_media_type(Some("application/jsonp"), JSON));
    }
}
