//! Entries that become part of the ledger, in their order.

use sqlx::Row;
use sqlx::sqlite::SqliteConnection;

use crate::store::columns::date_to_column;
use crate::store::{
    Attestation, ClockChange, Result, ReviewChange, ReviewEntry, ReviewRecord, ReviewState,
};

use super::super::database_error;
use super::super::insert::{Binds, Insert};
use super::{CORRUPT, ENTERING, sql};

/// Rows that one transaction deletes of what was dropped, and staged entries that are read together.
const ROWS_TOGETHER_MAX: i64 = 5000;

/// The entries that one interchange, or one call, brings.
pub(in crate::store::sqlite) struct Unit<'e> {
    /// The number of the interchange; negative for what is entered without one.
    pub number: i64,
    /// Who brings it, and when.
    pub who: &'e str,
    pub at_micros: i64,
    /// Entries that are written already.
    pub staged: i64,
    /// Those that are not.
    pub held: &'e [ReviewEntry],
}

const STAGE: Insert = Insert {
    doing: ENTERING,
    head: "INSERT INTO review_staged (interchange, position, body)",
    columns: 3,
    tail: "",
};
const REVIEW: Insert = Insert {
    doing: ENTERING,
    head: "INSERT INTO review (receipt, number, chain, kind, state, subscriber, suffix, from_date, to_date, request_key, \
           service_key, due_micros, entered_micros, interchange, body, text)",
    columns: 16,
    tail: "",
};
const EVENT: Insert = Insert {
    doing: ENTERING,
    head: "INSERT INTO review_event (receipt, at_micros, who, interchange, kind, state, detail)",
    columns: 7,
    tail: "",
};
const ATTESTATION: Insert = Insert {
    doing: ENTERING,
    head: "INSERT INTO attestation (subject, at_micros, body)",
    columns: 3,
    tail: "",
};

/// Writes entries where they wait for the commit, after so many that are there.
pub(in crate::store::sqlite) async fn stage(
    connection: &mut SqliteConnection,
    number: i64,
    staged: i64,
    entries: &[ReviewEntry],
) -> Result<()> {
    let rows = (staged..).zip(entries).map(|(position, entry)| {
        Ok((position, serde_json::to_string(entry).map_err(|_| CORRUPT)?))
    });
    let rows: Vec<(i64, String)> = rows.collect::<Result<_>>()?;
    STAGE
        .run(connection, &rows, |(position, body), binds| {
            binds.add(number).add(*position).add(body.as_str());
        })
        .await
}

/// Deletes some of the entries that wait, from the one at `first` on. Gives whether there may be more.
pub(in crate::store::sqlite) async fn take_back(
    connection: &mut SqliteConnection,
    number: i64,
    first: i64,
) -> Result<bool> {
    let deleted = sqlx::query(sql::TAKE_BACK)
        .bind(number)
        .bind(first)
        .bind(ROWS_TOGETHER_MAX)
        .execute(connection)
        .await
        .map_err(database_error(ENTERING))?;
    Ok(deleted.rows_affected() as i64 == ROWS_TOGETHER_MAX)
}

