//! The provider of these tests: answers are put there by the test, requests are kept for it.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use chrono::{TimeZone as _, Utc};
use josekit::jwe::alg::rsaes::RsaesJweAlgorithm;
use josekit::jwe::{JweHeader, RSA_OAEP, RSA_OAEP_256};
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jwk::{Jwk, KeyPair as _};
use josekit::jws::{ES256, ES512, HS256, JwsHeader, JwsSigner, PS512, RS256};
use outbound::{Outbound, OutboundConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use crate::answer::{Answer, Method};
use crate::departure::{Departure, Send};
use crate::oidc::keys::{JoseKey, JoseKeys, PublishedJoseKey};
use crate::provider::Timestamp;
use crate::saml::keys::KeyUse;

pub(crate) const CLIENT: &str = "city-identity";
pub(crate) const SUBJECT: &str = "7c1f0e5a-8c7d-4f5e-9b57-0d3c1c8f2a10";
pub(crate) const CODE: &str = "one-code";

/// A provider on a free port of this machine.
pub(crate) struct Op {
    pub(crate) issuer: String,
    said: Arc<Mutex<BTreeMap<String, Said>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

#[derive(Clone)]
struct Said {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

/// One request that came.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(crate) path: String,
    pub(crate) head: String,
    pub(crate) form: BTreeMap<String, String>,
}

/// Keys of the provider by their identifiers.
pub(crate) struct TestKeys {
    pub(crate) first: Jwk,
    pub(crate) second: Jwk,
    pub(crate) ec: Jwk,
    pub(crate) p521: Jwk,
}

/// RSA keys take their time: made once.
pub(crate) static KEYS: LazyLock<TestKeys> = LazyLock::new(|| {
    let named = |mut key: Jwk, kid: &str| {
        key.set_key_id(kid);
        key
    };
    TestKeys {
        first: named(Jwk::generate_rsa_key(2048).unwrap(), "first"),
        second: named(Jwk::generate_rsa_key(2048).unwrap(), "second"),
        ec: named(Jwk::generate_ec_key(EcCurve::P256).unwrap(), "ec"),
        p521: named(Jwk::generate_ec_key(EcCurve::P521).unwrap(), "p521"),
    }
});

/// The broker's keys.
#[derive(Debug)]
pub(crate) struct Own(Vec<JoseKey>);

/// One of ours, as josekit knows it.
pub(crate) static OWN: LazyLock<[Jwk; 2]> =
    LazyLock::new(|| [0, 1].map(|_| Jwk::generate_rsa_key(2048).unwrap()));

impl Own {
    pub(crate) fn keys() -> Arc<dyn JoseKeys> {
        let keys = OWN.iter().map(|key| {
            let pair = RsaKeyPair::from_jwk(key).unwrap();
            JoseKey::parse(&pair.to_der_private_key()).unwrap()
        });
        Arc::new(Self(keys.collect()))
    }
}

impl JoseKeys for Own {
    fn signing(&self) -> Option<JoseKey> {
        self.0.first().cloned()
    }

    fn decryption(&self) -> Vec<JoseKey> {
        self.0.clone()
    }

    fn published(&self) -> Vec<PublishedJoseKey> {
        let published = |key: &JoseKey, key_use| PublishedJoseKey {
            key: key.clone(),
            key_use,
        };
        self.0
            .iter()
            .flat_map(|key| {
                [
                    published(key, KeyUse::Signing),
                    published(key, KeyUse::Encryption),
                ]
            })
            .collect()
    }
}

pub(crate) fn now() -> Timestamp {
    Utc.with_ymd_and_hms(2026, 11, 24, 9, 0, 0).unwrap()
}

/// A client of the house that may reach this machine.
pub(crate) fn outbound() -> Outbound {
    let config = OutboundConfig {
        allow: vec!["127.0.0.0/8".to_owned()],
        ..OutboundConfig::default()
    };
    Outbound::new(&config).unwrap()
}

impl Op {
    /// Starts one whose issuer is its address and this path (`/`, ``, `/bank_id/`).
    pub(crate) async fn start(path: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let op = Self {
            issuer: format!("{root}{path}"),
            said: Arc::default(),
            asked: Arc::default(),
        };
        let (said, asked) = (Arc::clone(&op.said), Arc::clone(&op.asked));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&said), Arc::clone(&asked)));
            }
        });
        op.say_json(".well-known/openid-configuration", &op.discovery());
        op.say_json(
            "jwks",
            &json!({ "keys": [public(&KEYS.first), public(&KEYS.ec)] }),
        );
        op
    }

    /// A provider nobody answers at.
    pub(crate) fn away() -> Self {
        Self {
            issuer: "http://127.0.0.1:1".to_owned(),
            said: Arc::default(),
            asked: Arc::default(),
        }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("{}/{path}", self.issuer.trim_end_matches('/'))
    }

    pub(crate) fn discovery(&self) -> Value {
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": self.at("auth"),
            "token_endpoint": self.at("token"),
            "userinfo_endpoint": self.at("userinfo"),
            "profile_endpoint": self.at("profile"),
            "jwks_uri": self.at("jwks"),
            "end_session_endpoint": self.at("logout"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
            "code_challenge_methods_supported": ["S256"],
        })
    }

    pub(crate) fn say(&self, path: &str, status: u16, content_type: &'static str, body: &str) {
        let path = Url::parse(&self.at(path)).unwrap().path().to_owned();
        let said = Said {
            status,
            content_type,
            body: body.as_bytes().to_vec(),
        };
        self.said.lock().unwrap().insert(path, said);
    }

    pub(crate) fn say_json(&self, path: &str, body: &Value) {
        self.say(path, 200, "application/json", &body.to_string());
    }

    /// Changes what an address answers, if it answers JSON.
    pub(crate) fn change(&self, path: &str, change: impl FnOnce(&mut Value)) {
        let path = Url::parse(&self.at(path)).unwrap().path().to_owned();
        let mut said = self.said.lock().unwrap();
        if let Some(said) = said.get_mut(&path) {
            let mut body = serde_json::from_slice(&said.body).unwrap();
            change(&mut body);
            said.body = body.to_string().into_bytes();
        }
    }

    /// The token endpoint gives this ID token.
    pub(crate) fn give(&self, id_token: &str) {
        self.say_json(
            "token",
            &json!({ "access_token": "an-access-token", "token_type": "Bearer", "expires_in": 3600, "id_token": id_token }),
        );
    }

    /// Requests to a path, in order.
    pub(crate) fn asked(&self, path: &str) -> Vec<Asked> {
        let path = Url::parse(&self.at(path)).unwrap().path().to_owned();
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .filter(|asked| asked.path == path)
            .cloned()
            .collect()
    }

    /// The claims of a good ID token for a departure.
    pub(crate) fn claims(&self, departure: &Departure) -> Value {
        json!({
            "iss": self.issuer, "sub": SUBJECT, "aud": CLIENT,
            "iat": now().timestamp(), "exp": now().timestamp() + 600, "auth_time": now().timestamp(),
            "nonce": sent(departure)["nonce"], "acr": "loa3",
        })
    }
}

