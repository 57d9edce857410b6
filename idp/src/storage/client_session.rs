//! `client_session`: a browser session's presence at one client.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use crate::ids::{
    AccountId, BrowserSessionId, ClientId, ClientSessionId, MandateId, UpstreamLinkId,
};

/// A browser session's presence at one client.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ClientSession {
    /// Its key.
    pub client_session_id: ClientSessionId,
    /// The browser session it hangs on.
    pub browser_session_id: BrowserSessionId,
    /// Whose.
    pub account_id: AccountId,
    /// At which client.
    pub client_id: ClientId,
    /// `sid` on the wire, random and known to this client only.
    pub sid: String,
    /// `sub` this client was told.
    pub sub: String,
    /// When it ended.
    pub ended_at: Option<DateTime<Utc>>,
}

/// A client session about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewClientSession<'a> {
    /// Its key.
    pub client_session_id: ClientSessionId,
    /// The browser session it hangs on.
    pub browser_session_id: BrowserSessionId,
    /// Whose.
    pub account_id: AccountId,
    /// At which client.
    pub client_id: &'a ClientId,
    /// Fresh random `sid`, taken only when there is no session yet.
    pub sid: &'a str,
    /// `sub` this client is told.
    pub sub: &'a str,
}

/// Finds a client session by its key, ended ones too.
pub async fn lookup(
    tx: &mut Tx,
    client_session_id: ClientSessionId,
) -> Result<Option<ClientSession>, StorageError> {
    let session = on!(tx, db => {
        sqlx::query_as(
            r#"
            select client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at
            from client_session
            where client_session_id = $1
            "#,
        )
        .bind(client_session_id)
        .fetch_optional(db)
        .await
    })?;
    Ok(session)
}

/// Finds a client session by its `sid`, ended ones too.
pub async fn find_by_sid(tx: &mut Tx, sid: &str) -> Result<Option<ClientSession>, StorageError> {
    let session = on!(tx, db => {
        sqlx::query_as(
            r#"
            select client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at
            from client_session
            where sid = $1
            "#,
        )
        .bind(sid)
        .fetch_optional(db)
        .await
    })?;
    Ok(session)
}

#[derive(Debug, sqlx::FromRow)]
struct Open {
    #[sqlx(flatten)]
    session: ClientSession,
    mandate_id: Option<MandateId>,
}

/// The open session of a browser at a client, and for whom the person acts in it; made when there is none.
pub async fn find_or_add(
    tx: &mut Tx,
    session: NewClientSession<'_>,
    now: DateTime<Utc>,
) -> Result<(ClientSession, Option<MandateId>), StorageError> {
    let found: Open = on!(tx, db => {
        sqlx::query_as(
            r#"
            insert into client_session (client_session_id, browser_session_id, account_id, client_id, sid, sub,
                                        created_at, used_at)
            values ($1, $2, $3, $4, $5, $6, $7, $7)
            on conflict (browser_session_id, client_id) where ended_at is null
            do update set used_at = excluded.used_at, sub = excluded.sub
            returning client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at, mandate_id
            "#,
        )
        .bind(session.client_session_id)
        .bind(session.browser_session_id)
        .bind(session.account_id)
        .bind(session.client_id)
        .bind(session.sid)
        .bind(session.sub)
        .bind(now)
        .fetch_one(db)
        .await
    })?;
    Ok((found.session, found.mandate_id))
}

/// Notes that an open session was used. Callers do this at most once a minute.
pub async fn touch(
    tx: &mut Tx,
    client_session_id: ClientSessionId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update client_session set used_at = $2 where client_session_id = $1 and ended_at is null")
            .bind(client_session_id)
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Notes that an open session was used, where the last use known is older than a moment.
pub async fn touch_since(
    tx: &mut Tx,
    client_session_id: ClientSessionId,
    known: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update client_session set used_at = $3 where client_session_id = $1 and ended_at is null and used_at <= $2")
            .bind(client_session_id)
            .bind(known)
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// For whom the person acts in the open session of a browser at a client. `None` without such a session.
pub async fn find_mandate(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    client_id: &ClientId,
) -> Result<Option<Option<MandateId>>, StorageError> {
    let found: Option<(Option<MandateId>,)> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select mandate_id
            from client_session
            where browser_session_id = $1 and client_id = $2 and ended_at is null
            "#,
        )
        .bind(browser_session_id)
        .bind(client_id)
        .fetch_optional(db)
        .await
    })?;
    Ok(found.map(|(mandate_id,)| mandate_id))
}

