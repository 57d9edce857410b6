//! The outside world in a box, for development and tests: so far NIA, the national identity hub.
//!
//! Nothing here is shared with the programs it is used against: a misreading of a protocol must not
//! cancel itself out. Messages are written by own templates, signed by libxmlsec1, encrypted by OpenSSL.

pub mod assets;
pub mod cli;
pub mod clock;
pub mod config;
pub mod controls;
pub mod error;
pub mod log;
pub mod nia;
pub mod page;
pub mod random;
pub mod server;
pub mod tls;
pub mod world;
pub mod xml;
