//! Why a way in was not added, for the audit log: one kind of event per reason.

use chrono::{DateTime, Duration, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use crate::audit;
use crate::broker::Broker;
use crate::identity::Verdict;
use crate::ids::AccountId;
use crate::storage::conflict::ConflictKind;

/// So many refused attempts a day, then an officer (local-identity 12).
const REFUSED_A_DAY: i64 = 3;

/// Why a way in was not added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Another session is signed in than the one that began.
    SessionChanged,
    /// The proposed link is another browser's, session's or account's.
    Foreign,
    /// The proposed link is no more.
    Gone,
    /// The provider let an old login count.
    NotAnew,
    /// The subject names nobody for good.
    Unlinkable,
    /// The account's own way in is such a one.
    Alone,
    /// The rules do not decide it.
    Disputed(ConflictKind),
    /// The way in is the last one, and stays.
    LastWayIn,
    /// A service in use needs the way in, and it stays.
    Needed,
    /// Accounts that became one, and can still be parted, need the way in, and it stays.
    Merged,
}

impl Reason {
    /// What a verdict refuses for; `None` when it refuses nothing.
    pub(crate) const fn of(verdict: Verdict) -> Option<Self> {
        match verdict {
            Verdict::Link(_)
            | Verdict::Replace { .. }
            | Verdict::Merge { .. }
            | Verdict::Already => None,
            Verdict::Dispute { kind, .. } => Some(Self::Disputed(kind)),
            Verdict::Unlinkable => Some(Self::Unlinkable),
            Verdict::Alone => Some(Self::Alone),
        }
    }

    /// The reason alone, for metrics.
    pub(super) fn code(self) -> &'static str {
        let kind = self.kind();
        kind.strip_prefix("link.refused.").unwrap_or(kind)
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::SessionChanged => "link.refused.session-changed",
            Self::Foreign => "link.refused.foreign",
            Self::Gone => "link.refused.gone",
            Self::NotAnew => "link.refused.not-anew",
            Self::Unlinkable => "link.refused.unlinkable",
            Self::Alone => "link.refused.alone",
            Self::LastWayIn => "link.refused.last-way-in",
            Self::Needed => "link.refused.needed",
            Self::Merged => "link.refused.merged",
            Self::Disputed(ConflictKind::NamesDiffer) => "link.refused.names-differ",
            Self::Disputed(ConflictKind::BirthDateDiffers) => "link.refused.birth-date-differs",
            Self::Disputed(ConflictKind::NothingToCompare) => "link.refused.nothing-to-compare",
            Self::Disputed(ConflictKind::SubjectTaken) => "link.refused.subject-taken",
            Self::Disputed(ConflictKind::SecondStateSubject) => "link.refused.second-state-subject",
            Self::Disputed(ConflictKind::SecondSubject) => "link.refused.second-subject",
            Self::Disputed(ConflictKind::SubjectsJoined) => "link.refused.subjects-joined",
            // Reports of an upstream; no verdict comes to one.
            Self::Disputed(
                ConflictKind::LinkStale
                | ConflictKind::GraveChange
                | ConflictKind::SubjectChanged
                | ConflictKind::NameChanged,
            ) => "link.refused.reported",
        }
    }
}

fn event(reason: Reason, account: Option<AccountId>, provider: &str) -> Event {
    Event {
        kind: reason.kind(),
        actor: account.map_or(Actor::Anonymous, |id| Actor::Account(id.uuid())),
        subject: account.map(AccountId::uuid),
        details: json!({ "provider": provider }),
    }
}

/// Records a refusal in the caller's transaction.
pub(crate) async fn record(
    broker: &Broker,
    tx: &mut Tx,
    reason: Reason,
    account: Option<AccountId>,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    tracing::info!(
        event.kind = reason.kind(),
        provider.id = provider,
        "a way in was not added"
    );
    audit::record(broker, tx, event(reason, account, provider), now).await
}

/// Records a refusal on its own.
pub(crate) async fn record_alone(
    broker: &Broker,
    reason: Reason,
    account: Option<AccountId>,
    provider: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    tracing::info!(
        event.kind = reason.kind(),
        provider.id = provider,
        "a way in was not added"
    );
    audit::record_alone(broker, event(reason, account, provider), now).await
}

/// Counts an attempt that the rules refused.
pub(super) async fn count(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut store = broker.short_lived.within(tx);
    store
        .increment(&counter(account_id), Duration::days(1), now)
        .await
        .map(drop)
}

/// Whether an account has had its refused attempts for a day.
pub(super) async fn has_had_enough(
    broker: &Broker,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let count = broker.short_lived.count(&counter(account_id), now).await?;
    Ok(count >= REFUSED_A_DAY)
}

fn counter(account_id: AccountId) -> String {
    format!("link-refused:{account_id}")
}
