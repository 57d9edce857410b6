//! What adding a way in comes to, decided from what is stored at this moment.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use federation::IdentityLevel;
use store::{StorageError, Tx};

use super::replace::replaceable;
use super::{Arrived, Likeness, Traits};
use crate::broker::Broker;
use crate::ids::{AccountId, UpstreamLinkId};
use crate::storage::account::Account;
use crate::storage::conflict::ConflictKind;
use crate::storage::{account, fact, upstream_link, verification};

/// What adding a way in comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be added.
    Link(Likeness),
    /// It is another account's, and both are the same registered person's: the two may become one.
    Merge {
        /// The other account.
        with: AccountId,
        /// How alike the two are.
        likeness: Likeness,
    },
    /// The account has another subject of this provider, and this one may take its place.
    Replace {
        /// The way in whose subject changes.
        link: UpstreamLinkId,
        /// How alike the two sides are.
        likeness: Likeness,
    },
    /// It is this account's already.
    Already,
    /// An officer has to decide.
    Dispute {
        /// Why.
        kind: ConflictKind,
        /// The other account, where there is one.
        other: Option<AccountId>,
    },
    /// The subject does not name one person for good; it can never be added to anything.
    Unlinkable,
    /// The account's own way in is such a one, and stays its only one.
    Alone,
}

