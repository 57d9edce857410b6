//! The people, the boxes, and who may do what with which box. All are invented.

use chrono::NaiveDate;
use figment::Figment;
use figment::providers::{Format as _, Toml};
use serde::{Deserialize, Serialize};

use super::boxes::{BoxState, BoxType};
use crate::error::StartError;

/// What the program brings along.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// People.
    pub person: Vec<Person>,
    /// Boxes.
    #[serde(rename = "box")]
    pub boxes: Vec<DataBox>,
    /// Who can log in to which box, and as what.
    pub persona: Vec<Persona>,
}

/// An invented person.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// The name boxes and personas use.
    pub key: String,
    /// The same human among the people of the sandbox NIA.
    #[serde(default)]
    pub nia: Option<String>,
    /// All given names.
    pub given_names: String,
    /// Family name.
    pub family_name: String,
    /// `YYYY-MM-DD`
    pub birth_date: NaiveDate,
    /// Town.
    #[serde(default)]
    pub birth_place: Option<String>,
    /// Whether the register of inhabitants knows this person.
    pub matched: bool,
    /// Twelve characters that outlive new passwords.
    pub isds_id: String,
    /// A contact nobody has verified.
    #[serde(default)]
    pub email: Option<String>,
    /// Where they live.
    #[serde(default)]
    pub address: Option<Address>,
}

/// An address.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// RÚIAN code of the place.
    pub code: String,
    /// Town.
    pub city: String,
    /// Part of the town.
    pub district: String,
    /// Street, empty in a village without streets.
    #[serde(default)]
    pub street: String,
    /// Number in the street.
    #[serde(default)]
    pub number_in_street: String,
    /// Number in the municipality.
    pub number: String,
    /// Five digits.
    pub zip: String,
    /// Two letters of ISO 3166-1.
    #[serde(default = "home")]
    pub country: String,
}

fn home() -> String {
    "CZ".to_owned()
}

impl Address {
    /// In one line.
    pub fn line(&self) -> String {
        let street = if self.street.is_empty() {
            "č. p."
        } else {
            &self.street
        };
        let number = if self.number_in_street.is_empty() {
            self.number.clone()
        } else {
            format!("{}/{}", self.number, self.number_in_street)
        };
        let (before, after) = self.zip.split_at_checked(3).unwrap_or((&self.zip, ""));
        format!(
            "{street} {number}, {}, {before} {after} {}",
            self.district, self.city
        )
    }
}

/// A box.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct DataBox {
    /// Seven characters.
    pub id: String,
    /// Whose it can be.
    #[serde(rename = "type")]
    pub kind: BoxType,
    /// Whether it takes messages when the sandbox starts.
    #[serde(default = "accessible")]
    pub state: BoxState,
    /// The person who holds it, for boxes of people.
    #[serde(default)]
    pub holder: Option<String>,
    /// IČO.
    #[serde(default)]
    pub ic: Option<String>,
    /// Business name.
    #[serde(default)]
    pub name: Option<String>,
    /// Number in the register of authorities.
    #[serde(default)]
    pub ovm_id: Option<String>,
    /// The seat; people have theirs.
    #[serde(default)]
    pub seat: Option<Address>,
    /// Whether the public directory shows it; those of authorities and legal persons it always does.
    #[serde(default)]
    pub listed: bool,
}

/// A way to log in: somebody, to a box, in a role.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// The name forms and tests use.
    pub key: String,
    /// What it is for, in Czech.
    pub purpose: String,
    /// The box.
    #[serde(rename = "box")]
    pub box_id: String,
    /// Who.
    pub person: String,
    /// As what.
    pub role: Role,
    /// What they may do with the box. Default: what the role brings along.
    #[serde(default)]
    pub privileges: Option<u32>,
    /// The legal person that is the statutory body of the holder, for which this person acts.
    #[serde(default)]
    pub on_behalf_of: Option<Body>,
}

/// A legal person without a box of its own here.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    /// IČO.
    pub ic: String,
    /// Business name.
    pub name: String,
}

/// What somebody is to a box (reference 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// The holder, a member of the statutory body, the head of the office.
    PrimaryUser,
    /// Entrusted by the former.
    EntrustedUser,
    /// Manages users, owns nothing.
    Administrator,
    /// Liquidator.
    Liquidator,
    /// Receiver.
    Receiver,
    /// Guardian.
    Guardian,
    /// A role nobody has heard of.
    UnheardOf,
}

