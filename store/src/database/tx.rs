//! The transaction that every storage function takes.

use sqlx::{PgPool, Postgres, Sqlite, Transaction};

use crate::StorageError;
use crate::error::is_out_of_reach;

/// One transaction. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Pg(Transaction<'static, Postgres>),
}

impl Tx {
    /// Makes everything done in it lasting. On SQLite this waits for the disk.
    pub async fn commit(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Pg(transaction) => transaction.commit().await?,
        }
        Ok(())
    }

    /// Undoes everything done in it, now rather than at some time after the drop.
    pub async fn rollback(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(transaction) => transaction.rollback().await?,
            Self::Pg(transaction) => transaction.rollback().await?,
        }
        Ok(())
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
