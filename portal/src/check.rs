//! `city-portal check`: what is wrong with a configuration, asked of everything it names. Changes nothing but a new
//! database.

use std::path::Path;

use store::ShortLived;
use web::Clock;
use web::config::TlsConfig;

use crate::config::Config;
use crate::portal::{self, Portal};

/// One thing that was looked at.
#[derive(Debug)]
pub struct Finding {
    /// What.
    pub what: &'static str,
    /// What was found.
    pub said: String,
    /// Whether it stops the portal from working.
    pub is_fault: bool,
}

impl Finding {
    fn good(what: &'static str, said: impl Into<String>) -> Self {
        Self {
            what,
            said: said.into(),
            is_fault: false,
        }
    }

    fn fault(what: &'static str, error: &(dyn std::error::Error + 'static)) -> Self {
        Self {
            what,
            said: chain(error),
            is_fault: true,
        }
    }
}

/// Looks at the database, the short-lived store and the broker. What is wrong with the configuration names `file`.
pub async fn run(config: &Config, file: &Path, clock: Clock, random: web::Random) -> Vec<Finding> {
    let mut findings = Vec::new();
    match Portal::start(config, clock.clone(), random).await {
        Ok(portal) => {
            findings.push(Finding::good(
                "database",
                "open, migrated, made with this master key",
            ));
            findings.push(short_lived(portal.short_lived()).await);
            portal.db().close().await;
        }
        Err(error) => findings.push(Finding::fault("database", &error.in_file(file))),
    }
    findings.extend(config.server.tls.as_ref().map(|files| tls(files, &clock)));
    findings.extend(broker(config, &clock).await);
    findings
}

/// Whether this server's own certificate can be served, and how long.
fn tls(files: &TlsConfig, clock: &Clock) -> Finding {
    match web::serve::tls_good_until(files) {
        Err(error) => Finding::fault("certificate", &error),
        Ok(end) => {
            let day = end.format("%Y-%m-%d");
            Finding {
                what: "certificate",
                said: format!("good until {day}"),
                is_fault: end <= clock.now(),
            }
        }
    }
}

async fn short_lived(store: &ShortLived) -> Finding {
    match store.eviction_risk().await {
        Ok(None) => Finding::good("short-lived state", "reachable"),
        Ok(Some(risk)) => Finding::good("short-lived state", format!("warning: {risk}")),
        Err(error) => Finding::fault("short-lived state", &error),
    }
}

async fn broker(config: &Config, clock: &Clock) -> Vec<Finding> {
    let broker = match portal::broker(config, clock) {
        Ok(broker) => broker,
        Err(error) => return vec![Finding::fault("broker", &error)],
    };
    let provider = match broker.provider(clock.now()).await {
        Ok(provider) => provider,
        Err(error) => return vec![Finding::fault("broker", &error)],
    };
    let metadata = &provider.metadata;
    let mut findings = vec![Finding::good(
        "broker",
        format!(
            "{} with {} keys",
            broker.issuer(),
            provider.keys.keys().len()
        ),
    )];
    if metadata
        .additional_metadata()
        .end_session_endpoint
        .is_none()
    {
        findings.push(Finding::good(
            "broker",
            "it has no end_session_endpoint: signing out ends here",
        ));
    }
    if let Some(supported) = metadata.scopes_supported() {
        for scope in &config.broker.scopes {
            if !supported.iter().any(|known| known.as_str() == scope) {
                findings.push(Finding::good(
                    "broker",
                    format!("it does not list the scope {scope} of `broker.scopes`"),
                ));
            }
        }
    }
    findings
}

/// An error and what caused it, in one line.
pub fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut said = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let more = error.to_string();
        if !said.contains(&more) {
            said.push_str(": ");
            said.push_str(&more);
        }
        cause = error.source();
    }
    said
}
