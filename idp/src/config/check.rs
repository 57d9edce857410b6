//! What a configuration must be beyond its shape. The first thing wrong is told with its key and the remedy.

use std::net::SocketAddr;

use federation::{Environment, ProviderConfig};
use outbound::{MailProblem, MailTls};
use secrecy::ExposeSecret;
use url::{Host, Url};
use web::config::ConfigError;

use super::Config;
use crate::clients::{self, ClientConfig, Entries, SeedProblem};

/// Checks everything that can be checked without opening anything.
pub fn check(config: &Config) -> Result<(), ConfigError> {
    check_public_url(config)?;
    check_environment(config)?;
    check_conformance(config)?;
    check_published(config)?;
    check_ports(config)?;
    check_demo(config)?;
    check_mail(config)?;
    check_entries(config)?;
    check_provider_names(config)?;
    super::officers::check(config)
}

/// Mail goes out protected, unless the mail server is on this machine.
fn check_mail(config: &Config) -> Result<(), ConfigError> {
    let Some(mail) = &config.mail else {
        return Ok(());
    };
    mail.check().map_err(|problem| mail_error(&problem))?;
    let host = Host::parse(&mail.host).ok();
    let is_here = match &host {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => mail
            .host
            .parse()
            .is_ok_and(|address: std::net::Ipv6Addr| address.is_loopback()),
    };
    if mail.tls == MailTls::None && config.environment != Environment::Sandbox && !is_here {
        return Err(ConfigError::at(
            "mail.tls",
            format!(
                "is none, {} is another machine, and environment is {}",
                mail.host, config.environment
            ),
            "Use tls or starttls, or a mail server on this machine",
        ));
    }
    Ok(())
}

/// A problem of `[mail]` as a problem of the configuration.
pub(crate) fn mail_error(problem: &MailProblem) -> ConfigError {
    let (key, problem, remedy) = problem.parts();
    ConfigError::at(format!("mail.{key}"), problem, remedy)
}

/// The issuer is a bare origin: clients append our paths to it, and compare it byte for byte.
fn check_public_url(config: &Config) -> Result<(), ConfigError> {
    let url = config.public_url();
    let bare = url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    if bare && matches!(url.scheme(), "http" | "https") {
        return Ok(());
    }
    Err(ConfigError::at(
        "server.public_url",
        format!("{url} is more or less than scheme, host and port"),
        "Write it like https://identita.mesto.example",
    ))
}

/// Production is reached by TLS under a public name; real test systems too, unless on this machine.
fn check_environment(config: &Config) -> Result<(), ConfigError> {
    let url = config.public_url();
    match config.environment {
        Environment::Production if url.scheme() != "https" => Err(ConfigError::at(
            "server.public_url",
            format!("{url} is not https, and environment is production"),
            "Give the https address under which people reach the broker; a proxy or [server.tls] may end TLS",
        )),
        Environment::Production if is_loopback_or_test(url) => Err(ConfigError::at(
            "server.public_url",
            format!("{url} is a sandbox host, and environment is production"),
            "Give the public name of the broker, or set environment = \"sandbox\"",
        )),
        Environment::Test if url.scheme() != "https" && !is_loopback_or_test(url) => {
            Err(ConfigError::at(
                "server.public_url",
                format!("{url} is not https, and environment is test"),
                "Give an https address, or a loopback one",
            ))
        }
        _ => Ok(()),
    }
}

/// The conformance profile's secrets are known to everybody.
fn check_conformance(config: &Config) -> Result<(), ConfigError> {
    if !config.conformance
        || config.environment == Environment::Sandbox && is_loopback_or_test(config.public_url())
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

/// Providers that clients name exist.
fn check_provider_names(config: &Config) -> Result<(), ConfigError> {
    for (id, client) in &config.client {
        for (key, names) in [
            ("providers", &client.providers),
            ("idp_hints", &client.idp_hints),
        ] {
            if let Some(name) = names
                .iter()
                .find(|name| !config.provider.contains_key(*name))
            {
                return Err(ConfigError::at(
                    format!("client.{id}.{key}"),
                    format!("{name} is no provider"),
                    format!("Add [provider.{name}], or remove the name"),
                ));
            }
        }
    }
    Ok(())
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

/// The master key of `config/conformance.toml`.
const PUBLISHED_MASTER_KEY: &str = "Y29uZm9ybWFuY2UgcHJvZmlsZSwgbm90IGEgc2VjcmU=";

/// How the client secrets of `config/conformance.toml` end.
const PUBLISHED_SECRETS_END: &str = "-secret-0123456789abcdef0123456789abcdef";

/// A host that no citizen can reach: this machine, or a name reserved for tests (RFC 6761, 6.2).
fn is_loopback_or_test(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            matches!(name.rsplit('.').next(), Some("localhost" | "test"))
        }
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(public_url: &str, environment: &str, more: &str) -> Config {
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

    fn key(config: &Config) -> Option<String> {
        check(config)
            .err()
            .and_then(|error| error.key().map(str::to_owned))
    }

    #[test]
    fn an_issuer_is_an_origin() {
        assert_eq!(key(&config("http://localhost:8400", "sandbox", "")), None);
        for bad in [
            "http://localhost:8400/idp",
            "http://localhost:8400/?a=b",
            "ftp://localhost/",
        ] {
            assert_eq!(
                key(&config(bad, "sandbox", "")).as_deref(),
                Some("server.public_url"),
                "{bad}"
            );
        }
    }

    #[test]
    fn production_has_no_http_and_no_sandbox_host() {
        assert_eq!(
            key(&config(
                "https://identita.krumlov.example",
                "production",
                ""
            )),
            None
        );
        for bad in [
            "http://identita.krumlov.example",
            "https://localhost:8400",
            "https://id.test",
            "https://127.0.0.1",
        ] {
            assert_eq!(
                key(&config(bad, "production", "")).as_deref(),
                Some("server.public_url"),
                "{bad}"
            );
        }
    }

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

    #[test]
    fn metrics_have_a_port_of_their_own() {
        let mut clash = config("http://localhost:8400", "sandbox", "");
        clash.server.metrics_listen = Some("0.0.0.0:8400".parse().unwrap());

        assert_eq!(key(&clash).as_deref(), Some("server.metrics_listen"));
    }

    #[test]
    fn mail_goes_out_protected_unless_it_stays_on_the_machine() {
        let with_mail = |environment: &str, host: &str, tls: &str| {
            let mail =
                serde_json::json!({ "host": host, "tls": tls, "from": "identita@krumlov.example" });
            let mut config = config("https://identita.krumlov.example", environment, "");
            config.mail = Some(serde_json::from_value(mail).unwrap());
            key(&config)
        };

        let refused = Some("mail.tls".to_owned());
        assert_eq!(
            with_mail("production", "posta.krumlov.example", "none"),
            refused
        );
        assert_eq!(with_mail("production", "192.0.2.7", "none"), refused);
        assert_eq!(
            with_mail("production", "posta.krumlov.example", "starttls"),
            None
        );
        for here in ["localhost", "127.0.0.1", "::1", "[::1]"] {
            assert_eq!(with_mail("production", here, "none"), None, "{here}");
        }
        assert_eq!(with_mail("sandbox", "posta.krumlov.example", "none"), None);
        assert_eq!(
            with_mail("production", "", "tls"),
            Some("mail.host".to_owned())
        );
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
}
