use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hmac;
use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::StorageError;

/// The key above all stored secrets: 32 bytes, given as base64 in the configuration. Cheap to clone.
///
/// It seals nothing itself. Every place has a key of its own, derived from it and the place's name, so that random
/// nonces never wear a key out (2^32 messages, NIST SP 800-38D 8.3), however many logins a city has.
#[derive(Clone)]
pub struct MasterKey(Arc<hmac::Key>);

/// Why a configured value is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    /// Not base64.
    #[error("the master key is not base64; make one with: openssl rand -base64 32")]
    NotBase64,
    /// Base64, and of another length.
    #[error("the master key is {0} bytes and must be 32; make one with: openssl rand -base64 32")]
    Length(usize),
    /// One byte repeated: a placeholder that nobody replaced.
    #[error("the master key is a placeholder; make one with: openssl rand -base64 32")]
    Placeholder,
}

/// Why something could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// Wrong key, wrong place or a changed byte; which one cannot be told.
    #[error("the sealed value cannot be opened with this master key at this place")]
    NotOurs,
    /// A format that this release does not know.
    #[error("the sealed value has the unknown format {0}")]
    Format(u8),
    /// No randomness, or more than a cipher takes at once.
    #[error("the value cannot be sealed")]
    Unsealable,
}

impl MasterKey {
    /// Reads base64 of exactly 32 bytes, with or without padding and a line end.
    pub fn parse(text: &SecretString) -> Result<Self, MasterKeyError> {
        let bytes = Zeroizing::new(
            BASE64
                .decode(text.expose_secret().trim())
                .map_err(|_| MasterKeyError::NotBase64)?,
        );
        if bytes.len() != KEY_LEN {
            return Err(MasterKeyError::Length(bytes.len()));
        }
        if bytes.windows(2).all(|pair| pair.first() == pair.last()) {
            return Err(MasterKeyError::Placeholder);
        }
        Ok(Self(Arc::new(hmac::Key::new(hmac::HMAC_SHA256, &bytes))))
    }

    /// The text of a configuration file for 32 fresh random bytes.
    pub fn encode(bytes: &[u8; KEY_LEN]) -> SecretString {
        BASE64.encode(bytes).into()
    }

