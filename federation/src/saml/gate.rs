//! The gate: the only way from an answer's octets to what it says.
//!
//! Refuse, verify, decrypt, verify, extract, each step on what the step before let through.

use tracing::debug_span;
use uppsala::Document;

use super::encryption::{Allowed, Sealed};
use super::keys::SamlKeyPair;
use super::layout::{self, Kind, own_id};
use super::names::{PERSISTENT, SAML, SAMLP, STATUS, STATUS_SUCCESS};
use super::scan::{MESSAGE, PLAINTEXT};
use super::signature::{self, Algorithms, Place, Trust};
use super::statement::{self, Statement};
use super::time::{Tolerance, instant};
use super::tree::{Node, parse};
use crate::provider::Timestamp;
use crate::refusal::Refusal;

/// What a provider's answers must look like.
#[derive(Debug, Clone)]
pub(crate) struct Policy {
    /// The provider's entity id.
    pub(crate) issuer: String,
    /// What the assertion must be addressed to: our entity id.
    pub(crate) audience: String,
    /// Our answer address: Destination and Recipient.
    pub(crate) answer_address: String,
    /// Whether the response must be signed.
    pub(crate) response_signed: bool,
    /// Whether the assertion must be signed.
    pub(crate) assertion_signed: bool,
    /// Whether the assertion must be encrypted.
    pub(crate) encrypted: bool,
    /// Signature algorithms.
    pub(crate) algorithms: Algorithms,
    /// Content ciphers.
    pub(crate) ciphers: Allowed,
    /// The name format the subject must have. `None`: any.
    pub(crate) name_id_format: Option<String>,
    /// Whether an attribute with elements inside is refused even when nobody asked for it.
    pub(crate) strict_attributes: bool,
    /// The attribute that marks a failed login in an otherwise successful answer, with the value of success.
    pub(crate) failure_attribute: Option<(&'static str, &'static str)>,
    /// Clocks and ages.
    pub(crate) tolerance: Tolerance,
}

/// What we asked, as far as the answer must match it.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The id of our request.
    pub(crate) request_id: String,
    /// When a new login was demanded, the time of that demand.
    pub(crate) forced_at: Option<Timestamp>,
}

/// What a verified answer says, in the protocol's words.
#[derive(Clone)]
pub(crate) struct Told {
    /// Id of the response.
    pub(crate) response_id: String,
    /// What the assertion says.
    pub(crate) statement: Statement,
}

/// How much cryptography an answer caused; tests count it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Work {
    pub(crate) verifications: u32,
    pub(crate) decryptions: u32,
}

/// One gate: policy, trust and keys, for as many answers as come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gate<'g> {
    pub(crate) policy: &'g Policy,
    pub(crate) trust: &'g Trust,
    pub(crate) keys: &'g [SamlKeyPair],
}

