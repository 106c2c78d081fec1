//! `claims search`: the list of claims, by words and by keys.

use std::fs::File;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::Date;

use super::super::envelope::parse_date;
use super::super::exit::Exit;
use super::super::failure::{Failure, Result};
use super::super::output::Output;
use super::super::table::{self, table};
use super::super::wording::grouped;
use super::ledger::Ledger;
use super::{Claims, Shape};
use x12gate::portal::claims::{CLAIM_COLUMNS, ClaimRow};
use x12gate::portal::money;
use x12gate::store::{Access, ClaimOrder, ClaimQuery, ClaimVersion, MemberSearch, Owner};

/// Claims that are read together for an export.
const EXPORT_PAGE: u32 = 1000;

#[derive(Args, Debug)]
pub(super) struct Search {
    /// Words that must all match, in any field: numbers, dates, months, amounts, checks, names, member IDs, statuses, procedures
    #[arg(value_name = "WORD")]
    words: Vec<String>,
    /// Only these claim numbers
    #[arg(long, value_name = "NUMBER", num_args = 1..)]
    claim: Vec<String>,
    /// Only claims of this patient: a member ID with or without suffix, or a name
    #[arg(long, value_name = "ID|NAME")]
    patient: Option<String>,
    /// Only claims of this provider: billing, rendering or payee, by NPI or name
    #[arg(long, value_name = "NPI|NAME")]
    provider: Option<String>,
    /// Only claims that are paid to this NPI; may be repeated
    #[arg(long, value_name = "NPI")]
    payee: Vec<String>,
    /// Only claims with a day of service in this period: 2026-01-01..2026-03-31, or one day
    #[arg(long, value_name = "FROM..TO", value_parser = period)]
    period: Option<(Date, Date)>,
    /// Only claims that replaced another, or were replaced
    #[arg(long)]
    adjusted: bool,
    /// Only claims with a procedure in this range of codes: 99201..99215, or one code
    #[arg(long, value_name = "A..B", value_parser = codes)]
    procedures: Option<(String, String)>,
    /// The order; the best match first unless there are no words
    #[arg(long, value_enum, default_value_t = Order::Relevance)]
    sort: Order,
    /// Which page
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    page: u32,
    /// Claims on a page
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    size: u32,
    /// Write all pages to this file instead, as CSV or, with --format json, as a line a claim
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Order {
    /// The best match first
    Relevance,
    /// The newest service first
    Newest,
    /// The oldest service first
    Oldest,
}

/// Runs `claims search`.
pub(super) fn run(args: &Claims, search: &Search, out: &mut Output) -> Result<Exit> {
    let ledger = Ledger::open(args, Access::Read)?;
    let query = query(&ledger, search)?;
    let done = match (&search.output, args.format) {
        (Some(path), shape) => {
            let file = File::create_new(path)
                .map_err(|e| Failure::new(format!("create {}", path.display()), e))?;
            let mut file = Output::to(file);
            export(&ledger, query, shape == Shape::Json, &mut file)
                .and_then(|total| file.flush().map(|()| total))
                .and_then(|total| {
                    let counted = super::super::wording::counted(total, "claim");
                    out.line(&format!("{counted} written to {}", path.display()))
                })
        }
        (None, Shape::Csv) => export(&ledger, query, false, out).map(|_| ()),
        (None, shape) => page(&ledger, &query, shape == Shape::Json, out),
    };
    ledger.close();
    done.map(|()| Exit::Clean)
}

fn query(ledger: &Ledger, search: &Search) -> Result<ClaimQuery> {
    let mut words: Vec<Box<str>> = split(&search.words);
    let mut members: Vec<Owner> = Vec::new();
    if let Some(patient) = &search.patient {
        if patient.bytes().any(|byte| byte.is_ascii_digit()) {
            members = owners(ledger, patient)?;
        }
        if members.is_empty() {
            words.extend(split(std::slice::from_ref(patient)));
        }
    }
    let provider = search.provider.as_deref();
    let is_npi = |text: &&str| text.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(name) = provider.filter(|text| !is_npi(text)) {
        words.extend(split(&[name.to_owned()]));
    }
    Ok(ClaimQuery {
        words,
        numbers: search.claim.iter().map(|number| number.as_str().into()).collect(),
        members,
        provider: provider.filter(is_npi).map(Box::from),
        period: search.period,
        procedures: search
            .procedures
            .as_ref()
            .map(|(first, last)| (first.as_str().into(), last.as_str().into())),
        only_adjusted: search.adjusted,
        payees: (!search.payee.is_empty())
            .then(|| search.payee.iter().map(|npi| npi.as_str().into()).collect()),
        form: None,
        charge: None,
        order: match search.sort {
            Order::Relevance => ClaimOrder::Relevance,
            Order::Newest => ClaimOrder::Newest,
            Order::Oldest => ClaimOrder::Oldest,
        },
        offset: (search.page - 1).saturating_mul(search.size),
        limit: search.size,
    })
}

/// Words are apart by blanks or commas.
fn split(texts: &[String]) -> Vec<Box<str>> {
    let words = texts.iter().flat_map(|text| text.split([' ', ',', '\t']));
    words.filter(|word| !word.is_empty()).map(Box::from).collect()
}

/// The members that an id means.
fn owners(ledger: &Ledger, id: &str) -> Result<Vec<Owner>> {
    let searches = [MemberSearch::Id(x12gate::store::normalise_id(id).into())];
    let found = ledger.run("find the patient", ledger.stores.members.find(&searches))?;
    let owner = |file: x12gate::store::MemberFile| Owner {
        subscriber: file.member.subscriber,
        suffix: file.member.suffix,
    };
    Ok(found.into_iter().flatten().map(owner).collect())
}

fn rows(ledger: &Ledger, claims: &[ClaimVersion]) -> Result<Vec<ClaimRow>> {
    let firsts = ledger.firsts(claims)?;
    let row = |claim: &ClaimVersion| {
        let first = firsts.iter().find(|first| first.number == claim.original);
        ClaimRow::new(claim, ledger.why_not(claim, first).as_deref())
    };
    Ok(claims.iter().map(row).collect())
}

fn page(ledger: &Ledger, query: &ClaimQuery, json: bool, out: &mut Output) -> Result<()> {
    let found = ledger.run("search the claims", ledger.stores.claims.search(query))?;
    let rows = rows(ledger, &found.claims)?;
    if json {
        return rows.iter().try_for_each(|row| out.json(row));
    }
    if rows.is_empty() {
        return out.line(match found.total {
            0 => "no claims",
            _ => "there are no claims on this page",
        });
    }
    let mut shown = table([
        "Claim",
        "Patient",
        "Provider\nPayee",
        "Billed\nPaid",
        "Status",
        "Start\nReceived",
        "Adjusted",
        "Adjustable",
    ]);
    for row in &rows {
        let flag = |is: bool| if is { "yes" } else { "no" }.to_owned();
        shown.add_row([
            row.number.clone(),
            format!("{}\n{}", row.patient, row.member),
            format!("{}\n{}", row.provider, row.payee),
            format!("{}\n{}", dollars(&row.billed), dollars(&row.paid)),
            format!("{} {}\n{}", row.category, row.status, row.status_words),
            format!("{}\n{}", row.start, row.received),
            flag(row.adjusted),
            row.reason.clone().unwrap_or_else(|| "yes".to_owned()),
        ]);
    }
    out.text(&table::text(&shown))?;
    let first = u64::from(query.offset) + 1;
    let last = u64::from(query.offset) + rows.len() as u64;
    out.line(&format!("{} to {} of {}", grouped(first), grouped(last), grouped(found.total)))
}

/// `1,234.50`, with its sign of currency.
pub(super) fn dollars(plain: &str) -> String {
    plain.parse().map_or_else(|_| plain.to_owned(), money)
}

/// Writes every page; gives how many claims there were.
fn export(ledger: &Ledger, mut query: ClaimQuery, json: bool, out: &mut Output) -> Result<u64> {
    (query.offset, query.limit) = (0, EXPORT_PAGE);
    if !json {
        out.text(&line(&CLAIM_COLUMNS)?)?;
    }
    let mut written = 0;
    loop {
        let found = ledger.run("search the claims", ledger.stores.claims.search(&query))?;
        for row in rows(ledger, &found.claims)? {
            match json {
                true => out.json(&row)?,
                false => out.text(&line(&row.cells())?)?,
            }
        }
        written += found.claims.len() as u64;
        if found.claims.is_empty() || written >= found.total {
            return Ok(written);
        }
        query.offset = u32::try_from(written).map_err(|e| Failure::new("export so many", e))?;
    }
}

/// A line of CSV.
fn line(cells: &[&str]) -> Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(cells).map_err(|e| Failure::new("write CSV", e))?;
    let bytes = writer.into_inner().map_err(|e| Failure::new("write CSV", e.into_error()))?;
    String::from_utf8(bytes).map_err(|e| Failure::new("write CSV", e))
}

