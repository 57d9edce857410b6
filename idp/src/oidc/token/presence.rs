//! The client's session with the browser that a code is redeemed in: the open one, or a new one, and for whom the person acts
//! in it.

use chrono::{DateTime, Duration, Utc};
use store::{
    StorageError, Tx,
    audit::{Actor, Event},
};

use crate::{
    Broker, audit,
    clients::Client,
    ids::{ClientSessionId, MandateId},
    mandate,
    oidc::code::CodeGrant,
    storage::{
        access_grant,
        client_session::{self, NewClientSession},
        pairwise_subject,
        redemption::Redemption,
    },
};

/// How often the last use of a client's session is written down.
pub(super) const USED_EVERY: Duration = Duration::minutes(1);

/// The client's session with the browser that a code is redeemed in.
#[derive(Debug)]
pub(super) struct Presence {
    /// Its key.
    pub(super) client_session_id: ClientSessionId,
    /// `sid` towards the client.
    pub(super) sid: String,
    /// `sub` this client is told.
    pub(super) sub: String,
    mandate_id: Option<MandateId>,
}

/// The client's open session with the browser, or a new one.
pub(super) async fn presence(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    granted: &CodeGrant,
    met: &Redemption,
    now: DateTime<Utc>,
) -> Result<Presence, StorageError> {
    let account_id = granted.account_id;
    if let (Some(open), Some(own)) = (&met.open, &met.own_sub)
        && open.sub == *own
    {
        if now >= open.used_at + USED_EVERY {
            client_session::touch(tx, open.client_session_id, now).await?;
        }
        return Ok(Presence {
            client_session_id: open.client_session_id,
            sid: met.standing.sid.clone(),
            sub: own.clone(),
            mandate_id: open.mandate_id,
        });
    }
    let fresh = broker.random.uuid_v4();
    let sub = pairwise_subject::get_or_add(tx, &client.organisation_id, account_id, fresh, now);
    let sub = sub.await?;
    let session = NewClientSession {
        client_session_id: ClientSessionId::new(broker.random.uuid_v7(now)),
        browser_session_id: granted.browser_session_id,
        account_id,
        client_id: &client.id,
        sid: &broker.random.uuid_v4().to_string(),
        sub: &sub,
    };
    let (session, mandate_id) = client_session::find_or_add(tx, session, now).await?;
    Ok(Presence {
        client_session_id: session.client_session_id,
        sid: session.sid,
        sub: session.sub,
        mandate_id,
    })
}

/// From now on the person acts at this client for whom they chose. Written down when the client redeems the code and not before:
/// whoever merely sends a browser here changes nothing. Tokens of the session that speak for somebody else die. `false`: they have
/// chosen anew since the code was made.
pub(super) async fn choose(
    broker: &Broker,
    tx: &mut Tx,
    client: &Client,
    granted: &CodeGrant,
    session: &Presence,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let (id, mandate_id) = (session.client_session_id, granted.mandate_id);
    let is_switch = session.mandate_id != mandate_id;
    if !is_switch && !granted.asked.scope.contains(mandate::SCOPE) {
        return Ok(true);
    }
    if !client_session::choose_mandate(tx, id, mandate_id, granted.now).await? {
        return Ok(!is_switch);
    }
    access_grant::revoke_for_other_mandates(tx, id, mandate_id, now).await?;
    if !is_switch {
        return Ok(true);
    }
    let event = Event {
        kind: "mandate.chosen",
        actor: Actor::Account(granted.account_id.uuid()),
        subject: Some(granted.account_id.uuid()),
        details: serde_json::json!({ "client": client.id, "session": id, "mandate": mandate_id }),
    };
    audit::record(broker, tx, event, now).await?;
    Ok(true)
}
