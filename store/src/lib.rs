//! What both binaries keep: databases, short-lived state, jobs, sealed secrets and the audit chain.
//!
//! Tables of a binary's own live in that binary's `storage/`; this crate owns `job`, `short_lived`, `audit_event`,
//! `audit_checkpoint` and `master_key_check`. Time comes in as a parameter everywhere.

pub mod audit;
pub mod jobs;
pub mod sealing;

mod database;
mod error;
mod first_id;
mod short_lived;

pub use database::{Connections, DatabaseConfig, Db, Later, Open, OpenError, Tx};
pub use error::StorageError;
pub use first_id::first_id_of;
pub use sealing::MasterKey;
pub use short_lived::{ShortLived, ShortLivedConfig, Within};
