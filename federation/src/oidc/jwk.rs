//! Public keys of a provider (RFC 7517, RFC 7518): the types of `openidconnect`, the cryptography of AWS-LC.
//!
//! A set may hold keys we cannot use (other curves, encryption keys, keys for TLS): they are left out, never a reason to
//! refuse the set. Symmetric and private keys are left out as well; a set is public.

use aws_lc_rs::digest::{SHA256, SHA384, SHA512, digest};
use aws_lc_rs::signature::{
    self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKeyType, CoreJsonWebKeyUse, CoreJwsSigningAlgorithm as Alg};
use openidconnect::{
    JsonWebKey, JsonWebKeyAlgorithm, JsonWebKeyId, JsonWebKeyUse, SignatureVerificationError,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The least octets of an RSA modulus: 2048 bits.
const SHORTEST_MODULUS: usize = 256;

/// One public key that can verify signatures.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "Raw", into = "Raw")]
pub(crate) struct Jwk {
    kid: Option<JsonWebKeyId>,
    key_use: Option<CoreJsonWebKeyUse>,
    alg: Declared,
    material: Material,
}

/// The keys of a provider that can verify signatures.
#[derive(Debug, Clone)]
pub(crate) struct KeySet(Vec<Jwk>);

/// A document that is no key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeySetProblem {
    #[error("the document is not a key set")]
    NotASet,
    #[error("the key set holds no key that can verify a signature")]
    Empty,
}

#[derive(Debug, Clone)]
enum Declared {
    Any,
    Only(Alg),
    Other(String),
}

#[derive(Debug, Clone)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    Ec { curve: Curve, point: Vec<u8> },
    Ed25519(Vec<u8>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Curve {
    P256,
    P384,
    P521,
}

/// A key as it stands in the document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Raw {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    key_use: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    /// A private part, which no published key has.
    #[serde(default, skip_serializing)]
    d: Option<Value>,
}

impl KeySet {
    /// Reads a key set; what cannot verify a signature is left out.
    pub(crate) fn read(document: &[u8]) -> Result<Self, KeySetProblem> {
        let document: Value =
            serde_json::from_slice(document).map_err(|_| KeySetProblem::NotASet)?;
        let keys = document
            .get("keys")
            .and_then(Value::as_array)
            .ok_or(KeySetProblem::NotASet)?;
        let keys: Vec<Jwk> = keys
            .iter()
            .filter_map(|key| serde_json::from_value(key.clone()).ok())
            .filter(Jwk::is_for_signatures)
            .collect();
        if keys.is_empty() {
            return Err(KeySetProblem::Empty);
        }
        Ok(Self(keys))
    }

    /// The keys a signature with this header may be by. A key without an identifier may be meant by any.
    pub(crate) fn fitting(&self, alg: &Alg, kid: Option<&str>) -> Vec<&Jwk> {
        self.0.iter().filter(|key| key.fits(alg, kid)).collect()
    }

    /// How many there are.
    pub(crate) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether some key can verify one of these algorithms.
    pub(crate) fn serves(&self, algorithms: &[Alg]) -> bool {
        algorithms
            .iter()
            .any(|alg| !self.fitting(alg, None).is_empty())
    }
}

impl Jwk {
    fn is_for_signatures(&self) -> bool {
        let purpose = self
            .key_use
            .as_ref()
            .is_none_or(JsonWebKeyUse::allows_signature);
        purpose && !matches!(self.alg, Declared::Other(_))
    }

    fn fits(&self, alg: &Alg, kid: Option<&str>) -> bool {
        let named = match (kid, &self.kid) {
            (Some(kid), Some(own)) => own.as_str() == kid,
            (Some(_), None) | (None, _) => true,
        };
        let declared = match &self.alg {
            Declared::Any => true,
            Declared::Only(only) => only == alg,
            Declared::Other(_) => false,
        };
        named && declared && self.material.serves(alg)
    }

    /// The key under the identifier that a token's header uses: verified already, it is the one for the library too.
    pub(crate) fn named(&self, kid: Option<&str>) -> Self {
        Self {
            kid: kid.map(|kid| JsonWebKeyId::new(kid.to_owned())),
            ..self.clone()
        }
    }

