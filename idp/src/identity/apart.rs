//! What keeps the accounts of a merge apart from each other as long as it can be undone: each must have a way in of its own then, one
//! that lets them in now.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use store::{StorageError, Tx};

use super::unlink::lets_in;
use crate::broker::Broker;
use crate::ids::{AccountId, MergeId, UpstreamLinkId};
use crate::storage::account_merge::{self, AccountMerge};
use crate::storage::merge_item;
use crate::storage::upstream_link::{self, UpstreamLink};

/// Whether a merge that stands can be undone without leaving either of the two without a way in. What its provider serves no more, and
/// what lets nobody in by itself, is none.
pub async fn can_part(
    broker: &Broker,
    tx: &mut Tx,
    account_id: AccountId,
    merge_id: MergeId,
) -> Result<bool, StorageError> {
    let links = upstream_link::list_by_account(tx, account_id).await?;
    let taken = merge_item::list_ways_in(tx, merge_id).await?;
    let (theirs, ours): (Vec<_>, Vec<_>) = links
        .iter()
        .filter(|link| lets_in(broker, link))
        .partition(|link| taken.contains(&link.upstream_link_id));
    Ok(!theirs.is_empty() && !ours.is_empty())
}

/// A merge by whose undoing somebody would be left without a way in once this one is gone: it has to be undone before. `others`: what
/// lets the account's holder in besides. `None`: every account that can still be parted has another one.
pub(super) async fn needed_by(
    tx: &mut Tx,
    account_id: AccountId,
    upstream_link_id: UpstreamLinkId,
    others: &BTreeSet<UpstreamLinkId>,
    now: DateTime<Utc>,
) -> Result<Option<MergeId>, StorageError> {
    let whole = Whole::read(tx, account_id, now).await?;
    Ok(whole.and_then(|whole| whole.needs(others, upstream_link_id)))
}

/// The merges that can be undone no more once a way in is gone all the same: as few as leave everybody who can still be parted another
/// way in that works.
pub(crate) async fn ended_by_removal(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    now: DateTime<Utc>,
) -> Result<Vec<AccountMerge>, StorageError> {
    let Some(mut whole) = Whole::read(tx, link.account_id, now).await? else {
        return Ok(Vec::new());
    };
    let links = upstream_link::list_by_account(tx, link.account_id).await?;
    let others = links
        .iter()
        .filter(|other| other.upstream_link_id != link.upstream_link_id && lets_in(broker, other))
        .map(|other| other.upstream_link_id)
        .collect();
    Ok(whole.ends_without(&others, link.upstream_link_id))
}

/// An account with those that became part of it.
struct Whole {
    account_id: AccountId,
    /// In their order: what a link came with first is its own account's.
    merges: Vec<AccountMerge>,
    taken: BTreeMap<MergeId, BTreeSet<UpstreamLinkId>>,
    now: DateTime<Utc>,
}

impl Whole {
    /// `None` where nothing can be parted: nearly always.
    async fn read(
        tx: &mut Tx,
        account_id: AccountId,
        now: DateTime<Utc>,
    ) -> Result<Option<Self>, StorageError> {
        let mut merges = account_merge::list_within(tx, account_id).await?;
        if merges.iter().all(|merge| merge.undo_until <= now) {
            return Ok(None);
        }
        merges.sort_by_key(|merge| (merge.merged_at, merge.merge_id));
        let mut taken = BTreeMap::new();
        for merge in &merges {
            let ways = merge_item::list_ways_in(tx, merge.merge_id).await?;
            taken.insert(merge.merge_id, ways);
        }
        Ok(Some(Self {
            account_id,
            merges,
            taken,
            now,
        }))
    }

