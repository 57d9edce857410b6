//! Checks that each crate's tests call, so that nobody forgets: texts, errors, routes.
//!
//! They return findings; a test says `assert_eq!(text_findings(…), [""; 0])`.

mod ftl;
mod routes;
mod texts;

pub use routes::route_findings;
pub use texts::{error_findings, text_findings, used_text_findings};
