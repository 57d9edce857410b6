//! What ARES remembers: subjects, what ended since the start, who asked for what.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::fault::Fault;
use super::subject::{self, Subject};
use crate::error::StartError;
use crate::faults::Faults;

/// Older calls are forgotten.
const KEPT: usize = 200;

/// The register.
#[derive(Debug)]
pub struct Ares {
    /// What shall go wrong next.
    pub faults: Faults<Fault>,
    subjects: Mutex<Vec<Subject>>,
    calls: Mutex<VecDeque<Call>>,
}

/// One question.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// When.
    pub at: DateTime<Utc>,
    /// An IČO, or `vyhledat`.
    pub about: String,
    /// HTTP status.
    pub status: u16,
}

impl Ares {
    /// Starts with what the program brings along.
    pub fn new() -> Result<Self, StartError> {
        Ok(Self {
            faults: Faults::default(),
            subjects: Mutex::new(subject::built_in()?),
            calls: Mutex::default(),
        })
    }

    /// A subject by its IČO.
    pub fn subject(&self, ico: &str) -> Option<Subject> {
        self.list().into_iter().find(|subject| subject.ico == ico)
    }

    /// All subjects.
    pub fn list(&self) -> Vec<Subject> {
        self.subjects
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Ends a subject, or only the membership of everybody of a family name in its bodies; tells whether there was one.
    pub fn end(&self, ico: &str, member: Option<&str>, on: NaiveDate) -> bool {
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(subject) = subjects.iter_mut().find(|subject| subject.ico == ico) else {
            return false;
        };
        let Some(family_name) = member else {
            subject.ended = Some(on);
            return true;
        };
        let family_name = family_name.to_uppercase();
        let members = subject.body.iter_mut().flat_map(|body| &mut body.member);
        let mut ended = false;
        for member in members {
            if member.family_name == family_name && member.until.is_none() {
                member.until = Some(on);
                ended = true;
            }
        }
        ended
    }

    /// Takes an end back, of a subject or of the memberships of everybody of a family name; tells whether there was one.
    pub fn restore(&self, ico: &str, member: Option<&str>) -> bool {
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(subject) = subjects.iter_mut().find(|subject| subject.ico == ico) else {
            return false;
        };
        let Some(family_name) = member else {
            return subject.ended.take().is_some();
        };
        let family_name = family_name.to_uppercase();
        let members = subject.body.iter_mut().flat_map(|body| &mut body.member);
        let mut restored = false;
        for member in members.filter(|member| member.family_name == family_name) {
            restored |= member.until.take().is_some();
        }
        restored
    }

    /// Notes a question.
    pub fn note(&self, call: Call) {
        tracing::info!(about = call.about, http.status = call.status, "ares.asked");
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.push_front(call);
        calls.truncate(KEPT);
    }

    /// The latest first.
    pub fn calls(&self) -> Vec<Call> {
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .cloned()
            .collect()
    }

    /// As if the sandbox had just started.
    pub fn reset(&self) -> Result<(), StartError> {
        let fresh = subject::built_in()?;
        *self.subjects.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
        self.calls
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
        self.faults.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_membership_ends_without_the_subject() {
        let ares = Ares::new().unwrap();
        let on = "2026-11-01".parse().unwrap();

        assert!(ares.end("00000027", Some("Nováková"), on));
        assert!(!ares.end("00000027", Some("Nováková"), on));
        assert!(!ares.end("00000108", None, on));

        let subject = ares.subject("00000027").unwrap();
        assert_eq!(subject.ended, None);
        assert_eq!(subject.body[0].member[0].until, Some(on));
        ares.reset().unwrap();
        assert_eq!(
            ares.subject("00000027").unwrap().body[0].member[0].until,
            None
        );
    }
    #[test]
    fn an_end_is_taken_back_where_there_was_one() {
        let ares = Ares::new().unwrap();
        let on = "2026-11-01".parse().unwrap();
        ares.end("00000027", Some("Nováková"), on);
        ares.end("00000027", None, on);

        assert!(ares.restore("00000027", Some("nováková")));
        assert!(ares.restore("00000027", None));
        assert!(!ares.restore("00000027", Some("Nováková")));
        assert!(!ares.restore("00000027", None));
        assert!(!ares.restore("00000108", None));

        let subject = ares.subject("00000027").unwrap();
        assert_eq!(
            (subject.ended, subject.body[0].member[0].until),
            (None, None)
        );
    }
}
