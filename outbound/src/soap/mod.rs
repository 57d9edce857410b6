//! SOAP 1.1 over HTTP, document/literal: one element goes out, one comes back, or a fault.
//!
//! ```text
//! let answer = Call::new(&url, Guard::Operator).send(&target, &message).await?;
//! ```
//!
//! What comes back is read without document types, entities of its own, processing instructions, and within limits of size,
//! depth and number. Only the one element directly inside `Body` is handed on: whatever else an answer carries, wrapped or
//! beside it, is never looked at.

mod element;
mod envelope;
mod read;
mod write;

use crate::{
    error::OutboundError,
    guard::Guard,
    request::{Auth, Request},
    target::Target,
};
use url::Url;

pub use element::{Attribute, Element};
pub use read::{Limits, Malformed};

/// The content type of SOAP 1.1, for [`Request::expecting`].
pub const SOAP: &[&str] = &["text/xml"];

/// Why a call brought no answer.
#[derive(Debug, thiserror::Error)]
pub enum SoapError {
    /// The exchange failed, or its status is no answer (4xx).
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The other side says that it failed.
    #[error("it answered with a fault: {0}")]
    Fault(Fault),
    /// What came is no SOAP message, or one that is not read.
    #[error("it sent a message that cannot be read: {0}")]
    Malformed(#[from] Malformed),
}

/// A fault (SOAP 1.1, 4.4). Its texts are the other side's: for the operator, never for a page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {text}")]
pub struct Fault {
    /// `faultcode`, without its prefix: `Client`, `Server` …; some services put a sentence here.
    pub code: String,
    /// `faultstring`, at most 300 characters.
    pub text: String,
}

/// One call. [`Call::new`] begins it, [`Call::send`] makes it.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    url: &'a Url,
    guard: Guard,
    action: &'a str,
    auth: Auth,
    limits: Limits,
}

impl<'a> Call<'a> {
    /// A call of the service at that address, with an empty `SOAPAction`.
    pub fn new(url: &'a Url, guard: Guard) -> Self {
        Self {
            url,
            guard,
            action: "",
            auth: Auth::None,
            limits: Limits::default(),
        }
    }

    /// The `SOAPAction`, without its quotes.
    #[must_use]
    pub fn action(self, action: &'a str) -> Self {
        Self { action, ..self }
    }

    /// How we prove who we are, besides the certificate of the target.
    #[must_use]
    pub fn auth(self, auth: Auth) -> Self {
        Self { auth, ..self }
    }

    /// How large the answer may be.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Sends the message and gives the one element that came back. Nothing is ever sent twice.
    pub async fn send(self, target: &Target, message: &Element) -> Result<Element, SoapError> {
        let request = Request::post(self.url, self.guard)
            .auth(self.auth)
            .header("soapaction", format!("\"{}\"", self.action))
            .body("text/xml; charset=utf-8", envelope::around(message))
            .expecting(SOAP)
            .expecting_faults()
            .max_bytes(self.limits.octets);
        let fetched = target.send(request).await?;
        let is_fault = fetched.status == reqwest::StatusCode::INTERNAL_SERVER_ERROR;
        let fetched = if is_fault {
            fetched
        } else {
            fetched.successful()?
        };
        read::is_utf8(fetched.content_type.as_deref())?;
        let answer = envelope::inside(read::document(&fetched.body, &self.limits)?)?;
        match envelope::fault(&answer) {
            Some(fault) => Err(SoapError::Fault(fault)),
            None if is_fault => Err(Malformed::NoFault.into()),
            None => Ok(answer),
        }
    }
}

/// Reads the octets of an answer as [`Call::send`] does: for a caller that keeps answers, and for tests.
pub fn read(octets: &[u8], limits: &Limits) -> Result<Element, SoapError> {
    let answer = envelope::inside(read::document(octets, limits)?)?;
    match envelope::fault(&answer) {
        Some(fault) => Err(SoapError::Fault(fault)),
        None => Ok(answer),
    }
}

/// Reads a whole XML document as strictly, without an envelope: for a service that speaks plain XML.
pub fn document(octets: &[u8], limits: &Limits) -> Result<Element, Malformed> {
    read::document(octets, limits)
}

/// The element as XML, without an envelope.
pub fn write(element: &Element) -> String {
    let mut xml = String::new();
    write::write(element, "", &mut xml);
    xml
}
