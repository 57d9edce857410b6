//! What the rules do not decide, and what an upstream reports, goes to the officers' queue.

use chrono::{DateTime, Utc};
use federation::{Assertion, FactKind};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::Arrived;
use super::admit::former_links;
use super::ruled::told_by;
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, ConflictId};
use crate::storage::conflict::{self, Closing, ConflictDetails, ConflictKind, NewConflict};
use crate::storage::fact;
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
        kinds: &[],
        assertion: Some(arrived.assertion),
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
    /// The kinds of facts that we could have of it.
    pub kinds: &'a [FactKind],
    /// The login that it came with. `None`: the upstream reported it by itself.
    pub assertion: Option<&'a Assertion>,
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
        kinds: report.kinds,
        assertion: report.assertion,
        actor: Actor::Provider(report.provider.to_owned()),
    };
    open(broker, tx, case, now).await
}

/// The person came by a link that was stale. What this login read again is out of date no more, and neither is what we never
/// had from there; when nothing else has changed, nobody has to look any more. `subjects` are those that the link has and had.
/// `false`: something of it is out of date still.
pub(super) async fn read_again(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    subjects: &[&str],
    read: &[FactKind],
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let key = &broker.master_key;
    let facts = fact::list_current(tx, key, link.account_id, now).await?;
    let is_stale = |kind: FactKind| {
        !read.contains(&kind)
            && facts.iter().any(|fact| {
                let source = fact.source.as_ref();
                fact.kind == kind
                    && source.and_then(|source| source.upstream_link_id)
                        == Some(link.upstream_link_id)
            })
    };
    let kind = ConflictKind::LinkStale;
    let mut is_settled = true;
    for subject in subjects {
        for id in conflict::list_about(tx, kind, &link.realm, subject).await? {
            match conflict::narrow(tx, key, id, is_stale, now).await? {
                Some(0) => {
                    conflict::close(tx, id, Closing::Resolved, now).await?;
                    record_closed(broker, tx, id, kind, now).await?;
                }
                Some(_) => is_settled = false,
                None => {}
            }
        }
    }
    Ok(is_settled)
}

/// The kinds of facts that somebody's next login through a provider should read again, since it said that they changed.
pub async fn out_of_date(
    broker: &Broker,
    account_id: AccountId,
    provider: &str,
) -> Result<Vec<FactKind>, StorageError> {
    let mut tx = broker.db.read().await?;
    let cases = conflict::list_open(&mut tx, &broker.master_key, account_id).await?;
    let stale = cases
        .into_iter()
        .filter(|case| case.kind == ConflictKind::LinkStale && case.provider == provider);
    Ok(stale.flat_map(|case| case.details.kinds).collect())
}

/// A stale link is taken away: nobody has to look any more. `subjects` are those that the link has and had.
async fn settle_stale(
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
            record_closed(broker, tx, conflict_id, kind, now).await?;
        }
    }
    Ok(())
}

async fn record_closed(
    broker: &Broker,
    tx: &mut Tx,
    conflict_id: ConflictId,
    kind: ConflictKind,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let event = Event {
        kind: "conflict.closed",
        actor: Actor::System,
        subject: None,
        details: json!({ "conflict": conflict_id, "kind": kind.as_str() }),
    };
    audit::record(broker, tx, event, now).await
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
    kinds: &'a [FactKind],
    assertion: Option<&'a Assertion>,
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
        kinds,
        assertion,
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
    let (mut told, mut links) = (None, Vec::new());
    if let Some(assertion) = assertion {
        told = told_by(assertion);
        let arrived = Arrived {
            provider,
            assertion,
        };
        let former = former_links(broker, tx, arrived).await?;
        links.extend(former.iter().map(|link| link.upstream_link_id));
    }
    let details = ConflictDetails {
        claims: claims.to_vec(),
        kinds: kinds.to_vec(),
        subject: Some(subject.to_owned()),
        told,
        links,
        explanation: None,
    };
    let Some(conflict_id) = conflict::open(tx, key, conflict, &details, now).await? else {
        if claims.is_empty() && details.told.is_none() {
            return Ok(());
        }
        if let Some(id) = conflict::find_open(tx, account_id, kind, realm, subject).await? {
            if !claims.is_empty() {
                conflict::add_claims(tx, key, id, claims, kinds, now).await?;
            }
            if let Some(told) = &details.told {
                conflict::add_told(tx, key, id, subject, told, &details.links, now).await?;
            }
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
