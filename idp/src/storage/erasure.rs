//! What goes when a person closes their account: everything that is about them. The rows that stay hold keys, kinds and times, so that
//! what refers to them still does, and subject identifiers, so that nobody else ever gets one of them.

use chrono::{DateTime, Utc};
use store::{StorageError, Tx, on};

use crate::ids::AccountId;

/// One table at a time.
macro_rules! step {
    ($tx:expr, $sql:literal, $($bound:expr),+) => {
        on!(&mut *$tx, db => sqlx::query($sql)$(.bind($bound))+.execute(db).await.map(|done| done.rows_affected()))?
    };
}

/// Erases what an account holds about its person: facts and proofs, subjects of its ways in (which must have ended), the devices and
/// upstream names of its sessions, permissions and what was released by them, cases of officers and what they decided, and whom its mandates (which must
/// have ended) were for, or would have been. Contacts and what was told there are [`forget_told`].
pub async fn forget_person(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    step!(tx, "delete from fact where account_id = $1", account_id);
    step!(
        tx,
        "update verification set revoked_at = $2 where account_id = $1 and revoked_at is null",
        account_id,
        now
    );
    step!(
        tx,
        "update upstream_link set subject = '', branches = '' where account_id = $1 and ended_at is not null",
        account_id
    );
    step!(
        tx,
        "update browser_session set device = '' where account_id = $1",
        account_id
    );
    step!(
        tx,
        r#"
        update authentication
        set upstream_session = null, upstream_session_key = null, upstream_subject_key = null,
            upstream_index_key = null
        where account_id = $1
        "#,
        account_id
    );
    step!(tx, "delete from consent where account_id = $1", account_id);
    step!(tx, "delete from release where account_id = $1", account_id);
    step!(tx, "delete from conflict where account_id = $1", account_id);
    step!(
        tx,
        "update conflict set other_account_id = null where other_account_id = $1",
        account_id
    );
    step!(tx, "delete from decision where account_id = $1", account_id);
    step!(
        tx,
        "update decision set other_account_id = null where other_account_id = $1",
        account_id
    );
    step!(tx, "delete from ruling where account_id = $1", account_id);
    step!(
        tx,
        r#"
        update mandate set name = '', ico = null, role = null, reference = null
        where account_id = $1 and revoked_at is not null
        "#,
        account_id
    );
    step!(
        tx,
        "delete from mandate_proposal where account_id = $1",
        account_id
    );
    Ok(())
}

/// Ends every current contact of an account: nothing new is told there, and the addresses are free for others.
pub async fn end_contacts(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<u64, StorageError> {
    Ok(step!(
        tx,
        "update contact set ended_at = $2 where account_id = $1 and ended_at is null",
        account_id,
        now
    ))
}

/// Erases the notices of an account and its contacts, but for those that a mail still waits to be sent to. True when none of
/// them is left.
pub async fn forget_told(tx: &mut Tx, account_id: AccountId) -> Result<bool, StorageError> {
    step!(
        tx,
        r#"
        delete from notice_mail
        where state not in ('waiting', 'sending')
          and notice_id in (select notice_id from notice where account_id = $1)
        "#,
        account_id
    );
    forget_unmailed(tx, account_id).await
}

/// The same, whatever waits: its time is over.
pub async fn forget_all_told(tx: &mut Tx, account_id: AccountId) -> Result<(), StorageError> {
    step!(
        tx,
        "delete from notice_mail where notice_id in (select notice_id from notice where account_id = $1)",
        account_id
    );
    forget_unmailed(tx, account_id).await?;
    Ok(())
}

/// A merge that was undone may have left a mail of one account at a contact of the other: of that one only the address goes.
async fn forget_unmailed(tx: &mut Tx, account_id: AccountId) -> Result<bool, StorageError> {
    step!(
        tx,
        r#"
        delete from notice
        where account_id = $1
          and not exists (select 1 from notice_mail where notice_mail.notice_id = notice.notice_id)
        "#,
        account_id
    );
    step!(
        tx,
        r#"
        delete from contact
        where account_id = $1 and ended_at is not null
          and not exists (select 1 from notice_mail where notice_mail.contact_id = contact.contact_id)
        "#,
        account_id
    );
    step!(
        tx,
        r#"
        update contact set value = null, search_key = $2
        where account_id = $1 and ended_at is not null and value is not null
          and not exists (
            select 1 from notice_mail
            where notice_mail.contact_id = contact.contact_id and notice_mail.state in ('waiting', 'sending'))
        "#,
        account_id,
        NO_KEY
    );
    let left: i64 = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select (select count(*) from notice where account_id = $1)
                 + (select count(*) from contact where account_id = $1 and value is not null)
            "#,
        )
        .bind(account_id)
        .fetch_one(db)
        .await
    })?;
    Ok(left == 0)
}

/// Forgets the language that the last letters were written in.
pub async fn forget_language(tx: &mut Tx, account_id: AccountId) -> Result<(), StorageError> {
    step!(
        tx,
        "update account set locale = null where account_id = $1",
        account_id
    );
    Ok(())
}

/// What no address leads to.
const NO_KEY: &[u8] = &[];
