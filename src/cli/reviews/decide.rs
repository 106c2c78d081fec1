//! `reviews decide`: a review that waits is decided, and the final 278 written.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use serde::Serialize;
use time::{Date, PrimitiveDateTime};

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::super::store::day;
use super::{Opened, Reviews, failed};
use x12gate::answer::review::{FinalAnswer, Verdict, decide};
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::{
    Access, Actor, InterchangeFilter, InterchangeRow, ReviewEntry, ReviewRecord, ReviewState,
};
use x12gate::txn::envelope::{EnvelopeWriter, GroupForm, Party, write_ge, write_iea};
use x12gate::txn::review::{Purpose, Side};

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("verdict").required(true).args(["approve", "deny", "modify"])))]
pub(super) struct Decide {
    /// Receipt of the review (REF*NT)
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Certify it as asked
    #[arg(long)]
    approve: bool,
    /// Do not certify it, for this reason (HCR03)
    #[arg(long, value_name = "REASON")]
    deny: Option<String>,
    /// Certify this quantity instead of what was asked for
    #[arg(long, value_name = "QUANTITY")]
    modify: Option<u32>,
    /// The reason of a modification (HCR03)
    #[arg(long, value_name = "REASON", default_value = "10", requires = "modify")]
    reason: String,
    /// The last day that is certified
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    until: Option<Date>,
    /// A few words for the provider
    #[arg(long, value_name = "TEXT", default_value = "")]
    message: String,
    /// Write the 278 to this folder; to standard output without it
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

/// What was decided, as JSON.
#[derive(Serialize)]
struct Decided<'d> {
    receipt: &'d str,
    number: Option<&'d str>,
    state: &'d str,
    file: Option<String>,
}

impl Decide {
    fn verdict(&self) -> Verdict {
        match (&self.deny, self.modify) {
            (Some(reason), _) => Verdict::Deny { reason: reason.as_str().into() },
            (None, Some(quantity)) => {
                Verdict::Modify { quantity, reason: self.reason.as_str().into() }
            }
            (None, None) => Verdict::Approve,
        }
    }
}

pub(super) fn run(args: &Reviews, decide: &Decide, out: &mut Output) -> Result<Exit> {
    let opened = args.open(Access::Write)?;
    let decided = opened.runtime.block_on(settle(&opened, decide));
    opened.close();
    let (answer, text) = decided?;
    let mut file = None;
    if let (Some(folder), Some(text)) = (&decide.output, &text) {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::new(format!("create {}", folder.display()), error))?;
        let path = folder.join(format!("{}.278", answer.change.receipt));
        std::fs::write(&path, text)
            .map_err(|error| Failure::new(format!("write {}", path.display()), error))?;
        file = Some(path.display().to_string());
    }
    let change = &answer.change;
    let shown = Decided {
        receipt: &change.receipt,
        number: change.number.as_deref(),
        state: change.state.word(),
        file,
    };
    match (args.format, &decide.output, text) {
        (Format::Json, ..) => out.json(&shown)?,
        (Format::Text, None, Some(text)) => out.bytes(&text)?,
        (Format::Text, _, _) => {
            let number =
                shown.number.map(|number| format!(", number {number}")).unwrap_or_default();
            out.line(&format!("{}: {}{number}", shown.receipt, shown.state))?;
            if let Some(file) = &shown.file {
                out.line(file)?;
            }
        }
    }
    Ok(Exit::Clean)
}

