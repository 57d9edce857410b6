//! What a configuration must not say, each rule with its remedy.

use secrecy::ExposeSecret;
use store::MasterKey;
use url::{Host, Url};
use web::config::{ConfigError, check_outside, is_sandbox_host};

use super::{Config, Environment};

impl Config {
    /// Checks what can be checked without asking anybody.
    pub fn check(&self) -> Result<(), ConfigError> {
        let issuer = self.check_issuer()?;
        self.check_public_url()?;
        self.check_ports()?;
        self.check_secrets()?;
        self.check_session()?;
        self.server.check_tls()?;
        if self.environment == Environment::Production {
            self.check_production(&issuer)?;
        }
        self.check_links()
    }

    fn check_issuer(&self) -> Result<Url, ConfigError> {
        let refused = |problem: &str| {
            let remedy = "Copy the `issuer` of the provider's discovery document, as https://identita.mesto.example";
            ConfigError::at("broker.issuer", problem, remedy)
        };
        let issuer = Url::parse(&self.broker.issuer).map_err(|_| refused("it is no address"))?;
        if !matches!(issuer.scheme(), "http" | "https") || !issuer.has_host() {
            return Err(refused("it is no web address"));
        }
        // OpenID Connect Discovery 3.
        if issuer.query().is_some() || issuer.fragment().is_some() {
            return Err(refused("an issuer has no query and no fragment"));
        }
        Ok(issuer)
    }

    fn check_public_url(&self) -> Result<(), ConfigError> {
        let url = &self.server.public_url;
        let refused = |problem: &str, remedy: &str| {
            Err(ConfigError::at("server.public_url", problem, remedy))
        };
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
            return refused(
                "it is no web address",
                "Give the address people type, as https://portal.mesto.example",
            );
        }
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return refused(
                "the portal's pages and its cookies begin at the root of a host",
                "Leave out path, query and fragment, and give the portal a host name of its own",
            );
        }
        if url.scheme() == "http" && !is_this_machine(url) {
            return refused(
                "browsers keep our cookies only over https, or on this machine",
                "Use an https address; `server.tls` or a proxy ends TLS",
            );
        }
        Ok(())
    }

    fn check_ports(&self) -> Result<(), ConfigError> {
        match self.server.metrics_listen {
            Some(metrics) if metrics.port() == self.server.listen.port() && metrics.port() != 0 => {
                Err(ConfigError::at(
                    "server.metrics_listen",
                    format!("port {} is that of `server.listen`", metrics.port()),
                    "Give the metrics a port of their own, as 127.0.0.1:8409",
                ))
            }
            _ => Ok(()),
        }
    }

    fn check_secrets(&self) -> Result<(), ConfigError> {
        MasterKey::parse(&self.master_key).map_err(|error| {
            ConfigError::at(
                "master_key",
                error.to_string(),
                "Use the key this database was made with, or a new one for a new database",
            )
        })?;
        if self.broker.client_id.is_empty() || self.broker.client_secret.expose_secret().is_empty()
        {
            return Err(ConfigError::at(
                "broker.client_secret",
                "client_id and client_secret must not be empty",
                "Take both from the registration at the broker: city-idp client add",
            ));
        }
        Ok(())
    }

    fn check_session(&self) -> Result<(), ConfigError> {
        if (1..=720).contains(&self.session.lasts_minutes) {
            return Ok(());
        }
        Err(ConfigError::at(
            "session.lasts_minutes",
            format!(
                "{} minutes is not between 1 and 720",
                self.session.lasts_minutes
            ),
            "Sessions last twelve hours at most; take a value up to 720",
        ))
    }

    /// Every page leads to these addresses.
    fn check_links(&self) -> Result<(), ConfigError> {
        let is_production = self.environment == Environment::Production;
        if let Some(url) = &self.broker.account_url {
            check_outside("broker.account_url", url, is_production)?;
        }
        self.town.check(is_production)
    }

    fn check_production(&self, issuer: &Url) -> Result<(), ConfigError> {
        let remedy = "Use the production value, or set `environment` to \"test\" or \"sandbox\"";
        for (key, url) in [
            ("broker.issuer", issuer),
            ("server.public_url", &self.server.public_url),
        ] {
            if url.scheme() != "https" {
                return Err(ConfigError::at(
                    key,
                    "in production it must be https",
                    remedy,
                ));
            }
            if is_sandbox_host(url) {
                return Err(ConfigError::at(
                    key,
                    "it is a sandbox address, and this is production",
                    remedy,
                ));
            }
        }
        if self
            .broker
            .client_secret
            .expose_secret()
            .starts_with("sandbox")
        {
            return Err(ConfigError::at(
                "broker.client_secret",
                "it is the sandbox's, and this is production",
                remedy,
            ));
        }
        Ok(())
    }
}

