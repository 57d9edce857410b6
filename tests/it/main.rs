//! Integration tests: the modules mirror the addresses.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking; helpers outside of test functions do so too"
)]

mod ares;
mod canaries;
mod cases;
mod how_to;
mod identity;
mod idp_cli;
mod idp_storage;
mod isds;
mod kept;
mod login;
mod logs;
mod oidc;
mod portal;
mod portal_storage;
mod scale;
mod staff;
mod store;
mod suite_guard;
mod upstream;
mod whole_tables;
