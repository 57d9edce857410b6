//! What went wrong, said once: a code, a status, a text in three languages, a way on.

mod catalogue;
mod incident;
mod render;

pub use catalogue::{ErrorKind, reference};
pub use incident::Incident;
pub(crate) use render::Deferred;

use std::error::Error;
use std::sync::Arc;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::texts::{Arg, Args, Message};
use crate::{Allow, Locale};

crate::catalogue! {
    /// What can go wrong with any page.
    pub static CATALOGUE;

    /// No route answers this address.
    NOT_FOUND = "WEB-404", NOT_FOUND, "err-web-404";
    /// The address does not know this method.
    METHOD = "WEB-405", METHOD_NOT_ALLOWED, "err-web-405", oauth "invalid_request";
    /// A form, a query or a path that cannot be read.
    UNREADABLE = "WEB-400", BAD_REQUEST, "err-web-400", oauth "invalid_request";
    /// A form of another site, or one whose token does not belong to this browser's session.
    FOREIGN_FORM = "WEB-403", FORBIDDEN, "err-web-403", oauth "invalid_request";
    /// The request did not arrive whole, or was not answered, in time.
    TIMEOUT = "WEB-408", REQUEST_TIMEOUT, "err-web-408", oauth "temporarily_unavailable";
    /// The request's body is larger than this address accepts.
    TOO_LARGE = "WEB-413", PAYLOAD_TOO_LARGE, "err-web-413", oauth "invalid_request";
    /// The body is of a type this address does not read.
    MEDIA_TYPE = "WEB-415", UNSUPPORTED_MEDIA_TYPE, "err-web-415", oauth "invalid_request";
    /// Too many requests from one place.
    TOO_MANY = "WEB-429", TOO_MANY_REQUESTS, "err-web-429", oauth "temporarily_unavailable";
    /// A fault of ours; the log says which under the incident number.
    INTERNAL = "WEB-500", INTERNAL_SERVER_ERROR, "err-web-500", oauth "server_error";
    /// Something we need (a database) does not answer now.
    UNAVAILABLE = "WEB-503", SERVICE_UNAVAILABLE, "err-web-503", oauth "temporarily_unavailable";
}

/// Something that went wrong, as a response.
///
/// Handlers return it, or turn their own errors into it. [`wrap`](crate::wrap) gives it an incident
/// number, logs it once with its cause, and shows our page in the person's language, or JSON.
#[derive(Clone)]
pub struct Problem(Box<Parts>);

#[derive(Clone)]
struct Parts {
    kind: &'static ErrorKind,
    oauth: Option<&'static str>,
    args: Args,
    cause: Option<Arc<dyn Error + Send + Sync>>,
    service: Option<String>,
    notes: Vec<Note>,
    ways: Vec<Way>,
    details: Vec<Message>,
    headers: HeaderMap,
    json: bool,
    locale: Option<Locale>,
    allow: Allow,
    incident: Option<Incident>,
}

/// A line under the title: what is safe, what was saved.
#[derive(Debug, Clone)]
pub struct Note {
    /// `ok` or `info`.
    pub icon: &'static str,
    /// What it says.
    pub text: Message,
}

/// A way on: the first one is the filled button.
#[derive(Debug, Clone)]
pub struct Way {
    text: Message,
    href: String,
    fields: Option<Vec<(String, String)>>,
    is_plain: bool,
}

impl Way {
    /// A link that looks like a button.
    pub fn link(text: impl Into<Message>, href: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            href: href.into(),
            fields: None,
            is_plain: false,
        }
    }

    /// A link below the buttons: all ways to log in, back to the service.
    pub fn plain(text: impl Into<Message>, href: impl Into<String>) -> Self {
        Self {
            is_plain: true,
            ..Self::link(text, href)
        }
    }

    /// A form with hidden fields.
    pub fn form(
        text: impl Into<Message>,
        action: impl Into<String>,
        fields: Vec<(String, String)>,
    ) -> Self {
        Self {
            fields: Some(fields),
            ..Self::link(text, action)
        }
    }

    fn is_button(&self) -> bool {
        !self.is_plain
    }
}

impl Problem {
    /// An error of the catalogue.
    pub fn new(kind: &'static ErrorKind) -> Self {
        Self(Box::new(Parts {
            kind,
            oauth: kind.oauth,
            args: Args::default(),
            cause: None,
            service: None,
            notes: Vec::new(),
            ways: Vec::new(),
            details: Vec::new(),
            headers: HeaderMap::new(),
            json: false,
            locale: None,
            allow: Allow::default(),
            incident: None,
        }))
    }

    /// The cause, for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(Arc::from(cause.into()));
        self
    }

    /// A value for the texts.
    #[must_use]
    pub fn arg(mut self, name: &'static str, value: impl Arg) -> Self {
        self.0.args = self.0.args.and(name, value);
        self
    }

    /// The OAuth code in place of the kind's.
    #[must_use]
    pub fn oauth(mut self, code: &'static str) -> Self {
        self.0.oauth = Some(code);
        self
    }

    /// The service the person was signing in to.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.0.service = Some(name.into());
        self
    }

    /// A line of what is safe or saved.
    #[must_use]
    pub fn note(mut self, icon: &'static str, text: impl Into<Message>) -> Self {
        self.0.notes.push(Note {
            icon,
            text: text.into(),
        });
        self
    }

    /// A way on; the equal-level way that works comes first.
    #[must_use]
    pub fn way(mut self, way: Way) -> Self {
        self.0.ways.push(way);
        self
    }

    /// A detail for technical support; nothing personal.
    #[must_use]
    pub fn detail(mut self, text: impl Into<Message>) -> Self {
        self.0.details.push(text.into());
        self
    }

    /// A header of the response, as `WWW-Authenticate`.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.insert(name, value);
        self
    }

    /// When to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u32) -> Self {
        self.header(RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// Answers with JSON in the manner of OAuth (RFC 6749 5.2) instead of a page.
    #[must_use]
    pub fn json(mut self) -> Self {
        self.0.json = true;
        self
    }

    /// What its page may do more than others: where the forms of its ways on may end.
    #[must_use]
    pub fn allow(mut self, allow: Allow) -> Self {
        self.0.allow = allow;
        self
    }

    /// Speaks another language than the request asked for.
    #[must_use]
    pub fn in_locale(mut self, locale: Locale) -> Self {
        self.0.locale = Some(locale);
        self
    }

    /// The incident number, where it was recorded elsewhere already; a fresh one otherwise.
    #[must_use]
    pub fn incident(mut self, incident: Incident) -> Self {
        self.0.incident = Some(incident);
        self
    }

    /// What it is.
    pub fn kind(&self) -> &'static ErrorKind {
        self.0.kind
    }
}

impl From<&'static ErrorKind> for Problem {
    fn from(kind: &'static ErrorKind) -> Self {
        Self::new(kind)
    }
}

impl std::fmt::Debug for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Problem")
            .field("code", &self.0.kind.code)
            .field("cause", &self.0.cause)
            .finish_non_exhaustive()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.0.kind.status.into_response();
        response.headers_mut().extend(self.0.headers.clone());
        let extensions = response.extensions_mut();
        extensions.insert(self.0.allow.clone());
        if let Some(locale) = self.0.locale {
            extensions.insert(locale);
        }
        extensions.insert(Deferred::Problem(self));
        response
    }
}
