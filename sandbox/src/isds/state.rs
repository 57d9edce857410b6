//! What ISDS remembers.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::application::Applications;
use super::boxes::BoxState;
use super::config::{Account, IsdsConfig};
use super::data::{self, Data, DataBox, Person, Persona};
use super::fault::{Fault, Moment};
use super::journal::Journal;
use super::session::Sessions;
use super::ticket::Tickets;
use super::visit::Visits;
use crate::error::StartError;
use crate::faults::Faults;

/// Registrations, boxes and everything that happens between a redirect and an exchange.
#[derive(Debug)]
pub struct Isds {
    /// Registered applications.
    pub applications: Applications,
    /// Who may call services with name and password.
    pub accounts: Vec<Account>,
    /// Logins on their way.
    pub visits: Visits,
    /// One-time values.
    pub tickets: Tickets,
    /// Browsers logged in to the portal of ISDS.
    pub sessions: Sessions,
    /// What shall go wrong next.
    pub faults: Faults<Fault>,
    /// What came in lately.
    pub journal: Journal,
    data: Data,
    /// States of boxes that were changed since the start.
    states: Mutex<HashMap<String, BoxState>>,
    answers: AtomicU64,
}

impl Isds {
    /// Starts with what the configuration names and the program brings along.
    pub fn new(config: &IsdsConfig) -> Result<Self, StartError> {
        Ok(Self {
            applications: Applications::new(&config.application),
            accounts: config.account.clone(),
            visits: Visits::new(config.login_minutes),
            tickets: Tickets::new(config.session_seconds),
            sessions: Sessions::default(),
            faults: Faults::default(),
            journal: Journal::default(),
            data: data::built_in()?,
            states: Mutex::default(),
            answers: AtomicU64::new(0),
        })
    }

    /// All ways to log in.
    pub fn personas(&self) -> &[Persona] {
        &self.data.persona
    }

    /// A way to log in by its key.
    pub fn persona(&self, key: &str) -> Option<&Persona> {
        self.data.persona.iter().find(|persona| persona.key == key)
    }

    /// A person by key.
    pub fn person(&self, key: &str) -> Option<&Person> {
        self.data.person.iter().find(|person| person.key == key)
    }

    /// All boxes.
    pub fn boxes(&self) -> &[DataBox] {
        &self.data.boxes
    }

    /// A box by its id.
    pub fn data_box(&self, id: &str) -> Option<&DataBox> {
        self.data.boxes.iter().find(|one| one.id == id)
    }

    /// The person who holds a box.
    pub fn holder(&self, data_box: &DataBox) -> Option<&Person> {
        self.person(data_box.holder.as_deref()?)
    }

    /// In which state a box is now.
    pub fn state_of(&self, data_box: &DataBox) -> BoxState {
        let states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.get(&data_box.id).copied().unwrap_or(data_box.state)
    }

    /// Puts a box into a state; tells whether there is such a box.
    pub fn set_state(&self, id: &str, state: BoxState) -> bool {
        if self.data_box(id).is_none() {
            return false;
        }
        self.states
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id.to_owned(), state);
        true
    }

    /// What shall go wrong at this moment for this application.
    pub fn fault(&self, ats_id: &str, moment: Moment) -> Option<Fault> {
        self.faults.take(ats_id, |fault| fault.moment() == moment)
    }

    /// A number that differs from answer to answer.
    pub fn variety(&self) -> u64 {
        self.answers.fetch_add(1, Ordering::Relaxed)
    }

    /// As if the sandbox had just started, except for registrations.
    pub fn reset(&self) {
        self.visits.clear();
        self.tickets.clear();
        self.sessions.clear();
        self.faults.clear();
        self.journal.clear();
        self.states
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}
