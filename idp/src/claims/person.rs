//! Claims made from what we hold about a person.

use chrono::{DateTime, Utc};
use federation::{Address, FactKind, FactValue, RuianAddress, Standing as Backing};
use serde_json::{Map, Value, json};
use web::{Locale, Texts};

use super::{catalogue, display};
use crate::{
    acr,
    storage::{fact::Fact, standing::Standing},
};

/// What we hold about a person at this moment.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Current facts, the strongest proof first.
    pub facts: &'a [Fact],
    /// The session the answer is for.
    pub standing: &'a Standing,
    /// Kind of the provider that was used: `nia`, `saml`, `demo`.
    pub provider_kind: &'a str,
}

impl Person<'_> {
    /// The value of a claim, if we hold one. Never null, never empty.
    pub fn claim(&self, name: &str) -> Option<Value> {
        match name {
            "name" => self.name().map(Value::from),
            "given_name" => self
                .text(FactKind::GivenName)
                .map(|text| display::name(text).into()),
            "family_name" => self
                .text(FactKind::FamilyName)
                .map(|text| display::name(text).into()),
            "updated_at" => self.updated_at().map(|at| at.timestamp().into()),
            "email_verified" => self.vouched(FactKind::Email).map(Value::from),
            "phone_number_verified" => self.vouched(FactKind::Phone).map(Value::from),
            "address" => self.value(FactKind::Address).and_then(address),
            "residence" => self.value(FactKind::RuianAddress).and_then(residence),
            "identity_level" => Some(self.standing.levels.identity.as_str().into()),
            "login_level" => Some(self.standing.levels.login.as_str().into()),
            "login_provider" => Some(self.provider_kind.into()),
            "auth_time" => self
                .standing
                .authenticated_at
                .map(|at| at.timestamp().into()),
            "acr" => {
                Some(acr::acr_for(self.standing.levels, self.standing.eidas.as_deref()).into())
            }
            _ => {
                let kind = catalogue::CLAIMS
                    .iter()
                    .find(|claim| claim.name == name)?
                    .fact?;
                self.value(kind).and_then(plain)
            }
        }
    }

    fn fact(&self, kind: FactKind) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.kind == kind)
    }

    fn value(&self, kind: FactKind) -> Option<&FactValue> {
        self.fact(kind).map(|fact| &fact.value)
    }

    fn text(&self, kind: FactKind) -> Option<&str> {
        self.value(kind)?.as_text().filter(|text| !text.is_empty())
    }

    fn name(&self) -> Option<String> {
        let parts = [FactKind::GivenName, FactKind::FamilyName]
            .map(|kind| self.text(kind).map(display::name));
        let name = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        (!name.is_empty()).then_some(name)
    }

    /// An address counts as verified only with its source's word for it.
    fn vouched(&self, kind: FactKind) -> Option<bool> {
        self.fact(kind)
            .map(|fact| fact.standing == Backing::Vouched && fact.source.is_some())
    }

    fn updated_at(&self) -> Option<DateTime<Utc>> {
        self.facts.iter().map(|fact| fact.recorded_at).max()
    }
}

/// A value as JSON, exactly as vouched.
pub(super) fn plain(value: &FactValue) -> Option<Value> {
    match value {
        FactValue::Text(text) => (!text.is_empty()).then(|| text.as_str().into()),
        FactValue::Date(date) => Some(date.format("%Y-%m-%d").to_string().into()),
        FactValue::Number(number) => Some((*number).into()),
        FactValue::AgeOver { limit, reached } => {
            reached.map(|reached| json!({ "limit": limit, "reached": reached }))
        }
        FactValue::Address(_) => address(value),
        FactValue::RuianAddress(_) => residence(value),
        FactValue::MaritalStatus(status) => Some(status.as_str().into()),
        FactValue::Flag(flag) => Some((*flag).into()),
        FactValue::Countries(countries) => {
            let codes: Vec<&str> = countries.iter().map(|country| country.code()).collect();
            (!codes.is_empty()).then(|| codes.into())
        }
        _ => None,
    }
}

