//! `client`: applications registered with us, from the configuration file or from the command line.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use federation::Environment;
use outbound::Outbound;
use sqlx::types::Json;
use store::{StorageError, Tx, on};

use super::{generation, organisation, resource};
use crate::{
    clients::{Catalogue, Client, ClientConfig, ClientKeys, secret::SecretHash, unfit},
    ids::ClientId,
};

/// Where an entry came from; only that place may change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The configuration file.
    File,
    /// `city-idp client add`.
    Cli,
}

impl Origin {
    /// As stored.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Cli => "cli",
        }
    }

    fn stored(text: &str) -> Result<Self, StorageError> {
        match text {
            "file" => Ok(Self::File),
            "cli" => Ok(Self::Cli),
            other => Err(StorageError::broken(format!("origin {other}"))),
        }
    }
}

/// A client as stored.
#[derive(Clone, Debug)]
pub struct StoredClient {
    /// Its id.
    pub id: ClientId,
    /// Where it came from.
    pub origin: Origin,
    /// Its entry, without secrets.
    pub config: ClientConfig,
    /// Its present secret.
    pub secret: Option<SecretHash>,
}

/// Secrets and state of a client as stored.
#[derive(Debug, sqlx::FromRow)]
struct Row {
    client_id: ClientId,
    origin: String,
    definition: Json<serde_json::Value>,
    secret_hash: Option<Vec<u8>>,
    former_secret_hash: Option<Vec<u8>>,
    former_secret_until: Option<DateTime<Utc>>,
    disabled_at: Option<DateTime<Utc>>,
    switched_off_at: Option<DateTime<Utc>>,
}

const COLUMNS: &str = "client_id, origin, definition, secret_hash, former_secret_hash, former_secret_until, disabled_at, \
                       switched_off_at";

impl Row {
    fn config(&self) -> Result<ClientConfig, StorageError> {
        Ok(serde_json::from_value(self.definition.0.clone())?)
    }

    fn secrets(&self) -> Vec<SecretHash> {
        let present = self
            .secret_hash
            .as_deref()
            .and_then(|hash| SecretHash::stored(hash, None));
        let former = self
            .former_secret_hash
            .as_deref()
            .zip(self.former_secret_until);
        let former = former.and_then(|(hash, until)| SecretHash::stored(hash, Some(until)));
        present.into_iter().chain(former).collect()
    }

    fn client(
        &self,
        outbound: &Outbound,
        environment: Environment,
    ) -> Result<Client, StorageError> {
        let config = self.config()?;
        let mut client = config
            .client(self.client_id.clone())
            .map_err(StorageError::broken)?;
        client.secrets = self.secrets();
        client.disabled_at = self.disabled_at.or(self.switched_off_at);
        if let Some(uri) = &config.jwks_uri {
            client.keys = Some(ClientKeys::remote(&client.id, uri, outbound));
        }
        client.withhold(unfit(self.client_id.as_str(), &config, environment));
        Ok(client)
    }
}

/// Everything registered, in one state; of clients without the addresses that do not fit the environment.
pub async fn load_catalogue(
    tx: &mut Tx,
    outbound: &Outbound,
    environment: Environment,
) -> Result<Catalogue, StorageError> {
    let generation = generation::lookup(tx, generation::CLIENTS).await?;
    let rows = rows(tx).await?;
    let organisations = organisation::list(tx).await?;
    let resources = resource::list(tx).await?;
    Ok(Catalogue {
        generation,
        organisations: organisations
            .into_iter()
            .map(|one| (one.id.clone(), Arc::new(one)))
            .collect(),
        clients: rows
            .iter()
            .map(|row| {
                let client = row.client(outbound, environment)?;
                Ok((row.client_id.clone(), Arc::new(client)))
            })
            .collect::<Result<_, StorageError>>()?,
        resources: resources
            .into_iter()
            .map(|(id, config)| {
                let resource = config.resource(id.clone()).map_err(StorageError::broken)?;
                Ok((id, Arc::new(resource)))
            })
            .collect::<Result<_, StorageError>>()?,
    })
}

/// All clients with their origin, by id; disabled ones too.
pub async fn list(tx: &mut Tx) -> Result<Vec<(StoredClient, Option<DateTime<Utc>>)>, StorageError> {
    let rows = rows(tx).await?;
    rows.iter()
        .map(|row| {
            let client = StoredClient {
                id: row.client_id.clone(),
                origin: Origin::stored(&row.origin)?,
                config: row.config()?,
                secret: row.secrets().into_iter().next(),
            };
            Ok((client, row.disabled_at))
        })
        .collect()
}

async fn rows(tx: &mut Tx) -> Result<Vec<Row>, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(format!("select {COLUMNS} from client order by client_id"))).fetch_all(db).await
    })?;
    Ok(rows)
}

