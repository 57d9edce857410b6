//! `mandate`: who may act for whom, shown by a login or approved by an officer.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use federation::{BodyKind, IdentityLevel};
use store::{StorageError, Tx, on};
use uuid::Uuid;

use super::level;
use crate::ids::{AccountId, MandateId, UpstreamLinkId};
use crate::mandate::{Act, EndReason};

/// A person's entitlement to act for a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mandate {
    /// Its key; `mandate_id` on the wire.
    pub mandate_id: MandateId,
    /// Who acts.
    pub account_id: AccountId,
    /// What kind of body.
    pub kind: BodyKind,
    /// Identification number of the body, where there is one.
    pub ico: Option<String>,
    /// Its name: as ARES has it, where that is known; else as the source wrote it.
    pub name: String,
    /// Where the mandate comes from: `isds`, `counter`, …
    pub source: String,
    /// The link whose logins show it.
    pub upstream_link_id: Option<UpstreamLinkId>,
    /// The source's own identifier of the body.
    pub reference: Option<String>,
    /// The person's part in the source's words.
    pub role: Option<String>,
    /// What the person may do for the body.
    pub scope: BTreeSet<Act>,
    /// How well the mandate is proved.
    pub level: IdentityLevel,
    /// The officer who approved it.
    pub approved_by: Option<Uuid>,
    /// The officer who agreed.
    pub second_officer: Option<Uuid>,
    /// When it was shown last.
    pub shown_at: DateTime<Utc>,
    /// From when it counts.
    pub valid_from: DateTime<Utc>,
    /// Until when it counts.
    pub valid_until: DateTime<Utc>,
    /// When it was ended.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl Mandate {
    /// Whether it counts at this moment.
    pub fn is_valid(&self, now: DateTime<Utc>) -> bool {
        self.revoked_at.is_none() && self.valid_from <= now && now < self.valid_until
    }
}

/// What ARES said last about the number wins over the name that the source wrote.
const COLUMNS: &str = "mandate_id, account_id, kind, ico, \
                       coalesce((select ares_subject.name from ares_subject where ares_subject.ico = mandate.ico), \
                       mandate.name) as name, \
                       source, upstream_link_id, reference, role, scope, level, \
                       approved_by, second_officer, shown_at, valid_from, valid_until, revoked_at";

/// Adds a mandate. A second open one for the same link and body is [`StorageError::Conflict`].
pub async fn add(tx: &mut Tx, mandate: &Mandate, now: DateTime<Utc>) -> Result<(), StorageError> {
    on!(tx, db => {
        sqlx::query(
            r#"
            insert into mandate (mandate_id, account_id, kind, ico, name, source, upstream_link_id, reference, role, scope,
                level, approved_by, second_officer, created_at, shown_at, valid_from, valid_until)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
            "#,
        )
        .bind(mandate.mandate_id)
        .bind(mandate.account_id)
        .bind(mandate.kind.as_str())
        .bind(mandate.ico.as_deref())
        .bind(&mandate.name)
        .bind(&mandate.source)
        .bind(mandate.upstream_link_id)
        .bind(mandate.reference.as_deref())
        .bind(mandate.role.as_deref())
        .bind(joined(&mandate.scope))
        .bind(mandate.level.as_str())
        .bind(mandate.approved_by)
        .bind(mandate.second_officer)
        .bind(now)
        .bind(mandate.shown_at)
        .bind(mandate.valid_from)
        .bind(mandate.valid_until)
        .execute(db)
        .await
        .map(drop)
    })?;
    Ok(())
}

/// Finds a mandate by its key, an ended one too.
pub async fn lookup(tx: &mut Tx, mandate_id: MandateId) -> Result<Option<Mandate>, StorageError> {
    let statement = format!("select {COLUMNS} from mandate where mandate_id = $1");
    let row: Option<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(mandate_id)
            .fetch_optional(db)
            .await
    })?;
    row.map(Mandate::try_from).transpose()
}

/// Finds a mandate that counts, of this account: nobody else's is ever found.
pub async fn find_valid(
    tx: &mut Tx,
    mandate_id: MandateId,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Option<Mandate>, StorageError> {
    let found = lookup(tx, mandate_id).await?;
    Ok(found.filter(|mandate| mandate.account_id == account_id && mandate.is_valid(now)))
}

/// Mandates of an account that count, by the body's name.
pub async fn list_valid(
    tx: &mut Tx,
    account_id: AccountId,
    now: DateTime<Utc>,
) -> Result<Vec<Mandate>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate
         where account_id = $1 and revoked_at is null and valid_from <= $2 and valid_until > $2
         order by name, mandate_id"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(account_id)
            .bind(now)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(Mandate::try_from).collect()
}

/// Mandates of an account that were not ended, those that are out of date and those that have not begun yet included.
pub async fn list_open(tx: &mut Tx, account_id: AccountId) -> Result<Vec<Mandate>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate where account_id = $1 and revoked_at is null order by name, mandate_id"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(account_id)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(Mandate::try_from).collect()
}

/// Mandates that logins of a link showed and that were not ended, out of date ones included.
pub async fn list_by_link(
    tx: &mut Tx,
    upstream_link_id: UpstreamLinkId,
) -> Result<Vec<Mandate>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate where upstream_link_id = $1 and revoked_at is null order by mandate_id"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(upstream_link_id)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(Mandate::try_from).collect()
}

/// Up to a hundred mandates that ran out of date and were not ended yet, the oldest first.
pub async fn list_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Mandate>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate where revoked_at is null and valid_until <= $1 order by valid_until limit 100"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(now)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(Mandate::try_from).collect()
}

