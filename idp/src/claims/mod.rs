//! What clients learn about people: scopes, claims, and the rules that release them.

pub mod catalogue;
mod parameter;

pub use parameter::{Asked, ClaimRequest, ClaimsParameter};
