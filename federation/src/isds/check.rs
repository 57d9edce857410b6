//! What a check says: certificate, registration, service, and which attributes really came.

use outbound::{Guard, OutboundError, Unacceptable};

use super::config::Field;
use super::confirmation::is_about_us;
use super::{Isds, heartbeat};
use crate::finding::Finding;
use crate::provider::{Timestamp, UpstreamProvider as _};
use crate::saml::check::until_warning;

/// Days before the end of our certificate at which a check warns (reference of ISDS, section 10). The new one has to be uploaded thirty
/// days before (3.9), so the first warning comes earlier than of other certificates.
const WARN: [i64; 4] = [45, 30, 14, 7];

/// Our certificate does not hold now.
#[derive(Debug, thiserror::Error)]
#[error(
    "the certificate registered at ISDS holds until {0} and not now; put a valid one in its place"
)]
pub(super) struct CertificateOutOfDate(pub(super) Timestamp);

impl Isds {
    pub(super) async fn findings(&self, now: Timestamp) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(validity) = self.service.certificate_validity() {
            findings.push(until_warning(
                "isds.certificate-expires",
                "Our certificate for ISDS",
                validity.not_after,
                now,
                &WARN,
            ));
        }
        findings.push(self.registration().await);
        findings.push(self.reachable().await);
        if let Some(url) = &self.addresses.heartbeat {
            findings.push(heartbeat::heard(&self.heartbeat, url, &self.config.namespaces).await);
        }
        if self.forgets_departures() && !self.config.require_app_token {
            findings.push(Finding::warning(
                "isds.app-token",
                format!(
                    "Nothing ties a login at ISDS to the browser that left for it, besides that it has one under way: set require_app_token = true in [provider.{}] when ISDS repeats the number in its answer.",
                    self.description.id
                ),
            ));
        }
        findings.extend(self.attributes_seen());
        findings
    }

    /// An application nobody registered is answered with 404; one that is known with a page or a redirect.
    async fn registration(&self) -> Finding {
        let code = "isds.registration";
        match self
            .portal
            .get(&self.addresses.login, Guard::Operator)
            .await
        {
            Ok(page) if page.status.as_u16() == 404 => Finding::broken(
                code,
                format!(
                    "ISDS does not know the application {}. Compare ats_id with the registration, and the environment with the one it was made in.",
                    self.config.ats_id
                ),
            ),
            Ok(_)
            | Err(OutboundError::Unacceptable {
                why: Unacceptable::Redirect(_),
                ..
            }) => Finding::fine(code, "ISDS knows our application."),
            Err(error) => Finding::broken("isds.unreachable", format!("The login pages: {error}.")),
        }
    }

    /// Reaches the service with our certificate and asks nothing.
    async fn reachable(&self) -> Finding {
        let code = "isds.service";
        match self
            .service
            .get(&self.addresses.confirmation, Guard::Operator)
            .await
        {
            Ok(answer) if matches!(answer.status.as_u16(), 401 | 403) => Finding::broken(
                code,
                "ISDS does not know our certificate. Register it with the application.",
            ),
            Ok(_) => Finding::fine(code, "The service answers to our certificate."),
            Err(error) if is_about_us(&error) => Finding::broken(
                code,
                format!("The service and our certificate do not meet: {error}."),
            ),
            Err(error) => Finding::broken("isds.unreachable", format!("The service: {error}.")),
        }
    }

    /// Which attributes came, and which we wait for in vain. The list of ISDS is not public.
    fn attributes_seen(&self) -> Vec<Finding> {
        let code = "isds.attributes";
        let seen = &self.seen().names;
        if seen.is_empty() {
            return vec![Finding::fine(
                code,
                "No attribute was seen yet: nobody logged in.",
            )];
        }
        let list = |names: Vec<&str>| names.join(", ");
        let mut findings = vec![Finding::fine(
            code,
            format!(
                "Attributes seen: {}.",
                list(seen.iter().map(String::as_str).collect())
            ),
        )];
        let came = |field: Field| {
            let names = self.config.names(field);
            seen.iter()
                .any(|came| names.iter().any(|name| name.eq_ignore_ascii_case(came)))
        };
        let needed = [
            Field::BoxState,
            Field::Role,
            Field::Identified,
            Field::FamilyName,
            Field::BirthDate,
        ];
        let missing: Vec<&str> = needed
            .into_iter()
            .filter(|field| !came(*field))
            .flat_map(|field| self.config.names(field))
            .collect();
        if self.config.profile == super::Profile::Person && !missing.is_empty() {
            findings.push(Finding::warning(
                code,
                format!(
                    "Never seen: {}. Without them nobody gets above the level contact; select them in the registration, or name them in [provider.{}.attribute].",
                    list(missing),
                    self.description.id
                ),
            ));
        }
        findings
    }
}
