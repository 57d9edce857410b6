//! What a login at a bank proves (identity core, section 3).

use crate::level::{IdentityLevel, Levels, LoginLevel};
use crate::refusal::Refusal;

/// The one value of `acr` there is: two factors at the bank. It is Bank iD's own label and says nothing of eIDAS.
pub(super) const LOA3: &str = "loa3";

/// The pairs that can be reached, weakest first.
pub(super) const REACHES: [Levels; 2] = [
    Levels::new(IdentityLevel::Contact, LoginLevel::Multi),
    Levels::new(IdentityLevel::Town, LoginLevel::Multi),
];

/// The levels of a login. Another `acr` than the known one is refused, never rounded.
pub(super) fn levels(acr: Option<&str>, vouches_for_a_person: bool) -> Result<Levels, Refusal> {
    let [contact, town] = REACHES;
    match (acr, vouches_for_a_person) {
        (Some(LOA3), true) => Ok(town),
        (Some(LOA3), false) => Ok(contact),
        (Some(_), _) => Err(Refusal::LevelUnknown),
        (None, _) => Err(Refusal::LevelMissing),
    }
}
