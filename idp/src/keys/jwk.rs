//! Public keys as JSON (RFC 7517), theirs and ours.

use aws_lc_rs::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::Alg;

/// The public part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// Modulus and exponent, big-endian without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// A point on P-256, uncompressed: 4, x, y.
    P256(Vec<u8>),
    /// An Ed25519 key.
    Ed25519(Vec<u8>),
}

/// A key as it stands in a JWK set. Members we do not need are ignored; a private or symmetric one never becomes a
/// [`PublicKey`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Jwk {
    /// Key type.
    pub kty: String,
    /// Key id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// `sig` or `enc`.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub purpose: Option<String>,
    /// The only algorithm it may be used with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
    /// Curve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// First coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Second coordinate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// Modulus.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// Exponent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// Present only in a private key.
    #[serde(default, skip_serializing)]
    d: Option<serde::de::IgnoredAny>,
    /// Present only in a symmetric key.
    #[serde(default, skip_serializing)]
    k: Option<serde::de::IgnoredAny>,
}

/// A set of keys.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Jwks {
    /// The keys.
    pub keys: Vec<Jwk>,
}

impl PublicKey {
    /// Reads a key. `None` for a type, curve or size that we do not verify with.
    pub fn from_jwk(jwk: &Jwk) -> Option<Self> {
        if jwk.d.is_some() || jwk.k.is_some() {
            return None;
        }
        let octets = |member: &Option<String>| URL_SAFE_NO_PAD.decode(member.as_deref()?).ok();
        match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("RSA", None) => {
                let n: Vec<u8> = octets(&jwk.n)?
                    .into_iter()
                    .skip_while(|octet| *octet == 0)
                    .collect();
                let e: Vec<u8> = octets(&jwk.e)?
                    .into_iter()
                    .skip_while(|octet| *octet == 0)
                    .collect();
                (256..=1024)
                    .contains(&n.len())
                    .then_some(Self::Rsa { n, e })
            }
            ("EC", Some("P-256")) => {
                let (x, y) = (octets(&jwk.x)?, octets(&jwk.y)?);
                (x.len() == 32 && y.len() == 32)
                    .then(|| Self::P256([&[4], x.as_slice(), &y].concat()))
            }
            ("OKP", Some("Ed25519")) => {
                let x = octets(&jwk.x)?;
                (x.len() == 32).then_some(Self::Ed25519(x))
            }
            _ => None,
        }
    }

    /// The key as JSON, with its thumbprint as `kid`. `alg` is left out where the key serves two.
    pub fn jwk(&self, kid: &str) -> Jwk {
        let text = |octets: &[u8]| Some(URL_SAFE_NO_PAD.encode(octets));
        let jwk = Jwk {
            kid: Some(kid.to_owned()),
            purpose: Some("sig".to_owned()),
            ..Jwk::default()
        };
        match self {
            Self::Rsa { n, e } => Jwk {
                kty: "RSA".to_owned(),
                n: text(n),
                e: text(e),
                ..jwk
            },
            Self::P256(point) => {
                let (x, y) = point
                    .get(1..)
                    .unwrap_or_default()
                    .split_at(32.min(point.len().saturating_sub(1)));
                let (crv, alg) = (Some("P-256".to_owned()), Some("ES256".to_owned()));
                Jwk {
                    kty: "EC".to_owned(),
                    crv,
                    alg,
                    x: text(x),
                    y: text(y),
                    ..jwk
                }
            }
            Self::Ed25519(x) => {
                let (crv, alg) = (Some("Ed25519".to_owned()), Some("EdDSA".to_owned()));
                Jwk {
                    kty: "OKP".to_owned(),
                    crv,
                    alg,
                    x: text(x),
                    ..jwk
                }
            }
        }
    }

    /// JWK thumbprint (RFC 7638): the required members in the order of their names.
    pub fn thumbprint(&self) -> String {
        let text = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        let canonical = match self {
            Self::Rsa { n, e } => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, text(e), text(n)),
            Self::P256(_) => {
                let Jwk { x, y, .. } = self.jwk("");
                let (x, y) = (x.unwrap_or_default(), y.unwrap_or_default());
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Self::Ed25519(x) => format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, text(x)),
        };
        crate::hash::sha256_text(canonical.as_bytes())
    }

    /// Whether the key is of the type that `alg` needs.
    pub const fn serves(&self, alg: Alg) -> bool {
        matches!(
            (self, alg),
            (Self::Rsa { .. }, Alg::RS256 | Alg::PS256)
                | (Self::P256(_), Alg::ES256)
                | (Self::Ed25519(_), Alg::EdDSA)
        )
    }

    /// Whether `signature` over `message` is by this key.
    pub fn verifies(&self, alg: Alg, message: &[u8], signature: &[u8]) -> bool {
        match (self, alg) {
            (Self::Rsa { n, e }, Alg::RS256) => RsaPublicKeyComponents { n, e }
                .verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok(),
            (Self::Rsa { n, e }, Alg::PS256) => RsaPublicKeyComponents { n, e }
                .verify(&signature::RSA_PSS_2048_8192_SHA256, message, signature)
                .is_ok(),
            (Self::P256(point), Alg::ES256) => {
                UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point)
                    .verify(message, signature)
                    .is_ok()
            }
            (Self::Ed25519(key), Alg::EdDSA) => UnparsedPublicKey::new(&signature::ED25519, key)
                .verify(message, signature)
                .is_ok(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rfc_7638() -> Jwk {
        serde_json::from_str(
            r#"{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"}"#,
        )
        .unwrap()
    }

    #[test]
    fn the_thumbprint_of_rfc_7638() {
        let key = PublicKey::from_jwk(&rfc_7638()).unwrap();

        assert_eq!(
            key.thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
        assert_eq!(PublicKey::from_jwk(&key.jwk("kid")), Some(key));
    }

    #[test]
    fn a_private_a_symmetric_and_a_short_key_are_no_public_keys() {
        let private: Jwk =
            serde_json::from_str(r#"{"kty":"RSA","n":"AQAB","e":"AQAB","d":"AQAB"}"#).unwrap();
        let symmetric: Jwk = serde_json::from_str(r#"{"kty":"oct","k":"AQAB"}"#).unwrap();
        let short: Jwk = serde_json::from_str(r#"{"kty":"RSA","n":"AQAB","e":"AQAB"}"#).unwrap();

        for jwk in [private, symmetric, short] {
            assert_eq!(PublicKey::from_jwk(&jwk), None);
        }
    }
}
