//! What entries change of what stands: states, what is paid, and what members have used.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use rustc_hash::FxHashMap;
use serde_json::json;
use sqlx::Row;
use sqlx::sqlite::SqliteConnection;
use time::{Date, OffsetDateTime};

use crate::store::columns::{Letter, date_to_column};
use crate::store::{
    AccumulatorChange, AccumulatorKind, ClaimState, LedgerEntry, Level, Result, StoreError, Subject,
};

use super::super::insert::Insert;
use super::super::{database_error, sql as store_sql};
use super::commit::numbers;
use super::rows::to_cents;
use super::{CORRUPT, ENTERING, entries, sql};

/// Versions that change in one statement, and entries that are read back at once.
const CHANGED_TOGETHER_MAX: usize = 1000;

/// The day of an instant.
pub(super) fn day_of(micros: i64) -> Result<Date> {
    OffsetDateTime::from_unix_timestamp(micros.div_euclid(1_000_000))
        .map(OffsetDateTime::date)
        .map_err(|_| StoreError::Value { what: "instant" })
}

/// A change of what is paid.
enum Money {
    /// A decision or a reversal.
    Payment { cents: i64, finalized: i64, remitted: i64, trace: Box<str> },
    /// Money that came back by itself.
    Refund { cents: i64 },
}

/// What changes of one version.
#[derive(Default)]
struct Change {
    state: Option<ClaimState>,
    money: Vec<Money>,
}

