//! Names and seats of bodies as the state's register has them, for pages. A register that does not answer in time keeps nobody
//! waiting: what it said last is shown then, or what the source of the mandate wrote.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::future::join_all;

use super::bodies::end_for_body;
use crate::ares::{AresError, Ico, Subject};
use crate::broker::Broker;
use crate::storage::mandate::Mandate;

/// How long a page waits for the register.
const PATIENCE: Duration = Duration::from_millis(1_500);
/// Bodies that one page asks about; nobody has more of them in earnest.
const MOST: usize = 20;

/// What the register says of the bodies, by number; the mandates of those that have ended end at once. Those it does not know, or was never asked about, are not among them.
pub(crate) async fn registered(
    broker: &Broker,
    mandates: &[Mandate],
    now: DateTime<Utc>,
) -> BTreeMap<String, Subject> {
    let numbers: BTreeSet<Ico> = mandates
        .iter()
        .filter_map(|mandate| mandate.ico.as_deref()?.parse().ok())
        .collect();
    let asked = numbers
        .into_iter()
        .take(MOST)
        .map(|ico| ask(broker, ico, now));
    let known: BTreeMap<String, Subject> = join_all(asked)
        .await
        .into_iter()
        .flatten()
        .map(|subject| (subject.ico.as_str().to_owned(), subject))
        .collect();
    // Whoever has just heard of it need not wait for the hourly look.
    for (number, _) in known.iter().filter(|(_, subject)| subject.has_ended()) {
        if let Err(error) = end_for_body(broker, number, now).await {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(
                error,
                "mandates of a body that has ended could not be ended"
            );
        }
    }
    known
}

async fn ask(broker: &Broker, ico: Ico, now: DateTime<Utc>) -> Option<Subject> {
    // On its own, so that an answer that comes too late for this page is there for the next one.
    let (ares, asked) = (broker.ares.clone(), ico.clone());
    let question = tokio::spawn(async move { ares.lookup(&asked, now).await });
    match tokio::time::timeout(PATIENCE, question).await {
        Ok(Ok(Ok(subject))) => return subject,
        Ok(Ok(Err(AresError::NotConfigured))) => return None,
        Ok(Ok(Err(error))) => {
            let error: &dyn std::error::Error = &error;
            tracing::info!(error, "the register could not name a body");
        }
        Ok(Err(_)) | Err(_) => tracing::info!("the register did not name a body in time"),
    }
    match broker.ares.last_known(&ico, now).await {
        Ok(known) => known.map(|subject| Subject {
            stale: true,
            ..subject
        }),
        Err(error) => {
            let error: &dyn std::error::Error = &error;
            tracing::warn!(error, "what the register said last could not be read");
            None
        }
    }
}
