//! Secrets at rest: sealed under the master key, each bound to the place it belongs to.

mod check;
mod master_key;

pub use check::{KeyCheckError, verify_or_install};
pub use master_key::{MasterKey, MasterKeyError, SealError};
