//! What a check of a provider found, for operators (`city-idp check`).

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
}

impl Finding {
    /// All is well.
    pub fn fine(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Fine,
            code,
            message: message.into(),
        }
    }

    /// Works for now.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            code,
            message: message.into(),
        }
    }

    /// Does not work.
    pub fn broken(code: &'static str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Broken,
            code,
            message: message.into(),
        }
    }
}
