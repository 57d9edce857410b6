//! Encrypted assertions: one shape, an allow-list of ciphers, and our own keys tried in turn.

use aws_lc_rs::aead::{
    AES_128_GCM, AES_256_GCM, Aad, Algorithm as GcmAlgorithm, LessSafeKey, NONCE_LEN, Nonce,
    UnboundKey,
};
use aws_lc_rs::cipher::{
    AES_128, AES_256, Algorithm as CbcAlgorithm, DecryptionContext, PaddedBlockDecryptingKey,
    UnboundCipherKey,
};
use aws_lc_rs::iv::{FixedLength, IV_LEN_128_BIT};
use aws_lc_rs::rsa::{OAEP_SHA1_MGF1SHA1, OAEP_SHA256_MGF1SHA256, OaepAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::keys::SamlKeyPair;
use super::names::{
    AES128_CBC, AES128_GCM, AES256_CBC, AES256_GCM, DSIG, ENCRYPTED_ELEMENT, MGF1_SHA1,
    MGF1_SHA256, RSA_OAEP, RSA_OAEP_MGF1P, SHA1, SHA256, XENC, XENC11,
};
use super::tree::Node;
use crate::refusal::Refusal;

/// An encrypted assertion with its shape and algorithms checked.
pub(crate) struct Sealed {
    transport: &'static OaepAlgorithm,
    cipher: Cipher,
    key: Vec<u8>,
    content: Vec<u8>,
}

/// A content cipher we accept.
#[derive(Clone, Copy)]
enum Cipher {
    Cbc(&'static CbcAlgorithm, usize),
    Gcm(&'static GcmAlgorithm, usize),
}

/// Which ciphers are accepted besides the usual ones.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Allowed {
    pub(crate) aes128_cbc: bool,
}

impl Sealed {
    /// Reads a `saml:EncryptedAssertion`.
    pub(crate) fn read(encrypted: Node<'_, '_>, allowed: Allowed) -> Result<Self, Refusal> {
        let children: Vec<_> = encrypted.children().collect();
        let [data] = children.as_slice() else {
            return Err(Refusal::EncryptionLayout);
        };
        if !data.is(XENC, "EncryptedData") || data.attribute("Type") != Some(ENCRYPTED_ELEMENT) {
            return Err(Refusal::EncryptionLayout);
        }
        only_attributes(*data, &["Type", "Id"])?;
        let [method, key_info, cipher_data] = three(*data)?;
        let named = method.is(XENC, "EncryptionMethod")
            && key_info.is(DSIG, "KeyInfo")
            && cipher_data.is(XENC, "CipherData");
        if !named || method.children().next().is_some() {
            return Err(Refusal::EncryptionLayout);
        }
        let cipher = Cipher::named(algorithm(method)?, allowed)?;
        let (transport, key) = read_key(encrypted_key(key_info)?)?;
        Ok(Self {
            transport,
            cipher,
            key,
            content: octets(cipher_data)?,
        })
    }

    /// Whether changes of the ciphertext would go unnoticed without a signature over it.
    pub(crate) const fn needs_outer_signature(&self) -> bool {
        matches!(self.cipher, Cipher::Cbc(..))
    }

    /// Opens it with the first key that fits. All failures are one.
    pub(crate) fn open(mut self, keys: &[SamlKeyPair]) -> Result<String, Refusal> {
        let mut buffer = Vec::new();
        let session_key = keys.iter().find_map(|pair| {
            buffer.resize(pair.decrypter().min_output_size(), 0);
            let key = pair
                .decrypter()
                .decrypt(self.transport, &self.key, &mut buffer, None)
                .ok()?;
            (key.len() == self.cipher.key_length()).then(|| key.to_vec())
        });
        let session_key = session_key.ok_or(Refusal::DecryptionFailed)?;
        let plain = self
            .cipher
            .decrypt(&session_key, &mut self.content)
            .ok_or(Refusal::DecryptionFailed)?;
        String::from_utf8(plain).map_err(|_| Refusal::DecryptionFailed)
    }
}

impl Cipher {
    fn named(algorithm: &str, allowed: Allowed) -> Result<Self, Refusal> {
        match algorithm {
            AES256_CBC => Ok(Self::Cbc(&AES_256, 32)),
            AES128_CBC if allowed.aes128_cbc => Ok(Self::Cbc(&AES_128, 16)),
            AES256_GCM => Ok(Self::Gcm(&AES_256_GCM, 32)),
            AES128_GCM => Ok(Self::Gcm(&AES_128_GCM, 16)),
            _ => Err(Refusal::CipherForbidden),
        }
    }

    const fn key_length(self) -> usize {
        match self {
            Self::Cbc(_, length) | Self::Gcm(_, length) => length,
        }
    }

    /// Decrypts `IV ‖ ciphertext`; XML Encryption pads with any octets and a last one that counts them.
    fn decrypt(self, key: &[u8], content: &mut [u8]) -> Option<Vec<u8>> {
        match self {
            Self::Cbc(algorithm, _) => {
                let (iv, ciphertext) = content.split_at_mut_checked(IV_LEN_128_BIT)?;
                let context = DecryptionContext::Iv128(FixedLength::try_from(&*iv).ok()?);
                let key = PaddedBlockDecryptingKey::cbc_iso10126(
                    UnboundCipherKey::new(algorithm, key).ok()?,
                )
                .ok()?;
                key.decrypt(ciphertext, context)
                    .ok()
                    .map(|plain| plain.to_vec())
            }
            Self::Gcm(algorithm, _) => {
                let (nonce, ciphertext) = content.split_at_mut_checked(NONCE_LEN)?;
                let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
                let key = LessSafeKey::new(UnboundKey::new(algorithm, key).ok()?);
                key.open_in_place(nonce, Aad::empty(), ciphertext)
                    .ok()
                    .map(|plain| plain.to_vec())
            }
        }
    }
}

/// The one encrypted key, which must be inside the encrypted data.
fn encrypted_key<'d, 't>(key_info: Node<'d, 't>) -> Result<Node<'d, 't>, Refusal> {
    only_attributes(key_info, &["Id"])?;
    if key_info
        .children_named(DSIG, "RetrievalMethod")
        .next()
        .is_some()
    {
        return Err(Refusal::CipherReferenceForbidden);
    }
    let children: Vec<_> = key_info.children().collect();
    match children.as_slice() {
        [key] if key.is(XENC, "EncryptedKey") => Ok(*key),
        many if many
            .iter()
            .filter(|key| key.is(XENC, "EncryptedKey"))
            .count()
            > 1 =>
        {
            Err(Refusal::SeveralEncryptedKeys)
        }
        _ => Err(Refusal::EncryptionLayout),
    }
}

fn read_key(key: Node<'_, '_>) -> Result<(&'static OaepAlgorithm, Vec<u8>), Refusal> {
    only_attributes(key, &["Id", "Recipient"])?;
    let children: Vec<_> = key.children().collect();
    let (method, cipher_data) = match children.as_slice() {
        [method, cipher_data] => (*method, *cipher_data),
        [method, hint, cipher_data] if hint.is(DSIG, "KeyInfo") => (*method, *cipher_data),
        _ => return Err(Refusal::EncryptionLayout),
    };
    if !method.is(XENC, "EncryptionMethod") || !cipher_data.is(XENC, "CipherData") {
        return Err(Refusal::EncryptionLayout);
    }
    Ok((transport(method)?, octets(cipher_data)?))
}

/// The key transport: RSA-OAEP with SHA-1 in its old form, with SHA-256 in its new one.
fn transport(method: Node<'_, '_>) -> Result<&'static OaepAlgorithm, Refusal> {
    let name = algorithm(method)?;
    if name != RSA_OAEP_MGF1P && name != RSA_OAEP {
        return Err(Refusal::KeyTransportForbidden);
    }
    let (mut digest, mut mgf) = (None, None);
    for parameter in method.children() {
        match parameter.name() {
            (DSIG, "DigestMethod") if digest.is_none() => digest = Some(algorithm(parameter)?),
            (XENC11, "MGF") if mgf.is_none() => mgf = Some(algorithm(parameter)?),
            _ => return Err(Refusal::OaepParametersForbidden),
        }
    }
    match (name, digest, mgf) {
        (RSA_OAEP_MGF1P, None | Some(SHA1), None | Some(MGF1_SHA1)) => Ok(&OAEP_SHA1_MGF1SHA1),
        (RSA_OAEP_MGF1P, Some(SHA256), None | Some(MGF1_SHA1)) => {
            Err(Refusal::OaepDigestUnsupported)
        }
        (RSA_OAEP, Some(SHA256), Some(MGF1_SHA256)) => Ok(&OAEP_SHA256_MGF1SHA256),
        _ => Err(Refusal::OaepParametersForbidden),
    }
}

/// The octets of a `CipherData`, which must be there and not elsewhere.
fn octets(cipher_data: Node<'_, '_>) -> Result<Vec<u8>, Refusal> {
    only_attributes(cipher_data, &[])?;
    let children: Vec<_> = cipher_data.children().collect();
    match children.as_slice() {
        [value] if value.is(XENC, "CipherValue") => {
            let text = value.text().ok_or(Refusal::EncryptionLayout)?;
            let compact: String = text.split_ascii_whitespace().collect();
            STANDARD
                .decode(compact)
                .map_err(|_| Refusal::EncryptionLayout)
        }
        [reference] if reference.is(XENC, "CipherReference") => {
            Err(Refusal::CipherReferenceForbidden)
        }
        _ => Err(Refusal::EncryptionLayout),
    }
}

fn algorithm<'d>(method: Node<'d, '_>) -> Result<&'d str, Refusal> {
    only_attributes(method, &["Algorithm"])?;
    method
        .attribute("Algorithm")
        .ok_or(Refusal::EncryptionLayout)
}

fn only_attributes(node: Node<'_, '_>, known: &[&str]) -> Result<(), Refusal> {
    let strange = node
        .attributes()
        .any(|(namespace, local, _)| namespace.is_some() || !known.contains(&local));
    if strange {
        Err(Refusal::EncryptionLayout)
    } else {
        Ok(())
    }
}

fn three<'d, 't>(node: Node<'d, 't>) -> Result<[Node<'d, 't>; 3], Refusal> {
    let children: Vec<_> = node.children().collect();
    <[Node<'d, 't>; 3]>::try_from(children).map_err(|_| Refusal::EncryptionLayout)
}