/// Subscriber, suffix, first day of the year, network, service type.
type Holder = (Box<str>, Box<str>, i64, &'static str, Box<str>);

/// What was used more.
#[derive(Default)]
struct More {
    deductible: Option<i64>,
    out_of_pocket: Option<i64>,
    quantity: Option<Decimal>,
    as_of: i64,
}

/// Changes that were gathered and are not written yet.
#[derive(Default)]
pub(super) struct Effects {
    changes: FxHashMap<Box<str>, Change>,
    used: BTreeMap<Holder, More>,
    /// Whether claims were changed.
    claims: bool,
}

/// What was changed.
pub(super) struct Changed {
    pub claims: bool,
    pub members: bool,
}

impl Effects {
    /// Gathers what an entry changes.
    pub(super) fn add(&mut self, entry: &LedgerEntry, at_micros: i64) -> Result<()> {
        match entry {
            LedgerEntry::State(change) => {
                self.of(&change.claim).state = Some(change.state.clone());
            }
            LedgerEntry::Payment(payment) => {
                let money = Money::Payment {
                    cents: to_cents(payment.paid)?,
                    finalized: date_to_column(payment.finalized),
                    remitted: date_to_column(payment.remitted),
                    trace: payment.remittance.trace.clone(),
                };
                self.of(&payment.claim).money.push(money);
            }
            // What comes back by a version is taken back by the reversal that follows.
            LedgerEntry::Refund(refund) if refund.by.is_none() => {
                if let Some(amount) = refund.amount {
                    let money = Money::Refund { cents: to_cents(amount)? };
                    self.of(&refund.claim).money.push(money);
                }
            }
            LedgerEntry::Accumulator(change) => self.add_used(change, at_micros)?,
            _ => {}
        }
        Ok(())
    }

    fn of(&mut self, number: &str) -> &mut Change {
        self.changes.entry(number.into()).or_default()
    }

    fn add_used(&mut self, change: &AccumulatorChange, at_micros: i64) -> Result<()> {
        let suffix = match change.level {
            Level::Individual => change.owner.suffix.clone(),
            Level::Family => "".into(),
        };
        let service = match &change.kind {
            AccumulatorKind::Limit(service) | AccumulatorKind::ServiceDeductible(service) => {
                service.clone()
            }
            AccumulatorKind::Deductible | AccumulatorKind::OutOfPocket => "".into(),
        };
        let (year, network) = (date_to_column(change.year_begin), change.network.letter());
        let holder = (change.owner.subscriber.clone(), suffix, year, network, service);
        let more = self.used.entry(holder).or_default();
        more.as_of = more.as_of.max(date_to_column(day_of(at_micros)?));
        match change.kind {
            AccumulatorKind::Deductible | AccumulatorKind::ServiceDeductible(_) => {
                *more.deductible.get_or_insert(0) += to_cents(change.amount)?;
            }
            AccumulatorKind::OutOfPocket => {
                *more.out_of_pocket.get_or_insert(0) += to_cents(change.amount)?;
            }
            AccumulatorKind::Limit(_) => {
                *more.quantity.get_or_insert(Decimal::ZERO) += change.amount;
            }
        }
        Ok(())
    }

    /// Gathers what the entries change that an interchange has written already, those before the position `staged`.
    pub(super) async fn read_staged(
        &mut self,
        connection: &mut SqliteConnection,
        (interchange, staged): (i64, i64),
    ) -> Result<()> {
        let failed = database_error(ENTERING);
        sqlx::query(sql::MOVE_STAGED)
            .bind(interchange)
            .execute(&mut *connection)
            .await
            .map_err(&failed)?;
        let mut last = 0_i64;
        loop {
            let rows = sqlx::query(sql::STAGED_EFFECTS)
                .bind(interchange)
                .bind(last)
                .bind(CHANGED_TOGETHER_MAX as i64)
                .bind(staged)
                .fetch_all(&mut *connection)
                .await
                .map_err(&failed)?;
            for row in &rows {
                let text = |column: usize| {
                    row.try_get::<Option<String>, _>(column).map_err(database_error(ENTERING))
                };
                last = row.try_get(0).map_err(&failed)?;
                let effective: Option<i64> = row.try_get(7).map_err(&failed)?;
                let state = entries::state((text(4)?, text(5)?, text(6)?, effective))?;
                let kind = text(2)?.ok_or(CORRUPT)?;
                let claim = text(3)?;
                let entry =
                    entries::entry(&kind, claim.as_deref(), state, "", text(8)?.as_deref())?;
                self.add(&entry, row.try_get(1).map_err(&failed)?)?;
            }
            if rows.len() < CHANGED_TOGETHER_MAX {
                return Ok(());
            }
            self.write_standing(connection).await?;
        }
    }

    /// Writes everything.
    pub(super) async fn finish(mut self, connection: &mut SqliteConnection) -> Result<Changed> {
        self.write_standing(connection).await?;
        let used: Vec<(Holder, More)> = self.used.into_iter().collect();
        for some in used.chunks(CHANGED_TOGETHER_MAX) {
            write_used(connection, some).await?;
        }
        if !used.is_empty() {
            sqlx::query(store_sql::NEXT_GENERATION)
                .bind(Subject::Members.name())
                .execute(connection)
                .await
                .map_err(database_error(ENTERING))?;
        }
        Ok(Changed { claims: self.claims, members: !used.is_empty() })
    }

    async fn write_standing(&mut self, connection: &mut SqliteConnection) -> Result<()> {
        let failed = database_error(ENTERING);
        let changes: Vec<(Box<str>, Change)> = self.changes.drain().collect();
        self.claims |= !changes.is_empty();
        for some in changes.chunks(CHANGED_TOGETHER_MAX) {
            let with_money = some.iter().filter(|(_, change)| !change.money.is_empty());
            let with_money: Vec<&Box<str>> = with_money.map(|(number, _)| number).collect();
            let mut paid: FxHashMap<String, i64> = FxHashMap::default();
            if !with_money.is_empty() {
                let rows: Vec<(String, i64)> = sqlx::query_as(sql::PAID)
                    .bind(numbers(with_money)?)
                    .fetch_all(&mut *connection)
                    .await
                    .map_err(&failed)?;
                paid.extend(rows);
            }
            let rows: Vec<serde_json::Value> = some
                .iter()
                .map(|(number, change)| {
                    let before = paid.get(&**number).copied().unwrap_or(0);
                    standing(number, change, before)
                })
                .collect();
            sqlx::query(sql::SET_STANDING)
                .bind(serde_json::to_string(&rows).map_err(|_| CORRUPT)?)
                .execute(&mut *connection)
                .await
                .map_err(&failed)?;
            sqlx::query(sql::NOTE_CHANGED)
                .bind(numbers(some.iter().map(|(number, _)| number))?)
                .execute(&mut *connection)
                .await
                .map_err(&failed)?;
        }
        Ok(())
    }
}

/// What stands of a version after a change, as [`sql::SET_STANDING`] takes it. Paid is what payments add up to, and never less
/// than nothing.
fn standing(number: &str, change: &Change, before: i64) -> serde_json::Value {
    let state = change.state.as_ref();
    let (mut paid, mut last) = (before, None);
    for money in &change.money {
        match money {
            Money::Payment { cents, finalized, remitted, trace } => {
                paid = (paid + cents).max(0);
                last = Some((finalized, remitted, trace));
            }
            Money::Refund { cents } => paid = (paid - cents).max(0),
        }
    }
    json!([
        number,
        state.map(|state| &*state.category),
        state.map(|state| &*state.code),
        state.map(|state| &*state.entity),
        state.map(|state| date_to_column(state.effective)),
        (!change.money.is_empty()).then_some(paid),
        last.map(|(finalized, ..)| finalized),
        last.map(|(_, remitted, _)| remitted),
        last.map(|(.., trace)| trace),
    ])
}

const USED: Insert = Insert {
    doing: ENTERING,
    head: "INSERT INTO accumulator (subscriber, suffix, year_begin, network, service_type, \
           deductible_cents, out_of_pocket_cents, quantity, as_of)",
    columns: 9,
    tail: "ON CONFLICT (subscriber, suffix, year_begin, network, service_type) DO UPDATE SET \
           deductible_cents = excluded.deductible_cents, out_of_pocket_cents = excluded.out_of_pocket_cents, \
           quantity = excluded.quantity, as_of = excluded.as_of",
};

/// A row of the accumulator table.
struct UsedRow<'h> {
    holder: &'h Holder,
    deductible: Option<i64>,
    out_of_pocket: Option<i64>,
    quantity: Option<String>,
    as_of: i64,
}

