//! What a service provider sends: unpacked, its signature verified, its content checked.

pub mod authn;
pub mod carried;
pub mod logout;
pub mod signature;

use chrono::DateTime;

use super::names::SAML;
use super::refusal::Refusal;
use crate::xml::Element;

/// The text of `Issuer`, exactly as it stands.
pub fn issuer(message: &Element) -> Result<&str, Refusal> {
    let issuer = message
        .child(SAML, "Issuer")
        .ok_or(Refusal::Header("Issuer"))?;
    Ok(&issuer.text)
}

/// Checks what every message carries and returns its `ID`.
pub fn check_header(message: &Element) -> Result<String, Refusal> {
    if message.attribute("Version") != Some("2.0") {
        return Err(Refusal::Header("Version"));
    }
    let instant = message.attribute("IssueInstant").unwrap_or_default();
    DateTime::parse_from_rfc3339(instant).map_err(|_| Refusal::Header("IssueInstant"))?;
    match message.attribute("ID") {
        Some(id) if !id.is_empty() && id.len() <= 256 => Ok(id.to_owned()),
        _ => Err(Refusal::Header("ID")),
    }
}

/// `Destination` must be this address: a request for somebody else is not ours to answer.
pub fn check_destination(message: &Element, ours: &str) -> Result<(), Refusal> {
    match message.attribute("Destination") {
        Some(destination) if destination == ours => Ok(()),
        other => Err(Refusal::Destination(other.unwrap_or("(chybí)").to_owned())),
    }
}
