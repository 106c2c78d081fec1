//! The search: words and filters become a query of the index, which gives claims in the order of service.
//!
//! What is found is cut into parts that follow one another: claims that have the words themselves come before those that have
//! words which begin so, and claims that begin before a period but reach into it are looked at one by one.

use rustc_hash::FxHashSet;
use sqlx::sqlite::SqliteConnection;
use time::Duration;

use crate::store::columns::{Letter, cents, date_to_column};
use crate::store::{ClaimOrder, ClaimPage, ClaimQuery, ClaimVersion, Result};

use super::super::{SqliteStore, database_error};
use super::index::{self, Pending, first_row, id_of, row_of};
use super::words::{ADJUSTED, Document, MANY_DAYS, Meaning, form_word, plain, split};
use super::{CORRUPT, rows, sql};

const SEARCHING: &str = "searching claims";

/// Words of the index that one beginning is replaced with; of more it finds them by itself, which takes longer.
const STANDS_FOR_MAX: i64 = 400;
/// A service that began earlier is not looked for in a period.
const SERVICE_DAYS_MAX: i64 = 400;

/// A word that no claim has.
const NO_CLAIM: &str = "_z0";

/// A search, ready to be asked.
struct Asked<'q> {
    query: &'q ClaimQuery,
    words: Vec<Meaning>,
    /// What every claim must have but for the words; empty for nothing.
    filter: String,
    /// Whether nothing can match.
    is_empty: bool,
}

/// A part of what is found.
struct Part {
    /// The query of the index; none for all claims.
    query: Option<String>,
    /// Whether its claims come after those that have the words themselves.
    is_second: bool,
    first: i64,
    last: i64,
    /// The last day of service must not be before this one.
    reaching: Option<i64>,
}

/// See [`crate::store::Claims::search`].
pub(super) async fn search(store: &SqliteStore, query: &ClaimQuery) -> Result<ClaimPage> {
    let failed = database_error(SEARCHING);
    if let Some(writer) = &store.inner.writer {
        index::catch_up(writer).await?;
    }
    let mut moment = store.inner.readers.begin().await.map_err(&failed)?;
    let connection = &mut *moment;
    // Only where nobody may write, or where something was committed just now.
    let pending = index::all_pending(connection).await?;
    let asked = Asked::of(connection, query).await?;
    let page = asked.page(connection, &pending).await;
    moment.rollback().await.map_err(&failed)?;
    page
}

impl<'q> Asked<'q> {
    async fn of(connection: &mut SqliteConnection, query: &'q ClaimQuery) -> Result<Self> {
        let words = query.words.iter().flat_map(|words| split(words));
        let words: Vec<Meaning> = words.filter_map(|word| Meaning::of(&word)).collect();
        let mut asked = Self { query, words, filter: String::new(), is_empty: false };
        let mut filters: Vec<Vec<String>> = Vec::new();
        let marked = |mark: &str, text: &str| format!("{mark}{}", plain(text));
        if !query.numbers.is_empty() {
            filters.push(query.numbers.iter().map(|number| marked("_n", number)).collect());
        }
        if !query.members.is_empty() {
            filters.push(query.members.iter().map(|owner| marked("_u", &owner.key())).collect());
        }
        filters.extend(query.provider.iter().map(|npi| vec![marked("_v", npi)]));
        if let Some(payees) = &query.payees {
            asked.is_empty |= payees.is_empty();
            filters.push(payees.iter().map(|npi| marked("_p", npi)).collect());
        }
        filters.extend(query.form.iter().map(|form| vec![form_word(form.letter())]));
        if let Some(charge) = query.charge {
            match cents(charge) {
                Some(charge) => filters.push(vec![format!("_b{charge}")]),
                None => asked.is_empty = true,
            }
        }
        if query.only_adjusted {
            filters.push(vec![ADJUSTED.to_owned()]);
        }
        if let Some((first, last)) = &query.procedures {
            let words =
                listed(connection, &marked("_q", first), &marked("_q", last), i64::MAX).await?;
            // A claim that is not indexed may have one all the same.
            filters.push(if words.is_empty() { vec![NO_CLAIM.to_owned()] } else { words });
        }
        let filters: Vec<String> = filters.iter().map(|words| any_of(words)).collect();
        asked.filter = filters.join(" AND ");
        Ok(asked)
    }

    /// The query of the index for all words; without those that only begin so when `is_exact`.
    async fn text(&self, connection: &mut SqliteConnection, is_exact: bool) -> Result<String> {
        let mut all = Vec::with_capacity(self.words.len() + 1);
        for meaning in &self.words {
            let mut any: Vec<String> = meaning.exact.iter().map(|words| all_of(words)).collect();
            if !is_exact {
                for beginning in &meaning.beginnings {
                    let end = format!("{beginning}\u{10ffff}");
                    let mut words = listed(connection, beginning, &end, STANDS_FOR_MAX).await?;
                    if words.len() as i64 == STANDS_FOR_MAX {
                        any.push(format!("\"{beginning}\" *"));
                        continue;
                    }
                    // What is the word itself has been asked for already.
                    words.retain(|word| !meaning.exact.iter().any(|all| **all == [word.as_str()]));
                    if !words.is_empty() {
                        any.push(any_of(&words));
                    }
                }
            }
            all.push(format!("({})", any.join(" OR ")));
        }
        if !self.filter.is_empty() {
            all.push(self.filter.clone());
        }
        Ok(all.join(" AND "))
    }