fn is_this_machine(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use outbound::OutboundConfig;
    use store::{DatabaseConfig, ShortLivedConfig};
    use web::config::{LogConfig, TownConfig};

    use super::*;
    use crate::session::SessionConfig;

    fn config(environment: Environment) -> Config {
        let server = serde_json::json!({"listen": "127.0.0.1:8401", "public_url": "https://portal.mesto.example"});
        let broker = serde_json::json!({
            "issuer": "https://identita.mesto.example", "client_id": "portal", "client_secret": "a-secret-of-256-bits"
        });
        Config {
            environment,
            master_key: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=".into(),
            server: serde_json::from_value(server).unwrap(),
            database: DatabaseConfig::at("sqlite::memory:"),
            short_lived: ShortLivedConfig::default(),
            broker: serde_json::from_value(broker).unwrap(),
            session: SessionConfig::default(),
            audit: store::audit::AuditConfig::default(),
            outbound: OutboundConfig::default(),
            town: TownConfig::named("Vzorov"),
            log: LogConfig::default(),
        }
    }

    fn refused_key(config: &Config) -> Option<String> {
        config
            .check()
            .err()
            .and_then(|error| error.key().map(str::to_owned))
    }

    #[test]
    fn a_sound_configuration_passes_everywhere() {
        for environment in [
            Environment::Sandbox,
            Environment::Test,
            Environment::Production,
        ] {
            assert_eq!(config(environment).check(), Ok(()));
        }
    }

    #[test]
    fn production_refuses_what_belongs_to_the_sandbox() {
        for issuer in [
            "http://identita.mesto.example",
            "https://localhost:8400",
            "https://127.0.0.1:8400",
            "https://broker.test",
        ] {
            let mut config = config(Environment::Production);
            config.broker.issuer = issuer.to_owned();

            assert_eq!(
                refused_key(&config).as_deref(),
                Some("broker.issuer"),
                "{issuer}"
            );

            config.environment = Environment::Sandbox;

            assert_eq!(config.check(), Ok(()), "{issuer}");
        }
        let mut config = config(Environment::Production);
        config.broker.client_secret = "sandbox-portal-secret".into();

        assert_eq!(
            refused_key(&config).as_deref(),
            Some("broker.client_secret")
        );
    }

    #[test]
    fn an_issuer_is_a_web_address_and_nothing_more() {
        for issuer in [
            "",
            "identita",
            "ftp://identita.mesto.example",
            "https://identita.mesto.example?a",
            "https://identita.mesto.example#a",
        ] {
            let mut config = config(Environment::Test);
            config.broker.issuer = issuer.to_owned();

            assert_eq!(
                refused_key(&config).as_deref(),
                Some("broker.issuer"),
                "{issuer}"
            );
        }
    }

    #[test]
    fn the_public_address_is_a_host_that_keeps_cookies() {
        for url in [
            "https://mesto.example/portal",
            "http://portal.mesto.example",
            "https://portal.mesto.example/?a",
        ] {
            let mut config = config(Environment::Test);
            config.server.public_url = Url::parse(url).unwrap();

            assert_eq!(
                refused_key(&config).as_deref(),
                Some("server.public_url"),
                "{url}"
            );
        }
    }

    #[test]
    fn two_listeners_need_two_ports() {
        let mut config = config(Environment::Sandbox);
        config.server.metrics_listen = Some("127.0.0.1:8401".parse().unwrap());

        assert_eq!(
            refused_key(&config).as_deref(),
            Some("server.metrics_listen")
        );
    }

    #[test]
    fn a_placeholder_is_no_master_key() {
        let mut config = config(Environment::Sandbox);
        config.master_key = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=".into();

        assert_eq!(refused_key(&config).as_deref(), Some("master_key"));
    }

    #[test]
    fn nobody_stays_signed_in_for_longer_than_twelve_hours() {
        let mut config = config(Environment::Sandbox);
        config.session.lasts_minutes = 721;

        assert_eq!(
            refused_key(&config).as_deref(),
            Some("session.lasts_minutes")
        );
    }

    #[test]
    fn every_page_leads_to_addresses_of_the_web_and_in_production_to_real_ones() {
        let refused = |link: &str, environment| {
            let mut linking = config(environment);
            linking.broker.account_url = Some(Url::parse(link).unwrap());
            refused_key(&linking)
        };

        let key = Some("broker.account_url".to_owned());
        for environment in [Environment::Sandbox, Environment::Production] {
            assert_eq!(refused("javascript:alert(1)", environment), key);
        }
        for bad in [
            "http://127.0.0.1:1/x",
            "http://identita.mesto.example/account",
            "https://localhost/account",
        ] {
            assert_eq!(refused(bad, Environment::Production), key, "{bad}");
            assert_eq!(refused(bad, Environment::Sandbox), None, "{bad}");
        }
        let good = "https://identita.mesto.example/account";
        assert_eq!(refused(good, Environment::Production), None);
    }
}
