//! Compact JWE (RFC 7516) by RSA-OAEP and AES-GCM: what a provider encrypts to a key of ours.
//!
//! Whatever fails after the header gives one and the same refusal, so that nothing can be learned from trying.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::keys::JoseKey;
use crate::refusal::Refusal;

/// Octets an encrypted token may have.
const LONGEST: usize = 256 * 1024;

/// Octets of an authentication tag.
const TAG: usize = 16;

/// Whether a text looks like an encrypted token.
pub(crate) fn looks_like_one(text: &str) -> bool {
    text.split('.').count() == 5 && !text.starts_with('{')
}

/// Opens a token with one of our keys.
pub(crate) fn open(token: &str, keys: &[JoseKey]) -> Result<String, Refusal> {
    if token.len() > LONGEST {
        return Err(Refusal::TooLarge);
    }
    let mut parts = token.split('.');
    let mut part = || parts.next().ok_or(Refusal::EncryptionLayout);
    let (header, key, nonce, content, tag) = (part()?, part()?, part()?, part()?, part()?);
    if parts.next().is_some() {
        return Err(Refusal::EncryptionLayout);
    }
    let (transport, cipher, kid) = read_header(header)?;
    let (key, nonce, tag) = (decode(key)?, decode(nonce)?, decode(tag)?);
    let mut sealed = decode(content)?;
    if nonce.len() != NONCE_LEN || tag.len() != TAG {
        return Err(Refusal::EncryptionLayout);
    }
    sealed.extend_from_slice(&tag);

    let named = |own: &&JoseKey| kid.as_deref().is_none_or(|kid| kid == own.kid());
    let candidates: Vec<&JoseKey> = match keys.iter().filter(named).collect::<Vec<_>>() {
        // An identifier of the provider's own making names none of ours.
        none if none.is_empty() => keys.iter().collect(),
        some => some,
    };
    for own in candidates {
        let mut buffer = vec![0; own.decrypter().min_output_size()];
        let Ok(content_key) = own.decrypter().decrypt(transport, &key, &mut buffer, None) else {
            continue;
        };
        if let Some(plain) = decrypt(cipher, content_key, &nonce, header, &mut sealed.clone()) {
            return String::from_utf8(plain).map_err(|_| Refusal::DecryptionFailed);
        }
    }
    Err(Refusal::DecryptionFailed)
}

fn decrypt(
    cipher: &'static Algorithm,
    key: &[u8],
    nonce: &[u8],
    header: &str,
    sealed: &mut [u8],
) -> Option<Vec<u8>> {
    let key = LessSafeKey::new(UnboundKey::new(cipher, key).ok()?);
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    key.open_in_place(nonce, Aad::from(header.as_bytes()), sealed)
        .ok()
        .map(|plain| plain.to_vec())
}

fn read_header(
    header: &str,
) -> Result<(&'static OaepAlgorithm, &'static Algorithm, Option<String>), Refusal> {
    let header: Value =
        serde_json::from_slice(&decode(header)?).map_err(|_| Refusal::EncryptionLayout)?;
    if ["crit", "zip"]
        .iter()
        .any(|name| header.get(name).is_some())
    {
        return Err(Refusal::TokenHeaderForbidden);
    }
    let text = |name: &str| header.get(name).and_then(Value::as_str);
    let transport = match text("alg") {
        Some("RSA-OAEP-256") => &OAEP_SHA256_MGF1SHA256,
        Some("RSA-OAEP") => &OAEP_SHA1_MGF1SHA1,
        _ => return Err(Refusal::KeyTransportForbidden),
    };
    let cipher = match text("enc") {
        Some("A256GCM") => &AES_256_GCM,
        Some("A128GCM") => &AES_128_GCM,
        _ => return Err(Refusal::CipherForbidden),
    };
    Ok((transport, cipher, text("kid").map(str::to_owned)))
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Refusal::EncryptionLayout)
}
