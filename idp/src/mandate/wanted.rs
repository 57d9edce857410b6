//! A mandate that an officer has verified (local-identity 7.1 and 10). In order:
//!
//! 1. the body is of a kind that citizens act for, and something may be done for it;
//! 2. it has a number that checks, unless its kind needs none, and the register does not say that it has ended or is something else;
//! 3. the mandate has an end, and not one in ten years;
//! 4. the person has an account, and the town or the state knows who they are;
//! 5. no officer behind it has the person's name: nobody approves a mandate of their own;
//! 6. the same person does not hold one for the same body already.
//!
//! That two officers stand behind it is asked in [`super::proposal`].

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use federation::{BodyKind, FactKind, IdentityLevel};
use store::Tx;

use super::{Act, NotApproved};
use crate::ares::{AresError, Ico};
use crate::broker::Broker;
use crate::ids::AccountId;
use crate::storage::fact::{Fact, normalised};
use crate::storage::staff_account::StaffAccount;
use crate::storage::{account, fact, mandate, verification};

/// The longest time an approved mandate may count.
const LONGEST: Duration = Duration::days(3_653);
const LONGEST_TEXT: usize = 200;

/// A mandate as an officer asks for it.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Who will act.
    pub(crate) account_id: AccountId,
    /// What kind of body.
    pub(crate) kind: BodyKind,
    /// Its identification number, where it has one.
    pub(crate) ico: Option<Ico>,
    /// Its name; needed where the register does not tell it.
    pub(crate) name: Option<String>,
    /// The person's part in it.
    pub(crate) role: Option<String>,
    /// How the officer saw it: `counter` or `register`.
    pub(crate) source: String,
    /// What the person may do for the body.
    pub(crate) scope: BTreeSet<Act>,
    /// Number of the paper that the officer saw.
    pub(crate) evidence: Option<String>,
    /// From when it counts.
    pub(crate) valid_from: DateTime<Utc>,
    /// Until when it counts.
    pub(crate) valid_until: DateTime<Utc>,
}

impl Wanted {
    /// What can be said of the mandate alone, and the body's name. Outside of any transaction: the register may take its time.
    pub(crate) async fn check(
        &self,
        broker: &Broker,
        now: DateTime<Utc>,
    ) -> Result<String, NotApproved> {
        self.check_what(broker, now)?;
        self.name_of_body(broker, now).await
    }

    fn check_what(&self, broker: &Broker, now: DateTime<Utc>) -> Result<(), NotApproved> {
        if !broker.config.mandate.kinds.contains(&self.kind) {
            return Err(NotApproved::Kind);
        }
        if self.scope.is_empty() {
            return Err(NotApproved::NothingAllowed);
        }
        if self.ico.is_none() && self.kind != BodyKind::Association {
            return Err(NotApproved::NumberMissing);
        }
        for (field, text) in [
            ("name", &self.name),
            ("role", &self.role),
            ("evidence", &self.evidence),
        ] {
            if text.as_deref().is_some_and(|text| !is_fit(text)) {
                return Err(NotApproved::TextUnfit(field));
            }
        }
        if self.valid_until <= now.max(self.valid_from) {
            return Err(NotApproved::Over);
        }
        if self.valid_until > now + LONGEST {
            return Err(NotApproved::TooLong);
        }
        Ok(())
    }

    /// The register's name where it tells one, else what the officer typed. What it cannot tell at the moment it tells within the
    /// hour ([`super::check_bodies`]).
    async fn name_of_body(
        &self,
        broker: &Broker,
        now: DateTime<Utc>,
    ) -> Result<String, NotApproved> {
        let typed = || {
            let name = self.name.as_deref().ok_or(NotApproved::NameMissing)?;
            Ok(name.trim().to_owned())
        };
        let Some(ico) = &self.ico else {
            return typed();
        };
        let subject = match broker.ares.lookup(ico, now).await {
            Ok(Some(subject)) => subject,
            Ok(None) => return Err(NotApproved::NumberUnknown),
            Err(AresError::Storage(error)) => return Err(error.into()),
            Err(error @ (AresError::NotConfigured | AresError::Unavailable(_))) => {
                let error: &dyn std::error::Error = &error;
                tracing::info!(
                    error,
                    "a body that somebody will act for could not be looked up"
                );
                return typed();
            }
        };
        if subject.has_ended() {
            return Err(NotApproved::BodyEnded);
        }
        match subject.kind() {
            Some(kind) if kind != self.kind => Err(NotApproved::OtherKind),
            _ => Ok(subject.name),
        }
    }

    /// The person and the officers. Taken for the rest of the transaction, so that the account is not closed meanwhile.
    pub(super) async fn check_person(
        &self,
        broker: &Broker,
        tx: &mut Tx,
        officers: &[&StaffAccount],
        now: DateTime<Utc>,
    ) -> Result<(), NotApproved> {
        let account_id = self.account_id;
        if !account::hold(tx, account_id, now).await? {
            return Err(NotApproved::AccountUnknown);
        }
        let proofs = verification::list_valid(tx, account_id, now).await?;
        if !proofs
            .iter()
            .any(|proof| proof.identity_level >= IdentityLevel::Town)
        {
            return Err(NotApproved::NotVerified);
        }
        let facts = fact::list_current(tx, &broker.master_key, account_id, now).await?;
        if officers.iter().any(|officer| may_be(&officer.name, &facts)) {
            return Err(NotApproved::OwnName);
        }
        Ok(())
    }

    /// Whether the person acts for the body by officers already.
    pub(super) async fn check_not_held(
        &self,
        tx: &mut Tx,
        name: &str,
        now: DateTime<Utc>,
    ) -> Result<(), NotApproved> {
        // One that has not begun yet is one, too.
        for held in mandate::list_open(tx, self.account_id).await? {
            if held.upstream_link_id.is_none()
                && now < held.valid_until
                && self.is_for(held.ico.as_deref(), &held.name, name)
            {
                return Err(NotApproved::Held);
            }
        }
        Ok(())
    }

    /// Whether it is for the body with this number, or, where there is none, with this name.
    pub(super) fn is_for(&self, ico: Option<&str>, name: &str, own_name: &str) -> bool {
        match &self.ico {
            Some(number) => ico == Some(number.as_str()),
            None => ico.is_none() && normalised(name) == normalised(own_name),
        }
    }
}

fn is_fit(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= LONGEST_TEXT
        && !text.chars().any(char::is_control)
}

/// Whether an officer of this name may be the person: the family name is the same, and the first given name. Of several names that
/// the registers know each counts.
pub(crate) fn may_be(officer: &str, facts: &[Fact]) -> bool {
    let officer = normalised(officer);
    let officer: Vec<&str> = officer.split(' ').collect();
    let all = |kind| {
        facts
            .iter()
            .filter(move |fact| fact.kind == kind)
            .filter_map(|fact| fact.value.as_text())
            .map(normalised)
    };
    all(FactKind::FamilyName).any(|family| {
        let family: Vec<&str> = family.split(' ').collect();
        officer.ends_with(&family)
            && all(FactKind::GivenName)
                .any(|given| given.split(' ').next() == officer.first().copied())
    })
}
