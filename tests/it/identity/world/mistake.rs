//! Two people at one browser.

use std::collections::BTreeSet;

use idp::identity::{self, Kept, Tie, Undone, Unlinked, Verdict};
use idp::ids::AccountId;
use store::on;

use super::super::Card;
use super::super::model::Model;
use super::super::people::{PROVIDERS, tells_apart};
use super::World;

impl World<'_> {
    /// Another person's card is proved in somebody's session, and yes is said to whatever is asked. Whoever can be told apart
    /// never meets. What cannot be told apart is taken back after a look, and all must be as it was before; or it stays until
    /// somebody notices, and other things happen meanwhile.
    pub(super) async fn mistake(
        &mut self,
        Tie { account_id, .. }: Tie,
        (by, card): (Card, Card),
        stays: bool,
        model: &mut Model,
        context: &str,
    ) {
        if by.person == card.person {
            return;
        }
        let arrived = self.arrived(card);
        let owner = model.opens.get(&card).copied();
        let verdict =
            identity::verdict(self.broker, &mut self.tx, arrived, account_id, self.now).await;
        let verdict = verdict.unwrap();
        if !self.people.are_namesakes(by.person, card.person) {
            assert!(
                matches!(verdict, Verdict::Dispute { .. }),
                "{verdict:?} for two people: {context}"
            );
        }
        match verdict {
            Verdict::Dispute { other, .. } => {
                assert!(other.is_none() || other == owner, "{context}");
                let namesakes = self.people.are_namesakes(by.person, card.person);
                let held = owner.is_some_and(|owner| shares_a_keeper(model, account_id, owner));
                self.tally.told_apart += u32::from(namesakes && held);
            }
            Verdict::Link(_) => {
                assert_eq!(owner, None, "a held card is linked: {context}");
                let tie =
                    identity::link(self.broker, &mut self.tx, arrived, account_id, self.now).await;
                let tie = tie.unwrap().unwrap();
                self.record(card, tie).await;
                let realms = self.realms_held_twice(account_id).await;
                assert!(!realms.contains(&0), "two of the state in one: {context}");
                if stays {
                    model.link(card, account_id);
                    model.guests.insert(card);
                    self.tally.standing += 1;
                    return;
                }
                let link_id = tie.upstream_link_id;
                let now = self.now;
                let unlinked =
                    identity::unlink(self.broker, &mut self.tx, account_id, link_id, None, now)
                        .await;
                assert_eq!(unlinked.unwrap(), Unlinked::Done, "{context}");
                self.tally.mistaken_links += 1;
            }
            Verdict::Merge { with, .. } => {
                assert_eq!(owner, Some(with), "{context}");
                let now = self.now;
                let merge =
                    identity::merge(self.broker, &mut self.tx, account_id, with, None, now).await;
                let merge = merge.unwrap().unwrap();
                let upstream_link_id = self.link_of(card).await.unwrap();
                let tie = Tie {
                    account_id,
                    upstream_link_id,
                };
                self.record(card, tie).await;
                let realms = self.realms_held_twice(account_id).await;
                assert!(
                    !realms.iter().any(|provider| tells_apart(*provider)),
                    "two people of one keeper in one account: {context}"
                );
                if stays {
                    model.merge_by_mistake(merge, account_id, with);
                    self.tally.standing_merges += 1;
                    return;
                }
                let undone =
                    identity::undo(self.broker, &mut self.tx, account_id, merge, now).await;
                assert_eq!(undone.unwrap(), Undone::Done { parted: with }, "{context}");
                self.touched.insert(with);
                self.assert_mailbox_stayed(context).await;
                self.tally.mistaken_merges += 1;
            }
            other => panic!("{other:?}: {context}"),
        }
    }

    /// Somebody finds another person's card among the ways into their account, and removes it: it is a stranger's from then on, and
    /// they have lost nothing. The last one of an account that became part of theirs is not to be removed: the accounts are parted, and
    /// the other person has lost nothing either.
    pub(super) async fn notice(&mut self, guest: Card, model: &mut Model, context: &str) {
        let own = model.own_cards_of(model.opens[&guest])[0];
        let account_id = self.log_in(own, model, context).await.account_id;
        assert_eq!(account_id, model.opens[&guest], "{context}");
        let link_id = self.link_of(guest).await.unwrap();
        let (broker, now) = (self.broker, self.now);
        let is_last = model.is_last_at_home(account_id, guest);
        let unlinked = identity::unlink(broker, &mut self.tx, account_id, link_id, None, now).await;
        match unlinked.unwrap() {
            Unlinked::Done => {
                assert!(!is_last, "somebody can be parted no more: {context}");
                model.unlink(guest);
                self.tally.noticed += 1;
            }
            Unlinked::Kept(Kept::Merged(merge)) => {
                assert!(is_last, "{context}");
                self.part(account_id, merge, model, context).await;
                assert!(!model.guests.contains(&guest), "{context}");
                self.tally.noticed_merges += 1;
            }
            kept @ Unlinked::Kept(_) => panic!("{kept:?}: {context}"),
        }
    }

    /// Entries of [`PROVIDERS`] of which an account has two subjects.
    async fn realms_held_twice(&mut self, account_id: AccountId) -> BTreeSet<usize> {
        let realms: Vec<String> = on!(&mut self.tx, db => {
            sqlx::query_scalar(
                "select realm from upstream_link where account_id = $1 and ended_at is null \
                 group by realm having count(*) > 1",
            )
            .bind(account_id)
            .fetch_all(db)
            .await
        })
        .unwrap();
        realms
            .iter()
            .filter_map(|realm| {
                let mut names = PROVIDERS.iter();
                names.position(|(name, _)| realm.ends_with(&format!(":{name}")))
            })
            .collect()
    }
}

/// Whether a register or bank has given cards to the holders of both accounts.
fn shares_a_keeper(model: &Model, one: AccountId, other: AccountId) -> bool {
    let keepers = |account_id| -> BTreeSet<usize> {
        let cards = model.cards_of(account_id).into_iter();
        cards.map(|card| card.provider).collect()
    };
    let (one, other) = (keepers(one), keepers(other));
    one.intersection(&other)
        .any(|provider| tells_apart(*provider))
}
