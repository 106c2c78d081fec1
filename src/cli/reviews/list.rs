//! `reviews list`, `search` and `export`.

use clap::{Args, ValueEnum};
use time::Date;

use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::{Format, Output};
use super::super::store::day;
use super::super::table::{self, table};
use super::super::wording::counted;
use super::{Opened, ReviewJson, Reviews, failed, quantity};
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::{Access, ReviewPage, ReviewQuery, ReviewState};

#[derive(Args, Debug)]
pub(super) struct List {
    #[command(flatten)]
    filter: Filter,
    /// Only those that have to be decided within this many hours, the next first
    #[arg(long, value_name = "HOURS", conflicts_with = "state")]
    due_within: Option<u32>,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

#[derive(Args, Debug)]
pub(super) struct Search {
    /// Words, all of which must be found: numbers, names, IDs, codes, or how they begin
    #[arg(value_name = "WORD", required = true)]
    words: Vec<String>,
    #[command(flatten)]
    filter: Filter,
    /// Show at most this many
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
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
    fn query(&self, limit: u32) -> Result<ReviewQuery> {
        if let Some((from, to)) = self.from.zip(self.to).filter(|(from, to)| to < from) {
            return Err(Failure::Refused(format!("{to} is before {from}")));
        }
        let bounds = (self.from.unwrap_or(Date::MIN), self.to.unwrap_or(Date::MAX));
        let is_bounded = self.from.is_some() || self.to.is_some();
        Ok(ReviewQuery {
            states: self.state.iter().map(|state| state.state()).collect(),
            provider: self.provider.as_deref().map(Box::from),
            period: is_bounded.then_some(bounds),
            limit,
            ..ReviewQuery::default()
        })
    }
}

pub(super) fn run(args: &Reviews, list: &List, out: &mut Output) -> Result<Exit> {
    let mut query = list.filter.query(list.limit)?;
    if let Some(hours) = list.due_within {
        let until = SystemClock.now() + time::Duration::hours(i64::from(hours));
        query.states = vec![ReviewState::Pended];
        query.due_before_micros = Some((until.unix_timestamp_nanos() / 1000) as i64);
    }
    show(args, &query, out)
}

pub(super) fn search(args: &Reviews, search: &Search, out: &mut Output) -> Result<Exit> {
    let words = search.words.iter().map(|word| Box::from(word.as_str())).collect();
    show(args, &ReviewQuery { words, ..search.filter.query(search.limit)? }, out)
}

pub(super) fn export(args: &Reviews, export: &Export, out: &mut Output) -> Result<Exit> {
    let (opened, page) = find(args, &export.filter.query(0)?)?;
    let rows = page.reviews.iter().map(|review| ReviewJson::new(&opened, review));
    let text = match args.format {
        Format::Json => {
            rows.into_iter().try_for_each(|row| out.json(&row))?;
            Vec::new()
        }
        Format::Text => {
            let mut writer = csv::Writer::from_writer(Vec::new());
            for row in rows {
                writer
                    .serialize(row)
                    .map_err(|error| Failure::new("write comma-separated values", error))?;
            }
            writer
                .into_inner()
                .map_err(|error| Failure::new("write comma-separated values", error.into_error()))?
        }
    };
    opened.close();
    out.bytes(&text)?;
    Ok(Exit::Clean)
}

fn find(args: &Reviews, query: &ReviewQuery) -> Result<(Opened, ReviewPage)> {
    let opened = args.open(Access::Read)?;
    let page = opened.runtime.block_on(opened.stores.reviews.search(query));
    match page {
        Ok(page) => Ok((opened, page)),
        Err(error) => {
            opened.close();
            Err(failed("search the reviews")(error))
        }
    }
}

fn show(args: &Reviews, query: &ReviewQuery, out: &mut Output) -> Result<Exit> {
    let (opened, page) = find(args, query)?;
    let shown = match args.format {
        Format::Json => {
            let rows = page.reviews.iter().map(|review| ReviewJson::new(&opened, review));
            rows.into_iter().try_for_each(|row| out.json(&row))
        }
        Format::Text => text(&opened, &page, out),
    };
    opened.close();
    shown.map(|()| Exit::Clean)
}

fn text(opened: &Opened, page: &ReviewPage, out: &mut Output) -> Result<()> {
    let mut rows = table([
        "Number",
        "Kind",
        "State",
        "Patient",
        "Requester",
        "Provider",
        "Days",
        "Quantity",
        "Due",
    ]);
    let two = |one: &str, other: &str| format!("{one}\n{other}").trim().to_owned();
    for review in &page.reviews {
        let provider = review.providers.first();
        rows.add_row([
            review.number.as_deref().unwrap_or(&review.receipt).to_owned(),
            review.kind.word().to_owned(),
            review.state.word().to_owned(),
            two(&format!("{}{}", review.subscriber, review.suffix), &review.last),
            two(&review.requester.id, &review.requester.last),
            provider.map(|one| two(&one.id, &one.last)).unwrap_or_default(),
            two(&review.from.to_string(), &review.to.to_string()),
            quantity(review.granted.as_ref().or(review.asked.as_ref())),
            review.due_micros.map(|due| opened.instant(due).replace(' ', "\n")).unwrap_or_default(),
        ]);
    }
    if !page.reviews.is_empty() {
        out.text(&table::text(&rows))?;
    }
    match page.reviews.len() as u64 == page.total {
        true => out.line(&counted(page.total, "review")),
        false => out.line(&format!("{} of {} shown", page.reviews.len(), page.total)),
    }
}
