//! Why a way in stays, and what the person can do about it: no page sends them to another one that sends them back.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx};
use web::Texts;

use super::part;
use crate::broker::Broker;
use crate::identity::{self, Kept};
use crate::ids::{AccountId, ClientId, MergeId, UpstreamLinkId};
use crate::storage::{account_merge, merge_item};

/// Why a way in stays.
pub(super) enum Stays {
    /// Nothing that works would be left.
    Last,
    /// A service in use needs its level.
    Needed(ClientId),
    /// A service in use takes no other one.
    Allowed(ClientId),
    /// Accounts that became one need it, and can be parted.
    Part(MergeId),
    /// They need it and cannot be parted now, since one side has nothing that works: officers remove it. Until then.
    Office(DateTime<Utc>),
    /// As before; but it is the account's own, which another one can take the place of.
    Add,
}

/// What the person can do first.
pub(super) enum Next {
    /// Part the accounts, at this address.
    Part(String),
    /// Add another way in.
    Add,
    /// Come to the town hall.
    Office,
}

impl Stays {
    /// Looks closer at why it is kept.
    pub(super) async fn read(
        broker: &Broker,
        tx: &mut Tx,
        (account_id, link_id): (AccountId, UpstreamLinkId),
        kept: Kept,
        now: DateTime<Utc>,
    ) -> Result<Self, StorageError> {
        let merge_id = match kept {
            Kept::Unknown | Kept::LastWayIn => return Ok(Self::Last),
            Kept::Needed(client) => return Ok(Self::Needed(client)),
            Kept::Allowed(client) => return Ok(Self::Allowed(client)),
            Kept::Merged(merge_id) => merge_id,
        };
        if identity::can_part(broker, tx, account_id, merge_id).await? {
            return Ok(Self::Part(merge_id));
        }
        let brought = merge_item::list_ways_in(tx, merge_id).await?;
        if !brought.contains(&link_id) {
            return Ok(Self::Add);
        }
        let merge = account_merge::lookup(tx, merge_id).await?;
        Ok(Self::Office(merge.map_or(now, |merge| merge.undo_until)))
    }

    /// What the page says.
    pub(super) fn text(&self, broker: &Broker, t: Texts, provider: &str) -> String {
        let text = |id| t.text(id).arg("provider", provider);
        let named = |client| service_name(broker, client, t.locale().code());
        match self {
            Self::Last => text("unlink-last"),
            Self::Needed(client) => text("unlink-needed").arg("service", named(client)),
            Self::Allowed(client) => text("unlink-allowed").arg("service", named(client)),
            Self::Part(_) => text("unlink-merged"),
            Self::Office(until) => text("unlink-merged-office").arg("until", t.date(*until)),
            Self::Add => text("unlink-merged-add"),
        }
        .to_string()
    }

    /// What the page leads to.
    pub(super) fn next(&self) -> Next {
        match self {
            Self::Part(merge_id) => Next::Part(part::path(*merge_id)),
            Self::Office(_) => Next::Office,
            Self::Last | Self::Needed(_) | Self::Allowed(_) | Self::Add => Next::Add,
        }
    }
}

fn service_name(broker: &Broker, client: &ClientId, language: &str) -> String {
    broker.clients.get(client.as_str()).map_or_else(
        || client.to_string(),
        |client| client.name.get(language).to_owned(),
    )
}
