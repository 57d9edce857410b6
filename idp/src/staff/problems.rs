//! Why an officer does not get in, as they see it.

use federation::Refusal;
use web::{ErrorKind, Problem, Way};

use super::{HOME, LOGIN, MANDATES};

web::catalogue! {
    /// What can go wrong while an officer signs in or works.
    pub static CATALOGUE;

    /// The officer works for another office.
    OTHER_OFFICE = "STF-101", FORBIDDEN, "err-stf-101";
    /// The officer has no role here, or only some that the configuration gives no meaning.
    NO_ROLE = "STF-102", FORBIDDEN, "err-stf-102";
    /// The officer was not found in the state's register.
    NOT_IDENTIFIED = "STF-103", FORBIDDEN, "err-stf-103";
    /// The login proves less than officers must show.
    LEVEL = "STF-104", FORBIDDEN, "err-stf-104";
    /// An operator switched the officer off.
    SWITCHED_OFF = "STF-105", FORBIDDEN, "err-stf-105";
    /// The officer has no role for the page.
    ROLE_LACKING = "STF-106", FORBIDDEN, "err-stf-106";
    /// There is no such mandate, or it has ended.
    MANDATE_GONE = "STF-107", NOT_FOUND, "err-stf-107";
    /// There is no such proposal, or it was decided, or its time is over.
    PROPOSAL_GONE = "STF-108", NOT_FOUND, "err-stf-108";
    /// The provider cannot be asked what the officer may do now.
    NOT_CONFIRMED = "STF-109", SERVICE_UNAVAILABLE, "err-stf-109";
}

/// The problem of a refusal that is about the officer, not about the answer.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "callers hold it by reference"
)]
pub(crate) fn of_refusal(refusal: &Refusal) -> Option<&'static ErrorKind> {
    match refusal {
        Refusal::OfficeWrong => Some(&OTHER_OFFICE),
        Refusal::RoleMissing => Some(&NO_ROLE),
        Refusal::OfficerNotIdentified => Some(&NOT_IDENTIFIED),
        _ => None,
    }
}

/// The problem with the way back to where officers sign in.
pub(crate) fn at_login(kind: &'static ErrorKind) -> Problem {
    Problem::new(kind).way(Way::link("way-staff", LOGIN))
}

/// The problem with the way back to the officer's own page.
pub(super) fn at_home(kind: &'static ErrorKind) -> Problem {
    Problem::new(kind).way(Way::link("way-staff-home", HOME))
}

/// The problem with the way back to the mandates.
pub(super) fn at_mandates(kind: &'static ErrorKind) -> Problem {
    Problem::new(kind).way(Way::link("way-staff-mandates", MANDATES))
}
