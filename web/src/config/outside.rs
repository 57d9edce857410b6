//! Addresses of others: what a program asks and where its pages lead.

use url::{Host, Url};

use super::{ConfigError, ServerConfig, TownConfig};

/// Whether nobody but a tester is reached there: this machine, or a name reserved for tests (RFC 6761).
pub fn is_sandbox_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            matches!(
                name.rsplit('.').next(),
                Some("localhost" | "test" | "invalid")
            )
        }
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => true,
    }
}

/// An address of somebody else, as configured under `key`: one of the web always; in production reached by TLS, and no
/// sandbox.
pub fn check_outside(key: &str, url: &Url, is_production: bool) -> Result<(), ConfigError> {
    let is_web = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    let problem = if !is_web {
        "is no address of the web"
    } else if is_production && is_sandbox_host(url) {
        "is a sandbox host, and environment is production"
    } else if is_production && url.scheme() != "https" {
        "is not https, and environment is production"
    } else {
        return Ok(());
    };
    let (problem, remedy) = if is_web {
        (
            format!("{url} {problem}"),
            "Give the real https address, or remove the key",
        )
    } else {
        // It may hold a password, or be a script.
        (
            format!("it {problem}"),
            "Give an address that begins with https:// and names nobody, or remove the key",
        )
    };
    Err(ConfigError::at(key, problem, remedy))
}

impl TownConfig {
    /// Every page leads to these addresses.
    pub fn check(&self, is_production: bool) -> Result<(), ConfigError> {
        let links = [
            ("town.help_url", &self.help_url),
            ("town.contact_url", &self.contact_url),
            ("town.accessibility_url", &self.accessibility_url),
            ("town.privacy_url", &self.privacy_url),
        ];
        for (key, link) in links {
            let Some(link) = link else { continue };
            let url = Url::parse(link).map_err(|_| {
                ConfigError::at(
                    key,
                    "it is no address of the web",
                    "Give the whole address, as https://www.mesto.example/napoveda",
                )
            })?;
            check_outside(key, &url, is_production)?;
        }
        Ok(())
    }
}

impl ServerConfig {
    /// Who is sent to an http address never meets the TLS that is spoken here.
    pub fn check_tls(&self) -> Result<(), ConfigError> {
        if self.tls.is_some() && self.public_url.scheme() != "https" {
            return Err(ConfigError::at(
                "server.public_url",
                format!("{} is not https, and [server.tls] is set", self.public_url),
                "Begin the address with https://, or remove [server.tls]",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(url: &str, is_production: bool) -> Option<String> {
        let url = Url::parse(url).unwrap();
        let error = check_outside("ares.url", &url, is_production).err()?;
        assert_eq!(error.key(), Some("ares.url"));
        Some(error.to_string())
    }

    #[test]
    fn production_asks_and_links_nothing_that_is_a_sandbox_or_without_tls() {
        for sandbox in [
            "http://127.0.0.1:8402/ares",
            "https://127.0.0.1/ares",
            "https://[::1]/ares",
            "https://localhost/ares",
            "https://ares.localhost./ares",
            "https://ARES.test/",
            "https://0.0.0.0/",
        ] {
            let told = problem(sandbox, true).unwrap();
            assert!(told.contains("is a sandbox host"), "{told}");
            assert_eq!(problem(sandbox, false), None, "{sandbox}");
        }
        let told = problem("http://ares.gov.cz/", true).unwrap();
        assert!(told.contains("is not https"), "{told}");
        assert_eq!(problem("https://ares.gov.cz/", true), None);
    }

    #[test]
    fn a_link_is_never_a_script_and_never_holds_a_password() {
        for bad in [
            "javascript:alert(1)",
            "data:text/html,hello",
            "ftp://mesto.example/",
            "https://jana@mesto.example/",
            "https://:geheim@mesto.example/",
        ] {
            for is_production in [false, true] {
                let told = problem(bad, is_production).unwrap();
                assert!(told.contains("is no address of the web"), "{told}");
                assert!(!told.contains("geheim"), "{told}");
            }
        }
    }

    #[test]
    fn the_links_of_the_town_are_addresses_too() {
        let refused = |link: &str, is_production| {
            let mut town = TownConfig::named("Vzorov");
            town.privacy_url = Some(link.to_owned());
            let error = town.check(is_production).err();
            error.and_then(|error| error.key().map(str::to_owned))
        };

        let key = Some("town.privacy_url".to_owned());
        assert_eq!(refused("javascript:alert(1)", false), key);
        assert_eq!(refused("soukromi", false), key);
        assert_eq!(refused("http://www.vzorov.example/", true), key);
        assert_eq!(refused("http://www.vzorov.example/", false), None);
        assert_eq!(refused("https://www.vzorov.example/", true), None);
    }

    #[test]
    fn who_ends_tls_is_reached_by_it() {
        let refused = |public_url: &str, tls: bool| {
            let mut server =
                serde_json::json!({ "listen": "127.0.0.1:0", "public_url": public_url });
            if tls {
                server["tls"] = serde_json::json!({ "cert_file": "a", "key_file": "b" });
            }
            let server: ServerConfig = serde_json::from_value(server).unwrap();
            let error = server.check_tls().err();
            error.and_then(|error| error.key().map(str::to_owned))
        };

        let key = Some("server.public_url".to_owned());
        assert_eq!(refused("http://localhost:8400", true), key);
        assert_eq!(refused("http://localhost:8400", false), None);
        assert_eq!(refused("https://localhost:8400", true), None);
    }
}
