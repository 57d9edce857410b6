//! What the portal is made of: the state its handlers take their parts from.

use std::path::Path;

use axum::extract::FromRef;
use outbound::Outbound;
use store::audit::AuditConfig;
use store::{Db, MasterKey, ShortLived};
use web::config::ConfigError;
use web::{Clock, Random, Refusals, Shield};

use crate::broker::Broker;
use crate::config::{AccountUrl, Config};
use crate::login::Logins;
use crate::login::callback::Arrivals;
use crate::login::start::Departures;
use crate::logout::Departed;
use crate::logout::backchannel::Backchannel;
use crate::logout::post::Logouts;
use crate::session::Sessions;
use crate::storage::MIGRATOR;

/// A running portal. Cheap to clone.
#[derive(Debug, Clone, FromRef)]
pub struct Portal {
    db: Db,
    short_lived: ShortLived,
    master_key: MasterKey,
    broker: Broker,
    sessions: Sessions,
    departures: Departures,
    arrivals: Arrivals,
    logouts: Logouts,
    backchannel: Backchannel,
    account_url: AccountUrl,
    audit: AuditConfig,
    clock: Clock,
    random: Random,
}

/// Why the portal did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot work.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be used.
    #[error("the database could not be prepared")]
    Storage(#[from] store::StorageError),
}

impl StartError {
    /// A problem of the configuration names its file.
    #[must_use]
    pub fn in_file(self, file: &Path) -> Self {
        match self {
            Self::Config(error) => Self::Config(error.in_file(file)),
            Self::Storage(error) => Self::Storage(error),
        }
    }
}

impl Portal {
    /// Opens the stores and applies migrations. The broker is not asked: it may be down.
    pub async fn start(config: &Config, clock: Clock, random: Random) -> Result<Self, StartError> {
        config.check()?;
        let master_key = MasterKey::parse(&config.master_key).map_err(|error| {
            ConfigError::at(
                "master_key",
                error.to_string(),
                "Use the key this database was made with",
            )
        })?;
        let db = Db::open(&config.database)
            .await
            .map_err(|error| open_error("database", &error))?;
        db.migrate(&MIGRATOR).await.map_err(migrate_error)?;
        verify_master_key(&db, &master_key).await?;
        let short_lived = ShortLived::open(&config.short_lived, "portal", &db, &master_key)
            .await
            .map_err(|error| open_error("short_lived", &error))?;
        let broker = broker(config, &clock)?;

        let sessions = Sessions::new(
            db.clone(),
            master_key.clone(),
            broker.clone(),
            random.clone(),
            config.session.clone(),
            Refusals::new(config.server.refusals_per_minute),
        );
        let logins = Logins::new(short_lived.clone(), random.clone());
        let departed = Departed::new(short_lived.clone(), broker.issuer());
        Ok(Self {
            departures: Departures {
                logins: logins.clone(),
                begun: Shield::new(config.session.begun_per_minute),
                broker: broker.clone(),
                clock: clock.clone(),
            },
            arrivals: Arrivals {
                db: db.clone(),
                logins,
                sessions: sessions.clone(),
                broker: broker.clone(),
                departed: departed.clone(),
                clock: clock.clone(),
            },
            logouts: Logouts {
                sessions: sessions.clone(),
                broker: broker.clone(),
                short_lived: short_lived.clone(),
                return_to: config.address("/odhlaseni/hotovo"),
                clock: clock.clone(),
                random: random.clone(),
            },
            backchannel: Backchannel {
                db: db.clone(),
                short_lived: short_lived.clone(),
                sessions: sessions.clone(),
                departed,
                broker: broker.clone(),
                clock: clock.clone(),
            },
            account_url: AccountUrl(config.broker.account_url.clone()),
            audit: config.audit,
            db,
            short_lived,
            master_key,
            broker,
            sessions,
            clock,
            random,
        })
    }

    /// The database, for health checks and housekeeping.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// The short-lived store, for health checks and housekeeping.
    pub fn short_lived(&self) -> &ShortLived {
        &self.short_lived
    }

    /// The key above all sealed values.
    pub fn master_key(&self) -> &MasterKey {
        &self.master_key
    }

    /// How long the details of events are kept.
    pub fn audit(&self) -> AuditConfig {
        self.audit
    }

    /// The time.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Randomness.
    pub fn random(&self) -> &Random {
        &self.random
    }
}

/// The client of `[broker]`, with nothing fetched yet.
pub fn broker(config: &Config, clock: &Clock) -> Result<Broker, ConfigError> {
    let clock = clock.clone();
    let outbound = Outbound::builder(&config.outbound).now(move || clock.now());
    let outbound = outbound.build().map_err(|problem| {
        ConfigError::at(
            "outbound",
            problem.to_string(),
            "See docs/reference/portal-configuration.md",
        )
    })?;
    Broker::new(
        &config.broker.issuer,
        &config.broker.client_id,
        config.broker.client_secret.clone(),
        &config.broker.scopes,
        &config.address("/prihlaseni/zpet"),
        &outbound,
    )
    .map_err(|error| {
        ConfigError::at(
            "broker.issuer",
            error.to_string(),
            "Copy it from the provider's discovery document",
        )
    })
}

/// A store that cannot be opened is a matter of the configuration: it names the section and what to do.
fn open_error(section: &'static str, error: &store::OpenError) -> ConfigError {
    match error {
        store::OpenError::Address { key, problem } => ConfigError::at(
            format!("{section}.{key}"),
            *problem,
            "See docs/reference/portal-configuration.md",
        ),
        other => ConfigError::at(
            format!("{section}.url"),
            crate::check::chain(other),
            "Make sure that it exists, runs and lets this program in",
        ),
    }
}

/// Why a database cannot be brought to this release.
fn migrate_error(error: store::StorageError) -> StartError {
    if error.is_of_another_release() {
        return ConfigError::at(
            "database.url",
            "is the database of another program, or of a newer release of city-portal",
            "Give city-portal a database of its own; after going back to an older release, the backup from before the upgrade",
        )
        .into();
    }
    error.into()
}

async fn verify_master_key(db: &Db, master_key: &MasterKey) -> Result<(), StartError> {
    let mut tx = db.begin().await?;
    match store::sealing::verify_or_install(&mut tx, master_key).await {
        Ok(()) => Ok(tx.commit().await?),
        Err(store::sealing::KeyCheckError::Storage(error)) => Err(error.into()),
        Err(wrong @ store::sealing::KeyCheckError::WrongMasterKey) => Err(ConfigError::at(
            "master_key",
            wrong.to_string(),
            "Use the key this database was made with; without it what is sealed there cannot be read",
        )
        .into()),
    }
}