/// Decides. The rules in order: a subject that names nobody for good is refused; what is linked is never moved silently;
/// one register of the state, and one bank, knows a person by one subject, which another one replaces only where the
/// configuration says so (`[account] replace`); then names and date of birth are compared.
pub async fn verdict(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Verdict, StorageError> {
    let assertion = arrived.assertion;
    if !assertion.is_linkable() {
        return Ok(Verdict::Unlinkable);
    }
    let links = upstream_link::list_by_account(tx, account_id).await?;
    if links.iter().any(|link| !link.linkable) {
        return Ok(Verdict::Alone);
    }
    let owner = owner(tx, arrived).await?;
    if owner == Owner::Several {
        return Ok(Verdict::Dispute {
            kind: ConflictKind::SubjectsJoined,
            other: None,
        });
    }
    if owner == Owner::Account(account_id) {
        return Ok(Verdict::Already);
    }

    let facts = fact::list_current(tx, &broker.master_key, account_id, now).await?;
    let ours = Traits::held(&facts);
    let level = assertion.levels().identity;
    let asserted = Traits::asserted(assertion.facts(), level);
    let has_state_subject = state_subject(tx, account_id, arrived.realm(), level, now).await?;
    if let Owner::Account(other) = owner {
        // Before names are compared: namesakes tell the same, and one register or bank tells them apart.
        let apart = if has_state_subject {
            Some(ConflictKind::SecondStateSubject)
        } else {
            told_apart(tx, [account_id, other], arrived.realm(), level, now).await?
        };
        return decide_merge(broker, tx, other, &ours, &asserted, apart, now).await;
    }
    // A namesake of the same bank tells the same names and date: only the bank tells the two apart.
    let is_second = |branch: &str| {
        links
            .iter()
            .any(|link| link.realm == arrived.realm() && link.knows_branch(branch))
    };
    let second = if has_state_subject {
        Some(ConflictKind::SecondStateSubject)
    } else if assertion.branch().is_some_and(is_second) {
        Some(ConflictKind::SecondSubject)
    } else {
        None
    };
    let likeness = ours.compare(&asserted);
    if let Some(kind) = second {
        let link = replaceable(broker, tx, arrived, &links, now).await?;
        let is_same = ours.verified && asserted.verified && likeness.is_same_person();
        return Ok(match link.filter(|_| is_same) {
            Some(link) => Verdict::Replace { link, likeness },
            None => dispute(kind),
        });
    }
    Ok(match likeness {
        Likeness::TooLittle => dispute(ConflictKind::NothingToCompare),
        Likeness::NamesDiffer => dispute(ConflictKind::NamesDiffer),
        Likeness::BirthDateDiffers => dispute(ConflictKind::BirthDateDiffers),
        likeness => Verdict::Link(likeness),
    })
}

const fn dispute(kind: ConflictKind) -> Verdict {
    Verdict::Dispute { kind, other: None }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Owner {
    Nobody,
    Account(AccountId),
    Several,
}

/// Who holds the subject, or one that the upstream says the person had before.
async fn owner(tx: &mut Tx, arrived: Arrived<'_>) -> Result<Owner, StorageError> {
    let mut owner = Owner::Nobody;
    let mut subjects = vec![arrived.assertion.subject()];
    subjects.extend(arrived.assertion.previous_subjects());
    for subject in subjects {
        let found = upstream_link::find_by_subject(tx, arrived.realm(), subject.as_str()).await?;
        if let Some(link) = found {
            owner = match owner {
                Owner::Nobody => Owner::Account(link.account_id),
                Owner::Account(known) if known == link.account_id => owner,
                _ => return Ok(Owner::Several),
            };
        }
    }
    Ok(owner)
}

/// Both accounts must be verified and tell the same person in full, and nobody who knows them by subjects may know them as two
/// (`apart`).
async fn decide_merge(
    broker: &Broker,
    tx: &mut Tx,
    other: AccountId,
    ours: &Traits,
    asserted: &Traits,
    apart: Option<ConflictKind>,
    now: DateTime<Utc>,
) -> Result<Verdict, StorageError> {
    let taken = Verdict::Dispute {
        kind: ConflictKind::SubjectTaken,
        other: Some(other),
    };
    if !account::lookup(tx, other)
        .await?
        .as_ref()
        .is_some_and(Account::is_active)
    {
        return Ok(taken);
    }
    if let Some(kind) = apart {
        return Ok(Verdict::Dispute {
            kind,
            other: Some(other),
        });
    }
    let facts = fact::list_current(tx, &broker.master_key, other, now).await?;
    let theirs = Traits::held(&facts);
    let likeness = ours.compare(&theirs);
    // What the other account says of itself and what its owner just proved must not differ either.
    let agrees = !matches!(
        theirs.compare(asserted),
        Likeness::NamesDiffer | Likeness::BirthDateDiffers
    );
    Ok(
        if ours.verified && theirs.verified && likeness.is_same_person() && agrees {
            Verdict::Merge {
                with: other,
                likeness,
            }
        } else {
            taken
        },
    )
}

/// Whether the account has a subject of this realm already, and the realm is a register of the state: it gives a person one
/// subject, so a second one is somebody else's or an officer's matter (local-identity 8.2, rule 8).
async fn state_subject(
    tx: &mut Tx,
    account_id: AccountId,
    realm: &str,
    level: IdentityLevel,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let mut links = upstream_link::list_by_account(tx, account_id).await?;
    links.retain(|link| link.realm == realm);
    if links.is_empty() {
        return Ok(false);
    }
    if level >= IdentityLevel::State {
        return Ok(true);
    }
    let proofs = verification::list_valid(tx, account_id, now).await?;
    Ok(links.iter().any(|link| {
        proofs.iter().any(|proof| {
            proof.upstream_link_id == Some(link.upstream_link_id)
                && proof.identity_level >= IdentityLevel::State
        })
    }))
}

/// Whether two accounts hold different subjects of one realm that the town or the state goes by: its keeper tells two persons
/// apart whose names and dates of birth are the same, so only an officer may call them one. `level` is what the subject of
/// `arrived` has just proved.
async fn told_apart(
    tx: &mut Tx,
    accounts: [AccountId; 2],
    arrived: &str,
    level: IdentityLevel,
    now: DateTime<Utc>,
) -> Result<Option<ConflictKind>, StorageError> {
    let [ours, theirs] = accounts;
    let (ours, theirs) = (realms(tx, ours, now).await?, realms(tx, theirs, now).await?);
    let shared = ours.iter().filter_map(|(realm, one)| {
        let other = theirs.get(realm)?;
        let fresh = (realm == arrived).then_some(level);
        Some(fresh.into_iter().fold(*one.max(other), Ord::max))
    });
    Ok(match shared.max() {
        Some(IdentityLevel::State | IdentityLevel::StateHigh) => {
            Some(ConflictKind::SecondStateSubject)
        }
        Some(IdentityLevel::Town) => Some(ConflictKind::SubjectTaken),
        _ => None,
    })
}

/// The realms of an account's ways in, each with the most that was proved through it.
async fn realms(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<BTreeMap<String, IdentityLevel>, StorageError> {
    let links = upstream_link::list_by_account(tx, account_id).await?;
    let proofs = verification::list_valid(tx, account_id, now).await?;
    let mut realms = BTreeMap::new();
    for link in links {
        let id = Some(link.upstream_link_id);
        let proved = proofs.iter().filter(|proof| proof.upstream_link_id == id);
        let proved = proved.map(|proof| proof.identity_level).max();
        let known = realms
            .entry(link.realm)
            .or_insert(IdentityLevel::Unverified);
        *known = proved.map_or(*known, |level| level.max(*known));
    }
    Ok(realms)
}
