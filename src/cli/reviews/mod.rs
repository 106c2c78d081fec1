//! `reviews`: the review ledger from the command line, a file for each action.

pub(in crate::cli) mod attest;
mod close;
mod decide;
mod extend;
mod list;
mod outgoing;
mod show;
mod try_out;

use clap::{Args, Subcommand};
use serde::Serialize;
use time::PrimitiveDateTime;
use tokio::runtime::Runtime;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::store::{must_be_there, open, runtime};
use super::store_args::StoreArgs;
use x12gate::answer::review::ReviewClock;
use x12gate::config::Config;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::{
    Access, Actor, Quantity, ReviewHistory, ReviewProvider, ReviewRecord, ReviewState, Stores,
};

/// List, search and show referrals, authorizations and notifications, decide those that wait, and try the rules
#[derive(Args, Debug)]
pub(super) struct Reviews {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    at: StoreArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    format: Format,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List reviews, the newest first; or those that are about to miss their time, the next first
    List(list::List),
    /// Search reviews by words: numbers, names, provider IDs, codes
    Search(list::Search),
    /// Show a review with its history
    Show(show::Show),
    /// Show what the rules decide about the requests in a file, and why; nothing is stored
    Try(try_out::Try),
    /// Decide a review that waits, and write the final 278
    Decide(decide::Decide),
    /// Write the final 278s of decisions that the requesters have not been told of
    Deliver(close::Deliver),
    /// Close the reviews whose documents were asked for and never came
    Close(close::Close),
    /// Extend the time to decide a review, where its clock allows it
    Extend(extend::Extend),
    /// Record what a provider attests: which text, who and when
    Attest(attest::Attest),
    /// Show what was attested about a review or by a provider
    Attestations(attest::Attestations),
    /// Write reviews as comma-separated values
    Export(list::Export),
}

/// Runs `reviews`.
pub(super) fn run(args: &Reviews, out: &mut Output) -> Result<Exit> {
    match &args.what {
        What::List(list) => list::run(args, list, out),
        What::Search(search) => list::search(args, search, out),
        What::Show(show) => show::run(args, show, out),
        What::Try(try_out) => try_out::run(args, try_out, out),
        What::Decide(decide) => decide::run(args, decide, out),
        What::Deliver(deliver) => close::deliver(args, deliver, out),
        What::Close(close) => close::run(args, close, out),
        What::Extend(extend) => extend::run(args, extend, out),
        What::Attest(attest) => attest::run(args, attest, out),
        What::Attestations(attestations) => attest::list(args, attestations, out),
        What::Export(export) => list::export(args, export, out),
    }
}

/// An open store.
struct Opened {
    config: Config,
    runtime: Runtime,
    stores: Stores,
}

impl Reviews {
    /// Opens the store that the arguments name.
    fn open(&self, access: Access) -> Result<Opened> {
        let config = self.at.config()?;
        must_be_there(&config)?;
        let runtime = runtime()?;
        let stores = runtime.block_on(open(&config.store, access))?;
        Ok(Opened { config, runtime, stores })
    }
}

impl Opened {
    /// What counts the time of reviews.
    fn clock(&self) -> ReviewClock {
        let local_time = self.config.identity.local_time();
        ReviewClock::new(self.config.reviews.clone().into(), local_time)
    }

    /// Now, in microseconds since 1970 UTC.
    fn now_micros(&self) -> i64 {
        i64::try_from(SystemClock.now().unix_timestamp_nanos() / 1000).unwrap_or(i64::MAX)
    }

    /// Now, in the payer's local time.
    fn local_now(&self) -> PrimitiveDateTime {
        self.clock().local(self.now_micros())
    }

    /// An instant as people read it, in the payer's local time.
    fn instant(&self, micros: i64) -> String {
        let format = time::macros::format_description!("[year]-[month]-[day] [hour]:[minute]");
        self.clock().local(micros).format(format).unwrap_or_default()
    }

