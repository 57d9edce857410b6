//! HTTP-Redirect, as a sender: deflated, with the signature beside the message.

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use openssl::hash::MessageDigest;
use openssl::sign::Signer;
use url::form_urlencoded::byte_serialize;

use super::super::answer::signature::Condition;
use super::super::keys::KeyPair;
use super::super::names::RSA_SHA256;
use crate::error::Failure;

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    /// `SAMLRequest` or `SAMLResponse`
    pub parameter: &'a str,
    /// Without a signature of its own.
    pub xml: &'a str,
    /// `RelayState`
    pub relay_state: Option<&'a str>,
}

/// The address that carries a message.
pub fn url(
    to: &str,
    message: Message<'_>,
    key: &KeyPair,
    condition: Condition,
) -> Result<String, Failure> {
    let deflated = escape(&STANDARD.encode(deflate(message.xml)));
    let relay_state = message
        .relay_state
        .map(|state| format!("&RelayState={}", escape(state)))
        .unwrap_or_default();
    let mut query = format!("{}={deflated}{relay_state}", message.parameter);
    if condition != Condition::Missing {
        let signed = format!("{query}&SigAlg={}", escape(RSA_SHA256));
        let mut signature = Signer::new(MessageDigest::sha256(), &key.key)?
            .sign_oneshot_to_vec(signed.as_bytes())?;
        if let (Condition::Broken, Some(byte)) = (condition, signature.get_mut(40)) {
            *byte ^= 1;
        }
        query = format!("{signed}&Signature={}", escape(&STANDARD.encode(signature)));
    }
    let joint = if to.contains('?') { '&' } else { '?' };
    Ok(format!("{to}{joint}{query}"))
}

fn deflate(xml: &str) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    drop(encoder.write_all(xml.as_bytes()));
    encoder.finish().unwrap_or_default()
}

fn escape(text: &str) -> String {
    byte_serialize(text.as_bytes()).collect()
}
