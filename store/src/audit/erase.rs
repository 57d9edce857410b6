use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use crate::{StorageError, Tx, first_id_of, on};

/// Erases the details of all events about an account, those of this transaction included, and says of how many. The event of the
/// erasure is the caller's.
pub async fn erase_details_of(tx: &mut Tx, subject: Uuid) -> Result<u64, StorageError> {
    tx.flush().await?;
    let erased = on!(tx, db => {
        sqlx::query(
            "update audit_event set details = null, salt = null where subject = $1 and details is not null",
        )
        .bind(subject)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(erased)
}

/// One step of [`erase_details_before`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Erased {
    /// Of how many events there were details.
    pub events: u64,
    /// The last event that was looked at: the next step begins after it.
    pub to: Uuid,
}

/// Erases the details of events before a moment, from the one after `after` on, of at most a thousand in one transaction; `None`
/// when none is left.
///
/// The ids tell the time, so what was erased is passed over and no index has to follow every event that is written.
pub async fn erase_details_before(
    tx: &mut Tx,
    after: Uuid,
    before: DateTime<Utc>,
) -> Result<Option<Erased>, StorageError> {
    // Within a millisecond the ids do not tell which event came first: it is erased as a whole, or not yet.
    let before = before.trunc_subsecs(3);
    let looked_at: Vec<Uuid> = on!(&mut *tx, db => {
        sqlx::query_scalar(
            r#"
            select audit_event_id
            from audit_event
            where audit_event_id > $1 and audit_event_id < $2 and at < $3
            order by audit_event_id
            limit 1000
            "#,
        )
        .bind(after)
        .bind(first_id_of(before))
        .bind(before)
        .fetch_all(db)
        .await
    })?;
    let Some(&to) = looked_at.last() else {
        return Ok(None);
    };
    let events = on!(tx, db => {
        sqlx::query(
            r#"
            update audit_event
            set details = null, salt = null
            where audit_event_id > $1 and audit_event_id <= $2 and at < $3 and details is not null
            "#,
        )
        .bind(after)
        .bind(to)
        .bind(before)
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(Some(Erased { events, to }))
}
