//! Which door a request came through, and who stands there.

use std::convert::Infallible;
use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum::serve::IncomingStream;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::x509::X509;
use serde_json::json;

use super::listener::TlsListener;
use crate::error::Failure;

/// The door a request came through.
#[derive(Debug, Clone, Default)]
pub enum Door {
    /// HTTP without TLS.
    #[default]
    Plain,
    /// TLS for everybody.
    Tls,
    /// TLS for holders of a certificate.
    ClientTls(ClientCertificate),
    /// The same door, and whoever stands there has no certificate that would be taken.
    Stranger,
}

impl Door {
    /// Whose certificate was shown and verified.
    pub fn client_certificate(&self) -> Option<&ClientCertificate> {
        match self {
            Self::Plain | Self::Tls | Self::Stranger => None,
            Self::ClientTls(certificate) => Some(certificate),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Door {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_default())
    }
}

/// A certificate of a client. OpenSSL has verified it against the authority, its dates and its purpose.
#[derive(Debug, Clone)]
pub struct ClientCertificate(X509);

impl ClientCertificate {
    /// The certificate itself.
    pub fn x509(&self) -> &X509 {
        &self.0
    }

    /// SHA-256 of the certificate in lower-case hexadecimal digits.
    pub fn fingerprint(&self) -> Result<String, Failure> {
        fingerprint(&self.0)
    }

    /// `CN` of its subject, empty when there is none.
    pub fn common_name(&self) -> String {
        let entry = self.0.subject_name().entries_by_nid(Nid::COMMONNAME).next();
        entry
            .and_then(|entry| entry.data().to_string().ok())
            .unwrap_or_default()
    }
}

/// SHA-256 of a certificate in lower-case hexadecimal digits.
pub fn fingerprint(certificate: &X509) -> Result<String, Failure> {
    let digest = certificate.digest(MessageDigest::sha256())?;
    let digits: Vec<_> = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(digits.concat())
}

impl From<X509> for ClientCertificate {
    fn from(certificate: X509) -> Self {
        Self(certificate)
    }
}

/// The other end of a TLS connection.
#[derive(Debug, Clone)]
pub struct Peer {
    /// Its address.
    pub address: SocketAddr,
    /// Where it came in.
    pub door: Door,
}

impl axum::extract::connect_info::Connected<IncomingStream<'_, TlsListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TlsListener>) -> Self {
        stream.remote_addr().clone()
    }
}

/// Answers strangers before any handler hears of them.
pub async fn turn_away(door: Door, request: Request, next: Next) -> Response {
    match door {
        Door::Stranger => unauthorized(),
        Door::Plain | Door::Tls | Door::ClientTls(_) => next.run(request).await,
    }
}

/// To a certificate that is missing or unknown. The sibling system answers in JSON where XML is expected.
pub fn unauthorized() -> Response {
    (
        StatusCode::UNAUTHORIZED,
        Json(json!({ "code": 401, "message": "Unknown client certificate" })),
    )
        .into_response()
}

/// Tells handlers behind TLS what they find without it too: the address of the peer; and the door.
pub async fn tell(
    ConnectInfo(peer): ConnectInfo<Peer>,
    mut request: Request,
    next: Next,
) -> Response {
    request.extensions_mut().insert(ConnectInfo(peer.address));
    request.extensions_mut().insert(peer.door);
    next.run(request).await
}
