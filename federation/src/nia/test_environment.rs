//! NIA's test environment: its personas are nobody, and must never become verified citizens. In production nothing of it is
//! taken, from the configuration and from the metadata alike.

use super::config::NiaConfig;
use crate::environment::Environment;
use crate::registry::{ConfigProblem, Place};
use crate::saml::config::Pins;
use crate::saml::test_marks::TestMarks;

/// It has the same entity id as the real one (reference of NIA, trap 2): hosts (2.2) and certificates (3.4) alone tell.
const MARKS: TestMarks = TestMarks {
    host: "tnia.",
    name: "TEST",
};

/// What metadata must not show here.
pub(super) fn marks(environment: Environment) -> Option<TestMarks> {
    (environment == Environment::Production).then_some(MARKS)
}

/// Refuses its addresses in the configuration.
pub(super) fn refuse_addresses(place: &Place<'_>, config: &NiaConfig) -> Result<(), ConfigProblem> {
    let Some(marks) = marks(place.environment) else {
        return Ok(());
    };
    let metadata_url = config.metadata_url.iter().map(|url| ("metadata_url", url));
    let origins = config.origins.iter().map(|url| ("origins", url));
    match metadata_url
        .chain(origins)
        .find(|(_, url)| marks.are_on_address(url))
    {
        Some((key, url)) => Err(place.problem(
            key,
            format!(
                "{} is NIA's test environment",
                url.host_str().unwrap_or_default()
            ),
            "Name the production environment.",
        )),
        None => Ok(()),
    }
}

/// Refuses its certificates among the pins. One that is pinned by its fingerprint shows itself in the metadata.
pub(super) fn refuse_pins(place: &Place<'_>, pins: &Pins) -> Result<(), ConfigProblem> {
    let Some(marks) = marks(place.environment) else {
        return Ok(());
    };
    let test = pins
        .certificates
        .iter()
        .find(|certificate| marks.are_on_certificate(certificate));
    match test {
        Some(certificate) => Err(place.problem(
            "certificate",
            format!(
                "{} is a certificate of NIA's test environment",
                certificate.common_name()
            ),
            "Pin the certificate of the production environment.",
        )),
        None => Ok(()),
    }
}
