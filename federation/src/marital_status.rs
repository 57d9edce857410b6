//! Marital status, by the words of Bank iD (its reference, section 6.3).

use serde::{Deserialize, Serialize};

/// A marital status. The name is what the database keeps, and what clients are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MaritalStatus {
    /// Never married.
    Single,
    /// Married.
    Married,
    /// Divorced.
    Divorced,
    /// The other spouse died.
    Widowed,
    /// Married and living apart.
    Separated,
    /// The marriage ended in another way.
    LapsedMarriage,
    /// In a partnership of two, registered until 2024.
    RegisteredPartnership,
    /// That one was cancelled.
    RegisteredPartnershipCanceled,
    /// The other partner of that one died.
    RegisteredPartnershipWidowed,
    /// In a partnership as the Civil Code has it since 2025.
    Partnership,
    /// That one was cancelled.
    PartnershipCanceled,
    /// Living together without either.
    Cohabitation,
}

/// What was told is no marital status that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no marital status of Bank iD")]
pub struct UnknownMaritalStatus;

impl MaritalStatus {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Single,
        Self::Married,
        Self::Divorced,
        Self::Widowed,
        Self::Separated,
        Self::LapsedMarriage,
        Self::RegisteredPartnership,
        Self::RegisteredPartnershipCanceled,
        Self::RegisteredPartnershipWidowed,
        Self::Partnership,
        Self::PartnershipCanceled,
        Self::Cohabitation,
    ];

    /// The word of Bank iD.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Single => "SINGLE",
            Self::Married => "MARRIED",
            Self::Divorced => "DIVORCED",
            Self::Widowed => "WIDOWED",
            Self::Separated => "SEPARATED",
            Self::LapsedMarriage => "LAPSED_MARRIAGE",
            Self::RegisteredPartnership => "REGISTERED_PARTNERSHIP",
            Self::RegisteredPartnershipCanceled => "REGISTERED_PARTNERSHIP_CANCELED",
            Self::RegisteredPartnershipWidowed => "REGISTERED_PARTNERSHIP_WIDOWED",
            Self::Partnership => "PARTNERSHIP",
            Self::PartnershipCanceled => "PARTNERSHIP_CANCELED",
            Self::Cohabitation => "COHABITATION",
        }
    }

    /// Reads a word. `None`: the source says that it does not know.
    ///
    /// # Errors
    ///
    /// [`UnknownMaritalStatus`]: the set is open, and a word that is new means nothing to anybody here.
    pub fn read(told: &str) -> Result<Option<Self>, UnknownMaritalStatus> {
        if told == "UNKNOWN" {
            return Ok(None);
        }
        let known = Self::ALL.into_iter().find(|status| status.as_str() == told);
        known.map(Some).ok_or(UnknownMaritalStatus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_one_word_and_serde_agrees() {
        for status in MaritalStatus::ALL {
            assert_eq!(MaritalStatus::read(status.as_str()), Ok(Some(status)));
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }

    #[test]
    fn what_the_source_does_not_know_is_none_and_a_new_word_is_not_guessed() {
        assert_eq!(MaritalStatus::read("UNKNOWN"), Ok(None));
        for told in ["", "married", "ENGAGED"] {
            assert_eq!(MaritalStatus::read(told), Err(UnknownMaritalStatus));
        }
    }
}