impl Gate<'_> {
    /// Lets an answer through, or says why not.
    pub(crate) fn open(&self, xml: &str, asked: &Asked, now: Timestamp) -> Result<Told, Refusal> {
        self.open_counting(xml, asked, now, &mut Work::default())
    }

    /// The same, telling what it did.
    pub(crate) fn open_counting(
        &self,
        xml: &str,
        asked: &Asked,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<Told, Refusal> {
        // Refuse.
        let (mut document, outer) = debug_span!("saml.parse").in_scope(|| {
            let document = parse(xml, &MESSAGE)?;
            let outer = self.inspect_response(&document)?;
            Ok::<_, Refusal>((document, outer))
        })?;

        // Verify.
        if !outer.places.is_empty() {
            work.verifications += 1;
            debug_span!("saml.verify")
                .in_scope(|| self.trust.verify(&mut document, &outer.places, now))?;
        }
        let response = Node::root(&document)?;
        if self.policy.response_signed && !outer.response_signed {
            return Err(self.unsigned_error(response, asked, now));
        }
        self.check_envelope(response, asked, now)?;
        check_status(response, outer.response_signed)?;

        let statement = match outer.body {
            Body::Missing => return Err(Refusal::AssertionMissing),
            Body::Plain => {
                let assertion = response
                    .child(SAML, "Assertion")?
                    .ok_or(Refusal::AssertionMissing)?;
                statement::read(assertion, self.policy, asked, now)?
            }
            Body::Sealed(sealed) => {
                // Decrypt.
                work.decryptions += 1;
                let plain = debug_span!("saml.decrypt").in_scope(|| sealed.open(self.keys))?;
                // Verify again, and extract.
                let read = self.open_plaintext(&plain, outer.response_signed, asked, now, work);
                if outer.response_signed {
                    read?
                } else {
                    read.map_err(without_outer_signature)?
                }
            }
        };
        Ok(Told {
            response_id: own_id(response)?.to_owned(),
            statement,
        })
    }

    fn inspect_response(&self, document: &Document<'_>) -> Result<Outer, Refusal> {
        let response = Node::root(document)?;
        if !response.is(SAMLP, "Response") {
            return Err(Refusal::WrongRoot);
        }
        layout::check(response, Kind::Response)?;
        own_id(response)?;
        let mut places = Vec::new();
        let on_response = signature::of(response, self.policy.algorithms)?;
        places.extend(on_response);
        for child in response.children() {
            let known = matches!(
                child.name(),
                (SAML, "Issuer" | "Assertion" | "EncryptedAssertion")
                    | (SAMLP, "Extensions" | "Status")
                    | (super::names::DSIG, "Signature")
            );
            if !known {
                return Err(Refusal::UnexpectedElement);
            }
        }
        let plain = response.child(SAML, "Assertion")?;
        let sealed = response.child(SAML, "EncryptedAssertion")?;
        let body = match (plain, sealed) {
            (Some(assertion), None) => {
                let on_assertion = signature::of(assertion, self.policy.algorithms)?;
                if self.policy.encrypted {
                    return Err(Refusal::AssertionNotEncrypted);
                }
                self.require(on_response, on_assertion)?;
                places.extend(on_assertion);
                Body::Plain
            }
            (None, Some(encrypted)) => {
                let sealed = Sealed::read(encrypted, self.policy.ciphers)?;
                if self.policy.response_signed && on_response.is_none() {
                    return Err(Refusal::ResponseUnsigned);
                }
                if sealed.needs_outer_signature() && on_response.is_none() {
                    return Err(Refusal::CipherNeedsOuterSignature);
                }
                Body::Sealed(sealed)
            }
            (Some(_), Some(_)) => return Err(Refusal::SeveralAssertions),
            // An error of the provider has no assertion. Whoever forges one can only end the login, and not even that where
            // responses must be signed.
            (None, None) => Body::Missing,
        };
        Ok(Outer {
            response_signed: on_response.is_some(),
            places,
            body,
        })
    }

    /// What must be signed is; and whatever the policy says, something is.
    fn require(&self, response: Option<Place>, assertion: Option<Place>) -> Result<(), Refusal> {
        if response.is_none() && (self.policy.response_signed || assertion.is_none()) {
            return Err(Refusal::ResponseUnsigned);
        }
        if assertion.is_none() && self.policy.assertion_signed {
            return Err(Refusal::AssertionUnsigned);
        }
        Ok(())
    }

    /// Why a response without an assertion and without the signature that it must have is refused. Providers that sign may leave
    /// their errors unsigned: one that answers our request is told as an error. Of what it says nothing else is believed, and the
    /// login goes on waiting for its answer.
    fn unsigned_error(&self, response: Node<'_, '_>, asked: &Asked, now: Timestamp) -> Refusal {
        if self.check_envelope(response, asked, now).is_err() {
            return Refusal::ResponseUnsigned;
        }
        match check_status(response, false) {
            Ok(()) | Err(Refusal::StatusMissing) => Refusal::ResponseUnsigned,
            Err(_) => Refusal::ErrorUnsigned,
        }
    }

    /// The response is of this provider, for us, about our request, and fresh.
    fn check_envelope(
        &self,
        response: Node<'_, '_>,
        asked: &Asked,
        now: Timestamp,
    ) -> Result<(), Refusal> {
        if response.attribute("Version") != Some("2.0") {
            return Err(Refusal::WrongVersion);
        }
        if response.attribute("Destination") != Some(&self.policy.answer_address) {
            return Err(Refusal::DestinationWrong);
        }
        check_issuer(response, &self.policy.issuer, Refusal::ResponseIssuerWrong)?;
        match response.attribute("InResponseTo") {
            None => return Err(Refusal::InResponseToMissing),
            Some(id) if id != asked.request_id => return Err(Refusal::InResponseToWrong),
            Some(_) => {}
        }
        let issued = instant(
            response
                .attribute("IssueInstant")
                .ok_or(Refusal::TimeMalformed)?,
        )?;
        if self.policy.tolerance.is_future(issued, now) {
            return Err(Refusal::IssuedInTheFuture);
        }
        if self.policy.tolerance.is_stale(issued, now) {
            return Err(Refusal::ResponseTooOld);
        }
        Ok(())
    }

    fn open_plaintext(
        &self,
        plain: &str,
        response_signed: bool,
        asked: &Asked,
        now: Timestamp,
        work: &mut Work,
    ) -> Result<Statement, Refusal> {
        let (mut document, place) = debug_span!("saml.parse").in_scope(|| {
            let document = parse(plain, &PLAINTEXT)?;
            let assertion = Node::root(&document)?;
            if !assertion.is(SAML, "Assertion") {
                return Err(Refusal::PlaintextNotAnAssertion);
            }
            layout::check(assertion, Kind::Assertion)?;
            let place = signature::of(assertion, self.policy.algorithms)?;
            Ok((document, place))
        })?;
        match place {
            Some(place) => {
                work.verifications += 1;
                debug_span!("saml.verify")
                    .in_scope(|| self.trust.verify(&mut document, &[place], now))?;
            }
            // Without a signature inside, the one outside must vouch.
            None if self.policy.assertion_signed || !response_signed => {
                return Err(Refusal::AssertionUnsigned);
            }
            None => {}
        }
        debug_span!("saml.read")
            .in_scope(|| statement::read(Node::root(&document)?, self.policy, asked, now))
    }
}