    /// Whether the signature is by this key.
    pub(crate) fn verifies(&self, alg: &Alg, message: &[u8], signature: &[u8]) -> bool {
        if !self.material.serves(alg) {
            return false;
        }
        match &self.material {
            Material::Rsa { n, e } => rsa_parameters(alg).is_some_and(|parameters| {
                RsaPublicKeyComponents { n, e }
                    .verify(parameters, message, signature)
                    .is_ok()
            }),
            Material::Ec { curve, point } => UnparsedPublicKey::new(curve.algorithm(), point)
                .verify(message, signature)
                .is_ok(),
            Material::Ed25519(key) => UnparsedPublicKey::new(&signature::ED25519, key)
                .verify(message, signature)
                .is_ok(),
        }
    }
}

impl Material {
    const fn serves(&self, alg: &Alg) -> bool {
        match self {
            Self::Rsa { .. } => rsa_parameters(alg).is_some(),
            Self::Ec { curve, .. } => matches!(
                (curve, alg),
                (Curve::P256, Alg::EcdsaP256Sha256)
                    | (Curve::P384, Alg::EcdsaP384Sha384)
                    | (Curve::P521, Alg::EcdsaP521Sha512)
            ),
            Self::Ed25519(_) => matches!(alg, Alg::EdDsa),
        }
    }
}

const fn rsa_parameters(alg: &Alg) -> Option<&'static signature::RsaParameters> {
    match alg {
        Alg::RsaSsaPkcs1V15Sha256 => Some(&signature::RSA_PKCS1_2048_8192_SHA256),
        Alg::RsaSsaPkcs1V15Sha384 => Some(&signature::RSA_PKCS1_2048_8192_SHA384),
        Alg::RsaSsaPkcs1V15Sha512 => Some(&signature::RSA_PKCS1_2048_8192_SHA512),
        Alg::RsaSsaPssSha256 => Some(&signature::RSA_PSS_2048_8192_SHA256),
        Alg::RsaSsaPssSha384 => Some(&signature::RSA_PSS_2048_8192_SHA384),
        Alg::RsaSsaPssSha512 => Some(&signature::RSA_PSS_2048_8192_SHA512),
        _ => None,
    }
}

impl Curve {
    fn named(name: &str) -> Option<(Self, usize)> {
        match name {
            "P-256" => Some((Self::P256, 32)),
            "P-384" => Some((Self::P384, 48)),
            "P-521" => Some((Self::P521, 66)),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
            Self::P521 => "P-521",
        }
    }

    fn algorithm(self) -> &'static dyn VerificationAlgorithm {
        match self {
            Self::P256 => &signature::ECDSA_P256_SHA256_FIXED,
            Self::P384 => &signature::ECDSA_P384_SHA384_FIXED,
            Self::P521 => &signature::ECDSA_P521_SHA512_FIXED,
        }
    }
}

impl TryFrom<Raw> for Jwk {
    type Error = &'static str;

    fn try_from(raw: Raw) -> Result<Self, Self::Error> {
        if raw.d.is_some() {
            return Err("a private key");
        }
        let octets = |text: &Option<String>| {
            text.as_deref()
                .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
                .ok_or("a part is missing or not base64url")
        };
        let material = match (raw.kty.as_str(), raw.crv.as_deref()) {
            ("RSA", _) => {
                let (n, e) = (octets(&raw.n)?, octets(&raw.e)?);
                if n.len() < SHORTEST_MODULUS {
                    return Err("a short key");
                }
                Material::Rsa { n, e }
            }
            ("EC", Some(name)) => {
                let (curve, length) = Curve::named(name).ok_or("an unknown curve")?;
                let (x, y) = (octets(&raw.x)?, octets(&raw.y)?);
                if x.len() != length || y.len() != length {
                    return Err("no point of the curve");
                }
                let point = [&[4], x.as_slice(), &y].concat();
                Material::Ec { curve, point }
            }
            ("OKP", Some("Ed25519")) => Material::Ed25519(octets(&raw.x)?),
            _ => return Err("an unknown type of key"),
        };
        let alg = match raw.alg {
            None => Declared::Any,
            Some(name) => match serde_json::from_value(Value::String(name.clone())) {
                Ok(alg) => Declared::Only(alg),
                Err(_) => Declared::Other(name),
            },
        };
        let key_use = raw
            .key_use
            .and_then(|key_use| serde_json::from_value(Value::String(key_use)).ok());
        Ok(Self {
            kid: raw.kid.map(JsonWebKeyId::new),
            key_use,
            alg,
            material,
        })
    }
}

