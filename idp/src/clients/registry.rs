//! The copy in memory of who may ask for what.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

use federation::Environment;
use outbound::Outbound;
use store::{Db, StorageError};

use super::{Client, Organisation, Resource};
use crate::{
    claims::catalogue,
    ids::{ClientId, OrganisationId, ResourceId},
    storage,
};

/// Everything registered, as one state of the database.
#[derive(Debug, Default)]
pub struct Catalogue {
    pub(crate) generation: i64,
    pub(crate) organisations: HashMap<OrganisationId, Arc<Organisation>>,
    pub(crate) clients: HashMap<ClientId, Arc<Client>>,
    pub(crate) resources: HashMap<ResourceId, Arc<Resource>>,
}

/// The copy in memory. Cheap to clone; all clones follow a reload.
#[derive(Clone, Debug, Default)]
pub struct Clients(Arc<RwLock<Arc<Catalogue>>>);

/// Why scopes and resources cannot be granted together (RFC 8707, 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotGrantable {
    /// A resource is unknown, or not one the client may call.
    UnknownResource,
    /// More than one resource is named, by address or by scope.
    TwoResources,
}

impl NotGrantable {
    /// The OAuth code.
    pub const fn oauth(self) -> &'static str {
        "invalid_target"
    }

    /// One ASCII sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::UnknownResource => "the resource is unknown or not approved for the client",
            Self::TwoResources => "one token is for one resource only",
        }
    }
}

impl Catalogue {
    /// An operator learns at the start, and not from the first person who is refused.
    fn tell_withheld(&self) {
        let enabled = self
            .clients
            .values()
            .filter(|one| one.disabled_at.is_none());
        for client in enabled {
            for unfit in &client.withheld {
                tracing::warn!(
                    client.id = %client.id,
                    config.key = unfit.key,
                    error = unfit.why(),
                    "an address of a client does not fit the environment and is not used"
                );
            }
        }
    }
}

impl Clients {
    /// Reads everything from the database, for use in this environment.
    pub async fn load(
        db: &Db,
        outbound: &Outbound,
        environment: Environment,
    ) -> Result<Self, StorageError> {
        let clients = Self::default();
        clients.reload(db, outbound, environment).await?;
        Ok(clients)
    }

    /// A registry of these, for tests of rules.
    pub fn of(catalogue: Catalogue) -> Self {
        Self(Arc::new(RwLock::new(Arc::new(catalogue))))
    }

    /// Reads everything again.
    pub async fn reload(
        &self,
        db: &Db,
        outbound: &Outbound,
        environment: Environment,
    ) -> Result<(), StorageError> {
        let mut tx = db.read().await?;
        let catalogue = storage::client::load_catalogue(&mut tx, outbound, environment).await?;
        catalogue.tell_withheld();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(catalogue);
        Ok(())
    }

    /// The state now; it stays as it is while held.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The generation that the copy was made of.
    pub fn generation(&self) -> i64 {
        self.catalogue().generation
    }

    /// The client of this id.
    pub fn get(&self, id: impl AsRef<str>) -> Option<Arc<Client>> {
        self.catalogue().clients.get(id.as_ref()).cloned()
    }

    /// The organisation of this id.
    pub fn organisation(&self, id: &OrganisationId) -> Option<Arc<Organisation>> {
        self.catalogue().organisations.get(id).cloned()
    }

    /// The resource of this id.
    pub fn resource(&self, id: &ResourceId) -> Option<Arc<Resource>> {
        self.catalogue().resources.get(id).cloned()
    }

