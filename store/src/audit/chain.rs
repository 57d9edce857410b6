use aws_lc_rs::digest::{Context, SHA256};
use chrono::{DateTime, Utc};
use sqlx::{FromRow, QueryBuilder};
use uuid::Uuid;

use super::{BEGINNING, Hash};
use crate::{Db, StorageError, Tx, on};

/// Chains the events that wait, in batches of their own transactions, and says how many those were.
///
/// Two at once do no harm: the unique place lets one of them through, the other one stops.
pub async fn chain(db: &Db) -> Result<u64, StorageError> {
    let mut chained = 0;
    loop {
        match chain_batch(db).await {
            Ok(0) | Err(StorageError::Conflict(_) | StorageError::Collided(_)) => {
                return Ok(chained);
            }
            Ok(batch) => chained += batch,
            Err(error) => return Err(error),
        }
    }
}

/// The last event of the chain.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Head {
    pub(super) position: i64,
    pub(super) hash: Vec<u8>,
}

/// Where the chain ends; `None` before its first event.
pub(super) async fn find_head(tx: &mut Tx) -> Result<Option<Head>, StorageError> {
    let head = on!(tx, db => {
        sqlx::query_as(
            "select position, hash from audit_event where position is not null order by position desc limit 1",
        )
        .fetch_optional(db)
        .await
    })?;
    Ok(head)
}

/// What the chain holds of an event, beside the hash before it.
#[derive(Debug, FromRow)]
pub(super) struct Link {
    pub(super) audit_event_id: Uuid,
    at: DateTime<Utc>,
    kind: String,
    actor: String,
    subject: Option<Uuid>,
    pub(super) details_hash: Vec<u8>,
}

impl Link {
    /// Each part has a length of its own or says it, so that no two events give the same octets.
    pub(super) fn hash(&self, previous: &Hash, position: i64) -> Hash {
        let mut context = Context::new(&SHA256);
        context.update(b"city-identity audit event 1");
        context.update(previous);
        context.update(&position.to_be_bytes());
        context.update(self.audit_event_id.as_bytes());
        context.update(&self.at.timestamp_micros().to_be_bytes());
        for text in [
            self.kind.as_bytes(),
            self.actor.as_bytes(),
            &self.details_hash,
        ] {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text);
        }
        context.update(&[self.subject.is_some().into()]);
        context.update(self.subject.unwrap_or_default().as_bytes());
        to_hash(context.finish().as_ref())
    }
}

/// 32 octets; anything else gives a hash that matches nothing.
pub(super) fn to_hash(bytes: &[u8]) -> Hash {
    bytes.try_into().unwrap_or([0xff; 32])
}

async fn chain_batch(db: &Db) -> Result<u64, StorageError> {
    let mut tx = db.begin().await?;
    let waiting = list_waiting(&mut tx).await?;
    if waiting.is_empty() {
        return Ok(0);
    }

    let head = find_head(&mut tx).await?;
    let mut position = head.as_ref().map_or(0, |head| head.position);
    let mut hash = head.map_or(BEGINNING, |head| to_hash(&head.hash));
    let mut links = Vec::with_capacity(waiting.len());
    for link in waiting {
        position += 1;
        hash = link.hash(&hash, position);
        links.push((link.audit_event_id, position, hash));
    }

    let expected = links.len() as u64;
    if write(&mut tx, links).await? != expected {
        return Err(StorageError::Collided(
            "somebody else chained the same events".into(),
        ));
    }
    tx.commit().await?;
    Ok(expected)
}

async fn list_waiting(tx: &mut Tx) -> Result<Vec<Link>, StorageError> {
    let waiting = on!(tx, db => {
        sqlx::query_as(
            r#"
            select audit_event_id, at, kind, actor, subject, details_hash
            from audit_event
            where position is null
            order by audit_event_id
            limit 256
            "#,
        )
        .fetch_all(db)
        .await
    })?;
    Ok(waiting)
}

async fn write(tx: &mut Tx, links: Vec<(Uuid, i64, Hash)>) -> Result<u64, StorageError> {
    let written = on!(tx, db => {
        let mut statement = QueryBuilder::new(
            "update audit_event set position = chained.column2, hash = chained.column3 from (",
        );
        statement.push_values(links, |mut row, (id, position, hash)| {
            row.push_bind(id).push_bind(position).push_bind(hash.to_vec());
        });
        statement.push(") as chained where audit_event_id = chained.column1 and audit_event.position is null");
        // Its text differs by the number of events: not worth a place among the prepared ones.
        statement.build().persistent(false).execute(db).await.map(|done| done.rows_affected())
    })?;
    Ok(written)
}
