//! `reviews list`, `search` and `export`.

use clap::{Args, ValueEnum};
use time::Date;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::super::store::day;
use super::super::table::{self, table};
use super::super::wording::counted;
use super::{ReviewJson, Reviews, failed, instant, provider, quantity};
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::{Access, ReviewPage, ReviewQuery, ReviewState};

#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,
    /// Only those that have to be decided within this many hours, the next first
    #[arg(long, value_name = "HOURS")]
    due_within: Option<u32>,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
}

#[derive(Args, Debug)]
pub(super) struct Search {
    /// Words, all of which must be found
    #[arg(value_name = "WORD", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
}

#[derive(Args, Debug)]
pub(super) struct Export {
    #[command(flatten)]
    filter: Filter,
}

/// Which reviews.
#[derive(Args, Debug)]
struct Filter {
    /// Only those in this state
    #[arg(long, value_enum)]
    state: Vec<State>,
    /// Only those that this provider (NPI) asked for or is to give services of
    #[arg(long, value_name = "NPI")]
    provider: Option<String>,
    /// Only those with a day on this one or later
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    from: Option<Date>,
    /// Only those with a day on this one or before
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    to: Option<Date>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    /// Waits for a decision
    Pended,
    /// Certified as asked
    Approved,
    /// Certified in part
    Partial,
    /// Certified, but not as asked
    Modified,
    /// Not certified
    Denied,
    /// Withdrawn
    Cancelled,
    /// A notification
    Noted,
}

impl State {
    fn state(self) -> ReviewState {
        match self {
            State::Pended => ReviewState::Pended,
            State::Approved => ReviewState::Approved,
            State::Partial => ReviewState::Partial,
            State::Modified => ReviewState::Modified,
            State::Denied => ReviewState::Denied,
            State::Cancelled => ReviewState::Cancelled,
            State::Noted => ReviewState::Noted,
        }
    }
}

impl Filter {
    fn query(&self, limit: u32) -> ReviewQuery {
        let bounds = (self.from.unwrap_or(Date::MIN), self.to.unwrap_or(Date::MAX));
        let is_bounded = self.from.is_some() || self.to.is_some();
        ReviewQuery {
            states: self.state.iter().map(|state| state.state()).collect(),
            provider: self.provider.as_deref().map(Box::from),
            period: is_bounded.then_some(bounds),
            limit,
            ..ReviewQuery::default()
        }
    }
}

pub(super) fn run(args: &Reviews, list: &List, out: &mut Output) -> Result<Exit> {
    let mut query = list.filter.query(list.limit);
    if let Some(hours) = list.due_within {
        let until = SystemClock.now() + time::Duration::hours(i64::from(hours));
        query.states = vec![ReviewState::Pended];
        query.due_before_micros = Some((until.unix_timestamp_nanos() / 1000) as i64);
    }
    show(args, &query, out)
}

pub(super) fn search(args: &Reviews, search: &Search, out: &mut Output) -> Result<Exit> {
    let words = search.words.iter().map(|word| Box::from(word.as_str())).collect();
    show(args, &ReviewQuery { words, ..search.filter.query(search.limit) }, out)
}

pub(super) fn export(args: &Reviews, export: &Export, out: &mut Output) -> Result<Exit> {
    let page = find(args, &export.filter.query(0))?;
    if args.format == Format::Json {
        for review in &page.reviews {
            out.json(&ReviewJson::new(review))?;
        }
        return Ok(Exit::Clean);
    }
    let mut writer = csv::Writer::from_writer(Vec::new());
    for review in &page.reviews {
        writer
            .serialize(ReviewJson::new(review))
            .map_err(|error| Failure::new("write comma-separated values", error))?;
    }
    let text = writer
        .into_inner()
        .map_err(|error| Failure::new("write comma-separated values", error.into_error()))?;
    out.bytes(&text)?;
    Ok(Exit::Clean)
}

fn find(args: &Reviews, query: &ReviewQuery) -> Result<ReviewPage> {
    let opened = args.open(Access::Read)?;
    let page = opened.runtime.block_on(opened.stores.reviews.search(query));
    opened.close();
    page.map_err(failed("search the reviews"))
}

fn show(args: &Reviews, query: &ReviewQuery, out: &mut Output) -> Result<Exit> {
    let page = find(args, query)?;
    if args.format == Format::Json {
        for review in &page.reviews {
            out.json(&ReviewJson::new(review))?;
        }
        return Ok(Exit::Clean);
    }
    let mut rows = table([
        "Number",
        "Kind",
        "State",
        "Patient",
        "Requester",
        "Provider",
        "From",
        "To",
        "Granted",
        "Due",
    ]);
    for review in &page.reviews {
        rows.add_row([
            review.number.as_deref().unwrap_or(&review.receipt).to_owned(),
            review.kind.word().to_owned(),
            review.state.word().to_owned(),
            format!("{}{} {}", review.subscriber, review.suffix, review.last),
            review.requester.id.to_string(),
            review.providers.first().map(provider).unwrap_or_default(),
            review.from.to_string(),
            review.to.to_string(),
            quantity(review.granted.as_ref().or(review.asked.as_ref())),
            review.due_micros.map(instant).unwrap_or_default(),
        ]);
    }
    if !page.reviews.is_empty() {
        out.text(&table::text(&rows))?;
    }
    let shown = page.reviews.len() as u64;
    let total = counted(page.total, "review");
    match shown == page.total {
        true => out.line(&total)?,
        false => out.line(&format!("{shown} of {total} shown"))?,
    }
    Ok(Exit::Clean)
}
