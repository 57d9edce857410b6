//! For whom the person acts: `acting_for` and `may_act_for` of the broker, in our words.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::claims::{MOST_RECORDS, text};

/// What we send as `acting_for` when the person acts for themself.
pub const SELF: &str = "self";

/// A body that a person acts for, or may act for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The broker's name of the mandate.
    pub mandate_id: String,
    /// Its identification number (IČO).
    pub ico: Option<String>,
    /// Its name.
    pub name: String,
}

/// The body that a session acts for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acting {
    /// Which.
    pub body: Body,
    /// Until when the mandate counts, as the broker said last.
    pub valid_until: Option<DateTime<Utc>>,
}

impl Body {
    /// A mandate without a name that can be sent back is none.
    fn from_json(claim: &Value) -> Option<Self> {
        let mandate_id = claim.get("mandate_id")?.as_str()?;
        let is_token = mandate_id.len() <= 64
            && mandate_id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        (is_token && !mandate_id.is_empty() && mandate_id != SELF).then_some(())?;
        Some(Self {
            mandate_id: mandate_id.to_owned(),
            ico: text(claim.get("ico")),
            name: text(claim.get("name"))?,
        })
    }
}

impl Acting {
    /// Reads `acting_for`.
    pub(super) fn from_json(claim: Option<&Value>) -> Option<Self> {
        let claim = claim?;
        Some(Self {
            body: Body::from_json(claim)?,
            valid_until: text(claim.get("valid_until"))
                .and_then(|time| DateTime::parse_from_rfc3339(&time).ok())
                .map(|time| time.with_timezone(&Utc)),
        })
    }
}

/// Reads `may_act_for`.
pub(super) fn bodies(claim: Option<&Value>) -> Vec<Body> {
    let listed = claim.and_then(Value::as_array).into_iter().flatten();
    listed
        .filter_map(Body::from_json)
        .take(MOST_RECORDS)
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_body_has_a_name_and_a_mandate_that_can_be_sent_back() {
        let read = |claim: Value| Acting::from_json(Some(&claim));

        let acting = read(json!({
            "mandate_id": "0199-a", "ico": "00000027", "name": "Pekařství\nVltava", "valid_until": "2026-12-24T12:00:00Z",
        }))
        .unwrap();
        assert_eq!(acting.body.name, "Pekařství Vltava");
        assert_eq!(
            acting.valid_until.unwrap().to_rfc3339(),
            "2026-12-24T12:00:00+00:00"
        );
        for claim in [
            json!({ "name": "x" }),
            json!({ "mandate_id": "a" }),
            json!({ "mandate_id": "a b", "name": "x" }),
            json!({ "mandate_id": "self", "name": "x" }),
            json!("x"),
        ] {
            assert_eq!(read(claim.clone()), None, "{claim}");
        }
    }
}
