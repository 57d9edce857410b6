//! Why an authorization request is refused, and who is told.

use super::ResponseMode;
use crate::{clients::RedirectUri, ids::ClientId};

/// A refusal goes to the person while the redirect URI is unproved, to the client afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Shown on our page: nothing the request says about where to go may be followed. With the client it names, when
    /// that is one of ours.
    Page(PageRefusal, Option<ClientId>),
    /// Sent to the client, where it registered to be answered.
    Redirect(Box<RedirectRefusal>),
}

/// What is wrong before the redirect URI is proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PageRefusal {
    /// `client_id` is missing or doubled.
    ClientMissing,
    /// Nobody of that name is registered.
    ClientUnknown,
    /// The client may not log people in any more.
    ClientDisabled,
    /// `redirect_uri` is missing or doubled.
    RedirectUriMissing,
    /// `redirect_uri` does not stand in the client's list.
    RedirectUriUnregistered,
    /// `redirect_uri` was registered before the environment's rule was, and does not fit it; with what is wrong.
    RedirectUriWithheld(String),
}

impl PageRefusal {
    /// The reason as the audit log keeps it.
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::ClientMissing => "client_missing",
            Self::ClientUnknown => "client_unknown",
            Self::ClientDisabled => "client_disabled",
            Self::RedirectUriMissing => "redirect_uri_missing",
            Self::RedirectUriUnregistered => "redirect_uri_unregistered",
            Self::RedirectUriWithheld(_) => "redirect_uri_withheld",
        }
    }

    /// The OAuth code shown on the page.
    pub const fn oauth(&self) -> &'static str {
        match self {
            Self::ClientMissing
            | Self::RedirectUriMissing
            | Self::RedirectUriUnregistered
            | Self::RedirectUriWithheld(_) => "invalid_request",
            Self::ClientUnknown => "invalid_client",
            Self::ClientDisabled => "unauthorized_client",
        }
    }
}

/// An error response to a proven redirect URI (RFC 6749, 4.1.2.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedirectRefusal {
    /// Where to.
    pub redirect_uri: RedirectUri,
    /// How.
    pub response_mode: ResponseMode,
    /// What the client sent to recognise its request.
    pub state: Option<String>,
    /// The OAuth code.
    pub error: &'static str,
    /// One ASCII sentence for the client's developers.
    pub description: &'static str,
}
