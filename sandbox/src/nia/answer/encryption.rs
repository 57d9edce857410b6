//! `EncryptedAssertion` as NIA writes it: AES-256-CBC under RSA-OAEP with SHA-1, unless a fault says otherwise.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use openssl::encrypt::Encrypter;
use openssl::hash::MessageDigest;
use openssl::rand::rand_bytes;
use openssl::rsa::Padding;
use openssl::symm::{Crypter, Mode, encrypt_aead};
use openssl::x509::{X509, X509NameRef};

use super::templates::{EncryptedAssertion, write};
use crate::error::Failure;

/// How an assertion is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Encryption {
    /// The content.
    pub cipher: Cipher,
    /// Its key.
    pub transport: Transport,
    /// To a certificate of somebody else.
    pub to_somebody_else: bool,
}

/// Content encryption.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Cipher {
    /// What NIA uses.
    #[default]
    Aes256Cbc,
    /// Weaker.
    Aes128Cbc,
    /// What eIDAS prefers.
    Aes256Gcm,
    /// Out of date.
    TripleDesCbc,
}

impl Cipher {
    fn uri(self) -> &'static str {
        match self {
            Self::Aes256Cbc => "http://www.w3.org/2001/04/xmlenc#aes256-cbc",
            Self::Aes128Cbc => "http://www.w3.org/2001/04/xmlenc#aes128-cbc",
            Self::Aes256Gcm => "http://www.w3.org/2009/xmlenc11#aes256-gcm",
            Self::TripleDesCbc => "http://www.w3.org/2001/04/xmlenc#tripledes-cbc",
        }
    }

    fn openssl(self) -> openssl::symm::Cipher {
        match self {
            Self::Aes256Cbc => openssl::symm::Cipher::aes_256_cbc(),
            Self::Aes128Cbc => openssl::symm::Cipher::aes_128_cbc(),
            Self::Aes256Gcm => openssl::symm::Cipher::aes_256_gcm(),
            Self::TripleDesCbc => openssl::symm::Cipher::des_ede3_cbc(),
        }
    }
}

/// Key transport.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Transport {
    /// What NIA uses: OAEP, SHA-1 throughout.
    #[default]
    OaepSha1,
    /// XML Encryption 1.1: OAEP, SHA-256 throughout.
    OaepSha256,
    /// The old name with a newer digest: OAEP with SHA-256, mask by SHA-1.
    OaepMgf1pSha256,
    /// Out of date and dangerous.
    Rsa15,
}

impl Transport {
    fn uri(self) -> &'static str {
        match self {
            Self::OaepSha1 | Self::OaepMgf1pSha256 => {
                "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
            }
            Self::OaepSha256 => "http://www.w3.org/2009/xmlenc11#rsa-oaep",
            Self::Rsa15 => "http://www.w3.org/2001/04/xmlenc#rsa-1_5",
        }
    }

    fn digest_uri(self) -> Option<&'static str> {
        match self {
            Self::OaepSha1 => Some("http://www.w3.org/2000/09/xmldsig#sha1"),
            Self::OaepSha256 | Self::OaepMgf1pSha256 => {
                Some("http://www.w3.org/2001/04/xmlenc#sha256")
            }
            Self::Rsa15 => None,
        }
    }

    fn mask_uri(self) -> Option<&'static str> {
        (self == Self::OaepSha256).then_some("http://www.w3.org/2009/xmlenc11#mgf1sha256")
    }
}

/// Encrypts an assertion to a certificate. `count` numbers the encryptions: padding alternates.
pub fn encrypt(
    assertion: &str,
    encryption: Encryption,
    to: &X509,
    count: &AtomicU64,
) -> Result<String, Failure> {
    let mut key = vec![0; encryption.cipher.openssl().key_len()];
    rand_bytes(&mut key)?;
    let random_padding = count.fetch_add(1, Ordering::Relaxed) % 2 == 1;
    let content = encrypt_content(
        assertion.as_bytes(),
        encryption.cipher,
        &key,
        random_padding,
    )?;

    write(&EncryptedAssertion {
        cipher: encryption.cipher.uri(),
        transport: encryption.transport.uri(),
        digest: encryption.transport.digest_uri(),
        mask: encryption.transport.mask_uri(),
        issuer_name: &distinguished_name(to.issuer_name())?,
        serial_number: &to.serial_number().to_bn()?.to_dec_str()?,
        key: &STANDARD.encode(encrypt_key(&key, encryption.transport, to)?),
        content: &STANDARD.encode(content),
    })
}

fn encrypt_content(
    plain: &[u8],
    cipher: Cipher,
    key: &[u8],
    random_padding: bool,
) -> Result<Vec<u8>, Failure> {
    let algorithm = cipher.openssl();
    let mut vector = vec![0; algorithm.iv_len().unwrap_or_default()];
    rand_bytes(&mut vector)?;
    if cipher == Cipher::Aes256Gcm {
        let mut tag = [0; 16];
        let content = encrypt_aead(algorithm, key, Some(&vector), &[], plain, &mut tag)?;
        return Ok([vector.as_slice(), &content, &tag].concat());
    }

    let padded = pad(plain, algorithm.block_size(), random_padding)?;
    let mut crypter = Crypter::new(algorithm, Mode::Encrypt, key, Some(&vector))?;
    crypter.pad(false);
    let mut content = vec![0; padded.len() + algorithm.block_size()];
    let mut written = crypter.update(&padded, &mut content)?;
    written += crypter.finalize(content.get_mut(written..).unwrap_or_default())?;
    content.truncate(written);
    Ok([vector, content].concat())
}

/// XML Encryption looks at the last byte only; the others may be anything.
fn pad(plain: &[u8], block: usize, random: bool) -> Result<Vec<u8>, Failure> {
    let missing = block - plain.len() % block;
    let count = u8::try_from(missing).unwrap_or_default();
    let mut padding = vec![count; missing];
    if random {
        rand_bytes(&mut padding)?;
        if let Some(last) = padding.last_mut() {
            *last = count;
        }
    }
    Ok([plain, &padding].concat())
}

fn encrypt_key(key: &[u8], transport: Transport, to: &X509) -> Result<Vec<u8>, Failure> {
    let public = to.public_key()?;
    let mut encrypter = Encrypter::new(&public)?;
    match transport {
        Transport::Rsa15 => encrypter.set_rsa_padding(Padding::PKCS1)?,
        _ => encrypter.set_rsa_padding(Padding::PKCS1_OAEP)?,
    }
    if matches!(
        transport,
        Transport::OaepSha256 | Transport::OaepMgf1pSha256
    ) {
        encrypter.set_rsa_oaep_md(MessageDigest::sha256())?;
        let mask = if transport == Transport::OaepSha256 {
            MessageDigest::sha256()
        } else {
            MessageDigest::sha1()
        };
        encrypter.set_rsa_mgf1_md(mask)?;
    }
    let mut wrapped = vec![0; encrypter.encrypt_len(key)?];
    let written = encrypter.encrypt(key, &mut wrapped)?;
    wrapped.truncate(written);
    Ok(wrapped)
}

/// Most specific part first, as NIA's platform writes it.
fn distinguished_name(name: &X509NameRef) -> Result<String, Failure> {
    let parts: Result<Vec<_>, Failure> = name
        .entries()
        .map(|entry| {
            Ok(format!(
                "{}={}",
                entry.object().nid().short_name()?,
                entry.data().to_string()?
            ))
        })
        .collect();
    let mut parts = parts?;
    parts.reverse();
    Ok(parts.join(", "))
}
