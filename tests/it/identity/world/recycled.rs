//! A subject that somebody has is somebody else's at its provider now.

use idp::identity::{self, Admission, Arrived};
use idp::ids::AccountId;
use idp::office::Outcome;
use idp::storage::conflict::{self, ConflictKind};
use tests::office::Office;

use super::super::Card;
use super::super::model::Model;
use super::super::people::PROVIDERS;
use super::World;

impl World<'_> {
    /// Whoever comes by it is not let in, nothing of the account changes, and an officer hears of it. Where two of them judge that it is
    /// somebody else, the card opens the account no more.
    pub(super) async fn recycled(
        &mut self,
        card: Card,
        is_judged: bool,
        model: &mut Model,
        context: &str,
    ) {
        let Some(account_id) = model.opens.get(&card).copied() else {
            return;
        };
        let arrived = Arrived {
            provider: PROVIDERS[card.provider].0,
            assertion: self.people.somebody_else_by(card),
        };
        let admission = identity::admit(self.broker, &mut self.tx, arrived, "cs", self.now).await;

        let refused = Admission::SomebodyElse(account_id);
        assert_eq!(admission.unwrap(), refused, "{context}");
        let key = &self.broker.master_key;
        let cases = conflict::list_open(&mut self.tx, key, account_id).await;
        let mut cases = cases.unwrap();
        cases.retain(|case| case.kind == ConflictKind::GraveChange);
        assert!(!cases.is_empty(), "no officer hears of it: {context}");
        self.touched.insert(account_id);
        self.tally.recycled += 1;
        if is_judged {
            self.judge(card, account_id, model).await;
        }
    }

    /// Unless nobody could open the account, or the other person's part of it, afterwards.
    async fn judge(&mut self, card: Card, account_id: AccountId, model: &mut Model) {
        let others = model.cards_of(account_id).len() > 1;
        let is_needed = model.is_last_at_home(account_id, card)
            || model.own_cards_of(account_id) == [card] && model.has_guests(account_id);
        if !others || is_needed {
            return;
        }
        let (broker, now) = (self.broker, self.now);
        let key = &broker.master_key;
        let says = self.people.somebody_else_by(card);
        let (realm, subject) = (says.realm().as_str(), says.subject().as_str());
        let kind = ConflictKind::GraveChange;
        let case = conflict::list_about(&mut self.tx, kind, realm, subject).await;
        let case = case.unwrap()[0];
        assert!(
            conflict::lookup(&mut self.tx, key, case)
                .await
                .unwrap()
                .is_some()
        );
        let office = Office::open(broker, &mut self.tx).await;
        office
            .settles(broker, &mut self.tx, case, Outcome::AnotherPerson, now)
            .await;
        model.unlink(card);
        self.tally.judged += 1;
    }
}