    /// Ends one merge after the other until the way in is needed no more; then each stays open that turns out not to have mattered.
    fn ends_without(
        &mut self,
        others: &BTreeSet<UpstreamLinkId>,
        removed: UpstreamLinkId,
    ) -> Vec<AccountMerge> {
        let mut ended = Vec::new();
        while let Some(merge_id) = self.needs(others, removed) {
            if let Some(merge) = self.close(merge_id) {
                ended.push(merge);
            }
        }
        for merge in ended.clone() {
            self.open_until(merge.merge_id, merge.undo_until);
            if self.needs(others, removed).is_some() {
                self.close(merge.merge_id);
            } else {
                ended.retain(|one| one.merge_id != merge.merge_id);
            }
        }
        ended
    }

    /// The merge as it was.
    fn close(&mut self, merge_id: MergeId) -> Option<AccountMerge> {
        let now = self.now;
        let merge = self
            .merges
            .iter_mut()
            .find(|one| one.merge_id == merge_id)?;
        let before = merge.clone();
        merge.undo_until = now;
        Some(before)
    }

    fn open_until(&mut self, merge_id: MergeId, until: DateTime<Utc>) {
        let merge = self.merges.iter_mut().find(|one| one.merge_id == merge_id);
        if let Some(merge) = merge {
            merge.undo_until = until;
        }
    }

    fn needs(&self, others: &BTreeSet<UpstreamLinkId>, removed: UpstreamLinkId) -> Option<MergeId> {
        let home = self.home(removed);
        let is_alone = others.iter().all(|link| self.home(*link) != home);
        if !is_alone {
            return None;
        }
        let mut open = self.merges.iter().filter(|merge| self.is_open(merge));
        // The one by which it came; where it is the account's own, one by which another came to it.
        let parts = |merge: &&AccountMerge| {
            merge.merged_id == home || self.for_good(merge.survivor_id) == home
        };
        let own = open.clone().find(|merge| merge.merged_id == home);
        own.or_else(|| open.find(parts)).map(|merge| merge.merge_id)
    }

    /// Whose way in it is when everything is undone that can be.
    fn home(&self, link: UpstreamLinkId) -> AccountId {
        let came = self.merges.iter().find(|merge| {
            let taken = self.taken.get(&merge.merge_id);
            taken.is_some_and(|taken| taken.contains(&link))
        });
        self.for_good(came.map_or(self.account_id, |merge| merge.merged_id))
    }

    /// The account that one is part of for good: merges that cannot be undone any more are followed.
    fn for_good(&self, account_id: AccountId) -> AccountId {
        let mut at = account_id;
        while let Some(merge) = self.merges.iter().find(|merge| merge.merged_id == at) {
            if self.is_open(merge) {
                break;
            }
            at = merge.survivor_id;
        }
        at
    }