impl Role {
    /// In web services.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::PrimaryUser => "PRIMARY_USER",
            Self::EntrustedUser => "ENTRUSTED_USER",
            Self::Administrator => "ADMINISTRATOR",
            Self::Liquidator => "LIQUIDATOR",
            Self::Receiver => "RECEIVER",
            Self::Guardian => "GUARDIAN",
            Self::UnheardOf => "UNHEARD_OF",
        }
    }

    /// In answers to a login; only `S` was ever seen, the others are a guess.
    pub fn letter(self) -> &'static str {
        match self {
            Self::PrimaryUser => "S",
            Self::EntrustedUser => "P",
            Self::Administrator => "A",
            Self::Liquidator => "L",
            Self::Receiver => "R",
            Self::Guardian => "G",
            Self::UnheardOf => "X",
        }
    }

    /// In Czech.
    pub fn czech(self) -> &'static str {
        match self {
            Self::PrimaryUser => "oprávněná osoba",
            Self::EntrustedUser => "pověřená osoba",
            Self::Administrator => "administrátor",
            Self::Liquidator => "likvidátor",
            Self::Receiver => "nucený správce",
            Self::Guardian => "opatrovník",
            Self::UnheardOf => "role, kterou ještě nikdo nezná",
        }
    }

    /// What the role brings along (reference 4.6).
    pub fn privileges(self) -> u32 {
        match self {
            Self::PrimaryUser | Self::Liquidator | Self::Receiver | Self::Guardian => 63,
            Self::Administrator => 32,
            Self::EntrustedUser | Self::UnheardOf => 1,
        }
    }
}

impl Persona {
    /// What this person may do with the box, as a bit mask.
    pub fn mask(&self) -> u32 {
        self.privileges.unwrap_or_else(|| self.role.privileges())
    }
}

/// What is built into the program.
pub fn built_in() -> Result<Data, StartError> {
    Figment::new()
        .merge(Toml::string(include_str!("../../data/isds.toml")))
        .extract()
        .map_err(|source| StartError::Personas(Box::new(source)))
}

fn accessible() -> BoxState {
    BoxState::ACCESSIBLE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nia::persona;

    #[test]
    fn everything_named_is_there_and_has_the_right_shape() {
        let data = built_in().unwrap();

        for one in &data.persona {
            assert!(
                data.boxes.iter().any(|it| it.id == one.box_id),
                "{}",
                one.key
            );
            assert!(
                data.person.iter().any(|it| it.key == one.person),
                "{}",
                one.key
            );
        }
        for one in &data.boxes {
            assert_eq!(one.id.len(), 7, "{}", one.id);
            assert_eq!(
                one.holder.is_some(),
                one.kind.is_of_a_person(),
                "{}",
                one.id
            );
            let holder = one.holder.as_deref();
            assert!(
                holder.is_none_or(|key| data.person.iter().any(|it| it.key == key)),
                "{}",
                one.id
            );
        }
        for one in &data.person {
            assert_eq!(one.isds_id.len(), 12, "{}", one.key);
        }
    }

    #[test]
    fn every_company_number_has_its_check_digit() {
        let data = built_in().unwrap();
        let bodies = data
            .persona
            .iter()
            .filter_map(|it| it.on_behalf_of.as_ref());
        let numbers = data.boxes.iter().filter_map(|it| it.ic.as_ref());

        for number in numbers.chain(bodies.map(|it| &it.ic)) {
            assert!(crate::ico::is_valid(number), "{number}");
        }
    }

    #[test]
    fn who_is_in_nia_too_is_the_same_human() {
        let known = persona::built_in().unwrap();
        let mut shared = 0;

        for one in built_in().unwrap().person {
            let Some(key) = &one.nia else { continue };
            let twin = known.iter().find(|it| it.key == *key).unwrap();
            assert_eq!(twin.given_name, one.given_names.to_uppercase(), "{key}");
            assert_eq!(twin.family_name, one.family_name.to_uppercase(), "{key}");
            assert_eq!(twin.birth_date, Some(one.birth_date), "{key}");
            shared += 1;
        }
        assert!(shared >= 4);
    }
}
