//! Who decides: an officer who is signed in at `/staff` at that moment and has the role, and whom it is not about.

use chrono::{DateTime, Utc};
use store::Tx;

use super::NotDecided;
use crate::broker::Broker;
use crate::ids::StaffAccountId;
use crate::mandate::may_be;
use crate::staff::{self, Role};
use crate::storage::conflict::Told;
use crate::storage::fact::{Fact, normalised};
use crate::storage::staff_account::{self, StaffAccount};

/// Finds an officer who may do this.
pub(super) async fn officer(
    broker: &Broker,
    tx: &mut Tx,
    id: StaffAccountId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<StaffAccount, NotDecided> {
    let found = staff_account::lookup(tx, &broker.master_key, id).await?;
    let officer = found.ok_or(NotDecided::OfficerUnknown(id))?;
    if officer.disabled_at.is_some() {
        return Err(NotDecided::OfficerOff(officer.name));
    }
    // Whoever runs the command names the officer; that the officer is there, the provider has just vouched for.
    let Some(roles) = staff::roles_now(broker, tx, id, now).await? else {
        return Err(NotDecided::OfficerAway(officer.name));
    };
    if !roles.contains(&role) {
        return Err(NotDecided::RoleMissing(officer.name, role.as_str()));
    }
    Ok(officer)
}

/// Nobody decides a matter of their own, and a name is all that we know of an officer.
pub(super) fn check_strange(
    officer: &StaffAccount,
    people: &[Vec<Fact>],
    told: Option<&Told>,
) -> Result<(), NotDecided> {
    let is_one = people.iter().any(|facts| may_be(&officer.name, facts));
    if is_one || told.is_some_and(|told| is_named(&officer.name, told)) {
        return Err(NotDecided::OwnName(officer.name.clone()));
    }
    Ok(())
}

/// The same family name and first given name.
fn is_named(officer: &str, told: &Told) -> bool {
    let (Some(given), Some(family)) = (&told.given_name, &told.family_name) else {
        return false;
    };
    let (officer, given, family) = (normalised(officer), normalised(given), normalised(family));
    let ends = officer.strip_suffix(&family).unwrap_or_default();
    ends.split(' ').next() == given.split(' ').next() && ends.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_officer_is_told_by_family_name_and_first_given_name() {
        let told = |given: &str, family: &str| Told {
            given_name: Some(given.to_owned()),
            family_name: Some(family.to_owned()),
            birth_date: None,
        };
        assert!(is_named("Jana Nováková", &told("JANA MARIE", "NOVAKOVA")));
        assert!(is_named("Jana Marie Nováková", &told("Jana", "Nováková")));
        assert!(!is_named("Jana Nováková", &told("Eva", "Nováková")));
        assert!(!is_named("Jana Nováková", &told("Jana", "Ková")));
        assert!(!is_named("Jana Nováková", &Told::default()));
    }
}
