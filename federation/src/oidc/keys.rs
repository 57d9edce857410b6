//! Our own keys towards OpenID providers: they sign client assertions and open what was encrypted to us.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, OaepPrivateDecryptingKey, PrivateDecryptingKey};
use aws_lc_rs::signature::{self, KeyPair as _, RsaEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::inbound::Document;
use crate::saml::keys::{KeyUse, UnusableKey};

/// Where a broker keeps its keys towards OpenID providers. Asked at every login, so answers come from memory.
pub trait JoseKeys: Send + Sync {
    /// The key that signs now. `None` in a broker that no provider asks for one.
    fn signing(&self) -> Option<JoseKey>;

    /// The keys messages to us may be encrypted to, newest first: next, current, retiring.
    fn decryption(&self) -> Vec<JoseKey>;

    /// All keys that providers may have to know.
    fn published(&self) -> Vec<PublishedJoseKey>;
}

/// A key in the set that we publish for providers.
#[derive(Debug, Clone)]
pub struct PublishedJoseKey {
    /// The key; its public part is published.
    pub key: JoseKey,
    /// What it is for.
    pub key_use: KeyUse,
}

/// An RSA key, parsed. Cheap to clone.
#[derive(Clone)]
pub struct JoseKey(Arc<Inner>);

struct Inner {
    signer: KeyPair,
    decrypter: OaepPrivateDecryptingKey,
    n: String,
    e: String,
    kid: String,
}

/// How a client assertion is signed. The key is RSA.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum AssertionAlg {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[default]
    RS256,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    RS512,
    /// RSASSA-PSS with SHA-256.
    PS256,
    /// RSASSA-PSS with SHA-512.
    PS512,
}

impl AssertionAlg {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RS256 => "RS256",
            Self::RS512 => "RS512",
            Self::PS256 => "PS256",
            Self::PS512 => "PS512",
        }
    }

    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::RS256 => &signature::RSA_PKCS1_SHA256,
            Self::RS512 => &signature::RSA_PKCS1_SHA512,
            Self::PS256 => &signature::RSA_PSS_SHA256,
            Self::PS512 => &signature::RSA_PSS_SHA512,
        }
    }
}

impl JoseKey {
    /// Parses an RSA key (PKCS#8, DER) of 2048 bits or more.
    pub fn parse(pkcs8: &[u8]) -> Result<Self, UnusableKey> {
        let signer = KeyPair::from_pkcs8(pkcs8)
            .map_err(|_| UnusableKey("not an RSA key in PKCS#8 of 2048 bits or more"))?;
        let decrypter = PrivateDecryptingKey::from_pkcs8(pkcs8)
            .ok()
            .and_then(|key| OaepPrivateDecryptingKey::new(key).ok())
            .ok_or(UnusableKey("the key cannot decrypt"))?;
        let text = |octets: &[u8]| URL_SAFE_NO_PAD.encode(octets);
        let public = signer.public_key();
        let n = text(public.modulus().big_endian_without_leading_zero());
        let e = text(public.exponent().big_endian_without_leading_zero());
        // RFC 7638: the required members in the order of their names.
        let canonical = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = text(digest(&SHA256, canonical.as_bytes()).as_ref());
        Ok(Self(Arc::new(Inner {
            signer,
            decrypter,
            n,
            e,
            kid,
        })))
    }

    /// Its thumbprint (RFC 7638), the `kid` on the wire.
    pub fn kid(&self) -> &str {
        &self.0.kid
    }

    /// The public part as it is published.
    pub fn public(&self, key_use: KeyUse) -> Value {
        let (purpose, alg) = match key_use {
            KeyUse::Encryption => ("enc", Some("RSA-OAEP-256")),
            // One key signs by several algorithms: naming one would forbid the others.
            KeyUse::Signing | KeyUse::Both => ("sig", None),
        };
        let mut jwk = json!({ "kty": "RSA", "use": purpose, "kid": self.0.kid, "n": self.0.n, "e": self.0.e });
        if let (Some(alg), Some(jwk)) = (alg, jwk.as_object_mut()) {
            jwk.insert("alg".to_owned(), alg.into());
        }
        jwk
    }

    /// Signs claims as a compact JWS.
    pub(crate) fn sign(&self, alg: AssertionAlg, claims: &Value) -> Result<String, UnusableKey> {
        let header = json!({ "alg": alg.as_str(), "typ": "JWT", "kid": self.0.kid });
        let mut jws = format!(
            "{}.{}",
            URL_SAFE_NO_PAD.encode(header.to_string()),
            URL_SAFE_NO_PAD.encode(claims.to_string())
        );
        let mut signature = vec![0; self.0.signer.public_modulus_len()];
        self.0
            .signer
            .sign(
                alg.encoding(),
                &SystemRandom::new(),
                jws.as_bytes(),
                &mut signature,
            )
            .map_err(|_| UnusableKey("it does not sign"))?;
        jws.push('.');
        URL_SAFE_NO_PAD.encode_string(&signature, &mut jws);
        Ok(jws)
    }

    /// The key that opens what others encrypted to us.
    pub(crate) fn decrypter(&self) -> &OaepPrivateDecryptingKey {
        &self.0.decrypter
    }
}

/// The key set that we publish at `/upstream/{provider}/jwks`.
pub(crate) fn document(keys: &[PublishedJoseKey]) -> Document {
    let keys: Vec<Value> = keys
        .iter()
        .map(|published| published.key.public(published.key_use))
        .collect();
    Document {
        name: "jwks",
        content_type: "application/jwk-set+json",
        body: json!({ "keys": keys }).to_string().into_bytes(),
    }
}

impl fmt::Debug for JoseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoseKey")
            .field("kid", &self.0.kid)
            .finish_non_exhaustive()
    }
}
