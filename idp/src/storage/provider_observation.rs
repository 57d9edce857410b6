//! `provider_observation`: how attempts to use or reach a provider ended lately.

use chrono::{DateTime, Duration, Utc};
use store::{StorageError, Tx, on};
use uuid::Uuid;

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Somebody left for it and came back with an answer.
    Answered,
    /// Somebody could not leave for it, or their answer could not be fetched from it.
    Failed,
    /// That departure, and several before it, failed in a row: told beside the departures, of which a busy provider has only some written
    /// down.
    FailedInARow,
    /// Somebody came back with the word that it cannot answer. Whoever holds a browser can say so: it is neither of the first two.
    SaidOut,
    /// A look at it reached it.
    Reached,
    /// A look at it did not.
    Unreachable,
}

/// One attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// When it ended.
    pub at: DateTime<Utc>,
    /// How.
    pub outcome: Outcome,
    /// How long it took; `None` for failures.
    pub took: Option<Duration>,
}

/// Adds an observation.
pub async fn add(
    tx: &mut Tx,
    id: Uuid,
    provider: &str,
    observation: Observation,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into provider_observation (provider_observation_id, provider, at, outcome, took_ms)
            values ($1, $2, $3, $4, $5)
            "#,
        )
        .bind(id)
        .bind(provider)
        .bind(observation.at)
        .bind(observation.outcome.as_str())
        .bind(observation.took.map(|took| took.num_milliseconds()))
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// The latest observations of a provider since a moment, the newest first.
pub async fn list_latest(
    tx: &mut Tx,
    provider: &str,
    since: DateTime<Utc>,
    limit: u32,
) -> Result<Vec<Observation>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select at, outcome, took_ms
            from provider_observation
            where provider = $1 and at > $2
            order by at desc, provider_observation_id desc
            limit $3
            "#,
        )
        .bind(provider)
        .bind(since)
        .bind(i64::from(limit))
        .fetch_all(db)
        .await
    })?;
    rows.into_iter().map(Row::read).collect()
}

/// Removes observations of before a moment; says how many went.
pub async fn sweep(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("delete from provider_observation where at < $1")
            .bind(before)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows)
}

impl Outcome {
    const ALL: [Self; 6] = [
        Self::Answered,
        Self::Failed,
        Self::FailedInARow,
        Self::SaidOut,
        Self::Reached,
        Self::Unreachable,
    ];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Failed => "failed",
            Self::FailedInARow => "failed_in_a_row",
            Self::SaidOut => "said_out",
            Self::Reached => "reached",
            Self::Unreachable => "unreachable",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    at: DateTime<Utc>,
    outcome: String,
    took_ms: Option<i64>,
}

impl Row {
    fn read(self) -> Result<Observation, StorageError> {
        let outcome = Outcome::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == self.outcome)
            .ok_or_else(|| StorageError::broken("provider_observation.outcome"))?;
        Ok(Observation {
            at: self.at,
            outcome,
            took: self.took_ms.map(Duration::milliseconds),
        })
    }
}
