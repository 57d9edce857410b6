//! Two ordered scales: who the person is, and how they signed in now. An `acr` names a pair.

use serde::{Deserialize, Serialize};

/// How well it is known who the person is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityLevel {
    /// Nothing proven.
    Unverified,
    /// A contact is proven.
    Contact,
    /// The town, a bank or a data box vouches for the person.
    Town,
    /// The state vouches, assurance substantial.
    State,
    /// The state vouches, assurance high.
    StateHigh,
}

/// How strong the sign-in itself was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LoginLevel {
    /// One factor.
    Single,
    /// Two factors.
    Multi,
    /// A factor bound to hardware.
    Strong,
}

/// A pair of both: what a login reached, or at least has to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Levels {
    /// Who the person is.
    pub identity: IdentityLevel,
    /// How they signed in.
    pub login: LoginLevel,
}

impl IdentityLevel {
    /// Reads the claim `identity_level`; an unknown word is no level.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "unverified" => Self::Unverified,
            "contact" => Self::Contact,
            "town" => Self::Town,
            "state" => Self::State,
            "state_high" => Self::StateHigh,
            _ => return None,
        })
    }

    /// Fluent id of the level in words.
    pub fn text(self) -> &'static str {
        match self {
            Self::Unverified => "level-unverified",
            Self::Contact => "level-contact",
            Self::Town => "level-town",
            Self::State => "level-state",
            Self::StateHigh => "level-state-high",
        }
    }

    /// Filled bars of four. They only repeat the word.
    pub fn bars(self) -> u8 {
        match self {
            Self::Unverified => 1,
            Self::Contact => 2,
            Self::Town => 3,
            Self::State | Self::StateHigh => 4,
        }
    }
}

impl LoginLevel {
    /// Reads the claim `login_level`; an unknown word is no level.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "single" => Self::Single,
            "multi" => Self::Multi,
            "strong" => Self::Strong,
            _ => return None,
        })
    }
}

impl Levels {
    /// Reads an `acr` value. Unknown values are no level, never rounded.
    pub fn parse_acr(acr: &str) -> Option<Self> {
        let (identity, login) = match acr {
            "0" => (IdentityLevel::Unverified, LoginLevel::Single),
            "http://eidas.europa.eu/LoA/low" => (IdentityLevel::Contact, LoginLevel::Single),
            "http://eidas.europa.eu/LoA/substantial" => (IdentityLevel::State, LoginLevel::Multi),
            "http://eidas.europa.eu/LoA/high" => (IdentityLevel::StateHigh, LoginLevel::Strong),
            other => {
                let (identity, login) = other
                    .strip_prefix("urn:city-identity:acr:")?
                    .split_once(':')?;
                (IdentityLevel::parse(identity)?, LoginLevel::parse(login)?)
            }
        };
        Some(Self { identity, login })
    }

    /// Whether these levels are enough for a demand.
    pub fn meet(self, demand: Self) -> bool {
        self.identity >= demand.identity && self.login >= demand.login
    }
}

/// A higher level a page may ask for; the word stands in the address (`?uroven=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepUp {
    /// Verified by the town or better.
    Town,
    /// Verified by the state.
    State,
    /// Verified by the state, assurance high.
    StateHigh,
}

impl StepUp {
    /// Reads the word in the address.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "mesto" => Self::Town,
            "stat" => Self::State,
            "stat-vysoka" => Self::StateHigh,
            _ => return None,
        })
    }

    /// The word in the address.
    pub fn word(self) -> &'static str {
        match self {
            Self::Town => "mesto",
            Self::State => "stat",
            Self::StateHigh => "stat-vysoka",
        }
    }

    /// The value sent as `acr_values`.
    pub fn acr(self) -> &'static str {
        match self {
            Self::Town => "urn:city-identity:acr:town:single",
            Self::State => "urn:city-identity:acr:state:multi",
            Self::StateHigh => "urn:city-identity:acr:state_high:strong",
        }
    }

    /// What the answer's `acr` has to reach.
    pub fn demand(self) -> Levels {
        match self {
            Self::Town => Levels {
                identity: IdentityLevel::Town,
                login: LoginLevel::Single,
            },
            Self::State => Levels {
                identity: IdentityLevel::State,
                login: LoginLevel::Multi,
            },
            Self::StateHigh => Levels {
                identity: IdentityLevel::StateHigh,
                login: LoginLevel::Strong,
            },
        }
    }

    /// Whether a session's `acr` is enough.
    pub fn is_met_by(self, acr: Option<&str>) -> bool {
        acr.and_then(Levels::parse_acr)
            .is_some_and(|levels| levels.meet(self.demand()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_eidas_acr_meets_the_demand_it_stands_for() {
        assert!(StepUp::State.is_met_by(Some("http://eidas.europa.eu/LoA/substantial")));
        assert!(StepUp::State.is_met_by(Some("http://eidas.europa.eu/LoA/high")));
        assert!(!StepUp::State.is_met_by(Some("http://eidas.europa.eu/LoA/low")));
        assert!(!StepUp::StateHigh.is_met_by(Some("http://eidas.europa.eu/LoA/substantial")));
    }

    #[test]
    fn both_scales_have_to_be_met() {
        assert!(!StepUp::State.is_met_by(Some("urn:city-identity:acr:state:single")));
        assert!(!StepUp::State.is_met_by(Some("urn:city-identity:acr:town:strong")));
    }

    #[test]
    fn an_unknown_acr_meets_nothing() {
        assert!(!StepUp::Town.is_met_by(None));
        assert!(!StepUp::Town.is_met_by(Some("urn:city-identity:acr:town")));
        assert!(!StepUp::Town.is_met_by(Some("urn:city-identity:acr:emperor:strong")));
        assert!(!StepUp::Town.is_met_by(Some("http://eidas.europa.eu/LoA/Substantial")));
    }

    #[test]
    fn every_demand_is_met_by_the_value_asked_for() {
        for step_up in [StepUp::Town, StepUp::State, StepUp::StateHigh] {
            assert!(step_up.is_met_by(Some(step_up.acr())));
            assert_eq!(StepUp::parse(step_up.word()), Some(step_up));
        }
    }
}
