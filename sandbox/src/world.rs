//! What all handlers share.

use std::sync::Arc;

use crate::clock::Clock;
use crate::config::Config;
use crate::error::StartError;
use crate::nia::Nia;

/// The sandbox as one value; copies share everything.
#[derive(Debug, Clone)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    base_url: String,
    clock: Clock,
    nia: Nia,
}

impl World {
    /// Reads or makes the keys and registers what the configuration names.
    pub fn new(config: &Config, base_url: &str) -> Result<Self, StartError> {
        let clock = Clock::default();
        let nia = Nia::new(
            &config.nia,
            &config.data_dir.join("nia"),
            base_url,
            clock.clone(),
        )?;
        Ok(Self(Arc::new(Inner {
            base_url: base_url.to_owned(),
            clock,
            nia,
        })))
    }

    /// The address others reach the sandbox at, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.base_url
    }

    /// The sandbox's time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The national identity hub.
    pub fn nia(&self) -> &Nia {
        &self.0.nia
    }
}
