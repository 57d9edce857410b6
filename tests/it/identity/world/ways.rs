//! Ways in are removed, and merges undone.

use idp::identity::{self, Kept, Undone, Unlinked};
use idp::ids::{AccountId, UpstreamLinkId};
use idp::storage::{account_merge, upstream_link};

use super::super::Card;
use super::super::model::Model;
use super::World;

impl World<'_> {
    pub(super) async fn unlink(
        &mut self,
        account_id: AccountId,
        card: Card,
        model: &mut Model,
        context: &str,
    ) {
        let link_id = self.link_of(card).await.unwrap();
        let unlinked = identity::unlink(
            self.broker,
            &mut self.tx,
            account_id,
            link_id,
            None,
            self.now,
        )
        .await;
        if model.cards_of(account_id) == [card] {
            let kept = Unlinked::Kept(Kept::LastWayIn);
            assert_eq!(unlinked.unwrap(), kept, "{context}");
            self.tally.kept += 1;
        } else {
            assert_eq!(unlinked.unwrap(), Unlinked::Done, "{context}");
            model.unlink(card);
            self.tally.unlinks += 1;
        }
    }

    pub(super) async fn link_of(&mut self, card: Card) -> Option<UpstreamLinkId> {
        let assertion = self.people.says(card);
        let (realm, subject) = (assertion.realm().as_str(), assertion.subject().as_str());
        upstream_link::find_by_subject(&mut self.tx, realm, subject)
            .await
            .unwrap()
            .map(|link| link.upstream_link_id)
    }

    pub(super) async fn undo(&mut self, account_id: AccountId, model: &mut Model, context: &str) {
        let merges = account_merge::list_within(&mut self.tx, account_id)
            .await
            .unwrap();
        if merges.is_empty() {
            return;
        }
        let minute = usize::try_from(self.now.timestamp() / 60).unwrap();
        let merge = &merges[minute % merges.len()];
        let (id, merged, survivor) = (merge.merge_id, merge.merged_id, merge.survivor_id);
        let (parts, answers) = model.accounts[&survivor].before[&id].clone();
        match identity::undo(self.broker, &mut self.tx, account_id, id, self.now)
            .await
            .unwrap()
        {
            Undone::Done { parted } => {
                assert_eq!(parted, merged, "{context}");
                model.part(id, survivor, account_id);
                self.tally.undos += 1;
                self.touched.insert(parted);
                let [ours, theirs] = answers;
                for (organisation, sub) in theirs {
                    assert_eq!(model.sub(merged, organisation), Some(&sub), "{context}");
                }
                // Ours too, unless another merge was undone before this one.
                if model.accounts[&survivor].parts == parts {
                    for (organisation, sub) in ours {
                        let now = model.sub(survivor, organisation);
                        assert_eq!(now, Some(&sub), "{context}");
                    }
                }
            }
            Undone::NoWayIn => {
                let brought = &model.brought[&id];
                let (theirs, others): (Vec<_>, Vec<_>) = model
                    .cards_of(account_id)
                    .into_iter()
                    .partition(|card| brought.contains(card));
                assert!(
                    theirs.is_empty() || others.is_empty(),
                    "a merge that can be undone is not: {context}"
                );
            }
            Undone::TooLate => panic!("{context}"),
        }
    }
}
