//! JSON signed by OpenSSL, with headers as honest or as strange as a test wants them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::{Padding, Rsa};
use openssl::sign::{RsaPssSaltlen, Signer};
use serde_json::{Value, json};

/// A key pair with a name.
#[derive(Debug, Clone)]
pub struct Key {
    kid: String,
    pair: PKey<Private>,
}

impl Key {
    /// A fresh RSA key.
    pub fn new(kid: &str) -> Self {
        Self {
            kid: kid.to_owned(),
            pair: PKey::from_rsa(Rsa::generate(2048).unwrap()).unwrap(),
        }
    }

    /// The public half, as a key set publishes it.
    pub fn jwk(&self) -> Value {
        let rsa = self.pair.rsa().unwrap();
        let number = |n: &openssl::bn::BigNumRef| URL_SAFE_NO_PAD.encode(n.to_vec());
        json!({"kty": "RSA", "use": "sig", "alg": "RS256", "kid": self.kid, "n": number(rsa.n()), "e": number(rsa.e())})
    }

    /// Signs by RS256 under this key's name.
    pub fn sign(&self, typ: &str, claims: &Value) -> String {
        self.sign_as(
            &json!({"alg": "RS256", "typ": typ, "kid": self.kid}),
            claims,
        )
    }

    /// Signs by RS256 whatever the header says.
    pub fn sign_as(&self, header: &Value, claims: &Value) -> String {
        let text = text(header, claims);
        let mut signer = Signer::new(MessageDigest::sha256(), &self.pair).unwrap();
        signer.update(text.as_bytes()).unwrap();
        format!(
            "{text}.{}",
            URL_SAFE_NO_PAD.encode(signer.sign_to_vec().unwrap())
        )
    }

    /// Signs by PS512 whatever the header says.
    pub fn sign_ps512_as(&self, header: &Value, claims: &Value) -> String {
        let text = text(header, claims);
        let mut signer = Signer::new(MessageDigest::sha512(), &self.pair).unwrap();
        signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
        signer
            .set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH)
            .unwrap();
        signer.set_rsa_mgf1_md(MessageDigest::sha512()).unwrap();
        signer.update(text.as_bytes()).unwrap();
        format!(
            "{text}.{}",
            URL_SAFE_NO_PAD.encode(signer.sign_to_vec().unwrap())
        )
    }

    /// An HMAC keyed by the public half: what a careless verifier takes for a signature.
    pub fn confuse(&self, claims: &Value) -> String {
        let public = self.pair.public_key_to_pem().unwrap();
        hmac(
            &public,
            &json!({"alg": "HS256", "typ": "JWT", "kid": self.kid}),
            claims,
        )
    }
}

/// An HMAC keyed by a secret both sides know.
pub fn hmac(secret: &[u8], header: &Value, claims: &Value) -> String {
    let text = text(header, claims);
    let key = PKey::hmac(secret).unwrap();
    let mut signer = Signer::new(MessageDigest::sha256(), &key).unwrap();
    signer.update(text.as_bytes()).unwrap();
    format!(
        "{text}.{}",
        URL_SAFE_NO_PAD.encode(signer.sign_to_vec().unwrap())
    )
}

/// `alg: none`
pub fn unsigned(typ: &str, claims: &Value) -> String {
    format!("{}.", text(&json!({"alg": "none", "typ": typ}), claims))
}

fn text(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
