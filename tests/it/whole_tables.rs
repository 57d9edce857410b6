//! No statement reads a whole table that grows: SQLite is asked how it would go about each one that the sources hold. With a
//! hundred rows a test runs as fast either way; with a million, a login would not.

use std::collections::BTreeSet;
use std::path::Path;

use sqlx::{AssertSqlSafe, Row};
use store::Tx;
use tests::engines::{Engine, Tables, sqlite};

/// What may read all rows of a table, and why.
const ALLOWED: [(&str, &str); 12] = [
    ("access_grant", "an operator takes a client away"),
    ("client", "those of a town, listed for an operator"),
    ("conflict", "those that are open, few"),
    ("mandate", "what the configuration leaves out, once a day"),
    ("staff_session", "officers are few"),
    ("signing_key", "a handful, read at the start"),
    ("organisation", "those of a town, read at the start"),
    ("resource", "those of a town, read at the start"),
    ("sqlite_master", "SQLite's own, at the start"),
    ("_sqlx_migrations", "a row for each change, at the start"),
    ("job", "the operator's overview; a finished job is deleted"),
    (
        "audit_event",
        "what is not chained yet, or the newest, by an index",
    ),
];
/// Names of tables above that may be read whole by one statement only.
const ONCE: [&str; 2] = ["access_grant", "mandate"];

#[tokio::test]
async fn no_statement_reads_a_whole_table_that_grows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (tables, folders) in [
        (Tables::Idp, ["idp/src", "store/src"]),
        (Tables::Portal, ["portal/src", "store/src"]),
    ] {
        let engine = sqlite(tables).await;
        let mut statements = BTreeSet::new();
        for folder in folders {
            collect(&root.join(folder), &mut statements);
        }
        let mut whole = Vec::new();
        for statement in &statements {
            let Some(scanned) = scanned(&engine, statement).await else {
                continue;
            };
            seen += 1;
            whole.extend(scanned.into_iter().map(|table| (table, statement)));
        }
        for (table, statement) in &whole {
            let again = whole.iter().filter(|(other, _)| other == table).count();
            let is_allowed = ALLOWED.iter().any(|(allowed, _)| allowed == table)
                && !(ONCE.contains(&table.as_str()) && again > 1);
            if !is_allowed {
                wrong.push(format!("{table}: {statement}"));
            }
        }
    }

    assert!(seen > 250, "only {seen} statements were found");
    assert!(wrong.is_empty(), "whole tables:\n{}", wrong.join("\n"));
}

#[tokio::test]
async fn a_statement_without_an_index_is_noticed() {
    let engine = sqlite(Tables::Idp).await;

    let by_key = "select 1 from account where account_id = $1";
    let by_nothing = "select 1 from client_session where ended_at > $1";
    assert_eq!(scanned(&engine, by_key).await, Some(Vec::new()));
    assert_eq!(
        scanned(&engine, by_nothing).await,
        Some(vec!["client_session".to_owned()])
    );
    assert_eq!(scanned(&engine, "select from").await, None);
}

/// The tables that a statement reads from end to end; `None` when it is none of this database.
async fn scanned(engine: &Engine, statement: &str) -> Option<Vec<String>> {
    let mut tx = engine.db.glance().await.unwrap();
    let Tx::Sqlite(connection) = &mut tx else {
        panic!("the plan is SQLite's");
    };
    // The plan of an insert names what a key that changes would look for, and ours do not change.
    let keys = !statement.starts_with("insert");
    let pragma = AssertSqlSafe(format!("pragma foreign_keys = {keys}"));
    sqlx::raw_sql(pragma)
        .execute(&mut **connection)
        .await
        .unwrap();
    let text = AssertSqlSafe(format!("explain query plan {statement}"));
    // Values are not needed for a plan, those that are missing are NULL.
    let plan = sqlx::raw_sql(text).fetch_all(&mut **connection).await;
    let details: Vec<String> = plan.ok()?.iter().map(|row| row.get("detail")).collect();
    let scans = details
        .iter()
        .filter_map(|detail| detail.strip_prefix("SCAN "));
    let tables = scans.filter_map(|rest| rest.split(' ').next());
    // `SCAN CONSTANT ROW`, and what a statement made itself.
    Some(
        tables
            .filter(|table| *table != "CONSTANT" && !table.starts_with('('))
            .map(|alias| table_of(alias, statement))
            .collect(),
    )
}

/// The table behind an alias.
fn table_of(alias: &str, statement: &str) -> String {
    let named = format!(" as {alias}");
    statement
        .split_once(&named)
        .and_then(|(before, _)| before.rsplit(char::is_whitespace).next())
        .unwrap_or(alias)
        .to_owned()
}

/// The statements in the sources of a folder.
fn collect(folder: &Path, statements: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, statements);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            let plain = source.split("r#\"").enumerate().map(|(at, piece)| {
                let (raw, rest) = match at {
                    0 => ("", piece),
                    _ => piece.split_once("\"#").unwrap_or((piece, "")),
                };
                statements.extend(as_statement(raw));
                rest
            });
            for text in plain
                .collect::<Vec<_>>()
                .iter()
                .flat_map(|rest| rest.split('"'))
            {
                statements.extend(as_statement(text));
            }
        }
    }
}

fn as_statement(text: &str) -> Option<String> {
    let text = text.trim();
    let verb = text.split_whitespace().next()?;
    let is_one = ["select", "update", "delete", "insert", "with"].contains(&verb);
    (is_one && !text.contains('{')).then(|| text.to_owned())
}
