//! Doors with TLS, by OpenSSL: one for everybody, one for holders of a certificate of the development authority;
//! all others it refuses by the handshake or in JSON.
//!
//! Every handler can ask for the `Door` a request came through; the one with client certificates tells whose.

pub mod config;
pub mod controls;
pub mod door;
pub mod fault;
pub mod listener;
pub mod main_door;
pub mod wrong;

pub use config::{ClientRefusal, TlsConfig};
pub use door::{ClientCertificate, Door};
pub use fault::TlsFaults;
pub use listener::{Acceptors, TlsListener};
pub use wrong::Wrong;
