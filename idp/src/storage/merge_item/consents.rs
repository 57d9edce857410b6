//! The consents of a merge. What was allowed while two accounts were one was allowed by either, and stands for neither once they are
//! two: each has again what it had allowed by itself.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use crate::ids::{AccountId, ClientId, ConsentId, MergeId};
use crate::storage::account_merge::AccountMerge;

/// A consent that came along.
const TAKEN: &str = "consent";
/// A consent that `to` had by itself when the other account came.
const KEPT: &str = "consent_kept";

/// Consents come along where `to` has none for the same client. What it has is remembered as its own.
pub(super) async fn take_consents(
    tx: &mut Tx,
    merge_id: MergeId,
    from: AccountId,
    to: AccountId,
) -> Result<(), StorageError> {
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'consent_kept', consent_id from consent where account_id = $2 and revoked_at is null
        "#,
        merge_id,
        to
    );
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'consent', consent_id from consent
        where account_id = $2 and revoked_at is null
          and client_id not in (select client_id from consent where account_id = $3 and revoked_at is null)
        "#,
        merge_id,
        from,
        to
    );
    step!(
        tx,
        r#"
        update consent set account_id = $2
        where consent_id in (select item_id from merge_item where merge_id = $1 and kind = 'consent')
        "#,
        merge_id,
        to
    );
    Ok(())
}

/// Parts the consents of a merge that is being undone. `within`: all merges of the account as it stood, this one included. `holders`:
/// the account that stayed in this merge, and those it became part of since.
pub async fn part_consents(
    tx: &mut Tx,
    merge: &AccountMerge,
    within: &[AccountMerge],
    holders: &[AccountId],
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    let mut rows = Vec::new();
    for holder in holders {
        rows.extend(list_all(tx, *holder).await?);
    }
    let mut items = Vec::new();
    for merge in within {
        for (kind, consent_id) in list_items(tx, merge.merge_id).await? {
            items.push((merge.merge_id, kind, consent_id));
        }
    }
    let path = within
        .iter()
        .filter(|one| one.merge_id == merge.merge_id || holders.contains(&one.merged_id))
        .map(|one| one.merge_id)
        .collect();
    let history = History {
        merge,
        path,
        rows: &rows,
        items: &items,
    };
    let parted = history.parted();
    for ended in &parted.ended {
        step!(
            tx,
            "update consent set revoked_at = $2 where consent_id = $1",
            *ended,
            now
        );
    }
    for consent_id in &parted.given_back {
        step!(
            tx,
            "update consent set account_id = $2 where consent_id = $1",
            *consent_id,
            merge.merged_id
        );
    }
    for again in &parted.restored {
        let holder = again.holder.unwrap_or(merge.merged_id);
        step!(
            tx,
            "update consent set account_id = $2, revoked_at = null where consent_id = $1",
            again.consent_id,
            holder
        );
        for merge_id in &again.taken_by {
            step!(
                tx,
                r#"
                insert into merge_item (merge_id, kind, item_id) values ($1, 'consent', $2)
                on conflict do nothing
                "#,
                *merge_id,
                again.consent_id
            );
        }
    }
    Ok(())
}

async fn list_all(tx: &mut Tx, account_id: AccountId) -> Result<Vec<Row>, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query_as(
            "select consent_id, account_id, client_id, granted_at, revoked_at from consent where account_id = $1",
        )
        .bind(account_id)
        .fetch_all(db)
        .await
    })?;
    Ok(rows)
}

async fn list_items(
    tx: &mut Tx,
    merge_id: MergeId,
) -> Result<Vec<(String, ConsentId)>, StorageError> {
    let items = on!(tx, db => {
        sqlx::query_as(
            "select kind, item_id from merge_item where merge_id = $1 and kind in ('consent', 'consent_kept')",
        )
        .bind(merge_id)
        .fetch_all(db)
        .await
    })?;
    Ok(items)
}

#[derive(Clone, Debug, sqlx::FromRow)]
struct Row {
    consent_id: ConsentId,
    account_id: AccountId,
    client_id: ClientId,
    granted_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

/// Whose a consent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The account's that is by itself again.
    Theirs,
    /// The account's that stays.
    Ours,
    /// It was given while the two were one.
    Both,
}

struct History<'a> {
    merge: &'a AccountMerge,
    /// The merge, and those by which the account that stayed in it became part of others.
    path: BTreeSet<MergeId>,
    rows: &'a [Row],
    items: &'a [(MergeId, String, ConsentId)],
}