/// What the first look at a response found.
struct Outer {
    response_signed: bool,
    places: Vec<Place>,
    body: Body,
}

enum Body {
    Missing,
    Plain,
    Sealed(Sealed),
}

/// While nothing vouches for a ciphertext, whatever is wrong with its plaintext is one failure: whoever could tell them
/// apart could ask questions about it.
const fn without_outer_signature(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::NotWellFormed
        | Refusal::DoctypeForbidden
        | Refusal::CommentForbidden
        | Refusal::CdataForbidden
        | Refusal::ProcessingInstructionForbidden
        | Refusal::TooDeep
        | Refusal::TooManyElements
        | Refusal::TooManyAttributes
        | Refusal::TooManyNamespaces
        | Refusal::TooLarge
        | Refusal::NotUtf8
        | Refusal::PlaintextNotAnAssertion => Refusal::DecryptionFailed,
        other => other,
    }
}

/// The issuer, exactly.
pub(crate) fn check_issuer(
    node: Node<'_, '_>,
    expected: &str,
    refusal: Refusal,
) -> Result<(), Refusal> {
    const ENTITY: &str = "urn:oasis:names:tc:SAML:2.0:nameid-format:entity";
    let issuer = node.child(SAML, "Issuer")?.ok_or(refusal)?;
    let format_fits = issuer
        .attribute("Format")
        .is_none_or(|format| format == ENTITY);
    if format_fits && issuer.text().as_deref() == Some(expected) {
        Ok(())
    } else {
        Err(refusal)
    }
}

/// Success, or what the provider says instead.
fn check_status(response: Node<'_, '_>, is_signed: bool) -> Result<(), Refusal> {
    let status = response
        .child(SAMLP, "Status")?
        .ok_or(Refusal::StatusMissing)?;
    let code = status
        .child(SAMLP, "StatusCode")?
        .ok_or(Refusal::StatusMissing)?;
    let top = code.attribute("Value").ok_or(Refusal::StatusMissing)?;
    if top == STATUS_SUCCESS {
        return Ok(());
    }
    let detail = code
        .child(SAMLP, "StatusCode")?
        .and_then(|code| code.attribute("Value"))
        .unwrap_or(top);
    let message = status.child(SAMLP, "StatusMessage")?;
    tracing::info!(
        saml.status = status_name(top),
        saml.status_detail = status_name(detail),
        saml.status_message = message.and_then(Node::text).map(|text| cut(&text)),
        "the provider answered with a status other than success"
    );
    Err(match detail.strip_prefix(STATUS) {
        Some("AuthnFailed" | "RequestDenied" | "NoPassive") => Refusal::NotCompleted,
        Some("NoAuthnContext") => Refusal::LevelTooLow,
        // Nothing more than that it went wrong there (SAML Core 3.2.2.2).
        Some("Responder") if is_signed => Refusal::ProviderFailed,
        Some("Responder") => Refusal::ProviderSaysFailed,
        Some(
            "Requester"
            | "VersionMismatch"
            | "InvalidAttrNameOrValue"
            | "InvalidNameIDPolicy"
            | "RequestUnsupported"
            | "UnsupportedBinding",
        ) => Refusal::ProviderRefusesRequest,
        _ => Refusal::ProviderStatus,
    })
}

/// A status of the standard, for the log; any other text could be anything.
fn status_name(value: &str) -> &str {
    match value.strip_prefix(STATUS) {
        Some(name) if name.bytes().all(|b| b.is_ascii_alphabetic()) => name,
        _ => "another",
    }
}

/// A message as one short line for the log.
fn cut(text: &str) -> String {
    const LONGEST: usize = 200;
    let line: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LONGEST)
        .collect();
    line.trim().to_owned()
}

impl Policy {
    /// The subject's format as a logout names it.
    pub(crate) fn name_id_format(&self) -> &str {
        self.name_id_format.as_deref().unwrap_or(PERSISTENT)
    }
}

impl std::fmt::Debug for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Told").finish_non_exhaustive()
    }
}
