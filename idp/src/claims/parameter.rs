//! The `claims` parameter (OpenID Connect Core, 5.5), cut down to claims we know.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::verified::{facts_of, is_condition, is_of_identity};
use super::{catalogue, is_technical};
use crate::clients::Client;
use crate::keys::strict_object;

/// Octets the parameter may have.
const LONGEST: usize = 16 * 1024;

/// What a request asks for by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimsParameter {
    /// To be answered by userinfo.
    #[serde(default, skip_serializing_if = "Asked::is_empty")]
    pub userinfo: Asked,
    /// To be put into the ID token.
    #[serde(default, skip_serializing_if = "Asked::is_empty")]
    pub id_token: Asked,
}

/// Claims asked for in one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// Ordinary claims.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub claims: BTreeMap<String, ClaimRequest>,
    /// `verified_claims` as sent: an object or a list of them (OpenID Identity Assurance, 6).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verified: Vec<Map<String, Value>>,
}

impl Asked {
    fn is_empty(&self) -> bool {
        self.claims.is_empty() && self.verified.is_empty()
    }

    /// Keeps what this client would be told for this scope, if we held it. The rest of a request is passed over (OpenID Connect Core, 5.5), so
    /// that nobody is shown or asked for what never leaves.
    pub(crate) fn keep_readable(&mut self, client: &Client, scope: &BTreeSet<String>) {
        self.claims
            .retain(|name, _| is_technical(name) || client.is_approved_for(name));
        // Proofs go with the scope they belong to, or with a client's own approval.
        if !scope.contains("city.identity") && !client.claims.contains("verified_claims") {
            self.verified.clear();
        }
        self.retain_verified(|name| is_of_identity(name) || client.is_approved_for(name));
    }

    /// Names of what is asked inside `verified_claims` and can stand there.
    pub fn verified_names(&self) -> impl Iterator<Item = &str> {
        self.verified
            .iter()
            .filter_map(|request| request.get("claims")?.as_object())
            .flat_map(|claims| claims.keys().map(String::as_str))
            .filter(|name| facts_of(name).is_some())
    }

    /// Keeps of what is asked inside `verified_claims` what `may_stand`. A request that cannot do without the rest goes as a whole.
    pub fn retain_verified(&mut self, may_stand: impl Fn(&str) -> bool) {
        self.verified.retain_mut(|request| {
            let Some(claims) = request.get_mut("claims").and_then(Value::as_object_mut) else {
                return false;
            };
            let goes = |name: &String| facts_of(name).is_some() && !may_stand(name);
            if claims
                .iter()
                .any(|(name, wanted)| goes(name) && is_condition(wanted))
            {
                return false;
            }
            claims.retain(|name, _| !goes(name));
            !claims.is_empty()
        });
    }
}

/// How one claim is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimRequest {
    /// The client cannot do without.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub essential: bool,
    /// Only one of these values will do.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Value>,
}

/// The parameter is not what OpenID Connect Core 5.5 describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the claims parameter is malformed")]
pub struct Malformed;

impl ClaimsParameter {
    /// Reads the parameter; claims nobody here knows are dropped, as the specification wants.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() > LONGEST {
            return Err(Malformed);
        }
        let mut members = strict_object(text.as_bytes()).ok_or(Malformed)?;
        Ok(Self {
            userinfo: Asked::parse(members.remove("userinfo"))?,
            id_token: Asked::parse(members.remove("id_token"))?,
        })
    }

    /// Values of `acr` asked for, and whether one of them is essential.
    pub fn acr(&self) -> Option<&ClaimRequest> {
        self.id_token.claims.get("acr")
    }

    /// The one `sub` that will do (OpenID Connect Core, 5.5.1).
    pub fn sub(&self) -> Option<&str> {
        let asked = |place: &'_ Asked| {
            place
                .claims
                .get("sub")
                .and_then(|claim| claim.values.first())
                .is_some()
        };
        let place = if asked(&self.id_token) {
            &self.id_token
        } else {
            &self.userinfo
        };
        place.claims.get("sub")?.values.first()?.as_str()
    }
}

impl Asked {
    fn parse(member: Option<Value>) -> Result<Self, Malformed> {
        let members = match member {
            None | Some(Value::Null) => return Ok(Self::default()),
            Some(Value::Object(members)) => members,
            Some(_) => return Err(Malformed),
        };
        let mut asked = Self::default();
        for (name, request) in members {
            if name == "verified_claims" {
                asked.verified = verified(request)?;
            } else {
                let request = ClaimRequest::parse(request)?;
                if catalogue::is_known(&name) {
                    asked.claims.insert(name, request);
                }
            }
        }
        Ok(asked)
    }
}

