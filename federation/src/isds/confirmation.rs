//! The back channel: who was it that came back with this `sessionId`? (reference 3.5)
//!
//! The question is put once and never again: ISDS may have spent the session although its answer was lost.

use outbound::soap::{Call, Element, Limits, Malformed, SoapError};
use outbound::{Guard, OutboundError, Target, Unacceptable, Unavailable};
use url::Url;

use crate::provider::UpstreamError;
use crate::refusal::Refusal;

/// An answer has some thirty attributes.
pub(super) const LIMITS: Limits = Limits {
    octets: 256 * 1024,
    depth: 32,
    elements: 400,
    attributes: 32,
};

/// Asks, and gives the answer when its status is `OK`.
pub(super) async fn confirm(
    target: &Target,
    url: &Url,
    namespaces: &[String],
    session_id: &str,
) -> Result<Element, UpstreamError> {
    let namespace = namespaces.first().map_or("", String::as_str);
    let question = Element::new(namespace, "authConfirmationRequest")
        .with(Element::new(namespace, "sessionId").with_text(session_id));
    let answer = Call::new(url, Guard::Operator)
        .limits(LIMITS)
        .send(target, &question)
        .await
        .map_err(what_it_means)?;
    judge(answer, namespaces)
}

/// The answer, when it is one and says `OK`.
pub(super) fn judge(answer: Element, namespaces: &[String]) -> Result<Element, UpstreamError> {
    if answer.local() != "authConfirmationResponse" {
        return Err(Refusal::WrongRoot.into());
    }
    if !namespaces.iter().any(|known| known == answer.namespace()) {
        return Err(Refusal::ForeignNamespace.into());
    }
    let statuses: Vec<_> = answer.children_named("status").map(Element::text).collect();
    let [Some(status)] = statuses.as_slice() else {
        return Err(Refusal::StatusMissing.into());
    };
    match status.trim() {
        "OK" => Ok(answer),
        "SESSION_NOT_FOUND" => Err(Refusal::SessionSpent.into()),
        "SYSTEM_ERROR" => Err(UpstreamError::Unavailable(SystemError.into())),
        _ => Err(Refusal::StatusUnknown.into()),
    }
}

/// ISDS says that it failed.
#[derive(Debug, thiserror::Error)]
#[error("ISDS answers SYSTEM_ERROR")]
struct SystemError;

/// What a failed call means: our registration or certificate, an outage, or an answer that nobody must read.
pub(super) fn what_it_means(error: SoapError) -> UpstreamError {
    match error {
        SoapError::Malformed(why) => malformed(why).into(),
        SoapError::Outbound(OutboundError::Unacceptable {
            why: Unacceptable::TooLarge { .. },
            ..
        }) => Refusal::TooLarge.into(),
        SoapError::Outbound(OutboundError::Unacceptable {
            why: Unacceptable::ContentType(_),
            ..
        }) => Refusal::NotSoap.into(),
        SoapError::Outbound(error) if is_about_us(&error) => {
            UpstreamError::Misconfigured(error.into())
        }
        other => UpstreamError::Unavailable(other.into()),
    }
}

/// Whether waiting does not help: the certificate is out of date, refused, or not asked for.
pub(super) fn is_about_us(error: &OutboundError) -> bool {
    match error {
        OutboundError::Forbidden { .. } => true,
        OutboundError::Unacceptable { why, .. } => matches!(
            why,
            Unacceptable::NoCertificateAsked | Unacceptable::Status(400..=404)
        ),
        OutboundError::Unavailable { why, .. } => *why == Unavailable::CertificateRefused,
    }
}

pub(super) const fn malformed(why: Malformed) -> Refusal {
    match why {
        Malformed::NotUtf8 => Refusal::NotUtf8,
        Malformed::NotWellFormed => Refusal::NotWellFormed,
        Malformed::Doctype => Refusal::DoctypeForbidden,
        Malformed::ProcessingInstruction => Refusal::ProcessingInstructionForbidden,
        Malformed::Entity => Refusal::EntityForbidden,
        Malformed::TooLarge => Refusal::TooLarge,
        Malformed::TooDeep => Refusal::TooDeep,
        Malformed::TooMany => Refusal::TooManyElements,
        Malformed::NotSoap | Malformed::NoFault => Refusal::NotSoap,
        Malformed::MustUnderstand => Refusal::SoapHeaderNotUnderstood,
        Malformed::NotOneEntry => Refusal::SoapBodyNotOneEntry,
    }
}
