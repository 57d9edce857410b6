//! Configuration: TOML, overridden by environment variables, refused with the reason and a remedy.

mod error;
mod explain;
mod mend;
mod network;
mod outside;
mod probe;
mod reference;
mod schema;
mod sections;
mod source;
#[cfg(test)]
mod tests;

pub use error::ConfigError;
pub use network::Network;
pub use outside::{check_outside, is_sandbox_host};
pub use probe::Probe;
pub use reference::reference;
pub use sections::{LocalText, LogConfig, LogFormat, ServerConfig, TlsConfig, TownConfig};

use std::path::Path;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use source::Source;

/// Reads a configuration file and the environment variables over it.
///
/// `CITY_IDP__PROVIDER__NIA__METADATA_URL` overrides `metadata_url` in `[provider.nia]` when
/// `env_prefix` is `CITY_IDP`. Every text key also exists as `…_file`: then its value is read from
/// that file. Unknown keys are refused (sections say `deny_unknown_fields`). Relative paths count
/// from the working directory.
pub fn load<T: DeserializeOwned + JsonSchema>(
    path: &Path,
    env_prefix: &str,
) -> Result<T, ConfigError> {
    load_probed(path, env_prefix, probe::none)
}

/// The same where some sections say by a key of theirs what they are: a probe finds the key that is wrong inside one.
pub fn load_probed<T: DeserializeOwned + JsonSchema>(
    path: &Path,
    env_prefix: &str,
    probe: Probe,
) -> Result<T, ConfigError> {
    let variables = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    load_with(path, env_prefix, variables, probe)
}

/// The same with given variables, for tests and tools.
pub fn load_with<T: DeserializeOwned + JsonSchema>(
    path: &Path,
    env_prefix: &str,
    variables: impl IntoIterator<Item = (String, String)>,
    probe: Probe,
) -> Result<T, ConfigError> {
    let schema = schemars::schema_for!(T).to_value();
    let source = Source::new(path, env_prefix, variables);
    let value = source.read(&schema)?;
    value
        .deserialize()
        .map_err(|error| source.explain(&probe::closer(error, &value, probe)))
}
