//! The two forms of an address: an XML *fragment* with an unbound prefix, and a small XML document, both in base64.
//!
//! Read by events, without DTD, entities of its own or namespaces, because there is nothing to resolve them with.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::country::Country;
use crate::fact::{Address, RuianAddress};
use crate::refusal::Refusal;
use crate::saml::text::is_safe;

const OCTETS_LIMIT: usize = 8 * 1024;
const DEPTH_LIMIT: usize = 4;
const FIELDS_LIMIT: usize = 64;
const FIELD_LIMIT: usize = 256;

/// Reads `CurrentAddress`. Czech registers name no country; those of another state (`abroad`: whose means the person has) may, as
/// the uppermost administrative unit, and otherwise mean their own.
pub(super) fn current_address(encoded: &str, abroad: Option<&str>) -> Result<Address, Refusal> {
    let fields = Fields::read(encoded)?;
    let told = fields.get("AdminunitFirstline")?;
    let told = told.and_then(|told| Country::read(&told).ok());
    let country = match (told, abroad) {
        (Some(country), _) => country.unless_home(),
        (None, Some(state)) => Some(Country::read(state).map_err(|_| Refusal::AddressMalformed)?),
        (None, None) => None,
    };
    Ok(Address {
        house: fields.get("LocatorDesignator")?,
        street: fields.get("Thoroughfare")?,
        post_name: fields.get("PostName")?,
        post_code: fields.get("PostCode")?,
        area: fields.get("CvaddressArea")?,
        country,
    })
}

/// Reads `TRadresaID`.
pub(super) fn ruian_address(encoded: &str) -> Result<RuianAddress, Refusal> {
    let fields = Fields::read(encoded)?;
    Ok(RuianAddress {
        district_code: fields.get("okresKod")?,
        municipality_code: fields.get("obecKod")?,
        municipality_part_code: fields.get("castObceKod")?,
        street_code: fields.get("uliceKod")?,
        post_code: fields.get("postaKod")?,
        building_code: fields.get("stavebniObjektKod")?,
        address_point_code: fields.get("adresniMistoKod")?,
        house_number: fields.get("cisloDomovni")?,
        orientation_number: fields.get("cisloOrientacni")?,
        orientation_letter: fields.get("cisloOrientacniPismeno")?,
    })
}

/// The elements that have only text inside, at the top or in one element around them.
struct Fields(Vec<Field>);

struct Field {
    name: String,
    text: String,
    has_elements: bool,
}

impl Fields {
    fn read(encoded: &str) -> Result<Self, Refusal> {
        let compact: String = encoded.split_ascii_whitespace().collect();
        let octets = STANDARD
            .decode(compact)
            .map_err(|_| Refusal::AddressMalformed)?;
        if octets.len() > OCTETS_LIMIT {
            return Err(Refusal::AttributeTooLong);
        }
        let text = String::from_utf8(octets).map_err(|_| Refusal::AddressMalformed)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let text = match text.strip_prefix("<?xml ") {
            Some(declaration) => {
                declaration
                    .split_once("?>")
                    .ok_or(Refusal::AddressMalformed)?
                    .1
            }
            None => text,
        };
        if text.contains("<!") || text.contains("<?") {
            return Err(Refusal::AddressMalformed);
        }
        parse(text).map(Self)
    }

    /// The text of a field. Absent and empty are the same; a second one, or one with elements inside, is refused.
    fn get(&self, name: &str) -> Result<Option<String>, Refusal> {
        let mut found = self.0.iter().filter(|field| field.name == name);
        let Some(field) = found.next() else {
            return Ok(None);
        };
        if found.next().is_some() || field.has_elements {
            return Err(Refusal::AddressMalformed);
        }
        let text = field.text.trim_matches([' ', '\t', '\r', '\n']);
        if text.chars().count() > FIELD_LIMIT {
            return Err(Refusal::AttributeTooLong);
        }
        if !is_safe(text) {
            return Err(Refusal::AttributeUnsafe);
        }
        Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
    }
}

fn parse(text: &str) -> Result<Vec<Field>, Refusal> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Field> = Vec::new();
    let mut fields = Vec::new();
    loop {
        let event = reader.read_event().map_err(|_| Refusal::AddressMalformed)?;
        match event {
            Event::Start(start) => {
                check_attributes(&start)?;
                if let Some(parent) = open.last_mut() {
                    parent.has_elements = true;
                }
                check_depth(&open)?;
                open.push(Field::named(start.local_name().as_ref()));
            }
            Event::Empty(empty) => {
                check_attributes(&empty)?;
                if let Some(parent) = open.last_mut() {
                    parent.has_elements = true;
                }
                check_depth(&open)?;
                keep(
                    &mut fields,
                    Field::named(empty.local_name().as_ref()),
                    open.len(),
                )?;
            }
            Event::End(_) => {
                let field = open.pop().ok_or(Refusal::AddressMalformed)?;
                keep(&mut fields, field, open.len())?;
            }
            Event::Text(part) => add(&mut open, &part)?,
            Event::GeneralRef(reference) => {
                let character = match reference
                    .resolve_char_ref()
                    .map_err(|_| Refusal::AddressMalformed)?
                {
                    Some(character) => character,
                    None => predefined(&reference).ok_or(Refusal::AddressMalformed)?,
                };
                add(&mut open, character.encode_utf8(&mut [0; 4]))?;
            }
            Event::Eof if open.is_empty() => return Ok(fields),
            _ => return Err(Refusal::AddressMalformed),
        }
    }
}

fn check_depth(open: &[Field]) -> Result<(), Refusal> {
    if open.len() < DEPTH_LIMIT {
        Ok(())
    } else {
        Err(Refusal::AddressMalformed)
    }
}

/// Attributes say nothing here, but they have to be some.
fn check_attributes(element: &BytesStart<'_>) -> Result<(), Refusal> {
    if element.attributes().all(|attribute| attribute.is_ok()) {
        Ok(())
    } else {
        Err(Refusal::AddressMalformed)
    }
}

/// Keeps a finished element when it stands at the top or in one element around it.
fn keep(fields: &mut Vec<Field>, field: Field, depth: usize) -> Result<(), Refusal> {
    if fields.len() == FIELDS_LIMIT {
        return Err(Refusal::AddressMalformed);
    }
    if depth <= 1 {
        fields.push(field);
    }
    Ok(())
}

/// Adds text to the innermost element. Between the elements at the top, only white space may stand.
fn add(open: &mut [Field], text: &str) -> Result<(), Refusal> {
    match open.last_mut() {
        Some(field) => field.text.push_str(text),
        None if text.trim_matches([' ', '\t', '\r', '\n']).is_empty() => {}
        None => return Err(Refusal::AddressMalformed),
    }
    Ok(())
}

fn predefined(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

impl Field {
    fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            text: String::new(),
            has_elements: false,
        }
    }
}
