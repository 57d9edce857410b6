//! Under which address people reach the broker, in which environment.

use federation::Environment;
use url::{Host, Url};
use web::config::ConfigError;

use super::Config;

/// The public address is the issuer, and fits the environment.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    check_public_url(config)?;
    check_environment(config)
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

/// A host that no citizen can reach: this machine, or a name reserved for tests (RFC 6761, 6.2).
pub(super) fn is_loopback_or_test(url: &Url) -> bool {
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
    use super::super::check::tests::{config, key};

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
}
