//! NIA, the national identity hub, as a service provider sees it over SAML.
//!
//! One address takes requests (`sso`), pages ask the person (`login`, `consent`), `reply` carries the answer
//! back. What the answer looks like is in `answer`, what may be wrong with it in `fault`.

pub mod answer;
pub mod attribute;
pub mod config;
pub mod consent;
pub mod controls;
pub mod fault;
pub mod journal;
pub mod keys;
pub mod level;
pub mod login;
pub mod logout;
pub mod metadata;
pub mod names;
pub mod persona;
pub mod refusal;
pub mod reply;
pub mod request;
pub mod sep;
pub mod session;
pub mod sso;
pub mod state;
pub mod visit;

pub use state::Nia;
