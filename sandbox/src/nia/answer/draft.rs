//! Everything an answer says, before it is written. A fault changes a draft; nothing else makes answers wrong.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use super::super::attribute::{Attribute, Kind};
use super::super::names::{AUTHN_FAILED, ENTITY_ID, PERSISTENT};
use super::super::persona::{Circumstances, Persona, Value};
use super::super::visit::{Login, Visit};
use super::encryption::Encryption;
use super::signature::Signing;
use crate::error::Failure;
use crate::random;

/// How long an assertion counts.
const VALIDITY: TimeDelta = TimeDelta::minutes(60);

/// The content of an answer.
#[derive(Debug, Clone)]
pub struct Draft {
    /// `ID` of the response.
    pub response_id: String,
    /// `ID` of the assertion.
    pub assertion_id: String,
    /// `IssueInstant` of the response, without a fraction on the wire.
    pub response_issued_at: DateTime<Utc>,
    /// `IssueInstant` of the assertion, with milliseconds.
    pub assertion_issued_at: DateTime<Utc>,
    /// `AuthnInstant`.
    pub authenticated_at: DateTime<Utc>,
    /// `NotBefore` of the conditions.
    pub not_before: DateTime<Utc>,
    /// `NotOnOrAfter` of conditions and subject confirmation.
    pub not_on_or_after: DateTime<Utc>,
    /// `Issuer` of the response.
    pub outer_issuer: String,
    /// `Issuer` of the assertion.
    pub inner_issuer: String,
    /// `Destination`.
    pub destination: String,
    /// `Recipient`.
    pub recipient: String,
    /// `Conditions`; they may be missing.
    pub conditions: Option<Conditions>,
    /// `InResponseTo` of the response.
    pub outer_in_response_to: Option<String>,
    /// `InResponseTo` of the subject confirmation.
    pub inner_in_response_to: Option<String>,
    /// `NameID`.
    pub name_id: String,
    /// Its format.
    pub name_id_format: &'static str,
    /// The attributes.
    pub attributes: Vec<AttributeDraft>,
    /// `SessionIndex`.
    pub session_index: String,
    /// `SubjectLocality`.
    pub client_address: String,
    /// `AuthnContextClassRef`.
    pub context_class: String,
    /// How the response is signed.
    pub outer_signing: Signing,
    /// How the assertion is signed.
    pub inner_signing: Signing,
    /// How the assertion is encrypted.
    pub encryption: Encryption,
    /// Where what stands.
    pub shape: Shape,
    /// Beside the message.
    pub relay_state: Option<String>,
    /// Cut the message in half on the wire.
    pub truncated: bool,
}

/// Who may use an assertion.
#[derive(Debug, Clone)]
pub struct Conditions {
    /// `Audience`; it may be missing.
    pub audience: Option<String>,
}

/// One attribute of an answer.
#[derive(Debug, Clone)]
pub struct AttributeDraft {
    /// `Name`
    pub name: String,
    /// `FriendlyName`
    pub friendly_name: String,
    /// Says who vouches; the failure marker does not.
    pub original_issuer: Option<&'static str>,
    /// Namespace and name of the type.
    pub value_type: Option<(&'static str, &'static str)>,
    /// The values.
    pub values: Vec<Value>,
}

impl AttributeDraft {
    /// An attribute with its values.
    pub fn new(attribute: &Attribute, values: Vec<Value>) -> Self {
        Self {
            name: attribute.name.to_owned(),
            friendly_name: attribute.friendly_name.to_owned(),
            original_issuer: Some(ENTITY_ID),
            value_type: attribute.value_type,
            values,
        }
    }

    /// The only sign of a failed login.
    pub fn failure() -> Self {
        Self {
            name: "urn:oasis:names:tc:SAML:2.0:protocol/statuscode".to_owned(),
            friendly_name: "StatusCode".to_owned(),
            original_issuer: None,
            value_type: None,
            values: vec![Value::from(AUTHN_FAILED.to_owned())],
        }
    }
}

/// How response and assertion lie in each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// Signed assertion, encrypted, in a signed response.
    Ordinary,
    /// The assertion is not encrypted.
    Plain,
    /// A standard error without an assertion.
    StandardError,
    /// Two encrypted assertions about two people.
    TwoEncrypted,
    /// An encrypted one, and a forged one in the clear.
    PlainBeside,
    /// Signature wrapping.
    Wrapped(Wrapping),
    /// A forged response with the same ID hides in the signature.
    DuplicateId,
    /// A document type before the response.
    Doctype,
    /// A document type before the assertion, inside the encryption.
    InnerDoctype,
    /// Entities that grow.
    EntityBomb,
    /// An entity that reads a file.
    ExternalEntity,
    /// A comment in the middle of `NameID`, put there after signing.
    CommentInNameId,
}

