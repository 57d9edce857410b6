//! For whom, other than themself, a person was let in: the company, association or office behind a data box.

use serde::{Deserialize, Serialize};

/// What kind of body it is. The name is what the database and `acting_for.type` keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum BodyKind {
    /// A company or another legal person of the commercial register.
    Company,
    /// An association, foundation or other body without profit.
    Association,
    /// A natural person in business.
    SoleTrader,
    /// An office of the state, a region or a municipality.
    PublicBody,
}

/// A body, and what the source said about the acting person's part in it. A claim of the source at the time of the login:
/// whether it makes a mandate, and for how long, the broker decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// What kind of body.
    pub kind: BodyKind,
    /// Identification number (IČO), eight digits. `None`: the source named none.
    pub ico: Option<String>,
    /// Its name as the source wrote it.
    pub name: String,
    /// The source's own identifier of the body, unique in the provider's realm: for ISDS the box id.
    pub reference: String,
    /// The acting person's role, in the source's words: for ISDS `PRIMARY_USER`, `ENTRUSTED_USER`, …
    pub role: String,
    /// Whether that role may act for the body in everything, as a statutory body or a primary user does.
    pub full: bool,
    /// What the source lets somebody do who may not do everything. `None`: it does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rights: Option<Rights>,
}

/// What the source lets somebody do for a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rights {
    /// See what reached the body.
    pub reads: bool,
    /// Send in its name.
    pub sends: bool,
}

impl BodyKind {
    /// All kinds.
    pub const ALL: [Self; 4] = [
        Self::Company,
        Self::Association,
        Self::SoleTrader,
        Self::PublicBody,
    ];

    /// The name in the database, in claims and at the end of Fluent ids.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Company => "company",
            Self::Association => "association",
            Self::SoleTrader => "sole_trader",
            Self::PublicBody => "public_body",
        }
    }

    /// The kind of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_one_name_and_serde_agrees() {
        for kind in BodyKind::ALL {
            assert_eq!(BodyKind::named(kind.as_str()), Some(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!(BodyKind::named("Company"), None);
    }
}
