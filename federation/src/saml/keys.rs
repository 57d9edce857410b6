//! Our own SAML keys, parsed once.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rsa::{KeyPair, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use bergshamra::keys::loader::load_x509_cert_der;
use bergshamra::{Key, KeyData, KeyUsage};

/// Where a broker keeps its SAML keys. Asked at every message, so answers come from memory.
pub trait SamlKeys: Send + Sync {
    /// The key that signs now.
    fn signing(&self) -> SamlKeyPair;

    /// The keys messages to us may be encrypted to, the likeliest first: current, next, retiring.
    fn decryption(&self) -> Vec<SamlKeyPair>;

    /// The certificates our metadata names, the one in use first: many a partner takes no other.
    fn published(&self) -> Vec<PublishedKey>;
}

/// A certificate in our metadata.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishedKey {
    /// The certificate, DER.
    pub certificate: Vec<u8>,
    /// What the key is for.
    pub key_use: KeyUse,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyUse {
    /// We sign with it.
    Signing,
    /// Others encrypt to it.
    Encryption,
    /// Both, as NIA's registration form knows one certificate.
    Both,
}

/// A private key with its certificate, parsed. Cheap to clone.
#[derive(Clone)]
pub struct SamlKeyPair(Arc<Inner>);

struct Inner {
    certificate: Vec<u8>,
    signer: KeyPair,
    signing_key: Key,
    decrypter: OaepPrivateDecryptingKey,
}

/// A key or certificate that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the SAML key cannot be used: {0}")]
pub struct UnusableKey(pub(crate) &'static str);

impl SamlKeyPair {
    /// Parses an RSA key (PKCS#8, DER) and its certificate (X.509, DER), which must belong together.
    pub fn parse(pkcs8: &[u8], certificate: &[u8]) -> Result<Self, UnusableKey> {
        let signer = KeyPair::from_pkcs8(pkcs8)
            .map_err(|_| UnusableKey("not an RSA key in PKCS#8 of 2048 bits or more"))?;
        let decrypter = PrivateDecryptingKey::from_pkcs8(pkcs8)
            .ok()
            .and_then(|key| OaepPrivateDecryptingKey::new(key).ok())
            .ok_or(UnusableKey("the key cannot decrypt"))?;
        let named = load_x509_cert_der(certificate)
            .map_err(|_| UnusableKey("the certificate cannot be read"))?;
        let data = KeyData::from_pkcs8_der(named.data.algorithm(), pkcs8)
            .map_err(|_| UnusableKey("the certificate belongs to another key"))?;
        let mut signing_key = Key::new(data, KeyUsage::Any);
        if named.to_spki_der() != signing_key.to_spki_der() {
            return Err(UnusableKey("the certificate belongs to another key"));
        }
        signing_key.x509_chain = vec![certificate.to_vec()];
        Ok(Self(Arc::new(Inner {
            certificate: certificate.to_vec(),
            signer,
            signing_key,
            decrypter,
        })))
    }

    /// The certificate, DER.
    pub fn certificate(&self) -> &[u8] {
        &self.0.certificate
    }

    /// The key for detached signatures.
    pub(crate) fn signer(&self) -> &KeyPair {
        &self.0.signer
    }

    /// The key for enveloped signatures.
    pub(crate) fn signing_key(&self) -> &Key {
        &self.0.signing_key
    }

    /// The key that opens what others encrypted to us.
    pub(crate) fn decrypter(&self) -> &OaepPrivateDecryptingKey {
        &self.0.decrypter
    }
}

impl fmt::Debug for SamlKeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SamlKeyPair").finish_non_exhaustive()
    }
}
