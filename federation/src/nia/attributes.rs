//! NIA's attributes: exact names, typed values.

use chrono::NaiveDate;

use super::address::{current_address, ruian_address};
use super::config::Assurance;
use super::names::names;
use crate::fact::{Fact, FactKind, FactValue, Standing};
use crate::refusal::Refusal;
use crate::saml::statement::{Attributes, Value};
use crate::saml::text::is_safe;

/// The attribute that marks a failed login in an answer that is otherwise a success.
pub(super) const FAILURE: &str = "urn:oasis:names:tc:SAML:2.0:protocol/statuscode";
/// The identifier of the person.
pub(super) const PERSON_IDENTIFIER: &str =
    "http://eidas.europa.eu/attributes/naturalperson/PersonIdentifier";

/// The level of assurance once more, beside the class of the authentication, which alone counts.
const LEVEL: &str = "http://eidas.europa.eu/LoA";

const TEXT_LIMIT: usize = 256;

/// What the attribute about the level says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToldLevel {
    /// One of the three.
    Known(Assurance),
    /// Nothing that we know: the attribute's form is written down nowhere.
    Unknown,
}

impl ToldLevel {
    /// In one word, for the audit log.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Known(level) => level.as_str(),
            Self::Unknown => "unknown",
        }
    }
}

/// The level that an attribute repeats, where it came along. It raises and lowers nothing, and refuses nobody.
pub(super) fn told_level(attributes: &Attributes) -> Option<ToldLevel> {
    let known = |value: &Value| value.text.as_deref().and_then(Assurance::named);
    match attributes.values(LEVEL) {
        [] => None,
        [one] => Some(known(one).map_or(ToldLevel::Unknown, ToldLevel::Known)),
        _ => Some(ToldLevel::Unknown),
    }
}

/// The name under which a fact is requested, when NIA knows it.
pub(super) fn requested_name(kind: FactKind) -> Option<&'static str> {
    names(kind).map(|names| names.requested)
}

/// What the attributes say of the person.
#[derive(Default)]
pub(super) struct Said {
    /// The facts.
    pub(super) facts: Vec<Fact>,
    /// Facts that came in a form we do not understand, and that the login can do without.
    pub(super) left_out: Vec<FactKind>,
}

impl Said {
    /// All that came along. `required`: the facts without which the login is none. `abroad`: the state whose means the person
    /// has, when it is not ours.
    pub(super) fn read(
        attributes: &Attributes,
        age_limit: u8,
        required: &[FactKind],
        abroad: Option<&str>,
    ) -> Result<Self, Refusal> {
        let foreign = abroad.is_some();
        let mut said = Self::default();
        for kind in [FactKind::GivenName, FactKind::FamilyName] {
            said.facts.extend(name_facts(kind, attributes, foreign)?);
        }
        for kind in FactKind::ALL {
            if matches!(kind, FactKind::GivenName | FactKind::FamilyName) {
                continue;
            }
            let Some(text) = find(kind, attributes)? else {
                continue;
            };
            match typed(kind, text, age_limit, abroad) {
                Ok(value) => said.facts.push(Fact {
                    kind,
                    value,
                    standing: standing(kind),
                }),
                Err(_) if is_dispensable(kind) && !required.contains(&kind) => {
                    said.left_out.push(kind);
                }
                Err(refusal) => return Err(refusal),
            }
        }
        Ok(said)
    }
}

/// What shuts nobody out by its form alone. People type e-mail and phone into their profile themselves, and how NIA writes age,
/// documents and places is documented nowhere (reference of NIA, 7 and 22). An address is a document of its own, with what
/// documents can hide (20, S16 and S33): it stays strict, as what says who somebody is.
const fn is_dispensable(kind: FactKind) -> bool {
    matches!(
        kind,
        FactKind::Email
            | FactKind::Phone
            | FactKind::Age
            | FactKind::BirthPlace
            | FactKind::BirthCountry
            | FactKind::DocumentType
            | FactKind::DocumentNumber
    )
}

/// The country that issued an identifier of the form `CZ/CZ/…` (issuing and receiving country, then an opaque part).
pub(super) fn issuing_country(identifier: &str) -> Option<&str> {
    let mut parts = identifier.splitn(3, '/');
    let issuing = parts.next()?;
    let receiving = parts.next()?;
    let code = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase());
    let opaque = parts.next().is_some_and(|rest| !rest.is_empty());
    (code(issuing) && code(receiving) && opaque).then_some(issuing)
}

/// The one value of a fact under any of its names.
fn find(kind: FactKind, attributes: &Attributes) -> Result<Option<&str>, Refusal> {
    let Some(names) = names(kind) else {
        return Ok(None);
    };
    let mut found = None;
    for name in std::iter::once(&names.requested).chain(names.accepted) {
        if let Some(value) = attributes.get(name)? {
            if found.is_some() {
                return Err(Refusal::AttributeRepeated);
            }
            found = Some(value);
        }
    }
    Ok(found)
}

