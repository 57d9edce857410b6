//! What clients learn about people: scopes, claims, and the rules that release them.
//!
//! Released is what was asked (by scope or by name), approved for the client, and held. Personal claims go to userinfo;
//! into the ID token only when asked there by name.

pub mod catalogue;
mod display;
mod parameter;
mod person;
mod provenance;
pub mod release;
mod verified;

pub use parameter::{Asked, ClaimRequest, ClaimsParameter};
pub use person::Person;

/// Claims that say nothing about the person beyond the login itself.
pub(crate) fn is_technical(claim: &str) -> bool {
    matches!(claim, "sub" | "acr" | "auth_time")
}
