//! The transaction that every storage function takes.

use std::fmt::{self, Debug, Formatter};
use std::mem;
use std::ops::{Deref, DerefMut};

use sqlx::pool::PoolConnection;
use sqlx::{Database, Encode, PgPool, Postgres, Sqlite, Transaction, Type};

use super::later::{Join, Later, Waiting, bind, push};
use crate::StorageError;
use crate::error::is_out_of_reach;

/// One transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Open<Sqlite>),
    /// On PostgreSQL.
    Pg(Open<Postgres>),
}

/// A connection in use, and what still has to be written before its transaction ends.
pub struct Open<D: Database> {
    held: Held<D>,
    waiting: Vec<Waiting<D>>,
}

enum Held<D: Database> {
    Transaction(Transaction<'static, D>),
    /// Reading, each statement for itself.
    Connection(PoolConnection<D>),
}

impl Tx {
    /// Lets a statement that only writes wait for [`Tx::commit`], which gives all that wait to the database in one round trip.
    ///
    /// For inserts that nothing of the same transaction reads or counts: on PostgreSQL those that wait together see one state of
    /// the database, so none may touch a row of another. That one broke a rule ([`StorageError::Conflict`]) is told by the commit.
    pub fn later(&mut self, statement: &'static str) -> Later<'_> {
        match self {
            Self::Sqlite(open) => push(&mut open.waiting, statement),
            Self::Pg(open) => push(&mut open.waiting, statement),
        }
        Later { tx: self }
    }

    pub(super) fn bind_later<'q, T>(&mut self, value: T)
    where
        T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>,
    {
        match self {
            Self::Sqlite(open) => bind(&mut open.waiting, value),
            Self::Pg(open) => bind(&mut open.waiting, value),
        }
    }

    /// Gives what waits to the database now, for whoever wants to read it.
    pub async fn flush(&mut self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(open) => {
                for waiting in mem::take(&mut open.waiting) {
                    let is_common = waiting.is_common();
                    let (text, values) = waiting.into_query(Join::OneAfterAnother)?;
                    let query = sqlx::query_with(text, values).persistent(is_common);
                    query.execute(&mut **open).await?;
                }
            }
            Self::Pg(open) => {
                for waiting in mem::take(&mut open.waiting) {
                    let is_common = waiting.is_common();
                    let (text, values) = waiting.into_query(Join::InOneStatement)?;
                    let query = sqlx::query_with(text, values).persistent(is_common);
                    query.execute(&mut **open).await?;
                }
            }
        }
        Ok(())
    }

    /// Makes everything done in it lasting. On SQLite this waits for the disk.
    pub async fn commit(mut self) -> Result<(), StorageError> {
        self.flush().await?;
        match self {
            Self::Sqlite(open) => open.commit().await,
            Self::Pg(open) => open.commit().await,
        }
    }

    /// Undoes everything done in it, now rather than at some time after the drop.
    pub async fn rollback(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(open) => open.rollback().await,
            Self::Pg(open) => open.rollback().await,
        }
    }
}

impl<D: Database> Open<D> {
    async fn commit(self) -> Result<(), StorageError> {
        match self.held {
            Held::Transaction(transaction) => Ok(transaction.commit().await?),
            Held::Connection(_) => Ok(()),
        }
    }

    async fn rollback(self) -> Result<(), StorageError> {
        match self.held {
            Held::Transaction(transaction) => Ok(transaction.rollback().await?),
            Held::Connection(_) => Ok(()),
        }
    }
}

impl<D: Database> From<Transaction<'static, D>> for Open<D> {
    fn from(transaction: Transaction<'static, D>) -> Self {
        Self {
            held: Held::Transaction(transaction),
            waiting: Vec::new(),
        }
    }
}

impl<D: Database> From<PoolConnection<D>> for Open<D> {
    fn from(connection: PoolConnection<D>) -> Self {
        Self {
            held: Held::Connection(connection),
            waiting: Vec::new(),
        }
    }
}

impl<D: Database> Deref for Open<D> {
    type Target = D::Connection;

    fn deref(&self) -> &Self::Target {
        match &self.held {
            Held::Transaction(transaction) => transaction,
            Held::Connection(connection) => connection,
        }
    }
}

impl<D: Database> DerefMut for Open<D> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match &mut self.held {
            Held::Transaction(transaction) => transaction,
            Held::Connection(connection) => connection,
        }
    }
}

impl<D: Database> Debug for Open<D> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let is_transaction = matches!(self.held, Held::Transaction(_));
        f.debug_struct("Open")
            .field("is_transaction", &is_transaction)
            .field("waiting", &self.waiting)
            .finish()
    }
}

/// Compiles one body of sqlx calls for both databases: `on!(tx, db => sqlx::query("…").execute(db).await)`.
///
/// `tx` is a `&mut Tx`; the body names its connection once and gives the same type on both, so an `execute` ends in
/// `.map(|done| done.rows_affected())`.
#[macro_export]
macro_rules! on {
    ($tx:expr, $db:ident => $body:expr) => {
        match $tx {
            $crate::Tx::Sqlite(transaction) => {
                let $db = &mut **transaction;
                $body
            }
            $crate::Tx::Pg(transaction) => {
                let $db = &mut **transaction;
                $body
            }
        }
    };
}

/// Begins on a connection that still lives. After a restart of the server the pool is full of dead ones, and each is
/// noticed only when used; nothing has happened yet, so trying the next one is safe.
pub(super) async fn begin_on_live_connection(
    pool: &PgPool,
    statement: &'static str,
) -> Result<Transaction<'static, Postgres>, StorageError> {
    // As long again as one waits for a connection.
    let wait = pool.options().get_acquire_timeout() * 2;
    let begun = tokio::time::timeout(wait, async {
        let mut spare = pool.size();
        loop {
            match pool.begin_with(statement).await {
                Err(error) if spare > 0 && is_dead(&error) => spare -= 1,
                begun => return begun,
            }
        }
    });
    let begun = begun
        .await
        .map_err(|late| StorageError::Unavailable(late.into()))?;
    Ok(begun?)
}

/// The connection's end, in contrast to none being free.
fn is_dead(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(refused) => refused.code().is_some_and(|code| is_out_of_reach(&code)),
        _ => false,
    }
}
