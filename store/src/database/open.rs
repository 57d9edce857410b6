//! Opening either database with the settings of `docs/adr/0001-one-sql-text-two-databases.md`.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Connection, Postgres, SqlSafeStr, Sqlite, SqliteConnection};

use super::connections::{Connections, TRUSTED_WHEN_IDLE};
use super::engine::Engine;
use super::joint::{self, Joint};
use super::{DatabaseConfig, Db, SQLITE_READING};

/// Why a store could not be opened at the start; the text names what to change.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The address in the configuration means nothing to us.
    #[error("`{key}` {problem}")]
    Address {
        /// The key inside its section.
        key: &'static str,
        /// What is wrong, and what would be right.
        problem: &'static str,
    },
    /// A file or folder that the configuration names.
    #[error("{} cannot be {action}", path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What was tried.
        action: &'static str,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The address is fine and nobody answers there, or refuses us.
    #[error("the database does not let us in")]
    Connect(#[source] sqlx::Error),
}

pub(super) async fn open(config: &DatabaseConfig) -> Result<Db, OpenError> {
    let url = config.url.expose_secret();
    match url.split_once(':') {
        Some(("sqlite", path)) => open_sqlite(sqlite_path(path)?, config).await,
        Some(("postgres" | "postgresql", _)) => open_postgres(url, config).await,
        _ => Err(OpenError::Address {
            key: "url",
            problem: "must begin with sqlite: or postgres:",
        }),
    }
}

fn sqlite_path(after_scheme: &str) -> Result<&Path, OpenError> {
    let path = after_scheme.strip_prefix("//").unwrap_or(after_scheme);
    match path {
        "" => Err(OpenError::Address {
            key: "url",
            problem: "lacks the path of the SQLite file",
        }),
        // Each connection would have a database of its own.
        ":memory:" => Err(OpenError::Address {
            key: "url",
            problem: "must name a file: nothing may live in memory only",
        }),
        _ if path.contains('?') => Err(OpenError::Address {
            key: "url",
            problem: "takes no ?options for SQLite",
        }),
        _ => Ok(Path::new(path)),
    }
}

async fn open_sqlite(file: &Path, config: &DatabaseConfig) -> Result<Db, OpenError> {
    create_for_our_eyes_only(file)?;

    let wait = Duration::from_millis(config.wait_ms.into());
    let writer = SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        // An audit record must survive a power cut.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        // Other processes: the command line beside the server.
        .busy_timeout(wait)
        // What was erased is gone from the file as well.
        .pragma("secure_delete", "on")
        .pragma("wal_autocheckpoint", WAL_PAGES)
        .pragma("journal_size_limit", WAL_KEPT_BYTES);
    let reader = writer.clone().read_only(true);

    let joint = Joint::new();
    let write = SqlitePoolOptions::new()
        .min_connections(1)
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .acquire_timeout(wait)
        .test_before_acquire(false)
        .after_release({
            let joint = joint.clone();
            move |connection, _| {
                let joint = joint.clone();
                Box::pin(async move {
                    settle(&joint, connection).await;
                    is_in_no_transaction(connection).await
                })
            }
        })
        .connect_with(writer)
        .await
        .map_err(OpenError::Connect)?;
    let read = SqlitePoolOptions::new()
        .max_connections(config.max_connections.unwrap_or(4))
        .acquire_timeout(wait)
        .test_before_acquire(false)
        .after_release(|connection, _| Box::pin(is_in_no_transaction(connection)))
        .connect_with(reader)
        .await
        .map_err(OpenError::Connect)?;
    Ok(Db::Sqlite {
        read: Connections::of(read, None),
        write: Connections::of(write, Some(joint)),
    })
}

/// Commits what others wait for, without what a transaction left behind that was given up in the middle.
async fn settle(joint: &Joint, connection: &mut SqliteConnection) {
    if !joint.is_empty() {
        // It fails where the last one had ended as it should.
        let _ = Sqlite::run(connection, joint::UNDO.into_sql_str()).await;
        joint.commit::<Sqlite>(connection).await;
    }
}

