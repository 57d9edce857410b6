//! What a person may do for a body.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a person may do for a body; the words of `acting_for.scope`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// See what the body has with the town.
    View,
    /// File for it.
    Submit,
    /// Pay for it.
    Pay,
    /// Say who else may act for it.
    Manage,
}

impl Act {
    /// Everything, as a statutory body may.
    pub const ALL: [Self; 4] = [Self::View, Self::Submit, Self::Pay, Self::Manage];

    /// The name on the wire, in the database and at the end of Fluent ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Submit => "submit",
            Self::Pay => "pay",
            Self::Manage => "manage",
        }
    }

    /// The act of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_act_has_one_name_and_serde_agrees() {
        for act in Act::ALL {
            assert_eq!(Act::named(act.as_str()), Some(act));
            assert_eq!(serde_json::to_value(act).unwrap(), act.as_str());
        }
        assert_eq!(Act::named("View"), None);
    }
}
