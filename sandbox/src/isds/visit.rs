//! A visit: one login on its way, from the redirect to ISDS to the one back.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, TimeDelta, Utc};

use super::application::Application;
use super::fault::Fault;
use crate::error::Failure;
use crate::random;

/// One login on its way.
#[derive(Debug, Clone)]
pub struct Visit {
    /// In the forms of its pages; nobody else can guess it.
    pub id: String,
    /// Who asked, as registered at that moment.
    pub application: Application,
    /// To be echoed.
    pub app_token: Option<String>,
    /// When the browser came.
    pub began_at: DateTime<Utc>,
    /// Who logged in.
    pub persona: Option<String>,
    /// What shall go wrong with this login.
    pub fault: Option<Fault>,
}

/// All visits.
#[derive(Debug)]
pub struct Visits {
    lifetime: TimeDelta,
    open: Mutex<HashMap<String, Visit>>,
}

impl Visits {
    /// Each may last so many minutes.
    pub fn new(minutes: i64) -> Self {
        Self {
            lifetime: TimeDelta::try_minutes(minutes).unwrap_or(TimeDelta::MAX),
            open: Mutex::default(),
        }
    }

    /// Begins a visit and forgets the old ones.
    pub fn begin(
        &self,
        application: Application,
        app_token: Option<String>,
        now: DateTime<Utc>,
    ) -> Result<Visit, Failure> {
        let visit = Visit {
            id: random::hex()?,
            application,
            app_token,
            began_at: now,
            persona: None,
            fault: None,
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, visit| self.is_open(visit, now));
        open.insert(visit.id.clone(), visit.clone());
        Ok(visit)
    }

    /// A visit that is not too old.
    pub fn lookup(&self, id: &str, now: DateTime<Utc>) -> Option<Visit> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(id)
            .filter(|visit| self.is_open(visit, now))
            .cloned()
    }

    /// Keeps what changed.
    pub fn save(&self, visit: Visit) {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(visit.id.clone(), visit);
    }

    /// Ends a visit; only the first of several clicks gets it.
    pub fn take(&self, id: &str, now: DateTime<Utc>) -> Option<Visit> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(id).filter(|visit| self.is_open(visit, now))
    }

    /// Forgets all.
    pub fn clear(&self) {
        self.open
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// A clock set back must not make visits immortal.
    fn is_open(&self, visit: &Visit, now: DateTime<Utc>) -> bool {
        (now - visit.began_at).abs() < self.lifetime
    }
}
