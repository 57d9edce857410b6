//! Configuration: TOML, overridden by environment variables, refused with the reason and a remedy.

mod error;
mod network;
mod sections;

pub use error::ConfigError;
pub use network::Network;
pub use sections::{LocalText, LogConfig, LogFormat, ServerConfig, TlsConfig, TownConfig};

use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

/// Reads a configuration file and the environment variables over it.
///
/// `CITY_IDP__PROVIDER__NIA__METADATA_URL` overrides `metadata_url` in `[provider.nia]` when
/// `env_prefix` is `CITY_IDP`. Every text key also exists as `…_file`: then its value is read from
/// that file. Unknown keys are refused (sections say `deny_unknown_fields`).
pub fn load<T: DeserializeOwned + JsonSchema>(
    path: &Path,
    env_prefix: &str,
) -> Result<T, ConfigError> {
    let _ = (path, env_prefix);
    todo!()
}

/// The reference of a configuration as Markdown: each section with its keys, their types, defaults
/// and effects.
pub fn reference<T: JsonSchema>(env_prefix: &str) -> String {
    let _ = env_prefix;
    todo!()
}
