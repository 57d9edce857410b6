//! `merge_item`: what a merge takes from one account to the other, and what undoing it gives back.

use std::collections::BTreeSet;

use store::{StorageError, Tx, on};

use crate::ids::{AccountId, MergeId, UpstreamLinkId};

/// One table at a time: remember the rows that will move, move them.
macro_rules! step {
    ($tx:expr, $sql:literal, $($bound:expr),+) => {
        on!(&mut *$tx, db => sqlx::query($sql)$(.bind($bound))+.execute(db).await.map(drop))?
    };
}

mod consents;
mod contacts;

pub use consents::part_consents;
use consents::take_consents;
pub use contacts::add_contact;
use contacts::{give_back_contacts, take_contacts};

/// Takes ways in, proofs, facts, consents, contacts, mandates and proposed mandates of `from` over to `to`. Subject identifiers, sessions and what
/// was released stay with `from`: they are its history, and looked up there. Of two consents for one client the one of `to` holds.
pub async fn take_over(
    tx: &mut Tx,
    merge_id: MergeId,
    from: AccountId,
    to: AccountId,
) -> Result<(), StorageError> {
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'upstream_link', upstream_link_id from upstream_link where account_id = $2 and ended_at is null
        "#,
        merge_id,
        from
    );
    step!(
        tx,
        "update upstream_link set account_id = $2 where account_id = $1 and ended_at is null",
        from,
        to
    );
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'verification', verification_id from verification where account_id = $2 and revoked_at is null
        "#,
        merge_id,
        from
    );
    step!(
        tx,
        "update verification set account_id = $2 where account_id = $1 and revoked_at is null",
        from,
        to
    );
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'fact', fact_id from fact
        where account_id = $2 and verification_id is null and superseded_at is null
        "#,
        merge_id,
        from
    );
    step!(
        tx,
        r#"
        update fact set account_id = $3
        where account_id = $2 and (
            fact_id in (select item_id from merge_item where merge_id = $1 and kind = 'fact')
            or verification_id in (select item_id from merge_item where merge_id = $1 and kind = 'verification'))
        "#,
        merge_id,
        from,
        to
    );
    take_consents(tx, merge_id, from, to).await?;
    take_contacts(tx, merge_id, from, to).await?;
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'mandate', mandate_id from mandate where account_id = $2 and revoked_at is null
        "#,
        merge_id,
        from
    );
    step!(
        tx,
        "update mandate set account_id = $2 where account_id = $1 and revoked_at is null",
        from,
        to
    );
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'mandate_proposal', mandate_proposal_id from mandate_proposal where account_id = $2 and decided_at is null
        "#,
        merge_id,
        from
    );
    step!(
        tx,
        "update mandate_proposal set account_id = $2 where account_id = $1 and decided_at is null",
        from,
        to
    );
    Ok(())
}

/// Gives back to `to` what a merge took, with what came through its ways in since; consents apart ([`part_consents`]).
pub async fn give_back(
    tx: &mut Tx,
    merge_id: MergeId,
    from: AccountId,
    to: AccountId,
) -> Result<(), StorageError> {
    step!(
        tx,
        r#"
        update upstream_link set account_id = $3
        where account_id = $2
          and upstream_link_id in (select item_id from merge_item where merge_id = $1 and kind = 'upstream_link')
        "#,
        merge_id,
        from,
        to
    );
    step!(
        tx,
        r#"
        update verification set account_id = $3
        where account_id = $2 and (
            verification_id in (select item_id from merge_item where merge_id = $1 and kind = 'verification')
            or upstream_link_id in (select item_id from merge_item where merge_id = $1 and kind = 'upstream_link'))
        "#,
        merge_id,
        from,
        to
    );
    step!(
        tx,
        r#"
        update fact set account_id = $3
        where account_id = $2 and (
            fact_id in (select item_id from merge_item where merge_id = $1 and kind = 'fact')
            or verification_id in (select verification_id from verification where account_id = $3))
        "#,
        merge_id,
        from,
        to
    );
    give_back_contacts(tx, merge_id, from, to).await?;
    step!(
        tx,
        r#"
        update mandate set account_id = $3
        where account_id = $2 and (
            mandate_id in (select item_id from merge_item where merge_id = $1 and kind = 'mandate')
            or upstream_link_id in (select item_id from merge_item where merge_id = $1 and kind = 'upstream_link'))
        "#,
        merge_id,
        from,
        to
    );
    step!(
        tx,
        r#"
        update mandate_proposal set account_id = $3
        where account_id = $2
          and mandate_proposal_id in (select item_id from merge_item where merge_id = $1 and kind = 'mandate_proposal')
        "#,
        merge_id,
        from,
        to
    );
    Ok(())
}

/// The ways in that a merge took over, those that have ended since included.
pub async fn list_ways_in(
    tx: &mut Tx,
    merge_id: MergeId,
) -> Result<BTreeSet<UpstreamLinkId>, StorageError> {
    let ways: Vec<UpstreamLinkId> = on!(tx, db => {
        sqlx::query_scalar("select item_id from merge_item where merge_id = $1 and kind = 'upstream_link'")
            .bind(merge_id)
            .fetch_all(db)
            .await
    })?;
    Ok(ways.into_iter().collect())
}

/// A way in that is added takes the place of one of the same subject that the merge took over and that was removed, if there is one:
/// undoing the merge gives it back.
pub async fn take_again(
    tx: &mut Tx,
    merge_id: MergeId,
    upstream_link_id: UpstreamLinkId,
    realm: &str,
    subject: &str,
) -> Result<(), StorageError> {
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'upstream_link', $2
        where exists (
            select 1 from merge_item as taken
            join upstream_link on upstream_link.upstream_link_id = taken.item_id
            where taken.merge_id = $1 and taken.kind = 'upstream_link' and upstream_link.ended_at is not null
              and upstream_link.realm = $3 and upstream_link.subject = $4)
        on conflict do nothing
        "#,
        merge_id,
        upstream_link_id,
        realm,
        subject
    );
    Ok(())
}
