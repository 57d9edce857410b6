//! The people who can log in, and what NIA knows about them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use figment::Figment;
use figment::providers::{Format as _, Toml};
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};
use uuid::Builder;

use super::attribute::Kind;
use super::level::{Level, LevelDemand};
use crate::bank_id::customer::Customer;
use crate::error::StartError;

/// An invented person.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Persona {
    /// The name forms and tests use.
    pub key: String,
    /// What the person is for, in Czech.
    pub purpose: String,
    /// What pseudonyms are made of, when it is not the key: two personas can be one person.
    #[serde(default)]
    pub identity: Option<String>,
    /// State of a person who comes through the eIDAS gateway.
    #[serde(default)]
    pub country: Option<String>,
    /// As the register of inhabitants writes it.
    pub given_name: String,
    /// As the register of inhabitants writes it.
    pub family_name: String,
    /// In the alphabet of the country, when that is not Latin.
    #[serde(default)]
    pub given_name_original: Option<String>,
    /// In the alphabet of the country, when that is not Latin.
    #[serde(default)]
    pub family_name_original: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(default)]
    pub birth_date: Option<NaiveDate>,
    /// For people who stay of one age.
    #[serde(default)]
    pub age: Option<i32>,
    /// Town.
    #[serde(default)]
    pub birth_place: Option<String>,
    /// From the profile.
    #[serde(default)]
    pub email: Option<String>,
    /// From the profile.
    #[serde(default)]
    pub phone: Option<String>,
    /// Identity document.
    #[serde(default)]
    pub document: Option<Document>,
    /// Means of identification; who has none does not come through NIA.
    #[serde(default)]
    pub means: Vec<Means>,
    /// What banks know, of whoever has an account.
    #[serde(default)]
    pub bank_id: Option<Customer>,
    /// In words.
    #[serde(default)]
    pub address: Option<Address>,
    /// In codes.
    #[serde(default)]
    pub ruian: Option<RuianAddress>,
}

/// An identity document.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// `ID`, `P`, `VS`, `IR` or `PS`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its number.
    pub number: String,
}

/// A means of identification.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Means {
    /// What it proves.
    pub level: Level,
    /// What people call it.
    pub name: String,
}

/// An address in words.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Address {
    /// House number, with an orientation number after a slash.
    pub house: String,
    /// Empty in villages without streets.
    pub street: String,
    /// Town of the post office.
    pub post_name: String,
    /// Five digits.
    pub post_code: String,
    area: String,
    /// Two letters of ISO 3166-1. Only banks and data boxes tell it.
    #[serde(default = "home")]
    pub country: String,
}

fn home() -> String {
    "CZ".to_owned()
}

/// An address in codes of RÚIAN.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct RuianAddress {
    district: String,
    municipality: String,
    part: String,
    #[serde(default)]
    street: Option<String>,
    post: String,
    building: String,
    /// Address place, the code that names one door.
    pub place: String,
    house: String,
    #[serde(default)]
    orientation: Option<String>,
}

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The text.
    pub text: String,
    /// `LatinScript="false"` for names in another alphabet.
    pub latin_script: bool,
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self {
            text,
            latin_script: true,
        }
    }
}

/// What a value depends on besides the person.
#[derive(Debug, Clone, Copy)]
pub struct Circumstances<'a> {
    /// The pseudonym for the asking provider.
    pub pseudonym: &'a str,
    /// How the person logged in.
    pub level: Level,
    /// When.
    pub now: DateTime<Utc>,
    /// The limit of `isAgeOver`.
    pub age_limit: Option<i32>,
}

impl Persona {
    /// The human, when several personas are one.
    pub fn human(&self) -> &str {
        self.identity.as_deref().unwrap_or(&self.key)
    }

    /// Whether the person comes through the eIDAS gateway.
    pub fn is_foreign(&self) -> bool {
        self.country.is_some()
    }

    /// The means with which the person can meet a demand.
    pub fn means_for<'p>(&'p self, demand: &'p LevelDemand) -> impl Iterator<Item = &'p Means> {
        self.means
            .iter()
            .filter(|means| demand.is_met_by(means.level))
    }