/// Decides, stores and writes; the text is none where no interchange brought the review.
async fn settle(opened: &Opened, args: &Decide) -> Result<(FinalAnswer, Option<Vec<u8>>)> {
    let stores = &opened.stores;
    let refused = |why: &str| Failure::Refused(format!("review {}: {why}", args.number));
    let history = stores
        .reviews
        .histories(&[args.number.trim().into()])
        .await
        .map_err(failed("read the review"))?
        .pop()
        .flatten()
        .ok_or_else(|| refused("there is none"))?;
    let waits = |review: &&ReviewRecord| review.state == ReviewState::Pended && review.is_latest();
    let named = history.reviews.iter().find(|review| *review.receipt == *args.number.trim());
    let review = named.filter(waits).or_else(|| history.reviews.iter().rev().find(waits));
    let review = review.ok_or_else(|| refused("it does not wait for a decision"))?;
    // What is extended or changed keeps its number.
    let kept = history.reviews.iter().rev().find_map(|review| review.number.clone());
    let number = match kept {
        Some(number) => number,
        None => {
            let sequence = stores.journal.take_control_numbers("review", 1).await;
            let sequence = sequence.map_err(failed("take an authorization number"))?;
            let form = &opened.config.reviews.number;
            form.replace("{sequence}", &format!("{sequence:08}")).into()
        }
    };
    let at = SystemClock.now();
    let offset = time::Duration::minutes(i64::from(opened.config.identity.utc_offset_minutes));
    let local = at + offset;
    let now = PrimitiveDateTime::new(local.date(), local.time());
    let answer = decide(review, &args.verdict(), &number, args.until, &args.message, now)
        .ok_or_else(|| refused("what was answered to it cannot be read"))?;
    let origin = origin(opened, review).await?;
    let text = match &origin {
        Some(origin) => Some(write(opened, &answer, origin, review, now).await?),
        None => None,
    };
    let by = Actor { who: "operator".into(), at_micros: (at.unix_timestamp_nanos() / 1000) as i64 };
    let entries = vec![ReviewEntry::Change(Box::new(answer.change.clone()))];
    let ignored = stores.reviews.enter(entries, &by).await.map_err(failed("store the decision"))?;
    if ignored > 0 {
        return Err(refused("it was decided meanwhile"));
    }
    Ok((answer, text))
}

/// The interchange that brought the review.
async fn origin(opened: &Opened, review: &ReviewRecord) -> Result<Option<InterchangeRow>> {
    if review.interchange == 0 {
        return Ok(None);
    }
    let filter = InterchangeFilter {
        id: Some(review.interchange),
        limit: 1,
        ..InterchangeFilter::default()
    };
    let mut rows =
        opened.stores.journal.list(&filter).await.map_err(failed("read the interchange"))?;
    Ok(rows.pop())
}

/// The interchange of the final 278, back to who sent the request.
async fn write(
    opened: &Opened,
    answer: &FinalAnswer,
    origin: &InterchangeRow,
    review: &ReviewRecord,
    now: PrimitiveDateTime,
) -> Result<Vec<u8>> {
    let party = |text: &str| {
        let (qualifier, id) = text.split_once(':').unwrap_or(("ZZ", text));
        Party { qualifier: qualifier.into(), id: id.trim().into() }
    };
    let key = &origin.opening.key;
    let envelope = EnvelopeWriter::new(party(&key.receiver), party(&key.sender), !key.test, now);
    let journal = &opened.stores.journal;
    let mut numbers = [0; 2];
    for (number, series) in numbers.iter_mut().zip(["isa", "gs"]) {
        let series = format!("{}/{series}", review.partner);
        *number = journal
            .take_control_numbers(&series, 1)
            .await
            .map_err(failed("take a control number"))?;
    }
    let [isa, gs] = numbers;
    let cannot = |error| Failure::new("write the 278", error);
    let mut out = envelope.emitter();
    let form = GroupForm { functional: "HI", version: Purpose::Request.guide() };
    envelope.isa(&mut out, isa).map_err(cannot)?;
    envelope.gs(&mut out, form, gs).map_err(cannot)?;
    answer.review.write(Purpose::Request, Side::Answer, "0001", &mut out).map_err(cannot)?;
    write_ge(&mut out, 1, gs).map_err(cannot)?;
    write_iea(&mut out, 1, isa).map_err(cannot)?;
    Ok(out.into_bytes())
}
