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
    let answer = Call::new(url, Guard::Operator)
        .limits(LIMITS)
        .send(target, &question(namespaces, session_id))
        .await
        .map_err(what_it_means)?;
    judge(answer, namespaces)
}

/// The question.
fn question(namespaces: &[String], session_id: &str) -> Element {
    let namespace = namespaces.first().map_or("", String::as_str);
    Element::new(namespace, "authConfirmationRequest")
        .with(Element::new(namespace, "sessionId").with_text(session_id))
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
        // The question holds what the browser brought, and that alone can make it one that nobody takes.
        SoapError::Fault(fault) if fault.code == "Client" => {
            UpstreamError::SaidMisconfigured(fault.into())
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever stands in for the session: one element with one child, whose text is what was put in.
    #[test]
    fn isds_c15_the_question_is_well_formed_whatever_comes_as_a_session() {
        let pieces = [
            "<",
            ">",
            "&",
            "\"",
            "'",
            "]]>",
            "<![CDATA[",
            "<!--",
            "-->",
            "</sessionId>",
            "<?xml?>",
            "&lt;",
            "&#0;",
            "\u{0}",
            "\u{b}",
            "\u{fffe}",
            "\u{202e}",
            "\u{10ffff}",
            "ž",
            " ",
            "\t",
            "a",
        ];
        let namespaces = ["http://agw-as.cz/ats-ws/v1".to_owned()];
        let mut state = 7_u64;
        for round in 0..4_000 {
            let mut session = String::new();
            for _ in 0..round % 9 {
                // A small generator of numbers that look like chance, the same in every run.
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1_442_695_040_888_963_407);
                session.push_str(pieces[usize::try_from(state >> 33).unwrap() % pieces.len()]);
            }

            let xml = outbound::soap::write(&question(&namespaces, &session));

            let read = outbound::soap::document(xml.as_bytes(), &LIMITS)
                .unwrap_or_else(|error| panic!("{error:?}: {xml}"));
            assert!(read.is(&namespaces[0], "authConfirmationRequest"), "{xml}");
            let children: Vec<_> = read.children().collect();
            assert_eq!(children.len(), 1, "{xml}");
            assert!(children[0].is(&namespaces[0], "sessionId"), "{xml}");
            let holdable = |c: char| {
                if matches!(c, '\u{0}' | '\u{b}' | '\u{fffe}') {
                    '\u{fffd}'
                } else {
                    c
                }
            };
            let meant: String = session.chars().map(holdable).collect();
            assert_eq!(
                children[0].text().unwrap_or_default().trim(),
                meant.trim(),
                "{xml}"
            );
        }
    }
}
