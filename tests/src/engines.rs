//! The engines under test: a database of its own for each test, on SQLite and on PostgreSQL, and the three stores of
//! short-lived state. A test without its engine is red.

mod postgres;
mod redis_server;
mod servers;

pub use redis_server::RedisServer;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use secrecy::{ExposeSecret, SecretString};
use sqlx::migrate::Migrator;
use store::{DatabaseConfig, Db, MasterKey, ShortLived, ShortLivedConfig};
use tokio::sync::OnceCell;
use url::Url;

/// Whose tables a database has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tables {
    /// `migrations/idp`.
    Idp,
    /// `migrations/portal`.
    Portal,
}

/// A database that nobody else uses, gone when this is dropped.
#[derive(Debug)]
pub struct Engine {
    /// For messages: `SQLite`, `PostgreSQL`.
    pub name: &'static str,
    /// Opened and migrated.
    pub db: Db,
    /// What a program would have in its configuration.
    pub config: DatabaseConfig,
    place: Place,
}

#[derive(Debug)]
enum Place {
    File(PathBuf),
    Server(String),
}

/// One way to keep short-lived state, with nothing in it.
#[derive(Debug)]
pub struct Store {
    /// For messages: `database on SQLite`, `Redis`.
    pub name: String,
    /// Opened.
    pub short_lived: ShortLived,
    /// The database of the same program: the store itself, or what stands beside Redis.
    pub engine: Engine,
    /// What a program would have in its configuration.
    pub config: ShortLivedConfig,
    namespace: &'static str,
}

/// Both databases with the broker's tables.
pub async fn engines() -> [Engine; 2] {
    [sqlite(Tables::Idp).await, postgres(Tables::Idp).await]
}

/// The three stores of short-lived state.
pub async fn short_lived_stores() -> [Store; 3] {
    let redis = patient_redis(redis());
    [
        Store::open(
            "database on SQLite",
            sqlite(Tables::Idp).await,
            ShortLivedConfig::default(),
        )
        .await,
        Store::open(
            "database on PostgreSQL",
            postgres(Tables::Idp).await,
            ShortLivedConfig::default(),
        )
        .await,
        Store::open("Redis", sqlite(Tables::Idp).await, redis).await,
    ]
}

