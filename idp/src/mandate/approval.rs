//! A mandate verified by officers (local-identity 7.1 and 10). In order:
//!
//! 1. the body is of a kind that citizens act for, and something may be done for it;
//! 2. it has a number that checks, unless its kind needs none, and the register does not say that it has ended or is something else;
//! 3. the mandate has an end, and not one in ten years;
//! 4. two officers stand behind it (four eyes): one who verifies, another one who decides;
//! 5. the person has an account, and the town or the state knows who they are;
//! 6. neither officer has the person's name: nobody approves a mandate of their own;
//! 7. the same person does not hold one for the same body already.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use federation::{BodyKind, FactKind, IdentityLevel};
use store::audit::Actor;
use store::{StorageError, Tx};

use super::{Act, NewMandate, add};
use crate::ares::{AresError, Ico};
use crate::broker::Broker;
use crate::ids::{AccountId, MandateId, StaffAccountId};
use crate::staff::Role;
use crate::storage::fact::normalised;
use crate::storage::staff_account::{self, StaffAccount};
use crate::storage::{account, fact, mandate, verification};

/// The longest time an approved mandate may count.
const LONGEST: Duration = Duration::days(3_653);
const LONGEST_TEXT: usize = 200;

/// A mandate as officers ask for it.
#[derive(Clone, Debug)]
pub struct Approval<'a> {
    /// Who will act.
    pub account_id: AccountId,
    /// What kind of body.
    pub kind: BodyKind,
    /// Its identification number, where it has one.
    pub ico: Option<Ico>,
    /// Its name; needed where the register does not tell it.
    pub name: Option<&'a str>,
    /// The person's part in it.
    pub role: Option<&'a str>,
    /// How the officers saw it: `counter` or `register`.
    pub source: &'a str,
    /// What the person may do for the body.
    pub scope: BTreeSet<Act>,
    /// Number of the paper that the officers saw.
    pub evidence: Option<&'a str>,
    /// Who verified it.
    pub officer: StaffAccountId,
    /// Who agreed.
    pub second_officer: StaffAccountId,
    /// From when it counts.
    pub valid_from: DateTime<Utc>,
    /// Until when it counts.
    pub valid_until: DateTime<Utc>,
}

/// Why a mandate is not approved.
#[derive(Debug, thiserror::Error)]
pub enum NotApproved {
    /// Nobody acts for such bodies as a citizen.
    #[error("bodies of the kind {} are left out by `mandate.kinds` of the configuration", .0.as_str())]
    Kind(BodyKind),
    /// There is nothing that the person might do.
    #[error("the mandate allows nothing; name at least one act")]
    NothingAllowed,
    /// A body of that kind has a number.
    #[error("a body of the kind {} has an identification number (IČO); give it", .0.as_str())]
    NumberMissing(BodyKind),
    /// The register does not know the number.
    #[error("ARES knows no subject with the number {0}")]
    NumberUnknown(Ico),
    /// The register says that it has ended.
    #[error("ARES says that the subject {0} has ended")]
    BodyEnded(Ico),
    /// The register says that it is something else.
    #[error("ARES says that the subject {ico} is of the kind {}", .kind.as_str())]
    OtherKind {
        /// Its number.
        ico: Ico,
        /// What it is.
        kind: BodyKind,
    },
    /// Nobody says what it is called.
    #[error("ARES does not tell the name of the body now; give it")]
    NameMissing,
    /// A text is too long to be one.
    #[error(
        "name, role and evidence have at most {LONGEST_TEXT} characters, all of them printable"
    )]
    TextUnfit,
    /// It would never count.
    #[error("the mandate ends before it begins, or has ended already")]
    Over,
    /// It would count for too long.
    #[error("a mandate counts for ten years at most; approve it anew then")]
    TooLong,
    /// One officer alone cannot.
    #[error("two officers are needed (four eyes), and the same one was named twice")]
    SameOfficer,
    /// There is no such officer, or no longer.
    #[error("no officer who may sign in has the key {0}; see `city-idp staff list`")]
    OfficerUnknown(StaffAccountId),
    /// The officer has not the role that it needs.
    #[error("{name} has not the role {}", .role.as_str())]
    RoleMissing {
        /// The officer.
        name: String,
        /// The role.
        role: Role,
    },
    /// The officer's roles of today are not known.
    #[error(
        "{0} has not signed in at /staff for a week; they have to, so that their roles of today are known"
    )]
    OfficerAway(String),
    /// It may be the officer's own.
    #[error("{0} has the name of the person who would act; another officer has to approve it")]
    OwnName(String),
    /// There is no such account, or no longer.
    #[error("no account that may be used has the key {0}; see `city-idp account find`")]
    AccountUnknown(AccountId),
    /// Nobody knows who the person is.
    #[error(
        "the town does not know who this person is: they have to sign in with an identity that is verified, first"
    )]
    NotVerified,
    /// They may act for it already.
    #[error("the person acts for this body already, by the mandate {0}; end it first")]
    Held(MandateId),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Writes a mandate down that two officers stand behind, and tells the person at every confirmed contact.
pub async fn approve(
    broker: &Broker,
    approval: Approval<'_>,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<MandateId, NotApproved> {
    check_what(broker, &approval, now)?;
    // Outside the transaction: the register may take its time.
    let name = name_of_body(broker, &approval, now).await?;
    let mut tx = broker.db.begin().await?;
    check_who(broker, &mut tx, &approval, now).await?;
    check_not_held(&mut tx, &approval, &name, now).await?;
    let new = NewMandate {
        account_id: approval.account_id,
        kind: approval.kind,
        ico: approval.ico.as_ref().map(Ico::as_str),
        name: &name,
        role: approval.role,
        source: approval.source,
        scope: approval.scope,
        level: IdentityLevel::Town,
        approved_by: approval.officer.uuid(),
        second_officer: approval.second_officer.uuid(),
        evidence: approval.evidence,
        valid_from: approval.valid_from,
        valid_until: approval.valid_until,
    };
    let mandate_id = add(broker, &mut tx, new, actor, now).await?;
    tx.commit().await?;
    Ok(mandate_id)
}

