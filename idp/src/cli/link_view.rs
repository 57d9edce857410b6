//! A way in, in lines of text: whose it is, and what removing it means.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx};

use super::conflict::day;
use super::conflict_view::Side;
use crate::broker::Broker;
use crate::identity::lets_in;
use crate::ids::{AccountId, UpstreamLinkId};
use crate::office::{self, NotDecided};
use crate::storage::account_merge::{self, AccountMerge};
use crate::storage::decision::{self, About};
use crate::storage::upstream_link::UpstreamLink;
use crate::storage::{merge_item, staff_account};

/// The heading of the list.
pub(super) fn heading() -> &'static str {
    "WAY IN                                SINCE       LAST USED   PROVIDER, WHAT TO KNOW"
}

/// One way in of the list.
pub(super) async fn row(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    now: DateTime<Utc>,
) -> Result<String, NotDecided> {
    let mut words = vec![link.provider.clone()];
    if !lets_in(broker, link) {
        words.push("lets nobody in".to_owned());
    }
    match office::ends(broker, tx, link, now).await {
        Ok(ends) => {
            let last = ends.iter().map(|merge| merge.undo_until).max();
            words.extend(last.map(|until| {
                format!(
                    "the last one of an account that can be parted until {}",
                    day(until)
                )
            }));
        }
        Err(NotDecided::LastWayIn) => words.push("no other one works".to_owned()),
        Err(error) => return Err(error),
    }
    Ok(format!(
        "{}  {}  {}  {}",
        link.upstream_link_id,
        day(link.created_at),
        day(link.used_at),
        words.join(", ")
    ))
}

/// All about a way in.
pub(super) async fn lines(
    broker: &Broker,
    tx: &mut Tx,
    link: &UpstreamLink,
    now: DateTime<Utc>,
) -> Result<Vec<String>, NotDecided> {
    let (id, account_id) = (link.upstream_link_id, link.account_id);
    let mut lines = vec![
        format!("way in    {id}"),
        format!(
            "provider  {}{}",
            link.provider,
            if lets_in(broker, link) {
                ""
            } else {
                ", lets nobody in"
            }
        ),
        format!(
            "since     {}, last used {}",
            day(link.created_at),
            day(link.used_at)
        ),
    ];
    if let Some(merge) = came_with(tx, account_id, id).await? {
        lines.push(format!(
            "came      with account {}, joined on {}",
            merge.merged_id,
            day(merge.merged_at)
        ));
    }
    match office::ends(broker, tx, link, now).await {
        Ok(ends) => lines.extend(ends.iter().map(ending)),
        Err(error @ NotDecided::LastWayIn) => lines.push(format!("removal   {error}")),
        Err(error) => return Err(error),
    }
    lines.extend(waiting(broker, tx, id, now).await?);
    lines.extend(Side::read(broker, tx, account_id, now).await?.lines(None));
    Ok(lines)
}

/// The first merge that brought it.
async fn came_with(
    tx: &mut Tx,
    account_id: AccountId,
    id: UpstreamLinkId,
) -> Result<Option<AccountMerge>, StorageError> {
    let mut merges = account_merge::list_within(tx, account_id).await?;
    merges.sort_by_key(|merge| (merge.merged_at, merge.merge_id));
    for merge in merges {
        let brought = merge_item::list_ways_in(tx, merge.merge_id).await?;
        if brought.contains(&id) {
            return Ok(Some(merge));
        }
    }
    Ok(None)
}

fn ending(merge: &AccountMerge) -> String {
    format!(
        "removal   ends the possibility to part account {}, joined on {}, which there is until {}: --end-parting",
        merge.merged_id,
        day(merge.merged_at),
        day(merge.undo_until)
    )
}

async fn waiting(
    broker: &Broker,
    tx: &mut Tx,
    id: UpstreamLinkId,
    now: DateTime<Utc>,
) -> Result<Vec<String>, StorageError> {
    let key = &broker.master_key;
    let Some(decision) = decision::find_open(tx, key, About::Removal(id), now).await? else {
        return Ok(Vec::new());
    };
    let officer = staff_account::lookup(tx, key, decision.proposed_by).await?;
    let mut lines = vec![
        format!(
            "state     {} decided by {} on {}; waits for another officer until {}",
            decision.outcome.as_str(),
            officer.map(|officer| officer.name).unwrap_or_default(),
            day(decision.proposed_at),
            day(decision.expires_at)
        ),
        format!("proved    {}", decision.details.reason),
    ];
    let judged = office::judged(tx, &decision).await?;
    lines.extend(judged.iter().map(|merge| {
        format!(
            "decided   with the end of parting account {}, joined on {}",
            merge.merged_id,
            day(merge.merged_at)
        )
    }));
    Ok(lines)
}
