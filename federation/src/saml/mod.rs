//! SAML 2.0 as every SAML provider of ours speaks it: keys, messages out, and the one gate for messages in.

pub(crate) mod id;
pub mod keys;
