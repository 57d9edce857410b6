//! Whether the provider still stands behind an officer's session, asked on use: rights end within a minute of losing them there
//! (identity-design 6).
//!
//! 1. confirmed less than `confirm_seconds` ago, or with nothing to ask by: nothing is asked
//! 2. one request of all replicas asks; the others wait for what it hears
//! 3. no database connection is held while the provider is asked
//! 4. it still grants every role of the session: the session goes on
//! 5. it does not grant one of them any more: all the officer's sessions that hold it end
//! 6. it does not stand behind the session, or not in our town's name: the session ends
//! 7. nobody knows, because it cannot be asked: the page has to wait, and the session stays

use std::time::Duration as Pause;

use super::{Current, StaffConfig, end, problems};
use crate::broker::Broker;
use crate::ids::StaffAccountId;
use crate::login::problems::Trouble;
use crate::storage::staff_session::{self, StaffEnd, StaffSession};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Duration, Utc};
use federation::{Refusal, StillGranted, UpstreamError};
use store::StorageError;
use store::audit::Actor;
use tracing::Instrument as _;

/// Longer than any answer is waited for.
const LEASE: Duration = Duration::seconds(60);
/// How often one who waits looks, and how many times.
const LOOKS_AFTER: Pause = Pause::from_millis(200);
const LOOKS: u8 = 50;

