//! `merge_item`: what a merge takes from one account to the other, and what undoing it gives back.

use store::{StorageError, Tx, on};

use crate::ids::{AccountId, ContactId, MergeId};

/// One table at a time: remember the rows that will move, move them.
macro_rules! step {
    ($tx:expr, $sql:literal, $($bound:expr),+) => {
        on!(&mut *$tx, db => sqlx::query($sql)$(.bind($bound))+.execute(db).await.map(drop))?
    };
}

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

/// Adds a contact that came back while the merge stands: undoing the merge gives it back like the others.
pub async fn add_contact(
    tx: &mut Tx,
    merge_id: MergeId,
    contact_id: ContactId,
) -> Result<(), StorageError> {
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id) values ($1, 'contact', $2)
        on conflict do nothing
        "#,
        merge_id,
        contact_id
    );
    Ok(())
}

/// Of one address that both have, a proven one comes and the one that `to` had only stated goes to `from` for it; else that
/// of `to` stays. An account holds an address once, so what trades places is ended for a moment.
async fn take_contacts(
    tx: &mut Tx,
    merge_id: MergeId,
    from: AccountId,
    to: AccountId,
) -> Result<(), StorageError> {
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'contact', contact_id from contact
        where account_id = $2 and ended_at is null and not exists (
            select 1 from contact as held
            where held.account_id = $3 and held.ended_at is null
              and held.kind = contact.kind and held.search_key = contact.search_key
              and (held.proven_at is not null or contact.proven_at is null))
        "#,
        merge_id,
        from,
        to
    );
    step!(
        tx,
        r#"
        insert into merge_item (merge_id, kind, item_id)
        select $1, 'contact_aside', held.contact_id
        from contact as held
        join contact as taken on taken.kind = held.kind and taken.search_key = held.search_key
        where held.account_id = $2 and held.ended_at is null
          and taken.contact_id in (select item_id from merge_item where merge_id = $1 and kind = 'contact')
        "#,
        merge_id,
        to
    );
    step!(
        tx,
        r#"
        update contact set ended_at = added_at, account_id = $2
        where contact_id in (select item_id from merge_item where merge_id = $1 and kind = 'contact_aside')
        "#,
        merge_id,
        from
    );
    step!(
        tx,
        r#"
        update contact set account_id = $2
        where contact_id in (select item_id from merge_item where merge_id = $1 and kind = 'contact')
        "#,
        merge_id,
        to
    );
    step!(
        tx,
        r#"
        update contact set ended_at = null
        where contact_id in (select item_id from merge_item where merge_id = $1 and kind = 'contact_aside')
        "#,
        merge_id
    );
    Ok(())
}

/// What traded places trades back, unless the person has added the address anew meanwhile.
async fn give_back_contacts(
    tx: &mut Tx,
    merge_id: MergeId,
    from: AccountId,
    to: AccountId,
) -> Result<(), StorageError> {
    step!(
        tx,
        r#"
        update contact set ended_at = added_at, account_id = $2
        where account_id = $3 and ended_at is null
          and contact_id in (select item_id from merge_item where merge_id = $1 and kind = 'contact_aside')
        "#,
        merge_id,
        from,
        to
    );
    step!(
        tx,
        r#"
        update contact set account_id = $3
        where account_id = $2
          and contact_id in (select item_id from merge_item where merge_id = $1 and kind = 'contact')
        "#,
        merge_id,
        from,
        to
    );
    step!(
        tx,
        r#"
        update contact set ended_at = null
        where account_id = $2 and ended_at = added_at
          and contact_id in (select item_id from merge_item where merge_id = $1 and kind = 'contact_aside')
          and not exists (
            select 1 from contact as held
            where held.account_id = $2 and held.ended_at is null
              and held.kind = contact.kind and held.search_key = contact.search_key)
        "#,
        merge_id,
        from
    );
    Ok(())
}

/// Gives back to `to` what a merge took, with what came through its ways in since.
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
    step!(
        tx,
        r#"
        update consent set account_id = $3
        where account_id = $2
          and consent_id in (select item_id from merge_item where merge_id = $1 and kind = 'consent')
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

/// How many of the ways in that a merge took over are still ways in of `account_id`, and how many others it has.
pub async fn count_ways_in(
    tx: &mut Tx,
    merge_id: MergeId,
    account_id: AccountId,
) -> Result<(i64, i64), StorageError> {
    let all: i64 = on!(&mut *tx, db => {
        sqlx::query_scalar("select count(*) from upstream_link where account_id = $1 and ended_at is null")
            .bind(account_id)
            .fetch_one(db)
            .await
    })?;
    let taken: i64 = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select count(*) from upstream_link
            where account_id = $1 and ended_at is null
              and upstream_link_id in (select item_id from merge_item where merge_id = $2 and kind = 'upstream_link')
            "#,
        )
        .bind(account_id)
        .bind(merge_id)
        .fetch_one(db)
        .await
    })?;
    Ok((taken, all - taken))
}
