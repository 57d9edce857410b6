//! Doors with TLS, by OpenSSL: one for everybody, one for holders of a certificate of the development authority.
//!
//! Every handler can ask for the `Door` a request came through; the one with client certificates tells whose.

pub mod config;
pub mod door;
pub mod listener;

pub use config::TlsConfig;
pub use door::{ClientCertificate, Door};
pub use listener::TlsListener;
