//! `resource`: APIs of the town.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use store::{StorageError, Tx, on};

use crate::{clients::ResourceConfig, ids::ResourceId};

/// Adds the resource or makes it equal to the entry; true when something changed.
pub async fn put(
    tx: &mut Tx,
    id: &ResourceId,
    config: &ResourceConfig,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let definition = serde_json::to_value(config)?;
    let held: Option<(Json<serde_json::Value>, Option<DateTime<Utc>>)> = on!(tx, db => {
        sqlx::query_as("select definition, removed_at from resource where resource_id = $1")
            .bind(id)
            .fetch_optional(db)
            .await
    })?;
    if held.is_some_and(|(held, removed_at)| held.0 == definition && removed_at.is_none()) {
        return Ok(false);
    }
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into resource (resource_id, organisation_id, uri, definition, origin, created_at)
            values ($1, $2, $3, $4, 'file', $5)
            on conflict (resource_id) do update set organisation_id = excluded.organisation_id, uri = excluded.uri,
                definition = excluded.definition, removed_at = null
            "#,
        )
        .bind(id)
        .bind(&config.organisation)
        .bind(&config.uri)
        .bind(Json(&definition))
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(true)
}

/// Removes what the file does not name any more; true when something was.
pub async fn remove_missing(
    tx: &mut Tx,
    named: &BTreeSet<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let mut changed = false;
    for (id, _) in list(tx).await? {
        if !named.contains(id.as_str()) {
            changed = true;
            on!(tx, db => {
                sqlx::query("update resource set removed_at = $2 where resource_id = $1")
                    .bind(&id)
                    .bind(now)
                    .execute(db)
                    .await
                    .map(drop)
            })?;
        }
    }
    Ok(changed)
}

/// All that are not removed.
pub async fn list(tx: &mut Tx) -> Result<Vec<(ResourceId, ResourceConfig)>, StorageError> {
    let rows: Vec<(ResourceId, Json<ResourceConfig>)> = on!(tx, db => {
        sqlx::query_as("select resource_id, definition from resource where removed_at is null").fetch_all(db).await
    })?;
    Ok(rows
        .into_iter()
        .map(|(id, Json(config))| (id, config))
        .collect())
}