/// `A..B`, or one for both.
fn ends(text: &str) -> (&str, &str) {
    text.split_once("..").unwrap_or((text, text))
}

fn period(text: &str) -> std::result::Result<(Date, Date), String> {
    let (from, to) = ends(text);
    let (from, to) = (parse_date(from)?, parse_date(to)?);
    if from > to { Err("the period ends before it begins".to_owned()) } else { Ok((from, to)) }
}

fn codes(text: &str) -> std::result::Result<(String, String), String> {
    let (first, last) = ends(text);
    let is_code =
        |code: &str| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match is_code(first) && is_code(last) && first <= last {
        true => Ok((first.to_uppercase(), last.to_uppercase())),
        false => Err("write a range of codes as 99201..99215".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_ranges_are_read() {
        use time::macros::date;
        let year = (date!(2026 - 01 - 01), date!(2026 - 12 - 31));
        assert_eq!(period("2026-01-01..2026-12-31"), Ok(year));
        assert_eq!(period("20260101..20261231"), Ok(year));
        assert_eq!(period("2026-01-01"), Ok((year.0, year.0)));
        assert!(period("2026-02-01..2026-01-01").is_err() && period("July").is_err());
        assert_eq!(codes("99201..99215"), Ok(("99201".to_owned(), "99215".to_owned())));
        assert_eq!(codes("g0101"), Ok(("G0101".to_owned(), "G0101".to_owned())));
        assert!(codes("99215..99201").is_err() && codes("..").is_err());
    }

    #[test]
    fn words_are_apart_by_blanks_and_commas() {
        let words = split(&["July smith,99213".to_owned(), "doe".to_owned()]);
        assert_eq!(
            words,
            ["July".into(), "smith".into(), "99213".into(), "doe".into()] as [Box<str>; 4]
        );
    }

    #[test]
    fn cells_with_commas_are_quoted() {
        assert_eq!(line(&["a", "DOE, JANE"]).unwrap(), "a,\"DOE, JANE\"\n");
    }
}
