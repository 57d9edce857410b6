//! Levels of assurance, and what a request demands of them.

use serde::{Deserialize, Serialize};

/// How sure NIA is of the person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// nízká
    Low,
    /// značná
    Substantial,
    /// vysoká
    High,
}

impl Level {
    /// All of them, the weakest first.
    pub const ALL: [Self; 3] = [Self::Low, Self::Substantial, Self::High];

    /// The URI in a request and in an answer. Case matters.
    pub fn uri(self) -> &'static str {
        match self {
            Self::Low => "http://eidas.europa.eu/LoA/low",
            Self::Substantial => "http://eidas.europa.eu/LoA/substantial",
            Self::High => "http://eidas.europa.eu/LoA/high",
        }
    }

    /// Reads the URI.
    pub fn from_uri(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.uri() == uri)
    }

    /// Reads the short name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// The short name, as forms use it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }

    /// In Czech.
    pub fn czech(self) -> &'static str {
        match self {
            Self::Low => "nízká",
            Self::Substantial => "značná",
            Self::High => "vysoká",
        }
    }
}

/// `Comparison` of `RequestedAuthnContext`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// One of the named levels.
    #[default]
    Exact,
    /// At least the weakest of the named levels.
    Minimum,
    /// At most the strongest of the named levels.
    Maximum,
    /// Stronger than all the named levels.
    Better,
}

impl Comparison {
    /// Reads the attribute; SAML says `exact` when it is missing.
    pub fn from_attribute(value: Option<&str>) -> Option<Self> {
        match value {
            None | Some("exact") => Some(Self::Exact),
            Some("minimum") => Some(Self::Minimum),
            Some("maximum") => Some(Self::Maximum),
            Some("better") => Some(Self::Better),
            Some(_) => None,
        }
    }
}

/// What a request demands. Without any level everything will do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct LevelDemand {
    /// How to compare.
    pub comparison: Comparison,
    /// The named levels.
    pub levels: Vec<Level>,
}

impl LevelDemand {
    /// Whether a login at this level is an answer to the request.
    pub fn is_met_by(&self, level: Level) -> bool {
        let (Some(weakest), Some(strongest)) = (self.levels.iter().min(), self.levels.iter().max())
        else {
            return true;
        };
        match self.comparison {
            Comparison::Exact => self.levels.contains(&level),
            Comparison::Minimum => level >= *weakest,
            Comparison::Maximum => level <= *strongest,
            Comparison::Better => level > *strongest,
        }
    }

    /// In Czech.
    pub fn czech(&self) -> String {
        let (Some(weakest), Some(strongest)) = (self.levels.iter().min(), self.levels.iter().max())
        else {
            return "jakákoli".to_owned();
        };
        match self.comparison {
            Comparison::Exact => {
                let named: Vec<_> = self.levels.iter().map(|level| level.czech()).collect();
                format!("právě {}", named.join(" nebo "))
            }
            Comparison::Minimum => format!("alespoň {}", weakest.czech()),
            Comparison::Maximum => format!("nejvýše {}", strongest.czech()),
            Comparison::Better => format!("vyšší než {}", strongest.czech()),
        }
    }

    /// The weakest level that is an answer, if there is one.
    pub fn weakest(&self) -> Option<Level> {
        Level::ALL.into_iter().find(|level| self.is_met_by(*level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(comparison: Comparison, level: Level) -> LevelDemand {
        LevelDemand {
            comparison,
            levels: vec![level],
        }
    }

    #[test]
    fn minimum_takes_the_level_and_what_is_stronger() {
        let demand = demand(Comparison::Minimum, Level::Substantial);

        assert_eq!(demand.czech(), "alespoň značná");
        assert!(!demand.is_met_by(Level::Low));
        assert!(demand.is_met_by(Level::Substantial));
        assert!(demand.is_met_by(Level::High));
    }

    #[test]
    fn the_other_comparisons_do_what_they_say() {
        assert!(!demand(Comparison::Exact, Level::Substantial).is_met_by(Level::High));
        assert!(demand(Comparison::Maximum, Level::Substantial).is_met_by(Level::Low));
        assert!(!demand(Comparison::Better, Level::High).is_met_by(Level::High));
        assert_eq!(demand(Comparison::Better, Level::High).weakest(), None);
        assert!(LevelDemand::default().is_met_by(Level::Low));
    }

    #[test]
    fn the_case_of_the_uri_matters() {
        assert_eq!(Level::from_uri("http://eidas.europa.eu/LoA/LOW"), None);
        assert_eq!(
            Level::from_uri("http://eidas.europa.eu/LoA/low"),
            Some(Level::Low)
        );
    }
}
