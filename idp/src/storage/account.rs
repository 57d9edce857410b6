//! `account`: a person in our eyes.

use chrono::{DateTime, Utc};
use sqlx::{AssertSqlSafe, SqlSafeStr};
use store::{Db, StorageError, Tx, on};

use crate::ids::AccountId;

/// A person in our eyes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Account {
    /// Its key.
    pub account_id: AccountId,
    pub(super) state: String,
    /// Language of letters and pages, once chosen.
    pub locale: Option<String>,
    /// When the first login made it.
    pub created_at: DateTime<Utc>,
}

impl Account {
    /// Only an active account logs in and redeems anything.
    pub fn is_active(&self) -> bool {
        self.state == "active"
    }

    /// Whether an administrator switched it off.
    pub fn is_disabled(&self) -> bool {
        self.state == "disabled"
    }

    /// Whether it became part of another one.
    pub fn is_merged(&self) -> bool {
        self.state == "merged"
    }
}

/// What an account may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountState {
    /// Usable.
    Active,
    /// Switched off by an administrator; every next step stops.
    Disabled,
    /// Became part of another account; `account_merge` says which.
    Merged,
    /// Ended by the person.
    Deleted,
}

impl AccountState {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Merged => "merged",
            Self::Deleted => "deleted",
        }
    }
}

/// Finds an account by its key.
pub async fn lookup(tx: &mut Tx, account_id: AccountId) -> Result<Option<Account>, StorageError> {
    let account = on!(tx, db => {
        sqlx::query_as(
            r#"
            select account_id, state, locale, created_at
            from account
            where account_id = $1
            "#,
        )
        .bind(account_id)
        .fetch_optional(db)
        .await
    })?;
    Ok(account)
}

/// Adds an active account.
pub async fn add(
    tx: &mut Tx,
    account_id: AccountId,
    locale: Option<&str>,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into account (account_id, state, locale, created_at, changed_at)
            values ($1, 'active', $2, $3, $3)
            "#,
        )
        .bind(account_id)
        .bind(locale)
        .bind(now)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Removes an account that nothing refers to yet: somebody else was first to link its subject.
pub async fn discard(tx: &mut Tx, account_id: AccountId) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("delete from account where account_id = $1")
            .bind(account_id)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Takes an account for the rest of the transaction, so that of two changes to its ways in one waits for the other.
/// `false` when it is not active.
pub async fn hold(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("update account set changed_at = $2 where account_id = $1 and state = 'active'")
            .bind(account_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// The same for what officers may do to an account that is switched off, too. `false` when it became part of another one, or was closed.
pub async fn hold_even_disabled(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("update account set changed_at = $2 where account_id = $1 and state in ('active', 'disabled')")
            .bind(account_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Begins a transaction that makes everybody who takes something back from an account ([`hold`]) wait until it has ended, and waits
/// for those who are at it; what is read in it stands. Any number of transactions may do so at once. On SQLite a writing transaction
/// is alone anyway; its first statement is made with [`Tx::first`].
pub async fn begin_sharing(db: &Db, account_id: AccountId) -> Result<Tx, StorageError> {
    // An id is nothing but hexadecimal digits and hyphens.
    let lock = format!(
        "select 1 from account where account_id = '{}' for share",
        account_id.uuid()
    );
    db.begin_with(AssertSqlSafe(lock).into_sql_str()).await
}

/// Puts an account into another state. `false` when there is no such account.
pub async fn set_state(
    tx: &mut Tx,
    account_id: AccountId,
    state: AccountState,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("update account set state = $2, changed_at = $3 where account_id = $1")
            .bind(account_id)
            .bind(state.as_str())
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Remembers the language the person chose.
pub async fn set_locale(
    tx: &mut Tx,
    account_id: AccountId,
    locale: &str,
    now: DateTime<Utc>,
) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query("update account set locale = $2, changed_at = $3 where account_id = $1")
            .bind(account_id)
            .bind(locale)
            .bind(now)
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(())
}

/// Switches an account on that was switched off. `false` when it was not.
pub async fn enable(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query("update account set state = 'active', changed_at = $2 where account_id = $1 and state = 'disabled'")
            .bind(account_id)
            .bind(now)
            .execute(db)
            .await
            .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}
