//! Mandates that officers saw and approved: a power of attorney, an entry of a register, a court's decision.

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
    /// The person's part in the body, where somebody named it.
    pub role: Option<&'a str>,
    /// How the officer saw it: `counter`, `register`, …
    pub source: &'a str,
    /// What the person may do for the body.
    pub scope: BTreeSet<Act>,
    /// How well it is proved.
    pub level: IdentityLevel,
    /// The staff account of the officer.
    pub approved_by: Uuid,
    /// The staff account of the officer who agreed.
    pub second_officer: Uuid,
    /// Number of the paper that the officers saw, for the audit log.
    pub evidence: Option<&'a str>,
    /// From when it counts.
    pub valid_from: DateTime<Utc>,
    /// Until when it counts.
    pub valid_until: DateTime<Utc>,
}

/// Adds an approved mandate within the caller's transaction, and tells the person. Whether the officers may, the caller has asked
/// ([`super::proposal`]). `actor` is whoever writes it down.
pub async fn add(
    broker: &Broker,
    tx: &mut Tx,
    new: NewMandate<'_>,
    actor: Actor,
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
        role: new.role.map(str::to_owned),
        scope: new.scope,
        level: new.level,
        approved_by: Some(new.approved_by),
        second_officer: Some(new.second_officer),
        shown_at: now,
        valid_from: new.valid_from,
        valid_until: new.valid_until,
        revoked_at: None,
    };
    mandate::add(tx, &added, now).await?;
    let event = Event {
        kind: "mandate.added",
        actor,
        subject: Some(new.account_id.uuid()),
        details: json!({
            "mandate": mandate_id,
            "source": added.source,
            "scope": added.scope,
            "approved_by": added.approved_by,
            "second_officer": added.second_officer,
            "evidence": new.evidence,
            "valid_until": added.valid_until,
        }),
    };
    audit::record(broker, tx, event, now).await?;
    let notice = Notice::MandateAdded {
        body: added.name.clone(),
    };
    notices::enqueue(broker, tx, new.account_id, &notice, now).await?;
    Ok(mandate_id)
}

/// Ends a mandate that the town takes back, within the caller's transaction, and tells the person. `false` when there is none
/// that stands.
pub async fn withdraw(
    broker: &Broker,
    tx: &mut Tx,
    mandate_id: MandateId,
    actor: Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    match mandate::lookup(tx, mandate_id).await? {
        Some(mandate) => end(broker, tx, &mandate, EndReason::Withdrawn, actor, now).await,
        None => Ok(false),
    }
}
