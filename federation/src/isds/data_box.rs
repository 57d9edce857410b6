//! Boxes, their states, and what a person is to one (reference 4.3 to 4.5).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whose a box is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    /// A natural person (FO).
    Person,
    /// A natural person in business (PFO).
    SoleTrader,
    /// A legal person (PO).
    LegalPerson,
    /// A legal person that asked for its box, which it had not to have: as a rule an association or a foundation.
    LegalPersonByRequest,
    /// An authority, or somebody acting as one (OVM).
    Office,
}

/// The only state in which a box takes messages. Its user can log in to any other one too.
pub(super) const ACCESSIBLE: &str = "1";

/// What a person is to a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// The holder, a member of the statutory body, the head of the office.
    PrimaryUser,
    /// Somebody the primary user entrusted.
    EntrustedUser,
    /// Manages the box's users, and owns nothing.
    Administrator,
    /// An official of ISDS.
    Official,
    /// The same, with a certificate.
    OfficialCert,
    /// Liquidator.
    Liquidator,
    /// Receiver ("nucený správce").
    Receiver,
    /// Guardian ("opatrovník").
    Guardian,
}

impl Holder {
    /// Whose a box of that type is, by its number or its symbol. `None` for a type nobody told us of.
    pub(super) fn of(kind: &str) -> Option<Self> {
        Some(match kind {
            "40" | "FO" => Self::Person,
            "30" | "PFO" | "31" | "PFO_ADVOK" | "32" | "PFO_DANPOR" | "33" | "PFO_INSSPR"
            | "34" | "PFO_AUDITOR" | "35" | "PFO_ZNALEC" | "36" | "PFO_TLUMOCNIK" | "37"
            | "PFO_ARCH" | "38" | "PFO_AIAT" | "39" | "PFO_AZI" | "50" | "PFO_REQ" => {
                Self::SoleTrader
            }
            "20" | "PO" | "21" | "PO_ZAK" => Self::LegalPerson,
            "22" | "PO_REQ" => Self::LegalPersonByRequest,
            "10" | "OVM" | "11" | "OVM_NOTAR" | "12" | "OVM_EXEKUT" | "13" | "OVM_REQ" | "14"
            | "OVM_FO" | "15" | "OVM_PFO" | "16" | "OVM_PO" => Self::Office,
            _ => return None,
        })
    }

    /// Whether the box has one owner, who is a human being.
    pub(super) const fn is_human(self) -> bool {
        matches!(self, Self::Person | Self::SoleTrader)
    }
}

impl Role {
    const ALL: [Self; 8] = [
        Self::PrimaryUser,
        Self::EntrustedUser,
        Self::Administrator,
        Self::Official,
        Self::OfficialCert,
        Self::Liquidator,
        Self::Receiver,
        Self::Guardian,
    ];

    /// The name that ISDS's web services use.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::PrimaryUser => "PRIMARY_USER",
            Self::EntrustedUser => "ENTRUSTED_USER",
            Self::Administrator => "ADMINISTRATOR",
            Self::Official => "OFFICIAL",
            Self::OfficialCert => "OFFICIAL_CERT",
            Self::Liquidator => "LIQUIDATOR",
            Self::Receiver => "RECEIVER",
            Self::Guardian => "GUARDIAN",
        }
    }

    /// The role of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == name)
    }

    /// The letter of the login service. Only `S` was ever seen; the others are the first letters one would take.
    pub(super) fn usual(letter: &str) -> Option<Self> {
        Some(match letter {
            "S" => Self::PrimaryUser,
            "P" => Self::EntrustedUser,
            "A" => Self::Administrator,
            "L" => Self::Liquidator,
            "R" => Self::Receiver,
            "G" => Self::Guardian,
            _ => return None,
        })
    }

    /// Whether it may act for the holder in everything.
    pub(super) const fn is_full(self) -> bool {
        matches!(
            self,
            Self::PrimaryUser | Self::Liquidator | Self::Receiver | Self::Guardian
        )
    }

    /// Whether it stands for the holder at all. An administrator manages users and nothing else.
    pub(super) const fn represents(self) -> bool {
        self.is_full() || matches!(self, Self::EntrustedUser)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_of_box_is_known_by_number_and_symbol() {
        let known = |types: &[&str], holder| {
            for kind in types {
                assert_eq!(Holder::of(kind), Some(holder), "{kind}");
            }
        };
        known(&["40", "FO"], Holder::Person);
        known(
            &[
                "30",
                "31",
                "32",
                "33",
                "34",
                "35",
                "36",
                "37",
                "38",
                "39",
                "50",
                "PFO",
                "PFO_ADVOK",
                "PFO_DANPOR",
                "PFO_INSSPR",
                "PFO_AUDITOR",
                "PFO_ZNALEC",
                "PFO_TLUMOCNIK",
                "PFO_ARCH",
                "PFO_AIAT",
                "PFO_AZI",
                "PFO_REQ",
            ],
            Holder::SoleTrader,
        );
        known(&["20", "21", "PO", "PO_ZAK"], Holder::LegalPerson);
        known(&["22", "PO_REQ"], Holder::LegalPersonByRequest);
        known(
            &[
                "10",
                "11",
                "12",
                "13",
                "14",
                "15",
                "16",
                "OVM",
                "OVM_NOTAR",
                "OVM_EXEKUT",
                "OVM_REQ",
                "OVM_FO",
                "OVM_PFO",
                "OVM_PO",
            ],
            Holder::Office,
        );
        for kind in ["", "0", "77", "fo", "17", "PO_BASE"] {
            assert_eq!(Holder::of(kind), None, "{kind}");
        }
    }

    #[test]
    fn roles_that_stand_for_the_holder_are_told_from_those_that_do_not() {
        let full: Vec<_> = Role::ALL
            .into_iter()
            .filter(|role| role.is_full())
            .collect();
        assert_eq!(
            full,
            [
                Role::PrimaryUser,
                Role::Liquidator,
                Role::Receiver,
                Role::Guardian
            ]
        );
        assert!(Role::EntrustedUser.represents());
        for role in [Role::Administrator, Role::Official, Role::OfficialCert] {
            assert!(!role.represents());
        }
        for role in Role::ALL {
            assert_eq!(Role::named(role.as_str()), Some(role));
            assert_eq!(serde_json::to_value(role).unwrap(), role.as_str());
        }
    }
}
