//! Single sign-on: one session of a browser, shared by all service providers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::level::Level;
use crate::error::Failure;
use crate::random;

/// How long a person stays logged in.
const LIFETIME: TimeDelta = TimeDelta::hours(8);

/// A browser in which somebody is logged in.
#[derive(Debug, Clone, Serialize)]
pub struct Session {
    /// In the cookie.
    #[serde(skip)]
    pub id: String,
    /// Who.
    pub persona: String,
    /// How surely.
    pub level: Level,
    /// When.
    pub at: DateTime<Utc>,
    /// Which answers were given in it.
    pub participants: Vec<Participant>,
}

/// A service provider that got an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Participant {
    /// Who.
    pub entity_id: String,
    /// The pseudonym it got.
    pub name_id: String,
    /// The index it got.
    pub session_index: String,
}

/// All sessions.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<String, Session>>);

impl Sessions {
    /// Logs a person in.
    pub fn start(
        &self,
        persona: &str,
        level: Level,
        now: DateTime<Utc>,
    ) -> Result<Session, Failure> {
        let session = Session {
            id: random::hex()?,
            persona: persona.to_owned(),
            level,
            at: now,
            participants: Vec::new(),
        };
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| is_open(session, now));
        sessions.insert(session.id.clone(), session.clone());
        Ok(session)
    }

    /// The session of a browser.
    pub fn lookup(&self, id: &str, now: DateTime<Utc>) -> Option<Session> {
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions
            .get(id)
            .filter(|session| is_open(session, now))
            .cloned()
    }

    /// Notes that a provider got an answer.
    pub fn join(&self, id: &str, participant: Participant) {
        if let Some(session) = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get_mut(id)
        {
            session.participants.push(participant);
        }
    }

    /// Ends the session of a browser; tells whether there was one.
    pub fn end(&self, id: &str) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(id)
            .is_some()
    }

    /// Ends the sessions a logout names; tells how many.
    pub fn end_named(&self, entity_id: &str, name_id: &str, indexes: &[String]) -> usize {
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = sessions.len();
        sessions.retain(|_, session| {
            !session.participants.iter().any(|participant| {
                participant.entity_id == entity_id
                    && participant.name_id == name_id
                    && (indexes.is_empty() || indexes.contains(&participant.session_index))
            })
        });
        before - sessions.len()
    }

    /// Ends all sessions.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// All sessions, the latest first.
    pub fn list(&self) -> Vec<Session> {
        let mut sessions: Vec<_> = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.at));
        sessions
    }
}

fn is_open(session: &Session, now: DateTime<Utc>) -> bool {
    (now - session.at).abs() < LIFETIME
}

/// The cookie of single sign-on. Its prefix demands TLS, so plain HTTP does without.
#[derive(Debug, Clone, Copy)]
pub struct SsoCookie {
    secure: bool,
}

impl SsoCookie {
    /// For a sandbox at this address.
    pub fn at(base_url: &str) -> Self {
        Self {
            secure: base_url.starts_with("https:"),
        }
    }

    /// Reads it.
    pub fn read(self, headers: &HeaderMap) -> Option<String> {
        headers
            .get_all(axum::http::header::COOKIE)
            .iter()
            .filter_map(|header| header.to_str().ok())
            .flat_map(|header| header.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name())
            .map(|(_, value)| value.to_owned())
    }

    /// `Set-Cookie` for a session.
    pub fn set(self, session_id: &str) -> String {
        format!("{}={session_id}; {}", self.name(), self.attributes())
    }

    /// `Set-Cookie` that takes it back.
    pub fn clear(self) -> String {
        format!("{}=; {}; Max-Age=0", self.name(), self.attributes())
    }

    fn name(self) -> &'static str {
        if self.secure {
            "__Host-sandbox-nia"
        } else {
            "sandbox-nia"
        }
    }

    fn attributes(self) -> &'static str {
        if self.secure {
            "Path=/; HttpOnly; SameSite=Lax; Secure"
        } else {
            "Path=/; HttpOnly; SameSite=Lax"
        }
    }
}
