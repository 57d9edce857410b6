//! A browser comes back.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::assertion::Assertion;
use crate::provider::Timestamp;

/// The HTTP method an answer came by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET.
    Get,
    /// POST.
    Post,
}

/// What a browser brought to our answer address, as raw octets: signatures cover them.
#[derive(Clone)]
pub struct Answer {
    /// The HTTP method.
    pub method: Method,
    /// The query string without the question mark.
    pub query: Vec<u8>,
    /// The body.
    pub body: Vec<u8>,
    /// The content type as sent.
    pub content_type: Option<String>,
    /// The address the browser came from, as far as the proxies before us tell. Only ever noted.
    pub from: Option<IpAddr>,
}

/// A verified answer.
#[derive(Debug, Clone)]
pub struct Verified {
    /// What the upstream said.
    pub assertion: Assertion,
    /// What must never be seen again; the broker puts each if absent and refuses when one is there.
    pub replay_keys: Vec<ReplayKey>,
}

/// One name to remember, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayKey {
    /// Unique over all providers and kinds of message.
    pub key: String,
    /// After this the message would be refused by its age anyway.
    pub until: Timestamp,
}

impl Answer {
    /// Whether the body is a web form.
    pub(crate) fn is_form(&self) -> bool {
        self.content_type
            .as_deref()
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| {
                kind.trim()
                    .eq_ignore_ascii_case("application/x-www-form-urlencoded")
            })
    }

    /// The fields of the form or query, decoded, in order.
    pub(crate) fn fields(&self) -> Vec<(Cow<'_, str>, Cow<'_, str>)> {
        let octets = match self.method {
            Method::Get => &self.query,
            Method::Post => &self.body,
        };
        url::form_urlencoded::parse(octets).collect()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("method", &self.method)
            .field("query", &self.query.len())
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}
