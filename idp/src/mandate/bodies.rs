//! Bodies that have ended, and people who have left one: nobody acts for a body that is not there, or that they are not of.

use chrono::{DateTime, Utc};
use store::StorageError;
use store::audit::Actor;

use super::members::check_members;
use super::{EndReason, end};
use crate::ares::Ico;
use crate::broker::Broker;
use crate::storage::mandate;

/// Asks ARES about every body that somebody acts for, and ends the mandates of those that have ended, and of people who have left the
/// statutory body of one that lives. What ARES cannot tell at the moment changes nothing: a mandate has its own end. Returns how many
/// ended.
///
/// # Errors
///
/// The last body's that could not be worked on. No body waits for another one's error.
pub async fn check_bodies(broker: &Broker) -> Result<usize, StorageError> {
    let now = broker.clock.now();
    broker.ares.sweep(now).await?;
    let mut tx = broker.db.read().await?;
    let numbers = mandate::list_numbers(&mut tx, now).await?;
    drop(tx);
    let (mut count, mut failed) = (0, None);
    for number in numbers {
        let Ok(ico) = number.parse::<Ico>() else {
            continue;
        };
        match check_body(broker, &ico, now).await {
            Ok(ended) => count += ended,
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    body.ico = number,
                    "mandates of a body could not be ended"
                );
                failed = Some(error);
            }
        }
    }
    failed.map_or(Ok(count), Err)
}

async fn check_body(broker: &Broker, ico: &Ico, now: DateTime<Utc>) -> Result<usize, StorageError> {
    match broker.ares.lookup(ico, now).await {
        Ok(Some(subject)) if subject.has_ended() => end_for_body(broker, ico.as_str(), now).await,
        Ok(Some(_)) => check_members(broker, ico, now).await,
        Ok(None) => Ok(0),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::info!(error, "a body could not be checked and will be later");
            Ok(0)
        }
    }
}

/// Ends every mandate of a body. Returns how many stood.
pub(super) async fn end_for_body(
    broker: &Broker,
    number: &str,
    now: DateTime<Utc>,
) -> Result<usize, StorageError> {
    let mut tx = broker.db.begin().await?;
    let mut count = 0;
    for held in mandate::list_by_number(&mut tx, number).await? {
        let reason = EndReason::BodyEnded;
        if end(broker, &mut tx, &held, reason, Actor::System, now).await? {
            count += 1;
        }
    }
    tx.commit().await?;
    Ok(count)
}
