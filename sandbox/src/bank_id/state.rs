//! What Bank iD remembers.

use std::path::Path;

use super::config::BankIdConfig;
use super::customer::Customer;
use super::listeners::Listeners;
use super::notice::Notices;
use super::subject::Subjects;
use crate::clock::Clock;
use crate::error::StartError;
use crate::nia::persona::{self, Persona};
use crate::oidc::Provider;
use crate::oidc::keys::Look;

/// Provider, people and banks.
#[derive(Debug)]
pub struct BankId {
    /// What every OpenID provider has.
    pub provider: Provider,
    /// People who have an account at a bank.
    pub people: Vec<Persona>,
    /// How subject identifiers came about.
    pub subjects: Subjects,
    /// Who let which client hear of changes.
    pub listeners: Listeners,
    /// What clients were told, and what they said.
    pub notices: Notices,
}

impl BankId {
    /// Reads or makes the keys in `folder` and registers what the configuration names.
    pub fn new(
        config: &BankIdConfig,
        folder: &Path,
        base_url: &str,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let issuer = format!("{base_url}/bank_id/");
        Ok(Self {
            provider: Provider::new(issuer, Look::BankId, &config.client, folder, clock)?,
            people: persona::built_in()?
                .into_iter()
                .filter(|persona| persona.bank_id.is_some())
                .collect(),
            subjects: Subjects::default(),
            listeners: Listeners::default(),
            notices: Notices::default(),
        })
    }

    /// A person by key, and what banks know.
    pub fn person(&self, key: &str) -> Option<(&Persona, &Customer)> {
        let persona = self.people.iter().find(|persona| persona.key == key)?;
        Some((persona, persona.bank_id.as_ref()?))
    }

    /// Who has an account at a bank.
    pub fn customers_of(&self, bank: &str) -> Vec<&Persona> {
        let has = |persona: &&Persona| {
            persona
                .bank_id
                .as_ref()
                .is_some_and(|customer| customer.banks.iter().any(|one| one == bank))
        };
        self.people.iter().filter(has).collect()
    }
}
