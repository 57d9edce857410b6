//! What a check of a provider found, for operators (`city-idp check`).

use crate::provider::Timestamp;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// As it should be.
    Fine,
    /// Works, and will stop working if nothing is done.
    Warning,
    /// Logins through this provider fail.
    Broken,
}

/// One thing a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Stable code, `nia.certificate-expires`.
    pub code: &'static str,
    /// What was found and what to do, in plain English, without secrets or personal data.
    pub message: String,
    /// The end of a certificate that it is about.
    pub ends: Option<End>,
}

/// When a certificate ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// What it is for: `provider-signing`, `own-signing`, `own-decryption`.
    pub what: &'static str,
    /// Its last moment.
    pub at: Timestamp,
}

impl Finding {
    /// Whether the upstream cannot be used as it is: it does not answer, what it publishes is no good, or it does not know our
    /// certificate (`isds.service`) or application (`isds.registration`).
    pub fn is_upstream_down(&self) -> bool {
        const ABOUT_IT: [&str; 7] = [
            "unreachable",
            "metadata",
            "metadata-expires",
            "discovery",
            "keys",
            "service",
            "registration",
        ];
        let about = self.code.rsplit('.').next().unwrap_or_default();
        self.severity == Severity::Broken && ABOUT_IT.contains(&about)
    }

    /// The same about a certificate that ends then.
    #[must_use]
    pub(crate) fn about_certificate(self, what: &'static str, at: Timestamp) -> Self {
        Self {
            ends: Some(End { what, at }),
            ..self
        }
    }

    /// All is well.
    pub fn fine(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Fine,
            code,
            message: sentence(message.into()),
            ends: None,
        }
    }

    /// Works for now.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            code,
            message: sentence(message.into()),
            ends: None,
        }
    }

    /// Does not work.
    pub fn broken(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Broken,
            code,
            message: sentence(message.into()),
            ends: None,
        }
    }
}

/// What ends a sentence of its own within a sentence of ours brings a second full stop along.
fn sentence(mut message: String) -> String {
    while message.ends_with("..") {
        message.pop();
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::refusal::Refusal;

    #[test]
    fn an_upstream_that_does_not_know_us_is_as_good_as_down() {
        for code in [
            "isds.service",
            "isds.registration",
            "isds.unreachable",
            "saml.metadata",
        ] {
            assert!(Finding::broken(code, "").is_upstream_down(), "{code}");
            assert!(!Finding::warning(code, "").is_upstream_down(), "{code}");
            assert!(!Finding::fine(code, "").is_upstream_down(), "{code}");
        }
        for code in ["isds.attributes", "isds.app-token", "isds.heartbeat"] {
            assert!(!Finding::broken(code, "").is_upstream_down(), "{code}");
        }
    }

    #[test]
    fn a_reason_within_a_finding_ends_with_one_full_stop() {
        let refused = Refusal::DigestMismatch;

        for finding in [
            Finding::broken("saml.metadata", format!("https://a.test/: {refused}.")),
            Finding::warning("saml.metadata", format!("https://a.test/: {refused}")),
        ] {
            let end = finding.message.trim_end_matches('.').len();
            assert_eq!(finding.message.len() - end, 1, "{}", finding.message);
        }
    }
}
