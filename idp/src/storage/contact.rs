//! `contact`: an e-mail address or phone number of a person, unique only while proven.

use aws_lc_rs::hmac;
use chrono::{DateTime, Utc};
use store::MasterKey;
use store::{StorageError, Tx, on};

use crate::ids::{AccountId, ContactId};

/// What kind of address it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactKind {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
}

/// What proved a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvenBy {
    /// The person brought the code that was sent there.
    Code,
    /// A provider that checks such addresses itself vouched for it.
    Provider,
}

/// A current contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    /// Its key.
    pub contact_id: ContactId,
    /// Whose.
    pub account_id: AccountId,
    /// What kind.
    pub kind: ContactKind,
    /// The address as typed or told.
    pub value: String,
    /// The provider that told it; `None` when the person typed it.
    pub provider: Option<String>,
    /// Since when it is known.
    pub added_at: DateTime<Utc>,
    /// Since when it is proven; `None`: only stated.
    pub proven_at: Option<DateTime<Utc>>,
    /// What proved it.
    pub proven_by: Option<ProvenBy>,
    /// When its mail server last refused it for good.
    pub refused_at: Option<DateTime<Utc>>,
    /// Since when it is none any more.
    pub ended_at: Option<DateTime<Utc>>,
    /// When the link of a mail brought it back.
    pub restored_at: Option<DateTime<Utc>>,
}

/// A contact about to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewContact<'a> {
    /// Its key.
    pub contact_id: ContactId,
    /// Whose.
    pub account_id: AccountId,
    /// What kind.
    pub kind: ContactKind,
    /// The address.
    pub value: &'a str,
    /// The provider that told it.
    pub provider: Option<&'a str>,
    /// What proves it; `None`: only stated.
    pub proven_by: Option<ProvenBy>,
}

/// The current contacts of an account, proven ones first, the oldest first.
pub async fn list_current(
    tx: &mut Tx,
    master_key: &MasterKey,
    account_id: AccountId,
) -> Result<Vec<Contact>, StorageError> {
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select contact_id, account_id, kind, value, provider, added_at, proven_at, proven_by, refused_at,
                   ended_at, restored_at
            from contact
            where account_id = $1 and ended_at is null
            order by added_at, contact_id
            "#,
        )
        .bind(account_id)
        .fetch_all(db)
        .await
    })?;
    let mut contacts = rows
        .into_iter()
        .map(|row| row.open(master_key))
        .collect::<Result<Vec<_>, _>>()?;
    contacts.sort_by_key(|contact| contact.proven_at.is_none());
    Ok(contacts)
}

/// Finds a contact, an ended one too as long as its address is kept.
pub async fn lookup(
    tx: &mut Tx,
    master_key: &MasterKey,
    contact_id: ContactId,
) -> Result<Option<Contact>, StorageError> {
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select contact_id, account_id, kind, value, provider, added_at, proven_at, proven_by, refused_at,
                   ended_at, restored_at
            from contact
            where contact_id = $1 and value is not null
            "#,
        )
        .bind(contact_id)
        .fetch_optional(db)
        .await
    })?;
    row.map(|row| row.open(master_key)).transpose()
}

/// Adds a contact. `false`, and nothing added, when the account has it already, or when it is to be proven and is proven
/// for somebody.
pub async fn add(
    tx: &mut Tx,
    master_key: &MasterKey,
    contact: NewContact<'_>,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let sealed = master_key.seal(&sealed_for(contact.contact_id), contact.value.as_bytes())?;
    let search_key = search_key(master_key, contact.kind, contact.value);
    let proven_at = contact.proven_by.map(|_| now);
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            insert into contact
                (contact_id, account_id, kind, value, search_key, provider, added_at, proven_at, proven_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict do nothing
            "#,
        )
        .bind(contact.contact_id)
        .bind(contact.account_id)
        .bind(contact.kind.as_str())
        .bind(sealed.clone())
        .bind(search_key.clone())
        .bind(contact.provider)
        .bind(now)
        .bind(proven_at)
        .bind(contact.proven_by.map(ProvenBy::as_str))
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Finds a current contact of an account by its address.
pub async fn find_current(
    tx: &mut Tx,
    master_key: &MasterKey,
    account_id: AccountId,
    kind: ContactKind,
    value: &str,
) -> Result<Option<Contact>, StorageError> {
    let search_key = search_key(master_key, kind, value);
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select contact_id, account_id, kind, value, provider, added_at, proven_at, proven_by, refused_at,
                   ended_at, restored_at
            from contact
            where account_id = $1 and kind = $2 and search_key = $3 and ended_at is null
            "#,
        )
        .bind(account_id)
        .bind(kind.as_str())
        .bind(search_key.clone())
        .fetch_optional(db)
        .await
    })?;
    row.map(|row| row.open(master_key)).transpose()
}

/// Whether the account ever had this address, removed ones included.
pub async fn was_known(
    tx: &mut Tx,
    master_key: &MasterKey,
    account_id: AccountId,
    kind: ContactKind,
    value: &str,
) -> Result<bool, StorageError> {
    let search_key = search_key(master_key, kind, value);
    let count: i64 = on!(tx, db => {
        sqlx::query_scalar("select count(*) from contact where account_id = $1 and kind = $2 and search_key = $3")
            .bind(account_id)
            .bind(kind.as_str())
            .bind(search_key.clone())
            .fetch_one(db)
            .await
    })?;
    Ok(count > 0)
}

