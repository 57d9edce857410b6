//! The configuration file, `CITY_SANDBOX__…` variables over it.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format as _, Toml};
use serde::Deserialize;
use url::Url;

use crate::bank_id::config::BankIdConfig;
use crate::caais::config::CaaisConfig;
use crate::error::StartError;
use crate::isds::config::IsdsConfig;
use crate::mail::MailConfig;
use crate::nia::config::NiaConfig;
use crate::tls::TlsConfig;
use crate::tls::main_door::MainDoor;
use crate::world::Addresses;

/// Everything the sandbox can be told at start.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the sandbox listens. Default: `127.0.0.1:8402`; port 0 takes a free one.
    #[serde(default = "default_listen")]
    pub listen: SocketAddr,
    /// The address others reach the sandbox at, without a path. Default: `http://` and the address it listens at.
    #[serde(default)]
    pub public_url: Option<Url>,
    /// Where its keys are kept. Default: `var/sandbox`.
    #[serde(default = "default_data_dir")]
    pub data_dir: PathBuf,
    /// How log lines look: `text` or `json`. Default: `text`.
    #[serde(default)]
    pub log: LogFormat,
    /// The door at `listen`.
    #[serde(default)]
    pub server: MainDoor,
    /// More doors with TLS. Default: none.
    #[serde(default)]
    pub tls: Option<TlsConfig>,
    /// The national identity hub.
    #[serde(default)]
    pub nia: NiaConfig,
    /// Bank iD.
    #[serde(default)]
    pub bank_id: BankIdConfig,
    /// Data boxes.
    #[serde(default)]
    pub isds: IsdsConfig,
    /// The mail sink.
    #[serde(default)]
    pub mail: MailConfig,
    /// CAAIS.
    #[serde(default)]
    pub caais: CaaisConfig,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

impl Config {
    /// The public addresses once it is known where the sandbox really listens.
    pub fn addresses_at(&self, at: &ListensAt) -> Addresses {
        let tls = self.tls.as_ref();
        let public = |url: Option<&Url>, scheme: &str, address: SocketAddr| match url {
            Some(url) => url.as_str().trim_end_matches('/').to_owned(),
            None => format!("{scheme}://{address}"),
        };
        Addresses {
            base_url: public(self.public_url.as_ref(), self.scheme(), at.plain),
            tls_url: at.tls.map(|address| {
                public(
                    tls.and_then(|tls| tls.public_url.as_ref()),
                    "https",
                    address,
                )
            }),
            client_tls_url: at.client_tls.map(|address| {
                let url = tls.and_then(|tls| tls.client_public_url.as_ref());
                public(url, "https", address)
            }),
        }
    }

    fn scheme(&self) -> &'static str {
        match self.server.tls {
            Some(_) => "https",
            None => "http",
        }
    }

    /// Where it is asked to listen.
    pub fn asked(&self) -> ListensAt {
        ListensAt {
            plain: self.listen,
            tls: self.tls.as_ref().and_then(|tls| tls.listen),
            client_tls: self.tls.as_ref().and_then(|tls| tls.client_listen),
            smtp: self.mail.listen,
        }
    }
}

/// Where the sandbox listens.
#[derive(Debug, Clone, Copy)]
pub struct ListensAt {
    /// HTTP.
    pub plain: SocketAddr,
    /// HTTPS.
    pub tls: Option<SocketAddr>,
    /// HTTPS for holders of a client certificate.
    pub client_tls: Option<SocketAddr>,
    /// SMTP.
    pub smtp: Option<SocketAddr>,
}

/// Reads the file, if there is one, and lets the environment overrule it.
pub fn load(file: Option<&Path>) -> Result<Config, StartError> {
    let mut figment = Figment::new();
    if let Some(file) = file {
        if !file.is_file() {
            return Err(StartError::NoConfigFile(file.to_owned()));
        }
        figment = figment.merge(Toml::file_exact(file));
    }

    figment
        .merge(Env::prefixed("CITY_SANDBOX__").split("__"))
        .extract()
        .map_err(|source| StartError::Config(Box::new(source)))
}

fn default_listen() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 8402))
}

fn default_data_dir() -> PathBuf {
    PathBuf::from("var/sandbox")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Config {
        Figment::new().merge(Toml::string(text)).extract().unwrap()
    }

    #[test]
    fn an_empty_file_is_enough() {
        let config = parse("");

        assert_eq!(config.listen.port(), 8402);
        let addresses = config.addresses_at(&config.asked());
        assert_eq!(addresses.base_url, "http://127.0.0.1:8402");
        assert_eq!(addresses.tls_url, None);
    }

    #[test]
    fn the_public_address_has_no_trailing_slash() {
        let config = parse(r#"public_url = "http://127.0.0.1:9402/""#);

        let addresses = config.addresses_at(&config.asked());
        assert_eq!(addresses.base_url, "http://127.0.0.1:9402");
    }

    #[test]
    fn doors_with_tls_are_only_those_asked_for() {
        let config = parse(
            "[tls]\nclient_listen = \"127.0.0.1:8404\"\ncertificate = \"s.pem\"\nkey = \"s.key\"\nca = \"ca.pem\"",
        );

        let addresses = config.addresses_at(&config.asked());
        assert_eq!(addresses.tls_url, None);
        assert_eq!(
            addresses.client_tls_url.as_deref(),
            Some("https://127.0.0.1:8404")
        );
    }

    #[test]
    fn a_key_that_cannot_stand_is_named_with_its_file() {
        let folder = std::env::temp_dir().join(format!("sandbox-config-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("sandbox.toml");
        for (text, key) in [
            ("lisen = 1", "`lisen`"),
            ("[nia]\nlisen = 1", "`nia.lisen`"),
            ("listen = \"nowhere\"", "`listen`"),
        ] {
            std::fs::write(&file, text).unwrap();

            let told = load(Some(&file)).unwrap_err().to_string();

            assert!(told.starts_with(&file.display().to_string()), "{told}");
            assert!(told.contains(key), "{told}");
            assert!(told.contains("config/development/sandbox.toml"), "{told}");
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
