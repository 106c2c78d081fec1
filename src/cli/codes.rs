//! `codes`: the lists of codes that are here, and those that guides ask for and that are not.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::table::{self, table};
use super::wording::grouped;
use super::{lists, rules};
use x12gate::config::Config;
use x12gate::dict::{CodeSet, LISTINGS, Listing, Period, Row, Supply, listing_of};
use x12gate::finding::render::printable;
use x12gate::guide::Registry;

/// List, show or check code lists
#[derive(Args, Debug)]
pub(super) struct Codes {
    #[command(subcommand)]
    what: What,
    /// Folder of your own code lists: CSV files, or files as their publishers provide them
    #[arg(long, value_name = "DIR", global = true)]
    codes: Option<PathBuf>,
    /// Folder of your own guides, overlays and code lists, in addition to the built-in ones
    #[arg(long, value_name = "DIR", global = true)]
    guides: Option<PathBuf>,
    /// Settings file, which names the folder of code lists
    #[arg(
        long,
        value_name = "FILE",
        env = "X12GATE_CONFIG",
        hide_env_values = true,
        global = true
    )]
    config: Option<PathBuf>,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List all code lists, their source, and the sets that use them
    List {
        /// Output format
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Show the codes of a list, or when a code was valid
    Show {
        /// The list, such as place-of-service
        list: String,
        /// The code; default: all codes
        code: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Check a folder of code lists, and show what it contains
    Check {
        /// Folder of .csv, .txt and .codes files
        folder: PathBuf,
    },
}

/// Runs `codes`.
pub(super) fn run(args: &Codes, out: &mut Output) -> Result<Exit> {
    match &args.what {
        What::List { format } => list(&args.registry()?, *format, out),
        What::Show { list, code, format } => {
            show(&args.registry()?, list, code.as_deref(), *format, out)
        }
        What::Check { folder } => check(folder, out),
    }
}

impl Codes {
    fn registry(&self) -> Result<Registry> {
        let config = match &self.config {
            Some(path) => Config::load(path).map_err(|e| Failure::new("read the settings", e))?,
            None => Config::default(),
        };
        let codes = self.codes.as_ref().or(config.codes_directory());
        rules::registry(self.guides.as_deref(), codes.map(PathBuf::as_path))
    }
}

/// A list, as JSON.
#[derive(Serialize)]
struct ListLine<'a> {
    list: &'a str,
    title: &'a str,
    keeper: &'a str,
    supply: &'a str,
    loaded: bool,
    edition: Option<&'a str>,
    codes: Option<usize>,
    complete_until: Option<u32>,
    /// First and last day of each period.
    covers: Vec<(Option<u32>, Option<u32>)>,
    files: Vec<&'a str>,
    asked_by: Vec<String>,
}

fn list(registry: &Registry, format: Format, out: &mut Output) -> Result<Exit> {
    let has_list = |listing: &&Listing| listing.supply != Supply::Unlisted;
    let known: BTreeSet<&str> =
        LISTINGS.iter().filter(has_list).map(|listing| listing.name).collect();
    let added = registry.codes().added().map(|set| set.name());
    let names: BTreeSet<&str> = known.into_iter().chain(added).collect();
    let mut rows = table(["List", "What", "Edition", "Codes", "From", "Used by"]);
    for name in names {
        let set = registry.codes().set(name);
        let listing = listing_of(name);
        let asked = asked_by(registry, name);
        if format == Format::Json {
            let origin = set.map(|set| set.origin());
            out.json(&ListLine {
                list: name,
                title: listing.map_or("", |listing| listing.title),
                keeper: listing.map_or("", |listing| listing.keeper),
                supply: listing.map_or("", |listing| listing.supply.as_str()),
                loaded: set.is_some(),
                edition: origin.map(|origin| &*origin.edition),
                codes: set.map(|set| set.codes()),
                complete_until: set.and_then(|set| some(set.complete())),
                covers: set.map_or_else(Vec::new, |set| {
                    let days = |period: &Period| (some(period.from), some(period.until));
                    set.covers().iter().map(days).collect()
                }),
                files: origin
                    .map_or_else(Vec::new, |o| o.files.iter().map(|file| &**file).collect()),
                asked_by: asked.iter().map(|(id, set)| format!("{id} {set}")).collect(),
            })?;
            continue;
        }
        let from = match set.map(|set| &set.origin().files) {
            None => {
                listing.map_or("", |listing| listing.supply.as_str()).to_owned() + ", not loaded"
            }
            Some(files) if files.is_empty() => "built in".to_owned(),
            Some(files) => files.join(", "),
        };
        let sets: BTreeSet<&str> = asked.iter().map(|(_, set)| set.as_str()).collect();
        rows.add_row([
            name.to_owned(),
            listing.map_or("", |listing| listing.title).to_owned(),
            set.map_or_else(|| "-".to_owned(), |set| set.origin().edition.to_string()),
            set.map_or_else(|| "-".to_owned(), |set| grouped(set.codes() as u64)),
            from,
            sets.into_iter().collect::<Vec<_>>().join(" "),
        ]);
    }
    if format == Format::Text {
        out.text(&table::text(&rows))?;
    }
    Ok(Exit::Clean)
}

