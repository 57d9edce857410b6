//! The broker: logs people in through upstream providers and hands clients the same person over OpenID Connect.
//!
//! Router → handlers → rules → `storage/`. Handlers hold no SQL, storage holds no axum, rules hold neither.

pub mod account;
pub mod acr;
pub mod ares;
mod audit;
pub mod broker;
pub mod claims;
pub mod cli;
pub mod clients;
pub mod config;
pub mod contacts;
pub mod hash;
pub mod identity;
pub mod ids;
pub mod keys;
pub mod login;
pub mod mandate;
pub mod notices;
pub mod office;
pub mod oidc;
pub mod session;
pub mod staff;
pub mod storage;
pub mod texts;

mod shelf;
mod status;
mod upstream;
mod words;

pub mod router;
pub mod serve;
pub mod start;
pub mod workers;

pub use broker::{Broker, Issuer};
pub use config::Config;
pub use serve::{app, serve};
pub use start::{StartError, assemble};
