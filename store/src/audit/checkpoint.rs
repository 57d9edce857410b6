use aws_lc_rs::hmac;
use chrono::{DateTime, SubsecRound, Utc};
use sqlx::FromRow;

use super::Hash;
use super::chain::{find_head, to_hash};
use crate::{Db, MasterKey, StorageError, Tx, on};

/// A head of the chain, as it is kept outside the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The place of the last event.
    pub position: i64,
    /// Its hash.
    pub hash: Hash,
}

/// Signs the head of the chain, and writes it to the log for whoever keeps logs elsewhere. `None` when there is nothing
/// new to sign.
pub async fn checkpoint(
    db: &Db,
    master_key: &MasterKey,
    now: DateTime<Utc>,
) -> Result<Option<Anchor>, StorageError> {
    let mut tx = db.begin().await?;
    let Some(head) = find_head(&mut tx).await? else {
        return Ok(None);
    };
    let at = now.trunc_subsecs(6);
    let anchor = Anchor {
        position: head.position,
        hash: to_hash(&head.hash),
    };
    let signature = hmac::sign(&signing_key(master_key), &signed_text(&anchor, at));
    let added = on!(&mut tx, db => {
        sqlx::query(
            r#"
            insert into audit_checkpoint (position, hash, at, signature)
            values ($1, $2, $3, $4)
            on conflict (position) do nothing
            "#,
        )
        .bind(anchor.position)
        .bind(&anchor.hash[..])
        .bind(at)
        .bind(signature.as_ref())
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    tx.commit().await?;
    if added == 0 {
        return Ok(None);
    }
    tracing::info!(audit.position = anchor.position, audit.hash = %Hex(&anchor.hash), "audit chain signed");
    Ok(Some(anchor))
}

/// A checkpoint as it was found, right or wrong.
#[derive(Debug, FromRow)]
pub(super) struct Checkpoint {
    pub(super) position: i64,
    hash: Vec<u8>,
    at: DateTime<Utc>,
    signature: Vec<u8>,
}

impl Checkpoint {
    pub(super) fn is_signed_by(&self, master_key: &MasterKey) -> bool {
        hmac::verify(
            &signing_key(master_key),
            &signed_text(&self.anchor(), self.at),
            &self.signature,
        )
        .is_ok()
    }

    pub(super) fn anchor(&self) -> Anchor {
        Anchor {
            position: self.position,
            hash: to_hash(&self.hash),
        }
    }
}

/// The checkpoints after one place, up to another.
pub(super) async fn list_between(
    tx: &mut Tx,
    after: i64,
    to: i64,
) -> Result<Vec<Checkpoint>, StorageError> {
    let checkpoints = on!(tx, db => {
        sqlx::query_as(
            r#"
            select position, hash, at, signature
            from audit_checkpoint
            where position > $1 and position <= $2
            order by position
            "#,
        )
        .bind(after)
        .bind(to)
        .fetch_all(db)
        .await
    })?;
    Ok(checkpoints)
}

fn signing_key(master_key: &MasterKey) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &master_key.derive("audit checkpoint"))
}

fn signed_text(anchor: &Anchor, at: DateTime<Utc>) -> Vec<u8> {
    [
        b"city-identity audit checkpoint 1".as_slice(),
        &anchor.position.to_be_bytes(),
        &anchor.hash,
        &at.timestamp_micros().to_be_bytes(),
    ]
    .concat()
}

struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
