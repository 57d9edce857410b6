//! Compact JWE (RFC 7516) by RSA-OAEP with AES-GCM or AES-CBC and HMAC: what a provider encrypts to a key of ours.
//!
//! Whatever fails after the header gives one and the same refusal, so that nothing can be learned from trying.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm, LessSafeKey, NONCE_LEN, Nonce, UnboundKey,
};
use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm as BlockCipher, DecryptionContext, PaddedBlockDecryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use aws_lc_rs::iv::FixedLength;
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::keys::JoseKey;
use crate::refusal::Refusal;

/// Octets an encrypted token may have.
const LONGEST: usize = 256 * 1024;

/// Octets of the authentication tag of AES-GCM, and of a block of AES.
const TAG: usize = 16;
const BLOCK: usize = 16;

/// How the content is encrypted (RFC 7518, 5).
#[derive(Clone, Copy)]
enum Cipher {
    Gcm(&'static Algorithm),
    /// `AES_CBC_HMAC_SHA2`: the hash, the block cipher, and how many octets each of the two keys and the tag have.
    CbcHmac(hmac::Algorithm, &'static BlockCipher, usize),
}

/// A message in its parts.
struct Sealed<'a> {
    /// As it came: it is what is authenticated besides the content.
    header: &'a str,
    nonce: Vec<u8>,
    content: Vec<u8>,
    tag: Vec<u8>,
}

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
    let key = decode(key)?;
    let sealed = Sealed {
        header,
        nonce: decode(nonce)?,
        content: decode(content)?,
        tag: decode(tag)?,
    };
    if !cipher.fits(&sealed) {
        return Err(Refusal::EncryptionLayout);
    }

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
        if let Some(plain) = cipher.decrypt(content_key, &sealed) {
            return String::from_utf8(plain).map_err(|_| Refusal::DecryptionFailed);
        }
    }
    Err(Refusal::DecryptionFailed)
}

impl Cipher {
    const fn fits(self, sealed: &Sealed<'_>) -> bool {
        let (nonce, tag) = (sealed.nonce.len(), sealed.tag.len());
        match self {
            Self::Gcm(_) => nonce == NONCE_LEN && tag == TAG,
            Self::CbcHmac(_, _, half) => nonce == BLOCK && tag == half,
        }
    }

    fn decrypt(self, key: &[u8], sealed: &Sealed<'_>) -> Option<Vec<u8>> {
        match self {
            Self::Gcm(algorithm) => {
                let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
                let nonce = Nonce::try_assume_unique_for_key(&sealed.nonce).ok()?;
                let mut octets = [sealed.content.as_slice(), &sealed.tag].concat();
                let plain = key.open_in_place(nonce, Aad::from(sealed.header), &mut octets);
                plain.ok().map(|plain| plain.to_vec())
            }
            Self::CbcHmac(hash, cipher, half) => cbc_hmac(hash, cipher, half, key, sealed),
        }
    }
}

/// RFC 7518, 5.2.2.2. Nothing is decrypted before the tag is right, so that the padding tells nobody anything.
fn cbc_hmac(
    hash: hmac::Algorithm,
    cipher: &'static BlockCipher,
    half: usize,
    key: &[u8],
    sealed: &Sealed<'_>,
) -> Option<Vec<u8>> {
    let (mac_key, key) = key
        .split_at_checked(half)
        .filter(|(_, key)| key.len() == half)?;
    let bits = u64::try_from(sealed.header.len()).ok()?.checked_mul(8)?;
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hash, mac_key));
    for part in [sealed.header.as_bytes(), &sealed.nonce, &sealed.content] {
        mac.update(part);
    }
    mac.update(&bits.to_be_bytes());
    let tag = mac.sign();
    verify_slices_are_equal(tag.as_ref().get(..half)?, &sealed.tag).ok()?;

    let key = UnboundCipherKey::new(cipher, key).ok()?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).ok()?;
    let nonce: [u8; BLOCK] = sealed.nonce.as_slice().try_into().ok()?;
    let context = DecryptionContext::Iv128(FixedLength::from(nonce));
    let mut octets = sealed.content.clone();
    let plain = key.decrypt(&mut octets, context).ok()?;
    Some(plain.to_vec())
}

fn read_header(header: &str) -> Result<(&'static OaepAlgorithm, Cipher, Option<String>), Refusal> {
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
        Some("A256GCM") => Cipher::Gcm(&AES_256_GCM),
        Some("A128GCM") => Cipher::Gcm(&AES_128_GCM),
        Some("A128CBC-HS256") => Cipher::CbcHmac(hmac::HMAC_SHA256, &AES_128, 16),
        Some("A256CBC-HS512") => Cipher::CbcHmac(hmac::HMAC_SHA512, &AES_256, 32),
        _ => return Err(Refusal::CipherForbidden),
    };
    Ok((transport, cipher, text("kid").map(str::to_owned)))
}

fn decode(part: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD
        .decode(part)
        .map_err(|_| Refusal::EncryptionLayout)
}
