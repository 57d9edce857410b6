//! SAML 2.0 as every SAML provider of ours speaks it: keys, messages out, and the one gate for messages in.
//!
//! A message passes in this order, and only in this: size and forbidden markup (`scan`), one parser (`tree`), the place
//! of everything (`layout`), shapes and algorithms (`signature`, `encryption`), verification, decryption, the same again
//! inside, and only then its contents (`gate`).

pub(crate) mod certificate;
pub(crate) mod check;
pub mod config;
pub(crate) mod encryption;
pub(crate) mod gate;
pub(crate) mod id;
pub mod keys;
pub(crate) mod layout;
pub(crate) mod logout;
pub(crate) mod message;
pub(crate) mod metadata;
pub(crate) mod names;
pub(crate) mod news;
pub(crate) mod party;
pub(crate) mod post;
pub(crate) mod redirect;
pub(crate) mod scan;
pub(crate) mod signature;
pub(crate) mod source;
pub(crate) mod statement;
pub(crate) mod test_marks;
pub(crate) mod text;
pub(crate) mod time;
pub(crate) mod tree;

#[cfg(test)]
mod tests;