/// Adds the client or makes it equal to the entry, enabled; `Some(true)` when something changed, `None` when a client
/// of another origin has the id. The file takes over a client that the command line added and disabled; the command line
/// never takes over one of the file, which may name it again.
pub async fn put(
    tx: &mut Tx,
    client: &StoredClient,
    now: DateTime<Utc>,
) -> Result<Option<bool>, StorageError> {
    let definition = serde_json::to_value(&client.config)?;
    let secret = client
        .secret
        .as_ref()
        .map(|secret| secret.octets().to_vec());
    let held: Option<(
        String,
        Json<serde_json::Value>,
        Option<Vec<u8>>,
        Option<DateTime<Utc>>,
    )> = on!(tx, db => {
        sqlx::query_as("select origin, definition, secret_hash, disabled_at from client where client_id = $1")
            .bind(&client.id)
            .fetch_optional(db)
            .await
    })?;
    if let Some((origin, held, held_secret, disabled_at)) = held {
        let takes_over = client.origin == Origin::File && disabled_at.is_some();
        if origin != client.origin.as_str() && !takes_over {
            return Ok(None);
        }
        if takes_over && origin != client.origin.as_str() {
            // Whatever the other one of this name was entitled to is not this one's.
            on!(tx, db => {
                sqlx::query("update access_grant set revoked_at = $2 where client_id = $1 and revoked_at is null")
                    .bind(&client.id)
                    .bind(now)
                    .execute(db)
                    .await
                    .map(drop)
            })?;
        }
        if held.0 == definition && held_secret == secret && disabled_at.is_none() {
            return Ok(Some(false));
        }
    }
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into client (client_id, organisation_id, origin, definition, secret_hash, created_at)
            values ($1, $2, $3, $4, $5, $6)
            on conflict (client_id) do update set organisation_id = excluded.organisation_id, origin = excluded.origin,
                definition = excluded.definition, secret_hash = excluded.secret_hash, disabled_at = null,
                switched_off_at = case when excluded.origin = 'cli' then null else client.switched_off_at end
            "#,
        )
        .bind(&client.id)
        .bind(&client.config.organisation)
        .bind(client.origin.as_str())
        .bind(Json(&definition))
        .bind(secret)
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(Some(true))
}

/// Disables clients of the file that it does not name any more; true when something was.
pub async fn disable_missing(
    tx: &mut Tx,
    named: &BTreeSet<&str>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let mut changed = false;
    for (client, disabled_at) in list(tx).await? {
        if client.origin == Origin::File
            && disabled_at.is_none()
            && !named.contains(client.id.as_str())
        {
            changed |= disable(tx, &client.id, now).await?;
        }
    }
    Ok(changed)
}

/// Disables a client; false when there is none enabled.
pub async fn disable(tx: &mut Tx, id: &ClientId, now: DateTime<Utc>) -> Result<bool, StorageError> {
    let disabled = on!(tx, db => {
        sqlx::query("update client set disabled_at = $2 where client_id = $1 and disabled_at is null")
            .bind(id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(disabled > 0)
}

/// When operators switched clients off that are still off.
pub async fn list_switched_off(
    tx: &mut Tx,
) -> Result<BTreeMap<ClientId, DateTime<Utc>>, StorageError> {
    let rows: Vec<(ClientId, DateTime<Utc>)> = on!(tx, db => {
        sqlx::query_as("select client_id, switched_off_at from client where switched_off_at is not null")
            .fetch_all(db)
            .await
    })?;
    Ok(rows.into_iter().collect())
}

/// Switches a client off at a moment, or on; false when it is so already, or there is none that anybody registers.
pub async fn switch(
    tx: &mut Tx,
    id: &ClientId,
    off_at: Option<DateTime<Utc>>,
) -> Result<bool, StorageError> {
    let switched = on!(tx, db => {
        sqlx::query(
            r#"
            update client
            set switched_off_at = $2
            where client_id = $1 and disabled_at is null and (switched_off_at is null) <> ($3 = 0)
            "#,
        )
        .bind(id)
        .bind(off_at)
        .bind(i64::from(off_at.is_some()))
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(switched > 0)
}

/// Gives a client of the command line a new secret; the present one is honoured until `former_until`, `None`: no more. False when
/// there is no such client.
pub async fn rotate_secret(
    tx: &mut Tx,
    id: &ClientId,
    secret: &SecretHash,
    former_until: Option<DateTime<Utc>>,
) -> Result<bool, StorageError> {
    let rotated = on!(tx, db => {
        sqlx::query(
            r#"
            update client
            set former_secret_hash = case when $3 is null then null else secret_hash end, former_secret_until = $3,
                secret_hash = $2
            where client_id = $1 and origin = 'cli'
            "#,
        )
        .bind(id)
        .bind(secret.octets().to_vec())
        .bind(former_until)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rotated > 0)
}
