//! The officials who can log in.

use figment::Figment;
use figment::providers::{Format as _, Toml};
use openssl::sha::sha256;
use serde::{Deserialize, Serialize};
use uuid::Builder;

use crate::error::StartError;

/// An invented official, in one profile.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// The name forms and tests use.
    pub key: String,
    /// What the person is for, in Czech.
    pub purpose: String,
    /// The name they log in by; it may change.
    pub username: String,
    /// As people write it.
    pub given_name: String,
    /// As people write it.
    pub family_name: String,
    /// Before the name.
    #[serde(default)]
    pub degree_before: String,
    /// After the name.
    #[serde(default)]
    pub degree_after: String,
    /// Whether the person was found in the register. Default: yes.
    #[serde(default = "yes")]
    pub person_identified: bool,
    /// Codes of access roles to our system.
    pub access_roles: Vec<String>,
    /// At work.
    #[serde(default)]
    pub email: Option<String>,
    /// At work.
    #[serde(default)]
    pub phone: Option<String>,
    /// Where they work. Default: our town.
    #[serde(default)]
    pub office: Office,
}

/// An institution.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// Identification number (IČO).
    pub lei: String,
    /// Its short name.
    pub shortcut: String,
    /// Its name.
    pub name: String,
    /// Identifier of a public body.
    pub identifier: String,
}

impl Default for Office {
    fn default() -> Self {
        Self {
            lei: "00245836".to_owned(),
            shortcut: "CKRUMLOV".to_owned(),
            name: "Město Český Krumlov".to_owned(),
            identifier: "00245836".to_owned(),
        }
    }
}

impl Officer {
    /// The identifier of the profile: the same for everybody who asks.
    pub fn subject(&self) -> String {
        uuid_of(&format!("profile\n{}", self.key))
    }
}

impl Office {
    /// The identifier of the institution.
    pub fn unique_identifier(&self) -> String {
        uuid_of(&format!("office\n{}", self.lei))
    }
}

/// The officials built into the program.
pub fn built_in() -> Result<Vec<Officer>, StartError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        officer: Vec<Officer>,
    }
    let text = include_str!("../../data/officers.toml");
    let file: File = Figment::new()
        .merge(Toml::string(text))
        .extract()
        .map_err(|source| StartError::Personas(Box::new(source)))?;
    Ok(file.officer)
}

fn uuid_of(text: &str) -> String {
    let digest = sha256(format!("city-sandbox caais\n{text}").as_bytes());
    let bytes = *digest.first_chunk::<16>().unwrap_or(&[0; 16]);
    Builder::from_sha1_bytes(bytes).into_uuid().to_string()
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_of_each_kind_a_town_must_tell_apart() {
        let officers = built_in().unwrap();
        let find = |key: &str| officers.iter().find(|one| one.key == key).unwrap();

        assert_ne!(find("other-town").office.lei, find("editor").office.lei);
        assert!(find("no-role").access_roles.is_empty());
        assert!(!find("unidentified").person_identified);
        assert_ne!(find("editor").subject(), find("admin").subject());
    }
}
