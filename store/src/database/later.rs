//! Statements that wait for the commit of their transaction, to be given in one round trip.

use std::fmt::{self, Debug, Formatter, Write as _};

use sqlx::{
    Arguments, AssertSqlSafe, Database, Encode, Postgres, SqlSafeStr, SqlStr, Sqlite, Type,
};

use super::Tx;
use crate::StorageError;

/// A statement that waits, to be given its values in the order of `$1`, `$2`, …
#[derive(Debug)]
pub struct Later<'a> {
    pub(super) tx: &'a mut Tx,
}

impl Later<'_> {
    /// Gives the next value.
    #[expect(
        clippy::return_self_not_must_use,
        reason = "the last value ends the statement"
    )]
    pub fn bind<'q, T>(self, value: T) -> Self
    where
        T: Encode<'q, Sqlite> + Type<Sqlite> + Encode<'q, Postgres> + Type<Postgres>,
    {
        self.tx.bind_later(value);
        self
    }
}

/// How the database takes several statements at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    /// SQLite: as a text of several statements.
    OneAfterAnother,
    /// PostgreSQL: as one statement `with …`, whose parts may write.
    InOneStatement,
}

/// The statements that wait, and the values for all of them.
pub(super) struct Waiting<D: Database> {
    /// Each with the number of values before its own.
    statements: Vec<(&'static str, usize)>,
    values: D::Arguments,
    /// The first value that could not be written down.
    refused: Option<sqlx::error::BoxDynError>,
}

/// PostgreSQL takes 65,535 values in one statement.
const MOST_TOGETHER: usize = 64;
/// A text of more statements than these hardly comes again, and is not worth a place among the prepared ones.
const MOST_COMMON: usize = 6;

/// Adds a statement.
pub(super) fn push<D: Database>(waiting: &mut Vec<Waiting<D>>, statement: &'static str) {
    match waiting.last_mut() {
        Some(last) if last.statements.len() < MOST_TOGETHER => {
            last.statements.push((statement, last.values.len()));
        }
        _ => waiting.push(Waiting {
            statements: vec![(statement, 0)],
            values: D::Arguments::default(),
            refused: None,
        }),
    }
}

/// Gives the last statement its next value.
pub(super) fn bind<'q, D: Database, T>(waiting: &mut [Waiting<D>], value: T)
where
    T: Encode<'q, D> + Type<D>,
{
    if let Some(last) = waiting.last_mut()
        && let Err(error) = last.values.add(value)
    {
        last.refused.get_or_insert(error);
    }
}

impl<D: Database> Waiting<D> {
    /// Whether its text will come again.
    pub(super) fn is_common(&self) -> bool {
        self.statements.len() <= MOST_COMMON
    }

    /// All that wait, as one text with its values; one after another, also with the end of the transaction.
    pub(super) fn into_query(
        self,
        join: Join,
        end: Option<&'static str>,
    ) -> Result<(SqlStr, D::Arguments), StorageError> {
        if let Some(error) = self.refused {
            return Err(StorageError::Broken(error));
        }
        let text: SqlStr = match self.statements.as_slice() {
            [(statement, _)] if end.is_none() => statement.into_sql_str(),
            several => AssertSqlSafe(joined(several, join, end)).into_sql_str(),
        };
        Ok((text, self.values))
    }
}

/// One text of several statements. Only texts of our own come in here.
fn joined(statements: &[(&'static str, usize)], join: Join, end: Option<&str>) -> String {
    let mut text = String::with_capacity(1024);
    let last = statements.len().saturating_sub(1);
    for (place, (statement, before)) in statements.iter().enumerate() {
        let (head, tail) = match join {
            Join::OneAfterAnother => ("", "; "),
            Join::InOneStatement if place == last => (" ", ""),
            Join::InOneStatement if place == 0 => ("with ", ")"),
            Join::InOneStatement => (", ", ")"),
        };
        text.push_str(head);
        if join == Join::InOneStatement && place != last {
            // Writing to a string does not fail.
            let _ = write!(text, "later_{place} as (");
        }
        renumbered(&mut text, statement, *before);
        text.push_str(tail);
    }
    text.push_str(end.unwrap_or_default());
    text
}

/// Appends a statement whose `$n` mean the values after the first `before`.
fn renumbered(text: &mut String, statement: &str, before: usize) {
    let mut pieces = statement.split('$');
    text.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let digits = piece.bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = piece.split_at(digits);
        let number = number.parse::<usize>().unwrap_or_default();
        let _ = write!(text, "${}{rest}", number + before);
    }
}

impl<D: Database> Debug for Waiting<D> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.statements).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &[(&str, usize)] = &[
        ("insert into a values ($1, $2, $1)", 0),
        ("insert into b values ($2, $1)", 2),
    ];

    #[test]
    fn sqlite_takes_several_statements_one_after_another() {
        assert_eq!(
            joined(TWO, Join::OneAfterAnother, None),
            "insert into a values ($1, $2, $1); insert into b values ($4, $3); "
        );
    }

    #[test]
    fn sqlite_takes_the_end_together_with_them() {
        assert_eq!(
            joined(&TWO[..1], Join::OneAfterAnother, Some("commit")),
            "insert into a values ($1, $2, $1); commit"
        );
    }

    #[test]
    fn postgresql_takes_one_statement_with_parts() {
        assert_eq!(
            joined(TWO, Join::InOneStatement, None),
            "with later_0 as (insert into a values ($1, $2, $1)) insert into b values ($4, $3)"
        );
    }
}