/// What open mandates are made of: whether they count by the configuration follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The realm of the link whose logins show them; `None`: officers verified them.
    pub realm: Option<String>,
    /// What kind of body.
    pub kind: BodyKind,
    /// What the person may do for the body.
    pub scope: BTreeSet<Act>,
}

/// The shapes of all mandates that were not ended, each once.
pub async fn list_shapes(tx: &mut Tx) -> Result<Vec<Shape>, StorageError> {
    let rows: Vec<(Option<String>, String, String)> = on!(tx, db => {
        sqlx::query_as(
            r#"
            select distinct upstream_link.realm, mandate.kind, mandate.scope
            from mandate
            left join upstream_link on upstream_link.upstream_link_id = mandate.upstream_link_id
            where mandate.revoked_at is null
            "#,
        )
        .fetch_all(db)
        .await
    })?;
    rows.into_iter()
        .map(|(realm, kind, scope)| {
            Ok(Shape {
                realm,
                kind: kind_named(&kind)?,
                scope: split(&scope)?,
            })
        })
        .collect()
}

/// Up to a hundred mandates of a shape that were not ended.
pub async fn list_of_shape(tx: &mut Tx, shape: &Shape) -> Result<Vec<Mandate>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate
         where revoked_at is null and kind = $2 and scope = $3
           and coalesce((select realm from upstream_link
                         where upstream_link.upstream_link_id = mandate.upstream_link_id), '') = $1
         order by mandate_id limit 100"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(shape.realm.as_deref().unwrap_or_default())
            .bind(shape.kind.as_str())
            .bind(joined(&shape.scope))
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(Mandate::try_from).collect()
}

/// Numbers of the bodies that somebody may act for at this moment, each once.
pub async fn list_numbers(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<String>, StorageError> {
    let numbers = on!(tx, db => {
        sqlx::query_scalar(
            r#"
            select distinct ico from mandate
            where ico is not null and revoked_at is null and valid_until > $1
            order by ico
            "#,
        )
        .bind(now)
        .fetch_all(db)
        .await
    })?;
    Ok(numbers)
}

/// Mandates for the body of this number that were not ended.
pub async fn list_by_number(tx: &mut Tx, ico: &str) -> Result<Vec<Mandate>, StorageError> {
    let statement = format!(
        "select {COLUMNS} from mandate where ico = $1 and revoked_at is null order by mandate_id"
    );
    let rows: Vec<Row> = on!(tx, db => {
        sqlx::query_as(sqlx::AssertSqlSafe(statement.as_str()))
            .bind(ico)
            .fetch_all(db)
            .await
    })?;
    rows.into_iter().map(Mandate::try_from).collect()
}

/// Writes down that a mandate was shown again, with what its source says now: name, role, scope, level, and until when.
pub async fn renew(tx: &mut Tx, mandate: &Mandate) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            r#"
            update mandate
            set name = $2, role = $3, scope = $4, level = $5, shown_at = $6, valid_until = $7, source = $8
            where mandate_id = $1 and revoked_at is null
            "#,
        )
        .bind(mandate.mandate_id)
        .bind(&mandate.name)
        .bind(mandate.role.as_deref())
        .bind(joined(&mandate.scope))
        .bind(mandate.level.as_str())
        .bind(mandate.shown_at)
        .bind(mandate.valid_until)
        .bind(&mandate.source)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

/// Ends a mandate. `false` when it was ended before.
pub async fn revoke(
    tx: &mut Tx,
    mandate_id: MandateId,
    reason: EndReason,
    now: DateTime<Utc>,
) -> Result<bool, StorageError> {
    let rows = on!(tx, db => {
        sqlx::query(
            "update mandate set revoked_at = $2, end_reason = $3 where mandate_id = $1 and revoked_at is null",
        )
        .bind(mandate_id)
        .bind(now)
        .bind(reason.as_str())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(rows == 1)
}

#[derive(sqlx::FromRow)]
struct Row {
    mandate_id: MandateId,
    account_id: AccountId,
    kind: String,
    ico: Option<String>,
    name: String,
    source: String,
    upstream_link_id: Option<UpstreamLinkId>,
    reference: Option<String>,
    role: Option<String>,
    scope: String,
    level: String,
    approved_by: Option<Uuid>,
    second_officer: Option<Uuid>,
    shown_at: DateTime<Utc>,
    valid_from: DateTime<Utc>,
    valid_until: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Mandate {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            mandate_id: row.mandate_id,
            account_id: row.account_id,
            kind: kind_named(&row.kind)?,
            ico: row.ico,
            name: row.name,
            source: row.source,
            upstream_link_id: row.upstream_link_id,
            reference: row.reference,
            role: row.role,
            scope: split(&row.scope)?,
            level: level::identity(&row.level)?,
            approved_by: row.approved_by,
            second_officer: row.second_officer,
            shown_at: row.shown_at,
            valid_from: row.valid_from,
            valid_until: row.valid_until,
            revoked_at: row.revoked_at,
        })
    }
}

fn kind_named(kind: &str) -> Result<BodyKind, StorageError> {
    BodyKind::named(kind).ok_or_else(|| StorageError::broken("mandate.kind"))
}

pub(super) fn joined(scope: &BTreeSet<Act>) -> String {
    scope
        .iter()
        .map(|act| act.as_str())
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn split(scope: &str) -> Result<BTreeSet<Act>, StorageError> {
    scope
        .split_ascii_whitespace()
        .map(|name| Act::named(name).ok_or_else(|| StorageError::broken("mandate.scope")))
        .collect()
}
