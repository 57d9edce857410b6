//! What an upstream tells us outside a login, and what we publish for it.

use crate::answer::{Answer, ReplayKey};
use crate::assertion::{Realm, Subject, UpstreamSession};
use crate::departure::{Correlation, Send};
use crate::fact::FactKind;

/// Which of our addresses a message came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum InboundKind {
    /// `/upstream/{provider}/logout`.
    Logout,
    /// `/upstream/{provider}/backchannel-logout`: the upstream itself tells of the end of a session.
    BackchannelLogout,
    /// `/upstream/{provider}/events`: the upstream itself tells of a change.
    Notification,
}

/// A message from an upstream that is not the answer of a login.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// Where it came.
    pub kind: InboundKind,
    /// What came.
    pub answer: Answer,
}

/// What a message means for us.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Event {
    /// The upstream ended sessions: end ours that carry any of them, then send the reply. When no session of ours matches
    /// any, or a replay key was seen before, nothing ends and the reply must not be sent.
    LogoutRequested {
        /// The provider's realm.
        realm: Realm,
        /// The sessions that ended, at least one. One without an index: every session of that subject.
        sessions: Vec<UpstreamSession>,
        /// What must never be seen again.
        replay_keys: Vec<ReplayKey>,
    },
    /// The upstream answered a logout we started. It proves nothing and must change nothing; it only tells which
    /// departure of ours the browser comes back from.
    LogoutReturned {
        /// The departure that [`crate::UpstreamProvider::start_logout`] made.
        correlation: Correlation,
    },
    /// What the upstream knows of a person has changed since we asked.
    ClaimsChanged {
        /// The provider's realm.
        realm: Realm,
        /// Whom it concerns.
        subject: Subject,
        /// What has changed, in the upstream's names.
        claims: Vec<String>,
        /// The kinds of facts that we could have of it.
        kinds: Vec<FactKind>,
        /// Whether an officer has to look: the subject itself changed, or the person died.
        grave: bool,
        /// What must never be seen again.
        replay_keys: Vec<ReplayKey>,
    },
}

/// How to answer who brought a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Nothing to say: show our own page.
    Nothing,
    /// Say whether our own clients have heard, too: the upstream wants to know.
    Passed,
    /// Carry this back to the upstream.
    Send(Send),
}

/// A document we publish for the upstream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Last segment of its address: `metadata`, `jwks`.
    pub name: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its octets.
    pub body: Vec<u8>,
}
