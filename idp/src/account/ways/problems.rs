//! What can go wrong while ways in are added and removed, as people see it.

use web::{Problem, Way};

use super::LINK;

web::catalogue! {
    /// What can go wrong while somebody changes what their account is made of.
    pub static CATALOGUE;

    /// Another session is signed in than the one that began to add a way in.
    SESSION_CHANGED = "LNK-101", FORBIDDEN, "err-lnk-101";
    /// The proposed link is not known any more: confirmed, or its time is over.
    PROPOSAL_GONE = "LNK-102", GONE, "err-lnk-102";
    /// The proposed link is another browser's, session's or account's.
    PROPOSAL_FOREIGN = "LNK-103", FORBIDDEN, "err-lnk-103";
    /// Too many ways in were refused today; an officer decides.
    TOO_MANY = "LNK-104", TOO_MANY_REQUESTS, "err-lnk-104";
    /// The way in is not this account's.
    WAY_UNKNOWN = "LNK-105", NOT_FOUND, "err-lnk-105";
    /// The way in has to stay; the page before said why.
    WAY_STAYS = "LNK-106", CONFLICT, "err-lnk-106";
    /// The merge cannot be undone (any more).
    MERGE_STANDS = "LNK-107", CONFLICT, "err-lnk-107";
}

/// The problem with the way back to where ways in are added.
pub(super) fn at_link(kind: &'static web::ErrorKind) -> Problem {
    Problem::new(kind).way(Way::link("way-link", LINK))
}

/// The problem with the way back to the account.
pub(super) fn at_account(kind: &'static web::ErrorKind) -> Problem {
    Problem::new(kind).way(Way::link("way-account", "/account"))
}
