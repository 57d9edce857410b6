//! The HTTP-Redirect binding: the message deflated into the query, the signature beside it over the exact octets.

use std::io::Write as _;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PKCS1_SHA256, RsaParameters, UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::write::DeflateEncoder;
use flate2::{Compression, Decompress, FlushDecompress, Status};
use url::Url;

use super::keys::{SamlKeyPair, UnusableKey};
use super::names::{RSA_SHA256, RSA_SHA384, RSA_SHA512};
use super::post::RELAY_STATE_LIMIT;
use super::scan::MESSAGE;
use super::signature::Trust;
use crate::provider::Timestamp;
use crate::refusal::Refusal;

/// The longest query we look at.
const QUERY_LIMIT: usize = 64 * 1024;

/// Which message a query carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Parameter {
    /// `SAMLRequest`.
    Request,
    /// `SAMLResponse`.
    Response,
}

/// A message in a query, not yet verified.
pub(crate) struct Query<'q> {
    pub(crate) parameter: Parameter,
    pub(crate) relay_state: Option<String>,
    message: String,
    signed: Option<Signed<'q>>,
}

/// What a detached signature covers: the octets from the message to `SigAlg` as they came.
struct Signed<'q> {
    octets: &'q [u8],
    algorithm: String,
    signature: Vec<u8>,
}

/// The address that carries a signed message away. Its query is final: a signature covers its octets.
pub(crate) fn address(
    location: &Url,
    parameter: Parameter,
    xml: &str,
    relay_state: Option<&str>,
    key: &SamlKeyPair,
) -> Result<Url, UnusableKey> {
    let mut signed = format!(
        "{}={}",
        parameter.name(),
        escape(&STANDARD.encode(deflate(xml)?))
    );
    if let Some(relay_state) = relay_state {
        signed.push_str("&RelayState=");
        signed.push_str(&escape(relay_state));
    }
    signed.push_str("&SigAlg=");
    signed.push_str(&escape(RSA_SHA256));
    let mut signature = vec![0; key.signer().public_modulus_len()];
    key.signer()
        .sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            signed.as_bytes(),
            &mut signature,
        )
        .map_err(|_| UnusableKey("the key cannot sign"))?;
    let query = format!("{signed}&Signature={}", escape(&STANDARD.encode(signature)));
    let mut address = location.clone();
    let query = match location.query() {
        Some(own) if !own.is_empty() => format!("{own}&{query}"),
        _ => query,
    };
    address.set_query(Some(&query));
    Ok(address)
}

impl<'q> Query<'q> {
    /// Takes a raw query apart. Names must be written plainly; each may come once; the signed ones stand in the order in
    /// which they were signed, next to each other.
    pub(crate) fn read(raw: &'q [u8]) -> Result<Self, Refusal> {
        if raw.len() > QUERY_LIMIT {
            return Err(Refusal::TooLarge);
        }
        let mut found: Vec<(Name, Part<'q>)> = Vec::new();
        for part in Part::all(raw) {
            let Some(name) = Name::of(&part)? else {
                continue;
            };
            if found.iter().any(|(known, _)| known.collides(name)) {
                return Err(Refusal::ParameterRepeated);
            }
            found.push((name, part));
        }
        let get = |name: Name| {
            found
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, part)| part)
        };
        let (parameter, message) = match (get(Name::Request), get(Name::Response)) {
            (Some(part), None) => (Parameter::Request, part),
            (None, Some(part)) => (Parameter::Response, part),
            _ => return Err(Refusal::MessageMissing),
        };
        let relay_state = get(Name::RelayState).map(Part::value).transpose()?;
        if relay_state
            .as_ref()
            .is_some_and(|value| value.len() > RELAY_STATE_LIMIT)
        {
            return Err(Refusal::RelayStateMalformed);
        }
        let signed = match (get(Name::SigAlg), get(Name::Signature)) {
            (None, None) => None,
            (Some(algorithm), Some(signature)) => {
                check_order(&found)?;
                let octets = raw
                    .get(message.start..algorithm.end)
                    .ok_or(Refusal::QueryOrder)?;
                let signature = STANDARD
                    .decode(signature.value()?)
                    .map_err(|_| Refusal::BadBase64)?;
                Some(Signed {
                    octets,
                    algorithm: algorithm.value()?,
                    signature,
                })
            }
            _ => return Err(Refusal::QueryParameterMissing),
        };
        Ok(Self {
            parameter,
            relay_state,
            message: message.value()?,
            signed,
        })
    }

    /// Whether a signature is there. It is not verified by that.
    pub(crate) const fn has_signature(&self) -> bool {
        self.signed.is_some()
    }

    /// Verifies the detached signature with a key of the provider's.
    pub(crate) fn verify(&self, trust: &Trust, now: Timestamp) -> Result<(), Refusal> {
        let signed = self.signed.as_ref().ok_or(Refusal::LogoutUnsigned)?;
        let algorithm = verification(&signed.algorithm)?;
        let certificate = trust
            .certificates()
            .iter()
            .filter(|certificate| certificate.is_rsa())
            .find(|certificate| {
                let key = UnparsedPublicKey::new(algorithm, certificate.public_key());
                key.verify(signed.octets, &signed.signature).is_ok()
            })
            .ok_or(Refusal::SignatureMismatch)?;
        trust.valid_at(certificate.fingerprint(), now)
    }

    /// The XML.
    pub(crate) fn xml(&self) -> Result<String, Refusal> {
        let compact: String = self
            .message
            .chars()
            .filter(|c| !matches!(c, '\r' | '\n'))
            .collect();
        let deflated = STANDARD.decode(compact).map_err(|_| Refusal::BadBase64)?;
        String::from_utf8(inflate(&deflated)?).map_err(|_| Refusal::NotUtf8)
    }
}

