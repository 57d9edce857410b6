//! Facts about the person who logged in.

use chrono::NaiveDate;

use super::attributes::Attributes;
use super::config::Field;
use crate::country::Country;
use crate::fact::{Address, Fact, FactKind, FactValue, RuianAddress, Standing};
use crate::refusal::Refusal;

const LONGEST_NAME: usize = 100;
const LONGEST_EMAIL: usize = 254;

/// All facts that came along. Those of a person who was found in the register of inhabitants are kept in line with it.
pub(super) fn facts(attributes: &Attributes, identified: bool) -> Result<Vec<Fact>, Refusal> {
    let standing = if identified {
        Standing::Vouched
    } else {
        Standing::SelfStated
    };
    let names = [
        (FactKind::GivenName, given_names(attributes)),
        (
            FactKind::FamilyName,
            attributes.get(Field::FamilyName).map(str::to_owned),
        ),
    ];
    let mut facts = Vec::new();
    for (kind, name) in names {
        let Some(name) = name else { continue };
        if name.chars().count() > LONGEST_NAME {
            return Err(Refusal::AttributeTooLong);
        }
        facts.push(Fact {
            kind,
            value: FactValue::Text(name),
            standing,
        });
    }
    let others = [
        (
            FactKind::BirthDate,
            birth_date(attributes).map(FactValue::Date),
        ),
        (
            FactKind::Address,
            address(attributes).map(FactValue::Address),
        ),
        (
            FactKind::RuianAddress,
            ruian_address(attributes).map(FactValue::RuianAddress),
        ),
    ];
    facts.extend(others.into_iter().filter_map(|(kind, value)| {
        Some(Fact {
            kind,
            value: value?,
            standing,
        })
    }));
    // Nobody has verified it, whoever the person is.
    if let Some(email) = attributes.get(Field::Email).filter(|text| is_email(text)) {
        facts.push(Fact {
            kind: FactKind::Email,
            value: FactValue::Text(email.to_owned()),
            standing: Standing::SelfStated,
        });
    }
    Ok(facts)
}

fn given_names(attributes: &Attributes) -> Option<String> {
    if let Some(all) = attributes.get(Field::GivenNames) {
        return Some(all.to_owned());
    }
    let first = attributes.get(Field::FirstName)?;
    Some(match attributes.get(Field::MiddleName) {
        Some(middle) => format!("{first} {middle}"),
        None => first.to_owned(),
    })
}

/// The date, when it is one. A date that is none is left out: the login does not hang on it.
fn birth_date(attributes: &Attributes) -> Option<NaiveDate> {
    let text = attributes.get(Field::BirthDate)?;
    let plain = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    let date = plain
        .filter(|_| text.len() == 10)
        .or_else(|| {
            NaiveDate::parse_from_str(text, "%Y%m%d")
                .ok()
                .filter(|_| text.len() == 8)
        })
        .or_else(|| NaiveDate::parse_from_str(text, "%d.%m.%Y").ok());
    if date.is_none() {
        tracing::warn!("ISDS sent a date of birth that is no date; it is left out");
    } else if plain.is_none() {
        tracing::warn!("ISDS sent a date of birth in another form than YYYY-MM-DD");
    }
    date
}

fn address(attributes: &Attributes) -> Option<Address> {
    let part = |field| attributes.get(field).map(str::to_owned);
    let number = part(Field::NumberInMunicipality);
    let house = match (number, part(Field::NumberInStreet)) {
        (Some(number), Some(in_street)) => Some(format!("{number}/{in_street}")),
        (number, in_street) => number.or(in_street),
    };
    // Without a country it is at home (reference 4.2); with one that nobody knows it would pass for being there.
    let country = Country::abroad(attributes.get(Field::Country)).ok()?;
    let address = Address {
        house,
        street: part(Field::Street),
        post_name: part(Field::City),
        post_code: part(Field::PostCode).map(|code| code.replace(' ', "")),
        area: part(Field::District),
        country: None,
    };
    let address = (address != Address::default()).then_some(address);
    address.map(|address| Address { country, ..address })
}

fn ruian_address(attributes: &Attributes) -> Option<RuianAddress> {
    let code = attributes.get(Field::AddressCode)?;
    let shaped = code.len() <= 9 && code.bytes().all(|octet| octet.is_ascii_digit());
    shaped.then(|| RuianAddress {
        address_point_code: Some(code.to_owned()),
        ..RuianAddress::default()
    })
}

fn is_email(text: &str) -> bool {
    let whole = text
        .rsplit_once('@')
        .is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    whole && text.len() <= LONGEST_EMAIL && !text.contains(char::is_whitespace)
}
