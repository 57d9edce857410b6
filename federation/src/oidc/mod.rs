//! OpenID Connect, our side as a client of somebody else's provider: what `generic_oidc`, `bank_id` and `caais` share.
//!
//! Types and the ID token's verifier are those of the `openidconnect` crate; keys and signatures are AWS-LC's. A login
//! is: discovery ([`source`]) → authorization request with PKCE, state and nonce ([`party`]) → answer ([`answer`]) →
//! token endpoint ([`token`]) → ID token ([`id_token`]) → userinfo ([`userinfo`]). What the provider pushes is in
//! [`pushed`].

pub(crate) mod answer;
pub mod config;
pub(crate) mod facts;
pub(crate) mod id_token;
pub(crate) mod jwe;
pub(crate) mod jwk;
pub(crate) mod jws;
pub mod keys;
pub(crate) mod metadata;
pub(crate) mod party;
pub(crate) mod pushed;
pub(crate) mod source;
pub(crate) mod token;
pub mod userinfo;

#[cfg(test)]
pub(crate) mod tests;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The code verifier (RFC 7636) of a fresh seed.
pub(crate) fn verifier_of(seed: &[u8; 32]) -> String {
    let mut context = Context::new(&SHA256);
    context.update(b"oidc-verifier");
    context.update(&[0]);
    context.update(seed);
    URL_SAFE_NO_PAD.encode(context.finish())
}

/// SHA-256 over texts, base64url. Lengths stand before the texts, so that no two lists run together.
pub(crate) fn digest_of(texts: &[&str]) -> String {
    let mut context = Context::new(&SHA256);
    for text in texts {
        context.update(&(text.len() as u64).to_be_bytes());
        context.update(text.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(context.finish())
}
