//! What differs between the two databases when statements are given to them.

use async_trait::async_trait;
use sqlx::postgres::PgConnection;
use sqlx::{Database, Postgres, Sqlite, SqliteConnection};

use super::later::{Join, Waiting};
use crate::StorageError;

/// A database that a transaction may be on.
#[async_trait]
pub(super) trait Engine: Database {
    /// How it takes several statements at once.
    const TOGETHER: Join;
    /// The same with the end of the transaction, where that can be.
    const WITH_THE_END: Option<Join>;

    /// Runs a statement without values. Transactions begin and end by it, not by sqlx's own functions: on SQLite those wait for an
    /// answer to the answer, two switches of threads more.
    async fn run(
        connection: &mut Self::Connection,
        statement: &'static str,
    ) -> Result<(), sqlx::Error>;

    /// Gives what waited.
    async fn give(
        connection: &mut Self::Connection,
        waiting: Waiting<Self>,
        join: Join,
    ) -> Result<(), StorageError>;
}

#[async_trait]
impl Engine for Sqlite {
    const TOGETHER: Join = Join::OneAfterAnother;
    const WITH_THE_END: Option<Join> = Some(Join::WithTheEnd);

    async fn run(
        connection: &mut SqliteConnection,
        statement: &'static str,
    ) -> Result<(), sqlx::Error> {
        sqlx::query(statement).execute(connection).await.map(drop)
    }

    async fn give(
        connection: &mut SqliteConnection,
        waiting: Waiting<Self>,
        join: Join,
    ) -> Result<(), StorageError> {
        let is_common = waiting.is_common();
        let (text, values) = waiting.into_query(join)?;
        let query = sqlx::query_with(text, values).persistent(is_common);
        query.execute(connection).await?;
        Ok(())
    }
}

#[async_trait]
impl Engine for Postgres {
    const TOGETHER: Join = Join::InOneStatement;
    const WITH_THE_END: Option<Join> = None;

    async fn run(
        connection: &mut PgConnection,
        statement: &'static str,
    ) -> Result<(), sqlx::Error> {
        sqlx::raw_sql(statement).execute(connection).await.map(drop)
    }

    async fn give(
        connection: &mut PgConnection,
        waiting: Waiting<Self>,
        join: Join,
    ) -> Result<(), StorageError> {
        let is_common = waiting.is_common();
        let (text, values) = waiting.into_query(join)?;
        let query = sqlx::query_with(text, values).persistent(is_common);
        query.execute(connection).await?;
        Ok(())
    }
}
