//! The outside world in a box, for development and tests: NIA (the national identity hub),
//! Bank iD and ISDS (data boxes).
//!
//! Nothing here is shared with the programs it is used against: a misreading of a protocol must not
//! cancel itself out. Messages are written by own templates, signed by libxmlsec1, encrypted by OpenSSL.

pub mod assets;
pub mod bank_id;
pub mod cli;
pub mod clock;
pub mod config;
pub mod controls;
pub mod error;
pub mod faults;
pub mod ico;
pub mod isds;
pub mod log;
pub mod nia;
pub mod oidc;
pub mod page;
pub mod random;
pub mod server;
pub mod soap;
pub mod tls;
pub mod world;
pub mod xml;
