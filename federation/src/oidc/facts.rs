//! Claims about a person as facts in our words.

use chrono::NaiveDate;
use serde_json::Value;

use crate::country::Country;
use crate::fact::{Address, Fact, FactKind, FactValue, Standing};
use crate::marital_status::MaritalStatus;
use crate::refusal::Refusal;
use crate::saml::text::is_safe;

/// Characters a text may have.
const TEXT_LIMIT: usize = 256;
/// Countries one claim may name.
const MOST_COUNTRIES: usize = 20;

/// One claim as a fact. `None`: null, empty, or a birth date without its day, which says nothing we keep.
pub(crate) fn fact(
    kind: FactKind,
    claim: &Value,
    standing: Standing,
) -> Result<Option<Fact>, Refusal> {
    let value = match kind {
        FactKind::Address => address(claim)?.map(FactValue::Address),
        FactKind::Age => number(claim)?.map(FactValue::Number),
        FactKind::BirthDate => match text(claim)? {
            Some(text) => date(&text)?.map(FactValue::Date),
            None => None,
        },
        FactKind::Nationalities => countries(claim)?.map(FactValue::Countries),
        FactKind::MaritalStatus => marital_status(claim)?.map(FactValue::MaritalStatus),
        FactKind::Majority | FactKind::LimitedLegalCapacity => flag(claim)?.map(FactValue::Flag),
        // POSIX writes cs_CZ where the web writes cs-CZ.
        FactKind::Locale => text(claim)?.map(|text| FactValue::Text(text.replace('_', "-"))),
        _ => text(claim)?.map(FactValue::Text),
    };
    Ok(value.map(|value| Fact {
        kind,
        value,
        standing,
    }))
}

/// A text that may be stored and shown. An empty one is none.
pub(crate) fn text(claim: &Value) -> Result<Option<String>, Refusal> {
    let text = match claim {
        Value::Null => return Ok(None),
        Value::String(text) => text.trim(),
        _ => return Err(Refusal::AttributeType),
    };
    if text.chars().count() > TEXT_LIMIT {
        return Err(Refusal::AttributeTooLong);
    }
    if !is_safe(text) {
        return Err(Refusal::AttributeUnsafe);
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

/// A calendar date. OpenID Connect allows a year alone and a day without its year: both are no birth date of ours.
fn date(text: &str) -> Result<Option<NaiveDate>, Refusal> {
    let is_year = text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit());
    if is_year || text.starts_with("0000-") {
        return Ok(None);
    }
    NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| text.len() == 10)
        .map(Some)
        .ok_or(Refusal::AttributeType)
}

fn number(claim: &Value) -> Result<Option<u32>, Refusal> {
    if claim.is_null() {
        return Ok(None);
    }
    claim
        .as_u64()
        .and_then(|number| u32::try_from(number).ok())
        .map(Some)
        .ok_or(Refusal::AttributeType)
}

fn flag(claim: &Value) -> Result<Option<bool>, Refusal> {
    match claim {
        Value::Null => Ok(None),
        Value::Bool(flag) => Ok(Some(*flag)),
        _ => Err(Refusal::AttributeType),
    }
}

/// `None`: the source does not know it, or has a word for it that nobody here does.
fn marital_status(claim: &Value) -> Result<Option<MaritalStatus>, Refusal> {
    let Some(told) = text(claim)? else {
        return Ok(None);
    };
    let status = MaritalStatus::read(&told).inspect_err(|_| {
        tracing::warn!("a marital status is none that we know");
    });
    Ok(status.ok().flatten())
}

/// A list of countries, each once. One that nobody here has heard of is left out of it; none at all says nothing.
fn countries(claim: &Value) -> Result<Option<Vec<Country>>, Refusal> {
    let told = match claim {
        Value::Null => return Ok(None),
        Value::Array(told) if told.len() <= MOST_COUNTRIES => told,
        _ => return Err(Refusal::AttributeType),
    };
    let mut countries = Vec::new();
    for told in told {
        let Some(told) = text(told)? else { continue };
        match Country::read(&told) {
            Ok(country) if countries.contains(&country) => {}
            Ok(country) => countries.push(country),
            Err(_) => tracing::warn!("a country is not in ISO 3166-1"),
        }
    }
    Ok((!countries.is_empty()).then_some(countries))
}

