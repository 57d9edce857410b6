//! `city-idp check`: what is wrong with a configuration, its database, its keys and its providers. Changes nothing.

use std::{path::Path, sync::Arc};

use chrono::TimeDelta;
use federation::{Finding, OwnKeys, Severity};
use outbound::Outbound;
use secrecy::ExposeSecret;
use store::{DatabaseConfig, Db, MasterKey, ShortLived, StorageError};
use web::{Clock, config::TlsConfig};

use super::{ConfigFile, Outcome, say};
use crate::{
    Config,
    ares::{Ares, AresError},
    clients::{self, SeedProblem},
    keys::{KeyProblem, Keys},
    start::{migrate_error, with_causes},
    storage::{
        self, MIGRATIONS,
        client::{self, Origin},
        provider_attribute,
    },
};

/// Days before the end of the server's certificate from which on that is a warning.
const TLS_WARNS_DAYS: i64 = 30;

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
    let (keys, db) = keys(file, &config, &master_key, &mut findings).await?;
    findings.extend(config.server.tls.as_ref().map(tls));
    providers(&config, keys, db.as_ref(), &mut findings).await;
    ares(&config, db.as_ref(), &mut findings).await;
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
    file: &ConfigFile,
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
            Ok(db) if is_new(&db).await? => {
                findings.push(Finding::warning(
                    "database",
                    "is empty; the first `city-idp serve` makes its tables",
                ));
                if config.short_lived.redis.is_some() {
                    findings.push(short_lived(config, master_key, &db).await);
                }
            }
            Ok(db) => {
                db.verify_release(&MIGRATIONS)
                    .await
                    .map_err(|error| file.named(migrate_error(error)))?;
                findings.push(short_lived(config, master_key, &db).await);
                findings.extend(two_places(config, &db).await?);
                findings.extend(unfit_addresses(config, &db).await?);
                match Keys::load(&db, master_key, config).await {
                    Ok(keys) => {
                        findings.push(Finding::fine("database", "can be used"));
                        findings.push(Finding::fine(
                            "keys",
                            "every key opens with this master key",
                        ));
                        return Ok((keys, Some(db)));
                    }
                    // The command line made the tables, or a new provider wants keys of its own: nothing is broken.
                    Err(missing @ KeyProblem::NotMade(_)) => {
                        findings.push(Finding::fine("database", "can be used"));
                        findings.push(Finding::warning("keys", missing.to_string()));
                        let made = Keys::made_for_a_check(config, Clock::system().now())?;
                        return Ok((made, Some(db)));
                    }
                    Err(error) => findings.push(Finding::broken("keys", with_causes(&error))),
                }
            }
        }
    }
    Ok((Keys::made_for_a_check(config, Clock::system().now())?, None))
}

/// Whether no release has made tables there yet.
async fn is_new(db: &Db) -> Result<bool, StorageError> {
    storage::is_new(&mut db.read().await?).await
}

/// Clients that the file names and that the command line added too: they stop a start.
async fn two_places(config: &Config, db: &Db) -> Result<Vec<Finding>, StorageError> {
    let mut tx = db.read().await?;
    let held = client::list(&mut tx).await?;
    let added = held.into_iter().filter(|(client, disabled_at)| {
        client.origin == Origin::Cli
            && disabled_at.is_none()
            && config.client.contains_key(client.id.as_str())
    });
    let findings = added.map(|(client, _)| {
        let problem = SeedProblem::TwoPlaces {
            section: "client",
            id: client.id.to_string(),
        };
        Finding::broken("client", problem.to_string())
    });
    Ok(findings.collect())
}

/// Addresses of clients that the command line added before it refused them: the broker does not use them. Those of the file are
/// the file's to mend, and who is off needs none.
async fn unfit_addresses(config: &Config, db: &Db) -> Result<Vec<Finding>, StorageError> {
    let mut tx = db.read().await?;
    let switched_off = client::list_switched_off(&mut tx).await?;
    let held = client::list(&mut tx).await?;
    let added = held.into_iter().filter(|(client, disabled_at)| {
        client.origin == Origin::Cli
            && disabled_at.is_none()
            && !switched_off.contains_key(&client.id)
    });
    let findings = added.flat_map(|(client, _)| {
        let id = client.id;
        let all = clients::unfit(id.as_str(), &client.config, config.environment);
        all.into_iter().map(move |unfit| {
            Finding::broken(
                "client",
                format!(
                    "client {id}, {}: {}, so it is not used. Add the client anew with its real address: `city-idp client remove \
                     {id}`, then `city-idp client add {id}`, which gives it another secret; `city-idp client show {id}` has what \
                     it holds now",
                    unfit.key,
                    unfit.why(),
                ),
            )
        })
    });
    Ok(findings.collect())
}

/// Whether this server's own certificate can be served, and how long.
fn tls(files: &TlsConfig) -> Finding {
    const CODE: &str = "tls";
    let end = match web::serve::tls_good_until(files) {
        Ok(end) => end,
        Err(error) => return Finding::broken(CODE, error.to_string()),
    };
    let left = end - Clock::system().now();
    let day = end.format("%Y-%m-%d");
    if left <= TimeDelta::zero() {
        Finding::broken(
            CODE,
            format!("the certificate expired on {day}; put a new one in its place"),
        )
    } else if left < TimeDelta::days(TLS_WARNS_DAYS) {
        Finding::warning(CODE, format!("the certificate expires on {day}"))
    } else {
        Finding::fine(CODE, format!("the certificate is good until {day}"))
    }
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

/// Whether ARES answers. Without it a broker works with what is kept, so that is no more than a warning.
async fn ares(config: &Config, db: Option<&Db>, findings: &mut Vec<Finding>) {
    const CODE: &str = "ares";
    // An answer is kept nowhere here; and yet there is no list without a place for answers.
    let (Some(db), Ok(outbound)) = (db, Outbound::new(&config.outbound)) else {
        return;
    };
    let ares = Ares::new(&config.ares, config.environment, &outbound, db);
    findings.push(match ares.try_out(Clock::system().now()).await {
        Ok(()) => Finding::fine(CODE, "ARES answers"),
        Err(AresError::NotConfigured) => Finding::fine(CODE, "ARES is not asked"),
        Err(error) => Finding::warning(CODE, with_causes(&error)),
    });
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