/// Writes down for whom the person acts at a client since they chose so. `false` when they chose anew since, or the session has ended.
pub async fn choose_mandate(
    tx: &mut Tx,
    client_session_id: ClientSessionId,
    mandate_id: Option<MandateId>,
    chosen_at: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update client_session
            set mandate_id = $2, chosen_at = $3
            where client_session_id = $1 and ended_at is null and (chosen_at is null or chosen_at <= $3)
            "#,
        )
        .bind(client_session_id)
        .bind(mandate_id)
        .bind(chosen_at)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Ends the sessions in which people act by this mandate and returns those that were open.
pub async fn end_for_mandate(
    tx: &mut Tx,
    mandate_id: MandateId,
    now: DateTime<Utc>,
) -> Result<Vec<ClientSession>, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query_as(
            r#"
            update client_session
            set ended_at = $2
            where mandate_id = $1 and ended_at is null
            returning client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at
            "#,
        )
        .bind(mandate_id)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(ended)
}

/// Open client sessions of a browser session.
pub async fn list_open(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
) -> Result<Vec<ClientSession>, StorageError> {
    let sessions = on!(tx, db => {
        sqlx::query_as(
            r#"
            select client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at
            from client_session
            where browser_session_id = $1 and ended_at is null
            order by created_at, client_session_id
            "#,
        )
        .bind(browser_session_id)
        .fetch_all(db)
        .await
    })?;
    Ok(sessions)
}

/// Ends the client sessions of a browser session and returns those that were open.
pub async fn end_all(
    tx: &mut Tx,
    browser_session_id: BrowserSessionId,
    now: DateTime<Utc>,
) -> Result<Vec<ClientSession>, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query_as(
            r#"
            update client_session
            set ended_at = $2
            where browser_session_id = $1 and ended_at is null
            returning client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at
            "#,
        )
        .bind(browser_session_id)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(ended)
}

/// Ends the sessions at clients that got something on the strength of logins through one way in, and returns those that
/// were open.
pub async fn end_for_link(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<Vec<ClientSession>, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query_as(
            r#"
            update client_session
            set ended_at = $2
            where ended_at is null and client_session_id in (
                select access_grant.client_session_id
                from authentication
                join client_session as met on met.browser_session_id = authentication.browser_session_id
                join access_grant on access_grant.client_session_id = met.client_session_id
                    and access_grant.authentication_id = authentication.authentication_id
                where authentication.upstream_link_id = $1 and access_grant.revoked_at is null)
            returning client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at
            "#,
        )
        .bind(upstream_link_id)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(ended)
}

/// Clients that an account uses at this moment: open sessions in live browsers, and offline access.
pub async fn list_clients_in_use(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<ClientId>, StorageError> {
    let clients = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select client_session.client_id
            from client_session
            join browser_session on browser_session.browser_session_id = client_session.browser_session_id
            where client_session.account_id = $1 and client_session.ended_at is null
              and browser_session.ended_at is null and browser_session.expires_at > $2
            union
            select access_grant.client_id
            from client_session
            join access_grant on access_grant.client_session_id = client_session.client_session_id
            where client_session.account_id = $1 and access_grant.offline and access_grant.revoked_at is null
            order by client_id
            "#,
        )
        .bind(account_id)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(clients)
}

/// Ends an account's sessions at one client, on all its devices, and returns those that were open.
pub async fn end_for_client(
    tx: &mut Tx,
    account_id: AccountId,
    client_id: &ClientId,
    now: DateTime<Utc>,
) -> Result<Vec<ClientSession>, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query_as(
            r#"
            update client_session
            set ended_at = $3
            where account_id = $1 and client_id = $2 and ended_at is null
            returning client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at
            "#,
        )
        .bind(account_id)
        .bind(client_id)
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(ended)
}

/// Ends some of the sessions at a client, on all devices of everybody, and returns them. None are open when it returns none.
pub async fn end_some_at(
    tx: &mut Tx,
    client_id: &ClientId,
    limit: i64,
    now: DateTime<Utc>,
) -> Result<Vec<ClientSession>, StorageError> {
    let ended = on!(tx, db => {
        sqlx::query_as(
            r#"
            update client_session
            set ended_at = $2
            where ended_at is null and client_session_id in (
                -- By the open sessions of browsers, which are few beside all sessions that ever were; $4 is before all of them.
                select met.client_session_id
                from browser_session
                join client_session as met on met.browser_session_id = browser_session.browser_session_id
                where browser_session.ended_at is null and browser_session.seen_at > $4
                  and met.client_id = $1 and met.ended_at is null
                limit $3)
            returning client_session_id, browser_session_id, account_id, client_id, sid, sub, ended_at
            "#,
        )
        .bind(client_id)
        .bind(now)
        .bind(limit)
        .bind(DateTime::UNIX_EPOCH)
        .fetch_all(db)
        .await
    })?;
    Ok(ended)
}