    /// The parts of what is found, in the order of the query.
    async fn parts(&self, connection: &mut SqliteConnection) -> Result<Vec<Part>> {
        let everything = self.text(connection, false).await?;
        let mut queries = Vec::with_capacity(2);
        let begins = self.words.iter().any(|meaning| !meaning.beginnings.is_empty());
        if begins && self.query.order == ClaimOrder::Relevance {
            let exact = self.text(connection, true).await?;
            let others = (exact != everything).then(|| format!("({everything}) NOT ({exact})"));
            queries.push((false, exact));
            queries.extend(others.map(|others| (true, others)));
        } else {
            queries.push((false, everything));
        }
        let mut parts = Vec::new();
        for (is_second, query) in queries {
            let some = (!query.is_empty()).then_some(query);
            let Some((from, to)) = self.query.period else {
                let (first, last, reaching) = (0, i64::MAX, None);
                parts.push(Part { query: some, is_second, first, last, reaching });
                continue;
            };
            let begun = first_row(from);
            let many_days = match &some {
                Some(query) => format!("({query}) AND \"{MANY_DAYS}\""),
                None => format!("\"{MANY_DAYS}\""),
            };
            let earliest = from.checked_sub(Duration::days(SERVICE_DAYS_MAX)).unwrap_or(from);
            let reaching = Part {
                query: Some(many_days),
                is_second,
                first: first_row(earliest),
                last: begun - 1,
                reaching: Some(date_to_column(from)),
            };
            let last = to.next_day().map_or(i64::MAX, |after| first_row(after) - 1);
            let within = Part { query: some, is_second, first: begun, last, reaching: None };
            match self.query.order {
                ClaimOrder::Oldest => parts.extend([reaching, within]),
                ClaimOrder::Relevance | ClaimOrder::Newest => parts.extend([within, reaching]),
            }
        }
        Ok(parts)
    }

    async fn page(
        &self,
        connection: &mut SqliteConnection,
        pending: &[Pending],
    ) -> Result<ClaimPage> {
        if self.is_empty {
            return Ok(ClaimPage { total: 0, claims: Vec::new() });
        }
        let parts = self.parts(connection).await?;
        if pending.is_empty() {
            return self.indexed_page(connection, &parts).await;
        }
        // As many as might be on the page, without those that are not indexed as they stand, and then those where they belong.
        let stale: FxHashSet<i64> =
            pending.iter().map(|pending| row_of(&pending.claim, pending.id)).collect();
        let wanted = i64::from(self.query.offset) + i64::from(self.query.limit);
        let (mut total, mut rows): (u64, Vec<(bool, i64)>) = (0, Vec::new());
        let is_ranked = self.query.order == ClaimOrder::Relevance;
        for part in &parts {
            let all =
                part.rows(connection, self.query.order, 0, wanted + stale.len() as i64).await?;
            total += part.count(connection).await?;
            for row in stale.iter() {
                total -= part.has(connection, *row).await?;
            }
            let fresh = all.into_iter().filter(|row| !stale.contains(row));
            rows.extend(fresh.map(|row| (part.is_second, row)));
        }
        for Pending { id, claim, .. } in pending {
            let document = Document::of(claim);
            if self.matches(claim, &document) {
                let is_exact = self.words.iter().all(|word| word.matches_exactly(&document));
                rows.push((is_ranked && !is_exact, row_of(claim, *id)));
                total += 1;
            }
        }
        rows.sort_unstable_by_key(|(is_second, row)| {
            (*is_second, if self.query.order == ClaimOrder::Oldest { *row } else { -*row })
        });
        let skip = self.query.offset as usize;
        let ids = rows.into_iter().skip(skip).take(self.query.limit as usize);
        let ids: Vec<i64> = ids.map(|(_, row)| id_of(row)).collect();
        Ok(ClaimPage { total, claims: claims(connection, &ids).await? })
    }

    async fn indexed_page(
        &self,
        connection: &mut SqliteConnection,
        parts: &[Part],
    ) -> Result<ClaimPage> {
        let (mut total, mut rows) = (0, Vec::new());
        let mut skip = i64::from(self.query.offset);
        for part in parts {
            let count = part.count(connection).await?;
            total += count;
            let count = i64::try_from(count).unwrap_or(i64::MAX);
            let wanted = i64::from(self.query.limit) - rows.len() as i64;
            if wanted > 0 && skip < count {
                rows.extend(part.rows(connection, self.query.order, skip, wanted).await?);
            }
            skip = (skip - count).max(0);
        }
        let ids: Vec<i64> = rows.into_iter().map(id_of).collect();
        Ok(ClaimPage { total, claims: claims(connection, &ids).await? })
    }

