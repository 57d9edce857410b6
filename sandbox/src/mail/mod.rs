//! A mail sink: takes mail for everybody by SMTP, sends none on, and shows what came.
//!
//! `server` accepts connections, `dialogue` speaks SMTP (RFC 5321, 1870, 3207, 6152, 6531) over them, `command` reads
//! lines, `sink` keeps letters as files, `letter` decodes them, `fault` is what may go wrong.

pub mod command;
pub mod config;
pub mod controls;
pub mod dialogue;
pub mod fault;
pub mod letter;
pub mod server;
pub mod sink;
#[cfg(test)]
mod tests;
pub mod wire;

pub use config::MailConfig;
pub use sink::Sink;
