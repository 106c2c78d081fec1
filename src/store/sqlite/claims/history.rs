//! All that is known of a claim, by all its versions.

use rustc_hash::FxHashMap;
use sqlx::Row;
use sqlx::sqlite::{SqlitePool, SqliteRow};

use crate::store::{ClaimEvent, ClaimHistory, LedgerEntry, Result};

use super::super::{database_error, key_list};
use super::entries::{self, ACCUMULATOR};
use super::{CORRUPT, FINDING, rows, sql};

/// Claims in one statement.
const CHUNK_KEYS: usize = 500;

/// See [`crate::store::Claims::histories`].
pub(super) async fn histories(
    readers: &SqlitePool,
    numbers: &[Box<str>],
) -> Result<Vec<Option<ClaimHistory>>> {
    let mut all = Vec::with_capacity(numbers.len());
    for chunk in numbers.chunks(CHUNK_KEYS) {
        all.extend(some(readers, chunk).await?);
    }
    Ok(all)
}

/// A history that is being put together.
#[derive(Default)]
struct Gathered {
    history: ClaimHistory,
    /// Numbers of its versions, each once.
    numbers: Vec<Box<str>>,
}

async fn some(readers: &SqlitePool, numbers: &[Box<str>]) -> Result<Vec<Option<ClaimHistory>>> {
    let failed = database_error(FINDING);
    // One connection, so that versions and entries are of the same moment as nearly as can be.
    let mut connection = readers.begin().await.map_err(&failed)?;
    let versions = sqlx::query(sql::VERSIONS)
        .bind(key_list(numbers.iter().map(|number| &**number))?)
        .bind(i64::MIN)
        .fetch_all(&mut *connection)
        .await
        .map_err(&failed)?;
    let mut gathered: Vec<Gathered> = numbers.iter().map(|_| Gathered::default()).collect();
    for row in &versions {
        let key: i64 = row.try_get(0).map_err(&failed)?;
        let one = usize::try_from(key).ok().and_then(|key| gathered.get_mut(key));
        add_version(one.ok_or(CORRUPT)?, row)?;
    }
    // Which histories a version is part of: two of the numbers may be of one claim.
    let mut of: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, one) in gathered.iter().enumerate() {
        for number in &one.numbers {
            of.entry(number).or_default().push(index);
        }
    }
    let entries = sqlx::query(sql::ENTRIES)
        .bind(key_list(of.keys().copied())?)
        .bind(i64::MIN)
        .fetch_all(&mut *connection)
        .await
        .map_err(&failed)?;
    connection.commit().await.map_err(&failed)?;
    let mut places: Vec<Vec<usize>> = Vec::with_capacity(entries.len());
    for row in &entries {
        let claim: &str = row.try_get(4).map_err(&failed)?;
        places.push(of.get(claim).cloned().unwrap_or_default());
    }
    for (row, places) in entries.iter().zip(places) {
        for place in places {
            add_entry(&mut gathered[place].history, row)?;
        }
    }
    Ok(gathered
        .into_iter()
        .map(|Gathered { mut history, numbers }| {
            history.events.sort_by_key(|event| event.at_micros);
            (!numbers.is_empty()).then_some(history)
        })
        .collect())
}

fn add_version(to: &mut Gathered, row: &SqliteRow) -> Result<()> {
    let failed = database_error(FINDING);
    let rows::Read { claim, first_state } = rows::read(row)?;
    to.history.events.push(ClaimEvent {
        claim: claim.number.clone(),
        at_micros: row.try_get(29).map_err(&failed)?,
        who: row.try_get::<&str, _>(30).map_err(&failed)?.into(),
        interchange: claim.interchange,
        kind: "received".into(),
        state: Some(first_state),
        detail: "".into(),
    });
    to.numbers.push(claim.number.clone());
    to.history.versions.push(claim);
    Ok(())
}

fn add_entry(history: &mut ClaimHistory, row: &SqliteRow) -> Result<()> {
    let failed = database_error(FINDING);
    let text =
        |column: usize| row.try_get::<Option<String>, _>(column).map_err(database_error(FINDING));
    let number = |column: usize| row.try_get::<i64, _>(column).map_err(database_error(FINDING));
    let effective: Option<i64> = row.try_get(8).map_err(&failed)?;
    let state = entries::state((text(5)?, text(6)?, text(7)?, effective))?;
    let (kind, claim) = (text(3)?.ok_or(CORRUPT)?, text(4)?.ok_or(CORRUPT)?);
    let detail = text(9)?.unwrap_or_default();
    let entry = entries::entry(&kind, Some(&claim), state.clone(), &detail, text(10)?.as_deref())?;
    if kind != ACCUMULATOR {
        history.events.push(ClaimEvent {
            claim: claim.into(),
            at_micros: number(1)?,
            who: text(2)?.ok_or(CORRUPT)?.into(),
            interchange: u64::try_from(number(0)?).unwrap_or(0),
            kind: kind.into(),
            state,
            detail: detail.into(),
        });
    }
    match entry {
        LedgerEntry::Payment(payment) => history.payments.push(*payment),
        LedgerEntry::Accumulator(change) => history.accumulators.push(change),
        LedgerEntry::Attachment(document) => history.attachments.push(document),
        LedgerEntry::Refund(refund) => history.refunds.push(refund),
        LedgerEntry::Dispute(dispute) => {
            let same = history.disputes.iter_mut().find(|other| other.number == dispute.number);
            match same {
                Some(same) => *same = dispute,
                None => history.disputes.push(dispute),
            }
        }
        LedgerEntry::Request(request) => {
            let same = history.requests.iter_mut().find(|other| other.trace == request.trace);
            match same {
                Some(same) => *same = request,
                None => history.requests.push(request),
            }
        }
        _ => {}
    }
    Ok(())
}
