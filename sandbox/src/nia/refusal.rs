//! Why a message is not processed. Like NIA, the sandbox then shows a page of its own and tells the sender nothing.

use std::net::SocketAddr;

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use thiserror::Error;

use crate::page::{self, ErrorPage};

/// One reason, with the code people read on the page.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Neither a request nor an answer, or both, or one of them twice.
    #[error("požadavek nenese právě jednu zprávu SAMLRequest nebo SAMLResponse")]
    NoMessage,
    /// base64, percent encoding or deflate.
    #[error("zprávu nelze rozbalit ({0})")]
    Encoding(&'static str),
    /// Not XML, or XML with forbidden parts.
    #[error("zpráva není použitelné XML: {0}")]
    Xml(String),
    /// Another kind of message.
    #[error("zprávu tohoto druhu zde nelze poslat: {0}")]
    Kind(String),
    /// Version, `ID` or `IssueInstant`.
    #[error("zprávě chybí nebo nesedí {0}")]
    Header(&'static str),

    /// Nobody with this entity id.
    #[error("poskytovatel {0} není registrován")]
    UnknownIssuer(String),
    /// Nothing to verify with.
    #[error("certifikát poskytovatele není k dispozici: {0}")]
    NoCertificate(String),
    /// No signature in any of the three forms.
    #[error("zpráva není podepsána")]
    Unsigned,
    /// An algorithm that is not taken.
    #[error("algoritmus podpisu {0} se nepřijímá")]
    Algorithm(String),
    /// A signature that does not fit.
    #[error("podpis nesouhlasí s certifikátem poskytovatele")]
    Signature,
    /// A signature over something else.
    #[error("podpis nekryje celou zprávu")]
    Coverage,

    /// Another address, or none.
    #[error("Destination není adresa této brány: {0}")]
    Destination(String),
    /// Not the registered address.
    #[error("AssertionConsumerServiceURL neodpovídá registraci: {0}")]
    ReturnAddress(String),
    /// Only HTTP-POST brings answers.
    #[error("ProtocolBinding {0} se nepodporuje")]
    Binding(String),
    /// Missing or unknown sector.
    #[error("chybí rozšíření SPType s hodnotou public nebo private")]
    SpType,
    /// An attribute without a name.
    #[error("RequestedAttribute nemá Name")]
    AttributeName,
    /// An age that is not a number.
    #[error("věková hranice {0} není číslo")]
    AgeLimit(String),
    /// A level nobody knows.
    #[error("úroveň záruky {0} neexistuje")]
    Level(String),
    /// A way of comparing nobody knows.
    #[error("Comparison {0} neexistuje")]
    Comparison(String),

    /// The login is over, or never began.
    #[error("toto přihlášení neexistuje nebo vypršelo")]
    NoVisit,
    /// A form sent what it does not offer.
    #[error("takto se zde přihlásit nelze: {0}")]
    Choice(String),
}

impl Refusal {
    /// The code on the page, stable.
    pub fn code(&self) -> u16 {
        match self {
            Self::NoMessage => 101,
            Self::Encoding(_) => 102,
            Self::Xml(_) => 103,
            Self::Kind(_) => 104,
            Self::Header(_) => 105,
            Self::UnknownIssuer(_) => 201,
            Self::NoCertificate(_) => 202,
            Self::Unsigned => 203,
            Self::Algorithm(_) => 204,
            Self::Signature => 205,
            Self::Coverage => 206,
            Self::Destination(_) => 301,
            Self::ReturnAddress(_) => 302,
            Self::Binding(_) => 303,
            Self::SpType => 304,
            Self::AttributeName => 305,
            Self::AgeLimit(_) => 306,
            Self::Level(_) => 307,
            Self::Comparison(_) => 308,
            Self::NoVisit => 401,
            Self::Choice(_) => 402,
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        tracing::warn!(erc = self.code(), reason = %self, "nia.refused");
        let page = ErrorPage {
            code: self.code(),
            reason: self.to_string(),
        };
        page::with_status(StatusCode::BAD_REQUEST, &page)
    }
}

/// The address a request came from, as it goes into `SubjectLocality`.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let peer = parts
            .extensions
            .get::<axum::extract::ConnectInfo<SocketAddr>>();
        Ok(Self(peer.map_or_else(
            || "127.0.0.1".to_owned(),
            |info| info.0.ip().to_string(),
        )))
    }
}

/// Why a handler stopped: because of what was sent, or because of itself.
#[derive(Debug, Error)]
pub enum Stop {
    /// Because of what was sent.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Because of itself.
    #[error(transparent)]
    Failed(#[from] crate::error::Failure),
}

impl IntoResponse for Stop {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => refusal.into_response(),
            Self::Failed(failure) => failure.into_response(),
        }
    }
}