    /// Seals `plain` for one place, named by `aad` (`signing_key:<id>`): moved elsewhere it does not open.
    pub fn seal(&self, aad: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut text = Vec::with_capacity(plain.len() + AES_256_GCM.tag_len());
        text.extend_from_slice(plain);
        let nonce = self
            .key_of_place(aad)?
            .seal_in_place_append_tag(Aad::from(bound_to(aad)), &mut text)
            .map_err(|_| SealError::Unsealable)?;

        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len());
        sealed.push(FORMAT);
        sealed.extend_from_slice(nonce.as_ref());
        sealed.append(&mut text);
        Ok(sealed)
    }

    /// Opens what [`Self::seal`] made for the same place.
    pub fn open(&self, aad: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (&format, rest) = sealed.split_first().ok_or(SealError::NotOurs)?;
        if format != FORMAT {
            return Err(SealError::Format(format));
        }
        let (nonce, text) = rest.split_at_checked(NONCE_LEN).ok_or(SealError::NotOurs)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError::NotOurs)?;

        let mut text = text.to_vec();
        let plain = self
            .key_of_place(aad)?
            .open_in_place(nonce, Aad::from(bound_to(aad)), &mut text)
            .map_err(|_| SealError::NotOurs)?
            .len();
        text.truncate(plain);
        Ok(text)
    }

    /// A key for another use than sealing (`audit checkpoint`), always the same for the same purpose.
    pub fn derive(&self, purpose: &str) -> [u8; KEY_LEN] {
        *self.derived("derive", purpose)
    }

    fn key_of_place(&self, aad: &str) -> Result<RandomizedNonceKey, SealError> {
        let key = self.derived("seal", aad);
        RandomizedNonceKey::new(&AES_256_GCM, key.as_ref()).map_err(|_| SealError::Unsealable)
    }

    /// One block of HKDF-Expand (RFC 5869 2.3): the master key is uniformly random already.
    fn derived(&self, use_of_it: &str, name: &str) -> Zeroizing<[u8; KEY_LEN]> {
        let mut context = hmac::Context::with_key(&self.0);
        for part in ["city-identity/", use_of_it, "/", name] {
            context.update(part.as_bytes());
        }
        context.update(&[1]);

        let mut key = Zeroizing::new([0; KEY_LEN]);
        for (byte, derived) in key.iter_mut().zip(context.sign().as_ref()) {
            *byte = *derived;
        }
        key
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl From<SealError> for StorageError {
    fn from(error: SealError) -> Self {
        Self::broken(error)
    }
}

fn bound_to(aad: &str) -> Vec<u8> {
    [&[FORMAT], aad.as_bytes()].concat()
}

const KEY_LEN: usize = 32;
/// The first byte of everything sealed: AES-256-GCM, nonce, text, tag.
const FORMAT: u8 = 1;
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8) -> MasterKey {
        let mut bytes = [7; KEY_LEN];
        bytes[0] = first;
        MasterKey::parse(&MasterKey::encode(&bytes)).unwrap()
    }

    #[test]
    fn what_was_sealed_for_a_place_opens_there() {
        let sealed = key(1).seal("signing_key:1", b"secret").unwrap();

        assert_eq!(key(1).open("signing_key:1", &sealed).unwrap(), b"secret");
    }

    #[test]
    fn nothing_is_sealed_to_the_same_bytes_twice() {
        assert_ne!(
            key(1).seal("a", b"secret").unwrap(),
            key(1).seal("a", b"secret").unwrap()
        );
    }

    #[test]
    fn another_key_or_another_place_does_not_open_it() {
        let sealed = key(1).seal("signing_key:1", b"secret").unwrap();

        assert!(matches!(
            key(2).open("signing_key:1", &sealed),
            Err(SealError::NotOurs)
        ));
        assert!(matches!(
            key(1).open("signing_key:2", &sealed),
            Err(SealError::NotOurs)
        ));
    }

    #[test]
    fn every_changed_byte_and_every_shorter_text_is_refused() {
        let sealed = key(1).seal("a", b"secret").unwrap();

        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key(1).open("a", &changed).is_err(), "byte {place} changed");
            assert!(
                key(1).open("a", &sealed[..place]).is_err(),
                "cut to {place} bytes"
            );
        }
    }

    #[test]
    fn a_later_format_is_named() {
        assert!(matches!(
            key(1).open("a", &[2, 0, 0]),
            Err(SealError::Format(2))
        ));
    }

    #[test]
    fn keys_of_purposes_differ_from_each_other_and_stay_the_same() {
        assert_eq!(key(1).derive("audit"), key(1).derive("audit"));
        assert_ne!(key(1).derive("audit"), key(1).derive("forms"));
        assert_ne!(key(1).derive("audit"), key(2).derive("audit"));
    }

    #[test]
    fn a_key_is_32_bytes_of_base64_and_no_placeholder() {
        let parsed = |text: &str| MasterKey::parse(&text.into());

        assert!(parsed("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=\n").is_ok());
        assert!(parsed("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY").is_ok());
        assert!(matches!(
            parsed("not base64!"),
            Err(MasterKeyError::NotBase64)
        ));
        assert!(matches!(parsed(""), Err(MasterKeyError::Length(0))));
        assert!(matches!(parsed("c2hvcnQ="), Err(MasterKeyError::Length(5))));
        assert!(matches!(
            parsed("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="),
            Err(MasterKeyError::Placeholder)
        ));
    }

    #[test]
    fn a_key_does_not_show_itself() {
        assert_eq!(format!("{:?}", key(1)), "MasterKey(…)");
    }
}
