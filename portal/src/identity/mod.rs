//! What the broker told us about a person: levels, claims, and the facts shown on `/moje-identita`.

pub mod acting;
pub mod claims;
pub mod facts;
pub mod level;

pub use claims::Claims;
pub use level::{IdentityLevel, Levels, LoginLevel, StepUp};
