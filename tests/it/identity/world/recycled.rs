//! A subject that somebody has is somebody else's at its provider now.

use idp::identity::{self, Admission, Arrived};
use idp::storage::conflict::{self, ConflictKind};

use super::super::Card;
use super::super::model::Model;
use super::super::people::PROVIDERS;
use super::World;

impl World<'_> {
    /// Whoever comes by it is not let in, nothing of the account changes, and an officer hears of it.
    pub(super) async fn recycled(&mut self, card: Card, model: &Model, context: &str) {
        let Some(account_id) = model.opens.get(&card) else {
            return;
        };
        let arrived = Arrived {
            provider: PROVIDERS[card.provider].0,
            assertion: self.people.somebody_else_by(card),
        };
        let admission = identity::admit(self.broker, &mut self.tx, arrived, "cs", self.now).await;

        let refused = Admission::SomebodyElse(*account_id);
        assert_eq!(admission.unwrap(), refused, "{context}");
        let key = &self.broker.master_key;
        let cases = conflict::list_open(&mut self.tx, key, *account_id).await;
        let mut cases = cases.unwrap().into_iter();
        let is_told = cases.any(|case| case.kind == ConflictKind::GraveChange);
        assert!(is_told, "no officer hears of it: {context}");
        self.touched.insert(*account_id);
        self.tally.recycled += 1;
    }
}
