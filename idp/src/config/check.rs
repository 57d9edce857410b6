//! What a configuration must be beyond its shape. The first thing wrong is told with its key and the remedy.

use std::net::SocketAddr;

use federation::{Environment, ProviderConfig};
use web::config::ConfigError;

use super::{Config, address, mail, officers, published, times};
use crate::clients::{self, Entries, SeedProblem};

/// Checks everything that can be checked without opening anything.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    address::check(config)?;
    published::check(config)?;
    check_ports(config)?;
    times::check(config)?;
    check_demo(config)?;
    mail::check(config)?;
    check_entries(config)?;
    check_provider_names(config)?;
    officers::check(config)?;
    address::check_others(config)
}

/// People and metrics are served on different sockets.
fn check_ports(config: &Config) -> Result<(), ConfigError> {
    let Some(metrics) = config.server.metrics_listen else {
        return Ok(());
    };
    let listen = config.server.listen;
    let same_host = |a: SocketAddr, b: SocketAddr| {
        a.ip() == b.ip() || a.ip().is_unspecified() || b.ip().is_unspecified()
    };
    if listen.port() != 0 && listen.port() == metrics.port() && same_host(listen, metrics) {
        return Err(ConfigError::at(
            "server.metrics_listen",
            format!("{metrics} is the port of server.listen ({listen})"),
            "Choose another port for metrics",
        ));
    }
    Ok(())
}

/// Invented people exist in the sandbox alone.
fn check_demo(config: &Config) -> Result<(), ConfigError> {
    let demo = config
        .provider
        .iter()
        .find(|(_, provider)| matches!(provider, ProviderConfig::Demo(_)));
    match demo {
        Some((id, _)) if config.environment != Environment::Sandbox => Err(ConfigError::at(
            format!("provider.{id}.kind"),
            format!(
                "demo logs in invented people, and environment is {}",
                config.environment
            ),
            "Remove the provider, or set environment = \"sandbox\"",
        )),
        _ => Ok(()),
    }
}

fn check_entries(config: &Config) -> Result<(), ConfigError> {
    clients::check(config.entries())
        .map(drop)
        .map_err(|problem| entry_error(&problem))
}

/// A problem of an entry as a problem of the configuration.
pub(crate) fn entry_error(problem: &SeedProblem) -> ConfigError {
    match problem {
        SeedProblem::Entry {
            section,
            id,
            problem,
        } => ConfigError::at(
            format!("{section}.{id}.{}", problem.key),
            "cannot stand",
            problem.problem.clone(),
        ),
        SeedProblem::TwoPlaces { section, id } => ConfigError::at(
            format!("{section}.{id}"),
            format!("the same name was added to the database by `city-idp {section} add`"),
            format!(
                "Rename the entry in this file, or remove the other one with `city-idp {section} remove {id}`"
            ),
        ),
        SeedProblem::Storage(error) => ConfigError::whole(error.to_string(), "See [database]"),
    }
}

/// Providers that clients and the rules of accounts name exist: a name that was mistyped would let in whom it should keep out.
fn check_provider_names(config: &Config) -> Result<(), ConfigError> {
    check_named(config, "account.link_only", &config.account.link_only)?;
    check_named(config, "account.replace", &config.account.replace)?;
    for (id, client) in &config.client {
        for (key, names) in [
            ("providers", &client.providers),
            ("idp_hints", &client.idp_hints),
        ] {
            check_named(config, &format!("client.{id}.{key}"), names)?;
        }
    }
    Ok(())
}

fn check_named(config: &Config, key: &str, names: &[String]) -> Result<(), ConfigError> {
    let unknown = names
        .iter()
        .find(|name| !config.provider.contains_key(*name));
    match unknown {
        None => Ok(()),
        Some(name) => Err(ConfigError::at(
            key,
            format!("{name} is no provider"),
            format!("Add [provider.{name}], or remove the name"),
        )),
    }
}

impl Config {
    /// The entries of the file.
    pub fn entries(&self) -> Entries<'_> {
        Entries {
            organisations: &self.organisation,
            clients: &self.client,
            resources: &self.resource,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A configuration with a public address, an environment and other top-level keys.
    pub(in super::super) fn config(public_url: &str, environment: &str, more: &str) -> Config {
        let text = format!(
            "environment = \"{environment}\"\nmaster_key = \"x\"\n{more}\n[server]\nlisten = \"127.0.0.1:8400\"\n\
             metrics_listen = \"127.0.0.1:8408\"\npublic_url = \"{public_url}\"\n[database]\nurl = \"sqlite:x.db\"\n\
             [town]\nname = \"Krumlov\"\n"
        );
        figment::Figment::new()
            .merge(<figment::providers::Toml as figment::providers::Format>::string(&text))
            .extract()
            .unwrap()
    }

    /// The key of the first thing that is wrong.
    pub(in super::super) fn key(config: &Config) -> Option<String> {
        check(config)
            .err()
            .and_then(|error| error.key().map(str::to_owned))
    }

    #[test]
    fn metrics_have_a_port_of_their_own() {
        let mut clash = config("http://localhost:8400", "sandbox", "");
        clash.server.metrics_listen = Some("0.0.0.0:8400".parse().unwrap());

        assert_eq!(key(&clash).as_deref(), Some("server.metrics_listen"));
    }

    #[test]
    fn invented_people_stay_in_the_sandbox() {
        let mut with_demo = config("https://identita.krumlov.example", "test", "");
        let demo =
            serde_json::from_value(serde_json::json!({ "kind": "demo", "environment": "test" }))
                .unwrap();
        with_demo.provider.insert("demo".to_owned(), demo);

        assert_eq!(key(&with_demo).as_deref(), Some("provider.demo.kind"));
    }

    #[test]
    fn an_entry_names_only_what_exists() {
        let mut unknown = config("http://localhost:8400", "sandbox", "");
        let client = serde_json::json!({ "organisation": "library", "name": { "cs": "Knihovna" }, "providers": ["nia"] });
        unknown.client.insert(
            "library".to_owned(),
            serde_json::from_value(client).unwrap(),
        );

        assert_eq!(
            key(&unknown).as_deref(),
            Some("client.library.organisation")
        );
        let organisation = serde_json::json!({ "name": { "cs": "Knihovna" } });
        unknown.organisation.insert(
            "library".to_owned(),
            serde_json::from_value(organisation).unwrap(),
        );
        assert_eq!(key(&unknown).as_deref(), Some("client.library.providers"));
    }

    #[test]
    fn the_rules_of_accounts_name_only_providers_that_exist() {
        for of in ["link_only", "replace"] {
            let more = format!("[account]\n{of} = [\"bank\"]");
            let demo = "[provider.bank]\nkind = \"demo\"\nenvironment = \"sandbox\"";
            let mistyped = config("http://localhost:8400", "sandbox", &more);
            let named = config(
                "http://localhost:8400",
                "sandbox",
                &format!("{more}\n{demo}"),
            );

            assert_eq!(key(&mistyped), Some(format!("account.{of}")));
            assert_eq!(key(&named), None);
        }
    }
}
