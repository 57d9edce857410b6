//! People who act for a body as members of its statutory body: whether they still are, by the public register (local-identity 10).
//!
//! 1. Asked for are bodies for which somebody acts as such: by a data box as its primary user, or because officers saw the register.
//!    Once a day for each body, whichever replica asks and however often it starts; only a register that could not tell is asked again
//!    with the next round.
//! 2. A person is known by names and date of birth that somebody vouches for, compared as [`Traits`] are. Where the register tells no
//!    date of birth, the names have to be the same to the letter.
//! 3. Whoever has a seat that lasts goes on, and so does whoever may have one: under another family name, or hidden by the register,
//!    or behind a legal person, entered since the seat that ended.
//! 4. Whoever has only seats that ended acts no more. The newer word counts: a box that let the person in on a later day than the
//!    register ended the seat is believed, and so are officers who approved the mandate later; what they bring back stays.
//! 5. Whoever is not found goes on: the register hides people, knows some bodies not at all, names no one behind a legal person, and
//!    writes names in its own way. That nobody is found proves nothing.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use federation::BodyKind;
use store::audit::Actor;
use store::{StorageError, Tx};
use web::texts::prague_day;

use super::{Act, EndReason, end};
use crate::ares::{AresError, Ico, Member, Person, Who};
use crate::broker::Broker;
use crate::identity::{Likeness, Traits};
use crate::storage::mandate::{self, Mandate};
use crate::storage::{account, ares_subject, fact};

/// How long one answer serves.
const DAY: Duration = Duration::days(1);
/// The role of statutory bodies at their data box; a liquidator, a receiver and a guardian have theirs from elsewhere.
const PRIMARY_USER: &str = "PRIMARY_USER";
/// The source of what officers saw in a public register.
const REGISTER: &str = "register";

/// Asks who sits in the statutory bodies of a body, unless that was asked within a day, and ends the mandates of those who do no
/// more. Returns how many ended.
pub(super) async fn check_members(
    broker: &Broker,
    ico: &Ico,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    let mut tx = broker.db.read().await?;
    let held = list_as_members(&mut tx, ico, now).await?;
    drop(tx);
    if held.is_empty() || !begin(broker, ico, now).await? {
        return Ok(0);
    }
    let error = match end_who_left(broker, ico, held, now).await {
        Ok(count) => return Ok(count),
        Err(error) => error,
    };
    let mut tx = broker.db.begin().await?;
    ares_subject::forget_asking_for_members(&mut tx, ico.as_str()).await?;
    tx.commit().await?;
    match error {
        AresError::Storage(error) => Err(error),
        AresError::NotConfigured | AresError::Unavailable(_) => {
            let error: &dyn std::error::Error = &error;
            tracing::info!(
                error,
                "members of a statutory body could not be looked up and will be later"
            );
            Ok(0)
        }
    }
}

async fn end_who_left(
    broker: &Broker,
    ico: &Ico,
    held: Vec<Mandate>,
    now: DateTime<Utc>,
) -> Result<usize, AresError> {
    let members = broker.ares.statutory_members(ico, now).await?;
    let members = members.unwrap_or_default();
    let mut count = 0;
    for held in held {
        let mut tx = broker.db.read().await?;
        let has_left = has_left(broker, &mut tx, &held, &members, now).await?;
        drop(tx);
        if has_left && end_if_still(broker, &held, &members, now).await? {
            count += 1;
        }
    }
    Ok(count)
}

/// Mandates for a body whose people act as members of its statutory body, and whose time is not over.
async fn list_as_members(
    tx: &mut Tx,
    ico: &Ico,
    now: DateTime<Utc>,
) -> Result<Vec<Mandate>, StorageError> {
    let mut held = mandate::list_by_number(tx, ico.as_str()).await?;
    held.retain(|held| now < held.valid_until && is_as_member(held));
    Ok(held)
}

