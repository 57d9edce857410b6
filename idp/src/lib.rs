//! The broker: logs people in through upstream providers and hands clients the same person over OpenID Connect.
//!
//! Router → handlers → rules → `storage/`. Handlers hold no SQL, storage holds no axum, rules hold neither.

pub mod acr;
mod audit;
pub mod broker;
pub mod claims;
pub mod clients;
pub mod config;
pub mod hash;
pub mod ids;
pub mod keys;
pub mod oidc;
pub mod storage;
pub mod texts;

pub mod router;

pub use broker::{Broker, Issuer};
pub use config::Config;
pub use router::router;