/// The ways of XML signature wrapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    /// Genuine response in an `Object` of the forged one's signature.
    ResponseInObject,
    /// Genuine response in `Extensions` of the forged one.
    ResponseInExtensions,
    /// Genuine response in `StatusDetail` of the forged one.
    ResponseInStatusDetail,
    /// Forged assertion before the genuine one.
    AssertionBefore,
    /// Forged assertion after the genuine one.
    AssertionAfter,
    /// Genuine assertion in `Advice` of the forged one, encrypted.
    AssertionInAdvice,
    /// Forged assertion with the signature, genuine one at the end without it.
    SignatureMoved,
    /// Genuine assertion without its signature in an `Object` of it, encrypted.
    AssertionInObject,
    /// Forged assertion in `Extensions` of the response.
    AssertionInExtensions,
    /// Genuine assertion with its signature in an `Object` of a copy of it, encrypted.
    SignedAssertionInObject,
}

/// What an answer is about.
#[derive(Debug, Clone, Copy)]
pub enum Outcome<'a> {
    /// A person logged in and let these attributes be told.
    LoggedIn {
        /// Who.
        persona: &'a Persona,
        /// How.
        login: &'a Login,
        /// What was allowed.
        allowed: &'a [Kind],
    },
    /// Nobody did.
    Failed,
}

impl Draft {
    /// The right answer to a visit.
    pub fn new(visit: &Visit, outcome: Outcome<'_>, now: DateTime<Utc>) -> Result<Self, Failure> {
        let now = now.trunc_subsecs(3);
        let (name_id, at, level, attributes) = match outcome {
            Outcome::LoggedIn {
                persona,
                login,
                allowed,
            } => {
                let name_id = persona.pseudonym(visit.sep.pseudonym_scope());
                let attributes = attributes(visit, persona, login, allowed, &name_id, now);
                (name_id, login.at, Some(login.level), attributes)
            }
            // A failed login has a subject too, nobody knows whose.
            Outcome::Failed => (
                format!("CZ/CZ/{}", random::uuid()?),
                now,
                None,
                vec![AttributeDraft::failure()],
            ),
        };
        let level = level
            .or_else(|| visit.request.demand.weakest())
            .unwrap_or(super::super::level::Level::Low);

        Ok(Self {
            response_id: format!("_{}", random::hex()?),
            assertion_id: format!("_{}", random::uuid()?),
            response_issued_at: now,
            assertion_issued_at: now,
            authenticated_at: at.trunc_subsecs(3),
            not_before: now,
            not_on_or_after: now + VALIDITY,
            outer_issuer: ENTITY_ID.to_owned(),
            inner_issuer: ENTITY_ID.to_owned(),
            destination: visit.sep.acs_url.clone(),
            recipient: visit.sep.acs_url.clone(),
            conditions: Some(Conditions {
                audience: Some(visit.sep.entity_id.clone()),
            }),
            outer_in_response_to: Some(visit.request.id.clone()),
            inner_in_response_to: Some(visit.request.id.clone()),
            name_id,
            name_id_format: PERSISTENT,
            attributes,
            session_index: format!("_{}", random::hex()?),
            client_address: visit.client_address.clone(),
            context_class: level.uri().to_owned(),
            outer_signing: Signing::default(),
            inner_signing: Signing::default(),
            encryption: Encryption::default(),
            shape: Shape::Ordinary,
            relay_state: visit.relay_state.clone(),
            truncated: false,
        })
    }

    /// The same answer about somebody else, as an attacker would write it.
    pub fn forged(&self) -> Result<Self, Failure> {
        let mut forged = self.clone();
        forged.response_id = format!("_{}", random::hex()?);
        forged.assertion_id = format!("_{}", random::uuid()?);
        forged.name_id = format!("CZ/CZ/{}", random::uuid()?);
        for attribute in &mut forged.attributes {
            if attribute.friendly_name == "PersonIdentifier" {
                attribute.values = vec![Value::from(forged.name_id.clone())];
            }
        }
        Ok(forged)
    }
}

fn attributes(
    visit: &Visit,
    persona: &Persona,
    login: &Login,
    allowed: &[Kind],
    pseudonym: &str,
    now: DateTime<Utc>,
) -> Vec<AttributeDraft> {
    visit
        .request
        .attributes
        .iter()
        .filter(|requested| allowed.contains(&requested.attribute.kind))
        .filter_map(|requested| {
            let about = Circumstances {
                pseudonym,
                level: login.level,
                now,
                age_limit: requested.age_limit,
            };
            let values = persona.values(requested.attribute.kind, about)?;
            Some(AttributeDraft::new(requested.attribute, values))
        })
        .collect()
}
