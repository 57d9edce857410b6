//! Signing out: here and at the broker, or because the broker says so.

pub mod backchannel;
mod departed;
pub mod done;
pub mod post;

pub use departed::Departed;
