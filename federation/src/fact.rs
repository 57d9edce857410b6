//! What is known about a person, one value each.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::country::Country;
use crate::marital_status::MaritalStatus;

/// The kind of one fact. The name is what the database keeps.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FactKind {
    /// Given name or names, as vouched (registers write upper case).
    GivenName,
    /// Family name, as vouched.
    FamilyName,
    /// Given name in its own script, when the vouched one is a transliteration.
    GivenNameOriginal,
    /// Family name in its own script, when the vouched one is a transliteration.
    FamilyNameOriginal,
    /// Middle name.
    MiddleName,
    /// Date of birth.
    BirthDate,
    /// Place of birth, text.
    BirthPlace,
    /// Country of birth, two or three letters.
    BirthCountry,
    /// Address in words.
    Address,
    /// Address as codes of the register of addresses (RÚIAN).
    RuianAddress,
    /// E-mail address.
    Email,
    /// Phone number.
    Phone,
    /// Kind of document used (`ID`, `P`, `VS`, `IR`, `PS`).
    DocumentType,
    /// Number of that document.
    DocumentNumber,
    /// Whether the person is older than a limit.
    AgeOver,
    /// Age in years.
    Age,
    /// Gender, as the person states it.
    Gender,
    /// Nickname.
    Nickname,
    /// The user name a person prefers to be called by.
    PreferredUsername,
    /// Address of a page about the person.
    ProfilePage,
    /// Address of a picture.
    Picture,
    /// The person's own web site.
    Website,
    /// Time zone name.
    Zoneinfo,
    /// Language tag.
    Locale,
    /// Titles before the name, as the source writes them.
    TitlePrefix,
    /// Titles after the name.
    TitleSuffix,
    /// The states whose citizen the person is.
    Nationalities,
    /// Marital status.
    MaritalStatus,
    /// Whether the person is of age.
    Majority,
    /// Whether a court limited what the person may decide alone.
    LimitedLegalCapacity,
}

/// The value of one fact, typed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", content = "value", rename_all = "snake_case")]
#[non_exhaustive]
pub enum FactValue {
    /// Text free of control and bidirectional formatting characters.
    Text(String),
    /// A calendar date.
    Date(NaiveDate),
    /// A whole number.
    Number(u32),
    /// Whether a person has passed an age limit. `None` means: the answer did not prove it.
    AgeOver {
        /// The limit in years that was asked.
        limit: u8,
        /// What the source said about it.
        reached: Option<bool>,
    },
    /// An address in words.
    Address(Address),
    /// An address in codes.
    RuianAddress(RuianAddress),
    /// Countries, in the order of the source. Never none.
    Countries(Vec<Country>),
    /// A marital status.
    MaritalStatus(MaritalStatus),
    /// Whether something is so.
    Flag(bool),
}

/// Who stands behind a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The source took it from a register or checked it itself.
    Vouched,
    /// The person told the source, who passes it on (NIA's contact profile).
    SelfStated,
}

/// One value about one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Which fact.
    pub kind: FactKind,
    /// Its value.
    pub value: FactValue,
    /// Who stands behind it.
    pub standing: Standing,
}

/// One fact a login should bring back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// Which fact.
    pub kind: FactKind,
    /// Whether the login cannot complete without it.
    pub required: bool,
}

/// An address in words. All parts are optional; villages have no street.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// House number, with the orientation number where there is one.
    pub house: Option<String>,
    /// Street.
    pub street: Option<String>,
    /// Name of the post office.
    pub post_name: Option<String>,
    /// Postal code without a space.
    pub post_code: Option<String>,
    /// Municipality and its part.
    pub area: Option<String>,
    /// The country. `None`: the Czech Republic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
}

/// An address as codes of the register of addresses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuianAddress {
    /// `okresKod`.
    pub district_code: Option<String>,
    /// `obecKod`.
    pub municipality_code: Option<String>,
    /// `castObceKod`.
    pub municipality_part_code: Option<String>,
    /// `uliceKod`.
    pub street_code: Option<String>,
    /// `postaKod`.
    pub post_code: Option<String>,
    /// `stavebniObjektKod`.
    pub building_code: Option<String>,
    /// `adresniMistoKod`: the key towards registers and back offices.
    pub address_point_code: Option<String>,
    /// `cisloDomovni`.
    pub house_number: Option<String>,
    /// `cisloOrientacni`.
    pub orientation_number: Option<String>,
    /// `cisloOrientacniPismeno`.
    pub orientation_letter: Option<String>,
}

impl FactKind {
    /// All kinds, in the order in which people read them.
    pub const ALL: [Self; 30] = [
        Self::GivenName,
        Self::FamilyName,
        Self::GivenNameOriginal,
        Self::FamilyNameOriginal,
        Self::MiddleName,
        Self::TitlePrefix,
        Self::TitleSuffix,
        Self::BirthDate,
        Self::BirthPlace,
        Self::BirthCountry,
        Self::Nationalities,
        Self::MaritalStatus,
        Self::Majority,
        Self::LimitedLegalCapacity,
        Self::Address,
        Self::RuianAddress,
        Self::Email,
        Self::Phone,
        Self::DocumentType,
        Self::DocumentNumber,
        Self::AgeOver,
        Self::Age,
        Self::Gender,
        Self::Nickname,
        Self::PreferredUsername,
        Self::ProfilePage,
        Self::Picture,
        Self::Website,
        Self::Zoneinfo,
        Self::Locale,
    ];

    /// The name in the database and in Fluent ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GivenName => "given_name",
            Self::FamilyName => "family_name",
            Self::GivenNameOriginal => "given_name_original",
            Self::FamilyNameOriginal => "family_name_original",
            Self::MiddleName => "middle_name",
            Self::BirthDate => "birth_date",
            Self::BirthPlace => "birth_place",
            Self::BirthCountry => "birth_country",
            Self::Address => "address",
            Self::RuianAddress => "ruian_address",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::DocumentType => "document_type",
            Self::DocumentNumber => "document_number",
            Self::AgeOver => "age_over",
            Self::Age => "age",
            Self::Gender => "gender",
            Self::Nickname => "nickname",
            Self::PreferredUsername => "preferred_username",
            Self::ProfilePage => "profile_page",
            Self::Picture => "picture",
            Self::Website => "website",
            Self::Zoneinfo => "zoneinfo",
            Self::Locale => "locale",
            Self::TitlePrefix => "title_prefix",
            Self::TitleSuffix => "title_suffix",
            Self::Nationalities => "nationalities",
            Self::MaritalStatus => "marital_status",
            Self::Majority => "majority",
            Self::LimitedLegalCapacity => "limited_legal_capacity",
        }
    }

    /// Whether it is asked, kept and told only where a service is approved for this very fact: no scope has it, and what comes
    /// along with another one is dropped.
    pub const fn is_by_name_alone(self) -> bool {
        matches!(
            self,
            Self::TitlePrefix
                | Self::TitleSuffix
                | Self::Nationalities
                | Self::MaritalStatus
                | Self::Majority
                | Self::LimitedLegalCapacity
        )
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl FactValue {
    /// The text, when the value is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The date, when the value is one.
    pub const fn as_date(&self) -> Option<NaiveDate> {
        match self {
            Self::Date(date) => Some(*date),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_name_and_serde_agrees() {
        for kind in FactKind::ALL {
            assert_eq!(FactKind::named(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
    }
}
