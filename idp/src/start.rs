//! From a configuration to a running broker. Nothing outside is contacted: a broker starts with every upstream down.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use federation::{KeepKey, OwnKeys};
use outbound::{Mailer, Outbound};
use store::{
    DatabaseConfig, Db, MasterKey, OpenError, ShortLived, StorageError,
    sealing::{self, KeyCheckError},
};
use web::{Clock, NavItem, Random, Refusals, Shield, Site, config::ConfigError};

use crate::{
    Broker, Config, Issuer,
    ares::Ares,
    clients::{self, Clients, SeedProblem},
    config,
    keys::{self, KeyProblem, Keys, Maker, SamlUse},
    shelf::DatabaseShelf,
    storage::MIGRATIONS,
    texts::TEXTS,
};

/// Why a broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The configuration cannot stand; the message names the key and the remedy.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database works no more.
    #[error("the database cannot be used")]
    Storage(#[from] StorageError),
    /// Our keys cannot be made or read.
    #[error("the signing keys cannot be used")]
    Keys(#[source] KeyProblem),
}

impl From<KeyProblem> for StartError {
    fn from(problem: KeyProblem) -> Self {
        Self::Keys(problem)
    }
}

/// The stores of a broker, opened: what the command line needs without serving.
#[derive(Clone, Debug)]
pub struct Stores {
    /// The database, brought to this release.
    pub db: Db,
    /// The key it was made with.
    pub master_key: MasterKey,
}

/// Opens and migrates the database and makes sure that the master key is its own.
pub async fn open(config: &Config) -> Result<Stores, StartError> {
    config::check(config)?;
    let master_key = MasterKey::parse(&config.master_key).map_err(|error| {
        ConfigError::at(
            "master_key",
            error.to_string(),
            "Make one with `openssl rand -base64 32`",
        )
    })?;
    let db = Db::open(&config.database)
        .await
        .map_err(|error| open_error("database", &error))?;
    db.migrate(&MIGRATIONS).await.map_err(migrate_error)?;
    let mut tx = db.begin().await?;
    sealing::verify_or_install(&mut tx, &master_key).await.map_err(|error| match error {
        KeyCheckError::WrongMasterKey => StartError::Config(ConfigError::at(
            "master_key",
            "is not the key this database was made with",
            "Give the key that was in force when the database was made; without it its secrets cannot be read",
        )),
        KeyCheckError::Storage(error) => error.into(),
    })?;
    tx.commit().await?;
    Ok(Stores { db, master_key })
}

/// Makes a broker of a configuration: its keys are made where there are none, and its clients written down.
pub async fn assemble(config: Config, clock: Clock, random: Random) -> Result<Broker, StartError> {
    Box::pin(make(config, clock, random, true)).await
}

/// Makes a broker for one command beside the one that serves: of the keys and clients that the database holds, which it leaves alone.
pub async fn attach(config: Config, clock: Clock, random: Random) -> Result<Broker, StartError> {
    Box::pin(make(config, clock, random, false)).await
}

async fn make(
    config: Config,
    clock: Clock,
    random: Random,
    prepares: bool,
) -> Result<Broker, StartError> {
    let Stores { db, master_key } = open(&config).await?;
    let issuer = config.issuer();

    let beside = beside(&config, &db).await?;
    let short_lived = ShortLived::open(&config.short_lived, "idp", &beside, &master_key)
        .await
        .map_err(|error| open_error("short_lived", &error))?;
    let time = clock.clone();
    let outbound = Outbound::builder(&config.outbound)
        .now(move || time.now())
        .shelf(Arc::new(DatabaseShelf::new(&db, &master_key)));
    let outbound = outbound.build().map_err(|error| {
        ConfigError::at(
            "outbound",
            with_causes(&error),
            "Correct the section [outbound]",
        )
    })?;

    let mailer = mailer(&config, &outbound)?;

    // Last, so that a configuration that cannot stand changes nothing.
    if prepares {
        prepare(&config, &db, &master_key, &random, clock.now()).await?;
    }
    let keys = Keys::load(&db, &master_key, &config).await?;
    let clients = Clients::load(&db, &outbound, config.environment).await?;
    let own_keys = OwnKeys {
        saml: Arc::new(keys.clone()),
        jose: Arc::new(keys.clone()),
    };
    let providers = federation::build(
        &config.provider,
        config.environment,
        config.public_url(),
        &outbound,
        &own_keys,
    )
    .map_err(|problem| {
        let key = format!("provider.{}.{}", problem.provider, problem.key);
        ConfigError::at(key, problem.problem, problem.remedy)
    })?;
    let keep_key = KeepKey::new(&master_key.derive("kept-assertion"))
        .map_err(|error| StorageError::broken(error.to_string()))?;
    let site = Site::new(
        "city-idp",
        "brand",
        &TEXTS,
        config.public_url().clone(),
        config.town.clone(),
    )
    .with_links(vec![NavItem::new("status", "foot-status", "/status")]);
    let ares = Ares::new(&config.ares, config.environment, &outbound, &db);
    Ok(Broker {
        issuer: Issuer::new(issuer),
        db,
        short_lived,
        master_key,
        keep_key: Arc::new(keep_key),
        keys,
        clients,
        providers,
        health: crate::login::Health::default(),
        ares,
        outbound,
        mailer,
        shield: Shield::new(config.login.messages_per_minute),
        begun: Shield::new(config.login.begun_per_minute),
        refusals: Refusals::new(config.server.refusals_per_minute),
        clock,
        random,
        site: site.shared(),
        config: Arc::new(config),
    })
}

/// Makes the keys that are missing, and writes down the clients of the configuration.
async fn prepare(
    config: &Config,
    db: &Db,
    master_key: &MasterKey,
    random: &Random,
    now: DateTime<Utc>,
) -> Result<(), StartError> {
    let mut tx = db.begin().await?;
    keys::ensure(&mut tx, maker(config, master_key, random), now).await?;
    clients::seed(&mut tx, config.entries(), now)
        .await
        .map_err(|problem| match problem {
            SeedProblem::Storage(error) => StartError::from(error),
            problem => config::entry_error(&problem).into(),
        })?;
    tx.commit().await?;
    Ok(())
}

/// The database for short-lived state that is asked for by itself, often while a transaction is open. From the same pool each of
/// those requests would take a second connection, and as many at once as there are connections would wait for each other.
async fn beside(config: &Config, db: &Db) -> Result<Db, StartError> {
    if config.short_lived.redis.is_some() || config.short_lived.redis_file.is_some() {
        return Ok(db.clone());
    }
    let few = DatabaseConfig {
        max_connections: Some(SHORT_LIVED_CONNECTIONS),
        ..config.database.clone()
    };
    let opened = Db::open(&few).await;
    let opened = opened.map_err(|error| open_error("database", &error))?;
    Ok(match (opened, db) {
        // One connection writes, for everybody: nobody waits for it with a transaction open that writes.
        (Db::Sqlite { read, .. }, Db::Sqlite { write, .. }) => Db::Sqlite {
            read,
            write: write.clone(),
        },
        (opened, _) => opened,
    })
}

/// Each is needed for one statement at a time.
const SHORT_LIVED_CONNECTIONS: u32 = 4;

/// What makes this broker's keys.
pub fn maker<'a>(config: &'a Config, master_key: &'a MasterKey, random: &'a Random) -> Maker<'a> {
    Maker {
        master_key,
        random,
        host: config.public_url().host_str().unwrap_or("city-idp"),
        short_saml: config.keys.saml_bits == 2048,
        saml_encryption: SamlUse::of(config).two,
        upstream: keys::upstream::wanted(config),
    }
}

