//! The flat list of attributes that an answer has, by our names (reference 4.2).

use std::collections::{BTreeMap, BTreeSet};

use outbound::soap::Element;
use unicode_normalization::UnicodeNormalization;

use super::config::{Field, IsdsConfig, Profile};
use crate::refusal::Refusal;
use crate::saml::text::is_safe;

/// Octets of the longest value that is looked at.
const LONGEST: usize = 1_000;
/// Attributes a genuine answer never has.
const MOST: usize = 200;
/// Names worth remembering.
const LONGEST_NAME: usize = 64;

/// What an answer told, by our names.
#[derive(Default)]
pub(super) struct Attributes {
    told: BTreeMap<Field, String>,
    names: BTreeSet<String>,
}

impl Attributes {
    /// Reads `attributes/attribute@name,@value`.
    ///
    /// 1. White space around a value is nothing, an empty value is none; the rest is brought to NFC.
    /// 2. Names are compared without case. What has no name we know is not looked at, besides its name.
    /// 3. A thing that came twice with the same value came once; with two values nobody knows which one is meant.
    pub(super) fn read(response: &Element, config: &IsdsConfig) -> Result<Self, Refusal> {
        let mut lists = response.children_named("attributes");
        let list = lists.next();
        if lists.next().is_some() {
            return Err(Refusal::RepeatedElement);
        }
        let mut attributes = Self::default();
        for (at, one) in list
            .into_iter()
            .flat_map(|list| list.children_named("attribute"))
            .enumerate()
        {
            if at >= MOST {
                return Err(Refusal::TooManyAttributes);
            }
            let (Some(name), Some(value)) = (one.attribute("name"), one.attribute("value")) else {
                return Err(Refusal::AttributeMalformed);
            };
            attributes.add(name.trim(), value, config)?;
        }
        Ok(attributes)
    }

    fn add(&mut self, name: &str, value: &str, config: &IsdsConfig) -> Result<(), Refusal> {
        let plain = !name.is_empty()
            && name.len() <= LONGEST_NAME
            && name
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"_.-".contains(&octet));
        if plain {
            self.names.insert(name.to_owned());
        }
        let known = Field::ALL.into_iter().find(|field| {
            (config.profile == Profile::Person || !field.is_of_person())
                && config
                    .names(*field)
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(name))
        });
        let Some(field) = known else {
            return Ok(());
        };
        let value: String = value.trim().nfc().collect();
        if value.is_empty() {
            return Ok(());
        }
        if value.len() > LONGEST {
            return Err(Refusal::AttributeTooLong);
        }
        if !is_safe(&value) {
            return Err(Refusal::AttributeUnsafe);
        }
        match self.told.insert(field, value.clone()) {
            Some(before) if before != value => Err(Refusal::AttributeRepeated),
            _ => Ok(()),
        }
    }

    /// What was told about a thing.
    pub(super) fn get(&self, field: Field) -> Option<&str> {
        self.told.get(&field).map(String::as_str)
    }

    /// Takes out what nobody should come across later.
    pub(super) fn take(&mut self, field: Field) -> Option<String> {
        self.told.remove(&field)
    }

    /// The names that came, known and unknown.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(String::as_str)
    }
}
