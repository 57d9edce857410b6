//! How an officer's session ends.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, Utc};
use federation::{Realm, UpstreamSession};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use web::Random;

use super::Role;
use crate::broker::Broker;
use crate::ids::{StaffAccountId, StaffSessionId};
use crate::storage::staff_session::{StaffEnd, StaffSession};
use crate::storage::{staff_account, staff_session};

/// Ends a session within the caller's transaction. `false`, and nothing done, when it had ended before.
pub(super) async fn end(
    random: &Random,
    tx: &mut Tx,
    session: &StaffSession,
    reason: StaffEnd,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    if !staff_session::end(tx, session.staff_session_id, reason, now).await? {
        return Ok(false);
    }
    let ended = (session.staff_session_id, session.staff_account_id);
    record(random, tx, &ended_event(ended, reason, actor), now).await?;
    Ok(true)
}

/// Ends the sessions that no officer has used for so long.
pub(crate) async fn end_idle(
    random: &Random,
    tx: &mut Tx,
    idle: Duration,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    for ended in staff_session::end_idle(tx, now - idle, now).await? {
        let event = ended_event(ended, StaffEnd::Idle, Actor::System);
        record(random, tx, &event, now).await?;
    }
    Ok(())
}

fn ended_event(
    (session, officer): (StaffSessionId, StaffAccountId),
    reason: StaffEnd,
    actor: Actor,
) -> Event {
    Event {
        kind: "staff.session.ended",
        actor,
        subject: None,
        details: json!({ "staff": officer, "session": session, "reason": reason.as_str() }),
    }
}

async fn record(
    random: &Random,
    tx: &mut Tx,
    event: &Event,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    store::audit::record(tx, event, random.uuid_v7(now), random.bytes(), now).await
}

/// Ends the officers' sessions that a session at a provider stands behind. Returns how many.
pub(crate) async fn end_upstream(
    random: &Random,
    tx: &mut Tx,
    provider: &str,
    realm: &Realm,
    session: &UpstreamSession,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    let mut count = 0;
    for held in staff_session::list_by_upstream(tx, realm, session, now).await? {
        let actor = Actor::Provider(provider.to_owned());
        if end(random, tx, &held, StaffEnd::UpstreamLogout, actor, now).await? {
            count += 1;
        }
    }
    Ok(count)
}

/// Ends the sessions of an officer that were granted a role at the provider which is not among `granted`, what it said at `asked_at`;
/// what it granted later is none of this.
pub(super) async fn end_without(
    random: &Random,
    tx: &mut Tx,
    staff_account_id: StaffAccountId,
    granted: &[String],
    asked_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    for held in staff_session::list_by_account(tx, staff_account_id, now).await? {
        let lacks = held.granted.iter().any(|role| !granted.contains(role));
        if lacks && held.confirmed_at <= asked_at {
            let actor = Actor::Staff(staff_account_id.uuid());
            end(random, tx, &held, StaffEnd::RoleTaken, actor, now).await?;
        }
    }
    Ok(())
}

/// Takes from an officer the roles that their provider grants no more, and says what is left; `None` when there was none to take.
pub(super) async fn take_roles(
    broker: &Broker,
    tx: &mut Tx,
    staff_account_id: StaffAccountId,
    (provider, roles): (&str, &BTreeSet<Role>),
    now: DateTime<Utc>,
) -> Result<Option<BTreeSet<Role>>, StorageError> {
    let key = &broker.master_key;
    let Some(taken) = staff_account::keep_roles(tx, key, staff_account_id, roles).await? else {
        return Ok(None);
    };
    let event = roles_changed(
        Actor::Provider(provider.to_owned()),
        staff_account_id,
        &taken.before,
        &taken.now,
    );
    record(&broker.random, tx, &event, now).await?;
    Ok(Some(taken.now))
}

/// That an officer may do something else than before.
pub(super) fn roles_changed(
    actor: Actor,
    staff_account_id: StaffAccountId,
    before: &BTreeSet<Role>,
    now: &BTreeSet<Role>,
) -> Event {
    Event {
        kind: "staff.roles.changed",
        actor,
        subject: None,
        details: json!({ "staff": staff_account_id, "before": before, "now": now }),
    }
}

/// Switches an officer off and ends their sessions, within the caller's transaction. `false` when they were off already or are not
/// known.
pub async fn switch_off(
    random: &Random,
    tx: &mut Tx,
    staff_account_id: StaffAccountId,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    if !staff_account::set_disabled(tx, staff_account_id, Some(now)).await? {
        return Ok(false);
    }
    for held in staff_session::list_by_account(tx, staff_account_id, now).await? {
        let reason = StaffEnd::AccountDisabled;
        end(random, tx, &held, reason, actor.clone(), now).await?;
    }
    let event = Event {
        kind: "staff.disabled",
        actor: actor.clone(),
        subject: None,
        details: json!({ "staff": staff_account_id }),
    };
    record(random, tx, &event, now).await?;
    Ok(true)
}

/// Lets an officer in again, within the caller's transaction. `false` when they were not switched off.
pub async fn switch_on(
    random: &Random,
    tx: &mut Tx,
    staff_account_id: StaffAccountId,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    if !staff_account::set_disabled(tx, staff_account_id, None).await? {
        return Ok(false);
    }
    let event = Event {
        kind: "staff.enabled",
        actor: actor.clone(),
        subject: None,
        details: json!({ "staff": staff_account_id }),
    };
    record(random, tx, &event, now).await?;
    Ok(true)
}
