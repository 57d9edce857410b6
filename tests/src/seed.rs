//! Many rows by set-based SQL, for measurements at the size of a large city.

use sqlx::{Connection, Executor};

/// Adds so many accounts, each with a link, and so many chained audit events. The broker must not run meanwhile.
pub async fn accounts_and_audit(database: &str, accounts: u32, events: u32) -> sqlx::Result<()> {
    if database.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(database).await?;
        let id = |base: &str| format!("lpad(to_hex({base} + n), 32, '0')::uuid");
        let numbers = |count: u32| format!("select generate_series(1, {count}) as n");
        for statement in statements(
            id,
            numbers,
            "decode('00', 'hex')",
            "timestamptz '2026-01-01T00:00:00Z'",
            accounts,
            events,
        ) {
            connection.execute(sqlx::AssertSqlSafe(statement)).await?;
        }
        connection.execute("analyze").await?;
    } else {
        let mut connection = sqlx::SqliteConnection::connect(database).await?;
        connection.execute("pragma synchronous = off").await?;
        let id = |base: &str| format!("unhex(printf('%032x', {base} + n))");
        let numbers = |count: u32| {
            format!(
                "with recursive counter(n) as (select 1 union all select n + 1 from counter where n < {count}) select n from counter"
            )
        };
        for statement in statements(
            id,
            numbers,
            "x'00'",
            "'2026-01-01T00:00:00.000000+00:00'",
            accounts,
            events,
        ) {
            connection.execute(sqlx::AssertSqlSafe(statement)).await?;
        }
        connection.execute("analyze").await?;
    }
    Ok(())
}

/// The same three statements in either dialect: identifiers, a row source, a blob and a time differ.
fn statements(
    id: impl Fn(&str) -> String,
    numbers: impl Fn(u32) -> String,
    blob: &str,
    time: &str,
    accounts: u32,
    events: u32,
) -> [String; 3] {
    let account = id("1152921504606846976");
    let event = id("2305843009213693952");
    [
        format!(
            "insert into account (account_id, state, created_at, changed_at) \
             select {account}, 'active', {time}, {time} from ({}) as numbers",
            numbers(accounts)
        ),
        format!(
            "insert into upstream_link (upstream_link_id, account_id, realm, subject, provider, created_at, used_at) \
             select {account}, {account}, 'scale', 'person-' || n, 'scale', {time}, {time} from ({}) as numbers",
            numbers(accounts)
        ),
        // They stand before any real event: the chain goes on from the highest position.
        format!(
            "insert into audit_event (audit_event_id, at, kind, actor, details, details_hash, position, hash) \
             select {event}, {time}, 'scale.event', 'system', null, {blob}, -n, {blob} from ({}) as numbers",
            numbers(events)
        ),
    ]
}