/// What sends mail, when a mail server is configured.
pub(crate) fn mailer(config: &Config, outbound: &Outbound) -> Result<Option<Mailer>, ConfigError> {
    let Some(mail) = &config.mail else {
        return Ok(None);
    };
    let host = config.public_url().host_str().unwrap_or("city-idp");
    let town = config
        .town
        .full_name
        .as_deref()
        .unwrap_or(&config.town.name);
    Mailer::new(mail, outbound, town, host)
        .map(Some)
        .map_err(|problem| config::mail_error(&problem))
}

/// Why a database cannot be brought to this release.
pub(crate) fn migrate_error(error: StorageError) -> StartError {
    if error.is_of_another_release() {
        return ConfigError::at(
            "database.url",
            "is the database of another program, or of a newer release of city-idp",
            "Give city-idp a database of its own; after going back to an older release, the backup from before the upgrade",
        )
        .into();
    }
    error.into()
}

fn open_error(section: &'static str, error: &OpenError) -> ConfigError {
    match error {
        OpenError::Address { key, problem } => ConfigError::at(
            format!("{section}.{key}"),
            *problem,
            "See the reference of the configuration",
        ),
        other => ConfigError::at(
            format!("{section}.url"),
            with_causes(other),
            "Make sure that it exists, runs and lets this program in",
        ),
    }
}

/// An error with all its causes in one line.
pub(crate) fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
