//! Makes a draft wrong in one way.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;

use super::super::attribute::{self, Kind};
use super::super::fault::Fault;
use super::super::level::Level;
use super::super::names::TRANSIENT;
use super::super::persona::Value;
use super::draft::{AttributeDraft, Draft, Shape, Wrapping};
use super::encryption::{Cipher, Transport};
use super::signature::{Condition, Method, Signer};
use crate::error::Failure;
use crate::random;

/// How far wrong times are off.
const TEN_MINUTES: TimeDelta = TimeDelta::minutes(10);

/// Applies a fault of a login. Those that are not about the document itself are the caller's.
pub fn apply(fault: Fault, draft: &mut Draft) -> Result<(), Failure> {
    match fault {
        Fault::NoOuterSig => draft.outer_signing.condition = Condition::Missing,
        Fault::NoInnerSig => draft.inner_signing.condition = Condition::Missing,
        Fault::BadOuterSig => draft.outer_signing.condition = Condition::Broken,
        Fault::BadInnerSig => draft.inner_signing.condition = Condition::Broken,
        Fault::UnknownKey => sign_by(draft, Signer::Stranger),
        Fault::UnknownInnerKey => draft.inner_signing.signer = Signer::Stranger,
        Fault::OtherEnvKey => sign_by(draft, Signer::OtherEnvironment),
        Fault::Sha1Sig => {
            draft.outer_signing.method = Method::RsaSha1;
            draft.inner_signing.method = Method::RsaSha1;
        }

        Fault::Rsa15Key => draft.encryption.transport = Transport::Rsa15,
        Fault::TripleDes => draft.encryption.cipher = Cipher::TripleDesCbc,
        Fault::Aes128Cbc => draft.encryption.cipher = Cipher::Aes128Cbc,
        Fault::Aes256Gcm => draft.encryption.cipher = Cipher::Aes256Gcm,
        Fault::OaepSha256 => {
            draft.encryption.cipher = Cipher::Aes256Gcm;
            draft.encryption.transport = Transport::OaepSha256;
        }
        Fault::OaepMgf1pSha256 => draft.encryption.transport = Transport::OaepMgf1pSha256,
        Fault::OtherRecipient => draft.encryption.to_somebody_else = true,
        Fault::PlainAssertion => draft.shape = Shape::Plain,

        Fault::TwoAssertions => draft.shape = Shape::TwoEncrypted,
        Fault::PlainBeside => draft.shape = Shape::PlainBeside,
        Fault::Xsw1 => draft.shape = Shape::Wrapped(Wrapping::ResponseInObject),
        Fault::Xsw2 => draft.shape = Shape::Wrapped(Wrapping::ResponseInExtensions),
        Fault::Xsw3 => draft.shape = Shape::Wrapped(Wrapping::AssertionBefore),
        Fault::Xsw4 => draft.shape = Shape::Wrapped(Wrapping::AssertionInAdvice),
        Fault::Xsw5 => draft.shape = Shape::Wrapped(Wrapping::SignatureMoved),
        Fault::Xsw6 => draft.shape = Shape::Wrapped(Wrapping::AssertionInObject),
        Fault::Xsw7 => draft.shape = Shape::Wrapped(Wrapping::AssertionInExtensions),
        Fault::Xsw8 => draft.shape = Shape::Wrapped(Wrapping::SignedAssertionInObject),
        Fault::XswStatusDetail => draft.shape = Shape::Wrapped(Wrapping::ResponseInStatusDetail),
        Fault::XswAfter => draft.shape = Shape::Wrapped(Wrapping::AssertionAfter),
        Fault::DupId => draft.shape = Shape::DuplicateId,
        Fault::Doctype => draft.shape = Shape::Doctype,
        Fault::InnerDoctype => draft.shape = Shape::InnerDoctype,
        Fault::EntityBomb => draft.shape = Shape::EntityBomb,
        Fault::ExternalEntity => draft.shape = Shape::ExternalEntity,
        Fault::CommentNameId => draft.shape = Shape::CommentInNameId,

        Fault::WrongIssuerOuter => draft.outer_issuer.push_str(":jina"),
        Fault::WrongIssuerInner => draft.inner_issuer.push_str(":jina"),
        Fault::WrongDestination => draft.destination = elsewhere(&draft.destination),
        Fault::WrongRecipient => draft.recipient = elsewhere(&draft.recipient),
        Fault::WrongAudience => set_audience(
            draft,
            Some("https://jiny-poskytovatel.example/nia".to_owned()),
        ),
        Fault::NoAudience => set_audience(draft, None),
        Fault::NoConditions => draft.conditions = None,
        Fault::WrongInResponseTo => {
            let other = Some(format!("_{}", random::hex()?));
            draft.outer_in_response_to.clone_from(&other);
            draft.inner_in_response_to = other;
        }
        Fault::WrongInnerInResponseTo => {
            draft.inner_in_response_to = Some(format!("_{}", random::hex()?));
        }
        Fault::MissingInResponseTo => {
            draft.outer_in_response_to = None;
            draft.inner_in_response_to = None;
        }

        Fault::Expired => {
            let late = draft.not_on_or_after - draft.not_before + TEN_MINUTES;
            draft.assertion_issued_at -= late;
            draft.not_before -= late;
            draft.not_on_or_after -= late;
        }
        Fault::NotYetValid => draft.not_before += TEN_MINUTES,
        Fault::OldIssueInstant => {
            draft.response_issued_at -= TEN_MINUTES;
            draft.assertion_issued_at -= TEN_MINUTES;
            draft.not_before -= TEN_MINUTES;
            draft.not_on_or_after -= TEN_MINUTES;
        }
        Fault::FutureIssueInstant => {
            draft.response_issued_at += TEN_MINUTES;
            draft.assertion_issued_at += TEN_MINUTES;
        }
        Fault::OldAuthnInstant => draft.authenticated_at -= TimeDelta::hours(1),

        Fault::LoaLower => Level::Low.uri().clone_into(&mut draft.context_class),
        Fault::LoaUnknown => {
            "http://eidas.europa.eu/LoA/extreme".clone_into(&mut draft.context_class);
        }
        Fault::LoaCase => {
            let name = draft
                .context_class
                .rsplit('/')
                .next()
                .unwrap_or_default()
                .to_uppercase();
            draft.context_class = format!("http://eidas.europa.eu/LoA/{name}");
        }
        Fault::AuthnFailed => draft.attributes = vec![AttributeDraft::failure()],
        Fault::ResponderError => draft.shape = Shape::StandardError,

        Fault::NoPersonIdentifier => draft
            .attributes
            .retain(|attribute| attribute.friendly_name != "PersonIdentifier"),
        Fault::NameIdMismatch => {
            let other = format!("CZ/CZ/{}", random::uuid()?);
            set_attribute(draft, Kind::PersonIdentifier, vec![other]);
        }
        Fault::TransientNameId => draft.name_id_format = TRANSIENT,
        Fault::DupAttribute => {
            draft
                .attributes
                .retain(|attribute| attribute.friendly_name != "CurrentFamilyName");
            for name in ["PRVNÍ", "DRUHÁ"] {
                push_attribute(draft, Kind::FamilyName, vec![name.to_owned()]);
            }
        }
        Fault::BadBase64Address => {
            set_attribute(draft, Kind::Address, vec!["!není to base64!".to_owned()]);
        }
        Fault::AddressDoctype => {
            let fragment = "<!DOCTYPE r [<!ENTITY e SYSTEM \"file:///etc/hostname\">]>\r\n\
                            <eidas:Thoroughfare>&e;</eidas:Thoroughfare>\r\n";
            set_attribute(draft, Kind::Address, vec![STANDARD.encode(fragment)]);
        }
        Fault::Huge => set_attribute(
            draft,
            Kind::PlaceOfBirth,
            vec!["Dlouhá Lhota ".repeat(64_000)],
        ),

        Fault::OtherRelayState => draft.relay_state = Some("https://jinam.example/".to_owned()),
        Fault::Truncated => draft.truncated = true,

        Fault::RotatedKey
        | Fault::Replay
        | Fault::NoAnswer
        | Fault::LogoutUnsigned
        | Fault::LogoutBadSig
        | Fault::LogoutRedirect
        | Fault::LogoutWrongInResponseTo
        | Fault::MetaUnsigned
        | Fault::MetaUnknownKey
        | Fault::MetaTampered
        | Fault::MetaEntityId
        | Fault::MetaForeignEndpoint
        | Fault::MetaDoctype
        | Fault::MetaHuge
        | Fault::MetaHtml
        | Fault::MetaRedirect
        | Fault::MetaSlow
        | Fault::MetaUnavailable => {}
    }
    Ok(())
}

fn sign_by(draft: &mut Draft, signer: Signer) {
    draft.outer_signing.signer = signer;
    draft.inner_signing.signer = signer;
}

fn set_audience(draft: &mut Draft, audience: Option<String>) {
    if let Some(conditions) = &mut draft.conditions {
        conditions.audience = audience;
    }
}

fn elsewhere(address: &str) -> String {
    format!(
        "https://jinam.example/{}",
        address.rsplit('/').next().unwrap_or_default()
    )
}

/// Replaces the values of an attribute; adds it when it was not asked for.
fn set_attribute(draft: &mut Draft, kind: Kind, values: Vec<String>) {
    let name = attribute::of(kind)
        .map(|attribute| attribute.name)
        .unwrap_or_default();
    match draft
        .attributes
        .iter_mut()
        .find(|attribute| attribute.name == name)
    {
        Some(attribute) => attribute.values = values.into_iter().map(Value::from).collect(),
        None => push_attribute(draft, kind, values),
    }
}

fn push_attribute(draft: &mut Draft, kind: Kind, values: Vec<String>) {
    if let Some(attribute) = attribute::of(kind) {
        let values = values.into_iter().map(Value::from).collect();
        draft
            .attributes
            .push(AttributeDraft::new(attribute, values));
    }
}
