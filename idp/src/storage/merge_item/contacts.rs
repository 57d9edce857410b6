//! The contacts of a merge.

use store::{StorageError, Tx, on};

use crate::ids::{AccountId, ContactId, MergeId};

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
pub(super) async fn take_contacts(
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

/// Contacts of a merge go back with their owner, those that came by its ways in since included. An address that `to` had only
/// stated, and that stayed there, makes room for the same one that comes. What traded places trades back, unless the person has added the address anew meanwhile.
pub(super) async fn give_back_contacts(
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
        update contact set ended_at = added_at
        where account_id = $3 and ended_at is null and proven_at is null and exists (
            select 1 from contact as coming
            where coming.account_id = $2 and coming.ended_at is null
              and coming.kind = contact.kind and coming.search_key = contact.search_key
              and coming.contact_id in (select item_id from merge_item where merge_id = $1 and kind = 'contact'))
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
