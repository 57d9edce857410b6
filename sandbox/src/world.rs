//! What all handlers share.

use std::sync::Arc;

use crate::ares::Ares;
use crate::bank_id::BankId;
use crate::caais::Caais;
use crate::clock::Clock;
use crate::config::Config;
use crate::error::StartError;
use crate::isds::Isds;
use crate::mail::Sink;
use crate::nia::Nia;
use crate::tls::TlsFaults;

/// The addresses others reach the sandbox at, each without a trailing slash.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// HTTP.
    pub base_url: String,
    /// HTTPS, if it is spoken.
    pub tls_url: Option<String>,
    /// HTTPS for holders of a client certificate, if it is spoken.
    pub client_tls_url: Option<String>,
}

/// The sandbox as one value; copies share everything.
#[derive(Debug, Clone)]
pub struct World(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    addresses: Addresses,
    clock: Clock,
    nia: Nia,
    bank_id: BankId,
    isds: Isds,
    tls_faults: TlsFaults,
    ares: Ares,
    mail: Sink,
    caais: Caais,
}

impl World {
    /// Reads or makes the keys and registers what the configuration names.
    pub fn new(config: &Config, addresses: Addresses) -> Result<Self, StartError> {
        let clock = Clock::default();
        let nia = Nia::new(
            &config.nia,
            &config.data_dir.join("nia"),
            &addresses.base_url,
            clock.clone(),
        )?;
        let bank_id = BankId::new(
            &config.bank_id,
            &config.data_dir.join("bank_id"),
            &addresses.base_url,
            clock.clone(),
        )?;
        let caais = Caais::new(
            &config.caais,
            &config.data_dir.join("caais"),
            &addresses,
            clock.clone(),
        )?;
        Ok(Self(Arc::new(Inner {
            addresses,
            clock,
            nia,
            bank_id,
            isds: Isds::new(&config.isds)?,
            tls_faults: TlsFaults::default(),
            ares: Ares::new()?,
            mail: Sink::open(&config.mail, &config.data_dir.join("mail"))?,
            caais,
        })))
    }

    /// The address others reach the sandbox at, without a trailing slash.
    pub fn base_url(&self) -> &str {
        &self.0.addresses.base_url
    }

    /// All addresses others reach the sandbox at.
    pub fn addresses(&self) -> &Addresses {
        &self.0.addresses
    }

    /// The sandbox's time.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// The national identity hub.
    pub fn nia(&self) -> &Nia {
        &self.0.nia
    }

    /// Bank iD.
    pub fn bank_id(&self) -> &BankId {
        &self.0.bank_id
    }

    /// Data boxes.
    pub fn isds(&self) -> &Isds {
        &self.0.isds
    }

    /// The register of subjects in business.
    pub fn ares(&self) -> &Ares {
        &self.0.ares
    }

    /// What shall go wrong at the doors with TLS.
    pub fn tls_faults(&self) -> &TlsFaults {
        &self.0.tls_faults
    }

    /// The mail sink.
    pub fn mail(&self) -> &Sink {
        &self.0.mail
    }

    /// CAAIS.
    pub fn caais(&self) -> &Caais {
        &self.0.caais
    }
}
