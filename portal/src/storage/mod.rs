//! The portal's own tables: plain functions in the caller's transaction, one text for both databases.

pub mod portal_session;

/// Migrations of the portal's database, `store`'s tables included.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../migrations/portal");
