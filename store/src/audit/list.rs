use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::FromRow;
use uuid::Uuid;

use crate::{StorageError, Tx, on};

/// An event as it stands in the log.
#[derive(Clone, Debug, FromRow)]
pub struct Recorded {
    /// Its id.
    #[sqlx(rename = "audit_event_id")]
    pub id: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub kind: String,
    /// Who, as [`Actor`](super::Actor) shows it.
    pub actor: String,
    /// The account it is about.
    pub subject: Option<Uuid>,
    /// The circumstances; `None` once erased.
    #[sqlx(try_from = "Details")]
    pub details: Option<Value>,
    /// The place in the chain; `None` until it is chained.
    pub position: Option<i64>,
}

/// The latest events, newest first.
pub async fn list_latest(tx: &mut Tx, limit: u32) -> Result<Vec<Recorded>, StorageError> {
    tx.flush().await?;
    let events = on!(tx, db => {
        sqlx::query_as(
            r#"
            select audit_event_id, at, kind, actor, subject, details, position
            from audit_event
            order by audit_event_id desc
            limit $1
            "#,
        )
        .bind(i64::from(limit))
        .fetch_all(db)
        .await
    })?;
    Ok(events)
}

/// The latest events about an account, newest first.
pub async fn list_of(
    tx: &mut Tx,
    subject: Uuid,
    limit: u32,
) -> Result<Vec<Recorded>, StorageError> {
    tx.flush().await?;
    let events = on!(tx, db => {
        sqlx::query_as(
            r#"
            select audit_event_id, at, kind, actor, subject, details, position
            from audit_event
            where subject = $1
            order by at desc, audit_event_id desc
            limit $2
            "#,
        )
        .bind(subject)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await
    })?;
    Ok(events)
}

/// The events since a moment whose details name an incident number, newest first. Only letters, digits and hyphens are looked for.
pub async fn list_of_incident(
    tx: &mut Tx,
    incident: &str,
    since: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Recorded>, StorageError> {
    tx.flush().await?;
    let number: String = incident
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-')
        .collect();
    let events = on!(tx, db => {
        sqlx::query_as(
            r#"
            select audit_event_id, at, kind, actor, subject, details, position
            from audit_event
            where details is not null and at >= $1 and details like $2
            order by at desc, audit_event_id desc
            limit $3
            "#,
        )
        .bind(since)
        .bind(format!("%\"incident\":\"{number}\"%"))
        .bind(i64::from(limit))
        .fetch_all(db)
        .await
    })?;
    Ok(events)
}

/// JSON in a column of text.
#[derive(sqlx::Type)]
#[sqlx(transparent)]
struct Details(Option<String>);

impl TryFrom<Details> for Option<Value> {
    type Error = serde_json::Error;

    fn try_from(details: Details) -> Result<Self, Self::Error> {
        details.0.as_deref().map(serde_json::from_str).transpose()
    }
}
