//! The claims of userinfo in our words. They come from a broker we trust, but names in them come from anywhere:
//! a value of the wrong type is left out, control and direction characters are dropped, lengths are bounded.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::acting::{Acting, Body, bodies};

/// What a session holds about its person; sealed in its row.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Display form, as the person likes to be called.
    pub name: Option<String>,
    /// The values nobody vouched for record by record.
    pub plain: Values,
    /// `email_verified`; only a real `true` counts.
    pub email_proven: bool,
    /// `phone_number_verified`; only a real `true` counts.
    pub phone_proven: bool,
    /// `verified_claims`, one element a verification record.
    pub verified: Vec<Verified>,
    /// `identity_level`, as the broker spelled it.
    pub identity_level: Option<String>,
    /// `login_level`, as the broker spelled it.
    pub login_level: Option<String>,
    /// `login_provider`: `nia`, `isds`, `bank_id`, `local`, …
    pub login_provider: Option<String>,
    /// `provenance`: through whom and when the plain values came, by the name of the claim.
    #[serde(default)]
    pub provenance: BTreeMap<String, Provenance>,
    /// `acting_for`: the body the person acts for; `None`: for themself.
    #[serde(default)]
    pub acting_for: Option<Acting>,
    /// `may_act_for`: the bodies they may switch to.
    #[serde(default)]
    pub may_act_for: Vec<Body>,
}

/// Where a plain value comes from, as far as the broker says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Kind of the provider it came through: `nia`, `isds`, `bank_id`, …; `None`: the person told the broker.
    pub provider: Option<String>,
    /// When it came.
    pub time: Option<DateTime<Utc>>,
}

/// The values shown to their owner.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Values {
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// Date of birth, ISO 8601.
    pub birthdate: Option<String>,
    /// Place of birth in one line.
    pub place_of_birth: Option<String>,
    /// Nationalities, comma separated.
    pub nationalities: Option<String>,
    /// Titles before the name.
    pub title_prefix: Option<String>,
    /// Titles after the name.
    pub title_suffix: Option<String>,
    /// Marital status, in a word of Bank iD.
    pub marital_status: Option<String>,
    /// Whether the person is of age.
    pub majority: Option<bool>,
    /// Whether a court limited what they may decide alone.
    pub limited_legal_capacity: Option<bool>,
    /// Address in one line.
    pub address: Option<String>,
    /// E-mail.
    pub email: Option<String>,
    /// Telephone number.
    pub phone_number: Option<String>,
}

/// One element of `verified_claims` (OpenID Identity Assurance): who vouches, how strongly, since when, for what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// The rules the check followed: `eidas`, `cz_<town>`, …
    pub trust_framework: String,
    /// Assurance by that framework.
    pub assurance_level: Option<String>,
    /// When it was checked.
    pub time: Option<DateTime<Utc>>,
    /// Who keeps the record the check looked at, when the broker says so.
    pub record: Option<String>,
    /// What was vouched for.
    pub values: Values,
}

impl Claims {
    /// Reads a userinfo document.
    pub fn from_userinfo(document: &Value) -> Self {
        Self {
            name: text(document.get("name")),
            plain: Values::from_json(document),
            email_proven: document.get("email_verified") == Some(&Value::Bool(true)),
            phone_proven: document.get("phone_number_verified") == Some(&Value::Bool(true)),
            verified: elements(document.get("verified_claims"))
                .filter_map(Verified::from_json)
                .take(MOST_RECORDS)
                .collect(),
            identity_level: text(document.get("identity_level")),
            login_level: text(document.get("login_level")),
            login_provider: text(document.get("login_provider")),
            provenance: provenance(document.get("provenance")),
            acting_for: Acting::from_json(document.get("acting_for")),
            may_act_for: bodies(document.get("may_act_for")),
        }
    }

    /// How to call the person in the page's header.
    pub fn display_name(&self) -> Option<String> {
        self.name
            .clone()
            .or_else(|| self.plain.full_name())
            .or_else(|| {
                self.verified
                    .iter()
                    .find_map(|element| element.values.full_name())
            })
    }
}

impl Verified {
    fn from_json(element: &Value) -> Option<Self> {
        let verification = element.get("verification")?;
        let evidence = elements(verification.get("evidence")).next();
        Some(Self {
            trust_framework: text(verification.get("trust_framework"))?,
            assurance_level: text(verification.get("assurance_level")),
            time: instant(verification.get("time")).or_else(|| instant(evidence?.get("time"))),
            record: evidence.and_then(|evidence| text(evidence.pointer("/record/source/name"))),
            values: Values::from_json(element.get("claims")?),
        })
    }
}

