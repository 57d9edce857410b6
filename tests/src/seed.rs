//! Many rows by set-based SQL, for measurements at the size of a large city.

use std::ops::RangeInclusive;

use sqlx::{Connection, Executor};

/// Which rows to add, by number.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Accounts, each with a link, a verification, three facts, a `sub` and a session that has ended.
    pub accounts: RangeInclusive<u32>,
    /// Chained audit events, ten about each account.
    pub events: RangeInclusive<u32>,
}

/// Adds them. The broker must not run meanwhile.
pub async fn seed(database: &str, rows: &Rows) -> sqlx::Result<()> {
    if database.starts_with("postgres") {
        let mut connection = sqlx::PgConnection::connect(database).await?;
        for statement in POSTGRES.statements(rows) {
            connection.execute(sqlx::AssertSqlSafe(statement)).await?;
        }
        connection.execute("vacuum analyze").await?;
        connection.execute("checkpoint").await?;
        connection.close().await
    } else {
        let mut connection = sqlx::SqliteConnection::connect(database).await?;
        for setting in [
            "pragma synchronous = off",
            "pragma cache_size = -200000",
            "pragma temp_store = memory",
        ] {
            connection.execute(setting).await?;
        }
        for statement in SQLITE.statements(rows) {
            connection.execute(sqlx::AssertSqlSafe(statement)).await?;
        }
        // On the disk before anything is measured: the system would write gigabytes meanwhile.
        connection.execute("pragma synchronous = full").await?;
        connection
            .execute("pragma wal_checkpoint(truncate)")
            .await?;
        connection.close().await
    }
}

/// Where the two dialects differ.
struct Dialect {
    /// An id from the number in brackets, in ascending order.
    id: fn(&str) -> String,
    /// A query that gives `n` from the first to the last number.
    numbers: fn(&RangeInclusive<u32>) -> String,
    /// 32 octets that differ for each number in brackets.
    octets: fn(&str) -> String,
    time: &'static str,
}

const POSTGRES: Dialect = Dialect {
    id: |number| format!("lpad(to_hex({number}), 32, '0')::uuid"),
    numbers: |range| {
        format!(
            "select generate_series({}, {}) as n",
            range.start(),
            range.end()
        )
    },
    octets: |number| format!("decode(lpad(to_hex({number}), 64, '0'), 'hex')"),
    time: "timestamptz '2026-01-01T00:00:00Z'",
};

const SQLITE: Dialect = Dialect {
    id: |number| format!("unhex(printf('%032x', {number}))"),
    numbers: |range| {
        format!(
            "with recursive counter(n) as (select {} union all select n + 1 from counter where n < {}) select n from counter",
            range.start(),
            range.end()
        )
    },
    octets: |number| format!("unhex(printf('%064x', {number}))"),
    time: "'2026-01-01T00:00:00.000000+00:00'",
};

impl Dialect {
    /// Events stand before any real one, later seeds before earlier ones: the chain goes on from the highest position.
    fn statements(&self, rows: &Rows) -> [String; 7] {
        let (account, subject) = (
            (self.id)("1152921504606846976 + n"),
            (self.id)("1152921504606846976 + n / 10"),
        );
        let (event, hash, time) = ((self.id)("n"), (self.octets)("n"), self.time);
        let salt = (self.octets)("n");
        let (fact, value) = (
            (self.id)("1152921504606846976 + 3 * n + part"),
            (self.octets)("3 * n + part"),
        );
        let (accounts, events) = ((self.numbers)(&rows.accounts), (self.numbers)(&rows.events));
        [
            format!(
                "insert into account (account_id, state, created_at, changed_at) \
                 select {account}, 'active', {time}, {time} from ({accounts}) as numbers"
            ),
            format!(
                "insert into upstream_link (upstream_link_id, account_id, realm, subject, provider, created_at, used_at) \
                 select {account}, {account}, 'scale', 'person-' || n, 'scale', {time}, {time} from ({accounts}) as numbers"
            ),
            format!(
                "insert into verification \
                 (verification_id, account_id, method, upstream_link_id, provider, realm, identity_level, login_level, \
                 created_at, verified_at) \
                 select {account}, {account}, 'upstream', {account}, 'scale', 'scale', 'state', 'multi', {time}, {time} \
                 from ({accounts}) as numbers"
            ),
            format!(
                "insert into fact \
                 (fact_id, account_id, verification_id, kind, standing, value, search_key, recorded_at) \
                 select {fact}, {account}, {account}, kind, 'vouched', {value}, case part when 0 then null else {value} end, {time} \
                 from ({accounts}) as numbers, (select 0 as part, 'given_name' as kind \
                 union all select 1, 'family_name' union all select 2, 'birth_date') as parts"
            ),
            format!(
                "insert into pairwise_subject (organisation_id, account_id, sub, created_at) \
                 select town.organisation_id, {account}, 'scale-' || n, {time} \
                 from ({accounts}) as numbers, (select min(organisation_id) as organisation_id from organisation) as town"
            ),
            // So long ago that its device is forgotten.
            format!(
                "insert into browser_session \
                 (browser_session_id, account_id, token_hash, device, created_at, seen_at, expires_at, ended_at, end_reason) \
                 select {account}, {account}, {salt}, '', {time}, {time}, {time}, {time}, 'logout' from ({accounts}) as numbers"
            ),
            format!(
                "insert into audit_event \
                 (audit_event_id, at, kind, actor, subject, salt, details, details_hash, position, hash) \
                 select {event}, {time}, 'scale.event', 'system', {subject}, {salt}, '{{\"client\":\"scale\"}}', {hash}, -n, {hash} \
                 from ({events}) as numbers"
            ),
        ]
    }
}
