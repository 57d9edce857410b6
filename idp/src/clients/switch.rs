//! An operator switches a client off, and on again.
//!
//! What it held ends for good: a leaked secret or a broken application must find nothing again when it is switched on.

use chrono::{DateTime, Utc};
use serde_json::json;
use store::StorageError;
use store::audit::{Actor, Event};

use crate::audit;
use crate::broker::Broker;
use crate::ids::ClientId;
use crate::oidc::backchannel;
use crate::storage::{access_grant, client, client_session, generation};

/// So many of its sessions end in one transaction, so that logins go on meanwhile.
const AT_ONCE: i64 = 500;

/// Switches a client off: it gets nothing any more, what it was granted is revoked, offline access too. Its sessions end with
/// [`end_sessions`]. `false`, and nothing done, when it is off already or nobody knows it.
pub async fn switch_off(
    broker: &Broker,
    client_id: &ClientId,
    reason: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    switch(
        broker,
        client_id,
        Some(now),
        "client.disabled",
        reason,
        actor,
        now,
    )
    .await
}

/// Lets a client in again. What it got before its switching off, or while servers had not heard of that, is worth nothing.
/// `false`, and nothing done, when nobody switched it off.
pub async fn switch_on(
    broker: &Broker,
    client_id: &ClientId,
    reason: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    end_sessions(broker, client_id, now).await?;
    switch(
        broker,
        client_id,
        None,
        "client.enabled",
        reason,
        actor,
        now,
    )
    .await
}

async fn switch(
    broker: &Broker,
    client_id: &ClientId,
    off_at: Option<DateTime<Utc>>,
    kind: &'static str,
    reason: &str,
    actor: &Actor,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let mut tx = broker.db.begin().await?;
    if !client::switch(&mut tx, client_id, off_at).await? {
        return Ok(false);
    }
    generation::advance(&mut tx, generation::CLIENTS).await?;
    let revoked = access_grant::revoke_for_client(&mut tx, client_id, now).await?;
    let event = Event {
        kind,
        actor: actor.clone(),
        subject: None,
        details: json!({ "client": client_id, "reason": reason, "grants_revoked": revoked }),
    };
    audit::record(broker, &mut tx, event, now).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends the sessions that people have at a client and has it told. Returns how many there were.
pub async fn end_sessions(
    broker: &Broker,
    client_id: &ClientId,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    let mut all = 0;
    loop {
        let mut tx = broker.db.begin().await?;
        let ended = client_session::end_some_at(&mut tx, client_id, AT_ONCE, now).await?;
        backchannel::announce(broker, &mut tx, &ended, now).await?;
        tx.commit().await?;
        if ended.is_empty() {
            return Ok(all);
        }
        all += ended.len();
    }
}
