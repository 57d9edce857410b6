//! What CAAIS remembers.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::config::CaaisConfig;
use super::officer::{self, Officer};
use crate::clock::Clock;
use crate::error::StartError;
use crate::oidc::Provider;
use crate::oidc::client::{AuthMethod, Client};
use crate::oidc::controls::Whose;
use crate::oidc::keys::Look;
use crate::world::Addresses;

/// Provider and officials.
#[derive(Debug)]
pub struct Caais {
    /// What every OpenID provider has.
    pub provider: Provider,
    officers: Mutex<Vec<Officer>>,
    /// The token endpoint, on the door that asks for a certificate. Without that door it leads nowhere.
    pub token_url: String,
}

impl Caais {
    /// Reads or makes the keys in `folder` and registers what the configuration names.
    pub fn new(
        config: &CaaisConfig,
        folder: &Path,
        addresses: &Addresses,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let issuer = format!("{}/caais/", addresses.base_url);
        // There is no other way to prove oneself here.
        let clients: Vec<_> = config
            .client
            .iter()
            .map(|client| Client {
                auth_method: AuthMethod::TlsClientAuth,
                ..client.clone()
            })
            .collect();
        let door = addresses
            .client_tls_url
            .as_deref()
            .unwrap_or("https://zde-neni.example");
        Ok(Self {
            provider: Provider::new(issuer, Look::Nameless, &clients, folder, clock)?,
            officers: Mutex::new(officer::built_in()?),
            token_url: format!("{door}/caais/oauth2/token"),
        })
    }

    /// The officials who can log in, with the roles they have now.
    pub fn officers(&self) -> Vec<Officer> {
        self.lock().clone()
    }

    /// An official by key.
    pub fn officer(&self, key: &str) -> Option<Officer> {
        let officers = self.lock();
        officers.iter().find(|officer| officer.key == key).cloned()
    }

    /// An administrator gives an official these roles, and no others. `false`: there is no such official.
    pub fn set_roles(&self, key: &str, access_roles: Vec<String>) -> bool {
        let mut officers = self.lock();
        let officer = officers.iter_mut().find(|officer| officer.key == key);
        officer.is_some_and(|officer| {
            officer.access_roles = access_roles;
            true
        })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Officer>> {
        self.officers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// For the controls that all providers have.
    pub fn controlled(&self) -> Whose<'_> {
        Whose {
            provider: &self.provider,
            title: "CAAIS",
            folder: "caais",
            knows: |fault| !fault.is_of_banks(),
        }
    }
}
