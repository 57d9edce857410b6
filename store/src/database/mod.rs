//! SQLite or PostgreSQL behind one `Db` and one `Tx`: one SQL text, compiled for each by [`on!`](crate::on).

mod config;
mod connections;
mod engine;
mod joint;
mod later;
mod open;
mod tx;

pub use config::DatabaseConfig;
pub use connections::Connections;
pub use later::Later;
pub use open::OpenError;
pub use tx::{Open, Tx};

use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::{AssertSqlSafe, Connection, Postgres, SqlSafeStr, SqlStr, Sqlite};

use self::engine::Engine as _;
use crate::{StorageError, on};

/// The binary's database. Cheap to clone.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file in WAL mode: one connection writes, a pool of read-only ones reads beside it.
    Sqlite {
        /// Read-only connections.
        read: Connections<Sqlite>,
        /// The one connection that writes.
        write: Connections<Sqlite>,
    },
    /// A pool of connections to a PostgreSQL server.
    Pg(Connections<Postgres>),
}

impl Db {
    /// Connects; a missing SQLite file is created, with its folder, for our eyes only.
    pub async fn open(config: &DatabaseConfig) -> Result<Self, OpenError> {
        open::open(config).await
    }

    /// Applies what is missing of the binary's migrations. Several replicas may start at once.
    pub async fn migrate(&self, migrations: &'static Migrator) -> Result<(), StorageError> {
        match self {
            // One transaction around all of them: a second process waits for the write lock, then finds nothing to do. It is
            // sqlx's own, which makes one inside of it for each.
            Self::Sqlite { write, .. } => {
                let mut connection = write.lend().await?;
                let mut all = connection.begin_with(SQLITE_WRITING).await?;
                migrations.run_direct(None, &mut *all, false).await?;
                all.commit().await?;
                connection.give_back();
            }
            // Under the advisory lock that the migrator takes.
            Self::Pg(connections) => {
                let mut connection = connections.lend().await?;
                let migrated = migrations.run_direct(None, &mut *connection, false).await;
                if migrated.is_ok() {
                    connection.give_back();
                } else {
                    // The migrator leaves its lock behind, and whoever gets another connection would wait for it for ever. One that
                    // does not answer has lost it, and the pool closes it.
                    let _ = Postgres::run(&mut connection, PG_UNLOCK.into_sql_str()).await;
                }
                migrated?;
            }
        }
        Ok(())
    }

    /// Refuses, as [`Self::migrate`] does, what another program or a newer release has migrated, and changes nothing. The
    /// database must not be new.
    pub async fn verify_release(&self, migrations: &'static Migrator) -> Result<(), StorageError> {
        let mut tx = self.read().await?;
        let applied: Vec<i64> = on!(&mut tx, db => {
            sqlx::query_scalar("select version from _sqlx_migrations order by version")
                .fetch_all(db)
                .await
        })?;
        let unknown = applied
            .into_iter()
            .find(|version| !migrations.version_exists(*version));
        match unknown {
            None => Ok(()),
            Some(version) => Err(MigrateError::VersionMissing(version).into()),
        }
    }

    /// A transaction that writes. On SQLite it is alone from its first statement on; on PostgreSQL it is READ COMMITTED,
    /// so "look, then write" needs a unique rule or a conditional statement.
    pub async fn begin(&self) -> Result<Tx, StorageError> {
        Ok(match self {
            Self::Sqlite { write, .. } => {
                Tx::Sqlite(tx::begin(write, SQLITE_WRITING.into_sql_str()).await?)
            }
            Self::Pg(connections) => {
                Tx::Pg(tx::begin(connections, PG_WRITING.into_sql_str()).await?)
            }
        })
    }

    /// [`Self::begin`] without a round trip of its own: on SQLite it comes with the text that [`Tx::first`] makes, on PostgreSQL, where a
    /// statement with values is one statement, together with `lock`, a statement without values.
    pub async fn begin_with(&self, lock: SqlStr) -> Result<Tx, StorageError> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(tx::begin_late(write, SQLITE_WRITING).await?),
            Self::Pg(connections) => {
                let both = together(PG_WRITING, lock.as_str());
                Tx::Pg(tx::begin(connections, both).await?)
            }
        })
    }

    /// A transaction that only reads, and sees one state of the database from its first statement to its last.
    pub async fn read(&self) -> Result<Tx, StorageError> {
        Ok(match self {
            Self::Sqlite { read, write } => {
                write.settled().await?;
                Tx::Sqlite(tx::begin(read, SQLITE_READING.into_sql_str()).await?)
            }
            Self::Pg(connections) => {
                Tx::Pg(tx::begin(connections, PG_READING.into_sql_str()).await?)
            }
        })
    }

    /// Reads without a transaction: each statement sees the state of its own moment. For what is looked at again before anything
    /// follows from it, where a round trip more for the beginning and the end of a transaction would be felt.
    pub async fn glance(&self) -> Result<Tx, StorageError> {
        Ok(match self {
            Self::Sqlite { read, write } => {
                write.settled().await?;
                Tx::Sqlite(tx::glance(read).await?)
            }
            Self::Pg(connections) => Tx::Pg(tx::glance(connections).await?),
        })
    }

    /// Answers whether the database can be used at this moment, within two seconds, for `/readyz`.
    pub async fn ping(&self) -> Result<(), StorageError> {
        let asked = async {
            let mut tx = self.read().await?;
            crate::on!(&mut tx, db => sqlx::query("select 1").execute(db).await.map(drop))?;
            tx.commit().await
        };
        tokio::time::timeout(PING_WITHIN, asked)
            .await
            .map_err(|late| StorageError::Unavailable(late.into()))?
    }

    /// Closes all connections once their transactions have ended. SQLite then folds its log into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                connections::close(read).await;
                connections::close(write).await;
            }
            Self::Pg(connections) => connections::close(connections).await,
        }
    }
}

/// Two statements of ours as one text.
fn together(first: &str, second: &str) -> SqlStr {
    AssertSqlSafe(format!("{first}; {second}")).into_sql_str()
}

const SQLITE_WRITING: &str = "begin immediate";
const SQLITE_READING: &str = "begin";
/// Both spell out their mode: a `begin` given up in the middle may leave its connection inside a
/// transaction, and these turn that one into what they mean.
const PG_WRITING: &str = "begin isolation level read committed read write";
const PG_READING: &str = "begin isolation level repeatable read read only";
const PG_UNLOCK: &str = "select pg_advisory_unlock_all()";
const PING_WITHIN: Duration = Duration::from_secs(2);