/// Does what the entries say. Gives how many changes did not happen, because the review does not stand as they need it.
pub(in crate::store::sqlite) async fn commit(
    connection: &mut SqliteConnection,
    units: &[Unit<'_>],
) -> Result<u64> {
    let mut ignored = 0;
    for unit in units {
        let mut at = 0;
        while at < unit.staged {
            let rows: Vec<(i64, String)> = sqlx::query_as(sql::STAGED)
                .bind(unit.number)
                .bind(at)
                .bind(ROWS_TOGETHER_MAX)
                .fetch_all(&mut *connection)
                .await
                .map_err(database_error(ENTERING))?;
            let entries = rows.iter().map(|(_, body)| serde_json::from_str(body));
            let entries: Vec<ReviewEntry> =
                entries.collect::<serde_json::Result<_>>().map_err(|_| CORRUPT)?;
            ignored += apply(connection, unit, &entries).await?;
            at = rows.last().map_or(unit.staged, |(position, _)| position + 1);
        }
        if unit.staged > 0 {
            sqlx::query(sql::UNSTAGE)
                .bind(unit.number)
                .execute(&mut *connection)
                .await
                .map_err(database_error(ENTERING))?;
        }
        ignored += apply(connection, unit, unit.held).await?;
    }
    Ok(ignored)
}

/// Takes entries in order: runs of new reviews together, changes one by one.
async fn apply(
    connection: &mut SqliteConnection,
    unit: &Unit<'_>,
    entries: &[ReviewEntry],
) -> Result<u64> {
    let mut ignored = 0;
    let mut new: Vec<(&ReviewRecord, &str)> = Vec::new();
    let mut attested = Vec::new();
    for entry in entries {
        match entry {
            ReviewEntry::Review(texted) => new.push((&texted.review, &texted.text)),
            ReviewEntry::Change(change) => {
                insert(connection, unit, &std::mem::take(&mut new)).await?;
                ignored += u64::from(!apply_change(connection, unit, change).await?);
            }
            ReviewEntry::Clock(change) => {
                insert(connection, unit, &std::mem::take(&mut new)).await?;
                ignored += u64::from(!apply_clock(connection, unit, change).await?);
            }
            ReviewEntry::Told(receipt) => tell(connection, unit, receipt).await?,
            ReviewEntry::Attestation(attestation) => attested.push(attestation),
        }
    }
    insert(connection, unit, &new).await?;
    let attested = attested.into_iter().map(|attestation: &Attestation| {
        Ok((attestation, serde_json::to_string(attestation).map_err(|_| CORRUPT)?))
    });
    let attested = attested.collect::<Result<Vec<_>>>()?;
    ATTESTATION
        .run(connection, &attested, |(attestation, body), binds| {
            binds.add(&*attestation.subject).add(attestation.at_micros).add(body.as_str());
        })
        .await?;
    Ok(ignored)
}

/// Writes new reviews, joins those that are not the first of their kind, and lets the others take the place of what they follow.
async fn insert(
    connection: &mut SqliteConnection,
    unit: &Unit<'_>,
    reviews: &[(&ReviewRecord, &str)],
) -> Result<()> {
    if reviews.is_empty() {
        return Ok(());
    }
    let failed = database_error(ENTERING);
    let last: i64 =
        sqlx::query_scalar(sql::LAST).fetch_one(&mut *connection).await.map_err(&failed)?;
    let rows = reviews.iter().map(|(review, text)| {
        Ok((*review, *text, serde_json::to_string(review).map_err(|_| CORRUPT)?))
    });
    let rows: Vec<(&ReviewRecord, &str, String)> = rows.collect::<Result<_>>()?;
    REVIEW.run(connection, &rows, |row, binds| bind(unit, row, binds)).await?;
    for statement in [sql::PROVIDERS, sql::TRACES, sql::ANNOUNCED, sql::RECEIVED] {
        sqlx::query(statement).bind(last).execute(&mut *connection).await.map_err(&failed)?;
    }
    // All rows: only a statement that is run to its end is done when the call returns.
    let joined =
        sqlx::query(sql::JOIN).bind(last).fetch_all(&mut *connection).await.map_err(&failed)?;
    let mut lost = Vec::new();
    let mut events = Vec::new();
    for row in joined {
        let receipt: String = row.try_get(0).map_err(&failed)?;
        let Some(to): Option<String> = row.try_get(1).map_err(&failed)? else { continue };
        let state: String = row.try_get(4).map_err(&failed)?;
        let state = ReviewState::from_word(&state).ok_or(CORRUPT)?;
        events.push(Event { kind: "joined", state, detail: to, receipt: receipt.clone() });
        lost.push(receipt);
    }
    for (review, _) in reviews.iter().filter(|(review, _)| review.follows.is_some()) {
        if lost.iter().any(|receipt| **receipt == *review.receipt) {
            continue;
        }
        let is_cancelled: Option<i64> = sqlx::query_scalar(sql::CANCELLED_OF_CHAIN)
            .bind(&*review.first)
            .bind(&*review.receipt)
            .fetch_optional(&mut *connection)
            .await
            .map_err(&failed)?;
        if is_cancelled.is_some() {
            // What it follows was cancelled meanwhile, which is final.
            cancel(connection, unit, &review.receipt).await?;
        } else if review.state.is_certified() || review.state == ReviewState::Noted {
            replace(connection, review, &mut events).await?;
        }
    }
    write_events(connection, unit, &events).await
}

fn bind(unit: &Unit<'_>, (review, text, body): &(&ReviewRecord, &str, String), binds: &mut Binds) {
    binds.add(&*review.receipt).add(review.number.as_deref()).add(&*review.first);
    binds.add(review.kind.word()).add(review.state.word());
    binds.add(&*review.subscriber).add(&*review.suffix);
    binds.add(date_to_column(review.from)).add(date_to_column(review.to));
    binds.add(review.request_key.cast_signed()).add(review.service_key.cast_signed());
    binds.add(review.due_micros).add(unit.at_micros).add(unit.number);
    binds.add(body.as_str()).add(*text);
}

/// Something that happened to a review.
struct Event {
    receipt: String,
    kind: &'static str,
    state: ReviewState,
    detail: String,
}

async fn write_events(
    connection: &mut SqliteConnection,
    unit: &Unit<'_>,
    events: &[Event],
) -> Result<()> {
    EVENT
        .run(connection, events, |event, binds| {
            binds.add(event.receipt.as_str()).add(unit.at_micros).add(unit.who).add(unit.number);
            binds.add(event.kind).add(event.state.word()).add(event.detail.as_str());
        })
        .await
}

/// A certified review takes the place of those of its chain that came before it.
async fn replace(
    connection: &mut SqliteConnection,
    review: &ReviewRecord,
    events: &mut Vec<Event>,
) -> Result<()> {
    let replaced: Vec<(String, String)> = sqlx::query_as(sql::REPLACE)
        .bind(&*review.first)
        .bind(&*review.receipt)
        .fetch_all(connection)
        .await
        .map_err(database_error(ENTERING))?;
    for (receipt, state) in replaced {
        let state = ReviewState::from_word(&state).ok_or(CORRUPT)?;
        events.push(Event { kind: "replaced", state, detail: review.receipt.to_string(), receipt });
    }
    Ok(())
}

/// A review as it is stored.
struct Stored {
    id: i64,
    state: ReviewState,
    chain: String,
    body: String,
}

impl Stored {
    fn review(&self) -> Result<ReviewRecord> {
        serde_json::from_str(&self.body).map_err(|_| CORRUPT)
    }
}

async fn stored(connection: &mut SqliteConnection, receipt: &str) -> Result<Option<Stored>> {
    let row: Option<(i64, String, String, String)> = sqlx::query_as(sql::ONE)
        .bind(receipt)
        .fetch_optional(connection)
        .await
        .map_err(database_error(ENTERING))?;
    let Some((id, state, chain, body)) = row else { return Ok(None) };
    let state = ReviewState::from_word(&state).ok_or(CORRUPT)?;
    Ok(Some(Stored { id, state, chain, body }))
}

/// Writes a review as it is now; `text` and `successor` replace those that are stored where they are given.
async fn update(
    connection: &mut SqliteConnection,
    id: i64,
    review: &ReviewRecord,
    (text, successor): (&str, Option<&str>),
) -> Result<()> {
    sqlx::query(sql::UPDATE)
        .bind(id)
        .bind(review.number.as_deref())
        .bind(review.state.word())
        .bind(date_to_column(review.from))
        .bind(date_to_column(review.to))
        .bind(review.due_micros)
        .bind(serde_json::to_string(review).map_err(|_| CORRUPT)?)
        .bind(text)
        .bind(successor)
        .execute(connection)
        .await
        .map_err(database_error(ENTERING))?;
    Ok(())
}

/// Makes a change, where the review stands so that it can be made; gives whether it was.
async fn apply_change(
    connection: &mut SqliteConnection,
    unit: &Unit<'_>,
    change: &ReviewChange,
) -> Result<bool> {
    let failed = database_error(ENTERING);
    let Some(stored) = stored(connection, &change.receipt).await? else { return Ok(false) };
    let state = stored.state;
    let mut events = Vec::new();
    let happens = state.may_become(change.state);
    if !happens {
        let detail = change.state.word().to_owned();
        events.push(Event { receipt: change.receipt.to_string(), kind: "ignored", state, detail });
        write_events(connection, unit, &events).await?;
        return Ok(false);
    }
    let mut review = stored.review()?;
    change.make(&mut review, unit.at_micros);
    update(connection, stored.id, &review, (&change.text, change.successor.as_deref())).await?;
    let kind = if change.state == ReviewState::Cancelled { "cancelled" } else { "decided" };
    let reasons = change.reasons.iter().map(|reason| &**reason);
    let detail = std::iter::once(&*change.rule).chain(reasons).collect::<Vec<_>>().join(" ");
    events.push(Event { receipt: change.receipt.to_string(), kind, state: change.state, detail });
    if change.state.is_certified() && review.follows.is_some() {
        replace(connection, &review, &mut events).await?;
    }
    write_events(connection, unit, &events).await?;
    if change.tell {
        sqlx::query(sql::TELL)
            .bind(&*change.receipt)
            .execute(&mut *connection)
            .await
            .map_err(&failed)?;
    }
    if change.state == ReviewState::Cancelled && state.is_certified() {
        // With what is certified goes what would have changed it.
        let waiting: Vec<String> = sqlx::query_scalar(sql::WAITING_OF_CHAIN)
            .bind(stored.chain)
            .bind(&*change.receipt)
            .fetch_all(&mut *connection)
            .await
            .map_err(&failed)?;
        for receipt in waiting {
            cancel(connection, unit, &receipt).await?;
        }
    }
    Ok(true)
}

/// Gives a review that waits another time; gives whether it waits.
async fn apply_clock(
    connection: &mut SqliteConnection,
    unit: &Unit<'_>,
    change: &ClockChange,
) -> Result<bool> {
    let Some(stored) = stored(connection, &change.receipt).await? else { return Ok(false) };
    let state = stored.state;
    if state != ReviewState::Pended {
        return Ok(false);
    }
    let mut review = stored.review()?;
    review.due_micros = change.due_micros;
    review.closes_micros = change.closes_micros;
    review.extended |= &*change.kind == "extended";
    review.state = state;
    update(connection, stored.id, &review, ("", None)).await?;
    let kind = if &*change.kind == "extended" { "extended" } else { "documents" };
    let (receipt, detail) = (change.receipt.to_string(), change.detail.to_string());
    write_events(connection, unit, &[Event { receipt, kind, state, detail }]).await?;
    Ok(true)
}

/// Takes note that the requester was told.
async fn tell(connection: &mut SqliteConnection, unit: &Unit<'_>, receipt: &str) -> Result<()> {
    let told = sqlx::query(sql::TOLD)
        .bind(receipt)
        .execute(&mut *connection)
        .await
        .map_err(database_error(ENTERING))?
        .rows_affected();
    if told == 0 {
        return Ok(());
    }
    let Some(Stored { state, .. }) = stored(connection, receipt).await? else { return Ok(()) };
    let (receipt, detail) = (receipt.to_owned(), String::new());
    write_events(connection, unit, &[Event { receipt, kind: "told", state, detail }]).await
}

/// Cancels a review whose chain is cancelled.
async fn cancel(connection: &mut SqliteConnection, unit: &Unit<'_>, receipt: &str) -> Result<()> {
    let change = ReviewChange::cancellation(receipt, "chain");
    Box::pin(apply_change(connection, unit, &change)).await?;
    Ok(())
}
