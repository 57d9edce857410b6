//! What stands in the files of this project is a secret to nobody.

use federation::Environment;
use secrecy::ExposeSecret;
use web::config::{ConfigError, is_sandbox_host};

use super::Config;
use crate::clients::ClientConfig;

/// The profile for conformance tests and what is copied from it stay where nobody comes by.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    check_conformance(config)?;
    check_published(config)
}

/// The conformance profile's secrets are known to everybody.
fn check_conformance(config: &Config) -> Result<(), ConfigError> {
    if !config.conformance
        || config.environment == Environment::Sandbox && is_sandbox_host(config.public_url())
    {
        return Ok(());
    }
    Err(ConfigError::at(
        "conformance",
        "this profile has published secrets and a published password, and the issuer is neither loopback nor .test",
        "Use it only with environment = \"sandbox\" and an issuer like https://localhost:9443, or write a configuration of your own",
    ))
}

/// What stands in the files of this project is a secret to nobody.
fn check_published(config: &Config) -> Result<(), ConfigError> {
    if config.environment == Environment::Sandbox {
        return Ok(());
    }
    let refused = |key: String| {
        let problem = format!(
            "is published with this program, and environment is {}",
            config.environment
        );
        Err(ConfigError::at(
            key,
            problem,
            "Make one with `openssl rand -base64 32`",
        ))
    };
    if config.master_key.expose_secret().trim() == PUBLISHED_MASTER_KEY {
        return refused("master_key".to_owned());
    }
    let published = |client: &ClientConfig| {
        client
            .client_secret
            .as_ref()
            .is_some_and(|secret| secret.expose_secret().ends_with(PUBLISHED_SECRETS_END))
    };
    match config.client.iter().find(|(_, client)| published(client)) {
        Some((id, _)) => refused(format!("client.{id}.client_secret")),
        None => Ok(()),
    }
}

/// The master key of `config/conformance.toml`.
const PUBLISHED_MASTER_KEY: &str = "Y29uZm9ybWFuY2UgcHJvZmlsZSwgbm90IGEgc2VjcmU=";

/// How the client secrets of `config/conformance.toml` end.
const PUBLISHED_SECRETS_END: &str = "-secret-0123456789abcdef0123456789abcdef";

#[cfg(test)]
mod tests {
    use super::super::check::tests::{config, key};
    use super::*;

    #[test]
    fn published_secrets_stay_on_loopback_and_test_names() {
        assert_eq!(
            key(&config(
                "https://localhost:9443",
                "sandbox",
                "conformance = true"
            )),
            None
        );
        assert_eq!(
            key(&config("https://op.test", "sandbox", "conformance = true")),
            None
        );
        let public = config(
            "https://identita.krumlov.example",
            "sandbox",
            "conformance = true",
        );
        assert_eq!(key(&public).as_deref(), Some("conformance"));
    }

    #[test]
    fn published_secrets_do_not_leave_the_sandbox() {
        let mut copied = config("https://identita.krumlov.example", "production", "");
        copied.master_key = PUBLISHED_MASTER_KEY.into();
        assert_eq!(key(&copied).as_deref(), Some("master_key"));

        let mut copied = config("https://identita.krumlov.example", "production", "");
        let client = serde_json::json!({
            "organisation": "town", "name": { "cs": "x" },
            "client_secret": "conf-basic-1-secret-0123456789abcdef0123456789abcdef",
        });
        copied
            .client
            .insert("app".to_owned(), serde_json::from_value(client).unwrap());
        assert_eq!(key(&copied).as_deref(), Some("client.app.client_secret"));
    }
}
