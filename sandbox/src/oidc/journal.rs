//! What came in lately, for people who look for a mistake and for tests that hold what was sent.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Older entries are forgotten.
const KEPT: usize = 100;

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// Which address.
    pub endpoint: &'static str,
    /// Who said it was them.
    pub client_id: Option<String>,
    /// `ok`, or the word of the refusal.
    pub outcome: String,
    /// What was sent, without secrets.
    pub parameters: BTreeMap<String, String>,
}

/// The journal.
#[derive(Debug, Default)]
pub struct Journal(Mutex<VecDeque<Entry>>);

impl Journal {
    /// Notes a call.
    pub fn note(&self, entry: Entry) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_front(entry);
        entries.truncate(KEPT);
    }

    /// The latest first.
    pub fn list(&self) -> Vec<Entry> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }
}
