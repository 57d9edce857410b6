//! What NIA remembers.

use std::path::Path;
use std::sync::atomic::AtomicU64;

use super::config::NiaConfig;
use super::consent::Consents;
use super::fault::Faults;
use super::journal::Journal;
use super::keys::Keys;
use super::logout::Logouts;
use super::persona::{self, Persona};
use super::reply::LastAnswers;
use super::sep::Seps;
use super::session::Sessions;
use super::visit::Visits;
use crate::clock::Clock;
use crate::error::StartError;

/// Keys, registrations and everything that happens between a request and its answer.
#[derive(Debug)]
pub struct Nia {
    /// Address of single sign-on and single logout.
    pub basic_url: String,
    /// The sandbox's time.
    pub clock: Clock,
    /// Signing keys of this and of the other environment.
    pub keys: Keys,
    /// Registered service providers.
    pub seps: Seps,
    /// The people who can log in.
    pub personas: Vec<Persona>,
    /// Logins on their way.
    pub visits: Visits,
    /// Single sign-on.
    pub sessions: Sessions,
    /// What people let be told to whom.
    pub consents: Consents,
    /// What shall go wrong next.
    pub faults: Faults,
    /// The last answer of each service provider, for sending it again.
    pub last_answers: LastAnswers,
    /// How logouts are treated.
    pub logouts: Logouts,
    /// What came in lately.
    pub journal: Journal,
    /// Counts encryptions: padding alternates.
    pub encryptions: AtomicU64,
}

impl Nia {
    /// Reads or makes the keys in `folder` and registers what the configuration names.
    pub fn new(
        config: &NiaConfig,
        folder: &Path,
        base_url: &str,
        clock: Clock,
    ) -> Result<Self, StartError> {
        Ok(Self {
            basic_url: format!("{base_url}{}", super::names::BASIC),
            clock,
            keys: Keys::open(folder, config.signing_key_bits)?,
            seps: Seps::new(&config.sep),
            personas: persona::built_in()?
                .into_iter()
                .filter(|persona| !persona.means.is_empty())
                .collect(),
            visits: Visits::default(),
            sessions: Sessions::default(),
            consents: Consents::default(),
            faults: Faults::default(),
            last_answers: LastAnswers::default(),
            logouts: Logouts::new(config.logout),
            journal: Journal::default(),
            encryptions: AtomicU64::new(0),
        })
    }

    /// A person by key.
    pub fn persona(&self, key: &str) -> Option<&Persona> {
        self.personas.iter().find(|persona| persona.key == key)
    }
}