impl From<Jwk> for Raw {
    fn from(key: Jwk) -> Self {
        let text = |octets: &[u8]| Some(URL_SAFE_NO_PAD.encode(octets));
        let name = |value: Result<Value, serde_json::Error>| {
            value
                .ok()
                .and_then(|value| value.as_str().map(str::to_owned))
        };
        let raw = Self {
            kid: key.kid.map(|kid| kid.as_str().to_owned()),
            key_use: key
                .key_use
                .and_then(|use_| name(serde_json::to_value(use_))),
            alg: match key.alg {
                Declared::Any => None,
                Declared::Only(alg) => name(serde_json::to_value(alg)),
                Declared::Other(name) => Some(name),
            },
            ..Self::default()
        };
        match &key.material {
            Material::Rsa { n, e } => Self {
                kty: "RSA".to_owned(),
                n: text(n),
                e: text(e),
                ..raw
            },
            Material::Ec { curve, point } => {
                let both = point.get(1..).unwrap_or_default();
                let (x, y) = both.split_at(both.len() / 2);
                Self {
                    kty: "EC".to_owned(),
                    crv: Some(curve.name().to_owned()),
                    x: text(x),
                    y: text(y),
                    ..raw
                }
            }
            Material::Ed25519(x) => Self {
                kty: "OKP".to_owned(),
                crv: Some("Ed25519".to_owned()),
                x: text(x),
                ..raw
            },
        }
    }
}

impl JsonWebKey for Jwk {
    type KeyUse = CoreJsonWebKeyUse;
    type SigningAlgorithm = Alg;

    fn key_id(&self) -> Option<&JsonWebKeyId> {
        self.kid.as_ref()
    }

    fn key_type(&self) -> &CoreJsonWebKeyType {
        match self.material {
            Material::Rsa { .. } => &CoreJsonWebKeyType::RSA,
            Material::Ec { .. } => &CoreJsonWebKeyType::EllipticCurve,
            Material::Ed25519(_) => &CoreJsonWebKeyType::OctetKeyPair,
        }
    }

    fn key_use(&self) -> Option<&CoreJsonWebKeyUse> {
        self.key_use.as_ref()
    }

    fn signing_alg(&self) -> JsonWebKeyAlgorithm<&Alg> {
        match &self.alg {
            Declared::Any => JsonWebKeyAlgorithm::Unspecified,
            Declared::Only(alg) => JsonWebKeyAlgorithm::Algorithm(alg),
            Declared::Other(_) => JsonWebKeyAlgorithm::Unsupported,
        }
    }

    /// Shared secrets sign nothing here: the key verifies nothing.
    fn new_symmetric(_key: Vec<u8>) -> Self {
        Self {
            kid: None,
            key_use: None,
            alg: Declared::Other("oct".to_owned()),
            material: Material::Ed25519(Vec::new()),
        }
    }

    fn verify_signature(
        &self,
        alg: &Alg,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), SignatureVerificationError> {
        if self.verifies(alg, message, signature) {
            Ok(())
        } else {
            Err(SignatureVerificationError::CryptoError(
                "the signature is wrong".to_owned(),
            ))
        }
    }

    fn hash_bytes(&self, bytes: &[u8], alg: &Alg) -> Result<Vec<u8>, String> {
        let algorithm = match alg {
            Alg::RsaSsaPkcs1V15Sha256 | Alg::RsaSsaPssSha256 | Alg::EcdsaP256Sha256 => &SHA256,
            Alg::RsaSsaPkcs1V15Sha384 | Alg::RsaSsaPssSha384 | Alg::EcdsaP384Sha384 => &SHA384,
            Alg::RsaSsaPkcs1V15Sha512
            | Alg::RsaSsaPssSha512
            | Alg::EcdsaP521Sha512
            | Alg::EdDsa => &SHA512,
            _ => return Err("no digest belongs to the algorithm".to_owned()),
        };
        Ok(digest(algorithm, bytes).as_ref().to_vec())
    }
}