    /// Who enters what a command does.
    fn operator(&self) -> Actor {
        Actor { who: "operator".into(), at_micros: self.now_micros() }
    }

    fn close(self) {
        self.runtime.block_on(self.stores.close());
    }
}

fn failed(doing: &str) -> impl Fn(x12gate::store::StoreError) -> Failure {
    move |error| Failure::new(doing, error)
}

/// The review with this number that waits for a decision, and the history it is in.
async fn waiting(opened: &Opened, number: &str) -> Result<(ReviewRecord, ReviewHistory)> {
    let refused = |why: &str| Failure::Refused(format!("review {number}: {why}"));
    let history = opened
        .stores
        .reviews
        .histories(&[number.trim().into()])
        .await
        .map_err(failed("read the review"))?
        .pop()
        .flatten()
        .ok_or_else(|| refused("there is none"))?;
    let waits = |review: &&ReviewRecord| review.state == ReviewState::Pended && review.is_latest();
    let named = history.reviews.iter().find(|review| *review.receipt == *number.trim());
    let review = named.filter(waits).or_else(|| history.reviews.iter().rev().find(waits));
    let review = review.cloned().ok_or_else(|| refused("it does not wait for a decision"))?;
    Ok((review, history))
}

/// A quantity as people read it: `3 VS`.
fn quantity(quantity: Option<&Quantity>) -> String {
    quantity.map_or_else(String::new, |one| format!("{} {}", one.count.normalize(), one.unit))
}

/// A provider as people read it.
fn provider(provider: &ReviewProvider) -> String {
    let name = [&*provider.last, &provider.first].join(" ");
    format!("{} {}", provider.id, name.trim()).trim().to_owned()
}

/// A review as JSON, and as a row of an export.
#[derive(Serialize)]
struct ReviewJson<'r> {
    receipt: &'r str,
    number: Option<&'r str>,
    kind: &'r str,
    state: &'r str,
    action: &'r str,
    reasons: String,
    certification: &'r str,
    service_type: &'r str,
    place: &'r str,
    level: &'r str,
    member: String,
    patient: String,
    plan: &'r str,
    requester: String,
    providers: String,
    from: String,
    to: String,
    asked: String,
    granted: String,
    rule: &'r str,
    message: &'r str,
    received: String,
    decided: Option<String>,
    due: Option<String>,
    closes: Option<String>,
    documents: String,
    reference: &'r str,
    partner: &'r str,
    interchange: u64,
    successor: Option<&'r str>,
}

impl<'r> ReviewJson<'r> {
    fn new(opened: &Opened, review: &'r ReviewRecord) -> ReviewJson<'r> {
        let instant = |micros| opened.instant(micros);
        let providers: Vec<String> = review.providers.iter().map(provider).collect();
        ReviewJson {
            receipt: &review.receipt,
            number: review.number.as_deref(),
            kind: review.kind.word(),
            state: review.state.word(),
            action: &review.action,
            reasons: review.reasons.join(" "),
            certification: &review.certification,
            service_type: &review.service_type,
            place: &review.place,
            level: &review.level,
            member: format!("{}{}", review.subscriber, review.suffix),
            patient: format!("{} {}", review.last, review.first_name),
            plan: &review.plan,
            requester: provider(&review.requester),
            providers: providers.join("; "),
            from: review.from.to_string(),
            to: review.to.to_string(),
            asked: quantity(review.asked.as_ref()),
            granted: quantity(review.granted.as_ref()),
            rule: &review.rule,
            message: &review.message,
            received: instant(review.received_micros),
            decided: review.decided_micros.map(instant),
            due: review.due_micros.map(instant),
            closes: review.closes_micros.map(instant),
            documents: review.documents.join(" "),
            reference: &review.reference,
            partner: &review.partner,
            interchange: review.interchange,
            successor: review.successor.as_deref(),
        }
    }
}
