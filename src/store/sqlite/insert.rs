//! Inserts of many rows in one statement: five hundred rows a crossing to the driver instead of one.

use sqlx::sqlite::{SqliteArguments, SqliteConnection};
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, Type};

use crate::store::Result;

use super::database_error;

/// How many rows one statement may carry: any number of rows is a few of these, and each text is prepared once and kept
/// ([`STATEMENTS_KEPT`]).
const SIZES: [usize; 10] = [512, 256, 128, 64, 32, 16, 8, 4, 2, 1];

/// Prepared statements that the connection that writes keeps.
pub(super) const STATEMENTS_KEPT: usize = 400;

/// An insert whose number of rows is settled at run time; the text is made of constants alone.
pub(super) struct Insert {
    /// What the store is doing, for errors.
    pub doing: &'static str,
    /// `INSERT INTO t (a, b)`.
    pub head: &'static str,
    /// How many columns a row has.
    pub columns: usize,
    /// `ON CONFLICT ..` and `RETURNING ..`, or nothing.
    pub tail: &'static str,
}

impl Insert {
    /// Inserts `rows`; `bind` adds the columns of one row in order.
    pub(super) async fn run<R>(
        &self,
        connection: &mut SqliteConnection,
        rows: &[R],
        bind: impl Fn(&R, &mut Binds),
    ) -> Result<()> {
        let mut rest = rows;
        for size in SIZES {
            while rest.len() >= size {
                let (now, later) = rest.split_at(size);
                rest = later;
                let mut binds = Binds::with_capacity(size * self.columns);
                for row in now {
                    bind(row, &mut binds);
                }
                let query =
                    sqlx::query_with(AssertSqlSafe(self.text(size)), binds.finish(self.doing)?);
                query.execute(&mut *connection).await.map_err(database_error(self.doing))?;
            }
        }
        Ok(())
    }

    /// The statement for `rows` rows. Question marks, because SQLite looks named parameters up one by one.
    /// PostgreSQL: `$1`, `$2`...
    fn text(&self, rows: usize) -> String {
        let row_len = 2 * self.columns + 2;
        let mut text =
            String::with_capacity(self.head.len() + rows * row_len + self.tail.len() + 16);
        text.push_str(self.head);
        text.push_str(" VALUES ");
        for row in 0..rows {
            text.push_str(if row == 0 { "(" } else { ",(" });
            for column in 0..self.columns {
                text.push_str(if column == 0 { "?" } else { ",?" });
            }
            text.push(')');
        }
        text.push(' ');
        text.push_str(self.tail);
        text
    }
}

/// The values of a statement, collected row by row.
pub(super) struct Binds {
    arguments: SqliteArguments,
    failed: Option<sqlx::error::BoxDynError>,
}

impl Binds {
    fn with_capacity(values: usize) -> Self {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(values, 0);
        Self { arguments, failed: None }
    }

    /// Adds the next column.
    pub(super) fn add<'t, T: Encode<'t, Sqlite> + Type<Sqlite>>(&mut self, value: T) -> &mut Self {
        if let Err(error) = self.arguments.add(value) {
            self.failed.get_or_insert(error);
        }
        self
    }

    fn finish(self, doing: &'static str) -> Result<SqliteArguments> {
        match self.failed {
            None => Ok(self.arguments),
            Some(error) => Err(database_error(doing)(sqlx::Error::Encode(error))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_a_mark_for_each_value() {
        let insert = Insert {
            doing: "trying",
            head: "INSERT INTO t (a, b)",
            columns: 2,
            tail: "RETURNING a",
        };
        assert_eq!(insert.text(2), "INSERT INTO t (a, b) VALUES (?,?),(?,?) RETURNING a");
    }
}
