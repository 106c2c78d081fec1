//! `reviews decide`: a review that waits is decided, and the final 278 written.

use std::path::PathBuf;

use clap::{ArgGroup, Args};
use serde::Serialize;
use time::Date;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::super::store::day;
use super::{Opened, Reviews, failed, outgoing, waiting};
use x12gate::answer::review::{FinalAnswer, Verdict, decide};
use x12gate::guide::Registry;
use x12gate::store::{Access, ReviewEntry, ReviewRecord};

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
    #[arg(long, value_name = "REASON", value_parser = reason)]
    deny: Option<String>,
    /// Certify this quantity instead of what was asked for
    #[arg(long, value_name = "QUANTITY", value_parser = clap::value_parser!(u32).range(1..))]
    modify: Option<u32>,
    /// The reason of a modification (HCR03)
    #[arg(long, value_name = "REASON", default_value = "10", value_parser = reason, requires = "modify")]
    reason: String,
    /// The last day that is certified
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day, conflicts_with = "deny")]
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
    let (review, answer, text) = decided?;
    let mut file = None;
    if let (Some(folder), Some(text)) = (&decide.output, &text) {
        file = Some(outgoing::write(folder, &review, text)?.display().to_string());
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

/// Decides, stores and writes; the text is none where nobody is known who could be told.
async fn settle(
    opened: &Opened,
    args: &Decide,
) -> Result<(ReviewRecord, FinalAnswer, Option<Vec<u8>>)> {
    let stores = &opened.stores;
    let refused = |why: &str| Failure::Refused(format!("review {}: {why}", args.number));
    let (review, history) = waiting(opened, &args.number).await?;
    if args.until.is_some_and(|until| until < review.from) {
        return Err(refused("it would end before it begins"));
    }
    // What is extended or changed keeps its number.
    let kept = history.reviews.iter().rev().find_map(|review| review.number.clone());
    let number = match kept {
        Some(number) => number,
        None if args.deny.is_some() => Box::default(),
        None => {
            let sequence = stores.journal.take_control_numbers("review", 1).await;
            let sequence = sequence.map_err(failed("take an authorization number"))?;
            let form = &opened.config.reviews.number;
            form.replace("{sequence}", &format!("{sequence:08}")).into()
        }
    };
    let now = opened.local_now();
    let answer = decide(&review, &args.verdict(), &number, args.until, &args.message, now)
        .ok_or_else(|| refused("what was answered to it cannot be read"))?;
    let (desk, untold) = (opened.final_reviews(), |e| Failure::new("write the 278", e));
    let text = match desk.address(&review).await.map_err(untold)? {
        Some(to) => Some(desk.interchange(&answer.review, &to).await.map_err(untold)?),
        None => None,
    };
    let entries = vec![ReviewEntry::Change(Box::new(answer.change.clone()))];
    let ignored = stores.reviews.enter(entries, &opened.operator()).await;
    if ignored.map_err(failed("store the decision"))? > 0 {
        return Err(refused("it was decided meanwhile"));
    }
    Ok((review, answer, text))
}

/// A reason of the list that HCR03 is taken from.
fn reason(text: &str) -> std::result::Result<String, String> {
    let code = text.to_uppercase();
    let list = Registry::embedded().codes().set("review-decisions");
    match list.and_then(|list| list.rows_of(code.as_bytes()).last()) {
        Some(_) => Ok(code),
        None => {
            Err("not a reason of HCR03; `x12gate codes show review-decisions` lists them".into())
        }
    }
}