/// What the browser carries away.
pub(crate) fn sent(departure: &Departure) -> BTreeMap<String, String> {
    let Send::Redirect(url) = &departure.send else {
        panic!("sent by redirect")
    };
    url.query_pairs().into_owned().collect()
}

/// The browser comes back with these parameters.
pub(crate) fn back(parameters: &[(&str, &str)]) -> Answer {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    Answer {
        method: Method::Get,
        query: query.into_bytes(),
        body: Vec::new(),
        content_type: None,
        from: None,
    }
}

/// The browser comes back with the code.
pub(crate) fn with_code(departure: &Departure) -> Answer {
    back(&[("code", CODE), ("state", departure.correlation.as_str())])
}

/// The provider itself posts a form.
pub(crate) fn pushed(field: &str, value: &str) -> Answer {
    let body = url::form_urlencoded::Serializer::new(String::new())
        .append_pair(field, value)
        .finish();
    Answer {
        method: Method::Post,
        query: Vec::new(),
        body: body.into_bytes(),
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        from: None,
    }
}

/// A key as the provider publishes it.
pub(crate) fn public(key: &Jwk) -> Value {
    let mut public = serde_json::to_value(key.to_public_key().unwrap()).unwrap();
    let object = public.as_object_mut().unwrap();
    object.insert("kid".to_owned(), key.key_id().unwrap().into());
    object.remove("alg");
    object.remove("key_ops");
    public
}

/// Signs by RS256.
pub(crate) fn signed(key: &Jwk, claims: &Value) -> String {
    sign(
        &RS256.signer_from_jwk(&bare(key)).unwrap(),
        Some(key),
        claims,
    )
}

/// Signs by another algorithm.
pub(crate) fn signed_by(alg: &str, key: &Jwk, claims: &Value) -> String {
    let bare = bare(key);
    let signer: Box<dyn JwsSigner> = match alg {
        "PS512" => Box::new(PS512.signer_from_jwk(&bare).unwrap()),
        "ES256" => Box::new(ES256.signer_from_jwk(&bare).unwrap()),
        "ES512" => Box::new(ES512.signer_from_jwk(&bare).unwrap()),
        other => panic!("{other}"),
    };
    sign(&*signer, Some(key), claims)
}

