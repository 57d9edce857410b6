//! Under which address people reach the broker, in which environment.

use federation::Environment;
use web::config::{ConfigError, check_outside, is_sandbox_host};

use super::Config;
use crate::clients::{ClientConfig, unfit};

/// The public address is the issuer, and fits the environment.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
    check_public_url(config)?;
    check_environment(config)?;
    config.server.check_tls()
}

/// What is asked and linked besides providers, which look after their own addresses.
pub(super) fn check_others(config: &Config) -> Result<(), ConfigError> {
    let is_production = config.environment == Environment::Production;
    if let Some(url) = &config.ares.url {
        check_outside("ares.url", url, is_production)?;
    }
    config.town.check(is_production)?;
    for (id, client) in &config.client {
        check_client(id, client, config.environment)?;
    }
    Ok(())
}

/// The addresses of a client, wherever it is registered, fit the environment.
pub(crate) fn check_client(
    id: &str,
    client: &ClientConfig,
    environment: Environment,
) -> Result<(), ConfigError> {
    match unfit(id, client, environment).into_iter().next() {
        None => Ok(()),
        Some(unfit) => Err(unfit.error),
    }
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
        Environment::Production if is_sandbox_host(url) => Err(ConfigError::at(
            "server.public_url",
            format!("{url} is a sandbox host, and environment is production"),
            "Give the public name of the broker, or set environment = \"sandbox\"",
        )),
        Environment::Test if url.scheme() != "https" && !is_sandbox_host(url) => {
            Err(ConfigError::at(
                "server.public_url",
                format!("{url} is not https, and environment is test"),
                "Give an https address, or a loopback one",
            ))
        }
        _ => Ok(()),
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

    #[test]
    fn production_asks_links_and_calls_no_sandbox() {
        let public = "https://identita.krumlov.example";
        let organisation = "[organisation.town]\nname = { cs = \"Město\" }";
        let client = |address: &str| {
            format!(
                "{organisation}\n[client.library]\norganisation = \"town\"\nname = {{ cs = \"Knihovna\" }}\n{address}"
            )
        };
        for (named, more) in [
            (
                "ares.url",
                "[ares]\nurl = \"http://127.0.0.1:8402/ares\"".to_owned(),
            ),
            (
                "client.library.home_uri",
                client("home_uri = \"http://knihovna.krumlov.example/\""),
            ),
            (
                "client.library.privacy_uri",
                client("privacy_uri = \"https://localhost/\""),
            ),
            (
                "client.library.jwks_uri",
                client("jwks_uri = \"https://127.0.0.1/jwks\""),
            ),
            (
                "client.library.backchannel_logout_uri",
                client("backchannel_logout_uri = \"https://knihovna.test/logout\""),
            ),
        ] {
            assert_eq!(
                key(&config(public, "production", &more)).as_deref(),
                Some(named),
                "{more}"
            );
            assert_eq!(key(&config(public, "sandbox", &more)), None, "{more}");
        }
        let real = "[ares]\nurl = \"https://ares.gov.cz/ekonomicke-subjekty-v-be/rest\"";
        assert_eq!(key(&config(public, "production", real)), None);
    }

    /// The key that is wrong with a client of these lines in production, and in the sandbox.
    fn of_a_client(lines: &str) -> (Option<String>, Option<String>) {
        let more = format!(
            "[organisation.town]\nname = {{ cs = \"Město\" }}\n[client.library]\norganisation = \"town\"\n\
             name = {{ cs = \"Knihovna\" }}\n{lines}"
        );
        let public = "https://identita.krumlov.example";
        let of = |environment| key(&config(public, environment, &more));
        (of("production"), of("sandbox"))
    }

    const LISTS: [&str; 2] = ["redirect_uris", "post_logout_redirect_uris"];

    #[test]
    fn production_sends_no_browser_back_to_a_sandbox() {
        for list in LISTS {
            let lines =
                |uri: &str| format!("{list} = [\"https://knihovna.krumlov.example/\", \"{uri}\"]");
            for sandbox in [
                "http://localhost:8401/zpet",
                "http://127.0.0.1/zpet",
                "http://[::1]:8401/zpet",
                "https://localhost/zpet",
                "https://127.0.0.1:8443/zpet",
                "https://knihovna.test/zpet",
                "https://knihovna.localhost/zpet",
            ] {
                let named = Some(format!("client.library.{list}"));
                assert_eq!(of_a_client(&lines(sandbox)), (named, None), "{sandbox}");
            }
            let real = lines("https://knihovna.krumlov.example:8443/zpet");
            assert_eq!(of_a_client(&real), (None, None));
        }
    }

    #[test]
    fn a_native_application_gets_answers_on_its_device_in_production_too() {
        for list in LISTS {
            let lines = |uri: &str| {
                format!("native = true\nauthentication = \"none\"\n{list} = [\"{uri}\"]")
            };
            for own in [
                "http://127.0.0.1/zpet",
                "http://[::1]/zpet",
                "http://localhost:51004/zpet",
                "cz.krumlov.knihovna:/zpet",
                "https://knihovna.krumlov.example/zpet",
            ] {
                assert_eq!(of_a_client(&lines(own)), (None, None), "{own}");
            }
            let elsewhere = of_a_client(&lines("https://knihovna.test/zpet"));
            assert_eq!(elsewhere, (Some(format!("client.library.{list}")), None));
        }
    }
}
