//! `AuthnRequest`: what it asks for, and the rules it must keep.
//!
//! The order of its children is not checked, and attributes nobody knows are ignored: NIA does the same.

use serde::Serialize;

use super::super::attribute::{self, Attribute, Kind};
use super::super::level::{Comparison, Level, LevelDemand};
use super::super::names::{BINDING_POST, EIDAS, SAML, SAMLP};
use super::super::refusal::Refusal;
use super::super::sep::Sep;
use super::{check_destination, check_header};
use crate::xml::Element;

/// A request that may be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuthnRequest {
    /// Its `ID`.
    pub id: String,
    /// Do not use single sign-on.
    pub force_authn: bool,
    /// Do not show a page.
    pub is_passive: bool,
    /// How strong the login must be.
    pub demand: LevelDemand,
    /// Known attributes, in the order asked.
    #[serde(skip)]
    pub attributes: Vec<Requested>,
}

/// One attribute asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requested {
    /// Which one.
    pub attribute: &'static Attribute,
    /// Without it the login cannot end well.
    pub required: bool,
    /// The limit of `isAgeOver`.
    pub age_limit: Option<i32>,
}

/// Checks a request of a registered provider whose signature was verified.
pub fn check(message: &Element, sep: &Sep, ours: &str) -> Result<AuthnRequest, Refusal> {
    let id = check_header(message)?;
    check_destination(message, ours)?;
    check_return_address(message, sep)?;
    let extensions = message.child(SAMLP, "Extensions").ok_or(Refusal::SpType)?;
    check_sp_type(extensions)?;

    Ok(AuthnRequest {
        id,
        force_authn: is_true(message.attribute("ForceAuthn")),
        is_passive: is_true(message.attribute("IsPassive")),
        demand: demand(message)?,
        attributes: requested(extensions)?,
    })
}

fn check_return_address(message: &Element, sep: &Sep) -> Result<(), Refusal> {
    if let Some(address) = message.attribute("AssertionConsumerServiceURL")
        && address != sep.acs_url
    {
        return Err(Refusal::ReturnAddress(address.to_owned()));
    }
    match message.attribute("ProtocolBinding") {
        None | Some(BINDING_POST) => Ok(()),
        Some(other) => Err(Refusal::Binding(other.to_owned())),
    }
}

fn check_sp_type(extensions: &Element) -> Result<(), Refusal> {
    match extensions.child(EIDAS, "SPType") {
        Some(kind) if matches!(kind.text.as_str(), "public" | "private") => Ok(()),
        _ => Err(Refusal::SpType),
    }
}

fn demand(message: &Element) -> Result<LevelDemand, Refusal> {
    let Some(context) = message.child(SAMLP, "RequestedAuthnContext") else {
        return Ok(LevelDemand::default());
    };
    let comparison = context.attribute("Comparison");
    let comparison = Comparison::from_attribute(comparison)
        .ok_or_else(|| Refusal::Comparison(comparison.unwrap_or_default().to_owned()))?;
    let levels = context
        .children_named(SAML, "AuthnContextClassRef")
        .map(|class| Level::from_uri(&class.text).ok_or_else(|| Refusal::Level(class.text.clone())))
        .collect::<Result<_, _>>()?;
    Ok(LevelDemand { comparison, levels })
}

fn requested(extensions: &Element) -> Result<Vec<Requested>, Refusal> {
    let mut known: Vec<Requested> = Vec::new();
    for list in extensions.children_named(EIDAS, "RequestedAttributes") {
        for element in list.children_named(EIDAS, "RequestedAttribute") {
            let name = element
                .attribute("Name")
                .filter(|name| !name.is_empty())
                .ok_or(Refusal::AttributeName)?;
            let Some(attribute) = attribute::find(name) else {
                continue;
            };
            let required = is_true(element.attribute("isRequired"));
            let age_limit = if attribute.kind == Kind::IsAgeOver {
                age_limit(element)?
            } else {
                None
            };
            match known
                .iter_mut()
                .find(|requested| requested.attribute == attribute)
            {
                Some(earlier) => earlier.required |= required,
                None => known.push(Requested {
                    attribute,
                    required,
                    age_limit,
                }),
            }
        }
    }
    Ok(known)
}

