//! What a call that brought no answer means.

use std::sync::Arc;

use outbound::soap::{Fault, Malformed, SoapError};
use outbound::{Forbidden, OutboundError, Unacceptable, Unavailable};

use super::super::confirmation::what_it_means;
use super::world::word;

fn unavailable(why: Unavailable) -> SoapError {
    SoapError::Outbound(OutboundError::Unavailable {
        target: Arc::from("isds"),
        why,
        cause: None,
    })
}

fn unacceptable(why: Unacceptable) -> SoapError {
    SoapError::Outbound(OutboundError::Unacceptable {
        target: Arc::from("isds"),
        why,
        cause: None,
    })
}

#[test]
fn isds_c02_what_is_wrong_with_our_certificate_is_for_the_operator() {
    let elsewhere = SoapError::Outbound(OutboundError::Forbidden {
        target: Arc::from("isds"),
        why: Forbidden::CertificateElsewhere {
            host: "elsewhere.example".to_owned(),
        },
    });
    for error in [
        unavailable(Unavailable::CertificateRefused),
        unacceptable(Unacceptable::NoCertificateAsked),
        unacceptable(Unacceptable::Status(401)),
        unacceptable(Unacceptable::Status(403)),
        elsewhere,
    ] {
        let shown = error.to_string();
        assert_eq!(word(&what_it_means(error)), "misconfigured", "{shown}");
    }
}

#[test]
fn isds_c07_a_question_that_isds_does_not_take_says_nothing_about_isds() {
    let fault = SoapError::Fault(Fault {
        code: "Client".to_owned(),
        text: "sessionId".to_owned(),
    });
    assert_eq!(word(&what_it_means(fault)), "said-misconfigured");
}

#[test]
fn isds_c07_an_outage_is_never_a_login_and_is_told_from_a_bad_answer() {
    let fault = SoapError::Fault(Fault {
        code: "Server".to_owned(),
        text: "Údržba".to_owned(),
    });
    for error in [
        unavailable(Unavailable::Connect),
        unavailable(Unavailable::TimedOut),
        unavailable(Unavailable::Broken),
        unavailable(Unavailable::Paused),
        unavailable(Unavailable::ServerError(503)),
        unacceptable(Unacceptable::Redirect(302)),
        fault,
    ] {
        let shown = error.to_string();
        assert_eq!(word(&what_it_means(error)), "unavailable", "{shown}");
    }
    let html = unacceptable(Unacceptable::ContentType("text/html".to_owned()));
    assert_eq!(word(&what_it_means(html)), "not-soap");
    let flood = unacceptable(Unacceptable::TooLarge { limit: 1 });
    assert_eq!(word(&what_it_means(flood)), "too-large");
    let no_fault = SoapError::Malformed(Malformed::NoFault);
    assert_eq!(word(&what_it_means(no_fault)), "not-soap");
}
