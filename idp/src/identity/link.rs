//! A subject becomes one more way into an account.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::{Arrived, Tie};
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, UpstreamLinkId};
use crate::notices::{self, Notice};
use crate::storage::upstream_link::{self, NewUpstreamLink};
use crate::storage::{account_merge, merge_item};

/// Adds the link. What a merge that stands had brought, and was removed meanwhile, counts as brought by it again. `None`, and nothing added, when somebody holds the subject by now. The caller asked
/// [`super::verdict`] in the same transaction and records what the login proved.
pub async fn link(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Option<Tie>, StorageError> {
    let upstream_link_id = UpstreamLinkId::new(broker.random.uuid_v7(now));
    let link = NewUpstreamLink {
        upstream_link_id,
        account_id,
        realm: arrived.realm(),
        subject: arrived.subject(),
        provider: arrived.provider,
        linkable: true,
        passing: false,
    };
    if !upstream_link::add(tx, link, now).await? {
        return Ok(None);
    }
    for merge in account_merge::list_within(tx, account_id).await? {
        let (realm, subject) = (arrived.realm(), arrived.subject());
        merge_item::take_again(tx, merge.merge_id, upstream_link_id, realm, subject).await?;
    }
    note(broker, tx, account_id, upstream_link_id, arrived, now).await?;
    let provider = arrived.provider.to_owned();
    let notice = Notice::LinkAdded { provider };
    notices::enqueue(broker, tx, account_id, &notice, now).await?;
    Ok(Some(Tie {
        account_id,
        upstream_link_id,
    }))
}

/// Records that an account has one more way in, its first included.
pub(super) async fn note(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    upstream_link_id: UpstreamLinkId,
    arrived: Arrived<'_>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let event = Event {
        kind: "link.added",
        actor: Actor::Account(account_id.uuid()),
        subject: Some(account_id.uuid()),
        details: json!({
            "provider": arrived.provider,
            "realm": arrived.realm(),
            "link": upstream_link_id,
            "subject": arrived.mark(broker),
        }),
    };
    audit::record(broker, tx, event, now).await?;
    if let Some(branch) = arrived.assertion.branch() {
        upstream_link::add_branch(tx, upstream_link_id, branch).await?;
    }
    Ok(())
}