fn age_limit(element: &Element) -> Result<Option<i32>, Refusal> {
    let Some(value) = element.child(EIDAS, "AttributeValue") else {
        return Ok(None);
    };
    let limit = value.text.trim();
    match limit.parse::<u8>() {
        Ok(years) => Ok(Some(i32::from(years))),
        Err(_) => Err(Refusal::AgeLimit(limit.to_owned())),
    }
}

fn is_true(value: Option<&str>) -> bool {
    matches!(value, Some("true" | "1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xml;

    const OURS: &str = "http://127.0.0.1:8402/FPSTS/saml2/basic";

    fn sep() -> Sep {
        serde_json::from_value(
            serde_json::json!({ "entity_id": "urn:sep", "acs_url": "http://sep/acs" }),
        )
        .unwrap()
    }

    /// A good request, with one thing replaced.
    fn request(replace: &str, with: &str) -> Result<AuthnRequest, Refusal> {
        let good = r#"<p:AuthnRequest xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion" xmlns:e="http://eidas.europa.eu/saml-extensions" ID="_1" Version="2.0" IssueInstant="2026-11-24T09:00:00Z" Destination="http://127.0.0.1:8402/FPSTS/saml2/basic" AssertionConsumerServiceURL="http://sep/acs" ForceAuthn="1"><s:Issuer>urn:sep</s:Issuer><p:Extensions><e:SPType>public</e:SPType><e:RequestedAttributes><e:RequestedAttribute Name="http://eidas.europa.eu/attributes/naturalperson/DateOfBirth" isRequired="true"/><e:RequestedAttribute Name="urn:nobody:knows"/><e:RequestedAttribute Name="http://www.stork.gov.eu/1.0/isAgeOver"><e:AttributeValue>18</e:AttributeValue></e:RequestedAttribute></e:RequestedAttributes></p:Extensions><p:RequestedAuthnContext Comparison="minimum"><s:AuthnContextClassRef>http://eidas.europa.eu/LoA/substantial</s:AuthnContextClassRef></p:RequestedAuthnContext></p:AuthnRequest>"#;
        assert!(replace.is_empty() || good.contains(replace), "{replace}");
        check(
            &xml::parse(&good.replacen(replace, with, 1)).unwrap(),
            &sep(),
            OURS,
        )
    }

    #[test]
    fn a_good_request_is_read() {
        let request = request("", "").unwrap();

        assert!(request.force_authn);
        assert!(!request.is_passive);
        assert_eq!(request.demand.weakest(), Some(Level::Substantial));
        let kinds: Vec<_> = request
            .attributes
            .iter()
            .map(|asked| (asked.attribute.kind, asked.required, asked.age_limit))
            .collect();
        assert_eq!(
            kinds,
            [
                (Kind::DateOfBirth, true, None),
                (Kind::IsAgeOver, false, Some(18))
            ]
        );
    }

    #[test]
    fn the_return_address_may_be_left_to_the_registration() {
        assert!(request(r#"AssertionConsumerServiceURL="http://sep/acs""#, "").is_ok());
    }

    #[test]
    fn every_rule_trips_by_itself() {
        let cases = [
            ("Version=\"2.0\"", "Version=\"1.1\"", 105),
            ("ID=\"_1\"", "", 105),
            ("2026-11-24T09:00:00Z", "yesterday", 105),
            (
                "Destination=\"http://127.0.0.1:8402/FPSTS/saml2/basic\"",
                "",
                301,
            ),
            (
                "Destination=\"http://127.0.0.1",
                "Destination=\"http://localhost",
                301,
            ),
            ("http://sep/acs", "http://sep/acs/", 302),
            (
                "ForceAuthn=\"1\"",
                "ProtocolBinding=\"urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Artifact\"",
                303,
            ),
            ("<e:SPType>public</e:SPType>", "", 304),
            (">public<", ">secret<", 304),
            ("Name=\"urn:nobody:knows\"", "FriendlyName=\"x\"", 305),
            (">18<", ">eighteen<", 306),
            ("LoA/substantial", "LoA/SUBSTANTIAL", 307),
            ("minimum", "about", 308),
        ];
        for (replace, with, code) in cases {
            assert_eq!(
                request(replace, with).map_err(|refusal| refusal.code()),
                Err(code),
                "{replace} -> {with}"
            );
        }
    }
}