/// A name. People of other states may have it twice, in their own script and transliterated.
fn name_facts(
    kind: FactKind,
    attributes: &Attributes,
    foreign: bool,
) -> Result<Vec<Fact>, Refusal> {
    let Some(name) = requested_name(kind) else {
        return Ok(Vec::new());
    };
    let values = attributes.values(name);
    let fact = |kind, value: &Value| {
        let text = safe_text(value.text.as_deref().ok_or(Refusal::AttributeMalformed)?)?;
        Ok(Fact {
            kind,
            value: FactValue::Text(text.to_owned()),
            standing: Standing::Vouched,
        })
    };
    match values {
        [] => Ok(Vec::new()),
        [value] if value.text.as_deref() == Some("") => Ok(Vec::new()),
        [value] => Ok(vec![fact(kind, value)?]),
        [one, other] if foreign && one.latin != other.latin => {
            let original = match kind {
                FactKind::GivenName => FactKind::GivenNameOriginal,
                _ => FactKind::FamilyNameOriginal,
            };
            let (latin, own) = if one.latin {
                (one, other)
            } else {
                (other, one)
            };
            Ok(vec![fact(kind, latin)?, fact(original, own)?])
        }
        _ => Err(Refusal::AttributeMalformed),
    }
}

fn typed(
    kind: FactKind,
    text: &str,
    age_limit: u8,
    abroad: Option<&str>,
) -> Result<FactValue, Refusal> {
    Ok(match kind {
        FactKind::BirthDate => FactValue::Date(date(text)?),
        FactKind::Address => FactValue::Address(current_address(text, abroad)?),
        FactKind::RuianAddress => FactValue::RuianAddress(ruian_address(text)?),
        FactKind::Age => FactValue::Number(number(text, 150)?),
        FactKind::AgeOver => FactValue::AgeOver {
            limit: age_limit,
            reached: reached(text, age_limit),
        },
        FactKind::BirthCountry => {
            FactValue::Text(shaped(text, 2..=3, |c| c.is_ascii_alphabetic())?.to_ascii_uppercase())
        }
        FactKind::DocumentType => {
            FactValue::Text(shaped(text, 1..=16, |c| c.is_ascii_alphanumeric())?.to_owned())
        }
        FactKind::Phone => FactValue::Text(
            shaped(text, 3..=32, |c| c.is_ascii_digit() || "+ ()/-".contains(c))?.to_owned(),
        ),
        FactKind::Email => FactValue::Text(email(text)?.to_owned()),
        _ => FactValue::Text(safe_text(text)?.to_owned()),
    })
}

/// `YYYY-MM-DD` and nothing else.
fn date(text: &str) -> Result<NaiveDate, Refusal> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let date = NaiveDate::parse_from_str(text, "%Y-%m-%d")
        .ok()
        .filter(|_| plain);
    date.ok_or(Refusal::AttributeType)
}

fn number(text: &str, highest: u32) -> Result<u32, Refusal> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let number = text
        .parse()
        .ok()
        .filter(|number| digits && *number <= highest);
    number.ok_or(Refusal::AttributeType)
}

/// What the answer proves about an age limit; the form is not documented, so what is not clearly yes or no proves nothing.
fn reached(text: &str, limit: u8) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        other => (other == limit.to_string()).then_some(true),
    }
}

fn email(text: &str) -> Result<&str, Refusal> {
    let text = safe_text(text)?;
    let whole = text
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if whole && text.len() <= 254 && !text.contains(char::is_whitespace) {
        Ok(text)
    } else {
        Err(Refusal::AttributeType)
    }
}

fn shaped(
    text: &str,
    length: std::ops::RangeInclusive<usize>,
    allowed: impl Fn(char) -> bool,
) -> Result<&str, Refusal> {
    let text = safe_text(text)?;
    if length.contains(&text.len()) && text.chars().all(allowed) {
        Ok(text)
    } else {
        Err(Refusal::AttributeType)
    }
}

fn safe_text(text: &str) -> Result<&str, Refusal> {
    if text.chars().count() > TEXT_LIMIT {
        return Err(Refusal::AttributeTooLong);
    }
    if is_safe(text) {
        Ok(text)
    } else {
        Err(Refusal::AttributeUnsafe)
    }
}

/// E-mail and phone are what people wrote into their NIA profile; the rest comes from registers.
const fn standing(kind: FactKind) -> Standing {
    match kind {
        FactKind::Email | FactKind::Phone => Standing::SelfStated,
        _ => Standing::Vouched,
    }
}
