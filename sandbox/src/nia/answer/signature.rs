//! Enveloped XML signatures. libxmlsec1 computes them; the document stays byte for byte as we wrote it.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use samael::crypto::{Crypto, CryptoProvider as _};

use super::super::keys::{KeyPair, Keys};
use super::templates::{SignatureTemplate, write};
use crate::error::Failure;

/// How one document is signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Signing {
    /// By whom.
    pub signer: Signer,
    /// How.
    pub method: Method,
    /// In which state the signature leaves the house.
    pub condition: Condition,
}

/// Whose key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Signer {
    /// This environment's.
    #[default]
    Ours,
    /// The other environment's.
    OtherEnvironment,
    /// Nobody's.
    Stranger,
}

impl Signer {
    /// The key itself.
    pub fn key(self, keys: &Keys) -> Arc<KeyPair> {
        match self {
            Self::Ours => keys.signing(),
            Self::OtherEnvironment => keys.other_environment(),
            Self::Stranger => keys.stranger(),
        }
    }
}

/// Signature and digest algorithm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Method {
    /// What NIA uses.
    #[default]
    RsaSha256,
    /// Out of date.
    RsaSha1,
}

impl Method {
    fn uris(self) -> (&'static str, &'static str) {
        match self {
            Self::RsaSha256 => (
                "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
                "http://www.w3.org/2001/04/xmlenc#sha256",
            ),
            Self::RsaSha1 => (
                "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
                "http://www.w3.org/2000/09/xmldsig#sha1",
            ),
        }
    }
}

/// In which state the signature leaves the house.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Condition {
    /// It fits.
    #[default]
    Sound,
    /// There is none.
    Missing,
    /// One bit is changed.
    Broken,
}

/// A signed document in parts, for those who take it apart again.
#[derive(Debug, Clone)]
pub struct Signed {
    /// The whole document.
    pub xml: String,
    /// The `Signature` element, empty when there is none.
    pub signature: String,
    /// The document as it would be without the signature.
    pub unsigned: String,
}

/// Signs the element with the given `ID` that `render` writes around a signature.
pub fn sign(
    id: &str,
    signing: Signing,
    keys: &Keys,
    render: impl Fn(&str) -> Result<String, Failure>,
) -> Result<Signed, Failure> {
    let unsigned = render("")?;
    if signing.condition == Condition::Missing {
        return Ok(Signed {
            xml: unsigned.clone(),
            signature: String::new(),
            unsigned,
        });
    }

    let key = signing.signer.key(keys);
    let (signature_method, digest_method) = signing.method.uris();
    let certificate = key.certificate_base64()?;
    let template = |digest: &str, value: &str| {
        write(&SignatureTemplate {
            id,
            signature_method,
            digest_method,
            digest,
            value,
            certificate: &certificate,
        })
    };

    let prepared = render(&template("", "")?)?;
    let computed = Crypto::sign_xml(prepared.as_bytes(), &key.key.private_key_to_der()?)?;
    let digest = between(&computed, "DigestValue")?;
    let value: String = between(&computed, "SignatureValue")?
        .split_whitespace()
        .collect();
    let value = if signing.condition == Condition::Broken {
        with_one_bit_changed(&value)
    } else {
        value
    };

    let signature = template(digest, &value)?;
    Ok(Signed {
        xml: render(&signature)?,
        signature,
        unsigned,
    })
}

/// The text of the first element of that name: ours comes first in the document.
fn between<'x>(xml: &'x str, name: &'static str) -> Result<&'x str, Failure> {
    let (_, rest) = xml
        .split_once(&format!("<{name}>"))
        .ok_or(Failure::Unsigned(name))?;
    let (text, _) = rest
        .split_once(&format!("</{name}>"))
        .ok_or(Failure::Unsigned(name))?;
    Ok(text)
}

fn with_one_bit_changed(value: &str) -> String {
    let mut bytes = STANDARD.decode(value).unwrap_or_default();
    if let Some(byte) = bytes.get_mut(40) {
        *byte ^= 1;
    }
    STANDARD.encode(bytes)
}
