//! What came in lately, for people who look for a mistake and for tests that hold what was sent.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};
use serde::Serialize;

/// Older entries are forgotten.
const KEPT: usize = 50;

/// One message that came in.
#[derive(Debug, Clone, Serialize)]
pub struct Entry {
    /// When.
    pub at: DateTime<Utc>,
    /// `AuthnRequest`, `LogoutRequest`, `LogoutResponse` or whatever it was.
    pub message: String,
    /// `redirect` or `post`
    pub binding: &'static str,
    /// `detached`, `enveloped` or `none`
    pub signature: &'static str,
    /// Who said it was them.
    pub issuer: Option<String>,
    /// The code of the refusal; none when it was accepted.
    pub erc: Option<u16>,
    /// `RelayState`
    pub relay_state: Option<String>,
    /// The message.
    pub xml: String,
}

impl Entry {
    /// A message nothing is known about yet.
    pub fn new(at: DateTime<Utc>, binding: &'static str) -> Self {
        Self {
            at,
            message: "?".to_owned(),
            binding,
            signature: "none",
            issuer: None,
            erc: None,
            relay_state: None,
            xml: String::new(),
        }
    }
}

/// The journal.
#[derive(Debug, Default)]
pub struct Journal(Mutex<VecDeque<Entry>>);

impl Journal {
    /// Notes a message.
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