/// The address claim (OpenID Connect Core, 5.1.1): strings only, none empty. A country stands in it when it is not ours: its name, as
/// the specification has it, and for programs its two letters (`country_code` of OpenID Identity Assurance).
pub(super) fn address(value: &FactValue) -> Option<Value> {
    let FactValue::Address(Address {
        house,
        street,
        post_name,
        post_code,
        area,
        country,
    }) = value
    else {
        return None;
    };
    let joined = |parts: &[&Option<String>]| {
        let parts: Vec<&str> = parts
            .iter()
            .filter_map(|part| part.as_deref())
            .filter(|part| !part.is_empty())
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    };
    let (municipality, part) = match area.as_deref().filter(|text| !text.is_empty()) {
        Some(area) => match area.rsplit_once(", ") {
            Some((municipality, part)) => (Some(municipality.to_owned()), Some(part.to_owned())),
            // A part alone, as banks and data boxes name it.
            None => (
                post_name.clone().or_else(|| Some(area.to_owned())),
                Some(area.to_owned()),
            ),
        },
        None => (post_name.clone(), post_name.clone()),
    };
    // A village has no street: there the house number follows the name of its part.
    let street_address = joined(&[street.as_ref().map_or(&part, |_| street), house]);
    let locality = municipality.filter(|text| !text.is_empty());
    let postal_code = post_code.clone().filter(|text| !text.is_empty());
    // A letter goes to the post office, which may be in another place.
    let post_office = if post_name.is_some() {
        post_name
    } else {
        &locality
    };
    let town = joined(&[&postal_code, post_office]);
    // A letter abroad is sorted here first: its last line is in Czech, for whoever reads it.
    let abroad = country.map(|country| Texts::of_web(Locale::Cs).country(country.code()));
    let is_empty = street_address.is_none() && town.is_none();
    let last_line = abroad.clone().filter(|_| !is_empty);
    let lines: Vec<String> = [street_address.clone(), town, last_line]
        .into_iter()
        .flatten()
        .collect();
    let members = [
        ("formatted", (!lines.is_empty()).then(|| lines.join("\n"))),
        ("street_address", street_address),
        ("locality", locality),
        ("postal_code", postal_code),
        ("country", abroad),
        (
            "country_code",
            country.map(|country| country.code().to_owned()),
        ),
    ];
    object(members)
}

/// Codes of the register of addresses, those that are known.
fn residence(value: &FactValue) -> Option<Value> {
    let FactValue::RuianAddress(codes) = value else {
        return None;
    };
    let RuianAddress {
        district_code,
        municipality_code,
        municipality_part_code,
        street_code,
        post_code,
        building_code,
        address_point_code,
        house_number,
        orientation_number,
        orientation_letter,
    } = codes.clone();
    object([
        ("district_code", district_code),
        ("municipality_code", municipality_code),
        ("municipality_part_code", municipality_part_code),
        ("street_code", street_code),
        ("post_code", post_code),
        ("building_code", building_code),
        ("address_point_code", address_point_code),
        ("house_number", house_number),
        ("orientation_number", orientation_number),
        ("orientation_letter", orientation_letter),
    ])
}

fn object<const N: usize>(members: [(&str, Option<String>); N]) -> Option<Value> {
    let members: Map<String, Value> = members
        .into_iter()
        .filter_map(|(name, text)| {
            Some((
                name.to_owned(),
                text.filter(|text| !text.is_empty())?.into(),
            ))
        })
        .collect();
    (!members.is_empty()).then_some(Value::Object(members))
}

#[cfg(test)]
pub(super) mod tests {
    use federation::{Country, IdentityLevel, Levels, LoginLevel};
    use uuid::Uuid;

    use super::*;
    use crate::{
        ids::{FactId, VerificationId},
        storage::fact::Source,
    };

    pub(crate) fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    pub(crate) fn standing() -> Standing {
        Standing {
            realm: String::new(),
            provider: "nia".to_owned(),
            levels: Levels::new(IdentityLevel::State, LoginLevel::Multi),
            eidas: Some("http://eidas.europa.eu/LoA/substantial".to_owned()),
            authenticated_at: Some(at(0)),
            sid: "sid".to_owned(),
            account_active: true,
            session_alive: true,
            link_stands: true,
            has_parts: false,
        }
    }

