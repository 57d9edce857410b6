//! What is forgotten when its time is over: whose devices and upstream names ended sessions were of, what officers compared in
//! closed cases and decided, what became of proposed mandates, and for whom ended mandates were. The rows stay as keys, kinds and times where others refer to them.

use chrono::{DateTime, Duration, Utc};
use store::{StorageError, Tx, on};

/// Devices of sessions that are over.
const DEVICE_KEPT: Duration = Duration::days(90);
/// Closed cases, and proposals that were decided.
const CASE_KEPT: Duration = Duration::days(90);
/// Names of bodies whose mandates ended.
const BODY_KEPT: Duration = Duration::days(365);

/// One statement, at most a thousand rows.
macro_rules! step {
    ($tx:expr, $sql:literal, $before:expr) => {
        on!(&mut *$tx, db => sqlx::query($sql).bind($before).execute(db).await.map(|done| done.rows_affected()))?
    };
}

/// Forgets, and says how many rows that were; zero when none is left.
pub async fn sweep(tx: &mut Tx, now: DateTime<Utc>) -> Result<u64, StorageError> {
    // First what the logins of a session hold, while its device still tells that it is to be done.
    step!(
        tx,
        r#"
        update authentication
        set upstream_session = null, upstream_session_key = null, upstream_subject_key = null,
            upstream_index_key = null
        where browser_session_id in (
            select browser_session_id from browser_session
            where expires_at < $1 and device <> '' order by expires_at, browser_session_id limit 1000)
        "#,
        now - DEVICE_KEPT
    );
    let devices = step!(
        tx,
        r#"
        update browser_session set device = ''
        where browser_session_id in (
            select browser_session_id from browser_session
            where expires_at < $1 and device <> '' order by expires_at, browser_session_id limit 1000)
        "#,
        now - DEVICE_KEPT
    );
    let cases = step!(
        tx,
        r#"
        delete from conflict
        where conflict_id in (select conflict_id from conflict where closed_at < $1 limit 1000)
        "#,
        now - CASE_KEPT
    );
    let bodies = step!(
        tx,
        r#"
        update mandate set name = '', ico = null, role = null, reference = null
        where mandate_id in (
            select mandate_id from mandate where revoked_at < $1 and name <> '' limit 1000)
        "#,
        now - BODY_KEPT
    );
    let proposals = step!(
        tx,
        r#"
        delete from mandate_proposal
        where mandate_proposal_id in (
            select mandate_proposal_id from mandate_proposal where decided_at < $1 limit 1000)
        "#,
        now - CASE_KEPT
    );
    let decisions = step!(
        tx,
        r#"
        delete from decision
        where decision_id in (select decision_id from decision where expires_at < $1 limit 1000)
        "#,
        now - CASE_KEPT
    );
    Ok(devices + cases + bodies + proposals + decisions)
}
