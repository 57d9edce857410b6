//! What stands in the configuration file, copied into the database at each start.
//!
//! Rows of the file are the file's alone: an entry that the command line added under the same name stops the start, until
//! it is removed there; then the file takes the name over.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use store::{StorageError, Tx};

use super::{
    ClientConfig, OrganisationConfig, ResourceConfig, config::EntryProblem, secret,
    secret::SecretHash,
};
use crate::{
    ids::{ClientId, OrganisationId, ResourceId},
    storage::{
        self,
        client::{Origin, StoredClient},
    },
};

/// Why the file's entries cannot be taken over.
#[derive(Debug, thiserror::Error)]
pub enum SeedProblem {
    /// An entry contradicts itself.
    #[error("{section}.{id}.{problem}")]
    Entry {
        /// `client`, `organisation` or `resource`.
        section: &'static str,
        /// The entry's name.
        id: String,
        /// Key and remedy.
        problem: EntryProblem,
    },
    /// Two places claim one name.
    #[error(
        "{section}.{id} stands in the configuration file and was also added by `city-idp {section} add`; \
         rename the entry of the file, or remove the other one with `city-idp {section} remove {id}`"
    )]
    TwoPlaces {
        /// `client`, `organisation` or `resource`.
        section: &'static str,
        /// The name.
        id: String,
    },
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The file's entries.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'a> {
    /// `[organisation.*]`.
    pub organisations: &'a BTreeMap<String, OrganisationConfig>,
    /// `[client.*]`.
    pub clients: &'a BTreeMap<String, ClientConfig>,
    /// `[resource.*]`.
    pub resources: &'a BTreeMap<String, ResourceConfig>,
}

fn entry(section: &'static str, id: &str) -> impl FnOnce(EntryProblem) -> SeedProblem {
    let id = id.to_owned();
    move |problem| SeedProblem::Entry {
        section,
        id,
        problem,
    }
}

/// Checks the entries among each other, touching nothing. Returns the hashes of their secrets.
pub fn check(entries: Entries<'_>) -> Result<BTreeMap<String, Option<SecretHash>>, SeedProblem> {
    let known = |organisation: &str| match entries.organisations.contains_key(organisation) {
        true => Ok(()),
        false => Err(EntryProblem {
            key: "organisation",
            problem: format!("{organisation} is not known; add [organisation.{organisation}]"),
        }),
    };
    for (id, resource) in entries.resources {
        known(&resource.organisation).map_err(entry("resource", id))?;
        resource
            .resource(ResourceId::new(id))
            .map_err(entry("resource", id))?;
    }
    let mut secrets = BTreeMap::new();
    for (id, client) in entries.clients {
        known(&client.organisation).map_err(entry("client", id))?;
        client
            .client(ClientId::new(id))
            .map_err(entry("client", id))?;
        client
            .check_scopes_are_known(entries.resources.values())
            .map_err(entry("client", id))?;
        let unknown = client
            .resources
            .iter()
            .find(|resource| !entries.resources.contains_key(*resource));
        if let Some(resource) = unknown {
            let problem = format!("{resource} is not known; add [resource.{resource}]");
            return Err(entry("client", id)(EntryProblem {
                key: "resources",
                problem,
            }));
        }
        secrets.insert(id.clone(), secret_of(client).map_err(entry("client", id))?);
    }
    Ok(secrets)
}

/// Makes the file's rows equal to the file. Returns whether anything changed.
pub async fn seed(
    tx: &mut Tx,
    entries: Entries<'_>,
    now: DateTime<Utc>,
) -> Result<bool, SeedProblem> {
    let secrets = check(entries)?;
    let mut changed = false;

    for (id, organisation) in entries.organisations {
        let id = OrganisationId::new(id);
        changed |= storage::organisation::put(tx, &id, organisation, Origin::File, now).await?;
    }
    for (id, resource) in entries.resources {
        changed |= storage::resource::put(tx, &ResourceId::new(id), resource, now).await?;
    }
    for (id, client) in entries.clients {
        let secret = secrets.get(id).cloned().flatten();
        let stored = StoredClient {
            id: ClientId::new(id),
            origin: Origin::File,
            config: client.clone(),
            secret,
        };
        changed |= storage::client::put(tx, &stored, now)
            .await?
            .ok_or_else(|| SeedProblem::TwoPlaces {
                section: "client",
                id: id.clone(),
            })?;
    }
    changed |= storage::client::disable_missing(
        tx,
        &entries.clients.keys().map(String::as_str).collect(),
        now,
    )
    .await?;
    changed |= storage::resource::remove_missing(
        tx,
        &entries.resources.keys().map(String::as_str).collect(),
        now,
    )
    .await?;
    if changed {
        storage::generation::advance(tx, storage::generation::CLIENTS).await?;
    }
    Ok(changed)
}

fn secret_of(client: &ClientConfig) -> Result<Option<SecretHash>, EntryProblem> {
    let Some(secret) = &client.client_secret else {
        return Ok(None);
    };
    if secret.expose_secret().len() < secret::SHORTEST {
        let problem = format!(
            "is shorter than {} octets; make one with `openssl rand -base64 32`",
            secret::SHORTEST
        );
        return Err(EntryProblem {
            key: "client_secret",
            problem,
        });
    }
    Ok(Some(SecretHash::of(secret)))
}
