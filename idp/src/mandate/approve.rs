//! Mandates that an officer saw and approved: a power of attorney, an entry of a register, a court's decision.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use federation::{BodyKind, IdentityLevel};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};
use uuid::Uuid;

use super::{Act, EndReason, end};
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, MandateId};
use crate::notices::{self, Notice};
use crate::storage::mandate::{self, Mandate};

/// A mandate about to be approved.
#[derive(Clone, Debug)]
pub struct NewMandate<'a> {
    /// Who will act.
    pub account_id: AccountId,
    /// What kind of body.
    pub kind: BodyKind,
    /// Its identification number, where it has one.
    pub ico: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
    /// How the officer saw it: `counter`, `register`, …
    pub source: &'a str,
    /// What the person may do for the body.
    pub scope: BTreeSet<Act>,
    /// How well it is proved.
    pub level: IdentityLevel,
    /// The staff account of the officer.
    pub approved_by: Uuid,
    /// From when it counts.
    pub valid_from: DateTime<Utc>,
    /// Until when it counts.
    pub valid_until: DateTime<Utc>,
}

/// Adds an approved mandate within the caller's transaction. Whether the officer may, the caller has asked.
pub async fn add(
    broker: &Broker,
    tx: &mut Tx,
    new: NewMandate<'_>,
    now: DateTime<Utc>,
) -> Result<MandateId, StorageError> {
    let mandate_id = MandateId::new(broker.random.uuid_v7(now));
    let added = Mandate {
        mandate_id,
        account_id: new.account_id,
        kind: new.kind,
        ico: new.ico.map(str::to_owned),
        name: new.name.to_owned(),
        source: new.source.to_owned(),
        upstream_link_id: None,
        reference: None,
        role: None,
        scope: new.scope,
        level: new.level,
        approved_by: Some(new.approved_by),
        shown_at: now,
        valid_from: new.valid_from,
        valid_until: new.valid_until,
        revoked_at: None,
    };
    mandate::add(tx, &added, now).await?;
    let event = Event {
        kind: "mandate.added",
        actor: Actor::Staff(new.approved_by),
        subject: Some(new.account_id.uuid()),
        details: json!({ "mandate": mandate_id, "source": added.source, "scope": added.scope }),
    };
    audit::record(broker, tx, event, now).await?;
    let notice = Notice::MandateAdded {
        body: added.name.clone(),
    };
    notices::enqueue(broker, tx, new.account_id, &notice, now).await?;
    Ok(mandate_id)
}

/// Ends a mandate on an officer's word, within the caller's transaction. `false` when there is none that stands.
pub async fn withdraw(
    broker: &Broker,
    tx: &mut Tx,
    mandate_id: MandateId,
    officer: Uuid,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    match mandate::lookup(tx, mandate_id).await? {
        Some(mandate) => {
            let actor = Actor::Staff(officer);
            end(broker, tx, &mandate, EndReason::Withdrawn, actor, now).await
        }
        None => Ok(false),
    }
}
