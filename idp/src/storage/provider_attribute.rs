//! `provider_attribute`: names of attributes that a provider was seen to send.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

/// Notes that a name came.
pub async fn note(
    tx: &mut Tx,
    realm: &str,
    name: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into provider_attribute (realm, name, seen_at)
            values ($1, $2, $3)
            on conflict (realm, name) do update set seen_at = excluded.seen_at
            "#,
        )
        .bind(realm)
        .bind(name)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(())
}

/// The names that came, in order.
pub async fn list(tx: &mut Tx, realm: &str) -> Result<Vec<String>, StorageError> {
    let names = on!(tx, db => {
        sqlx::query_scalar("select name from provider_attribute where realm = $1 order by name")
            .bind(realm)
            .fetch_all(db)
            .await
    })?;
    Ok(names)
}