/// What can be said of the mandate alone.
fn check_what(
    broker: &Broker,
    approval: &Approval<'_>,
    now: DateTime<Utc>,
) -> Result<(), NotApproved> {
    if !broker.config.mandate.kinds.contains(&approval.kind) {
        return Err(NotApproved::Kind(approval.kind));
    }
    if approval.scope.is_empty() {
        return Err(NotApproved::NothingAllowed);
    }
    if approval.ico.is_none() && approval.kind != BodyKind::Association {
        return Err(NotApproved::NumberMissing(approval.kind));
    }
    let texts = [approval.name, approval.role, approval.evidence];
    if texts.into_iter().flatten().any(|text| !is_fit(text)) {
        return Err(NotApproved::TextUnfit);
    }
    if approval.valid_until <= now.max(approval.valid_from) {
        return Err(NotApproved::Over);
    }
    if approval.valid_until > now + LONGEST {
        return Err(NotApproved::TooLong);
    }
    if approval.officer == approval.second_officer {
        return Err(NotApproved::SameOfficer);
    }
    Ok(())
}

fn is_fit(text: &str) -> bool {
    !text.trim().is_empty()
        && text.chars().count() <= LONGEST_TEXT
        && !text.chars().any(char::is_control)
}

/// The register's name where it tells one, else what the officers typed. What it cannot tell at the moment it tells within the
/// hour ([`super::check_bodies`]).
async fn name_of_body(
    broker: &Broker,
    approval: &Approval<'_>,
    now: DateTime<Utc>,
) -> Result<String, NotApproved> {
    let typed = || {
        let name = approval.name.ok_or(NotApproved::NameMissing)?;
        Ok(name.trim().to_owned())
    };
    let Some(ico) = &approval.ico else {
        return typed();
    };
    let subject = match broker.ares.lookup(ico, now).await {
        Ok(Some(subject)) => subject,
        Ok(None) => return Err(NotApproved::NumberUnknown(ico.clone())),
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
        return Err(NotApproved::BodyEnded(ico.clone()));
    }
    match subject.kind() {
        Some(kind) if kind != approval.kind => Err(NotApproved::OtherKind {
            ico: ico.clone(),
            kind,
        }),
        _ => Ok(subject.name),
    }
}

/// The officers and the person. Taken for the rest of the transaction, so that the account is not closed meanwhile.
async fn check_who(
    broker: &Broker,
    tx: &mut Tx,
    approval: &Approval<'_>,
    now: DateTime<Utc>,
) -> Result<(), NotApproved> {
    let officers = [
        officer(broker, tx, approval.officer, Role::Verifier).await?,
        officer(broker, tx, approval.second_officer, Role::Supervisor).await?,
    ];
    let account_id = approval.account_id;
    if !account::hold(tx, account_id, now).await? {
        return Err(NotApproved::AccountUnknown(account_id));
    }
    let proofs = verification::list_valid(tx, account_id, now).await?;
    if !proofs
        .iter()
        .any(|proof| proof.identity_level >= IdentityLevel::Town)
    {
        return Err(NotApproved::NotVerified);
    }
    let facts = fact::list_current(tx, &broker.master_key, account_id, now).await?;
    let part = |kind| {
        let fact = facts.iter().find(|fact| fact.kind == kind)?;
        fact.value.as_text()
    };
    let names = [FactKind::GivenName, FactKind::FamilyName].map(part);
    if let [Some(given), Some(family)] = names {
        let person = normalised(&format!("{given} {family}"));
        if let Some(own) = officers
            .into_iter()
            .find(|officer| normalised(&officer.name) == person)
        {
            return Err(NotApproved::OwnName(own.name));
        }
    }
    Ok(())
}

/// How long the roles of the last login are taken for those of today.
const SEEN_WITHIN: Duration = Duration::days(7);

async fn officer(
    broker: &Broker,
    tx: &mut Tx,
    id: StaffAccountId,
    role: Role,
) -> Result<StaffAccount, NotApproved> {
    let found = staff_account::lookup(tx, &broker.master_key, id).await?;
    let officer = found
        .filter(|officer| officer.disabled_at.is_none())
        .ok_or(NotApproved::OfficerUnknown(id))?;
    if broker.clock.now() - officer.logged_in_at > SEEN_WITHIN {
        return Err(NotApproved::OfficerAway(officer.name));
    }
    if officer.roles.contains(&role) {
        Ok(officer)
    } else {
        Err(NotApproved::RoleMissing {
            name: officer.name,
            role,
        })
    }
}

async fn check_not_held(
    tx: &mut Tx,
    approval: &Approval<'_>,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), NotApproved> {
    let number = approval.ico.as_ref().map(Ico::as_str);
    // One that has not begun yet is one, too.
    for held in mandate::list_open(tx, approval.account_id).await? {
        let is_same = held.upstream_link_id.is_none()
            && now < held.valid_until
            && match number {
                Some(_) => held.ico.as_deref() == number,
                None => held.ico.is_none() && normalised(&held.name) == normalised(name),
            };
        if is_same {
            return Err(NotApproved::Held(held.mandate_id));
        }
    }
    Ok(())
}
