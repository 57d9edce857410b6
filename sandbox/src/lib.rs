//! The outside world in a box, for development and tests: NIA (the national identity hub),
//! Bank iD, CAAIS (where officials log in), ISDS (data boxes), ARES (the register of subjects in business) and a mail sink.
//!
//! Nothing here is shared with the programs it is used against: a misreading of a protocol must not
//! cancel itself out. SAML is written by own templates and signed by libxmlsec1, JOSE by josekit; OpenSSL encrypts.

pub mod ares;
pub mod assets;
pub mod bank_id;
pub mod caais;
pub mod cli;
pub mod clock;
pub mod config;
pub mod controls;
pub mod error;
pub mod faults;
pub mod ico;
pub mod isds;
pub mod log;
pub mod mail;
pub mod nia;
pub mod often;
pub mod oidc;
pub mod page;
pub mod random;
pub mod server;
pub mod soap;
pub mod tls;
pub mod world;
pub mod xml;
