//! What came in lately, for people who look for a mistake and for tests that count calls. One-time values are hashed.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use openssl::sha::sha256;
use serde::Serialize;

/// Older entries are forgotten.
const KEPT: usize = 200;

/// One call.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// `login`, `return`, `authConfirmation`, `extWsLogout`, `FindDataBox2`…
    pub operation: String,
    /// Which application.
    pub ats_id: Option<String>,
    /// Common name of the client certificate.
    pub certificate: Option<String>,
    /// How it ended.
    pub outcome: String,
    /// The fault that was asked for.
    pub fault: Option<&'static str>,
    /// What the call was about, one-time values hashed.
    pub about: Option<String>,
}

impl Entry {
    /// An entry with the least there is to say.
    pub fn new(at: DateTime<Utc>, operation: &str, outcome: &str) -> Self {
        Self {
            at,
            operation: operation.to_owned(),
            ats_id: None,
            certificate: None,
            outcome: outcome.to_owned(),
            fault: None,
            about: None,
        }
    }
}

/// The journal.
#[derive(Debug, Default)]
pub struct Journal(Mutex<VecDeque<Entry>>);

impl Journal {
    /// Notes a call.
    pub fn note(&self, entry: Entry) {
        tracing::info!(
            operation = entry.operation,
            ats.id = entry.ats_id,
            outcome = entry.outcome,
            "isds.called"
        );
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

    /// Forgets everything.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

/// A one-time value as it may be shown: the beginning of its SHA-256.
pub fn hashed(secret: &str) -> String {
    let digest = sha256(secret.as_bytes());
    let digits: Vec<_> = digest
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("sha256:{}", digits.concat())
}