/// Adds what was used more to what was used before. Nothing is ever used less than not at all; who is in no family on file uses
/// nothing.
async fn write_used(connection: &mut SqliteConnection, used: &[(Holder, More)]) -> Result<()> {
    type Before = (i64, Option<i64>, Option<i64>, Option<String>, Option<i64>);
    let keys: Vec<&Holder> = used.iter().map(|(holder, _)| holder).collect();
    let before: Vec<Before> = sqlx::query_as(sql::USED)
        .bind(serde_json::to_string(&keys).map_err(|_| CORRUPT)?)
        .fetch_all(&mut *connection)
        .await
        .map_err(database_error(ENTERING))?;
    let sum = |before: Option<i64>, more: Option<i64>| match more {
        Some(more) => Some((before.unwrap_or(0) + more).max(0)),
        None => before,
    };
    let mut rows = Vec::with_capacity(before.len());
    for (key, deductible, out_of_pocket, quantity, as_of) in before {
        let (holder, more) =
            usize::try_from(key).ok().and_then(|key| used.get(key)).ok_or(CORRUPT)?;
        let quantity = match more.quantity {
            Some(more) => {
                let before: Decimal =
                    quantity.as_deref().unwrap_or("0").parse().map_err(|_| CORRUPT)?;
                Some((before + more).max(Decimal::ZERO).to_string())
            }
            None => quantity,
        };
        rows.push(UsedRow {
            holder,
            deductible: sum(deductible, more.deductible),
            out_of_pocket: sum(out_of_pocket, more.out_of_pocket),
            quantity,
            as_of: as_of.unwrap_or(0).max(more.as_of),
        });
    }
    USED.run(connection, &rows, |row, binds| {
        let (subscriber, suffix, year, network, service) = row.holder;
        binds.add(&**subscriber).add(&**suffix).add(*year).add(*network).add(&**service);
        binds.add(row.deductible).add(row.out_of_pocket).add(row.quantity.as_deref());
        binds.add(row.as_of);
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::columns::date_from_column;

    fn payment(cents: i64) -> Money {
        Money::Payment { cents, finalized: 20_260_701, remitted: 20_260_703, trace: "CHK1".into() }
    }

    #[test]
    fn paid_is_what_payments_add_up_to() {
        for (before, money, paid) in [
            (0, vec![payment(10_000)], Some(10_000)),
            (10_000, vec![payment(-10_000), payment(8_000)], Some(8_000)),
            // A refund came before the reversal that belongs to it: it is not counted twice.
            (10_000, vec![Money::Refund { cents: 10_000 }, payment(-10_000)], Some(0)),
            (0, vec![payment(-10_000), payment(8_000)], Some(8_000)),
            (10_000, vec![], None),
        ] {
            let change = Change { state: None, money };
            assert_eq!(standing("1", &change, before)[5], json!(paid), "{before}");
        }
    }

    #[test]
    fn an_instant_has_a_day() {
        assert_eq!(day_of(0).ok(), date_from_column(19_700_101));
        assert_eq!(day_of(-1).ok(), date_from_column(19_691_231));
        assert!(day_of(i64::MAX).is_err());
    }
}
