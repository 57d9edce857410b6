//! What leaves the house: HTTP and mail with limits, a circuit breaker per target and an address guard.
//!
//! Every request of ours to another system goes through [`Outbound`]. A caller names the [`Target`] it talks to (one name,
//! one breaker, one row in the metrics) and says by [`Guard`] who chose the address. No redirect is followed, no proxy is
//! taken from the environment, and nothing is read past the size and time limits.
//!
//! Documents that are fetched again and again (metadata, key sets) belong in a [`LastGood`]: one request at a time, the last
//! good copy kept while the source fails, and no hammering of a source that just failed.

mod breaker;
mod client;
mod config;
mod error;
mod fetched;
mod guard;
mod last_good;
mod mail;
mod meter;
mod mutual;
mod network;
mod request;
mod resolve;
mod shelf;
pub mod soap;
mod target;
#[cfg(test)]
mod tests;

pub use breaker::{Breaker, BreakerSettings, Paused, Permit};
pub use client::{Outbound, OutboundBuilder};
pub use config::{ConfigProblem, OutboundConfig};
pub use error::{OutboundError, Unacceptable, Unavailable};
pub use fetched::{Fetched, JSON, XML, is_media_type};
pub use guard::{Forbidden, Guard};
pub use last_good::LastGood;
pub use mail::{
    Letter, MailAddress, MailConfig, MailError, MailProblem, MailTls, Mailer, NoAddress,
};
pub use mutual::{CertificateProblem, ClientCertificateConfig, UnknownCertificate, Validity};
pub use network::{Network, NetworkProblem};
pub use request::{Auth, Request};
pub use resolve::{Lookup, SystemLookup};
pub use shelf::Shelf;
pub use target::Target;
