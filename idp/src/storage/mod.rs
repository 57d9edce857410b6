//! The broker's tables: plain functions in a transaction, one SQL text for both databases.

pub mod access_grant;
pub mod access_token;
pub mod account;
pub mod account_merge;
pub mod ares_subject;
pub mod authentication;
pub mod browser_session;
pub mod client;
pub mod client_session;
pub mod conflict;
pub mod consent;
pub mod contact;
pub mod decision;
pub mod erasure;
pub mod fact;
pub mod generation;
pub mod last_good;
pub mod mandate;
pub mod mandate_proposal;
pub mod merge_item;
pub mod notice;
pub mod notice_mail;
pub mod organisation;
pub mod pairwise_subject;
pub mod provider_attribute;
pub mod provider_observation;
pub mod redemption;
pub mod refresh_token;
pub mod release;
pub mod resource;
pub mod retention;
pub mod ruling;
pub mod signed_in;
pub mod signing_key;
pub mod staff_account;
pub mod staff_session;
pub mod standing;
pub mod upstream_link;
pub mod verification;

mod level;

use sqlx::migrate::Migrator;
use store::{StorageError, Tx};

/// Whether no release has ever made tables in this database.
pub async fn is_new(tx: &mut Tx) -> Result<bool, StorageError> {
    // The one question about the catalogue, which each database keeps its own way.
    let tables: i64 = match tx {
        Tx::Sqlite(tx) => {
            sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
                .fetch_one(&mut **tx)
                .await?
        }
        Tx::Pg(tx) => {
            sqlx::query_scalar(
                "select count(*) from pg_catalog.pg_tables where tablename = '_sqlx_migrations' and schemaname = any(current_schemas(false))",
            )
            .fetch_one(&mut **tx)
            .await?
        }
    };
    Ok(tables == 0)
}

/// What brings a database to this release.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/idp");
