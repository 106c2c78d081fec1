//! What the judge of an interchange could not see, because another one was committed meanwhile: the same service twice, two
//! versions in the place of one. The first that is committed stands, the other is denied.

use rustc_hash::{FxHashMap, FxHashSet};
use sqlx::sqlite::SqliteConnection;

use crate::store::columns::date_to_column;
use crate::store::{ClaimState, LedgerEntry, Result};

use super::super::database_error;
use super::commit::{Unit, numbers};
use super::effects::day_of;
use super::entries::{self, EntryRow, STATE};
use super::recent::{Recent, Since};
use super::{CORRUPT, ENTERING, sql};

/// Status code of a claim that is the same service as another.
const DUPLICATE: &str = "54";
/// Status code of a version whose place another has.
const SUPERSEDED: &str = "495";

/// A version that lost its place: its number, the unit that brings it, the status code that says why.
type Denied = (Box<str>, i64, &'static str);

/// Versions that lost their place to another.
#[derive(Default)]
pub(super) struct Lost {
    /// Versions whose other states are not entered: those that lost, and those that they would have replaced; each with its unit.
    pub entries: FxHashSet<(i64, Box<str>)>,
    denied: Vec<Denied>,
}

/// True when the entry says something that is not so, because a version of the same unit lost its place.
pub(super) fn drops(lost: &FxHashSet<(i64, Box<str>)>, unit: i64, entry: &LedgerEntry) -> bool {
    !lost.is_empty()
        && match entry {
            LedgerEntry::State(change) => lost.contains(&(unit, change.claim.clone())),
            LedgerEntry::Refund(refund) => {
                refund.by.as_ref().is_some_and(|by| lost.contains(&(unit, by.clone())))
            }
            _ => false,
        }
}

impl Lost {
    pub(super) fn drops(&self, unit: i64, entry: &LedgerEntry) -> bool {
        drops(&self.entries, unit, entry)
    }

    /// Records why they were denied.
    pub(super) async fn deny(
        &self,
        connection: &mut SqliteConnection,
        units: &[&Unit<'_>],
    ) -> Result<()> {
        if self.denied.is_empty() {
            return Ok(());
        }
        let by_number: FxHashMap<i64, &Unit<'_>> =
            units.iter().map(|unit| (unit.number, *unit)).collect();
        let state_of = |unit: &Unit<'_>, code: &str| -> Result<ClaimState> {
            let (category, entity) = ("F2".into(), "".into());
            let effective = day_of(unit.at_micros)?;
            Ok(ClaimState { category, code: code.into(), entity, effective })
        };
        let mut states = Vec::with_capacity(self.denied.len());
        for (_, unit, code) in &self.denied {
            let unit: &Unit<'_> = by_number.get(unit).ok_or(CORRUPT)?;
            states.push((unit, state_of(unit, code)?));
        }
        let rows: Vec<EntryRow<'_>> = self
            .denied
            .iter()
            .zip(&states)
            .map(|((number, _, code), (unit, state))| EntryRow {
                interchange: unit.number,
                position: unit.staged + unit.held.len() as i64,
                at_micros: unit.at_micros,
                who: unit.who,
                kind: STATE,
                claim: Some(number),
                state: Some(state),
                detail: match *code {
                    DUPLICATE => "the same service came at the same time".to_owned(),
                    _ => "another version came at the same time".to_owned(),
                },
                link: None,
                body: None,
            })
            .collect();
        entries::insert(connection, &rows).await
    }

    /// Denies versions with one status code: their numbers, units, and what they would have replaced.
    async fn take(
        &mut self,
        connection: &mut SqliteConnection,
        units: &[&Unit<'_>],
        code: &'static str,
        rows: Vec<(String, i64, Option<String>)>,
    ) -> Result<()> {
        for unit in units {
            let mine: Vec<_> = rows.iter().filter(|(_, by, _)| *by == unit.number).collect();
            if mine.is_empty() {
                continue;
            }
            let mut denied = Vec::with_capacity(mine.len());
            let mut stated = Vec::with_capacity(mine.len());
            for (number, _, replaced) in mine {
                denied.push(Box::<str>::from(number.as_str()));
                stated.push(Box::<str>::from(number.as_str()));
                stated.extend(replaced.as_deref().map(Box::<str>::from));
            }
            sqlx::query(sql::DENY)
                .bind(numbers(&denied)?)
                .bind(code)
                .bind(date_to_column(day_of(unit.at_micros)?))
                .execute(&mut *connection)
                .await
                .map_err(database_error(ENTERING))?;
            if unit.staged > 0 {
                sqlx::query(sql::DROP_STATES)
                    .bind(unit.number)
                    .bind(numbers(&stated)?)
                    .execute(&mut *connection)
                    .await
                    .map_err(database_error(ENTERING))?;
            }
            self.entries.extend(stated.into_iter().map(|number| (unit.number, number)));
            self.denied.extend(denied.into_iter().map(|number| (number, unit.number, code)));
        }
        Ok(())
    }
}

/// Settles what units have written already, one after the other.
pub(super) async fn staged(
    connection: &mut SqliteConnection,
    units: &[&Unit<'_>],
    recent: &Recent,
    lost: &mut Lost,
) -> Result<()> {
    let staged: Vec<&Unit<'_>> = units.iter().copied().filter(|unit| unit.staged > 0).collect();
    for (index, unit) in staged.iter().enumerate() {
        // Duplicates first: a version that replaces one of them is then lost with it.
        let (earlier, rest) = staged.split_at(index);
        staged_duplicates(connection, unit, (earlier, rest), recent, lost).await?;
        link(connection, &[unit], lost).await?;
    }
    Ok(())
}

/// Denies the originals of a unit that are the same service as one that was committed since it began; `earlier` units are
/// committed with it and before it, the `rest` are not.
async fn staged_duplicates(
    connection: &mut SqliteConnection,
    unit: &Unit<'_>,
    (earlier, rest): (&[&Unit<'_>], &[&Unit<'_>]),
    recent: &Recent,
    lost: &mut Lost,
) -> Result<()> {
    let Some(begun) = unit.begun else { return Ok(()) };
    let numbers = |units: &[&Unit<'_>]| units.iter().map(|unit| unit.number).collect::<Vec<_>>();
    let (statement, others) = match recent.since(begun) {
        Since::Nothing if earlier.is_empty() => return Ok(()),
        Since::Nothing => (sql::STAGED_DUPLICATES_OF, numbers(earlier)),
        Since::These(mut those) => {
            those.extend(numbers(earlier));
            (sql::STAGED_DUPLICATES_OF, those)
        }
        Since::Anything => (sql::STAGED_DUPLICATES, numbers(rest)),
    };
    let found: Vec<(String, i64, i64)> = sqlx::query_as(statement)
        .bind(unit.number)
        .bind(serde_json::to_string(&others).map_err(|_| CORRUPT)?)
        .fetch_all(&mut *connection)
        .await
        .map_err(database_error(ENTERING))?;
    let mut rows: Vec<_> =
        found.into_iter().map(|(number, unit, _)| (number, unit, None)).collect();
    rows.dedup();
    lost.take(connection, &[unit], DUPLICATE, rows).await
}

/// Settles what units held until now and was written after the claim `last`.
pub(super) async fn held(
    connection: &mut SqliteConnection,
    units: &[&Unit<'_>],
    last: i64,
    recent: &Recent,
    lost: &mut Lost,
) -> Result<()> {
    held_duplicates(connection, units, last, recent, lost).await?;
    let replacing: Vec<&Unit<'_>> = units
        .iter()
        .copied()
        .filter(|unit| {
            let replaces = |entry: &LedgerEntry| matches!(entry, LedgerEntry::Claim(claim) if claim.replaces.is_some());
            unit.held.iter().any(replaces)
        })
        .collect();
    if replacing.is_empty() { Ok(()) } else { link(connection, &replacing, lost).await }
}

async fn held_duplicates(
    connection: &mut SqliteConnection,
    units: &[&Unit<'_>],
    last: i64,
    recent: &Recent,
    lost: &mut Lost,
) -> Result<()> {
    let count = recent.count();
    let mut begun: FxHashMap<i64, u64> = FxHashMap::default();
    begun.extend(units.iter().filter_map(|unit| Some((unit.number, unit.begun?))));
    begun.retain(|_, begun| *begun != count || units.len() > 1);
    if begun.is_empty() {
        return Ok(());
    }
    let compared: Vec<i64> = begun.keys().copied().collect();
    let found: Vec<(String, i64, i64)> = sqlx::query_as(sql::DUPLICATES)
        .bind(serde_json::to_string(&compared).map_err(|_| CORRUPT)?)
        .bind(last)
        .fetch_all(&mut *connection)
        .await
        .map_err(database_error(ENTERING))?;
    let together: FxHashSet<i64> = units.iter().map(|unit| unit.number).collect();
    let mut rows: Vec<_> = found
        .into_iter()
        .filter(|(_, unit, other)| {
            together.contains(other)
                || match begun.get(unit).map(|begun| recent.since(*begun)) {
                    Some(Since::These(those)) => those.contains(other),
                    Some(Since::Anything) => true,
                    Some(Since::Nothing) | None => false,
                }
        })
        .map(|(number, unit, _)| (number, unit, None))
        .collect();
    rows.dedup();
    lost.take(connection, units, DUPLICATE, rows).await
}

/// Makes the versions of these units the successors of those they replace, and denies those whose place another has.
async fn link(
    connection: &mut SqliteConnection,
    units: &[&Unit<'_>],
    lost: &mut Lost,
) -> Result<()> {
    let numbers: Vec<i64> = units.iter().map(|unit| unit.number).collect();
    let numbers = serde_json::to_string(&numbers).map_err(|_| CORRUPT)?;
    for statement in [sql::LINK_SUCCESSORS, sql::NOTE_REPLACED] {
        sqlx::query(statement)
            .bind(&numbers)
            .execute(&mut *connection)
            .await
            .map_err(database_error(ENTERING))?;
    }
    loop {
        let rows: Vec<(String, i64, Option<String>)> = sqlx::query_as(sql::LOST_SUCCESSORS)
            .bind(&numbers)
            .fetch_all(&mut *connection)
            .await
            .map_err(database_error(ENTERING))?;
        if rows.is_empty() {
            return Ok(());
        }
        lost.take(connection, units, SUPERSEDED, rows).await?;
    }
}
