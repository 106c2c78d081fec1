//! `interchanges`: what came, what became of it, and its bytes and replies again.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use sha2::{Digest, Sha256};
use time::{Date, OffsetDateTime};
use tokio::runtime::Runtime;

use super::batches::{self, Batches, Shape};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::store::{day, micros, must_be_there};
use super::store_args::StoreArgs;
use super::table::{self, table};
use super::wording::{counted, grouped};
use x12gate::gateway::Lane;
use x12gate::store::{Access, Archive, InterchangeFilter, InterchangeRow, SetRow, Stores};

/// Bytes that are copied at once.
const COPY_BYTES: usize = 1 << 16;

/// List and show the interchanges that were answered, and write them or their replies again
#[derive(Args, Debug)]
pub(super) struct Interchanges {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    at: StoreArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Shape::Text, global = true)]
    format: Shape,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List interchanges, the newest first
    List(List),
    /// Show an interchange: times, sets with their number of findings, replies
    Show(Show),
    /// Write an interchange as it was received
    Export(Export),
    /// Write the replies to an interchange again
    Replay(Replay),
    /// List batches that came by CAQH CORE, and which of their replies were picked up
    Batches(Batches),
}

#[derive(Args, Debug)]
struct List {
    /// Only those of this partner
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// Only those received on this day (UTC) or later
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    since: Option<Date>,
    /// Only those received on this day (UTC) or before
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    until: Option<Date>,
    /// Only those with this interchange control number
    #[arg(long, value_name = "N")]
    control: Option<u32>,
    /// Only those with this outcome
    #[arg(long, value_enum)]
    outcome: Option<Became>,
    /// Only those of this lane
    #[arg(long, value_enum)]
    lane: Option<Came>,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Became {
    /// Every set was accepted
    Accepted,
    /// Some sets were rejected
    Partial,
    /// Every set was rejected
    Rejected,
    /// The interchange itself was rejected
    Refused,
}

impl Became {
    fn as_str(self) -> &'static str {
        match self {
            Became::Accepted => "accepted",
            Became::Partial => "partial",
            Became::Rejected => "rejected",
            Became::Refused => "refused",
        }
    }
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Came {
    /// The sender waited for the answer
    RealTime,
    /// A file
    Batch,
}

#[derive(Args, Debug)]
struct Show {
    /// The ID in the list
    #[arg(value_name = "ID")]
    id: u64,
    /// Show at most this many sets
    #[arg(long, value_name = "N", default_value_t = 100)]
    sets: u32,
}

#[derive(Args, Debug)]
struct Export {
    /// The ID in the list
    #[arg(value_name = "ID")]
    id: u64,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the replies instead
    #[arg(long)]
    replies: bool,
}

#[derive(Args, Debug)]
struct Replay {
    /// The ID in the list
    #[arg(value_name = "ID")]
    id: u64,
}

/// What every action needs.
struct Open {
    runtime: Runtime,
    stores: Stores,
    archive: Archive,
}

/// Runs `interchanges`.
pub(super) fn run(args: &Interchanges, out: &mut Output) -> Result<Exit> {
    let config = args.at.config()?;
    must_be_there(&config)?;
    let runtime = super::store::runtime()?;
    let stores = runtime.block_on(super::store::open(&config.store, Access::Read))?;
    let open = Open { runtime, stores, archive: config.archive.open() };
    let done = match &args.what {
        What::Batches(batches) => {
            batches::list(&open.runtime, &open.stores, batches, args.format, out)
        }
        What::List(list) => args.format.plain().and_then(|format| open.list(format, list, out)),
        What::Show(show) => args.format.plain().and_then(|format| open.show(format, show, out)),
        What::Export(export) => open.export(export, out),
        What::Replay(replay) => open.replies(replay.id, out),
    };
    open.runtime.block_on(open.stores.close());
    done.map(|()| Exit::Clean)
}

impl Open {
    fn list(&self, format: Format, list: &List, out: &mut Output) -> Result<()> {
        let filter = InterchangeFilter {
            id: None,
            partner: list.partner.as_deref().map(Box::from),
            since_micros: list.since.map(micros),
            until_micros: list.until.map(|day| micros(day.saturating_add(time::Duration::DAY))),
            control: list.control,
            outcome: list.outcome.map(|outcome| outcome.as_str().into()),
            lane: list.lane.map(|lane| {
                match lane {
                    Came::RealTime => Lane::RealTime.as_str(),
                    Came::Batch => Lane::Batch.as_str(),
                }
                .into()
            }),
            limit: list.limit,
        };
        let rows = self.listed(&filter)?;
        match format {
            Format::Json => rows.iter().try_for_each(|row| out.json(&Listed::of(row))),
            Format::Text if rows.is_empty() => out.line("no interchanges"),
            Format::Text => {
                let mut shown = table([
                    "ID",
                    "Received (UTC)",
                    "Partner",
                    "Via",
                    "Control",
                    "Bytes",
                    "Sets",
                    "Accepted",
                    "Findings",
                    "Outcome",
                ]);
                for row in &rows {
                    let listed = Listed::of(row);
                    shown.add_row([
                        row.id.to_string(),
                        listed.received,
                        row.opening.partner.to_string(),
                        row.opening.transport.to_string(),
                        listed.control,
                        grouped(row.end.bytes),
                        grouped(row.end.sets.into()),
                        grouped(row.end.accepted.into()),
                        grouped(row.end.findings),
                        row.end.outcome.to_string(),
                    ]);
                }
                out.text(&table::text(&shown))
            }
        }
    }

