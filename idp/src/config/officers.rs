//! What stands in a configuration about officers: they come through a provider for officers, and nobody else does.

use std::collections::BTreeSet;

use federation::ProviderConfig;
use web::config::ConfigError;

use super::Config;

/// Checks `[staff]`, and that no client names a provider for officers.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    check_staff(config)?;
    check_clients(config)
}

fn check_staff(config: &Config) -> Result<(), ConfigError> {
    let Some(staff) = &config.staff else {
        return Ok(());
    };
    let name = &staff.provider;
    if !is_for_officers(config, name) {
        return Err(ConfigError::at(
            "staff.provider",
            format!("{name} is no provider of kind = \"caais\""),
            format!("Add [provider.{name}] with kind = \"caais\", or name the one that exists"),
        ));
    }
    if staff.roles.values().all(BTreeSet::is_empty) {
        return Err(ConfigError::at(
            "staff.roles",
            "gives nobody a role",
            "Say what the roles registered at the provider mean, as \"IDP.ADMIN\" = [\"idp.admin\"]",
        ));
    }
    Ok(())
}

fn check_clients(config: &Config) -> Result<(), ConfigError> {
    for (id, client) in &config.client {
        for (key, names) in [
            ("providers", &client.providers),
            ("idp_hints", &client.idp_hints),
        ] {
            if let Some(name) = names.iter().find(|name| is_for_officers(config, name)) {
                return Err(ConfigError::at(
                    format!("client.{id}.{key}"),
                    format!("{name} lets officers in, and clients are for people"),
                    "Remove the name",
                ));
            }
        }
    }
    Ok(())
}

fn is_for_officers(config: &Config, name: &str) -> bool {
    let provider = config.provider.get(name);
    provider.is_some_and(|provider| matches!(provider, ProviderConfig::Caais(_)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// A configuration with a provider for officers and one for people, and these changes.
    fn key(changes: &Value) -> Option<String> {
        let mut config = json!({
            "environment": "sandbox",
            "master_key": "x",
            "server": { "listen": "127.0.0.1:8400", "public_url": "http://localhost:8400" },
            "database": { "url": "sqlite:x.db" },
            "town": { "name": "Krumlov" },
            "provider": {
                "demo": { "kind": "demo", "environment": "sandbox" },
                "caais": {
                    "kind": "caais", "environment": "sandbox", "client_id": "KRUMLOV", "client_certificate": "town",
                    "ico": "00245836", "level": { "identity": "town", "login": "multi" },
                },
            },
            "organisation": { "library": { "name": { "cs": "Knihovna" } } },
        });
        for (section, value) in changes.as_object().unwrap() {
            config[section] = value.clone();
        }
        let config: Config = serde_json::from_value(config).unwrap();
        super::super::check(&config)
            .err()
            .and_then(|error| error.key().map(str::to_owned))
    }

    #[test]
    fn officers_come_through_a_provider_for_officers_and_get_a_role_somehow() {
        let staff = |provider: &str, roles: Value| {
            key(&json!({ "staff": { "provider": provider, "roles": roles } }))
        };
        let admin = || json!({ "IDP.ADMIN": ["idp.admin"] });

        assert_eq!(key(&json!({})), None);
        assert_eq!(staff("caais", admin()), None);
        for provider in ["demo", "nobody", ""] {
            let refused = staff(provider, admin());
            assert_eq!(refused.as_deref(), Some("staff.provider"), "{provider}");
        }
        for roles in [json!({}), json!({ "IDP.ADMIN": [] })] {
            assert_eq!(staff("caais", roles).as_deref(), Some("staff.roles"));
        }
    }

    #[test]
    fn a_client_names_no_provider_for_officers() {
        for named in ["providers", "idp_hints"] {
            let mut client = json!({
                "organisation": "library",
                "name": { "cs": "Knihovna" },
                "redirect_uris": ["https://library.test/back"],
                "client_secret": "a secret of this test, which is long enough",
            });
            client[named] = json!(["demo", "caais"]);

            let refused = key(&json!({ "client": { "library": client } })).unwrap();

            assert_eq!(refused, format!("client.library.{named}"));
        }
    }
}
