//! A case that the person brings to the counter themself: a way in of another account is theirs, too. It is how somebody comes back to an
//! account whose last way in was given to another person.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::Tx;
use store::audit::{Actor, Event};

use super::NotDecided;
use crate::audit;
use crate::broker::Broker;
use crate::ids::{AccountId, ConflictId, UpstreamLinkId};
use crate::storage::conflict::{self, ConflictDetails, ConflictKind, NewConflict};
use crate::storage::{account, upstream_link};

/// Opens the case, or finds it open; it is decided as any other.
pub async fn bring(
    broker: &Broker,
    tx: &mut Tx,
    operator: &str,
    (account_id, way): (AccountId, UpstreamLinkId),
    now: DateTime<Utc>,
) -> Result<ConflictId, NotDecided> {
    let link = upstream_link::lookup(tx, way).await?;
    let subject = upstream_link::find_subject(tx, way).await?;
    let (Some(link), Some(subject)) = (link, subject) else {
        return Err(NotDecided::LinkUnknown(way));
    };
    if link.account_id == account_id {
        return Err(NotDecided::OwnWay);
    }
    if !account::hold(tx, account_id, now).await? {
        return Err(NotDecided::AccountGone);
    }
    let kind = ConflictKind::SubjectTaken;
    let case = NewConflict {
        conflict_id: ConflictId::new(broker.random.uuid_v7(now)),
        kind,
        account_id,
        other_account_id: Some(link.account_id),
        provider: &link.provider,
        realm: &link.realm,
        subject: &subject,
    };
    let details = ConflictDetails {
        subject: Some(subject.clone()),
        ..ConflictDetails::default()
    };
    let Some(id) = conflict::open(tx, &broker.master_key, case, &details, now).await? else {
        let open = conflict::find_open(tx, account_id, kind, &link.realm, &subject).await?;
        return open.ok_or(NotDecided::Changed);
    };
    let event = Event {
        kind: "conflict.opened",
        actor: Actor::Operator(operator.to_owned()),
        subject: Some(account_id.uuid()),
        details: json!({
            "conflict": id, "kind": kind.as_str(), "provider": link.provider, "other": link.account_id,
        }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(id)
}
