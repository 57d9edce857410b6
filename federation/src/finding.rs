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
    /// Whether the upstream cannot be used as it is: it does not answer, or what it publishes is no good.
    pub fn is_upstream_down(&self) -> bool {
        const ABOUT_IT: [&str; 5] = [
            "unreachable",
            "metadata",
            "metadata-expires",
            "discovery",
            "keys",
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
