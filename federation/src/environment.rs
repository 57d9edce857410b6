//! Which world a configuration lives in. Sandbox keys, hosts and personas never enter production.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The environment of the whole broker; every provider's own must equal it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Everything outside is our own sandbox.
    Sandbox,
    /// The test environments of the real systems.
    Test,
    /// Real people.
    Production,
}

impl Environment {
    /// The name in configuration, realms and the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Test => "test",
            Self::Production => "production",
        }
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
