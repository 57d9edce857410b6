use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use crate::{StorageError, Tx, on};

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

/// Erases the details of events before a moment, at most a thousand in one transaction; 0 when none is left.
pub async fn erase_details_before(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StorageError> {
    let erased = on!(tx, db => {
        sqlx::query(
            r#"
            update audit_event
            set details = null, salt = null
            where audit_event_id in (
                select audit_event_id from audit_event where details is not null and at < $1 order by at limit 1000
            )
            "#,
        )
        .bind(before.trunc_subsecs(6))
        .execute(db)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(erased)
}