    /// True when a claim that is not indexed matches.
    fn matches(&self, claim: &ClaimVersion, document: &Document) -> bool {
        let query = self.query;
        let has = |word: &str| document.words.contains(word);
        let marked = |mark: &str, text: &str| has(&format!("{mark}{}", plain(text)));
        let any = |mark: &str, texts: &[Box<str>]| texts.iter().any(|text| marked(mark, text));
        let procedures = |(first, last): &(Box<str>, Box<str>)| {
            let (first, last) = (plain(first), plain(last));
            claim.procedures.iter().any(|code| (&first..=&last).contains(&&plain(code)))
        };
        self.words.iter().all(|meaning| meaning.matches(document))
            && (query.numbers.is_empty() || any("_n", &query.numbers))
            && (query.members.is_empty()
                || query.members.iter().any(|owner| marked("_u", &owner.key())))
            && query.provider.as_ref().is_none_or(|npi| marked("_v", npi))
            && query.payees.as_ref().is_none_or(|payees| any("_p", payees))
            && query.form.is_none_or(|form| form == claim.form)
            && query.charge.is_none_or(|charge| charge == claim.charge)
            && (!query.only_adjusted || has(ADJUSTED))
            && query.procedures.as_ref().is_none_or(procedures)
            && query.period.is_none_or(|(from, to)| claim.from <= to && claim.to >= from)
    }
}

impl Part {
    async fn count(&self, connection: &mut SqliteConnection) -> Result<u64> {
        let statement = match (&self.query, self.reaching) {
            (None, _) if self.first == 0 && self.last == i64::MAX => sql::COUNT_EVERYTHING,
            (None, _) => sql::COUNT_ALL,
            (Some(_), None) => sql::COUNT_FOUND,
            (Some(_), Some(_)) => sql::COUNT_REACHING,
        };
        let count: i64 = sqlx::query_scalar(statement)
            .bind(self.query.as_deref())
            .bind(self.first)
            .bind(self.last)
            .bind(self.reaching)
            .fetch_one(connection)
            .await
            .map_err(database_error(SEARCHING))?;
        Ok(count.unsigned_abs())
    }

    /// One when the row is in this part.
    async fn has(&self, connection: &mut SqliteConnection, row: i64) -> Result<u64> {
        if row < self.first || row > self.last {
            return Ok(0);
        }
        let query = self.query.clone();
        let one = Part { query, first: row, last: row, ..*self };
        one.count(connection).await
    }

    async fn rows(
        &self,
        connection: &mut SqliteConnection,
        order: ClaimOrder,
        skip: i64,
        limit: i64,
    ) -> Result<Vec<i64>> {
        let is_oldest = order == ClaimOrder::Oldest;
        let statement = match (&self.query, self.reaching, is_oldest) {
            (None, _, false) => sql::ALL_NEWEST,
            (None, _, true) => sql::ALL_OLDEST,
            (Some(_), None, false) => sql::FOUND_NEWEST,
            (Some(_), None, true) => sql::FOUND_OLDEST,
            (Some(_), Some(_), false) => sql::REACHING_NEWEST,
            (Some(_), Some(_), true) => sql::REACHING_OLDEST,
        };
        sqlx::query_scalar(statement)
            .bind(self.query.as_deref())
            .bind(self.first)
            .bind(self.last)
            .bind(self.reaching)
            .bind(limit)
            .bind(skip)
            .fetch_all(connection)
            .await
            .map_err(database_error(SEARCHING))
    }
}

/// Words of the index from the first to the last, at most so many.
async fn listed(
    connection: &mut SqliteConnection,
    first: &str,
    last: &str,
    limit: i64,
) -> Result<Vec<String>> {
    sqlx::query_scalar(sql::LISTED_WORDS)
        .bind(first)
        .bind(last)
        .bind(limit)
        .fetch_all(connection)
        .await
        .map_err(database_error(SEARCHING))
}

/// Claims by id, in this order, without their text.
async fn claims(connection: &mut SqliteConnection, ids: &[i64]) -> Result<Vec<ClaimVersion>> {
    let rows = sqlx::query(sql::BY_ID)
        .bind(serde_json::to_string(ids).map_err(|_| CORRUPT)?)
        .bind(i64::MIN)
        .fetch_all(connection)
        .await
        .map_err(database_error(SEARCHING))?;
    rows.iter().map(|row| Ok(rows::read(row)?.claim)).collect()
}

/// Words of which a claim has at least one. Words are letters, digits and marks alone, so that quotes hold them.
fn any_of(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!("({})", quoted.join(" OR "))
}

/// Words of which a claim has all.
fn all_of(words: &[String]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match &*quoted {
        [one] => one.clone(),
        _ => format!("({})", quoted.join(" AND ")),
    }
}
