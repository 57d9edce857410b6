//! What the rules do not decide, and what an upstream reports, goes to the officers' queue.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::Arrived;
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, ConflictId};
use crate::storage::conflict::{self, Closing, ConflictDetails, ConflictKind, NewConflict};
use crate::storage::upstream_link::{self, UpstreamLink};

/// Opens a case about a link or merge that the rules do not decide, and records it; the same case is opened once.
pub async fn dispute(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    kind: ConflictKind,
    account_id: AccountId,
    other_account_id: Option<AccountId>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let case = Case {
        kind,
        account_id,
        other_account_id,
        provider: arrived.provider,
        realm: arrived.realm(),
        subject: arrived.subject(),
        claims: &[],
        actor: Actor::Account(account_id.uuid()),
    };
    open(broker, tx, case, now).await
}

/// What an upstream reports of somebody whom we know.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// What an officer has to look into.
    pub kind: ConflictKind,
    /// Whose link it is.
    pub account_id: AccountId,
    /// Configuration entry of the upstream.
    pub provider: &'a str,
    /// Its realm.
    pub realm: &'a str,
    /// Whom it is about.
    pub subject: &'a str,
    /// What has changed, in the upstream's names.
    pub claims: &'a [String],
}

/// Brings what an upstream reports before an officer: a case of its own, or one more line in the case that is open already.
pub async fn report(
    broker: &Broker,
    tx: &mut Tx,
    report: Report<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let case = Case {
        kind: report.kind,
        account_id: report.account_id,
        other_account_id: None,
        provider: report.provider,
        realm: report.realm,
        subject: report.subject,
        claims: report.claims,
        actor: Actor::Provider(report.provider.to_owned()),
    };
    open(broker, tx, case, now).await
}

/// The person came by a link that was stale, or took it away: nobody has to look any more. `subjects` are those that the
/// link has and had.
pub(super) async fn settle_stale(
    broker: &Broker,
    tx: &mut Tx,
    realm: &str,
    subjects: &[&str],
    closing: Closing,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let kind = ConflictKind::LinkStale;
    for subject in subjects {
        for conflict_id in conflict::close_about(tx, kind, realm, subject, closing, now).await? {
            let event = Event {
                kind: "conflict.closed",
                actor: Actor::System,
                subject: None,
                details: json!({ "conflict": conflict_id, "kind": kind.as_str() }),
            };
            audit::record(broker, tx, event, now).await?;
        }
    }
    Ok(())
}

/// A link is about to end: what is stale of it is nobody's matter any more. What is grave stays an officer's.
pub(super) async fn dismiss_stale(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    if link.stale_since.is_none() {
        return Ok(());
    }
    let subject = upstream_link::find_subject(tx, link.upstream_link_id).await?;
    let subjects: Vec<&str> = subject.as_deref().into_iter().collect();
    let closing = Closing::Dismissed;
    settle_stale(broker, tx, &link.realm, &subjects, closing, now).await
}

struct Case<'a> {
    kind: ConflictKind,
    account_id: AccountId,
    other_account_id: Option<AccountId>,
    provider: &'a str,
    realm: &'a str,
    subject: &'a str,
    claims: &'a [String],
    actor: Actor,
}

async fn open(
    broker: &Broker,
    tx: &mut Tx,
    case: Case<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let Case {
        kind,
        account_id,
        other_account_id,
        provider,
        realm,
        subject,
        claims,
        actor,
    } = case;
    let key = &broker.master_key;
    let conflict = NewConflict {
        conflict_id: ConflictId::new(broker.random.uuid_v7(now)),
        kind,
        account_id,
        other_account_id,
        provider,
        realm,
        subject,
    };
    let details = ConflictDetails {
        claims: claims.to_vec(),
        ..ConflictDetails::default()
    };
    let Some(conflict_id) = conflict::open(tx, key, conflict, &details, now).await? else {
        if !claims.is_empty()
            && let Some(id) = conflict::find_open(tx, account_id, kind, realm, subject).await?
        {
            conflict::add_claims(tx, key, id, claims, now).await?;
        }
        return Ok(());
    };
    let event = Event {
        kind: "conflict.opened",
        actor,
        subject: Some(account_id.uuid()),
        details: json!({
            "conflict": conflict_id,
            "kind": kind.as_str(),
            "provider": provider,
            "other": other_account_id,
        }),
    };
    audit::record(broker, tx, event, now).await
}