    pub(crate) fn fact(
        kind: FactKind,
        value: FactValue,
        standing: Backing,
        verification: u128,
    ) -> Fact {
        Fact {
            fact_id: FactId::new(Uuid::nil()),
            kind,
            value,
            standing,
            source: Some(Source {
                verification_id: VerificationId::new(Uuid::from_u128(verification)),
                upstream_link_id: None,
                method: "upstream".to_owned(),
                provider: Some("nia".to_owned()),
                realm: None,
                identity_level: IdentityLevel::State,
                assurance: Some("http://eidas.europa.eu/LoA/substantial".to_owned()),
                trust_framework: Some("eidas".to_owned()),
                country: None,
                checked_at: None,
                process: None,
                verified_at: at(0),
                valid_until: None,
            }),
            recorded_at: at(5),
        }
    }

    fn text(text: &str) -> FactValue {
        FactValue::Text(text.to_owned())
    }

    #[test]
    fn names_are_shown_as_people_write_them() {
        let facts = [
            fact(FactKind::GivenName, text("JANA"), Backing::Vouched, 1),
            fact(FactKind::FamilyName, text("NOVÁKOVÁ"), Backing::Vouched, 1),
        ];
        let person = Person {
            facts: &facts,
            standing: &standing(),
            provider_kind: "nia",
        };

        assert_eq!(person.claim("name"), Some("Jana Nováková".into()));
        assert_eq!(person.claim("given_name"), Some("Jana".into()));
        assert_eq!(person.claim("updated_at"), Some(1_800_000_005.into()));
        assert_eq!(person.claim("email"), None);
        assert_eq!(person.claim("email_verified"), None);
    }

    #[test]
    fn an_address_the_person_merely_told_is_not_verified() {
        let facts = [fact(
            FactKind::Email,
            text("jana@town.test"),
            Backing::SelfStated,
            1,
        )];
        let person = Person {
            facts: &facts,
            standing: &standing(),
            provider_kind: "nia",
        };

        assert_eq!(person.claim("email"), Some("jana@town.test".into()));
        assert_eq!(person.claim("email_verified"), Some(false.into()));
    }

    #[test]
    fn an_address_has_strings_only_and_a_village_no_street() {
        let town = FactValue::Address(Address {
            house: Some("12/3".into()),
            street: Some("Široká".into()),
            post_name: Some("Krumlov".into()),
            post_code: Some("38101".into()),
            area: None,
            country: None,
        });
        let village = FactValue::Address(Address {
            house: Some("7".into()),
            street: None,
            post_name: Some("Loučovice".into()),
            post_code: None,
            area: Some("Lipno, Kobylnice".into()),
            country: None,
        });

        assert_eq!(
            address(&town).unwrap(),
            json!({
                "formatted": "Široká 12/3\n38101 Krumlov", "street_address": "Široká 12/3",
                "locality": "Krumlov", "postal_code": "38101",
            })
        );
        assert_eq!(
            address(&village).unwrap(),
            json!({ "formatted": "Kobylnice 7\nLoučovice", "street_address": "Kobylnice 7", "locality": "Lipno" })
        );
        assert_eq!(address(&FactValue::Address(Address::default())), None);
    }

    #[test]
    fn an_address_abroad_says_where_it_is() {
        let home = FactValue::Address(Address {
            house: Some("7".into()),
            street: Some("Hlavná".into()),
            post_name: Some("Žilina".into()),
            post_code: Some("01001".into()),
            area: None,
            country: Country::read("SK").ok(),
        });

        assert_eq!(
            address(&home).unwrap(),
            json!({
                "formatted": "Hlavná 7\n01001 Žilina\nSlovensko", "street_address": "Hlavná 7", "locality": "Žilina",
                "postal_code": "01001", "country": "Slovensko", "country_code": "SK",
            })
        );
    }
}
