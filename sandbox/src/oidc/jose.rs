//! Signing and encrypting by josekit.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::JoseError;
use josekit::jwe::{self, JweEncrypter, JweHeader};
use josekit::jwk::Jwk;
use josekit::jws::{self, JwsHeader, JwsSigner, JwsVerifier};
use serde_json::{Map, Value, json};

use super::draft::{Algorithm, Draft, Signer};
use super::keys::{self, Key, Keys};
use crate::error::Failure;

/// Writes a message as its draft wants it.
pub fn sign(draft: &Draft, keys: &Keys) -> Result<String, Failure> {
    let payload = serde_json::to_vec(&draft.claims)?;
    let own = keys.signing();
    let key = match draft.signer {
        Signer::Own => own.clone(),
        Signer::Stranger => keys.stranger(),
    };

    let mut header = Map::new();
    if draft.names_stranger {
        header.insert("kid".to_owned(), json!(key.name));
        header.insert("jwk".to_owned(), keys::public(&key.jwk)?);
    } else if draft.names_key {
        header.insert("kid".to_owned(), json!(own.name));
    }
    if let Some(kind) = draft.kind {
        header.insert("typ".to_owned(), json!(kind));
    }
    if draft.critical {
        header.insert("crit".to_owned(), json!(["sandbox"]));
        header.insert("sandbox".to_owned(), json!(true));
    }
    if draft.algorithm == Algorithm::None {
        header.insert("alg".to_owned(), json!("none"));
        let header = serde_json::to_vec(&header)?;
        return Ok(format!(
            "{}.{}.",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        ));
    }

    let signer = signer(draft, &key)?;
    let header = JwsHeader::from_map(header)?;
    let written = jws::serialize_compact(&payload, &header, signer.as_ref())?;
    Ok(if draft.damaged {
        damaged(&written)
    } else {
        written
    })
}

fn signer(draft: &Draft, key: &Key) -> Result<Box<dyn JwsSigner>, JoseError> {
    Ok(match draft.algorithm {
        Algorithm::Ps512 => Box::new(jws::PS512.signer_from_jwk(&key.jwk)?),
        Algorithm::Hs256 => {
            let modulus = key.jwk.parameter("n").and_then(Value::as_str);
            let secret = draft.secret.as_deref().filter(|text| text.len() >= 32);
            let secret = secret.or(modulus).unwrap_or_default();
            Box::new(jws::HS256.signer_from_bytes(secret)?)
        }
        Algorithm::Rs256 | Algorithm::None => Box::new(jws::RS256.signer_from_jwk(&key.jwk)?),
    })
}

/// One bit of the signature is another one; what is signed stays as it was.
fn damaged(written: &str) -> String {
    let Some((signed, signature)) = written.rsplit_once('.') else {
        return written.to_owned();
    };
    let mut bytes = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
    if let Some(byte) = bytes.get_mut(10) {
        *byte ^= 1;
    }
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
}

/// How a message is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum KeyTransport {
    /// RSA-OAEP with SHA-1.
    #[serde(rename = "RSA-OAEP")]
    Oaep,
    /// RSA-OAEP with SHA-256.
    #[default]
    #[serde(rename = "RSA-OAEP-256")]
    Oaep256,
    /// Diffie and Hellman on an elliptic curve.
    #[serde(rename = "ECDH-ES")]
    EcdhEs,
    /// The old way, broken since 1998.
    #[serde(rename = "RSA1_5")]
    Rsa15,
}

impl KeyTransport {
    /// `kty` of the keys it takes.
    pub fn key_type(self) -> &'static str {
        match self {
            Self::EcdhEs => "EC",
            _ => "RSA",
        }
    }
}

/// Encrypts a message for the holder of a public key. `nested` says that a signed message is inside.
pub fn encrypt(
    message: &str,
    recipient: &Jwk,
    transport: KeyTransport,
    nested: bool,
) -> Result<String, Failure> {
    let mut recipient = recipient.clone();
    let name = recipient.key_id().map(str::to_owned);
    // The reader chose the algorithm at registration; what its key set says of it is not asked again.
    for member in ["alg", "use", "key_ops", "kid"] {
        recipient.set_parameter(member, None)?;
    }
    let mut header = JweHeader::new();
    header.set_content_encryption("A256GCM");
    if nested {
        header.set_content_type("JWT");
    }
    if let Some(name) = name {
        header.set_key_id(name);
    }
    let encrypter = encrypter(transport, &recipient)?;
    Ok(jwe::serialize_compact(
        message.as_bytes(),
        &header,
        encrypter.as_ref(),
    )?)
}

#[expect(
    deprecated,
    reason = "a careful reader must refuse the old way, so it has to be offered"
)]
fn encrypter(transport: KeyTransport, recipient: &Jwk) -> Result<Box<dyn JweEncrypter>, JoseError> {
    Ok(match transport {
        KeyTransport::Oaep => Box::new(jwe::RSA_OAEP.encrypter_from_jwk(recipient)?),
        KeyTransport::Oaep256 => Box::new(jwe::RSA_OAEP_256.encrypter_from_jwk(recipient)?),
        KeyTransport::EcdhEs => Box::new(jwe::ECDH_ES.encrypter_from_jwk(recipient)?),
        KeyTransport::Rsa15 => Box::new(jwe::RSA1_5.encrypter_from_jwk(recipient)?),
    })
}

/// The claims of a message, if one of these keys signed it by an algorithm of this list.
pub fn verify(message: &str, keys: &[Jwk], allowed: &[&str]) -> Option<Map<String, Value>> {
    let (header, _) = message.split_once('.')?;
    let header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let algorithm = header.get("alg")?.as_str()?;
    if !allowed.contains(&algorithm) {
        return None;
    }
    let name = header.get("kid").and_then(Value::as_str);
    keys.iter()
        .filter(|key| name.is_none() || key.key_id().is_none() || key.key_id() == name)
        .filter_map(|key| verifier(algorithm, key))
        .find_map(|verifier| {
            let (payload, _) = jws::deserialize_compact(message, verifier.as_ref()).ok()?;
            serde_json::from_slice(&payload).ok()
        })
}

fn verifier(algorithm: &str, key: &Jwk) -> Option<Box<dyn JwsVerifier>> {
    Some(match algorithm {
        "RS256" => Box::new(jws::RS256.verifier_from_jwk(key).ok()?),
        "RS512" => Box::new(jws::RS512.verifier_from_jwk(key).ok()?),
        "PS512" => Box::new(jws::PS512.verifier_from_jwk(key).ok()?),
        "ES512" => Box::new(jws::ES512.verifier_from_jwk(key).ok()?),
        "HS256" => Box::new(jws::HS256.verifier_from_jwk(key).ok()?),
        "HS512" => Box::new(jws::HS512.verifier_from_jwk(key).ok()?),
        _ => return None,
    })
}