    /// The person's identifier for one provider or group of providers: the same every time, of no meaning elsewhere.
    pub fn pseudonym(&self, scope: &str) -> String {
        let identity = self.human();
        let digest = sha256(format!("city-sandbox nia\n{identity}\n{scope}").as_bytes());
        // Foreign identifiers are opaque: any characters, no UUID.
        if let Some(country) = &self.country {
            let opaque = STANDARD.encode(digest.first_chunk::<20>().unwrap_or(&[0; 20]));
            return format!("{country}/CZ/{opaque}");
        }
        let bytes = *digest.first_chunk::<16>().unwrap_or(&[0; 16]);
        format!("CZ/CZ/{}", Builder::from_sha1_bytes(bytes).into_uuid())
    }

    /// What NIA says for an attribute; `None` when it knows nothing.
    pub fn values(&self, kind: Kind, about: Circumstances<'_>) -> Option<Vec<Value>> {
        let birth_date = self.birth_date_on(about.now);
        let one = |text: Option<String>| text.map(|text| vec![Value::from(text)]);
        match kind {
            Kind::PersonIdentifier => one(Some(about.pseudonym.to_owned())),
            Kind::FamilyName => Some(names(&self.family_name, self.family_name_original.as_ref())),
            Kind::GivenName => Some(names(&self.given_name, self.given_name_original.as_ref())),
            Kind::DateOfBirth => one(Some(birth_date.to_string())),
            Kind::Level => one(Some(about.level.uri().to_owned())),
            // The gateway brings the minimal data set and nothing else.
            _ if self.is_foreign() => None,
            Kind::PlaceOfBirth => one(self.birth_place.clone()),
            Kind::CountryOfBirth => one(Some("CZ".to_owned())),
            Kind::Address => one(self
                .address
                .as_ref()
                .map(|address| STANDARD.encode(address.fragment()))),
            Kind::RuianAddress => one(self
                .ruian
                .as_ref()
                .map(|address| STANDARD.encode(address.document()))),
            Kind::Email => one(self.email.clone()),
            Kind::Phone => one(self.phone.clone()),
            Kind::Age => one(Some(age(birth_date, about.now).to_string())),
            Kind::IsAgeOver => one(about
                .age_limit
                .map(|limit| (age(birth_date, about.now) >= limit).to_string())),
            Kind::DocumentType => one(self.document.as_ref().map(|document| document.kind.clone())),
            Kind::DocumentNumber => one(self
                .document
                .as_ref()
                .map(|document| document.number.clone())),
        }
    }

    /// The birth date, of people who stay of one age too.
    pub fn birth_date_on(&self, now: DateTime<Utc>) -> NaiveDate {
        let fixed = self
            .age
            .and_then(|age| NaiveDate::from_ymd_opt(now.year() - age, 1, 1));
        self.birth_date.or(fixed).unwrap_or_default()
    }
}

impl Address {
    /// The fragment as NIA writes it: several roots, a prefix that nothing binds, CRLF after each line.
    fn fragment(&self) -> String {
        let lines = [
            ("LocatorDesignator", &self.house),
            ("Thoroughfare", &self.street),
            ("PostName", &self.post_name),
            ("PostCode", &self.post_code),
            ("CvaddressArea", &self.area),
        ];
        let lines: Vec<_> = lines
            .iter()
            .map(|(name, value)| format!("<eidas:{name}>{}</eidas:{name}>\r\n", escape(value)))
            .collect();
        lines.concat()
    }
}

impl RuianAddress {
    fn document(&self) -> String {
        let parts = [
            ("okresKod", Some(&self.district)),
            ("obecKod", Some(&self.municipality)),
            ("castObceKod", Some(&self.part)),
            ("uliceKod", self.street.as_ref()),
            ("postaKod", Some(&self.post)),
            ("stavebniObjektKod", Some(&self.building)),
            ("adresniMistoKod", Some(&self.place)),
            ("cisloDomovni", Some(&self.house)),
            ("cisloOrientacni", self.orientation.as_ref()),
        ];
        let inner: String = parts
            .iter()
            .filter_map(|(name, value)| {
                value.map(|value| format!("<{name}>{}</{name}>", escape(value)))
            })
            .collect();
        format!(
            r#"<TRadresaID xmlns="http://schemas.eidentita.cz/moris/2016/identity/claims/">{inner}</TRadresaID>"#
        )
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let street = if self.street.is_empty() {
            "č. p."
        } else {
            &self.street
        };
        write!(
            f,
            "{street} {}, {} {}",
            self.house, self.post_code, self.post_name
        )?;
        if self.country == home() {
            return Ok(());
        }
        write!(f, ", {}", self.country)
    }
}

impl std::fmt::Display for RuianAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "obec {}, adresní místo {}",
            self.municipality, self.place
        )
    }
}