/// Whether somebody else has proven this contact's address.
pub async fn is_proven_elsewhere(tx: &mut Tx, contact_id: ContactId) -> Result<bool, StorageError> {
    let count: i64 = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select count(*)
            from contact as this
            join contact as other on other.kind = this.kind and other.search_key = this.search_key
            where this.contact_id = $1 and other.account_id <> this.account_id
              and other.proven_at is not null and other.ended_at is null
            "#,
        )
        .bind(contact_id)
        .fetch_one(db)
        .await
    })?;
    Ok(count > 0)
}

/// Writes down that a stated contact is proven. `false` when it ended or was proven before; [`StorageError::Conflict`]
/// when somebody else proves the same address at this moment.
pub async fn prove(
    tx: &mut Tx,
    contact_id: ContactId,
    proven_by: ProvenBy,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update contact
            set proven_at = $2, proven_by = $3, refused_at = null
            where contact_id = $1 and proven_at is null and ended_at is null
            "#,
        )
        .bind(contact_id)
        .bind(now)
        .bind(proven_by.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Writes down that a contact is only stated again: what proved it does not count any more.
pub async fn unprove(tx: &mut Tx, contact_id: ContactId) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update contact set proven_at = null, proven_by = null where contact_id = $1")
            .bind(contact_id)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Writes down that the mail server of the address refused it for good.
pub async fn refuse(
    tx: &mut Tx,
    contact_id: ContactId,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update contact set refused_at = $2 where contact_id = $1")
            .bind(contact_id)
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Ends a contact of an account. `false` when the account has no such current contact.
pub async fn end(
    tx: &mut Tx,
    account_id: AccountId,
    contact_id: ContactId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            "update contact set ended_at = $3 where contact_id = $1 and account_id = $2 and ended_at is null",
        )
        .bind(contact_id)
        .bind(account_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Takes the end of a contact back, if it is still the one of that moment, and gives it to `account_id`. `false` when it is not, or
/// when that was done once before; [`StorageError::Conflict`] when somebody proves the same address at this moment.
pub async fn restore(
    tx: &mut Tx,
    contact_id: ContactId,
    ended_at: DateTime<Utc>,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update contact set ended_at = null, restored_at = $4, account_id = $3
            where contact_id = $1 and ended_at = $2 and restored_at is null and value is not null
            "#,
        )
        .bind(contact_id)
        .bind(ended_at)
        .bind(account_id)
        .bind(now)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Removes an address that is only stated, so that the same one can be added as proven. One that was proven once, and got letters,
/// stays as an ended row for them.
pub async fn discard_stated(
    tx: &mut Tx,
    master_key: &MasterKey,
    account_id: AccountId,
    kind: ContactKind,
    value: &str,
) -> Result<bool, StorageError> {
    let search_key = search_key(master_key, kind, value);
    let deleted = on!(&mut *tx, db => {
        sqlx::query(
            r#"
            delete from contact
            where account_id = $1 and kind = $2 and search_key = $3 and proven_at is null and ended_at is null
              and not exists (select 1 from notice_mail where notice_mail.contact_id = contact.contact_id)
            "#,
        )
        .bind(account_id)
        .bind(kind.as_str())
        .bind(search_key.clone())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    let ended = on!(tx, db => {
        sqlx::query(
            r#"
            update contact set ended_at = added_at
            where account_id = $1 and kind = $2 and search_key = $3 and proven_at is null and ended_at is null
            "#,
        )
        .bind(account_id)
        .bind(kind.as_str())
        .bind(search_key.clone())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(deleted + ended > 0)
}

/// Erases the addresses of contacts that ended before a moment; says of how many.
pub async fn erase_ended(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("update contact set value = null where value is not null and ended_at < $1")
            .bind(before)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows)
}

/// What limits of mails to one address count under: the address itself stands in no key.
pub fn search_key(master_key: &MasterKey, kind: ContactKind, value: &str) -> Vec<u8> {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &master_key.derive("contact.search_key"));
    let folded = value.trim().to_lowercase();
    hmac::sign(&key, format!("{}:{folded}", kind.as_str()).as_bytes())
        .as_ref()
        .to_vec()
}

impl ContactKind {
    /// The name in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
        }
    }
}

impl ProvenBy {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Provider => "provider",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    contact_id: ContactId,
    account_id: AccountId,
    kind: String,
    value: Option<Vec<u8>>,
    provider: Option<String>,
    added_at: DateTime<Utc>,
    proven_at: Option<DateTime<Utc>>,
    proven_by: Option<String>,
    refused_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
    restored_at: Option<DateTime<Utc>>,
}

impl Row {
    fn open(self, master_key: &MasterKey) -> Result<Contact, StorageError> {
        let sealed = self.value.unwrap_or_default();
        let plain = master_key
            .open(&sealed_for(self.contact_id), &sealed)
            .map_err(|_| StorageError::broken("contact.value"))?;
        Ok(Contact {
            contact_id: self.contact_id,
            account_id: self.account_id,
            kind: match self.kind.as_str() {
                "email" => ContactKind::Email,
                "phone" => ContactKind::Phone,
                _ => return Err(StorageError::broken("contact.kind")),
            },
            value: String::from_utf8(plain).map_err(|_| StorageError::broken("contact.value"))?,
            provider: self.provider,
            added_at: self.added_at,
            proven_at: self.proven_at,
            proven_by: match self.proven_by.as_deref() {
                None => None,
                Some("code") => Some(ProvenBy::Code),
                Some("provider") => Some(ProvenBy::Provider),
                Some(_) => return Err(StorageError::broken("contact.proven_by")),
            },
            refused_at: self.refused_at,
            ended_at: self.ended_at,
            restored_at: self.restored_at,
        })
    }
}

fn sealed_for(id: ContactId) -> String {
    format!("contact.value:{id}")
}
