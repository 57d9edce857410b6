//! `ares_subject`: what ARES last said about an identification number.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

/// What is kept of an answer. No name: ARES knows no such subject.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Kept {
    /// Its name.
    pub name: Option<String>,
    /// Where it has its seat, in one line.
    pub seat: Option<String>,
    /// Its legal form, three digits.
    pub legal_form: Option<String>,
    /// Whether it has ended.
    pub ended: bool,
    /// When, `YYYY-MM-DD`.
    pub ended_on: Option<String>,
    /// When ARES said so.
    pub fetched_at: DateTime<Utc>,
}

/// What is kept about a number.
pub async fn lookup(tx: &mut Tx, ico: &str) -> Result<Option<Kept>, StorageError> {
    let kept = on!(tx, db => {
        sqlx::query_as(
            r#"
            select name, seat, legal_form, ended, ended_on, fetched_at
            from ares_subject
            where ico = $1
            "#,
        )
        .bind(ico)
        .fetch_optional(db)
        .await
    })?;
    Ok(kept)
}

/// Keeps an answer, unless a younger one is kept.
pub async fn put(tx: &mut Tx, ico: &str, kept: &Kept) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into ares_subject (ico, name, legal_form, ended, ended_on, fetched_at, seat)
            values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (ico) do update
            set name = excluded.name, legal_form = excluded.legal_form, ended = excluded.ended,
                ended_on = excluded.ended_on, fetched_at = excluded.fetched_at,
                seat = excluded.seat
            where ares_subject.fetched_at <= excluded.fetched_at
            "#,
        )
        .bind(ico)
        .bind(&kept.name)
        .bind(&kept.legal_form)
        .bind(kept.ended)
        .bind(&kept.ended_on)
        .bind(kept.fetched_at)
        .bind(&kept.seat)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(())
}

/// Notes that the members of its statutory bodies are asked for now. `false`: they were after that time, or nothing is kept about it.
pub async fn begin_asking_for_members(
    tx: &mut Tx,
    ico: &str,
    not_since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update ares_subject
            set members_asked_at = $3
            where ico = $1 and (members_asked_at is null or members_asked_at <= $2)
            "#,
        )
        .bind(ico)
        .bind(not_since)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Lets the members be asked for again: there was no answer.
pub async fn forget_asking_for_members(tx: &mut Tx, ico: &str) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update ares_subject set members_asked_at = null where ico = $1")
            .bind(ico)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Forgets what was said before that time.
pub async fn expire(tx: &mut Tx, before: DateTime<Utc>) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("delete from ares_subject where fetched_at < $1")
            .bind(before)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(())
}
