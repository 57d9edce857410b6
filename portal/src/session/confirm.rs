//! Confirming a session at the broker, on use.
//!
//! 1. younger than five minutes, or without a refresh token: nothing is asked
//! 2. one request of all replicas takes the lease; the others go on with what they have
//! 3. no database connection is held while the broker is asked
//! 4. confirmed: fresh claims, the next refresh token, the clock starts anew
//! 5. `invalid_grant`, or claims that speak for another body: the session ends
//! 6. the broker cannot be asked: it lives on, nobody asks for half a minute, and after thirty minutes it ends
//! 7. the answer was lost: the broker may have replaced the refresh token, and would take the former one for stolen. It is sent
//!    again within the time that the broker leaves a client for a race with itself, and never afterwards: the session lives
//!    its thirty minutes, and then the person signs in again, without being asked anything while the broker knows them

use chrono::{DateTime, TimeDelta, Utc};
use store::StorageError;
use tracing::Instrument;

use super::sessions::{Sealed, Sessions};
use super::{EndedBy, SessionId};
use crate::broker::{RefreshError, Renewed};
use crate::storage::portal_session::{self, PortalSession, Refreshed};

/// A session on use.
#[derive(Debug)]
pub enum Confirmed {
    /// It counts; the row is as fresh as it can be.
    Open(Box<PortalSession>),
    /// It ended, just now or before; `None` when its age ended it.
    Over(Option<EndedBy>),
}

impl Sessions {
    /// Decides whether a session still counts, asking the broker where it is time to.
    pub async fn confirm(
        &self,
        session: PortalSession,
        now: DateTime<Utc>,
    ) -> Result<Confirmed, StorageError> {
        if !session.is_open(now) {
            return Ok(Confirmed::Over(session.ended_by()));
        }
        if now - session.refreshed_at < self.config.confirm_after()
            || session.refresh_token.is_none()
        {
            return Ok(Confirmed::Open(Box::new(session)));
        }
        if is_lost(&session, now) {
            if self.is_alone_too_long(&session, now) {
                return self.over(&session, EndedBy::Lost, now).await;
            }
            return Ok(Confirmed::Open(Box::new(session)));
        }
        let lease = now + LEASE;
        let mut tx = self.db.begin().await?;
        let ours = portal_session::claim_refresh(&mut tx, &session, now, lease).await?;
        tx.commit().await?;
        if !ours {
            return self.without_asking(session, now).await;
        }
        // In a task of its own: a browser that leaves in the middle must not take the broker's answer with it.
        let sessions = self.clone();
        let asked = async move { sessions.ask(session, lease, now).await };
        match tokio::spawn(asked.in_current_span()).await {
            Ok(confirmed) => confirmed,
            Err(error) => Err(StorageError::broken(error)),
        }
    }

