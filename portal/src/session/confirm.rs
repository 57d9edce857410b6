//! Confirming a session at the broker, on use.
//!
//! 1. younger than five minutes, or without a refresh token: nothing is asked
//! 2. one request of all replicas takes the lease; the others go on with what they have
//! 3. no database connection is held while the broker is asked
//! 4. confirmed: fresh claims, the next refresh token, the clock starts anew
//! 5. `invalid_grant`, or claims that speak for another body: the session ends
//! 6. no answer: it lives on, nobody asks for half a minute, and after thirty minutes it ends

use chrono::{DateTime, TimeDelta, Utc};
use store::StorageError;

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
        let lease = now + LEASE;
        let mut tx = self.db.begin().await?;
        let ours = portal_session::claim_refresh(&mut tx, &session, now, lease).await?;
        tx.commit().await?;
        if !ours {
            return self.without_asking(session, now).await;
        }

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
            Err(RefreshError::Unanswered(_)) => "unanswered",
        };
        metrics::counter!("portal_confirmations_total", "outcome" => outcome).increment(1);
        match answer {
            Ok(renewed) if speaks_for_another(&session, &renewed) => {
                self.over(&session, EndedBy::Grant, now).await
            }
            Ok(renewed) => self.renewed(session.id, lease, &renewed, now).await,
            Err(RefreshError::Ended) => self.over(&session, EndedBy::Grant, now).await,
            Err(error @ RefreshError::Unanswered(_)) => {
                tracing::warn!(session.id = %session.id, error = &error as &dyn std::error::Error, "a session was not confirmed");
                self.unanswered(&session, lease, now).await
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

    async fn unanswered(
        &self,
        session: &PortalSession,
        lease: DateTime<Utc>,
        now: DateTime<Utc>,
    ) -> Result<Confirmed, StorageError> {
        if self.is_alone_too_long(session, now) {
            return self.over(session, EndedBy::Unreachable, now).await;
        }
        let mut tx = self.db.begin().await?;
        portal_session::fail_refresh(&mut tx, session.id, lease, now + RETRY, now).await?;
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
        session
            .unreachable_since
            .is_some_and(|since| now - since >= self.config.unreachable())
    }
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
const RETRY: TimeDelta = TimeDelta::seconds(30);
