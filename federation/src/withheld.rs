//! What a person did not agree to hand over.

use serde::{Deserialize, Serialize};

use crate::fact::FactKind;

/// Kinds of facts that a source was asked for and the person did not let it tell. Never none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Withheld(u32);

impl Withheld {
    /// These kinds. `None`: nothing was withheld.
    pub(crate) fn of(kinds: &[FactKind]) -> Option<Self> {
        let bits = kinds.iter().fold(0, |bits, kind| bits | bit(*kind));
        (bits != 0).then_some(Self(bits))
    }

    /// The kinds, in the order of [`FactKind::ALL`].
    pub fn kinds(self) -> impl Iterator<Item = FactKind> {
        FactKind::ALL
            .into_iter()
            .filter(move |kind| self.0 & bit(*kind) != 0)
    }
}

const fn bit(kind: FactKind) -> u32 {
    1_u32.rotate_left(kind as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_can_be_withheld_and_none_is_taken_for_another() {
        assert!(FactKind::ALL.len() <= 32);
        for kind in FactKind::ALL {
            let withheld = Withheld::of(&[kind]).unwrap();
            assert_eq!(withheld.kinds().collect::<Vec<_>>(), [kind]);
        }
        let all = Withheld::of(&FactKind::ALL).unwrap();
        assert_eq!(all.kinds().collect::<Vec<_>>(), FactKind::ALL);
        assert_eq!(Withheld::of(&[]), None);
    }
}
