//! A private key parsed once and held in memory: signing never reads PKCS#8 again.

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    rand::SystemRandom,
    rsa::KeySize,
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;

use super::{Alg, PublicKey, Purpose};

/// A private key that signs JWS.
#[derive(Debug)]
pub struct Signer {
    /// Its thumbprint; the `kid` on the wire.
    pub kid: String,
    /// What others verify with.
    pub public: PublicKey,
    private: Private,
}

#[derive(Debug)]
enum Private {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// A key could not be made, read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the key cannot be {0}")]
pub struct KeyFault(pub &'static str);

/// Makes a private key for this purpose, as PKCS#8.
pub(super) fn generate(purpose: Purpose) -> Result<Vec<u8>, KeyFault> {
    let fault = KeyFault("made");
    match purpose {
        Purpose::Rsa | Purpose::Upstream | Purpose::UpstreamEncryption => {
            let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(|_| fault)?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| fault)?;
            Ok(der.as_ref().to_vec())
        }
        Purpose::P256 => {
            let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING)
                .map_err(|_| fault)?;
            Ok(pair.to_pkcs8v1().map_err(|_| fault)?.as_ref().to_vec())
        }
        Purpose::Ed25519 => {
            let pair = Ed25519KeyPair::generate().map_err(|_| fault)?;
            Ok(pair.to_pkcs8().map_err(|_| fault)?.as_ref().to_vec())
        }
        Purpose::Saml | Purpose::SamlEncryption => {
            Err(KeyFault("made here: federation makes SAML keys"))
        }
    }
}

impl Signer {
    /// Parses a private key.
    pub fn from_pkcs8(purpose: Purpose, pkcs8: &[u8]) -> Result<Self, KeyFault> {
        let fault = |_| KeyFault("read");
        let (private, public) = match purpose {
            Purpose::Rsa => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(fault)?;
                let (n, e) = (pair.public_key().modulus(), pair.public_key().exponent());
                let public = PublicKey::Rsa {
                    n: n.big_endian_without_leading_zero().to_vec(),
                    e: e.big_endian_without_leading_zero().to_vec(),
                };
                (Private::Rsa(pair), public)
            }
            Purpose::P256 => {
                let pair =
                    EcdsaKeyPair::from_pkcs8(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                        .map_err(fault)?;
                let public = PublicKey::P256(pair.public_key().as_ref().to_vec());
                (Private::P256(pair), public)
            }
            Purpose::Ed25519 => {
                let pair = Ed25519KeyPair::from_pkcs8(pkcs8).map_err(fault)?;
                let public = PublicKey::Ed25519(pair.public_key().as_ref().to_vec());
                (Private::Ed25519(pair), public)
            }
            Purpose::Saml
            | Purpose::SamlEncryption
            | Purpose::Upstream
            | Purpose::UpstreamEncryption => return Err(KeyFault("used for tokens of ours")),
        };
        Ok(Self {
            kid: public.thumbprint(),
            public,
            private,
        })
    }

    /// Signs `claims` as a compact JWS of this type.
    pub fn sign(&self, alg: Alg, typ: &str, claims: &impl Serialize) -> Result<String, KeyFault> {
        let payload =
            serde_json::to_vec(claims).map_err(|_| KeyFault("used: the claims are no JSON"))?;
        let header = format!(
            r#"{{"alg":"{}","typ":"{typ}","kid":"{}"}}"#,
            alg.as_str(),
            self.kid
        );
        let mut jws = String::with_capacity(header.len() + payload.len() * 4 / 3 + 512);
        URL_SAFE_NO_PAD.encode_string(header, &mut jws);
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(payload, &mut jws);
        let signature = self.signature(alg, jws.as_bytes())?;
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jws);
        Ok(jws)
    }

    fn signature(&self, alg: Alg, message: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let fault = |_| KeyFault("used");
        let random = SystemRandom::new();
        match (&self.private, alg) {
            (Private::Rsa(pair), Alg::RS256) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(
                    &signature::RSA_PKCS1_SHA256,
                    &random,
                    message,
                    &mut signature,
                )
                .map_err(fault)?;
                Ok(signature)
            }
            (Private::Rsa(pair), Alg::PS256) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(&signature::RSA_PSS_SHA256, &random, message, &mut signature)
                    .map_err(fault)?;
                Ok(signature)
            }
            (Private::P256(pair), Alg::ES256) => Ok(pair
                .sign(&random, message)
                .map_err(fault)?
                .as_ref()
                .to_vec()),
            (Private::Ed25519(pair), Alg::EdDSA) => Ok(pair.sign(message).as_ref().to_vec()),
            _ => Err(KeyFault("used with that algorithm")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Unverified;
    use super::*;

    #[test]
    fn what_a_key_signs_its_public_part_verifies_with_that_algorithm_alone() {
        for (purpose, alg, other) in [
            (Purpose::Rsa, Alg::RS256, Alg::PS256),
            (Purpose::Rsa, Alg::PS256, Alg::RS256),
            (Purpose::P256, Alg::ES256, Alg::EdDSA),
            (Purpose::Ed25519, Alg::EdDSA, Alg::ES256),
        ] {
            let signer = Signer::from_pkcs8(purpose, &generate(purpose).unwrap()).unwrap();

            let jws = signer
                .sign(alg, "JWT", &serde_json::json!({ "sub": "x" }))
                .unwrap();

            let unverified = Unverified::parse(&jws).unwrap();
            assert_eq!(unverified.kid.as_deref(), Some(signer.kid.as_str()));
            let public = PublicKey::from_jwk(&signer.public.jwk(&signer.kid)).unwrap();
            assert!(unverified.verified_by(&public).is_some());
            assert!(!public.verifies(other, b"x", b"y"));
        }
    }

    #[test]
    fn an_altered_payload_is_not_verified() {
        let signer = Signer::from_pkcs8(Purpose::P256, &generate(Purpose::P256).unwrap()).unwrap();
        let jws = signer
            .sign(Alg::ES256, "JWT", &serde_json::json!({ "sub": "x" }))
            .unwrap();
        let parts: Vec<&str> = jws.split('.').collect();
        let altered = format!(
            "{}.{}.{}",
            parts[0],
            URL_SAFE_NO_PAD.encode(r#"{"sub":"y"}"#),
            parts[2]
        );

        assert!(
            Unverified::parse(&altered)
                .unwrap()
                .verified_by(&signer.public)
                .is_none()
        );
    }
}
