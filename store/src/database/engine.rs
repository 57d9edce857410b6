//! What differs between the two databases when statements are given to them.

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use sqlx::{Database, Postgres, SqlStr, Sqlite, SqliteConnection};

use super::later::{Join, Waiting};
use crate::StorageError;

/// A database that a transaction may be on.
#[async_trait]
pub(super) trait Engine: Database {
    /// How it takes several statements at once; one after another, the end of the transaction comes with them.
    const TOGETHER: Join;

    /// Runs a statement without values. Transactions begin and end by it, not by sqlx's own functions: on SQLite those wait for an
    /// answer to the answer, two switches of threads more.
    async fn run(connection: &mut Self::Connection, statement: SqlStr) -> Result<(), sqlx::Error>;

    /// Runs a statement with values; one that `is_common` stays prepared.
    async fn run_with(
        connection: &mut Self::Connection,
        text: SqlStr,
        values: Self::Arguments,
        is_common: bool,
    ) -> Result<(), sqlx::Error>;
}

#[async_trait]
impl Engine for Sqlite {
    const TOGETHER: Join = Join::OneAfterAnother;

    async fn run(connection: &mut SqliteConnection, statement: SqlStr) -> Result<(), sqlx::Error> {
        sqlx::query(statement).execute(connection).await.map(drop)
    }

    async fn run_with(
        connection: &mut SqliteConnection,
        text: SqlStr,
        values: Self::Arguments,
        is_common: bool,
    ) -> Result<(), sqlx::Error> {
        let query = sqlx::query_with(text, values).persistent(is_common);
        query.execute(connection).await.map(drop)
    }
}

#[async_trait]
impl Engine for Postgres {
    const TOGETHER: Join = Join::InOneStatement;

    async fn run(connection: &mut PgConnection, statement: SqlStr) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(statement).execute(connection).await.map(drop)
    }

    async fn run_with(
        connection: &mut PgConnection,
        text: SqlStr,
        values: Self::Arguments,
        is_common: bool,
    ) -> Result<(), sqlx::Error> {
        let query = sqlx::query_with(text, values).persistent(is_common);
        query.execute(connection).await.map(drop)
    }
}

/// Gives what waited.
pub(super) async fn give<D: Engine>(
    connection: &mut D::Connection,
    waiting: Waiting<D>,
    end: Option<&'static str>,
) -> Result<(), StorageError> {
    let is_common = waiting.is_common();
    let (text, values) = waiting.into_query(D::TOGETHER, end)?;
    Ok(D::run_with(connection, text, values, is_common).await?)
}
