//! A browser that is logged in to the portal of ISDS already is not asked again who it is.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use axum::http::HeaderMap;
use axum::http::header::COOKIE;
use chrono::{DateTime, TimeDelta, Utc};

use crate::error::Failure;
use crate::random;

/// How long a person stays logged in.
const LIFETIME: TimeDelta = TimeDelta::minutes(30);
const NAME: &str = "sandbox-isds";

/// All sessions: whose browser it is, since when.
#[derive(Debug, Default)]
pub struct Sessions(Mutex<HashMap<String, (String, DateTime<Utc>)>>);

impl Sessions {
    /// Logs a persona in and tells the `Set-Cookie` of it.
    pub fn start(&self, persona: &str, now: DateTime<Utc>) -> Result<String, Failure> {
        let id = random::hex()?;
        let mut sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, (_, at)| (now - *at).abs() < LIFETIME);
        sessions.insert(id.clone(), (persona.to_owned(), now));
        Ok(format!("{NAME}={id}; Path=/as; HttpOnly; SameSite=Lax"))
    }

    /// Who is logged in in this browser.
    pub fn persona(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<String> {
        let id = cookie(headers)?;
        let sessions = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (persona, at) = sessions.get(id)?;
        ((now - *at).abs() < LIFETIME).then(|| persona.clone())
    }

    /// Ends the session of a browser and tells the `Set-Cookie` of that.
    pub fn end(&self, headers: &HeaderMap) -> String {
        if let Some(id) = cookie(headers) {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .remove(id);
        }
        format!("{NAME}=; Path=/as; HttpOnly; SameSite=Lax; Max-Age=0")
    }

    /// Ends all.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == NAME)
        .map(|(_, value)| value)
}