/// The `address` claim (OpenID Connect Core 5.1.1). Its parts are free text; one without any is none, and so is one in a country
/// that nobody here has heard of: it would pass for a Czech one. `country_code` is that of OpenID Identity Assurance.
fn address(claim: &Value) -> Result<Option<Address>, Refusal> {
    let parts = match claim {
        Value::Null => return Ok(None),
        Value::Object(parts) => parts,
        _ => return Err(Refusal::AttributeType),
    };
    // A street address may have several lines.
    let part = |name: &str| match parts.get(name) {
        Some(Value::String(lines)) => {
            let line = lines.lines().map(str::trim).collect::<Vec<_>>().join(", ");
            text(&Value::String(line))
        }
        Some(other) => text(other),
        None => Ok(None),
    };
    let Ok(country) = Country::abroad(part("country_code")?.or(part("country")?).as_deref()) else {
        return Ok(None);
    };
    let address = Address {
        house: None,
        street: part("street_address")?,
        post_name: part("locality")?,
        post_code: part("postal_code")?.map(|code| code.replace(' ', "")),
        area: part("region")?,
        country: None,
    };
    let address = (address != Address::default()).then_some(address);
    Ok(address.map(|address| Address { country, ..address }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn value(kind: FactKind, claim: &Value) -> Result<Option<FactValue>, Refusal> {
        fact(kind, claim, Standing::Vouched).map(|fact| fact.map(|fact| fact.value))
    }

    #[test]
    fn claims_become_facts_and_what_says_nothing_becomes_none() {
        let day = NaiveDate::from_ymd_opt(1985, 4, 12).unwrap();
        for (kind, claim, expected) in [
            (
                FactKind::GivenName,
                json!("Žofie"),
                Some(FactValue::Text("Žofie".to_owned())),
            ),
            (FactKind::GivenName, json!(""), None),
            (FactKind::GivenName, json!(null), None),
            (
                FactKind::BirthDate,
                json!("1985-04-12"),
                Some(FactValue::Date(day)),
            ),
            (FactKind::BirthDate, json!("1985"), None),
            (FactKind::BirthDate, json!("0000-04-12"), None),
            (FactKind::Age, json!(41), Some(FactValue::Number(41))),
            (
                FactKind::Locale,
                json!("cs_CZ"),
                Some(FactValue::Text("cs-CZ".to_owned())),
            ),
            (FactKind::Address, json!({ "country": "CZ" }), None),
        ] {
            assert_eq!(value(kind, &claim), Ok(expected), "{kind:?} {claim}");
        }
    }

    #[test]
    fn an_address_keeps_its_lines_in_one() {
        let claim = json!({ "street_address": "Latrán 1\n2. patro", "locality": "Český Krumlov", "postal_code": "381 01" });

        assert_eq!(
            value(FactKind::Address, &claim),
            Ok(Some(FactValue::Address(Address {
                house: None,
                street: Some("Latrán 1, 2. patro".to_owned()),
                post_name: Some("Český Krumlov".to_owned()),
                post_code: Some("38101".to_owned()),
                area: None,
                country: None,
            })))
        );
    }

    #[test]
    fn an_address_abroad_keeps_its_country_and_one_nowhere_is_none() {
        let of = |told: Value| {
            let claim = json!({ "street_address": "Hlavná 1", "locality": "Žilina" });
            let mut claim = claim.as_object().unwrap().clone();
            claim.extend(told.as_object().unwrap().clone());
            match value(FactKind::Address, &claim.into()) {
                Ok(Some(FactValue::Address(address))) => Some(address.country.map(Country::code)),
                Ok(None) => None,
                other => panic!("{other:?}"),
            }
        };

        assert_eq!(of(json!({ "country": "SK" })), Some(Some("SK")));
        assert_eq!(
            of(json!({ "country": "Slovenská republika" })),
            Some(Some("SK"))
        );
        assert_eq!(
            of(json!({ "country": "La Slovaquie", "country_code": "SVK" })),
            Some(Some("SK"))
        );
        assert_eq!(of(json!({ "country": "Czech Republic" })), Some(None));
        assert_eq!(of(json!({})), Some(None));
        assert_eq!(of(json!({ "country": "La Slovaquie" })), None);
    }

    #[test]
    fn what_is_not_of_its_type_or_not_safe_is_refused() {
        for (kind, claim, refusal) in [
            (FactKind::GivenName, json!(7), Refusal::AttributeType),
            (
                FactKind::GivenName,
                json!("a\u{202e}b"),
                Refusal::AttributeUnsafe,
            ),
            (
                FactKind::GivenName,
                json!("x".repeat(257)),
                Refusal::AttributeTooLong,
            ),
            (
                FactKind::BirthDate,
                json!("12. 4. 1985"),
                Refusal::AttributeType,
            ),
            (
                FactKind::BirthDate,
                json!("1985-4-12"),
                Refusal::AttributeType,
            ),
            (FactKind::Age, json!("41"), Refusal::AttributeType),
            (FactKind::Address, json!("Latrán 1"), Refusal::AttributeType),
        ] {
            assert_eq!(value(kind, &claim), Err(refusal), "{kind:?} {claim}");
        }
    }
}
