//! One-time values: `sessionId`, exchanged once, and `timeLimitedId`, which the exchange brings.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::fault::Fault;
use crate::error::Failure;
use crate::random;

/// How long a `timeLimitedId` lasts.
const TIME_LIMITED: TimeDelta = TimeDelta::minutes(15);

/// What a `sessionId` stands for.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// The application it was issued to.
    pub ats_id: String,
    /// To be echoed.
    pub app_token: Option<String>,
    /// Who logged in.
    pub persona: String,
    /// Where the browser is.
    pub browser_address: String,
    /// When.
    pub issued_at: DateTime<Utc>,
    /// What shall go wrong with the exchange.
    pub fault: Option<Fault>,
}

/// All `sessionId` that were not exchanged, and all `timeLimitedId` that were not given back.
#[derive(Debug)]
pub struct Tickets {
    lifetime: TimeDelta,
    sessions: Mutex<HashMap<String, Ticket>>,
    time_limited: Mutex<HashMap<String, DateTime<Utc>>>,
}

impl Tickets {
    /// Each `sessionId` may last so many seconds.
    pub fn new(seconds: i64) -> Self {
        Self {
            lifetime: TimeDelta::try_seconds(seconds).unwrap_or(TimeDelta::MAX),
            sessions: Mutex::default(),
            time_limited: Mutex::default(),
        }
    }

    /// Issues a `sessionId`: 39 characters, letters, digits and hyphens.
    pub fn issue(&self, ticket: Ticket) -> Result<String, Failure> {
        let id = format!("{}-01", random::uuid()?);
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, other| self.is_fresh(other, ticket.issued_at));
        sessions.insert(id.clone(), ticket);
        Ok(id)
    }

    /// Takes what a `sessionId` stands for, if one of these applications owns it. A foreign one takes nothing.
    pub fn take(&self, id: &str, ats_ids: &[&str], now: DateTime<Utc>) -> Option<Ticket> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let ticket = sessions.get(id)?;
        if !ats_ids.contains(&ticket.ats_id.as_str()) {
            return None;
        }
        let ticket = sessions.remove(id)?;
        self.is_fresh(&ticket, now).then_some(ticket)
    }

    /// Issues a `timeLimitedId`.
    pub fn time_limited(&self, now: DateTime<Utc>) -> Result<String, Failure> {
        let id = format!("T01-{}", random::uuid()?);
        let mut known = self
            .time_limited
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known.retain(|_, at| (now - *at).abs() < TIME_LIMITED);
        known.insert(id.clone(), now);
        Ok(id)
    }

    /// Makes a `timeLimitedId` useless; tells whether it was of any use.
    pub fn give_back(&self, id: &str, now: DateTime<Utc>) -> bool {
        let mut known = self
            .time_limited
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        known
            .remove(id)
            .is_some_and(|at| (now - at).abs() < TIME_LIMITED)
    }

    /// Forgets all.
    pub fn clear(&self) {
        empty(&self.sessions);
        empty(&self.time_limited);
    }

    fn is_fresh(&self, ticket: &Ticket, now: DateTime<Utc>) -> bool {
        (now - ticket.issued_at).abs() < self.lifetime
    }
}

fn empty<V>(map: &Mutex<HashMap<String, V>>) {
    map.lock().unwrap_or_else(PoisonError::into_inner).clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticket(now: DateTime<Utc>) -> Ticket {
        Ticket {
            ats_id: "TOWN".to_owned(),
            app_token: None,
            persona: "P01".to_owned(),
            browser_address: "127.0.0.1".to_owned(),
            issued_at: now,
            fault: None,
        }
    }

    #[test]
    fn a_session_is_exchanged_once_and_only_by_whom_it_was_issued_to() {
        let (tickets, now) = (Tickets::new(120), Utc::now());
        let id = tickets.issue(ticket(now)).unwrap();

        assert!(tickets.take(&id, &["OTHER"], now).is_none());
        assert!(tickets.take(&id, &["TOWN"], now).is_some());
        assert!(tickets.take(&id, &["TOWN"], now).is_none());
    }

    #[test]
    fn a_session_expires() {
        let (tickets, now) = (Tickets::new(120), Utc::now());
        let id = tickets.issue(ticket(now)).unwrap();

        let later = now + TimeDelta::seconds(120);
        assert!(tickets.take(&id, &["TOWN"], later).is_none());
    }

    #[test]
    fn a_session_has_the_shape_the_sibling_service_prescribes() {
        let id = Tickets::new(120).issue(ticket(Utc::now())).unwrap();

        assert!((36..=50).contains(&id.len()), "{id}");
        assert!(id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'));
    }

    #[test]
    fn a_time_limited_id_is_given_back_once() {
        let (tickets, now) = (Tickets::new(120), Utc::now());
        let id = tickets.time_limited(now).unwrap();

        assert!(tickets.give_back(&id, now));
        assert!(!tickets.give_back(&id, now));
    }
}
