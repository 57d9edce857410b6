//! A visit: one login on its way, from the request to the answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::fault::Fault;
use super::level::Level;
use super::reply::Posting;
use super::request::authn::AuthnRequest;
use super::sep::Sep;
use crate::error::Failure;
use crate::random;

/// How long a person may look at the pages.
const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// One login on its way.
#[derive(Debug, Clone)]
pub struct Visit {
    /// In the address of its pages; nobody else can guess it.
    pub id: String,
    /// Who asked, as registered at that moment.
    pub sep: Sep,
    /// What was asked.
    pub request: AuthnRequest,
    /// To be echoed.
    pub relay_state: Option<String>,
    /// Where the browser is.
    pub client_address: String,
    /// When the request came.
    pub began_at: DateTime<Utc>,
    /// Who logged in.
    pub login: Option<Login>,
    /// What shall be wrong with the answer.
    pub fault: Option<Fault>,
    /// The answer, once there is one. Asked again, the same one is given.
    pub posting: Option<Arc<Posting>>,
}

/// A person logged in, now or earlier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// The single sign-on session.
    pub session_id: String,
    /// Who.
    pub persona_key: String,
    /// How surely.
    pub level: Level,
    /// When.
    pub at: DateTime<Utc>,
}

/// All visits.
#[derive(Debug, Default)]
pub struct Visits(Mutex<HashMap<String, Visit>>);

impl Visits {
    /// Begins a visit and forgets the old ones.
    pub fn begin(
        &self,
        sep: Sep,
        request: AuthnRequest,
        relay_state: Option<String>,
        client_address: String,
        now: DateTime<Utc>,
    ) -> Result<Visit, Failure> {
        let visit = Visit {
            id: random::hex()?,
            sep,
            request,
            relay_state,
            client_address,
            began_at: now,
            login: None,
            fault: None,
            posting: None,
        };
        let mut visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        visits.retain(|_, visit| is_open(visit, now));
        visits.insert(visit.id.clone(), visit.clone());
        Ok(visit)
    }

    /// A visit that is not too old.
    pub fn lookup(&self, id: &str, now: DateTime<Utc>) -> Option<Visit> {
        let visits = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        visits.get(id).filter(|visit| is_open(visit, now)).cloned()
    }

    /// Keeps what changed.
    pub fn save(&self, visit: Visit) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(visit.id.clone(), visit);
    }
}

/// A clock set back must not make visits immortal, nor one set forward lose what began a moment ago in both times.
fn is_open(visit: &Visit, now: DateTime<Utc>) -> bool {
    (now - visit.began_at).abs() < LIFETIME
}
