//! The transaction that every storage function takes.

use std::fmt::{self, Debug, Formatter};
use std::mem;
use std::ops::{Deref, DerefMut};

use sqlx::{Database, Encode, Postgres, SqlSafeStr, SqlStr, Sqlite, Type};

use super::connections::{Connections, Lent};
use super::engine::{Engine, give};
use super::joint::Among;
use super::later::{Join, Later, Waiting, bind, push};
use super::{joint, together};
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
///
/// Dropped in the middle, it goes back to the pool, which ends what it was in (`open.rs`).
pub struct Open<D: Database> {
    /// It stands among others that wait for the same commit (`joint.rs`). Before the connection: it is dropped first.
    among: Option<Among>,
    connection: Lent<D>,
    /// Or each statement for itself.
    in_transaction: bool,
    /// How the transaction begins, as long as it has not.
    beginning: Option<&'static str>,
    waiting: Vec<Waiting<D>>,
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

    /// The text of the first statement of a transaction that [begins with it](super::Db::begin_with).
    pub fn first(&mut self, statement: &'static str) -> SqlStr {
        let beginning = match self {
            Self::Sqlite(open) => open.beginning.take(),
            Self::Pg(open) => open.beginning.take(),
        };
        match beginning {
            None => statement.into_sql_str(),
            Some(begin) => together(begin, statement),
        }
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
            Self::Sqlite(open) => flush(open).await,
            Self::Pg(open) => flush(open).await,
        }
    }

    /// Makes everything done in it lasting. On SQLite this waits for the disk.
    pub async fn commit(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(open) => commit(open).await,
            Self::Pg(open) => commit(open).await,
        }
    }

    /// Undoes everything done in it, now rather than at some time after the drop.
    pub async fn rollback(self) -> Result<(), StorageError> {
        match self {
            Self::Sqlite(open) => rollback(open).await,
            Self::Pg(open) => rollback(open).await,
        }
    }
}

impl<D: Database> Open<D> {
    fn of(connection: Lent<D>, in_transaction: bool) -> Self {
        Self {
            among: None,
            connection,
            in_transaction,
            beginning: None,
            waiting: Vec::new(),
        }
    }
}

impl<D: Database> Open<D> {
    /// The connection of one that ended as it should.
    fn into_connection(self) -> Lent<D> {
        if let Some(among) = self.among {
            among.stays();
        }
        self.connection
    }
}

/// Begins on a connection that still lives. After a restart of the server the pool is full of dead ones, and each is
/// noticed only when used; nothing has happened yet, so trying the next one is safe.
pub(super) async fn begin<D: Engine>(
    connections: &Connections<D>,
    statement: SqlStr,
) -> Result<Open<D>, StorageError> {
    // As long again as one waits for a connection.
    let wait = connections.patience() * 2;
    let begun = tokio::time::timeout(wait, begin_on_a_live_one(connections, statement));
    let begun = begun
        .await
        .map_err(|late| StorageError::Unavailable(late.into()))?;
    Ok(begun?)
}

async fn begin_on_a_live_one<D: Engine>(
    connections: &Connections<D>,
    statement: SqlStr,
) -> Result<Open<D>, sqlx::Error> {
    let mut spare = connections.count();
    loop {
        let mut connection = connections.lend().await?;
        let among = connection.joint().map(Among::of);
        let begin = match among {
            Some(_) => joint::BEGIN.into_sql_str(),
            None => statement.clone(),
        };
        match D::run(&mut connection, begin).await {
            Err(error) if spare > 0 && is_dead(&error) => spare -= 1,
            begun => {
                begun?;
                let mut open = Open::of(connection, true);
                open.among = among;
                return Ok(open);
            }
        }
    }
}

/// Leaves the beginning to the first statement.
pub(super) async fn begin_late<D: Engine>(
    connections: &Connections<D>,
    statement: &'static str,
) -> Result<Open<D>, StorageError> {
    let mut open = Open::of(connections.lend().await?, true);
    open.among = open.connection.joint().map(Among::of);
    open.beginning = Some(match open.among {
        Some(_) => joint::BEGIN,
        None => statement,
    });
    Ok(open)
}

pub(super) async fn glance<D: Engine>(
    connections: &Connections<D>,
) -> Result<Open<D>, StorageError> {
    Ok(Open::of(connections.lend().await?, false))
}

async fn flush<D: Engine>(open: &mut Open<D>) -> Result<(), StorageError> {
    for waiting in mem::take(&mut open.waiting) {
        give::<D>(&mut open.connection, waiting, None).await?;
    }
    Ok(())
}

async fn commit<D: Engine>(mut open: Open<D>) -> Result<(), StorageError> {
    if !open.in_transaction {
        flush(&mut open).await?;
        open.into_connection().give_back();
        return Ok(());
    }
    if let Some(begin) = open.beginning.take() {
        if open.waiting.is_empty() {
            open.into_connection().give_back();
            return Ok(());
        }
        D::run(&mut open.connection, begin.into_sql_str()).await?;
    }
    if let Some(joint) = open.connection.may_hand_on() {
        let end = open.among.as_ref().map(|_| joint::END);
        end_with(&mut open, end).await?;
        return joint::committed(open.into_connection().hand_on(joint)).await;
    }
    let Some(joint) = open.connection.joint().cloned() else {
        end_with(&mut open, Some("commit")).await?;
        open.into_connection().give_back();
        return Ok(());
    };
    // Others wait for it, whether this request is given up in the middle or not.
    let commit = async move {
        end_with(&mut open, Some("commit")).await?;
        joint.tell();
        open.into_connection().give_back();
        Ok(())
    };
    tokio::spawn(commit)
        .await
        .map_err(|lost| StorageError::Unavailable(lost.into()))?
}

/// Gives what waits, and ends the transaction: with the last of it where the database takes that.
async fn end_with<D: Engine>(
    open: &mut Open<D>,
    end: Option<&'static str>,
) -> Result<(), StorageError> {
    let last = match D::TOGETHER {
        Join::OneAfterAnother => open.waiting.pop(),
        Join::InOneStatement => None,
    };
    flush(open).await?;
    match (last, end) {
        (Some(last), end) => give::<D>(&mut open.connection, last, end).await?,
        (None, Some(end)) => D::run(&mut open.connection, end.into_sql_str()).await?,
        (None, None) => {}
    }
    Ok(())
}

async fn rollback<D: Engine>(mut open: Open<D>) -> Result<(), StorageError> {
    if open.beginning.take().is_none() && open.in_transaction {
        if open.among.is_some() {
            // The pool undoes it, and commits what others wait for.
            return Ok(());
        }
        D::run(&mut open.connection, "rollback".into_sql_str()).await?;
    }
    open.into_connection().give_back();
    Ok(())
}

impl<D: Database> Deref for Open<D> {
    type Target = D::Connection;

    fn deref(&self) -> &Self::Target {
        &self.connection
    }
}

impl<D: Database> DerefMut for Open<D> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        debug_assert!(
            self.beginning.is_none(),
            "the transaction begins with the text of `Tx::first`"
        );
        &mut self.connection
    }
}

impl<D: Database> Debug for Open<D> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open")
            .field("in_transaction", &self.in_transaction)
            .field("waiting", &self.waiting)
            .finish_non_exhaustive()
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

/// The connection's end, in contrast to none being free.
fn is_dead(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(refused) => refused.code().is_some_and(|code| is_out_of_reach(&code)),
        _ => false,
    }
}
