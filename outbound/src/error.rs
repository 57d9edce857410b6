//! Why an exchange brought nothing to work with.

use std::{error::Error, io, sync::Arc};

use rustls::AlertDescription;

use crate::{guard::Forbidden, mutual::NotAsked};

/// Why an exchange brought nothing to work with: one variant per reaction of the caller. The texts name the target and never
/// the address, which may carry a secret.
#[derive(Debug, Clone, thiserror::Error)]
pub enum OutboundError {
    /// Nothing usable came; a later try may fare better.
    #[error("{target} is unavailable: {why}")]
    Unavailable {
        /// The target's name.
        target: Arc<str>,
        /// What went wrong.
        why: Unavailable,
        /// The cause beneath, when there is one.
        #[source]
        cause: Option<Arc<dyn Error + Send + Sync>>,
    },
    /// An answer came that must not be used. It says something about the other side, not about the network.
    #[error("{target} sent an answer that cannot be used: {why}")]
    Unacceptable {
        /// The target's name.
        target: Arc<str>,
        /// What is wrong with it.
        why: Unacceptable,
        /// The cause beneath, when there is one.
        #[source]
        cause: Option<Arc<dyn Error + Send + Sync>>,
    },
    /// We do not connect there. Somebody must change the address or `[outbound] allow`; waiting does not help.
    #[error("{target} may not be reached")]
    Forbidden {
        /// The target's name.
        target: Arc<str>,
        /// Why not, with the remedy.
        #[source]
        why: Forbidden,
    },
}

/// What kept an answer from coming.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// It failed several times in a row and is left alone for a while; nothing was sent.
    #[error("it failed repeatedly and is left alone for now")]
    Paused,
    /// No connection: name, network or TLS.
    #[error("no connection")]
    Connect,
    /// It does not accept the certificate that we show.
    #[error("it refused our certificate")]
    CertificateRefused,
    /// The connection broke before the answer was complete.
    #[error("the connection broke")]
    Broken,
    /// The time for connecting was over: nothing was sent.
    #[error("no connection in time")]
    ConnectTimedOut,
    /// The time for the whole exchange was over.
    #[error("it took too long")]
    TimedOut,
    /// It answered with a status of 500 or above.
    #[error("it answered with status {0}")]
    ServerError(u16),
}

/// What is wrong with an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unacceptable {
    /// The body is longer than `[outbound] max_bytes`.
    #[error("more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// A redirect, which is never followed.
    #[error("a redirect (status {0}), which is not followed")]
    Redirect(u16),
    /// It did not ask for the certificate that we show, so it cannot know who we are. Nothing was sent.
    #[error("it did not ask for our certificate")]
    NoCertificateAsked,
    /// Another content type than the caller can read.
    #[error("content type {0}")]
    ContentType(String),
    /// A status that the caller does not take for an answer.
    #[error("status {0}")]
    Status(u16),
    /// The caller's own reading of the document failed.
    #[error("it does not say what it should")]
    Unreadable,
}

impl OutboundError {
    /// One word for metrics and logs.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Unavailable { why, .. } => match why {
                Unavailable::Paused => "paused",
                Unavailable::Connect => "connect",
                Unavailable::CertificateRefused => "certificate_refused",
                Unavailable::Broken => "broken",
                Unavailable::ConnectTimedOut => "connect_timed_out",
                Unavailable::TimedOut => "timed_out",
                Unavailable::ServerError(_) => "server_error",
            },
            Self::Unacceptable { why, .. } => match why {
                Unacceptable::TooLarge { .. } => "too_large",
                Unacceptable::Redirect(_) => "redirect",
                Unacceptable::NoCertificateAsked => "no_certificate_asked",
                Unacceptable::ContentType(_) => "content_type",
                Unacceptable::Status(_) => "status",
                Unacceptable::Unreadable => "unreadable",
            },
            Self::Forbidden { .. } => "forbidden",
        }
    }

    /// Whether the same request may fare better later.
    pub fn is_temporary(&self) -> bool {
        matches!(self, Self::Unavailable { .. })
    }

    pub(crate) fn unavailable(target: &Arc<str>, why: Unavailable) -> Self {
        Self::Unavailable {
            target: Arc::clone(target),
            why,
            cause: None,
        }
    }

    pub(crate) fn unacceptable(target: &Arc<str>, why: Unacceptable) -> Self {
        Self::Unacceptable {
            target: Arc::clone(target),
            why,
            cause: None,
        }
    }

    pub(crate) fn forbidden(target: &Arc<str>, why: Forbidden) -> Self {
        Self::Forbidden {
            target: Arc::clone(target),
            why,
        }
    }

    /// What the HTTP client's error means to a caller.
    pub(crate) fn from_client(target: &Arc<str>, error: reqwest::Error) -> Self {
        let error = error.without_url();
        if let Some(why) = beneath::<Forbidden>(&error) {
            return Self::forbidden(target, why.clone());
        }
        if beneath::<NotAsked>(&error).is_some() {
            return Self::unacceptable(target, Unacceptable::NoCertificateAsked);
        }
        let why = if beneath(&error).is_some_and(refuses_certificate) {
            Unavailable::CertificateRefused
        } else if error.is_timeout() && error.is_connect() {
            Unavailable::ConnectTimedOut
        } else if error.is_timeout() {
            Unavailable::TimedOut
        } else if error.is_connect() {
            Unavailable::Connect
        } else {
            Unavailable::Broken
        };
        Self::Unavailable {
            target: Arc::clone(target),
            why,
            cause: Some(Arc::new(error)),
        }
    }
}

/// An error of ours or of the TLS library, deep under the wrappings of the HTTP client.
fn beneath<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    let mut beneath = Some(error);
    while let Some(error) = beneath {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // What an input error wraps is not its source: it takes that one's source for its own.
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        beneath = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}

/// The alerts by which a server says that a certificate will not do (RFC 8446 6.2).
fn refuses_certificate(error: &rustls::Error) -> bool {
    matches!(
        error,
        rustls::Error::AlertReceived(
            AlertDescription::BadCertificate
                | AlertDescription::UnsupportedCertificate
                | AlertDescription::CertificateRevoked
                | AlertDescription::CertificateExpired
                | AlertDescription::CertificateUnknown
                | AlertDescription::UnknownCA
                | AlertDescription::AccessDenied
                | AlertDescription::CertificateRequired
        )
    )
}
