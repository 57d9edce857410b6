//! Compact JWS (RFC 7515) as others send it: refused for whatever is not plainly one signature over one payload.

use std::collections::HashSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::{Alg, PublicKey};

/// Octets a JWS may have; larger ones are not looked at.
const LONGEST: usize = 16 * 1024;

/// A JWS taken apart, its signature not verified yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    /// The algorithm its header names.
    pub alg: Alg,
    /// The key its header names.
    pub kid: Option<String>,
    /// The type its header names.
    pub typ: Option<String>,
    claims: Map<String, Value>,
    message: &'a [u8],
    signature: Vec<u8>,
}

/// Why something is not a JWS that we take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not three parts of base64url holding two JSON objects.
    #[error("not a compact JWS")]
    Shape,
    /// `none`, symmetric, or unknown.
    #[error("the algorithm is not accepted")]
    Algorithm,
    /// A header that would change how the rest is read: `crit`, `zip`, `enc`, `b64`, an embedded key or its address.
    #[error("the header has a member that is not accepted")]
    Header,
}

impl<'a> Unverified<'a> {
    /// Takes a JWS apart.
    pub fn parse(jws: &'a str) -> Result<Self, Malformed> {
        if jws.len() > LONGEST {
            return Err(Malformed::Shape);
        }
        let (message, signature) = jws.rsplit_once('.').ok_or(Malformed::Shape)?;
        let (header, payload) = message.split_once('.').ok_or(Malformed::Shape)?;
        let header = object(header)?;
        if ["crit", "zip", "enc", "b64", "jwk", "jku", "x5u", "x5c"]
            .iter()
            .any(|member| header.contains_key(*member))
        {
            return Err(Malformed::Header);
        }
        let alg = header
            .get("alg")
            .and_then(Value::as_str)
            .and_then(Alg::parse)
            .ok_or(Malformed::Algorithm)?;
        let member = |name| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(Malformed::Header),
        };
        Ok(Self {
            alg,
            kid: member("kid")?,
            typ: member("typ")?,
            claims: object(payload)?,
            message: message.as_bytes(),
            signature: URL_SAFE_NO_PAD
                .decode(signature)
                .map_err(|_| Malformed::Shape)?,
        })
    }

    /// What the payload says, unproved: good for finding out whose key to ask.
    pub const fn claimed(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// The claims, once `key` is shown to have signed them.
    pub fn verified_by(&self, key: &PublicKey) -> Option<&Map<String, Value>> {
        key.verifies(self.alg, self.message, &self.signature)
            .then_some(&self.claims)
    }
}

fn object(part: &str) -> Result<Map<String, Value>, Malformed> {
    let octets = URL_SAFE_NO_PAD.decode(part).map_err(|_| Malformed::Shape)?;
    strict_object(&octets).ok_or(Malformed::Shape)
}

/// Reads a JSON object in which no member stands twice, at any depth.
pub fn strict_object(octets: &[u8]) -> Option<Map<String, Value>> {
    match serde_json::from_slice::<Strict>(octets).ok()?.0 {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

/// Any JSON value, refused when an object in it has a member twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Strict;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("JSON without doubled members")
            }
            fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }
            fn visit_unit<E>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }
            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<Strict, A::Error> {
                let mut values = Vec::new();
                while let Some(Strict(value)) = seq.next_element()? {
                    values.push(value);
                }
                Ok(Strict(values.into()))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Strict, A::Error> {
                let (mut map, mut seen) = (Map::new(), HashSet::new());
                while let Some((name, Strict(value))) = access.next_entry::<String, Strict>()? {
                    if !seen.insert(name.clone()) {
                        return Err(A::Error::custom("a member stands twice"));
                    }
                    map.insert(name, value);
                }
                Ok(Strict(map.into()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jws(header: &str, payload: &str) -> String {
        format!(
            "{}.{}.AAAA",
            URL_SAFE_NO_PAD.encode(header),
            URL_SAFE_NO_PAD.encode(payload)
        )
    }

    #[test]
    fn what_would_change_the_reading_is_refused() {
        let refused = |header: &str| Unverified::parse(&jws(header, "{}")).unwrap_err();

        assert_eq!(refused(r#"{"alg":"none"}"#), Malformed::Algorithm);
        assert_eq!(refused(r#"{"alg":"HS256"}"#), Malformed::Algorithm);
        assert_eq!(refused(r#"{"typ":"JWT"}"#), Malformed::Algorithm);
        assert_eq!(
            refused(r#"{"alg":"RS256","crit":["exp"]}"#),
            Malformed::Header
        );
        assert_eq!(refused(r#"{"alg":"RS256","zip":"DEF"}"#), Malformed::Header);
        assert_eq!(
            refused(r#"{"alg":"RS256","enc":"A256GCM"}"#),
            Malformed::Header
        );
        assert_eq!(refused(r#"{"alg":"RS256","jwk":{}}"#), Malformed::Header);
        assert_eq!(refused(r#"{"alg":"RS256","kid":7}"#), Malformed::Header);
        assert_eq!(refused(r#"{"alg":"RS256","alg":"none"}"#), Malformed::Shape);
    }

    #[test]
    fn five_parts_padding_and_doubled_members_are_no_jws() {
        assert_eq!(
            Unverified::parse("a.b.c.d.e").unwrap_err(),
            Malformed::Shape
        );
        assert_eq!(Unverified::parse("").unwrap_err(), Malformed::Shape);
        let doubled = jws(r#"{"alg":"RS256"}"#, r#"{"a":{"sub":"a","sub":"b"}}"#);
        assert_eq!(Unverified::parse(&doubled).unwrap_err(), Malformed::Shape);
        let padded = jws(r#"{"alg":"RS256"}"#, "{}") + "=";
        assert_eq!(Unverified::parse(&padded).unwrap_err(), Malformed::Shape);
    }
}
