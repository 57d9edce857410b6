//! Tokens that a careless verifier takes (T2): by a public key as a shared secret, by nobody, or in an envelope.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwe::{JweHeader, RSA_OAEP_256};
use josekit::jwk::Jwk;
use openssl::bn::BigNum;
use openssl::ec::{EcGroup, EcKey};
use openssl::nid::Nid;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Rsa;
use serde_json::{Value, json};

use crate::broker::TestBroker;

/// The forms in which a verifier may hold the public key that everybody has: the text of the JWK, DER (`SubjectPublicKeyInfo`) and PEM.
pub fn forms(jwk: &str) -> [Vec<u8>; 3] {
    let public = public_key(&serde_json::from_str(jwk).unwrap());
    [
        jwk.as_bytes().to_vec(),
        public.public_key_to_der().unwrap(),
        public.public_key_to_pem().unwrap(),
    ]
}

/// Claims under an HMAC, once for each of these forms as its secret.
pub fn by_public_key(jwk: &str, claims: &Value) -> [String; 3] {
    let key: Value = serde_json::from_str(jwk).unwrap();
    let header = json!({ "alg": "HS256", "typ": "JWT", "kid": key["kid"] });
    forms(jwk).map(|secret| {
        let message = message(&header, claims);
        let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        let signature = hmac::sign(&secret, message.as_bytes());
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    })
}

/// Claims that nobody signed, under the name of a key or under none.
pub fn unsigned(kid: &str, claims: &Value) -> [String; 2] {
    [
        json!({ "alg": "none" }),
        json!({ "alg": "none", "typ": "JWT", "kid": kid }),
    ]
    .map(|header| format!("{}.", message(&header, claims)))
}

/// A token inside a JWE to an RSA key of the broker's own: what it says is right, and whoever opened it would find that.
pub async fn enveloped(broker: &TestBroker, token: &str) -> String {
    let published = published(broker).await;
    let published: Value = serde_json::from_str(&published).unwrap();
    let keys = published["keys"].as_array().unwrap();
    let rsa = keys.iter().find(|key| key["kty"] == "RSA").unwrap();
    let bare = json!({ "kty": "RSA", "n": rsa["n"], "e": rsa["e"] });
    let bare = Jwk::from_map(bare.as_object().unwrap().clone()).unwrap();
    let mut header = JweHeader::new();
    header.set_content_encryption("A256GCM");
    header.set_content_type("JWT");
    header.set_key_id(rsa["kid"].as_str().unwrap());
    let encrypter = RSA_OAEP_256.encrypter_from_jwk(&bare).unwrap();
    josekit::jwe::serialize_compact(token.as_bytes(), &header, &encrypter).unwrap()
}

/// The published key of the broker that this token names, letter by letter as it stands in the set.
pub async fn published_key(broker: &TestBroker, kid: &str) -> String {
    let published = published(broker).await;
    let at = published.find(&format!("\"{kid}\"")).unwrap();
    // A key has no objects inside.
    let (from, to) = (
        published[..at].rfind('{').unwrap(),
        at + published[at..].find('}').unwrap(),
    );
    published[from..=to].to_owned()
}

async fn published(broker: &TestBroker) -> String {
    let answer = reqwest::get(broker.at("/oauth2/jwks")).await.unwrap();
    answer.text().await.unwrap()
}

fn public_key(jwk: &Value) -> PKey<Public> {
    let number = |member: &str| {
        let octets = URL_SAFE_NO_PAD.decode(jwk[member].as_str().unwrap());
        BigNum::from_slice(&octets.unwrap()).unwrap()
    };
    if jwk["kty"] == "RSA" {
        let rsa = Rsa::from_public_components(number("n"), number("e"));
        PKey::from_rsa(rsa.unwrap()).unwrap()
    } else {
        let curve = EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
        let key = EcKey::from_public_key_affine_coordinates(&curve, &number("x"), &number("y"));
        PKey::from_ec_key(key.unwrap()).unwrap()
    }
}

fn message(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}
