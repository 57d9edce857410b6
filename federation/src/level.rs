//! The two ordered scales: who the person is, and how they logged in now.
//!
//! Rules compare pairs of these, never strings.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How well we know who the person is. Ordered, weakest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum IdentityLevel {
    /// Nothing is known beyond the account itself.
    Unverified,
    /// A contact or an upstream of low assurance stands behind the account.
    Contact,
    /// The town knows the person: counter check, bank, data box of the person.
    Town,
    /// The state vouches, eIDAS *substantial*.
    State,
    /// The state vouches, eIDAS *high*.
    StateHigh,
}

/// How the person logged in this time. Ordered, weakest first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum LoginLevel {
    /// One factor.
    Single,
    /// Two factors.
    Multi,
    /// Two factors, one of them bound to hardware and not phishable.
    Strong,
}

/// What one authentication reached on both scales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Levels {
    /// Who the person is.
    pub identity: IdentityLevel,
    /// How they logged in.
    pub login: LoginLevel,
}

/// What somebody asks for: a minimum on both scales.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Demand {
    /// The lowest identity level that will do.
    pub identity: IdentityLevel,
    /// The lowest login level that will do.
    pub login: LoginLevel,
}

/// A level name we do not know. Unknown levels are refused, never rounded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown level")]
pub struct UnknownLevel;

impl Levels {
    /// A pair of levels.
    pub const fn new(identity: IdentityLevel, login: LoginLevel) -> Self {
        Self { identity, login }
    }

    /// Whether both minimums are reached.
    pub fn meets(self, demand: Demand) -> bool {
        self.identity >= demand.identity && self.login >= demand.login
    }
}

impl Demand {
    /// No demand at all: everything meets it.
    pub const NONE: Self = Self {
        identity: IdentityLevel::Unverified,
        login: LoginLevel::Single,
    };

    /// A pair of minimums.
    pub const fn new(identity: IdentityLevel, login: LoginLevel) -> Self {
        Self { identity, login }
    }

    /// The demand that meets both this and the other one.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            identity: self.identity.max(other.identity),
            login: self.login.max(other.login),
        }
    }
}

impl IdentityLevel {
    /// All levels, weakest first.
    pub const ALL: [Self; 5] = [
        Self::Unverified,
        Self::Contact,
        Self::Town,
        Self::State,
        Self::StateHigh,
    ];

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unverified => "unverified",
            Self::Contact => "contact",
            Self::Town => "town",
            Self::State => "state",
            Self::StateHigh => "state_high",
        }
    }
}

impl LoginLevel {
    /// All levels, weakest first.
    pub const ALL: [Self; 3] = [Self::Single, Self::Multi, Self::Strong];

    /// The name on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "single",
            Self::Multi => "multi",
            Self::Strong => "strong",
        }
    }
}

impl fmt::Display for IdentityLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for LoginLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for IdentityLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or(UnknownLevel)
    }
}

impl FromStr for LoginLevel {
    type Err = UnknownLevel;

    fn from_str(text: &str) -> Result<Self, UnknownLevel> {
        Self::ALL
            .into_iter()
            .find(|level| level.as_str() == text)
            .ok_or(UnknownLevel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_meets_a_demand_only_on_both_scales() {
        let levels = Levels::new(IdentityLevel::State, LoginLevel::Single);

        assert!(levels.meets(Demand::new(IdentityLevel::Town, LoginLevel::Single)));
        assert!(!levels.meets(Demand::new(IdentityLevel::Town, LoginLevel::Multi)));
        assert!(!levels.meets(Demand::new(IdentityLevel::StateHigh, LoginLevel::Single)));
    }

    #[test]
    fn names_read_back_and_nothing_else_does() {
        for level in IdentityLevel::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
        }
        for level in LoginLevel::ALL {
            assert_eq!(level.as_str().parse(), Ok(level));
        }
        assert_eq!("State".parse::<IdentityLevel>(), Err(UnknownLevel));
    }
}
