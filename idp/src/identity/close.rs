//! An account ends.

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use store::audit::{Actor, Event};
use store::jobs::{self, Claimed, Job};
use store::{StorageError, Tx};
use uuid::Uuid;

use super::dispute::dismiss_stale;
use crate::audit;
use crate::broker::Broker;
use crate::ids::AccountId;
use crate::mandate;
use crate::notices::{self, Notice};
use crate::oidc::backchannel;
use crate::session;
use crate::storage::account::{self, AccountState};
use crate::storage::browser_session::EndReason;
use crate::storage::{
    access_grant, account_merge, client_session, consent, erasure, mandate as mandates,
    upstream_link,
};

/// The kind of the job that erases what had to wait for the last letters.
const KIND: &str = "account.erase";
/// Why everything of an account ends.
const REASON: &str = "account_closed";
const LEASE: Duration = Duration::minutes(2);
/// Letters are on their way within seconds; a mail server that is away is tried for about a day.
const FIRST_LOOK: Duration = Duration::minutes(1);
const LOOK_EVERY: Duration = Duration::minutes(10);
const LONGEST: Duration = Duration::days(3);

/// Ends an account at its owner's wish. In order: every confirmed contact is told; ways in, mandates, sessions and entitlements end,
/// and clients hear of it; everything about the person is erased, here and in the accounts that had become part of this one. Its
/// subjects are strangers from now on, and its subject identifiers are never used again. `false` when it is not active.
///
/// The addresses themselves wait for their last letter ([`erase`]).
pub async fn close(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    close_for(broker, tx, account_id, Cause::Wish, now).await
}

/// Why an account ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Its owner wishes so: what the log tells of the circumstances goes with it.
    Wish,
    /// Its only login is over, and nobody can open it again. Nobody wished that, so the log keeps what it tells, for its own time: by whose
    /// data box and in what role somebody was here.
    Passed,
}

impl Cause {
    const fn actor(self, account_id: AccountId) -> Actor {
        match self {
            Self::Wish => Actor::Account(account_id.uuid()),
            Self::Passed => Actor::System,
        }
    }
}

/// Ends an account, as [`close`], for that cause.
pub(super) async fn close_for(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    cause: Cause,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let actor = cause.actor(account_id);
    if !account::hold(tx, account_id, now).await? {
        return Ok(false);
    }
    notices::enqueue(broker, tx, account_id, &Notice::AccountClosed, now).await?;
    // What follows is told by that one letter.
    erasure::end_contacts(tx, account_id, now).await?;
    end_all(broker, tx, account_id, &actor, now).await?;
    let parts = account_merge::list_parts(tx, account_id).await?;
    let mut erased = 0;
    // The parts first: letters of theirs may have gone to addresses that are this account's now.
    let parts = parts.into_iter().map(|(part, _)| part);
    for gone in parts.chain([account_id]) {
        end_consents(broker, tx, gone, &actor, now).await?;
        account::set_state(tx, gone, AccountState::Deleted, now).await?;
        erasure::end_contacts(tx, gone, now).await?;
        erasure::forget_person(tx, gone, now).await?;
        if !forget_told(tx, gone).await? {
            look_later(broker, tx, gone, now).await?;
        }
        // What happened, when and to which account stays in the chain; the circumstances, which are the person's, go.
        if cause == Cause::Wish {
            erased += store::audit::erase_details_of(tx, gone.uuid()).await?;
        }
    }
    let event = Event {
        kind: "account.deleted",
        actor,
        subject: Some(account_id.uuid()),
        details: json!({ "details_erased": erased }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(true)
}

/// Ways in, mandates, sessions, entitlements: each with an event of its own, as when it ends alone.
async fn end_all(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    for link in upstream_link::list_by_account(tx, account_id).await? {
        dismiss_stale(broker, tx, &link, now).await?;
        upstream_link::end(tx, link.upstream_link_id, now).await?;
        let details = json!({
            "provider": link.provider,
            "link": link.upstream_link_id,
            "reason": REASON,
        });
        record(broker, tx, "link.removed", account_id, actor, details, now).await?;
    }
    for held in mandates::list_open(tx, account_id).await? {
        let reason = mandate::EndReason::AccountClosed;
        mandate::end(broker, tx, &held, reason, actor.clone(), now).await?;
    }
    let in_use = client_session::list_clients_in_use(tx, account_id, now).await?;
    let reason = EndReason::Deleted;
    session::end_all_but(broker, tx, account_id, None, reason, actor, now).await?;
    // Those with offline access may have outlived their browser.
    for client_id in in_use {
        let ended = client_session::end_for_client(tx, account_id, &client_id, now).await?;
        backchannel::announce(broker, tx, &ended, now).await?;
        let details = json!({ "client": client_id, "reason": REASON });
        record(broker, tx, "grant.ended", account_id, actor, details, now).await?;
    }
    access_grant::revoke_for_account(tx, account_id, now).await?;
    Ok(())
}

/// What the person allowed services ends, in the account and in those that had become part of it.
async fn end_consents(
    broker: &Broker,
    tx: &mut Tx,
    of: AccountId,
    by: &Actor,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    for given in consent::list_by_account(tx, of).await? {
        consent::revoke(tx, of, &given.client_id, now).await?;
        let details = json!({ "client": given.client_id, "reason": REASON });
        record(broker, tx, "consent.revoked", of, by, details, now).await?;
    }
    Ok(())
}

/// That was done to something of the account `of`.
async fn record(
    broker: &Broker,
    tx: &mut Tx,
    kind: &'static str,
    of: AccountId,
    by: &Actor,
    details: Value,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let event = Event {
        kind,
        actor: by.clone(),
        subject: Some(of.uuid()),
        details,
    };
    audit::record(broker, tx, event, now).await
}

async fn forget_told(tx: &mut Tx, account_id: AccountId) -> Result<bool, StorageError> {
    let is_done = erasure::forget_told(tx, account_id).await?;
    if is_done {
        erasure::forget_language(tx, account_id).await?;
    }
    Ok(is_done)
}

async fn look_later(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let job = Job {
        kind: KIND,
        reference: account_id.to_string(),
        payload: json!({ "account": account_id, "closed_at": now }),
        due_at: now + FIRST_LOOK,
    };
    jobs::enqueue(tx, broker.random.uuid_v7(now), &job, now).await
}

/// Erases addresses of closed accounts whose last letters have gone, or will not go any more. Returns how many accounts were looked
/// at.
pub async fn erase(broker: &Broker) -> Result<usize, StorageError> {
    let now = broker.clock.now();
    let claimed = jobs::claim(&broker.db, &[KIND], broker.random.uuid_v4(), now, LEASE).await?;
    let count = claimed.len();
    for job in claimed {
        let mut tx = broker.db.begin().await?;
        match waits(&job) {
            Some((account_id, closed_at)) => {
                let is_over = closed_at + LONGEST <= now;
                if is_over {
                    erasure::forget_all_told(&mut tx, account_id).await?;
                }
                if forget_told(&mut tx, account_id).await? || is_over {
                    jobs::finish(&mut tx, &job).await?;
                } else {
                    jobs::again(&mut tx, &job, now + LOOK_EVERY).await?;
                }
            }
            None => jobs::give_up(&mut tx, &job, "unreadable", now).await?,
        }
        tx.commit().await?;
    }
    Ok(count)
}

fn waits(job: &Claimed) -> Option<(AccountId, DateTime<Utc>)> {
    let account_id: Uuid = job.reference.parse().ok()?;
    let closed_at = job.payload.get("closed_at")?.as_str()?.parse().ok()?;
    Some((AccountId::new(account_id), closed_at))
}