/// The provider's public key as a shared secret, the oldest trick: once for each form in which a careless verifier may hold it, the
/// text of the JWK, DER and PEM.
pub(crate) fn keyed_by_public(key: &Jwk, claims: &Value) -> [String; 3] {
    let (der, pem) = if key.key_type() == "RSA" {
        let pair = RsaKeyPair::from_jwk(key).unwrap();
        (pair.to_der_public_key(), pair.to_pem_public_key())
    } else {
        let pair = EcKeyPair::from_jwk(key).unwrap();
        (pair.to_der_public_key(), pair.to_pem_public_key())
    };
    [public(key).to_string().into_bytes(), der, pem].map(|secret| {
        let signer = HS256.signer_from_bytes(secret).unwrap();
        sign(&signer, Some(key), claims)
    })
}

/// Signs by RS256 with a header of the test's.
pub(crate) fn signed_under(key: &Jwk, header: &Value, claims: &Value) -> String {
    let header = JwsHeader::from_map(header.as_object().unwrap().clone()).unwrap();
    let signer = RS256.signer_from_jwk(&bare(key)).unwrap();
    josekit::jws::serialize_compact(claims.to_string().as_bytes(), &header, &signer).unwrap()
}

fn sign(signer: &dyn JwsSigner, key: Option<&Jwk>, claims: &Value) -> String {
    let mut header = JwsHeader::new();
    header.set_token_type("JWT");
    if let Some(kid) = key.and_then(Jwk::key_id) {
        header.set_key_id(kid);
    }
    josekit::jws::serialize_compact(claims.to_string().as_bytes(), &header, signer).unwrap()
}

/// Without an identifier, which josekit would put into the header by itself.
fn bare(key: &Jwk) -> Jwk {
    let mut map = key.as_ref().clone();
    map.remove("kid");
    map.remove("alg");
    Jwk::from_map(map).unwrap()
}

/// Encrypts to a key of ours.
pub(crate) fn encrypted(key: &Jwk, alg: RsaesJweAlgorithm, enc: &str, plain: &str) -> String {
    sealed(key, alg, enc, None, plain)
}

/// The same, deflated before.
pub(crate) fn compressed(key: &Jwk, alg: RsaesJweAlgorithm, enc: &str, plain: &str) -> String {
    sealed(key, alg, enc, Some("DEF"), plain)
}

fn sealed(key: &Jwk, alg: RsaesJweAlgorithm, enc: &str, zip: Option<&str>, plain: &str) -> String {
    let mut header = JweHeader::new();
    header.set_content_encryption(enc);
    if let Some(zip) = zip {
        header.set_compression(zip);
    }
    header.set_content_type("JWT");
    let encrypter = alg
        .encrypter_from_jwk(&bare(&key.to_public_key().unwrap()))
        .unwrap();
    josekit::jwe::serialize_compact(plain.as_bytes(), &header, &encrypter).unwrap()
}

pub(crate) const OAEP_256: RsaesJweAlgorithm = RSA_OAEP_256;
pub(crate) const OAEP: RsaesJweAlgorithm = RSA_OAEP;

async fn answer(
    mut stream: TcpStream,
    said: Arc<Mutex<BTreeMap<String, Said>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
) {
    let mut request = Vec::new();
    let mut buffer = vec![0; 8192];
    let (head, body) = loop {
        let read = stream.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return;
        }
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head
            .lines()
            .find_map(|line| {
                line.to_ascii_lowercase()
                    .strip_prefix("content-length:")?
                    .trim()
                    .parse()
                    .ok()
            })
            .unwrap_or(0);
        if body.len() >= length {
            break (head.to_owned(), body.to_owned());
        }
    };
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let path = path.split('?').next().unwrap_or_default().to_owned();
    let form = url::form_urlencoded::parse(body.as_bytes())
        .into_owned()
        .collect();
    asked.lock().unwrap().push(Asked {
        path: path.clone(),
        head,
        form,
    });
    let said = said.lock().unwrap().get(&path).cloned().unwrap_or(Said {
        status: 404,
        content_type: "text/plain",
        body: Vec::new(),
    });
    let head = format!(
        "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        said.status,
        said.content_type,
        said.body.len()
    );
    let _ = stream
        .write_all(&[head.as_bytes(), &said.body].concat())
        .await;
    let _ = stream.shutdown().await;
}