impl Values {
    fn from_json(claims: &Value) -> Self {
        Self {
            given_name: text(claims.get("given_name")),
            family_name: text(claims.get("family_name")),
            birthdate: text(claims.get("birthdate")),
            place_of_birth: place(claims.get("place_of_birth")),
            nationalities: nationalities(claims.get("nationalities")),
            title_prefix: text(claims.get("title_prefix")),
            title_suffix: text(claims.get("title_suffix")),
            marital_status: text(claims.get("maritalstatus")),
            majority: claims.get("majority").and_then(Value::as_bool),
            limited_legal_capacity: claims
                .get("limited_legal_capacity")
                .and_then(Value::as_bool),
            address: address(claims.get("address")),
            email: text(claims.get("email")),
            phone_number: text(claims.get("phone_number")),
        }
    }

    /// Given and family name together.
    pub fn full_name(&self) -> Option<String> {
        joined(
            [self.given_name.as_deref(), self.family_name.as_deref()],
            " ",
        )
    }
}

/// `verified_claims` and `evidence` may be one object or several.
fn elements(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    match value {
        Some(Value::Array(several)) => several.iter(),
        Some(one @ Value::Object(_)) => std::slice::from_ref(one).iter(),
        _ => [].iter(),
    }
}

fn provenance(value: Option<&Value>) -> BTreeMap<String, Provenance> {
    let members = value.and_then(Value::as_object).into_iter().flatten();
    members
        .filter(|(_, source)| source.is_object())
        .take(MOST_RECORDS)
        .map(|(claim, source)| {
            let source = Provenance {
                provider: text(source.get("provider")),
                time: instant(source.get("time")),
            };
            (claim.clone(), source)
        })
        .collect()
}

fn instant(value: Option<&Value>) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(&text(value)?).ok()?;
    Some(time.with_timezone(&Utc))
}

fn place(value: Option<&Value>) -> Option<String> {
    let place = value?;
    joined(
        [
            text(place.get("locality")).as_deref(),
            text(place.get("country")).as_deref(),
        ],
        ", ",
    )
}

fn nationalities(value: Option<&Value>) -> Option<String> {
    let codes: Vec<String> = value?
        .as_array()?
        .iter()
        .filter_map(|code| text(Some(code)))
        .take(MOST_RECORDS)
        .collect();
    joined(codes.iter().map(|code| Some(code.as_str())), ", ")
}

/// In one line; abroad its last part is the country's two letters, for which each page has its own word.
fn address(value: Option<&Value>) -> Option<String> {
    let address = value?;
    let is_code = |code: &String| code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase());
    let code = text(address.get("country_code")).filter(is_code);
    let line = in_one_line(address)?;
    let Some(code) = code else {
        return Some(with_blank(&line));
    };
    let word = text(address.get("country")).unwrap_or_default();
    let before = line
        .strip_suffix(word.as_str())
        .map(|line| line.trim_end_matches([',', ' ']));
    joined(
        [
            before
                .or(Some(line.as_str()))
                .filter(|line| !line.is_empty()),
            Some(code.as_str()),
        ],
        ", ",
    )
}

