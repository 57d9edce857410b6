//! `[bank_id]`: Bank iD.

use serde::Deserialize;

use crate::oidc::client::Client;

/// Who is registered with it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BankIdConfig {
    /// `[[bank_id.client]]`: registered services.
    #[serde(default)]
    pub client: Vec<Client>,
}