fn is_as_member(held: &Mandate) -> bool {
    if held.kind == BodyKind::SoleTrader {
        return false;
    }
    if held.upstream_link_id.is_some() {
        held.role.as_deref() == Some(PRIMARY_USER) && held.scope.contains(&Act::Manage)
    } else {
        held.source == REGISTER
    }
}

/// Takes the question of the day; `false` when it was asked.
async fn begin(broker: &Broker, ico: &Ico, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let mut tx = broker.db.begin().await?;
    let begun =
        ares_subject::begin_asking_for_members(&mut tx, ico.as_str(), now - DAY, now).await?;
    tx.commit().await?;
    Ok(begun)
}

/// Ends a mandate, unless a login has shown it since it was read.
async fn end_if_still(
    broker: &Broker,
    held: &Mandate,
    members: &[Member],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let mut tx = broker.db.begin().await?;
    // A login that shows it anew waits, or has been here before.
    account::hold(&mut tx, held.account_id, now).await?;
    let Some(still) = mandate::lookup(&mut tx, held.mandate_id).await? else {
        return Ok(false);
    };
    if !is_as_member(&still) || !has_left(broker, &mut tx, &still, members, now).await? {
        return Ok(false);
    }
    let reason = EndReason::NotAMember;
    let ended = end(broker, &mut tx, &still, reason, Actor::System, now).await?;
    tx.commit().await?;
    Ok(ended)
}

/// Whether the register says that whoever holds the mandate has left, and nobody says otherwise since.
async fn has_left(
    broker: &Broker,
    tx: &mut Tx,
    held: &Mandate,
    members: &[Member],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let facts = fact::list_current(tx, &broker.master_key, held.account_id, now).await?;
    let left = match standing(members, &Traits::held(&facts)) {
        Standing::Left(day) => day,
        Standing::Member => return Ok(false),
        Standing::Unknown => {
            tracing::debug!(
                mandate.id = %held.mandate_id,
                "the register does not tell whether somebody who acts for a body is in its statutory body"
            );
            return Ok(false);
        }
    };
    Ok(prague_day(held.shown_at) <= left)
}

/// What the register says of a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// They have, or may have, a seat that lasts.
    Member,
    /// They had seats, the last of which ended that day.
    Left(NaiveDate),
    /// It does not tell.
    Unknown,
}

fn standing(members: &[Member], held: &Traits) -> Standing {
    let mut left = None;
    for member in members {
        match (&member.who, member.until) {
            (Who::Person(person), Some(until)) if is_same(held, person) => {
                left = left.max(Some(until));
            }
            (Who::Person(person), None) if may_be(held, person) => return Standing::Member,
            _ => {}
        }
    }
    let Some(left) = left else {
        return Standing::Unknown;
    };
    let may_be_back = members.iter().any(|member| {
        !matches!(member.who, Who::Person(_))
            && member.until.is_none()
            && member.entered.is_none_or(|day| day >= left)
    });
    if may_be_back {
        Standing::Unknown
    } else {
        Standing::Left(left)
    }
}

/// Whether somebody of the register is the person.
fn is_same(held: &Traits, person: &Person) -> bool {
    if person.born.is_some() {
        return held.compare(&traits(person)).is_same_person();
    }
    let told = Traits {
        born: held.born,
        ..traits(person)
    };
    held.compare(&told) == Likeness::Equal
}

/// Whether somebody of the register may be the person: nothing contradicts it but, at most, a family name.
fn may_be(held: &Traits, person: &Person) -> bool {
    let told = traits(person);
    let renamed = Traits {
        family: held.family.clone(),
        ..told.clone()
    };
    let likeness = held.compare(&told);
    !matches!(likeness, Likeness::NamesDiffer | Likeness::BirthDateDiffers)
        || held.compare(&renamed).is_same_person()
}

fn traits(person: &Person) -> Traits {
    Traits {
        given: Some(person.given.clone()),
        family: Some(person.family.clone()),
        born: person.born,
        verified: true,
    }
}

#[cfg(test)]
mod tests;