/// Czech post codes are written with a blank, and told without one.
fn with_blank(line: &str) -> String {
    let parts = line.split(", ").map(|part| {
        let (code, town) = part.split_once(' ').unwrap_or((part, ""));
        if code.len() == 5 && code.bytes().all(|b| b.is_ascii_digit()) {
            let (one, two) = code.split_at(3);
            format!("{one}\u{a0}{two} {town}").trim_end().to_owned()
        } else {
            part.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join(", ")
}

fn in_one_line(address: &Value) -> Option<String> {
    // Its lines are separated by line ends (OpenID Connect Core 5.1.1).
    let lines = |written: &Value| {
        let lines: Vec<Value> = written.as_str()?.lines().map(Value::from).collect();
        let lines: Vec<String> = lines.iter().filter_map(|line| text(Some(line))).collect();
        joined(lines.iter().map(|line| Some(line.as_str())), ", ")
    };
    lines(address)
        .or_else(|| lines(address.get("formatted")?))
        .or_else(|| {
            let town = joined(
                [
                    text(address.get("postal_code")).as_deref(),
                    text(address.get("locality")).as_deref(),
                ],
                " ",
            );
            joined(
                [
                    text(address.get("street_address")).as_deref(),
                    town.as_deref(),
                    text(address.get("country")).as_deref(),
                ],
                ", ",
            )
        })
}

fn joined<'a>(parts: impl IntoIterator<Item = Option<&'a str>>, between: &str) -> Option<String> {
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(between))
}

/// A text fit to be shown: lines become spaces, characters that steer a terminal or turn the direction of
/// writing go, and nobody needs more than [`LONGEST`] characters.
pub(super) fn text(value: Option<&Value>) -> Option<String> {
    let clean: String = value?
        .as_str()?
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !c.is_control() && !is_direction(*c))
        .take(LONGEST)
        .collect();
    let clean = clean
        .split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    (!clean.is_empty()).then_some(clean)
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

const LONGEST: usize = 500;
pub(super) const MOST_RECORDS: usize = 20;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_verified_record_keeps_its_source_level_and_date() {
        let claims = Claims::from_userinfo(&json!({
            "sub": "s", "given_name": "Jana", "family_name": "Dvořáková",
            "verified_claims": [{
                "verification": {"trust_framework": "eidas", "assurance_level": "high", "time": "2026-03-12T08:30:00Z"},
                "claims": {"given_name": "JANA", "family_name": "DVOŘÁKOVÁ", "birthdate": "1984-05-14"}
            }]
        }));

        let record = &claims.verified[0];
        assert_eq!(record.trust_framework, "eidas");
        assert_eq!(record.assurance_level.as_deref(), Some("high"));
        assert_eq!(record.values.full_name().as_deref(), Some("JANA DVOŘÁKOVÁ"));
        assert_eq!(
            record.time.unwrap().to_rfc3339(),
            "2026-03-12T08:30:00+00:00"
        );
        assert_eq!(claims.display_name().as_deref(), Some("Jana Dvořáková"));
    }

    #[test]
    fn one_record_may_come_without_an_array() {
        let claims = Claims::from_userinfo(&json!({
            "verified_claims": {"verification": {"trust_framework": "cz_krumlov"}, "claims": {"given_name": "Jan"}}
        }));

        assert_eq!(claims.verified.len(), 1);
    }

    #[test]
    fn a_verified_flag_that_is_not_true_is_false() {
        for flag in [json!("true"), json!("false"), json!(1), json!(null)] {
            let claims =
                Claims::from_userinfo(&json!({"email": "a@b.example", "email_verified": flag}));

            assert!(!claims.email_proven);
        }
    }

    #[test]
    fn where_a_plain_value_comes_from_is_read_as_far_as_it_is_right() {
        let claims = Claims::from_userinfo(&json!({"provenance": {
            "email": {"provider": "nia", "time": "2026-11-24T09:16:05Z"}, "phone_number": {"provider": 7, "time": "yesterday"},
            "address": "nia",
        }}));

        let email = &claims.provenance["email"];
        assert_eq!(email.provider.as_deref(), Some("nia"));
        assert_eq!(
            email.time.unwrap().to_rfc3339(),
            "2026-11-24T09:16:05+00:00"
        );
        assert_eq!(claims.provenance["phone_number"], Provenance::default());
        assert!(!claims.provenance.contains_key("address"));
    }

    #[test]
    fn a_record_without_its_framework_is_no_record() {
        let claims = Claims::from_userinfo(
            &json!({"verified_claims": [{"verification": {}, "claims": {"given_name": "Jan"}}]}),
        );

        assert_eq!(claims.verified, []);
    }

    #[test]
    fn characters_that_turn_the_writing_are_dropped() {
        let claims = Claims::from_userinfo(&json!({"name": "Jan\u{202e}\u{0000}\n\tNovák "}));

        assert_eq!(claims.name.as_deref(), Some("Jan Novák"));
    }

    #[test]
    fn an_address_in_lines_becomes_one_line() {
        let formatted = "Nádražní předměstí 998\n381 01 Český Krumlov\r\n";
        for address in [json!({"formatted": formatted}), json!(formatted)] {
            let claims = Claims::from_userinfo(&json!({"address": address}));

            assert_eq!(
                claims.plain.address.as_deref(),
                Some("Nádražní předměstí 998, 381 01 Český Krumlov")
            );
        }
    }

    #[test]
    fn an_address_abroad_ends_with_the_letters_of_its_country() {
        for address in [
            json!({"formatted": "Hlavná 7\n01001 Žilina\nSlovensko", "country": "Slovensko", "country_code": "SK"}),
            json!({"street_address": "Hlavná 7", "postal_code": "01001", "locality": "Žilina", "country": "Slovensko",
                   "country_code": "SK"}),
            json!({"formatted": "Hlavná 7\n01001 Žilina", "country_code": "SK"}),
        ] {
            let claims = Claims::from_userinfo(&json!({"address": address}));

            assert_eq!(
                claims.plain.address.as_deref(),
                Some("Hlavná 7, 01001 Žilina, SK")
            );
        }
    }

    #[test]
    fn a_post_code_here_is_written_with_its_blank() {
        for address in [
            json!({"formatted": "Nádražní předměstí 998\n38101 Český Krumlov"}),
            json!({"street_address": "Nádražní předměstí 998", "locality": "Český Krumlov", "postal_code": "38101"}),
        ] {
            let claims = Claims::from_userinfo(&json!({"address": address}));

            assert_eq!(
                claims.plain.address.as_deref(),
                Some("Nádražní předměstí 998, 381\u{a0}01 Český Krumlov")
            );
        }
    }

    #[test]
    fn an_address_in_parts_becomes_one_line() {
        let claims = Claims::from_userinfo(&json!({
            "address": {"street_address": "Nádražní předměstí 998", "locality": "Český Krumlov", "postal_code": "381 01"}
        }));

        assert_eq!(
            claims.plain.address.as_deref(),
            Some("Nádražní předměstí 998, 381 01 Český Krumlov")
        );
    }
}
