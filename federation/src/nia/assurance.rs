//! NIA's levels of assurance and ours. Unknown values are refused, never rounded.

use super::config::Assurance;
use crate::level::{Demand, IdentityLevel, Levels, LoginLevel};

const LOW: &str = "http://eidas.europa.eu/LoA/low";
const SUBSTANTIAL: &str = "http://eidas.europa.eu/LoA/substantial";
const HIGH: &str = "http://eidas.europa.eu/LoA/high";

impl Assurance {
    /// All levels, weakest first.
    pub(super) const ALL: [Self; 3] = [Self::Low, Self::Substantial, Self::High];

    /// The level's name on the wire.
    pub(super) const fn uri(self) -> &'static str {
        match self {
            Self::Low => LOW,
            Self::Substantial => SUBSTANTIAL,
            Self::High => HIGH,
        }
    }

    /// The level in one word.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Substantial => "substantial",
            Self::High => "high",
        }
    }

    /// The level of that exact name.
    pub(super) fn named(uri: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.uri() == uri)
    }

    /// What a login at this level reaches.
    pub(super) const fn levels(self) -> Levels {
        match self {
            Self::Low => Levels::new(IdentityLevel::Contact, LoginLevel::Single),
            Self::Substantial => Levels::new(IdentityLevel::State, LoginLevel::Multi),
            Self::High => Levels::new(IdentityLevel::StateHigh, LoginLevel::Strong),
        }
    }

    /// The lowest level, not below `floor`, that meets a demand.
    pub(super) fn for_demand(demand: Demand, floor: Self) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|level| *level >= floor && level.levels().meets(demand))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demand_asks_for_the_lowest_level_that_meets_it() {
        let asked =
            |identity, login| Assurance::for_demand(Demand::new(identity, login), Assurance::Low);

        assert_eq!(
            asked(IdentityLevel::Unverified, LoginLevel::Single),
            Some(Assurance::Low)
        );
        assert_eq!(
            asked(IdentityLevel::Town, LoginLevel::Single),
            Some(Assurance::Substantial)
        );
        assert_eq!(
            asked(IdentityLevel::Contact, LoginLevel::Multi),
            Some(Assurance::Substantial)
        );
        assert_eq!(
            asked(IdentityLevel::Contact, LoginLevel::Strong),
            Some(Assurance::High)
        );
        assert_eq!(
            asked(IdentityLevel::StateHigh, LoginLevel::Single),
            Some(Assurance::High)
        );
        assert_eq!(
            Assurance::for_demand(Demand::NONE, Assurance::Substantial),
            Some(Assurance::Substantial)
        );
    }

    #[test]
    fn nia_s27_other_spellings_of_a_level_are_unknown() {
        for uri in [
            "http://eidas.europa.eu/LoA/HIGH",
            "http://www.eidas.europa.eu/LoA/high",
            "http://eidas.europa.eu/NotNotified/LoA/high",
            " http://eidas.europa.eu/LoA/high",
            "",
        ] {
            assert_eq!(Assurance::named(uri), None, "{uri}");
        }
    }
}