/// Ends what a request left open that was given up in the middle. A connection of which that is not certain is closed by the pool.
async fn is_in_no_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if Sqlite::run(connection, "rollback".into_sql_str())
        .await
        .is_ok()
    {
        return Ok(true);
    }
    // It fails where there is none; and inside of one, none can begin.
    Sqlite::run(connection, SQLITE_READING.into_sql_str()).await?;
    Sqlite::run(connection, "rollback".into_sql_str()).await?;
    Ok(true)
}

/// A file of others' making stays as it is, with a warning. SQLite gives its `-wal` and `-shm` files the mode of the file itself.
fn create_for_our_eyes_only(file: &Path) -> Result<(), OpenError> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    if let Some(folder) = folder {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder)
            .map_err(|source| OpenError::File {
                path: folder.to_owned(),
                action: "created as the folder of the database",
                source,
            })?;
    }
    // Never opened when it exists: closing any descriptor of it would drop SQLite's locks in this process.
    match OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
    {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            warn_of_readers(file);
            Ok(())
        }
        Err(source) => Err(OpenError::File {
            path: file.to_owned(),
            action: "created as the database",
            source,
        }),
    }
}

fn warn_of_readers(file: &Path) {
    if file
        .metadata()
        .is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    {
        tracing::warn!(file = %file.display(), "the database can be read by other users: chmod 600");
    }
}

/// A server that vanished without a word keeps a connection "open" for a quarter of an hour. So each is asked whether it
/// still answers when it comes back from a request that was given up in the middle, and when it has idled.
async fn open_postgres(url: &str, config: &DatabaseConfig) -> Result<Db, OpenError> {
    let wait = Duration::from_millis(config.wait_ms.into());
    let pool = PgPoolOptions::new()
        .max_connections(config.max_connections.unwrap_or(10))
        .acquire_timeout(wait)
        .test_before_acquire(false)
        .before_acquire(|connection, metadata| {
            Box::pin(answers_after(connection, metadata.idle_for))
        })
        .after_release(|connection, _| Box::pin(ends_and_answers(connection)))
        .connect_with(postgres_options(url, config)?)
        .await
        .map_err(OpenError::Connect)?;
    Ok(Db::Pg(Connections::of(pool, None)))
}

fn postgres_options(url: &str, config: &DatabaseConfig) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url)
        .map_err(|_| OpenError::Address {
            key: "url",
            problem: "is not a PostgreSQL address",
        })?
        // A process that was stopped in the middle must not keep its row locks for ever.
        .options([
            ("idle_in_transaction_session_timeout", "60s"),
            // What it warns of is what we do on purpose, see `ends_and_answers`.
            ("client_min_messages", "error"),
        ]);
    let Some(path) = &config.password_file else {
        return Ok(options);
    };
    let password = std::fs::read_to_string(path).map_err(|source| OpenError::File {
        path: path.clone(),
        action: "read as the password of the database",
        source,
    })?;
    Ok(options.password(password.trim_end_matches(['\r', '\n'])))
}

async fn answers_after(connection: &mut PgConnection, idle: Duration) -> Result<bool, sqlx::Error> {
    if idle < TRUSTED_WHEN_IDLE {
        Ok(true)
    } else {
        answers(connection).await
    }
}

/// Ends what a request left open that was given up in the middle; where there is nothing, the server answers with a warning.
async fn ends_and_answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    let ended = Postgres::run(connection, "rollback".into_sql_str());
    match tokio::time::timeout(ANSWERS_WITHIN, ended).await {
        Ok(ended) => ended.map(|()| true),
        Err(late) => Err(sqlx::Error::Io(late.into())),
    }
}

async fn answers(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    match tokio::time::timeout(ANSWERS_WITHIN, connection.ping()).await {
        Ok(answer) => answer.map(|()| true),
        Err(late) => Err(sqlx::Error::Io(late.into())),
    }
}

const ANSWERS_WITHIN: Duration = Duration::from_secs(1);

/// Pages of the write-ahead log (40 MB) after which they are carried over into the file: pages that every login writes are carried
/// over once for many.
const WAL_PAGES: &str = "10000";
/// The write-ahead log is cut back to this after a checkpoint.
const WAL_KEPT_BYTES: &str = "67108864";
