//! One message that says where, what and how to mend it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a configuration is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// The file, or the environment variable.
    place: Option<String>,
    key: Option<String>,
    problem: String,
    remedy: String,
}

impl ConfigError {
    /// A key (`server.tls.cert_file`) with an unfit value, and how to mend it.
    pub fn at(
        key: impl Into<String>,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            place: None,
            key: Some(key.into()),
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// A fault that no single key has.
    pub fn whole(problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            place: None,
            key: None,
            problem: problem.into(),
            remedy: remedy.into(),
        }
    }

    /// Names the file, for errors that are found after reading.
    #[must_use]
    pub fn in_file(mut self, path: &Path) -> Self {
        self.place
            .get_or_insert_with(|| PathBuf::from(path).display().to_string());
        self
    }

    pub(super) fn in_place(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// What is wrong, without place, key and remedy.
    pub fn problem(&self) -> &str {
        &self.problem
    }

    /// The key, dotted.
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("configuration")?;
        if let Some(place) = &self.place {
            write!(f, " {place}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", key `{key}`")?;
        }
        write!(
            f,
            ": {}. {}.",
            self.problem.trim_end_matches('.'),
            self.remedy.trim_end_matches('.')
        )
    }
}
