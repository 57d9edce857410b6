//! `organisation`: bodies of the town.

use chrono::{DateTime, Utc};
use sqlx::types::Json;
use store::{StorageError, Tx, on};

use super::client::Origin;
use crate::{
    clients::{LocalText, Organisation, OrganisationConfig},
    ids::OrganisationId,
};

/// Adds the organisation or makes it equal to the entry; true when something changed. The file takes over what the
/// command line added: an organisation is no more than its name.
pub async fn put(
    tx: &mut Tx,
    id: &OrganisationId,
    config: &OrganisationConfig,
    origin: Origin,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let held: Option<(String, Json<LocalText>, Option<DateTime<Utc>>)> = on!(tx, db => {
        sqlx::query_as("select origin, name, removed_at from organisation where organisation_id = $1")
            .bind(id)
            .fetch_optional(db)
            .await
    })?;
    if let Some((held_origin, name, removed_at)) = held
        && (held_origin == origin.as_str() || origin == Origin::Cli)
        && name.0 == config.name
        && removed_at.is_none()
    {
        return Ok(false);
    }
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into organisation (organisation_id, name, origin, created_at)
            values ($1, $2, $3, $4)
            on conflict (organisation_id) do update set name = excluded.name, origin = excluded.origin, removed_at = null
            "#,
        )
        .bind(id)
        .bind(Json(&config.name))
        .bind(origin.as_str())
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(true)
}

/// All that are not removed.
pub async fn list(tx: &mut Tx) -> Result<Vec<Organisation>, StorageError> {
    let rows: Vec<(OrganisationId, Json<LocalText>)> = on!(tx, db => {
        sqlx::query_as("select organisation_id, name from organisation where removed_at is null").fetch_all(db).await
    })?;
    Ok(rows
        .into_iter()
        .map(|(id, Json(name))| Organisation { id, name })
        .collect())
}