/// Ids and sets of the guides that look codes up in this list.
fn asked_by(registry: &Registry, name: &str) -> BTreeSet<(String, String)> {
    let asks = |guide: &&std::sync::Arc<x12gate::guide::Guide>| {
        guide.lists.iter().any(|list| *list.name == *name)
    };
    registry.all().filter(asks).map(|guide| (guide.id.to_string(), guide.set.to_string())).collect()
}

/// A code, as JSON.
#[derive(Serialize)]
struct CodeLine<'a> {
    list: &'a str,
    code: &'a str,
    from: Option<u32>,
    until: Option<u32>,
    description: &'a str,
}

fn show(
    registry: &Registry,
    name: &str,
    code: Option<&str>,
    format: Format,
    out: &mut Output,
) -> Result<Exit> {
    let Some(set) = registry.codes().set(name) else {
        let words = match listing_of(name) {
            Some(listing) => format!(
                "code list {name} ({}, {}) is not loaded; name a folder of code lists with --codes",
                listing.title,
                listing.supply.as_str()
            ),
            None => format!("unknown code list {name}; see `x12gate codes list`"),
        };
        return Err(Failure::Refused(words));
    };
    let rows: Vec<Row<'_>> = match code {
        Some(code) => set.rows_of(code.as_bytes()).collect(),
        None => set.rows().collect(),
    };
    if let (Some(code), true) = (code, rows.is_empty()) {
        out.line(&format!("{} is not a code in {}", printable(code.as_bytes()), heading(set)))?;
        return Ok(Exit::Findings);
    }
    if format == Format::Json {
        for Row { code, period, label } in rows {
            let (from, until) = (some(period.from), some(period.until));
            out.json(&CodeLine { list: name, code, from, until, description: label })?;
        }
        return Ok(Exit::Clean);
    }
    out.line(&heading(set))?;
    let mut shown = table(["Code", "From", "Until", "Description"]);
    for Row { code, period, label } in rows {
        shown.add_row([code.to_owned(), date(period.from), date(period.until), label.to_owned()]);
    }
    out.text(&table::text(&shown))?;
    Ok(Exit::Clean)
}

fn check(folder: &std::path::Path, out: &mut Output) -> Result<Exit> {
    let read = lists::read(folder)?;
    for set in &read.lists {
        let files = set.origin().files.join(", ");
        out.line(&format!("{}: {} codes from {files}", heading(set), grouped(set.codes() as u64)))?;
        if listing_of(set.name()).is_none() {
            out.line(&format!("{}: no guide here uses a list of this name", set.name()))?;
        }
    }
    for file in &read.skipped {
        out.line(&format!("{file}: skipped, not a code list"))?;
    }
    Ok(Exit::Clean)
}

/// `drgs, edition 43 of CMS`, with the days it speaks of.
fn heading(set: &CodeSet) -> String {
    let origin = set.origin();
    let mut words = set.name().to_owned();
    if !origin.edition.is_empty() {
        words.push_str(&format!(", edition {}", origin.edition));
    }
    if !origin.source.is_empty() {
        words.push_str(&format!(" of {}", origin.source));
    }
    for days in set.covers() {
        words.push_str(&format!(", {} to {}", date(days.from), date(days.until)));
    }
    words
}

fn some(day: u32) -> Option<u32> {
    (day != 0).then_some(day)
}

/// `2025-10-01`, or nothing.
fn date(day: u32) -> String {
    match day {
        0 => String::new(),
        day => format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100),
    }
}
