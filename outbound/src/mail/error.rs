//! Why a mail did not go, one variant for each reaction of the caller.

use std::{error::Error, sync::Arc};

use crate::{Forbidden, Unavailable};

type Cause = Arc<dyn Error + Send + Sync>;

/// Why a mail did not go. The texts never name the recipient.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MailError {
    /// Nothing was handed over: no connection, TLS, or silence before the message. A later try may fare better.
    #[error("the mail server is unavailable: {why}")]
    Unavailable {
        /// What went wrong.
        why: Unavailable,
        /// The cause beneath.
        #[source]
        cause: Option<Cause>,
    },
    /// The server said "not now" (4xx): greylisting, a full mailbox, too many at once. A later try may fare better.
    #[error("the mail server put it off with status {code}")]
    PutOff {
        /// Its status.
        code: u16,
    },
    /// The server refused recipient or message for good (5xx). Trying again changes nothing.
    #[error("the mail server refused it with status {code}")]
    Refused {
        /// Its status.
        code: u16,
    },
    /// The server does not let us in or does not do what is configured. It concerns every mail, and somebody must change
    /// something.
    #[error("the mail server does not accept us: {what}")]
    NotAccepted {
        /// What it does not accept.
        what: &'static str,
        /// The cause beneath.
        #[source]
        cause: Option<Cause>,
    },
    /// The message was handed over and no answer came: it may have been taken.
    #[error("the mail server did not say whether it took the message")]
    Unknown {
        /// The cause beneath.
        #[source]
        cause: Option<Cause>,
    },
    /// We do not connect there.
    #[error("the mail server may not be reached")]
    Forbidden(#[from] Forbidden),
    /// The message is longer than `[mail] max_bytes`.
    #[error("the message has more than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: usize,
    },
    /// The message cannot be written.
    #[error("the message cannot be written")]
    Unwritable(#[source] Cause),
}

impl MailError {
    /// One word for metrics, logs and the job's failure.
    pub const fn outcome(&self) -> &'static str {
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
            Self::PutOff { .. } => "put_off",
            Self::Refused { .. } => "refused",
            Self::NotAccepted { .. } => "not_accepted",
            Self::Unknown { .. } => "unknown",
            Self::Forbidden(_) => "forbidden",
            Self::TooLarge { .. } => "too_large",
            Self::Unwritable(_) => "unwritable",
        }
    }

    pub(super) const fn unavailable(why: Unavailable) -> Self {
        Self::Unavailable { why, cause: None }
    }

    pub(super) fn connect(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::Unavailable {
            why: Unavailable::Connect,
            cause: Some(Arc::new(cause)),
        }
    }

    pub(super) fn not_accepted(what: &'static str, cause: Option<Cause>) -> Self {
        Self::NotAccepted { what, cause }
    }
}
