//! Lists and searches: each begins with what leads to the fewest reviews, and looks at the rest of the question there.

use sqlx::sqlite::SqlitePool;
use time::macros::date;

use crate::store::columns::date_to_column;
use crate::store::{Result, ReviewPage, ReviewQuery, ReviewState};

use super::super::{database_error, key_list};
use super::find::read;
use super::sql;

/// See [`crate::store::Reviews::search`].
pub(super) async fn search(readers: &SqlitePool, query: &ReviewQuery) -> Result<ReviewPage> {
    let failed = database_error("searching reviews");
    let words = words(&query.words);
    let states = match query.states.is_empty() {
        true => key_list(ReviewState::ALL.iter().map(|state| state.word()))?,
        false => key_list(query.states.iter().map(|state| state.word()))?,
    };
    let (from, to) = query.period.unwrap_or((date!(1900 - 01 - 01), date!(9999 - 12 - 31)));
    let kind = query.kind.map(|kind| kind.word());
    let (count, page) = if !words.is_empty() {
        (sql::COUNT_BY_WORDS, sql::BY_WORDS)
    } else if query.due_before_micros.is_some() {
        (sql::COUNT_BY_DUE, sql::BY_DUE)
    } else if query.provider.is_some() {
        (sql::COUNT_BY_PROVIDER, sql::BY_PROVIDER_ALONE)
    } else {
        (sql::COUNT_BY_STATE, sql::BY_STATE)
    };
    macro_rules! bound {
        ($query:expr) => {
            $query
                .bind(words.as_str())
                .bind(states.as_str())
                .bind(kind)
                .bind(query.due_before_micros)
                .bind(query.provider.as_deref())
                .bind(date_to_column(from))
                .bind(date_to_column(to))
        };
    }
    let total: i64 = bound!(sqlx::query_scalar(count)).fetch_one(readers).await.map_err(&failed)?;
    let limit = if query.limit == 0 { -1 } else { i64::from(query.limit) };
    let rows = bound!(sqlx::query(page))
        .bind(i64::from(query.offset))
        .bind(limit)
        .fetch_all(readers)
        .await
        .map_err(&failed)?;
    let reviews = rows.iter().map(read).collect::<Result<_>>()?;
    Ok(ReviewPage { total: total.unsigned_abs(), reviews })
}

/// The words as a query of the index: each the beginning of a word. What has no letter and no digit asks for nothing.
fn words(words: &[Box<str>]) -> String {
    let parts = words.iter().flat_map(|word| word.split(|c: char| !c.is_alphanumeric()));
    let parts = parts.filter(|part| !part.is_empty()).map(|part| format!("\"{part}\" *"));
    parts.collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn words_are_beginnings_and_carry_no_syntax_of_the_index() {
        for (given, asked) in [
            (&["o'donnell-g"][..], r#""o" * AND "donnell" * AND "g" *"#),
            (&["SAMPLE", "1000"], r#""SAMPLE" * AND "1000" *"#),
            (&["NOT", "\"a\"*"], r#""NOT" * AND "a" *"#),
            (&["--", ""], ""),
        ] {
            let given: Vec<Box<str>> = given.iter().map(|word| Box::from(*word)).collect();
            assert_eq!(words(&given), asked);
        }
    }
}
