//! What an organisation calls a mandate: each one otherwise, so that two of them cannot tell by it that they know the same person (T12).

use serde::{Deserialize, Serialize};
use store::MasterKey;
use uuid::{Builder, Uuid};

use crate::ids::{MandateId, OrganisationId};

/// `mandate_id` on the wire: good at the clients of one organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MandateName(Uuid);

impl MandateName {
    /// What a client sent.
    pub const fn new(name: Uuid) -> Self {
        Self(name)
    }

    /// What the clients of an organisation know a mandate by. Always the same, and without the master key nobody can tell it from a
    /// random one or find the mandate by it; so nothing has to be stored, and it ends with the mandate.
    pub fn of(master_key: &MasterKey, mandate: MandateId, organisation: &OrganisationId) -> Self {
        let octets = master_key.derive(&format!("mandate-id/{mandate}/{organisation}"));
        let half: [u8; 16] = std::array::from_fn(|at| octets.get(at).copied().unwrap_or_default());
        Self(Builder::from_custom_bytes(half).into_uuid())
    }
}

impl std::fmt::Display for MandateName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_organisation_has_a_name_of_its_own_for_each_mandate_and_keeps_it() {
        let key =
            MasterKey::parse(&MasterKey::encode(b"master key of the tests, 32 long")).unwrap();
        let name = |mandate, organisation| {
            let mandate = MandateId::new(Uuid::from_u128(mandate));
            MandateName::of(&key, mandate, &OrganisationId::new(organisation))
        };

        assert_eq!(name(1, "library"), name(1, "library"));
        assert_ne!(name(1, "library"), name(1, "school"));
        assert_ne!(name(1, "library"), name(2, "library"));
        assert_ne!(name(1, "library").0, Uuid::from_u128(1));
    }
}