/// What becomes of the rows.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parted {
    /// In force, and allowed by nobody alone.
    ended: Vec<ConsentId>,
    /// They go with the account that is by itself again, as they are.
    given_back: Vec<ConsentId>,
    /// They were followed by one that ends, and are in force again.
    restored: Vec<Restored>,
}

#[derive(Debug, PartialEq, Eq)]
struct Restored {
    consent_id: ConsentId,
    /// Who has it; `None`: the account that is by itself again.
    holder: Option<AccountId>,
    /// Later merges that had taken what followed it: they have taken this one.
    taken_by: BTreeSet<MergeId>,
}

impl History<'_> {
    fn parted(&self) -> Parted {
        let mut parted = Parted::default();
        let mut again = BTreeMap::new();
        for row in self.rows {
            match self.whose(row) {
                Whose::Theirs => parted.given_back.push(row.consent_id),
                Whose::Both if row.revoked_at.is_none() => {
                    parted.ended.push(row.consent_id);
                    if let Some(before) = self.before(row) {
                        again.insert(before.consent_id, before);
                    }
                }
                Whose::Ours | Whose::Both => {}
            }
        }
        parted.restored.extend(again.into_values());
        parted
    }

    fn whose(&self, row: &Row) -> Whose {
        let is_item = |of_kind: &str, by: &dyn Fn(&MergeId) -> bool| {
            self.items.iter().any(|(merge_id, kind, consent_id)| {
                *consent_id == row.consent_id && kind == of_kind && by(merge_id)
            })
        };
        if is_item(TAKEN, &|by| *by == self.merge.merge_id) {
            Whose::Theirs
        } else if row.granted_at < self.merge.merged_at
            || is_item(KEPT, &|by| self.path.contains(by))
            || is_item(TAKEN, &|by| !self.path.contains(by))
        {
            Whose::Ours
        } else {
            Whose::Both
        }
    }

    /// What somebody had allowed alone before this one followed it. `None`: nothing, or it was revoked in between.
    fn before(&self, ended: &Row) -> Option<Restored> {
        let mut followed = vec![ended];
        let mut at = ended;
        loop {
            at = self.rows.iter().find(|row| {
                row.client_id == at.client_id
                    && row.revoked_at == Some(at.granted_at)
                    && followed
                        .iter()
                        .all(|known| known.consent_id != row.consent_id)
            })?;
            let whose = self.whose(at);
            if whose == Whose::Both {
                followed.push(at);
                continue;
            }
            let is_theirs = whose == Whose::Theirs;
            let taken = self.items.iter().filter(|(merge_id, kind, consent_id)| {
                kind == TAKEN
                    && *merge_id != self.merge.merge_id
                    && followed.iter().any(|row| row.consent_id == *consent_id)
            });
            return Some(Restored {
                consent_id: at.consent_id,
                holder: (!is_theirs).then_some(ended.account_id),
                taken_by: match is_theirs {
                    true => BTreeSet::new(),
                    false => taken.map(|(merge_id, ..)| *merge_id).collect(),
                },
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use uuid::Uuid;

    use super::*;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::hours(hour)
    }

    fn account(number: u128) -> AccountId {
        AccountId::new(Uuid::from_u128(number))
    }

    fn consent(number: u128) -> ConsentId {
        ConsentId::new(Uuid::from_u128(number))
    }

    fn merge(number: u128, survivor: u128, merged: u128, hour: i64) -> AccountMerge {
        AccountMerge {
            merge_id: MergeId::new(Uuid::from_u128(number)),
            survivor_id: account(survivor),
            merged_id: account(merged),
            merged_at: at(hour),
            undo_until: at(1_000),
            undone_at: None,
        }
    }

    fn row(number: u128, holder: u128, granted: i64, revoked: Option<i64>) -> Row {
        Row {
            consent_id: consent(number),
            account_id: account(holder),
            client_id: ClientId::new("library"),
            granted_at: at(granted),
            revoked_at: revoked.map(at),
        }
    }

    fn parted(
        merge: &AccountMerge,
        later: &[&AccountMerge],
        rows: &[Row],
        items: &[(u128, &str, u128)],
    ) -> Parted {
        let items: Vec<_> = items
            .iter()
            .map(|(by, kind, number)| {
                let by = MergeId::new(Uuid::from_u128(*by));
                (by, (*kind).to_owned(), consent(*number))
            })
            .collect();
        let path = later.iter().map(|later| later.merge_id);
        let history = History {
            merge,
            path: path.chain([merge.merge_id]).collect(),
            rows,
            items: &items,
        };
        history.parted()
    }

    fn again(number: u128, holder: Option<u128>, taken_by: &[u128]) -> Restored {
        let taken_by = taken_by.iter();
        Restored {
            consent_id: consent(number),
            holder: holder.map(account),
            taken_by: taken_by
                .map(|by| MergeId::new(Uuid::from_u128(*by)))
                .collect(),
        }
    }

    #[test]
    fn what_was_not_touched_goes_back_or_stays() {
        let one = merge(1, 1, 2, 10);
        let rows = [row(1, 1, 1, None), row(2, 1, 2, None)];

        let parted = parted(&one, &[], &rows, &[(1, KEPT, 1), (1, TAKEN, 2)]);

        assert_eq!(parted.given_back, [consent(2)]);
        assert!(parted.ended.is_empty() && parted.restored.is_empty());
    }

    #[test]
    fn what_either_allowed_while_they_were_one_ends_and_what_was_theirs_is_back() {
        let one = merge(1, 1, 2, 10);
        // Followed twice while they were one.
        let rows = [
            row(1, 1, 2, Some(11)),
            row(2, 1, 11, Some(12)),
            row(3, 1, 12, None),
        ];

        for (kind, holder) in [(TAKEN, None), (KEPT, Some(1))] {
            let parted = parted(&one, &[], &rows, &[(1, kind, 1)]);

            assert_eq!(parted.ended, [consent(3)], "{kind}");
            assert_eq!(parted.restored, [again(1, holder, &[])], "{kind}");
        }
    }

    #[test]
    fn what_was_revoked_meanwhile_does_not_come_back() {
        let one = merge(1, 1, 2, 10);
        let revoked = [row(1, 1, 2, Some(11))];
        let given_anew = [row(1, 1, 2, Some(11)), row(2, 1, 12, None)];

        let items = [(1, TAKEN, 1)];
        let parted_after = parted(&one, &[], &revoked, &items);
        let parted_anew = parted(&one, &[], &given_anew, &items);

        assert!(parted_after.ended.is_empty() && parted_after.restored.is_empty());
        assert_eq!(parted_anew.ended, [consent(2)]);
        assert!(parted_anew.restored.is_empty());
        assert_eq!(parted_anew.given_back, [consent(1)]);
    }

    #[test]
    fn who_had_allowed_nothing_is_asked_again() {
        let one = merge(1, 1, 2, 10);

        let parted = parted(&one, &[], &[row(1, 1, 11, None)], &[]);

        assert_eq!(parted.ended, [consent(1)]);
        assert!(parted.given_back.is_empty() && parted.restored.is_empty());
    }

    /// 3 became part of 2, and 2 of 1 later; the first of these is undone.
    #[test]
    fn a_merge_within_a_merge_is_parted_where_its_consents_are_now() {
        let (inner, outer) = (merge(1, 2, 3, 10), merge(2, 1, 2, 20));
        // 2 had allowed something; 2 and 3 more; it came to 1 along with that, where it was followed.
        let rows = [
            row(1, 2, 2, Some(11)),
            row(2, 1, 11, Some(21)),
            row(3, 1, 21, None),
        ];
        let items = [(1, KEPT, 1), (2, TAKEN, 2)];

        let parted_inner = parted(&inner, &[&outer], &rows, &items);

        assert_eq!(parted_inner.ended, [consent(3)]);
        assert_eq!(parted_inner.restored, [again(1, Some(1), &[2])]);

        // What 1 had allowed before either came is nobody else's.
        let own = [row(4, 1, 15, None)];
        let parted_own = parted(&inner, &[&outer], &own, &[(2, KEPT, 4)]);
        assert_eq!(parted_own, Parted::default());
    }

    /// 2 became part of 1, and so did 3: what 3 brought is not touched by undoing the first.
    #[test]
    fn what_another_account_brought_stays_when_this_one_goes() {
        let one = merge(1, 1, 2, 10);
        let rows = [row(5, 1, 15, None)];

        let parted = parted(&one, &[], &rows, &[(2, TAKEN, 5)]);

        assert_eq!(parted, Parted::default());
    }
}