    /// Which of the asked scopes `client` may have, and for which resource. A resource is chosen by `resource`
    /// parameters or by asking for one of its scopes, and there may be one only.
    pub fn grantable(
        &self,
        client: &Client,
        asked: &BTreeSet<&str>,
        named: &BTreeSet<&str>,
    ) -> Result<(BTreeSet<String>, Option<ResourceId>), NotGrantable> {
        let catalogue = self.catalogue();
        let approved = |id: &ResourceId| catalogue.resources.get(id);
        let callable = || client.resources.iter().filter_map(approved);

        let mut chosen: BTreeSet<&ResourceId> = BTreeSet::new();
        for uri in named {
            let resource = callable()
                .find(|resource| resource.uri == *uri)
                .ok_or(NotGrantable::UnknownResource)?;
            chosen.insert(&resource.id);
        }
        let by_scope = callable().filter(|resource| {
            resource
                .scopes
                .iter()
                .any(|scope| asked.contains(scope.as_str()) && client.scopes.contains(scope))
        });
        chosen.extend(by_scope.map(|resource| &resource.id));
        if chosen.len() > 1 {
            return Err(NotGrantable::TwoResources);
        }

        let resource = chosen.into_iter().next();
        let of_resource = resource.and_then(approved);
        let exists = |scope: &str| {
            catalogue::scope(scope).is_some()
                || of_resource.is_some_and(|resource| resource.scopes.contains(scope))
        };
        let scopes = client
            .scopes
            .iter()
            .filter(|scope| asked.contains(scope.as_str()) && exists(scope))
            .cloned();
        Ok((scopes.collect(), resource.cloned()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{client::tests::client, config::ResourceConfig};
    use super::*;

    fn registry() -> (Clients, Client) {
        let resource = |id: &str, uri: &str, scope: &str| {
            let config: ResourceConfig = serde_json::from_value(serde_json::json!({
                "organisation": "town", "name": { "cs": id }, "uri": uri, "scopes": [scope],
            }))
            .unwrap();
            (
                ResourceId::new(id),
                Arc::new(config.resource(ResourceId::new(id)).unwrap()),
            )
        };
        let mut client = client("app", &[]);
        client.scopes = ["openid", "email", "parking.read", "waste.read"]
            .map(str::to_owned)
            .into();
        client.resources = ["parking", "waste"].map(ResourceId::new).into();
        let resources = [
            resource("parking", "https://api.town.test/parking", "parking.read"),
            resource("waste", "https://api.town.test/waste", "waste.read"),
            resource("secret", "https://api.town.test/secret", "secret.read"),
        ];
        (
            Clients::of(Catalogue {
                resources: resources.into(),
                ..Catalogue::default()
            }),
            client,
        )
    }

    #[test]
    fn unapproved_and_unknown_scopes_are_dropped() {
        let (clients, client) = registry();

        let (scopes, resource) = clients
            .grantable(
                &client,
                &["openid", "phone", "x", "secret.read"].into(),
                &[].into(),
            )
            .unwrap();

        assert_eq!(scopes, ["openid".to_owned()].into());
        assert_eq!(resource, None);
    }

    #[test]
    fn a_resource_is_chosen_by_address_or_scope_and_there_is_one() {
        let (clients, client) = registry();
        let grantable = |asked: &[&'static str], named: &[&'static str]| {
            clients.grantable(
                &client,
                &asked.iter().copied().collect(),
                &named.iter().copied().collect(),
            )
        };

        let by_scope = grantable(&["openid", "parking.read"], &[]).unwrap();
        assert_eq!(by_scope.1, Some(ResourceId::new("parking")));
        let by_address = grantable(&["openid"], &["https://api.town.test/waste"]).unwrap();
        assert_eq!(by_address.1, Some(ResourceId::new("waste")));
        assert_eq!(
            grantable(&["parking.read", "waste.read"], &[]),
            Err(NotGrantable::TwoResources)
        );
        assert_eq!(
            grantable(&["parking.read"], &["https://api.town.test/waste"]),
            Err(NotGrantable::TwoResources)
        );
        assert_eq!(
            grantable(&["openid"], &["https://api.town.test/secret"]),
            Err(NotGrantable::UnknownResource)
        );
        assert_eq!(
            grantable(&["openid"], &["https://evil.test/"]),
            Err(NotGrantable::UnknownResource)
        );
    }
}