    fn listed(&self, filter: &InterchangeFilter) -> Result<Vec<InterchangeRow>> {
        self.runtime
            .block_on(self.stores.journal.list(filter))
            .map_err(|e| Failure::new("list interchanges", e))
    }

    /// One, with its replies.
    fn one(&self, id: u64) -> Result<InterchangeRow> {
        let filter = InterchangeFilter { id: Some(id), limit: 1, ..InterchangeFilter::default() };
        let found = self.listed(&filter)?.pop();
        let unknown = || Failure::Refused(format!("there is no interchange {id}"));
        let key = found.ok_or_else(unknown)?.opening.key;
        let found = self
            .runtime
            .block_on(self.stores.journal.find(std::slice::from_ref(&key)))
            .map_err(|e| Failure::new("find the interchange", e))?;
        found.into_iter().flatten().next().ok_or_else(unknown)
    }

    fn show(&self, format: Format, show: &Show, out: &mut Output) -> Result<()> {
        let row = self.one(show.id)?;
        let sets = self
            .runtime
            .block_on(self.stores.journal.sets(row.id, 0, show.sets))
            .map_err(|e| Failure::new("list the sets", e))?;
        match format {
            Format::Json => out.json(&Shown {
                interchange: Listed::of(&row),
                hash: hex(&row.end.hash),
                answered: instant(row.end.answered_micros),
                groups: row.end.groups,
                sets_shown: sets.iter().map(ShownSet::of).collect(),
                replies: row
                    .replies
                    .iter()
                    .map(|reply| {
                        let control = format!("{:09}", reply.control);
                        ShownReply { kind: &reply.kind, control, hash: hex(&reply.hash) }
                    })
                    .collect(),
            }),
            Format::Text => show_text(&row, &sets, out),
        }
    }

    fn export(&self, export: &Export, out: &mut Output) -> Result<()> {
        let mut file = match &export.output {
            None => None,
            Some(path) => {
                let created = File::create(path);
                Some(Output::to(
                    created.map_err(|e| Failure::new(format!("write {}", path.display()), e))?,
                ))
            }
        };
        let to = file.as_mut().unwrap_or(out);
        match export.replies {
            true => self.replies(export.id, to)?,
            false => self.bytes(export.id, to)?,
        }
        to.flush()
    }

    /// Writes the bytes of an interchange as they came.
    fn bytes(&self, id: u64, out: &mut Output) -> Result<()> {
        let row = self.one(id)?;
        let fail = |e| Failure::new("read the interchange", e);
        let original = self.runtime.block_on(self.stores.journal.original(row.id)).map_err(fail)?;
        let opened = self.archive.open_original(original, &row.end.hash);
        let opened = opened.map_err(|e| Failure::new("read the interchange", e))?;
        let kept = opened.ok_or_else(|| {
            Failure::Refused(format!("the bytes of interchange {id} were not kept"))
        })?;
        copy(kept, &row.end.hash, out)
    }

