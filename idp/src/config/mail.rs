//! The mail server.

use federation::Environment;
use outbound::{MailProblem, MailTls};
use url::Host;
use web::config::ConfigError;

use super::Config;

/// Mail goes out protected, unless the mail server is on this machine.
pub(super) fn check(config: &Config) -> Result<(), ConfigError> {
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

#[cfg(test)]
mod tests {
    use super::super::check::tests::{config, key};

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
}
