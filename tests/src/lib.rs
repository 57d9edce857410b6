//! The harness of the integration tests: engines, running programs, a browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a harness fails by panicking, and says on standard output what it starts"
)]

pub mod bank_id;
pub mod bank_pages;
pub mod broker;
pub mod browser;
pub mod cable;
pub mod engines;
pub mod forged;
pub mod kept;
pub mod lines;
pub mod mailbox;
pub mod office;
pub mod portal;
pub mod ports;
pub mod program;
pub mod seed;
