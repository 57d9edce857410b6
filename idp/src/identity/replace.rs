//! A subject takes the place of another one of the same person at the same provider.

use chrono::{DateTime, Utc};
use federation::Levels;
use serde_json::json;
use store::audit::{Actor, Event};
use store::{StorageError, Tx};

use super::best::{Best, as_good_as};
use super::changes::register;
use super::dispute::dispute;
use super::{Arrived, Tie};
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, UpstreamLinkId};
use crate::notices::{self, Notice};
use crate::oidc::backchannel;
use crate::storage::conflict::ConflictKind;
use crate::storage::upstream_link::UpstreamLink;
use crate::storage::{access_grant, client_session, upstream_link, verification};

/// The link whose subject may give way to the one just proved: the provider is one at which people may do that
/// (`[account] replace`), the link is the only one of its realm, and it never proved more than this login does.
pub(super) async fn replaceable(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    links: &[UpstreamLink],
    now: DateTime<Utc>,
) -> Result<Option<UpstreamLinkId>, StorageError> {
    if !broker.config.account.lets_replace(arrived.provider) {
        return Ok(None);
    }
    let mut of_realm = links.iter().filter(|link| link.realm == arrived.realm());
    let (Some(link), None) = (of_realm.next(), of_realm.next()) else {
        return Ok(None);
    };
    let id = link.upstream_link_id;
    let proofs = verification::list_valid(tx, link.account_id, now).await?;
    let proved = proofs
        .iter()
        .filter(|proof| proof.upstream_link_id == Some(id));
    let best = Best::of(proved.map(as_good_as));
    let told = arrived.assertion.levels();
    let told = Levels::new(register(told.identity), told.login);
    Ok(best
        .unmet(|demand| told.meets(demand))
        .is_none()
        .then_some(id))
}

/// Lets the subject of a link be the one just proved. The former one is a stranger's from now on; what logins by it entitled
/// clients to, and the mandates they showed, end. An officer hears of it. `None`, and nothing changed, when somebody holds the
/// new subject by now or the link has ended. The caller asked [`super::verdict`] in the same transaction and records what the
/// login proved.
pub async fn replace(
    broker: &Broker,
    tx: &mut Tx,
    arrived: Arrived<'_>,
    account_id: AccountId,
    upstream_link_id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<Option<Tie>, StorageError> {
    let history_id = UpstreamLinkId::new(broker.random.uuid_v7(now));
    let id = upstream_link_id;
    if !upstream_link::change_subject(tx, id, arrived.subject(), history_id, now).await? {
        return Ok(None);
    }
    if let Some(branch) = arrived.assertion.branch() {
        upstream_link::add_branch(tx, id, branch).await?;
    }
    let actor = Actor::Account(account_id.uuid());
    let ended = client_session::end_for_link(tx, id, now).await?;
    access_grant::revoke_for_link(tx, id, now).await?;
    backchannel::announce(broker, tx, &ended, now).await?;
    crate::mandate::end_for_link(broker, tx, id, &actor, now).await?;
    let event = Event {
        kind: "link.replaced",
        actor,
        subject: Some(account_id.uuid()),
        details: json!({
            "provider": arrived.provider, "realm": arrived.realm(), "link": id, "former": history_id,
            "subject": arrived.mark(broker),
        }),
    };
    audit::record(broker, tx, event, now).await?;
    let provider = arrived.provider.to_owned();
    let notice = Notice::LinkReplaced { provider };
    notices::enqueue(broker, tx, account_id, &notice, now).await?;
    let kind = ConflictKind::SubjectChanged;
    dispute(broker, tx, arrived, kind, account_id, None, now).await?;
    Ok(Some(Tie {
        account_id,
        upstream_link_id,
    }))
}