    fn is_open(&self, merge: &AccountMerge) -> bool {
        self.now < merge.undo_until
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use uuid::Uuid;

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;

    fn account(number: u128) -> AccountId {
        AccountId::new(Uuid::from_u128(number))
    }

    fn link(number: u128) -> UpstreamLinkId {
        UpstreamLinkId::new(Uuid::from_u128(number))
    }

    fn merge_id(number: u128) -> MergeId {
        MergeId::new(Uuid::from_u128(number))
    }

    /// Account 1 with the link 1, of which 2 with 2 is part and of that 3 with 3. `ended`: merges whose time is over.
    fn whole(ended: &[u128]) -> Whole {
        let merge = |number: u128, survivor, merged| AccountMerge {
            merge_id: merge_id(number),
            survivor_id: account(survivor),
            merged_id: account(merged),
            merged_at: NOW - Duration::days(100 - i64::try_from(number).unwrap()),
            undo_until: NOW + Duration::days(if ended.contains(&number) { -1 } else { 1 }),
            undone_at: None,
        };
        Whole {
            account_id: account(1),
            merges: vec![merge(1, 2, 3), merge(2, 1, 2)],
            taken: BTreeMap::from([
                (merge_id(1), BTreeSet::from([link(3), link(33)])),
                (merge_id(2), BTreeSet::from([link(2), link(3), link(33)])),
            ]),
            now: NOW,
        }
    }

    fn needed(ended: &[u128], links: &[u128], removed: u128) -> Option<MergeId> {
        let others = links.iter().filter(|number| **number != removed);
        let others = others.map(|number| link(*number)).collect();
        whole(ended).needs(&others, link(removed))
    }

    #[test]
    fn the_last_way_in_of_everybody_who_can_be_parted_is_needed() {
        for (removed, merge) in [(1, 2), (2, 2), (3, 1)] {
            assert_eq!(
                needed(&[], &[1, 2, 3], removed),
                Some(merge_id(merge)),
                "{removed}"
            );
        }
        assert_eq!(needed(&[], &[1, 2, 3, 33], 3), None);
        assert_eq!(needed(&[], &[1, 11, 2, 3], 1), None);
    }

    fn ended_without(links: &[u128], removed: u128) -> Vec<MergeId> {
        let others = links.iter().filter(|number| **number != removed);
        let others = others.map(|number| link(*number)).collect();
        let mut whole = whole(&[]);
        let ended = whole.ends_without(&others, link(removed));
        assert_eq!(whole.needs(&others, link(removed)), None);
        ended.into_iter().map(|merge| merge.merge_id).collect()
    }

    #[test]
    fn a_removal_makes_as_few_merges_final_as_leave_everybody_a_way_in() {
        assert_eq!(ended_without(&[1, 2, 3], 3), [merge_id(1)]);
        assert_eq!(ended_without(&[1, 2, 3], 2), [merge_id(2)]);
        assert_eq!(ended_without(&[1, 2, 3], 1), [merge_id(2)]);
        assert_eq!(ended_without(&[1, 2, 3, 33], 3), []);
        // Nobody comes to 2 by itself: 3 is the first one's for good only with it.
        assert_eq!(ended_without(&[1, 3], 3), [merge_id(1), merge_id(2)]);
        // 1 lives on in 3, which is part of it by way of 2.
        assert_eq!(ended_without(&[1, 3], 1), [merge_id(2), merge_id(1)]);
    }

    #[test]
    fn of_two_accounts_that_became_part_of_one_the_one_that_has_no_way_in_can_still_be_parted() {
        let mut whole = whole(&[]);
        // 4 came before 2 did, and only 2 has a way in that works.
        whole.merges.insert(
            1,
            AccountMerge {
                merge_id: merge_id(4),
                survivor_id: account(1),
                merged_id: account(4),
                ..whole.merges[0].clone()
            },
        );
        whole.taken.insert(merge_id(4), BTreeSet::from([link(4)]));

        let ended = whole.ends_without(&BTreeSet::from([link(2)]), link(1));

        let ended: Vec<MergeId> = ended.into_iter().map(|merge| merge.merge_id).collect();
        assert_eq!(ended, [merge_id(2)]);
    }

    #[test]
    fn what_lets_nobody_in_keeps_nobody_from_needing_another() {
        // 3 has 33, too, whose provider is gone.
        assert_eq!(needed(&[], &[1, 2, 3], 3), Some(merge_id(1)));
        // It goes only when 3 has something that works.
        assert_eq!(needed(&[], &[1, 2], 33), Some(merge_id(1)));
        assert_eq!(needed(&[], &[1, 2, 3], 33), None);
    }

    #[test]
    fn who_cannot_be_parted_any_more_is_one() {
        // 3 is part of 2 for good: one way in is enough for the two.
        assert_eq!(needed(&[1], &[1, 2, 3], 3), None);
        assert_eq!(needed(&[1], &[1, 3], 3), Some(merge_id(2)));
        assert_eq!(needed(&[1], &[1, 3], 1), Some(merge_id(2)));
        // 2 is part of 1 for good, 3 of neither.
        assert_eq!(needed(&[2], &[1, 2, 3], 2), None);
        assert_eq!(needed(&[2], &[2, 3], 2), Some(merge_id(1)));
        assert_eq!(needed(&[1, 2], &[1, 2, 3], 1), None);
        assert_eq!(needed(&[1, 2], &[1, 3], 3), None);
    }
}
