//! Is the authentication service alive? (reference 3.8) Its operator says so at a public address: it works, it works in part,
//! or it does not. Anything but HTTP 200 and `OK` is worth a warning; only `ERROR` says that nobody can log in.

use outbound::soap::{Call, Element, SoapError};
use outbound::{Guard, OutboundError, Target, Unacceptable};
use url::Url;

use super::confirmation::LIMITS;
use crate::finding::Finding;

/// Asks, and says what was heard.
pub(super) async fn heard(target: &Target, url: &Url, namespaces: &[String]) -> Finding {
    let namespace = namespaces.first().map_or("", String::as_str);
    let question = Element::new(namespace, "heartBeatRequest");
    let answer = Call::new(url, Guard::Operator)
        .action("heartBeat")
        .limits(LIMITS)
        .send(target, &question)
        .await;
    match answer {
        Ok(answer) => judge(&answer, namespaces),
        Err(error) => Finding::warning(CODE, format!("The heartbeat of ISDS: {}.", why(&error))),
    }
}

/// What an answer comes to. The words for "in part" are not public, so every word but two means just that.
fn judge(answer: &Element, namespaces: &[String]) -> Finding {
    let is_one = answer.local() == "heartBeatResponse"
        && namespaces.iter().any(|known| known == answer.namespace());
    let statuses: Vec<_> = answer.children_named("status").map(Element::text).collect();
    match statuses.as_slice() {
        [Some(status)] if is_one => match status.trim() {
            "OK" => Finding::fine(CODE, "ISDS says that it works."),
            // The end of the code is what the words on the page are made from.
            "ERROR" => Finding::broken("isds.unreachable", "ISDS says that it is out of order."),
            _ => Finding::warning(CODE, "ISDS says that it works in part."),
        },
        _ => Finding::warning(CODE, "The heartbeat of ISDS says nothing that can be read."),
    }
}

fn why(error: &SoapError) -> String {
    match error {
        SoapError::Outbound(OutboundError::Unacceptable {
            why: Unacceptable::Status(status),
            ..
        }) => format!("answered with {status}; compare heartbeat_url with what ISDS publishes"),
        other => other.to_string(),
    }
}

const CODE: &str = "isds.heartbeat";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Severity;

    const OURS: &str = "http://agw-as.cz/ats-ws/v1";

    fn said(namespace: &str, root: &str, statuses: &[&str]) -> (Severity, &'static str) {
        let mut answer = Element::new(namespace, root);
        for status in statuses {
            answer = answer.with(Element::new(namespace, "status").with_text(status));
        }
        let finding = judge(&answer, &[OURS.to_owned()]);
        (finding.severity, finding.code)
    }

    #[test]
    fn only_ok_is_well_and_only_error_is_down() {
        let root = "heartBeatResponse";

        assert_eq!(said(OURS, root, &["OK"]), (Severity::Fine, CODE));
        assert_eq!(
            said(OURS, root, &["ERROR"]),
            (Severity::Broken, "isds.unreachable")
        );
        for degraded in [&["LIMITED"][..], &["ok"], &[""], &[], &["OK", "OK"]] {
            assert_eq!(said(OURS, root, degraded), (Severity::Warning, CODE));
        }
        assert_eq!(said("urn:x", root, &["OK"]), (Severity::Warning, CODE));
        assert_eq!(said(OURS, "pong", &["ERROR"]), (Severity::Warning, CODE));
    }
}
