//! Why something is not decided, in the words that whoever runs the command reads.

use chrono::NaiveDate;
use store::StorageError;

use crate::ids::{ConflictId, StaffAccountId, UpstreamLinkId};

/// Why something is not decided.
#[derive(Debug, thiserror::Error)]
pub enum NotDecided {
    /// There is no such case, or none any more.
    #[error("no case has the key {0}; see `city-idp conflict list`")]
    CaseUnknown(ConflictId),
    /// It was decided before.
    #[error("the case is closed already; see `city-idp conflict show {0}`")]
    Closed(ConflictId),
    /// There is no such way in, or none any more.
    #[error("no way in has the key {0}; see `city-idp link list`")]
    LinkUnknown(UpstreamLinkId),
    /// It is the account's own.
    #[error("this is a way into that account already")]
    OwnWay,
    /// Nobody has signed in under that key.
    #[error("no officer has the key {0}; see `city-idp staff list`")]
    OfficerUnknown(StaffAccountId),
    /// The officer was switched off.
    #[error("{0} is switched off; see `city-idp staff list`")]
    OfficerOff(String),
    /// The officer is not there.
    #[error("{0} is not signed in at /staff now; let them sign in there, and try again")]
    OfficerAway(String),
    /// The officer may not do this.
    #[error(
        "{0} does not have the role {1}; roles are given at the provider, count from the next login, and mean what [staff.roles] says"
    )]
    RoleMissing(String, &'static str),
    /// It may be the officer's own matter.
    #[error(
        "{0} has the name of a person whom this is about; nobody decides a matter of their own"
    )]
    OwnName(String),
    /// The reason is missing, or is no text.
    #[error("give the reason in one to five hundred letters, without control characters")]
    ReasonUnfit,
    /// One decision waits already.
    #[error(
        "a decision about this waits for the second officer; let them agree, or decline it and decide anew"
    )]
    Waits,
    /// No decision waits.
    #[error(
        "no decision about this waits for a second officer; it was ended before, or its fourteen days are over"
    )]
    NothingWaits,
    /// One officer alone cannot.
    #[error("the officer who decided cannot agree with themself")]
    OwnDecision,
    /// Two profiles of one person would be one officer.
    #[error("the two officers have the same name; one person cannot agree with themself")]
    SameName,
    /// One person at the machine is not two.
    #[error(
        "both officers cannot act by the same login of this machine ({0}); let the second one run the command under their own"
    )]
    SameOperator(String),
    /// Whoever decided may not do so any more.
    #[error(
        "the officer who decided is switched off or has lost the role; decline it and decide anew"
    )]
    DeciderGone,
    /// It is not the case that was judged any more.
    #[error(
        "since this was decided the accounts it is about were joined, parted or closed, ways into them were added or removed, or the upstream named another person; look at it again, decline the decision and decide anew"
    )]
    Changed,
    /// An account has ended.
    #[error(
        "an account that this is about is not active any more; only `nothing-to-do` can close the case"
    )]
    AccountGone,
    /// The case of a former release does not hold what is needed.
    #[error(
        "the case does not tell the subject; close it with `nothing-to-do` and let the person sign in once more, which opens it anew"
    )]
    SubjectUnknown,
    /// A subject that names nobody for good.
    #[error(
        "one of the accounts is opened by a subject that names nobody for good, and cannot be joined with anything"
    )]
    Unjoinable,
    /// The person would be locked out.
    #[error(
        "no other way in that works would be left, and the person would be locked out; let them add another one first"
    )]
    LastWayIn,
    /// Nobody has said that accounts cannot be parted any more after it.
    #[error(
        "this is the last way in of an account that was joined and can be parted until {0}; without it the two can never be parted again. Where the person knows that, say --end-parting; see `city-idp link show`"
    )]
    EndsParting(NaiveDate),
    /// The word was said in vain.
    #[error(
        "no accounts become inseparable by this removal; leave --end-parting out, and see `city-idp link show`"
    )]
    NothingToEnd,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}
