//! `staff_account`: an officer of the town.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use store::{MasterKey, StorageError, Tx, on};

use crate::ids::StaffAccountId;
use crate::staff::Role;

/// An officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StaffAccount {
    /// Their key.
    pub staff_account_id: StaffAccountId,
    /// Realm of the provider that knows them.
    pub realm: String,
    /// Its identifier of their profile.
    pub subject: String,
    /// Their name as the provider wrote it.
    pub name: String,
    /// Their roles at the last login, without those that were taken since. What they may do now is asked of the session.
    pub roles: BTreeSet<Role>,
    /// First login.
    pub created_at: DateTime<Utc>,
    /// Last login.
    pub logged_in_at: DateTime<Utc>,
    /// When an operator switched the account off.
    pub disabled_at: Option<DateTime<Utc>>,
}

/// What a login says of an officer.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// Realm of the provider.
    pub realm: &'a str,
    /// Its identifier of the profile.
    pub subject: &'a str,
    /// The name.
    pub name: &'a str,
    /// The roles.
    pub roles: &'a BTreeSet<Role>,
}

const COLUMNS: &str =
    "staff_account_id, realm, subject, name, roles, created_at, logged_in_at, disabled_at";

/// Finds an officer by their key.
pub async fn lookup(
    tx: &mut Tx,
    master_key: &MasterKey,
    staff_account_id: StaffAccountId,
) -> Result<Option<StaffAccount>, StorageError> {
    let statement = format!("select {COLUMNS} from staff_account where staff_account_id = $1");
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(staff_account_id)
            .fetch_optional(db)
            .await
    })?;
    row.map(|row| row.open(master_key)).transpose()
}

/// Finds an officer by the provider's identifier. `None` before their first login.
pub async fn find_by_subject(
    tx: &mut Tx,
    master_key: &MasterKey,
    realm: &str,
    subject: &str,
) -> Result<Option<StaffAccount>, StorageError> {
    let statement =
        format!("select {COLUMNS} from staff_account where realm = $1 and subject = $2");
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(realm)
            .bind(subject)
            .fetch_optional(db)
            .await
    })?;
    row.map(|row| row.open(master_key)).transpose()
}

/// All officers, the latest login first.
pub async fn list(tx: &mut Tx, master_key: &MasterKey) -> Result<Vec<StaffAccount>, StorageError> {
    let statement =
        format!("select {COLUMNS} from staff_account order by logged_in_at desc, staff_account_id");
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(|row| row.open(master_key)).collect()
}

/// Writes down a login: adds the officer under this key, or renews the name, the roles and the time of whoever is known by that
/// subject. Returns the key under which they are known.
pub async fn note(
    tx: &mut Tx,
    master_key: &MasterKey,
    fresh_id: StaffAccountId,
    told: Told<'_>,
    now: DateTime<Utc>,
) -> Result<StaffAccountId, StorageError> {
    let known: Option<StaffAccountId> = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            insert into staff_account (staff_account_id, realm, subject, name, roles, created_at, logged_in_at)
            values ($1, $2, $3, $4, $5, $6, $6)
            on conflict (realm, subject) do update set logged_in_at = excluded.logged_in_at, roles = excluded.roles
            returning staff_account_id
            "#,
        )
        .bind(fresh_id)
        .bind(told.realm)
        .bind(told.subject)
        .bind(seal(master_key, fresh_id, told.name)?)
        .bind(joined(told.roles))
        .bind(now)
        .fetch_optional(db)
        .await
    })?;
    let id = known.ok_or_else(|| StorageError::broken("staff_account"))?;
    if id != fresh_id {
        // A name is sealed for its own row.
        on!(tx, db => {
            sqlx::query("update staff_account set name = $2 where staff_account_id = $1")
                .bind(id)
                .bind(seal(master_key, id, told.name)?)
                .execute(db)
                .await
                .map(drop)
        })?;
    }
    Ok(id)
}

/// Takes from an officer the roles that are not among these. `None` when there was none to take.
pub async fn keep_roles(
    tx: &mut Tx,
    master_key: &MasterKey,
    staff_account_id: StaffAccountId,
    roles: &BTreeSet<Role>,
) -> Result<Option<RolesTaken>, StorageError> {
    // Of two who take, the second one reads what the first one left.
    on!(tx, db => {
        sqlx::query("update staff_account set roles = roles where staff_account_id = $1")
            .bind(staff_account_id)
            .execute(db)
            .await
            .map(drop)
    })?;
    let Some(held) = lookup(tx, master_key, staff_account_id).await? else {
        return Ok(None);
    };
    let now: BTreeSet<Role> = held.roles.intersection(roles).copied().collect();
    if now == held.roles {
        return Ok(None);
    }
    let kept = joined(&now);
    on!(tx, db => {
        sqlx::query("update staff_account set roles = $2 where staff_account_id = $1")
            .bind(staff_account_id)
            .bind(kept.clone())
            .execute(db)
            .await
            .map(drop)
    })?;
    Ok(Some(RolesTaken {
        before: held.roles,
        now,
    }))
}

/// Roles that were taken from an officer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolesTaken {
    /// What they were allowed before.
    pub before: BTreeSet<Role>,
    /// What is left.
    pub now: BTreeSet<Role>,
}

/// Switches an officer off or on again. `false` when nothing changed.
pub async fn set_disabled(
    tx: &mut Tx,
    staff_account_id: StaffAccountId,
    disabled_at: Option<DateTime<Utc>>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update staff_account set disabled_at = $2
            where staff_account_id = $1 and (disabled_at is null) = $3
            "#,
        )
        .bind(staff_account_id)
        .bind(disabled_at)
        .bind(disabled_at.is_some())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct Row {
    staff_account_id: StaffAccountId,
    realm: String,
    subject: String,
    name: Vec<u8>,
    roles: String,
    created_at: DateTime<Utc>,
    logged_in_at: DateTime<Utc>,
    disabled_at: Option<DateTime<Utc>>,
}

impl Row {
    fn open(self, master_key: &MasterKey) -> Result<StaffAccount, StorageError> {
        let name = master_key
            .open(&sealed_for(self.staff_account_id), &self.name)
            .ok()
            .and_then(|name| String::from_utf8(name).ok())
            .ok_or_else(|| StorageError::broken("staff_account.name"))?;
        Ok(StaffAccount {
            staff_account_id: self.staff_account_id,
            realm: self.realm,
            subject: self.subject,
            name,
            // A role of another release gives nothing here.
            roles: self
                .roles
                .split_ascii_whitespace()
                .filter_map(Role::named)
                .collect(),
            created_at: self.created_at,
            logged_in_at: self.logged_in_at,
            disabled_at: self.disabled_at,
        })
    }
}

fn seal(master_key: &MasterKey, id: StaffAccountId, name: &str) -> Result<Vec<u8>, StorageError> {
    master_key
        .seal(&sealed_for(id), name.as_bytes())
        .map_err(StorageError::broken)
}

fn sealed_for(id: StaffAccountId) -> String {
    format!("staff_account.name:{id}")
}

fn joined(roles: &BTreeSet<Role>) -> String {
    let names: Vec<&str> = roles.iter().map(|role| role.as_str()).collect();
    names.join(" ")
}
