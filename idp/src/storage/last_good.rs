//! `last_good`: the last good copy of what providers publish.

use chrono::{DateTime, Utc};
use store::{MasterKey, StorageError, Tx, on};

/// The copy of the document at an address, and when it was fetched.
pub async fn lookup(
    tx: &mut Tx,
    master_key: &MasterKey,
    url: &str,
) -> Result<Option<(Vec<u8>, DateTime<Utc>)>, StorageError> {
    let row: Option<(Vec<u8>, DateTime<Utc>)> = on!(tx, db => {
        sqlx::query_as("select document, fetched_at from last_good where url = $1")
            .bind(url)
            .fetch_optional(db)
            .await
    })?;
    let Some((sealed, fetched_at)) = row else {
        return Ok(None);
    };
    let document = master_key
        .open(&sealed_for(url, fetched_at), &sealed)
        .map_err(|_| StorageError::broken("last_good.document"))?;
    Ok(Some((document, fetched_at)))
}

/// Keeps a copy, unless a younger one is kept.
pub async fn put(
    tx: &mut Tx,
    master_key: &MasterKey,
    url: &str,
    document: &[u8],
    fetched_at: DateTime<Utc>,
) -> Result<(), StorageError> {
    let sealed = master_key
        .seal(&sealed_for(url, fetched_at), document)
        .map_err(|error| StorageError::broken(error.to_string()))?;
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into last_good (url, document, fetched_at)
            values ($1, $2, $3)
            on conflict (url) do update
            set document = excluded.document, fetched_at = excluded.fetched_at
            where last_good.fetched_at <= excluded.fetched_at
            "#,
        )
        .bind(url)
        .bind(sealed)
        .bind(fetched_at)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The time too: whoever writes into the database cannot make an old copy young.
fn sealed_for(url: &str, fetched_at: DateTime<Utc>) -> String {
    format!("last_good:{}:{url}", fetched_at.timestamp_micros())
}
