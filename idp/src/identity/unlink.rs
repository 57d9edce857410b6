//! A way in is removed.

use chrono::{DateTime, Duration, Utc};
use federation::IdentityLevel;
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::apart;
use super::dispute::dismiss_stale;
use crate::audit;
use crate::broker::Broker;
use crate::clients::Client;
use crate::ids::{AccountId, BrowserSessionId, ClientId, MergeId, UpstreamLinkId};
use crate::login::offers::{Wish, counts_for, demand_on};
use crate::notices::{self, Notice};
use crate::session;
use crate::storage::browser_session::EndReason;
use crate::storage::upstream_link::UpstreamLink;
use crate::storage::verification::Verification;
use crate::storage::{access_grant, account, client_session, upstream_link, verification};

/// How long a proof counts after its way in was removed, when there is another one (local-identity 8.2, rule 11).
const PROOF_STAYS: Duration = Duration::days(30);

/// Why a way in has to stay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is not this account's, or not any more.
    Unknown,
    /// No other way in that works would be left.
    LastWayIn,
    /// Two accounts became one by this merge, which can still be undone, and then one of them would have no way in: it is undone
    /// first.
    Merged(MergeId),
    /// This service is in use, and no other way in that it allows reaches the levels it needs.
    Needed(ClientId),
    /// This service is in use, and it allows no other way in.
    Allowed(ClientId),
}

/// What came of removing a way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlinked {
    /// It is no more.
    Done,
    /// It stays.
    Kept(Kept),
}

/// Removes a way in. Its logins count for nothing any more, what they entitled clients to ends, and of the account's
/// sessions only `keep` stays. The caller made sure that `keep` was proved by a way in that stays.
pub async fn unlink(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    upstream_link_id: UpstreamLinkId,
    keep: Option<BrowserSessionId>,
    now: DateTime<Utc>,
) -> Result<Unlinked, StorageError> {
    if !account::hold(tx, account_id, now).await? {
        return Ok(Unlinked::Kept(Kept::Unknown));
    }
    if let Some(kept) = why_kept(broker, tx, account_id, upstream_link_id, now).await? {
        return Ok(Unlinked::Kept(kept));
    }
    let Some(link) = upstream_link::lookup(tx, upstream_link_id).await? else {
        return Ok(Unlinked::Kept(Kept::Unknown));
    };
    let removing = Removing {
        account_id,
        keep,
        actor: Actor::Account(account_id.uuid()),
        notice: Notice::LinkRemoved {
            provider: link.provider.clone(),
        },
    };
    remove(broker, tx, &link, removing, now).await?;
    Ok(Unlinked::Done)
}

/// A way in that ends, and what is said of it.
pub(crate) struct Removing {
    /// Whose.
    pub(crate) account_id: AccountId,
    /// The session that stays.
    pub(crate) keep: Option<BrowserSessionId>,
    /// Who ends it.
    pub(crate) actor: Actor,
    /// What the person is told.
    pub(crate) notice: Notice,
}

/// Removes a way in, whether or not another one is left. The caller holds the account.
pub(crate) async fn remove(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    removing: Removing,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let Removing {
        account_id,
        keep,
        actor,
        notice,
    } = removing;
    let upstream_link_id = link.upstream_link_id;
    dismiss_stale(broker, tx, link, now).await?;
    upstream_link::end(tx, upstream_link_id, now).await?;
    let others = verification::list_valid(tx, account_id, now).await?;
    if others
        .iter()
        .any(|proof| proof.upstream_link_id != Some(upstream_link_id))
    {
        verification::limit(tx, upstream_link_id, now + PROOF_STAYS).await?;
    }

    let reason = EndReason::WayRemoved;
    session::end_all_but(broker, tx, account_id, keep, reason, &actor, now).await?;
    let ended = client_session::end_for_link(tx, upstream_link_id, now).await?;
    access_grant::revoke_for_link(tx, upstream_link_id, now).await?;
    crate::oidc::backchannel::announce(broker, tx, &ended, now).await?;
    crate::mandate::end_for_link(broker, tx, upstream_link_id, &actor, now).await?;
    let provider = &link.provider;
    let event = Event {
        kind: "link.removed",
        actor,
        subject: Some(account_id.uuid()),
        details: json!({ "provider": provider, "link": upstream_link_id }),
    };
    audit::record(broker, tx, event, now).await?;
    notices::enqueue(broker, tx, account_id, &notice, now).await
}

/// Why a way in may not be removed now; `None` when it may.
pub async fn why_kept(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    upstream_link_id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<Option<Kept>, StorageError> {
    let links = upstream_link::list_by_account(tx, account_id).await?;
    let Some(removed) = links
        .iter()
        .find(|link| link.upstream_link_id == upstream_link_id)
    else {
        return Ok(Some(Kept::Unknown));
    };
    let others: Vec<&UpstreamLink> = links
        .iter()
        .filter(|link| link.upstream_link_id != upstream_link_id && lets_in(broker, link))
        .collect();
    if others.is_empty() {
        return Ok(Some(Kept::LastWayIn));
    }
    let ids = others.iter().map(|link| link.upstream_link_id).collect();
    if let Some(merge) = apart::needed_by(tx, account_id, upstream_link_id, &ids, now).await? {
        return Ok(Some(Kept::Merged(merge)));
    }
    let proofs = verification::list_valid(tx, account_id, now).await?;
    for client_id in client_session::list_clients_in_use(tx, account_id, now).await? {
        let Some(client) = broker.clients.get(client_id.as_str()) else {
            continue;
        };
        let serves = |link: &UpstreamLink| serves(broker, &client, link, &proofs);
        if serves(removed) && !others.iter().any(|link| serves(link)) {
            let takes = |link: &&UpstreamLink| counts_for(broker, &link.realm, Some(&client));
            return Ok(Some(if others.iter().any(takes) {
                Kept::Needed(client_id)
            } else {
                Kept::Allowed(client_id)
            }));
        }
    }
    Ok(None)
}

/// Whether a login by this link would do for a client: its provider is allowed there and reaches the client's minimum in both
/// scales, and this person has proved as much by it.
fn serves(broker: &Broker, client: &Client, link: &UpstreamLink, proofs: &[Verification]) -> bool {
    let wish = Wish {
        client: Some(client),
        minimum: client.minimum,
        acr: None,
        force: false,
        max_age: None,
        link_only: &broker.config.account.link_only,
    };
    let is_offered = broker.providers.iter().any(|(_, provider)| {
        let provider = provider.describe();
        provider.realm.as_str() == link.realm && demand_on(provider, wish).is_some()
    });
    let id = Some(link.upstream_link_id);
    let proved = proofs.iter().filter(|proof| proof.upstream_link_id == id);
    let proved = proved.map(|proof| proof.identity_level).max();
    is_offered && proved.unwrap_or(IdentityLevel::Unverified) >= client.minimum.identity
}

/// Whether a link's provider still serves and lets people in.
pub(crate) fn lets_in(broker: &Broker, link: &UpstreamLink) -> bool {
    broker.providers.iter().any(|(id, provider)| {
        provider.describe().realm.as_str() == link.realm && broker.config.account.lets_in(id)
    })
}