    /// Writes the replies to an interchange, one after the other.
    fn replies(&self, id: u64, out: &mut Output) -> Result<()> {
        for reply in &self.one(id)?.replies {
            let kept = self.archive.open_reply(reply);
            copy(kept.map_err(|e| Failure::new("read a reply", e))?, &reply.hash, out)?;
        }
        Ok(())
    }
}

fn show_text(row: &InterchangeRow, sets: &[SetRow], out: &mut Output) -> Result<()> {
    let listed = Listed::of(row);
    let usage = if row.opening.key.test { "test" } else { "production" };
    let mut about = table(["Interchange", &row.id.to_string()]);
    for (name, value) in [
        ("From", listed.sender.to_owned()),
        ("To", listed.receiver.to_owned()),
        ("Control number", format!("{} ({usage})", listed.control)),
        ("Partner", listed.partner.to_owned()),
        ("Came", format!("{} by {}", listed.lane, listed.transport)),
        ("Received", format!("{} UTC", listed.received)),
        ("Answered", format!("{} UTC", instant(row.end.answered_micros))),
        ("Bytes", grouped(row.end.bytes)),
        ("SHA-256", hex(&row.end.hash)),
        ("Outcome", listed.outcome.to_owned()),
        ("Findings", grouped(row.end.findings)),
    ] {
        about.add_row([name.to_owned(), value]);
    }
    out.text(&table::text(&about))?;
    if !sets.is_empty() {
        let mut shown =
            table(["Group", "Set", "Control", "Guide", "Outcome", "Errors", "Warnings"]);
        for set in sets {
            shown.add_row([
                set.group_control.to_string(),
                set.set_id.to_string(),
                set.control.to_string(),
                set.guide.to_string(),
                set.outcome.to_string(),
                grouped(set.errors.into()),
                grouped(set.warnings.into()),
            ]);
        }
        out.line("")?;
        out.text(&table::text(&shown))?;
        let more = u64::from(row.end.sets).saturating_sub(sets.len() as u64);
        if more > 0 {
            out.line(&format!("{} more; see --sets", counted(more, "set")))?;
        }
    }
    if !row.replies.is_empty() {
        let mut shown = table(["Reply", "Control", "SHA-256"]);
        for reply in &row.replies {
            let control = format!("{:09}", reply.control);
            shown.add_row([reply.kind.to_string(), control, hex(&reply.hash)]);
        }
        out.line("")?;
        out.text(&table::text(&shown))?;
    }
    Ok(())
}

/// Copies what is kept to the output. What was changed since must not pass for the same. The hash of an interchange leaves the
/// terminator of its IEA out.
fn copy(mut from: Box<dyn Read + Send>, hash: &[u8; 32], out: &mut Output) -> Result<()> {
    let (mut sha, mut buffer) = (Sha256::new(), vec![0; COPY_BYTES]);
    // All but the last byte is hashed.
    let mut last: Option<u8> = None;
    loop {
        let count = from.read(&mut buffer).map_err(|e| Failure::new("read what is kept", e))?;
        if count == 0 {
            break;
        }
        sha.update(last.as_slice());
        sha.update(&buffer[..count - 1]);
        last = Some(buffer[count - 1]);
        out.bytes(&buffer[..count])?;
    }
    let all = sha.clone().chain_update(last.as_slice()).finalize();
    match [all, sha.finalize()].into_iter().any(|sum| <[u8; 32]>::from(sum) == *hash) {
        true => Ok(()),
        false => Err(Failure::Refused("what is kept has been changed since".to_owned())),
    }
}

/// An interchange in a list, as JSON.
#[derive(Serialize)]
struct Listed<'r> {
    id: u64,
    received: String,
    partner: &'r str,
    lane: &'r str,
    transport: &'r str,
    sender: &'r str,
    receiver: &'r str,
    control: String,
    test: bool,
    bytes: u64,
    sets: u32,
    accepted: u32,
    findings: u64,
    outcome: &'r str,
}

impl<'r> Listed<'r> {
    fn of(row: &'r InterchangeRow) -> Self {
        let InterchangeRow { opening, end, .. } = row;
        // An interchange that was refused is recorded under its sender and the beginning of its hash.
        let sender = opening.key.sender.split('#').next().unwrap_or_default();
        Listed {
            id: row.id,
            received: instant(opening.received_micros),
            partner: &opening.partner,
            lane: &opening.lane,
            transport: &opening.transport,
            sender,
            receiver: &opening.key.receiver,
            control: format!("{:09}", opening.key.control),
            test: opening.key.test,
            bytes: end.bytes,
            sets: end.sets,
            accepted: end.accepted,
            findings: end.findings,
            outcome: &end.outcome,
        }
    }
}

/// An interchange by itself, as JSON.
#[derive(Serialize)]
struct Shown<'r> {
    #[serde(flatten)]
    interchange: Listed<'r>,
    hash: String,
    answered: String,
    groups: u32,
    sets_shown: Vec<ShownSet<'r>>,
    replies: Vec<ShownReply<'r>>,
}

/// A set, as JSON.
#[derive(Serialize)]
struct ShownSet<'r> {
    group: &'r str,
    set: &'r str,
    control: &'r str,
    guide: &'r str,
    outcome: &'r str,
    errors: u32,
    warnings: u32,
}

impl<'r> ShownSet<'r> {
    fn of(set: &'r SetRow) -> Self {
        ShownSet {
            group: &set.group_control,
            set: &set.set_id,
            control: &set.control,
            guide: &set.guide,
            outcome: &set.outcome,
            errors: set.errors,
            warnings: set.warnings,
        }
    }
}

/// A reply, as JSON.
#[derive(Serialize)]
struct ShownReply<'r> {
    kind: &'r str,
    control: String,
    hash: String,
}

/// A moment as people read it; empty for what was recorded before moments were.
pub(super) fn instant(micros: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1000);
    let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    match moment {
        Ok(moment) if micros > 0 => moment.format(format).unwrap_or_default(),
        _ => String::new(),
    }
}

fn hex(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