/// A SQLite file, copied from one that was migrated once.
pub async fn sqlite(tables: Tables) -> Engine {
    static TEMPLATES: [OnceCell<PathBuf>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    let template = TEMPLATES[tables as usize]
        .get_or_init(|| sqlite_template(tables))
        .await;
    sqlite_in_a_folder(|file| assert!(std::fs::copy(template, file).unwrap() > 0)).await
}

/// A SQLite file without tables.
pub async fn empty_sqlite() -> Engine {
    sqlite_in_a_folder(|_| {}).await
}

async fn sqlite_in_a_folder(prepare: impl FnOnce(&Path)) -> Engine {
    let folder = folder();
    let file = folder.join("city.db");
    prepare(&file);
    let config = patient(&format!("sqlite://{}", file.display()));
    let db = Db::open(&config).await.unwrap();
    Engine {
        name: "SQLite",
        db,
        config,
        place: Place::File(folder),
    }
}

/// A database of the PostgreSQL server, copied from one that was migrated once.
pub async fn postgres(tables: Tables) -> Engine {
    static TEMPLATES: [OnceCell<String>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
    let template = TEMPLATES[tables as usize]
        .get_or_init(|| postgres_template(tables))
        .await;
    postgres_copied_from(Some(template.as_str())).await
}

/// A database of the PostgreSQL server without tables.
pub async fn empty_postgres() -> Engine {
    postgres_copied_from(None).await
}

async fn postgres_copied_from(template: Option<&str>) -> Engine {
    let name = format!("city_test_{}_{}", std::process::id(), next_number());
    postgres::create(&name, template).await;
    let config = patient(&postgres::url(&name));
    let db = Db::open(&config).await.unwrap();
    Engine {
        name: "PostgreSQL",
        db,
        config,
        place: Place::Server(name),
    }
}

/// The address of the Redis server that tests share; each test has a namespace of its own.
pub fn redis() -> &'static str {
    servers::redis()
}

/// The address of a database there that nobody else uses, as long as the server has as many as there are tests.
pub fn redis_of_its_own() -> String {
    servers::redis_of_its_own(next_number())
}

/// Short-lived state in this Redis. As with the databases, nothing is measured here.
pub fn patient_redis(address: impl Into<SecretString>) -> ShortLivedConfig {
    ShortLivedConfig {
        redis: Some(address.into()),
        timeout_ms: 60_000,
        ..ShortLivedConfig::default()
    }
}

/// The address of a PostgreSQL database.
pub fn postgres_address(engine: &Engine) -> Url {
    Url::parse(engine.config.url.expose_secret()).unwrap()
}

/// A folder that goes away with this process.
pub fn folder() -> PathBuf {
    let folder = servers::folder().join(format!("folder-{}", next_number()));
    std::fs::create_dir(&folder).unwrap();
    folder
}

/// The master key of all tests.
pub fn master_key() -> MasterKey {
    MasterKey::parse(&MasterKey::encode(b"master key of the tests, 32 long")).unwrap()
}

/// The migrations of a program, read from their folder.
pub async fn migrations(tables: Tables) -> &'static Migrator {
    let folder = match tables {
        Tables::Idp => "idp",
        Tables::Portal => "portal",
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../migrations")
        .join(folder);
    Box::leak(Box::new(Migrator::new(path).await.unwrap()))
}

impl Engine {
    /// A second opening of the same database, as another replica or the command line has it.
    pub async fn open_again(&self) -> Db {
        Db::open(&self.config).await.unwrap()
    }

    /// The SQLite file. `None` on PostgreSQL.
    pub fn file(&self) -> Option<PathBuf> {
        match &self.place {
            Place::File(folder) => Some(folder.join("city.db")),
            Place::Server(_) => None,
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        match &self.place {
            Place::File(folder) => drop(std::fs::remove_dir_all(folder)),
            Place::Server(name) => postgres::drop_database(name),
        }
    }
}

impl Store {
    async fn open(name: &str, engine: Engine, config: ShortLivedConfig) -> Self {
        let namespace =
            Box::leak(format!("test-{}-{}", std::process::id(), next_number()).into_boxed_str());
        let short_lived = ShortLived::open(&config, namespace, &engine.db, &master_key())
            .await
            .unwrap();
        Self {
            name: name.to_owned(),
            short_lived,
            engine,
            config,
            namespace,
        }
    }

    /// A second opening of the same store, as another replica has it, with a bound of its own.
    pub async fn open_again(&self, max_entries: u32) -> ShortLived {
        let config = ShortLivedConfig {
            max_entries,
            ..self.config.clone()
        };
        let db = self.engine.open_again().await;
        ShortLived::open(&config, self.namespace, &db, &master_key())
            .await
            .unwrap()
    }
}

async fn sqlite_template(tables: Tables) -> PathBuf {
    let file = servers::folder().join(format!("template-{tables:?}.db"));
    let db = Db::open(&patient(&format!("sqlite://{}", file.display())))
        .await
        .unwrap();
    db.migrate(migrations(tables).await).await.unwrap();
    db.close().await;
    file
}

async fn postgres_template(tables: Tables) -> String {
    let name = format!("city_test_{}_template_{}", std::process::id(), tables as u8);
    postgres::create(&name, None).await;
    let db = Db::open(&patient(&postgres::url(&name))).await.unwrap();
    db.migrate(migrations(tables).await).await.unwrap();
    db.close().await;
    name
}

/// A loaded machine is slow, and nothing is measured here.
fn patient(url: &str) -> DatabaseConfig {
    DatabaseConfig {
        wait_ms: 60_000,
        ..DatabaseConfig::at(url)
    }
}

fn next_number() -> u32 {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    NUMBER.fetch_add(1, Ordering::Relaxed)
}