    /// Asks the broker, by the lease that was taken for it.
    async fn ask(
        &self,
        session: PortalSession,
        lease: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Confirmed, StorageError> {
        let token = self.open_secret(
            session.id,
            Sealed::RefreshToken,
            session.refresh_token.as_deref(),
        )?;
        let Some(token) = token else {
            return Ok(Confirmed::Open(Box::new(session)));
        };
        let answer = self.broker.renew(&token, &session.subject, now).await;
        let outcome = match &answer {
            Ok(_) => "renewed",
            Err(RefreshError::Ended) => "ended",
            Err(RefreshError::NotAsked(_)) => "unanswered",
            Err(RefreshError::Unanswered(_)) => "lost",
        };
        metrics::counter!("portal_confirmations_total", "outcome" => outcome).increment(1);
        match answer {
            Ok(renewed) if speaks_for_another(&session, &renewed) => {
                self.over(&session, EndedBy::Grant, now).await
            }
            Ok(renewed) => self.renewed(session.id, lease, &renewed, now).await,
            // Of a token that was sent before this says nothing: the answer that was lost may have replaced it.
            Err(RefreshError::Ended) if session.refresh_sent_at.is_some() => {
                let retry = Retry::after(ONE_SECOND, session.refresh_sent_at);
                self.unconfirmed(&session, lease, retry, now).await
            }
            Err(RefreshError::Ended) => self.over(&session, EndedBy::Grant, now).await,
            Err(error) => {
                tracing::warn!(session.id = %session.id, error = &error as &dyn std::error::Error, "a session was not confirmed");
                let retry = match error {
                    RefreshError::Unanswered(_) => {
                        Retry::after(ONE_SECOND, session.refresh_sent_at.or(Some(now)))
                    }
                    _ => Retry::after(HALF_A_MINUTE, session.refresh_sent_at),
                };
                self.unconfirmed(&session, lease, retry, now).await
            }
        }
    }

    /// Another request is asking, or nobody asks for the moment. The row may have changed since it was read.
    async fn without_asking(
        &self,
        session: PortalSession,
        now: DateTime<Utc>,
    ) -> Result<Confirmed, StorageError> {
        let mut tx = self.db.read().await?;
        let session = portal_session::lookup(&mut tx, session.id).await?;
        Ok(match session {
            Some(session) if self.is_alone_too_long(&session, now) => {
                Confirmed::Over(Some(EndedBy::Unreachable))
            }
            session => judged(session, now),
        })
    }

    async fn renewed(
        &self,
        id: SessionId,
        lease: DateTime<Utc>,
        renewed: &Renewed,
        now: DateTime<Utc>,
    ) -> Result<Confirmed, StorageError> {
        let refreshed = Refreshed {
            claims: renewed
                .claims
                .as_ref()
                .map(|claims| self.seal_claims(id, claims))
                .transpose()?,
            refresh_token: self.seal_secret(
                id,
                Sealed::RefreshToken,
                renewed.refresh_token.as_ref(),
            )?,
            id_token: self.seal_secret(id, Sealed::IdToken, renewed.id_token.as_ref())?,
        };
        let mut tx = self.db.begin().await?;
        portal_session::finish_refresh(&mut tx, id, lease, &refreshed, now).await?;
        let session = portal_session::lookup(&mut tx, id).await?;
        tx.commit().await?;
        // The broker may have ended it by the back channel while it answered us.
        Ok(judged(session, now))
    }

    async fn unconfirmed(
        &self,
        session: &PortalSession,
        lease: DateTime<Utc>,
        retry: Retry,
        now: DateTime<Utc>,
    ) -> Result<Confirmed, StorageError> {
        if self.is_alone_too_long(session, now) {
            return self.over(session, EndedBy::Unreachable, now).await;
        }
        let mut tx = self.db.begin().await?;
        let retry_at = now + retry.after;
        portal_session::fail_refresh(&mut tx, session.id, lease, retry_at, retry.sent_at, now)
            .await?;
        let session = portal_session::lookup(&mut tx, session.id).await?;
        tx.commit().await?;
        Ok(judged(session, now))
    }

    async fn over(
        &self,
        session: &PortalSession,
        by: EndedBy,
        now: DateTime<Utc>,
    ) -> Result<Confirmed, StorageError> {
        self.end(session, by, now).await?;
        Ok(Confirmed::Over(Some(by)))
    }

    fn is_alone_too_long(&self, session: &PortalSession, now: DateTime<Utc>) -> bool {
        // Whoever sent the token last may have been stopped before it could say so.
        session
            .unreachable_since
            .or(session.refresh_sent_at)
            .is_some_and(|since| now - since >= self.config.unreachable())
    }
}

/// When the broker is asked again, and since when the token may be used up.
#[derive(Debug, Clone, Copy)]
struct Retry {
    after: TimeDelta,
    sent_at: Option<DateTime<Utc>>,
}

impl Retry {
    const fn after(after: TimeDelta, sent_at: Option<DateTime<Utc>>) -> Self {
        Self { after, sent_at }
    }
}

/// Whether the refresh token was sent, nobody waits for the answer any more, and it is too late to send it again.
fn is_lost(session: &PortalSession, now: DateTime<Utc>) -> bool {
    let is_awaited = session.refresh_lease_until.is_some_and(|until| now < until);
    !is_awaited
        && session
            .refresh_sent_at
            .is_some_and(|at| now - at >= SENT_AGAIN_WITHIN)
}

/// For whom one acts never changes within a session: another choice is another one.
fn speaks_for_another(session: &PortalSession, renewed: &Renewed) -> bool {
    renewed.claims.as_ref().is_some_and(|claims| {
        let acting = claims.acting_for.as_ref();
        acting.map(|acting| acting.body.mandate_id.as_str()) != session.mandate.as_deref()
    })
}

fn judged(session: Option<PortalSession>, now: DateTime<Utc>) -> Confirmed {
    match session {
        Some(session) if session.is_open(now) => Confirmed::Open(Box::new(session)),
        other => Confirmed::Over(other.and_then(|session| session.ended_by())),
    }
}

/// Longer than any answer is waited for.
const LEASE: TimeDelta = TimeDelta::seconds(60);
const HALF_A_MINUTE: TimeDelta = TimeDelta::seconds(30);
const ONE_SECOND: TimeDelta = TimeDelta::seconds(1);
/// Half of what our broker leaves a client for a race with itself (10 s): the other half is for the way.
const SENT_AGAIN_WITHIN: TimeDelta = TimeDelta::seconds(5);
