//! `[caais]`: CAAIS.

use serde::Deserialize;

use crate::oidc::client::Client;

/// Who is registered with it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaaisConfig {
    /// `[[caais.client]]`: registered systems. They prove themselves by their certificates.
    #[serde(default)]
    pub client: Vec<Client>,
}
