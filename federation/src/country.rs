//! Countries of addresses, by ISO 3166-1.

mod table;

use serde::de::{Deserialize, Deserializer, Error};
use serde::ser::{Serialize, Serializer};

use table::COUNTRIES;

/// A country, by its two letters in ISO 3166-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Country(&'static str);

/// What was told is no country that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no country of ISO 3166-1")]
pub struct UnknownCountry;

/// Where addresses are when nothing else is said.
const HOME: Country = Country("CZ");

/// Names beside those of the table that sources of ours have for our neighbours and us.
const NAMES: [(&str, &str); 16] = [
    ("česko", "CZ"),
    ("česká republika", "CZ"),
    ("čr", "CZ"),
    ("czech republic", "CZ"),
    ("tschechien", "CZ"),
    ("slovensko", "SK"),
    ("slovenská republika", "SK"),
    ("slovak republic", "SK"),
    ("německo", "DE"),
    ("deutschland", "DE"),
    ("rakousko", "AT"),
    ("österreich", "AT"),
    ("polsko", "PL"),
    ("polska", "PL"),
    // The European Union writes these two its own way.
    ("el", "GR"),
    ("uk", "GB"),
];

impl Country {
    /// Reads a country as a source tells it: by two or three letters, or by a usual name.
    ///
    /// # Errors
    ///
    /// [`UnknownCountry`]: then nobody knows where the address is, and it must not pass for one of ours.
    pub fn read(told: &str) -> Result<Self, UnknownCountry> {
        let told = told.trim().to_lowercase();
        let listed = COUNTRIES.iter().find(|(two, three, name)| {
            two.eq_ignore_ascii_case(&told)
                || three.eq_ignore_ascii_case(&told)
                || name.to_lowercase() == told
        });
        if let Some((two, ..)) = listed {
            return Ok(Self(two));
        }
        let named = NAMES.iter().find(|(name, _)| *name == told);
        named.map(|(_, two)| Self(two)).ok_or(UnknownCountry)
    }

    /// Reads the country of an address. `None`: it is the Czech Republic, or nothing is told, which means the same in what Czech
    /// sources say.
    ///
    /// # Errors
    ///
    /// As [`Country::read`].
    pub fn abroad(told: Option<&str>) -> Result<Option<Self>, UnknownCountry> {
        let told = told.map(str::trim).filter(|told| !told.is_empty());
        let country = told.map(Self::read).transpose().inspect_err(|_| {
            tracing::warn!("an address names a country that is not in ISO 3166-1");
        })?;
        Ok(country.and_then(Self::unless_home))
    }

    /// As an address has it: `None` for the Czech Republic.
    pub fn unless_home(self) -> Option<Self> {
        (self != HOME).then_some(self)
    }

    /// Its two letters, in capitals.
    pub const fn code(self) -> &'static str {
        self.0
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0)
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_country_is_known_by_letters_and_by_name() {
        for told in [
            "SK",
            "sk",
            "SVK",
            " Slovakia ",
            "Slovensko",
            "SLOVENSKÁ REPUBLIKA",
        ] {
            assert_eq!(Country::read(told).map(Country::code), Ok("SK"), "{told}");
        }
        for told in ["", "XX", "ZZZ", "Atlantis", "S", "421"] {
            assert_eq!(Country::read(told), Err(UnknownCountry), "{told}");
        }
    }

    #[test]
    fn at_home_an_address_names_no_country_and_abroad_it_always_does() {
        for told in [
            None,
            Some(""),
            Some(" "),
            Some("CZ"),
            Some("CZE"),
            Some("Česká republika"),
        ] {
            assert_eq!(Country::abroad(told), Ok(None), "{told:?}");
        }
        assert_eq!(
            Country::abroad(Some("at")).map(|country| country.map(Country::code)),
            Ok(Some("AT"))
        );
        assert_eq!(Country::abroad(Some("Cislajtánie")), Err(UnknownCountry));
    }

    #[test]
    fn what_is_kept_of_a_country_is_its_code() {
        let kept = serde_json::to_value(Country("SK")).unwrap();

        assert_eq!(kept, "SK");
        assert_eq!(
            serde_json::from_value::<Country>(kept).unwrap().code(),
            "SK"
        );
        assert!(serde_json::from_value::<Country>("??".into()).is_err());
    }
}
