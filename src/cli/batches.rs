//! `interchanges batches`: what came by CAQH CORE, and which of the replies were picked up.

use clap::{Args, ValueEnum};
use serde::Serialize;
use time::Date;
use tokio::runtime::Runtime;

use super::failure::{Failure, Result};
use super::interchanges::instant;
use super::output::{Format, Output};
use super::store::{day, micros};
use super::table::{self, table};
use super::wording::grouped;
use x12gate::store::{BatchFilter, ListedBatch, ListedResult, Stores};

/// Batches read at once.
const PAGE: u32 = 1000;

/// Output of these commands.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    /// Plain text
    Text,
    /// One JSON object per line
    Json,
    /// Comma-separated values (batches)
    Csv,
}

impl Shape {
    /// The format of commands that write no CSV.
    pub(super) fn plain(self) -> Result<Format> {
        match self {
            Shape::Text => Ok(Format::Text),
            Shape::Json => Ok(Format::Json),
            Shape::Csv => Err(Failure::Refused("only batches can be written as CSV".to_owned())),
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct Batches {
    /// Only those of this partner
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// Only those received on this day (UTC) or later
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    since: Option<Date>,
    /// Only those received on this day (UTC) or before
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    until: Option<Date>,
    /// Only those in this state
    #[arg(long, value_enum)]
    state: Option<State>,
    /// Show at most this many rows, one for each reply
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
}

/// What became of a batch, or of a reply to it.
#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// The batch is not answered yet
    Waiting,
    /// The batch could not be worked on, and is set aside
    Failed,
    /// The batch is answered, and nothing is said to it
    Nothing,
    /// The reply can be picked up, and was not
    NotPickedUp,
    /// The reply was picked up, and not confirmed
    PickedUp,
    /// The partner has confirmed the reply
    Confirmed,
}

impl State {
    fn of(batch: &ListedBatch, result: Option<&ListedResult>) -> State {
        match (result, &*batch.state) {
            (Some(result), _) if result.confirmed_micros.is_some() => State::Confirmed,
            (Some(result), _) if result.picked_micros.is_some() => State::PickedUp,
            (Some(_), _) => State::NotPickedUp,
            (None, "waiting") => State::Waiting,
            (None, "failed") => State::Failed,
            (None, _) => State::Nothing,
        }
    }

    fn words(self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Failed => "failed",
            State::Nothing => "nothing to say",
            State::NotPickedUp => "not picked up",
            State::PickedUp => "picked up",
            State::Confirmed => "confirmed",
        }
    }
}

/// A reply to a batch, or a batch without one.
#[derive(Serialize)]
struct Row<'b> {
    batch: u64,
    partner: &'b str,
    received: String,
    payload_type: &'b str,
    payload_id: &'b str,
    bytes: u64,
    state: &'static str,
    reason: &'b str,
    reply: Option<&'b str>,
    reply_payload_id: Option<&'b str>,
    reply_bytes: Option<u64>,
    ready: Option<String>,
    picked_up: Option<String>,
    confirmed: Option<String>,
}

impl<'b> Row<'b> {
    fn of(batch: &'b ListedBatch, result: Option<&'b ListedResult>) -> Row<'b> {
        Row {
            batch: batch.id,
            partner: &batch.partner,
            received: instant(batch.received_micros),
            payload_type: &batch.payload_type,
            payload_id: &batch.payload_id,
            bytes: batch.bytes,
            state: State::of(batch, result).words(),
            reason: &batch.reason,
            reply: result.map(|result| &*result.kind),
            reply_payload_id: result.map(|result| &*result.payload_id),
            reply_bytes: result.map(|result| result.bytes),
            ready: result.map(|result| instant(result.ready_micros)),
            picked_up: result.and_then(|result| result.picked_micros).map(instant),
            confirmed: result.and_then(|result| result.confirmed_micros).map(instant),
        }
    }
}

/// Runs it.
pub(super) fn list(
    runtime: &Runtime,
    stores: &Stores,
    args: &Batches,
    shape: Shape,
    out: &mut Output,
) -> Result<()> {
    let batches = runtime.block_on(read(stores, args))?;
    let rows = batches.iter().flat_map(|batch| {
        let none = batch.results.is_empty().then_some(None);
        let results = batch.results.iter().map(Some).chain(none);
        results.filter(|result| is_wanted(args, batch, *result)).map(|it| Row::of(batch, it))
    });
    let rows: Vec<Row<'_>> = rows.take(args.limit as usize).collect();
    match shape {
        Shape::Json => rows.iter().try_for_each(|row| out.json(row)),
        Shape::Csv => csv(&rows, out),
        Shape::Text if rows.is_empty() => out.line("no batches"),
        Shape::Text => text(&rows, out),
    }
}

fn is_wanted(args: &Batches, batch: &ListedBatch, result: Option<&ListedResult>) -> bool {
    args.state.is_none_or(|state| state == State::of(batch, result))
}

/// As many batches as there are rows wanted, or a few more.
async fn read(stores: &Stores, args: &Batches) -> Result<Vec<ListedBatch>> {
    let Some(mailbox) = stores.backend.mailbox() else { return Ok(Vec::new()) };
    let until = args.until.map(|day| micros(day.saturating_add(time::Duration::DAY)));
    let mut filter = BatchFilter {
        partner: args.partner.as_deref().map(Box::from),
        since_micros: args.since.map_or(i64::MIN, micros),
        until_micros: until.unwrap_or(i64::MAX),
        before_id: 0,
        limit: PAGE,
    };
    let (mut found, mut rows) = (Vec::new(), 0);
    while rows < args.limit as usize {
        let page = mailbox.list(&filter).await.map_err(|e| Failure::new("list batches", e))?;
        let Some(oldest) = page.last() else { break };
        (filter.until_micros, filter.before_id) = (oldest.received_micros, oldest.id);
        for batch in page {
            let of_results =
                batch.results.iter().filter(|result| is_wanted(args, &batch, Some(result))).count();
            let alone = batch.results.is_empty() && is_wanted(args, &batch, None);
            let wanted = of_results + usize::from(alone);
            rows += wanted;
            if wanted > 0 {
                found.push(batch);
            }
        }
    }
    Ok(found)
}

fn csv(rows: &[Row<'_>], out: &mut Output) -> Result<()> {
    let failed = |e| Failure::new("write CSV", e);
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row).map_err(failed)?;
    }
    let text = writer.into_inner().map_err(|e| Failure::new("write CSV", e.into_error()))?;
    out.bytes(&text)
}

fn text(rows: &[Row<'_>], out: &mut Output) -> Result<()> {
    let mut shown = table([
        "Batch",
        "Received (UTC)",
        "Partner",
        "Payload ID",
        "Bytes",
        "Reply",
        "State",
        "Picked up (UTC)",
        "Confirmed (UTC)",
    ]);
    for row in rows {
        shown.add_row([
            row.batch.to_string(),
            row.received.clone(),
            row.partner.to_owned(),
            row.payload_id.to_owned(),
            grouped(row.bytes),
            row.reply.unwrap_or_default().to_owned(),
            row.state.to_owned(),
            row.picked_up.clone().unwrap_or_default(),
            row.confirmed.clone().unwrap_or_default(),
        ]);
    }
    out.text(&table::text(&shown))
}
