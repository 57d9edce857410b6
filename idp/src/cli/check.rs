//! `city-idp check`: what is wrong with a configuration, its database, its keys and its providers. Changes nothing.

use std::{path::Path, sync::Arc};

use federation::{Finding, OwnKeys, Severity};
use outbound::Outbound;
use secrecy::ExposeSecret;
use store::{DatabaseConfig, Db, MasterKey, ShortLived, StorageError};
use web::Clock;

use super::{ConfigFile, Outcome, say};
use crate::{Config, keys::Keys, start::with_causes, storage::provider_attribute};

pub(super) async fn run(file: &ConfigFile) -> Outcome {
    let config = file.load()?;
    let mut findings = vec![Finding::fine(
        "configuration",
        "the configuration can stand",
    )];
    let master_key = MasterKey::parse(&config.master_key).map_err(|error| {
        web::config::ConfigError::at(
            "master_key",
            error.to_string(),
            "Make one with `openssl rand -base64 32`",
        )
        .in_file(&file.config)
    })?;
    let (keys, db) = keys(&config, &master_key, &mut findings).await?;
    providers(&config, keys, db.as_ref(), &mut findings).await;
    mail(&config, &mut findings).await;

    let mut worst = Severity::Fine;
    for finding in findings {
        let word = match finding.severity {
            Severity::Fine => "ok     ",
            Severity::Warning => "warning",
            Severity::Broken => "BROKEN ",
        };
        say(format!("{word} {}: {}", finding.code, finding.message))?;
        worst = worst.max(finding.severity);
    }
    if worst == Severity::Broken {
        Err("something is broken, see above".into())
    } else {
        Ok(())
    }
}

/// The keys in use with the database they are in, or, where there are none yet, keys made for this check alone.
async fn keys(
    config: &Config,
    master_key: &MasterKey,
    findings: &mut Vec<Finding>,
) -> Result<(Keys, Option<Db>), Box<dyn std::error::Error + Send + Sync>> {
    if is_new_file(&config.database) {
        findings.push(Finding::warning(
            "database",
            "does not exist yet; the first `city-idp serve` makes it",
        ));
    } else {
        match Db::open(&config.database).await {
            Err(error) => findings.push(Finding::broken("database", with_causes(&error))),
            Ok(db) => {
                findings.push(short_lived(config, master_key, &db).await);
                match Keys::load(&db, master_key, config).await {
                    Ok(keys) => {
                        findings.push(Finding::fine("database", "can be used"));
                        findings.push(Finding::fine(
                            "keys",
                            "every key opens with this master key",
                        ));
                        return Ok((keys, Some(db)));
                    }
                    Err(error) => findings.push(Finding::broken("keys", with_causes(&error))),
                }
            }
        }
    }
    Ok((Keys::made_for_a_check(config, Clock::system().now())?, None))
}

async fn providers(config: &Config, keys: Keys, db: Option<&Db>, findings: &mut Vec<Finding>) {
    let outbound = match Outbound::new(&config.outbound) {
        Ok(outbound) => outbound,
        Err(error) => return findings.push(Finding::broken("outbound", with_causes(&error))),
    };
    let keys = OwnKeys {
        saml: Arc::new(keys.clone()),
        jose: Arc::new(keys),
    };
    match federation::build(
        &config.provider,
        config.environment,
        config.public_url(),
        &outbound,
        &keys,
    ) {
        Err(problem) => findings.push(Finding::broken("provider", problem.to_string())),
        Ok(registry) => {
            let now = Clock::system().now();
            for (id, provider) in registry.iter() {
                if let Some(db) = db {
                    // A database of an older release does not know them yet.
                    let realm = provider.describe().realm.as_str();
                    let names = attributes(db, realm).await.unwrap_or_default();
                    provider.seen_before(names);
                }
                for finding in provider.check(now).await {
                    let message = format!("provider {id}: {}", finding.message);
                    findings.push(Finding { message, ..finding });
                }
            }
        }
    }
}

/// The names of attributes that a provider was seen to send.
async fn attributes(db: &Db, realm: &str) -> Result<Vec<String>, StorageError> {
    let mut tx = db.read().await?;
    provider_attribute::list(&mut tx, realm).await
}

/// Whether the short-lived store can be used and forgets nothing by itself.
async fn short_lived(config: &Config, master_key: &MasterKey, db: &Db) -> Finding {
    const CODE: &str = "short_lived";
    let opened = ShortLived::open(&config.short_lived, "idp", db, master_key).await;
    let store = match opened {
        Ok(store) => store,
        Err(error) => return Finding::broken(CODE, with_causes(&error)),
    };
    match store.eviction_risk().await {
        Ok(None) => Finding::fine(CODE, "forgets nothing before its time"),
        Ok(Some(risk)) => Finding::warning(CODE, risk),
        Err(error) => Finding::broken(CODE, with_causes(&error)),
    }
}

/// Whether the mail server lets us in; sends nothing.
async fn mail(config: &Config, findings: &mut Vec<Finding>) {
    let Ok(outbound) = Outbound::new(&config.outbound) else {
        return;
    };
    findings.push(match crate::start::mailer(config, &outbound) {
        Err(error) => Finding::broken("mail", error.to_string()),
        Ok(None) => Finding::warning(
            "mail",
            "no mail server is configured: people find notices on their page only; add the section [mail]",
        ),
        Ok(Some(mailer)) => match mailer.greet().await {
            Ok(()) => Finding::fine("mail", "the mail server lets us in"),
            Err(error) => Finding::broken("mail", with_causes(&error)),
        },
    });
}

/// Opening would make the file.
fn is_new_file(database: &DatabaseConfig) -> bool {
    let url = database.url.expose_secret();
    let file = url
        .strip_prefix("sqlite:")
        .map(|file| file.strip_prefix("//").unwrap_or(file));
    file.is_some_and(|file| !Path::new(file).exists())
}
