//! Bringing a removed contact back (local-identity 3.6): whoever got into an account and removed the addresses of its owner
//! is undone by the owner, who still has the mailbox.
//!
//! The link stands in the mail that tells the removed mailbox of it, and in no table: the short-lived store keeps its hash. It
//! is good for three days and for this one removal, and needs no login. An address is brought back once: whoever removes it again
//! has signed in anew and means it, and else the mailbox could go on for ever. Where the account became part of another one meanwhile, the address
//! comes back there, and goes with its account if the merge is undone.

use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::code;
use crate::audit;
use crate::broker::Broker;
use crate::hash::sha256_text;
use crate::ids::{AccountId, ContactId};
use crate::login::ids::UndoToken;
use crate::notices::{self, Notice};
use crate::session;
use crate::storage::browser_session::EndReason;
use crate::storage::contact::{self, Contact, ContactKind};
use crate::storage::{access_grant, account, account_merge, merge_item};

/// How long a removed contact can be brought back.
const WITHIN: Duration = Duration::hours(72);

/// What a link stands for.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    contact_id: ContactId,
    removed_at: DateTime<Utc>,
}

/// A link that is good.
#[derive(Clone, Debug)]
pub(crate) struct Undoing {
    /// The contact, as it was.
    pub(crate) contact: Contact,
    removed_at: DateTime<Utc>,
}

/// A fresh link for a mail.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// Its path.
    pub(crate) path: String,
    /// Until when it is good.
    pub(crate) until: DateTime<Utc>,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undone {
    /// The contact is back.
    Done,
    /// It was brought back or removed anew meanwhile, or the account is no more.
    Gone,
    /// The address is proven for another account since then.
    Elsewhere,
}

/// Draws a link that brings a contact back. `None`: it is back already, came back once before, or its time is over.
pub(crate) async fn draw(
    broker: &Broker,
    tx: &mut Tx,
    contact_id: ContactId,
    now: DateTime<Utc>,
) -> Result<Option<Link>, StorageError> {
    let contact = contact::lookup(tx, &broker.master_key, contact_id).await?;
    let contact = contact.filter(|contact| contact.restored_at.is_none());
    let Some(removed_at) = contact.and_then(|contact| contact.ended_at) else {
        return Ok(None);
    };
    let until = removed_at + WITHIN;
    if until <= now {
        return Ok(None);
    }
    let token = UndoToken::new(&broker.random);
    let kept = Kept {
        contact_id,
        removed_at,
    };
    let mut store = broker.short_lived.within(tx);
    store
        .put_json(&key(&token), &kept, until - now, now)
        .await?;
    let path = path(&token);
    Ok(Some(Link { path, until }))
}

/// The page of a link.
pub(crate) fn path(token: &UndoToken) -> String {
    format!("/account/contacts/undo/{token}")
}

/// What a link stands for, while it is good.
pub(crate) async fn find(
    broker: &Broker,
    tx: &mut Tx,
    token: &UndoToken,
    now: DateTime<Utc>,
) -> Result<Option<Undoing>, StorageError> {
    let mut store = broker.short_lived.within(tx);
    let kept: Option<Kept> = store.get_json(&key(token), now).await?;
    let Some(kept) = kept else {
        return Ok(None);
    };
    let contact = contact::lookup(tx, &broker.master_key, kept.contact_id).await?;
    let removed_at = kept.removed_at;
    Ok(contact
        .filter(|contact| contact.ended_at == Some(removed_at))
        .map(|contact| Undoing {
            contact,
            removed_at,
        }))
}

/// Whose account a link is about, good or not any more; for the audit log.
pub(crate) async fn owner(
    broker: &Broker,
    tx: &mut Tx,
    token: &UndoToken,
    now: DateTime<Utc>,
) -> Result<Option<AccountId>, StorageError> {
    let mut store = broker.short_lived.within(tx);
    let kept: Option<Kept> = store.get_json(&key(token), now).await?;
    let Some(kept) = kept else {
        return Ok(None);
    };
    let contact = contact::lookup(tx, &broker.master_key, kept.contact_id).await?;
    Ok(contact.map(|contact| contact.account_id))
}

/// Brings the contact back, ends every session and every code that is on its way, and tells everybody: who removed it may sit
/// in any of them. Of any number of callers one is [`Undone::Done`]. [`StorageError::Conflict`]: somebody else proves the address at this moment.
pub(crate) async fn undo(
    broker: &Broker,
    tx: &mut Tx,
    undoing: &Undoing,
    now: DateTime<Utc>,
) -> Result<Undone, StorageError> {
    let Contact {
        contact_id,
        kind,
        value,
        ..
    } = &undoing.contact;
    let (contact_id, kind) = (*contact_id, *kind);
    let key = &broker.master_key;
    let merges = account_merge::list_upwards(tx, undoing.contact.account_id).await?;
    let account_id = merges
        .last()
        .map_or(undoing.contact.account_id, |merge| merge.survivor_id);
    // A merge that is undone at this moment has ended by then, or waits.
    if !account::hold(tx, account_id, now).await?
        || account_merge::survivor_of(tx, undoing.contact.account_id).await? != account_id
    {
        return Ok(Undone::Gone);
    }
    // The same address may have been added anew. Confirmed, it is back already; only stated, it makes room.
    let current = contact::find_current(tx, key, account_id, kind, value).await?;
    match current {
        Some(current) if current.proven_at.is_some() => return Ok(Undone::Gone),
        Some(_) => {
            contact::discard_stated(tx, key, account_id, kind, value).await?;
        }
        None => {}
    }
    if contact::is_proven_elsewhere(tx, contact_id).await? {
        return Ok(Undone::Elsewhere);
    }
    if !contact::restore(tx, contact_id, undoing.removed_at, account_id, now).await? {
        return Ok(Undone::Gone);
    }
    for merge in merges {
        merge_item::add_contact(tx, merge.merge_id, contact_id).await?;
    }
    forget_codes(broker, tx, account_id).await?;
    // Nobody is signed in by the link; whoever opened it has the mailbox.
    let actor = Actor::Anonymous;
    let reason = EndReason::ContactRestored;
    session::end_all_but(broker, tx, account_id, None, reason, &actor, now).await?;
    access_grant::revoke_for_account(tx, account_id, now).await?;
    let event = Event {
        kind: "contact.restored",
        actor,
        subject: Some(account_id.uuid()),
        details: json!({ "contact": contact_id }),
    };
    audit::record(broker, tx, event, now).await?;
    notices::enqueue(broker, tx, account_id, &Notice::ContactRestored, now).await?;
    Ok(Undone::Done)
}

/// Codes that were asked for before count no more: who asked for them may be who is undone here.
async fn forget_codes(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
) -> Result<(), StorageError> {
    for contact in contact::list_current(tx, &broker.master_key, account_id).await? {
        if contact.kind == ContactKind::Email && contact.proven_at.is_none() {
            code::forget(broker, tx, contact.contact_id).await?;
        }
    }
    Ok(())
}

fn key(token: &UndoToken) -> String {
    format!("contact-undo:{}", sha256_text(token.as_str().as_bytes()))
}
