//! What OpenID providers of the sandbox have in common: clients, keys, requests, codes, tokens, and what goes wrong.
//!
//! Written on josekit (OpenSSL) alone; the broker reads with other libraries.

pub mod answer;
pub mod authenticate;
pub mod back;
pub mod certificate;
pub mod client;
pub mod controls;
pub mod draft;
pub mod error;
pub mod fault;
pub mod form;
pub mod grant;
pub mod jose;
pub mod journal;
pub mod kept;
pub mod keys;
pub mod proof;
pub mod provider;
pub mod refusal;
pub mod request;
pub mod sso;
pub mod trouble;
pub mod visit;

pub use provider::Provider;