impl Parameter {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Request => "SAMLRequest",
            Self::Response => "SAMLResponse",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    Request,
    Response,
    RelayState,
    SigAlg,
    Signature,
}

/// One `name=value` of a query, with its place in it.
struct Part<'q> {
    name: &'q [u8],
    value: &'q [u8],
    start: usize,
    end: usize,
}

impl<'q> Part<'q> {
    fn all(raw: &'q [u8]) -> impl Iterator<Item = Self> {
        let mut start = 0;
        raw.split(|octet| *octet == b'&').map(move |part| {
            let end = start + part.len();
            let at = part
                .iter()
                .position(|octet| *octet == b'=')
                .unwrap_or(part.len());
            let (name, value) = part.split_at_checked(at).unwrap_or((part, &[]));
            let found = Self {
                name,
                value: value.get(1..).unwrap_or_default(),
                start,
                end,
            };
            start = end + 1;
            found
        })
    }

    fn value(&self) -> Result<String, Refusal> {
        unescape(self.value)
    }
}

impl Name {
    /// The name of a parameter we know. One that only becomes such a name by decoding is refused.
    fn of(part: &Part<'_>) -> Result<Option<Self>, Refusal> {
        let named = |name: &str| match name {
            "SAMLRequest" => Some(Self::Request),
            "SAMLResponse" => Some(Self::Response),
            "RelayState" => Some(Self::RelayState),
            "SigAlg" => Some(Self::SigAlg),
            "Signature" => Some(Self::Signature),
            _ => None,
        };
        let plain = std::str::from_utf8(part.name).ok().and_then(named);
        let decoded = unescape(part.name).ok().and_then(|name| named(&name));
        if plain == decoded {
            Ok(plain)
        } else {
            Err(Refusal::ParameterRepeated)
        }
    }

    /// Whether two parameters cannot stand in one query.
    fn collides(self, other: Self) -> bool {
        let message = |name| matches!(name, Self::Request | Self::Response);
        self == other || (message(self) && message(other))
    }
}

/// Message, RelayState if there is one, SigAlg: in this order and next to each other, as they were signed.
fn check_order(found: &[(Name, Part<'_>)]) -> Result<(), Refusal> {
    let signed: Vec<_> = found
        .iter()
        .filter(|(name, _)| *name != Name::Signature)
        .collect();
    let ordered = match signed.as_slice() {
        [
            (Name::Request | Name::Response, message),
            (Name::SigAlg, algorithm),
        ] => message.end + 1 == algorithm.start,
        [
            (Name::Request | Name::Response, message),
            (Name::RelayState, state),
            (Name::SigAlg, algorithm),
        ] => message.end + 1 == state.start && state.end + 1 == algorithm.start,
        _ => false,
    };
    if ordered {
        Ok(())
    } else {
        Err(Refusal::QueryOrder)
    }
}

fn verification(algorithm: &str) -> Result<&'static RsaParameters, Refusal> {
    match algorithm {
        RSA_SHA256 => Ok(&RSA_PKCS1_2048_8192_SHA256),
        RSA_SHA384 => Ok(&RSA_PKCS1_2048_8192_SHA384),
        RSA_SHA512 => Ok(&RSA_PKCS1_2048_8192_SHA512),
        _ => Err(Refusal::SignatureAlgorithmForbidden),
    }
}

/// Writes a value for a query so that no URL library has a reason to write it differently.
fn escape(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for octet in value.bytes() {
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            escaped.push(char::from(octet));
        } else {
            escaped.push('%');
            for half in [octet >> 4, octet & 15] {
                escaped.push(
                    char::from_digit(u32::from(half), 16)
                        .unwrap_or('0')
                        .to_ascii_uppercase(),
                );
            }
        }
    }
    escaped
}

/// Reads a value of a query: `%xx` and `+`, strictly.
fn unescape(value: &[u8]) -> Result<String, Refusal> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.iter();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let mut half = || {
                    rest.next()
                        .and_then(|digit| char::from(*digit).to_digit(16))
                        .and_then(|digit| u8::try_from(digit).ok())
                };
                match (half(), half()) {
                    (Some(high), Some(low)) => high * 16 + low,
                    _ => return Err(Refusal::BadBase64),
                }
            }
            b'+' => b' ',
            other => *other,
        });
    }
    String::from_utf8(octets).map_err(|_| Refusal::NotUtf8)
}

fn deflate(xml: &str) -> Result<Vec<u8>, UnusableKey> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(xml.as_bytes())
        .and_then(|()| encoder.finish())
        .map_err(|_| UnusableKey("the message cannot be deflated"))
}

/// Inflates a raw deflate stream up to the limit of a message, and not an octet further.
fn inflate(deflated: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut inflater = Decompress::new(false);
    let mut inflated = Vec::with_capacity(MESSAGE.octets + 1);
    let status = inflater
        .decompress_vec(deflated, &mut inflated, FlushDecompress::Finish)
        .map_err(|_| Refusal::BadDeflate)?;
    if inflated.len() > MESSAGE.octets {
        return Err(Refusal::InflatesTooFar);
    }
    let whole = usize::try_from(inflater.total_in()).is_ok_and(|read| read == deflated.len());
    match status {
        Status::StreamEnd if whole => Ok(inflated),
        _ => Err(Refusal::BadDeflate),
    }
}
