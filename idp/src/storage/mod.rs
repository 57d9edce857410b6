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
pub mod erasure;
pub mod fact;
pub mod generation;
pub mod mandate;
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
pub mod signed_in;
pub mod signing_key;
pub mod staff_account;
pub mod staff_session;
pub mod standing;
pub mod upstream_link;
pub mod verification;

mod level;

use sqlx::migrate::Migrator;

/// What brings a database to this release.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/idp");
