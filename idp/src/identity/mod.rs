//! One identity: whose account a subject belongs to, and how ways in are added, removed, merged and parted again.
//!
//! Rules over the broker's tables, each in the caller's transaction. Nothing but (realm, subject) ever finds an account;
//! names and dates of birth are compared only to refuse ([`likeness`]), after both sides were proved in one browser.

mod admit;
mod apart;
mod best;
mod changes;
mod close;
mod dispute;
mod find;
pub mod likeness;
mod link;
mod merge;
mod passed;
mod prove;
mod replace;
mod ruled;
mod still;
mod switch;
mod undo;
mod unlink;
mod verdict;

pub use admit::{Admission, admit};
pub use apart::can_part;
pub(crate) use apart::ended_by_removal;
pub(crate) use best::{Best, as_good_as};
pub use close::{close, erase};
pub use dispute::{Report, dispute, out_of_date, report};
pub(crate) use find::{Found, Sought, find};
pub use likeness::{Likeness, Traits};
pub use link::link;
pub(crate) use merge::join;
pub use merge::merge;
pub use passed::close_passed;
pub use prove::prove;
pub use replace::replace;
pub(crate) use ruled::is_told_apart;
pub use switch::{switch_off, switch_on};
pub use undo::{Undone, undo};
pub use unlink::{Kept, Unlinked, unlink, why_kept};
pub(crate) use unlink::{Removing, lets_in, remove};
pub use verdict::{Verdict, verdict};

use federation::Assertion;

use crate::broker::Broker;
use crate::hash::subject_mark;
use crate::ids::{AccountId, UpstreamLinkId};

/// A verified answer and the configuration entry it came through.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// Name of the configuration entry.
    pub provider: &'a str,
    /// What the provider said.
    pub assertion: &'a Assertion,
}

impl<'a> Arrived<'a> {
    pub(crate) fn realm(&self) -> &'a str {
        self.assertion.realm().as_str()
    }

    pub(crate) fn subject(&self) -> &'a str {
        self.assertion.subject().as_str()
    }

    /// What the audit may hold of the subject.
    pub(crate) fn mark(&self, broker: &Broker) -> String {
        subject_mark(&broker.master_key, self.realm(), self.subject())
    }
}

/// An account and the link somebody came to it by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Whose.
    pub account_id: AccountId,
    /// By which link.
    pub upstream_link_id: UpstreamLinkId,
}