impl ClaimRequest {
    fn parse(member: Value) -> Result<Self, Malformed> {
        let mut members = match member {
            Value::Null => return Ok(Self::default()),
            Value::Object(members) => members,
            _ => return Err(Malformed),
        };
        let essential = match members.remove("essential") {
            None => false,
            Some(Value::Bool(essential)) => essential,
            Some(_) => return Err(Malformed),
        };
        let values = match (members.remove("value"), members.remove("values")) {
            (None, None) => Vec::new(),
            (Some(value), None) => vec![value],
            (None, Some(Value::Array(values))) if values.len() <= 64 => values,
            _ => return Err(Malformed),
        };
        Ok(Self { essential, values })
    }
}

/// One request or a list of requests for verified claims, each an object with `verification` and `claims`.
fn verified(member: Value) -> Result<Vec<Map<String, Value>>, Malformed> {
    let requests = match member {
        Value::Array(requests) if requests.len() <= 8 => requests,
        one @ Value::Object(_) => vec![one],
        _ => return Err(Malformed),
    };
    requests
        .into_iter()
        .map(|request| match request {
            Value::Object(members)
                if members.get("verification").is_some_and(Value::is_object)
                    && members
                        .get("claims")
                        .and_then(Value::as_object)
                        .is_some_and(|claims| !claims.is_empty()) =>
            {
                Ok(members)
            }
            _ => Err(Malformed),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_claims_are_kept_and_others_dropped() {
        let asked = ClaimsParameter::parse(
            r#"{"userinfo":{"name":{"essential":true},"shoe_size":null},"id_token":{"acr":{"values":["0"]}},"x":1}"#,
        )
        .unwrap();

        assert_eq!(asked.userinfo.claims.keys().collect::<Vec<_>>(), ["name"]);
        assert!(asked.userinfo.claims["name"].essential);
        assert_eq!(asked.acr().unwrap().values, ["0"]);
    }

    #[test]
    fn one_subject_may_be_demanded() {
        let asked =
            ClaimsParameter::parse(r#"{"id_token":{"sub":{"value":"248289761001"}}}"#).unwrap();

        assert_eq!(asked.sub(), Some("248289761001"));
    }

    #[test]
    fn what_the_specification_does_not_describe_is_malformed() {
        for text in [
            "",
            "[]",
            "null",
            r#"{"userinfo":[]}"#,
            r#"{"userinfo":{"name":true}}"#,
            r#"{"userinfo":{"name":{"essential":"yes"}}}"#,
            r#"{"userinfo":{"name":{"values":"x"}}}"#,
            r#"{"userinfo":{"name":null,"name":null}}"#,
            r#"{"id_token":{"verified_claims":{"claims":{"given_name":null}}}}"#,
            r#"{"id_token":{"verified_claims":{"verification":{},"claims":{}}}}"#,
        ] {
            assert_eq!(ClaimsParameter::parse(text), Err(Malformed), "{text}");
        }
    }

    #[test]
    fn ten_thousand_claims_keep_nothing() {
        let many: Vec<String> = (0..10_000).map(|n| format!(r#""c{n}":null"#)).collect();
        let text = format!(r#"{{"userinfo":{{{}}}}}"#, many.join(","));

        assert_eq!(ClaimsParameter::parse(&text), Err(Malformed));
    }

    #[test]
    fn a_verified_claim_that_may_not_stand_goes_and_takes_along_what_needs_it() {
        let asked = |address: &str| {
            let text = format!(
                r#"{{"userinfo":{{"verified_claims":{{"verification":{{}},"claims":{{"given_name":null,"shoe":null,"address":{address}}}}}}}}}"#
            );
            let mut asked = ClaimsParameter::parse(&text).unwrap().userinfo;
            asked.retain_verified(|name| name != "address");
            asked
        };

        assert_eq!(
            asked("null").verified_names().collect::<Vec<_>>(),
            ["given_name"]
        );
        assert!(asked(r#"{"essential":true}"#).verified.is_empty());
        assert!(
            asked(r#"{"value":{"locality":"Vzorov"}}"#)
                .verified
                .is_empty()
        );
    }
}
