//! Ways in are removed, and merges undone.

use idp::identity::{self, Kept, Undone, Unlinked};
use idp::ids::{AccountId, MergeId, UpstreamLinkId};
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
        let mut others = model.working_cards_of(account_id);
        others.retain(|other| *other != card);
        if others.is_empty() {
            let kept = Unlinked::Kept(Kept::LastWayIn);
            assert_eq!(unlinked.unwrap(), kept, "{context}");
            self.tally.kept += 1;
        } else if model.is_last_at_home(account_id, card) {
            let Unlinked::Kept(Kept::Merged(merge)) = unlinked.unwrap() else {
                panic!("the last way in of somebody who can be parted: {context}");
            };
            self.tally.kept_apart += 1;
            // Parting them is offered in its place, and taken now and then.
            if self.now.timestamp() / 60 % 2 == 0 {
                self.part(account_id, merge, model, context).await;
            }
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
        let merge = merges[minute % merges.len()].merge_id;
        self.part(account_id, merge, model, context).await;
    }

    /// A way in is removed while another provider lets nobody in, and perhaps a merge is undone; then it lets people in again. Nothing
    /// of that has locked anybody out.
    pub(super) async fn unlink_while_off(
        &mut self,
        account_id: AccountId,
        card: Card,
        off: usize,
        model: &mut Model,
        context: &str,
    ) {
        self.broker = &self.brokers[off + 1];
        model.off = Some(off);
        if model.opens.get(&card) == Some(&account_id) {
            self.unlink(account_id, card, model, context).await;
        }
        self.undo(account_id, model, context).await;
        self.broker = &self.brokers[0];
        model.off = None;
        self.tally.switched += 1;
    }

    /// Undoes a merge: as long as there is time, nothing that happened meanwhile stands in the way, unless somebody would have no way in
    /// that works.
    pub(super) async fn part(
        &mut self,
        account_id: AccountId,
        merge: MergeId,
        model: &mut Model,
        context: &str,
    ) {
        let merge = account_merge::lookup(&mut self.tx, merge)
            .await
            .unwrap()
            .unwrap();
        let (id, merged, survivor) = (merge.merge_id, merge.merged_id, merge.survivor_id);
        let (parts, within, answers) = model.accounts[&survivor].before[&id].clone();
        let undone = identity::undo(self.broker, &mut self.tx, account_id, id, self.now).await;
        if model.off.is_some() && !model.can_part(account_id, id) {
            assert_eq!(undone.unwrap(), Undone::NoWayIn, "{context}");
            self.tally.unparted += 1;
            return;
        }
        assert_eq!(
            undone.unwrap(),
            Undone::Done { parted: merged },
            "{context}"
        );
        model.part(id, survivor, account_id);
        for account_id in [account_id, merged] {
            let cards = model.working_cards_of(account_id);
            assert!(!cards.is_empty(), "locked out: {context}");
        }
        self.tally.undos += 1;
        self.touched.insert(merged);
        let [ours, theirs] = answers;
        // Unless another merge was undone before this one.
        if model.within(merged) == within {
            for (organisation, sub) in theirs {
                assert_eq!(model.sub(merged, organisation), Some(&sub), "{context}");
            }
        }
        if model.accounts[&survivor].parts == parts {
            for (organisation, sub) in ours {
                let now = model.sub(survivor, organisation);
                assert_eq!(now, Some(&sub), "{context}");
            }
        }
    }
}