/// Why nobody knows what an officer may do now.
#[derive(Debug, thiserror::Error)]
pub enum NotConfirmed {
    /// The provider cannot be asked.
    #[error("the provider of officers cannot be asked what they may do now; try again in a while")]
    Unanswered(#[source] UpstreamError),
    /// Somebody else asks, and hears nothing.
    #[error("the provider of officers is being asked what they may do now; try again in a while")]
    Waiting,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Before a page of officers: asks about the session it comes with.
pub(super) async fn before(State(broker): State<Broker>, request: Request, next: Next) -> Response {
    let session = Current::of(&broker, request.headers());
    match of_browser(&broker, &session).await {
        Ok(()) => next.run(request).await,
        Err(error) => Trouble::from(error).into_response(),
    }
}

async fn of_browser(broker: &Broker, current: &Current) -> Result<(), NotConfirmed> {
    let now = broker.clock.now();
    let mut tx = broker.db.read().await?;
    let officer = current.find(broker, &mut tx, now).await?;
    drop(tx);
    match officer {
        Some(officer) => confirm(broker, officer.session, now).await,
        // Nobody, or nobody any more: the page says so.
        None => Ok(()),
    }
}

/// Asks about every session of an officer that is in use.
pub async fn confirm_officer(
    broker: &Broker,
    staff_account_id: StaffAccountId,
    now: DateTime<Utc>,
) -> Result<(), NotConfirmed> {
    let idle = broker.config.staff.as_ref().map(StaffConfig::idle);
    let mut tx = broker.db.read().await?;
    let sessions = staff_session::list_by_account(&mut tx, staff_account_id, now).await?;
    drop(tx);
    for session in sessions {
        if idle.is_none_or(|idle| now < session.seen_at + idle) {
            confirm(broker, session, now).await?;
        }
    }
    Ok(())
}

async fn confirm(
    broker: &Broker,
    mut session: StaffSession,
    now: DateTime<Utc>,
) -> Result<(), NotConfirmed> {
    let Some(after) = broker.config.staff.as_ref().and_then(StaffConfig::confirm) else {
        return Ok(());
    };
    let id = session.staff_session_id;
    for _ in 0..LOOKS {
        if now < session.confirmed_at + after {
            return Ok(());
        }
        let until = now + LEASE;
        let mut tx = broker.db.begin().await?;
        let is_ours = staff_session::claim_confirmation(&mut tx, &session, now, until).await?;
        tx.commit().await?;
        if is_ours {
            // In a task of its own: a browser that leaves in the middle must not take the provider's answer with it.
            let broker = broker.clone();
            let asked = async move { ask(&broker, session, until, now).await };
            return tokio::spawn(asked.in_current_span())
                .await
                .map_err(StorageError::broken)?;
        }
        tokio::time::sleep(LOOKS_AFTER).await;
        let mut tx = broker.db.read().await?;
        let Some(held) = staff_session::lookup(&mut tx, id, now).await? else {
            return Ok(());
        };
        session = held;
    }
    Err(NotConfirmed::Waiting)
}

async fn ask(
    broker: &Broker,
    session: StaffSession,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), NotConfirmed> {
    let id = session.staff_session_id;
    let mut tx = broker.db.read().await?;
    let upstream = staff_session::find_upstream_session(&mut tx, &broker.master_key, id).await?;
    drop(tx);
    // The entry may have another name by now: it is of the same realm, or the session would not count.
    let entry = broker.config.staff.as_ref().map(|staff| &staff.provider);
    let provider = entry.and_then(|entry| broker.providers.get(entry));
    let answer = match (provider, &upstream) {
        (Some(provider), Some(upstream)) => provider.ask_again(upstream, now).await,
        _ => Ok(None),
    };
    // Whoever said that was not the provider, or its new keys are not to be had: nobody knows.
    let answer = match answer {
        Err(UpstreamError::Refused(
            refusal @ (Refusal::SigningKeyUnknown | Refusal::SignatureMismatch),
        )) => Err(UpstreamError::Unavailable(refusal.into())),
        answer => answer,
    };
    let outcome = match &answer {
        Ok(Some(_)) => "confirmed",
        Ok(None) => "not_asked",
        Err(UpstreamError::Refused(_)) => "refused",
        Err(_) => "unanswered",
    };
    metrics::counter!("staff_confirmations_total", "outcome" => outcome).increment(1);
    match answer {
        Ok(Some(granted)) => Ok(still(broker, &session, &granted, now).await?),
        Ok(None) => {
            let mut tx = broker.db.begin().await?;
            staff_session::confirm(&mut tx, &broker.master_key, id, None, now).await?;
            Ok(tx.commit().await?)
        }
        Err(UpstreamError::Refused(refusal)) => {
            tracing::info!(
                provider.id = session.provider,
                refusal = refusal.code(),
                "an officer's session is not confirmed"
            );
            let mut tx = broker.db.begin().await?;
            let actor = Actor::Provider(session.provider.clone());
            let reason = StaffEnd::NotConfirmed;
            end::end(&broker.random, &mut tx, &session, reason, actor, now).await?;
            Ok(tx.commit().await?)
        }
        Err(error) => {
            release(broker, &session, until).await?;
            Err(NotConfirmed::Unanswered(error))
        }
    }
}

/// What is granted now: a session that holds more ends, wherever the officer has it; this one is confirmed if it lives on.
async fn still(
    broker: &Broker,
    session: &StaffSession,
    granted: &StillGranted,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let officer = session.staff_account_id;
    let mut tx = broker.db.begin().await?;
    end::end_without(&broker.random, &mut tx, officer, &granted.roles, now, now).await?;
    // A login that came meanwhile knows better.
    let sessions = staff_session::list_by_account(&mut tx, officer, now).await?;
    let is_latest = sessions.iter().all(|held| held.confirmed_at <= now);
    if let Some(config) = broker.config.staff.as_ref().filter(|_| is_latest) {
        let roles = config.roles_of(&granted.roles);
        let kept = (session.provider.as_str(), &roles);
        end::take_roles(broker, &mut tx, officer, kept, now).await?;
    }
    let (key, id) = (&broker.master_key, session.staff_session_id);
    staff_session::confirm(&mut tx, key, id, Some(&granted.session), now).await?;
    tx.commit().await
}

async fn release(
    broker: &Broker,
    session: &StaffSession,
    until: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut tx = broker.db.begin().await?;
    staff_session::release_confirmation(&mut tx, session.staff_session_id, until).await?;
    tx.commit().await
}

impl From<NotConfirmed> for Trouble {
    fn from(error: NotConfirmed) -> Self {
        match error {
            NotConfirmed::Storage(error) => error.into(),
            error => problems::at_login(&problems::NOT_CONFIRMED)
                .because(error)
                .retry_after(10)
                .into(),
        }
    }
}
