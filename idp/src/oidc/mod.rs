//! The OpenID provider: one file an endpoint, and the rules they share.

pub mod code;
pub mod request;
pub mod respond;