/// The people built into the program.
pub fn built_in() -> Result<Vec<Persona>, StartError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        persona: Vec<Persona>,
    }
    let text = include_str!("../../data/personas.toml");
    let file: File = Figment::new()
        .merge(Toml::string(text))
        .extract()
        .map_err(|source| StartError::Personas(Box::new(source)))?;
    Ok(file.persona)
}

fn names(latin: &str, original: Option<&String>) -> Vec<Value> {
    let original = original.map(|text| Value {
        text: text.clone(),
        latin_script: false,
    });
    original
        .into_iter()
        .chain([Value::from(latin.to_owned())])
        .collect()
}

fn age(birth: NaiveDate, now: DateTime<Utc>) -> i32 {
    let today = now.date_naive();
    let had_birthday = (today.month(), today.day()) >= (birth.month(), birth.day());
    today.year() - birth.year() - i32::from(!had_birthday)
}

fn escape(text: &str) -> std::borrow::Cow<'_, str> {
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn persona(key: &str) -> Persona {
        built_in()
            .unwrap()
            .into_iter()
            .find(|persona| persona.key == key)
            .unwrap()
    }

    fn text(persona: &Persona, kind: Kind) -> Option<String> {
        let about = Circumstances {
            pseudonym: "CZ/CZ/x",
            level: Level::Substantial,
            now: "2026-11-24T09:00:00Z".parse().unwrap(),
            age_limit: Some(18),
        };
        persona
            .values(kind, about)
            .map(|values| values.last().unwrap().text.clone())
    }

    fn decoded(persona: &Persona, kind: Kind) -> String {
        String::from_utf8(STANDARD.decode(text(persona, kind).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn a_pseudonym_is_stable_within_a_group_and_differs_outside() {
        let novakova = persona("novakova");

        assert_eq!(novakova.pseudonym("town"), novakova.pseudonym("town"));
        assert_ne!(novakova.pseudonym("town"), novakova.pseudonym("library"));
        assert_eq!(
            novakova.pseudonym("town"),
            persona("newname").pseudonym("town")
        );
        for other in ["newpseudonym", "twin"] {
            assert_ne!(novakova.pseudonym("town"), persona(other).pseudonym("town"));
        }
        assert!(persona("eidas-es").pseudonym("town").starts_with("ES/CZ/"));
    }

    #[test]
    fn an_address_is_a_fragment_with_an_unbound_prefix() {
        let fragment = decoded(&persona("village"), Kind::Address);

        assert!(fragment.starts_with("<eidas:LocatorDesignator>37</eidas:LocatorDesignator>\r\n<eidas:Thoroughfare></eidas:Thoroughfare>\r\n"));
        assert!(
            fragment
                .ends_with("<eidas:CvaddressArea>Arnoltice, Arnoltice</eidas:CvaddressArea>\r\n")
        );
        assert!(decoded(&persona("xmlchars"), Kind::Address).contains("7&lt;8"));
    }

    #[test]
    fn codes_of_an_address_come_as_one_document() {
        let document =
            crate::xml::parse(&decoded(&persona("novakova"), Kind::RuianAddress)).unwrap();

        let place = document
            .children
            .iter()
            .find(|child| child.name == "obecKod")
            .unwrap();
        assert_eq!(place.text, "545392");
        assert!(!decoded(&persona("village"), Kind::RuianAddress).contains("uliceKod"));
    }

    #[test]
    fn age_is_counted_from_the_birthday() {
        assert_eq!(text(&persona("novakova"), Kind::Age).unwrap(), "41");
        assert_eq!(text(&persona("nocontact"), Kind::Age).unwrap(), "76");
        assert_eq!(text(&persona("minor"), Kind::IsAgeOver).unwrap(), "false");
        assert_eq!(text(&persona("novakova"), Kind::IsAgeOver).unwrap(), "true");
    }

    #[test]
    fn the_gateway_brings_four_attributes() {
        let foreigner = persona("eidas-el");
        for kind in [
            Kind::PersonIdentifier,
            Kind::FamilyName,
            Kind::GivenName,
            Kind::DateOfBirth,
        ] {
            assert!(text(&foreigner, kind).is_some());
        }
        for kind in [
            Kind::Address,
            Kind::RuianAddress,
            Kind::Email,
            Kind::DocumentNumber,
            Kind::Age,
        ] {
            assert!(text(&foreigner, kind).is_none());
        }
    }
}
