//! `directory`: the provider directory from the command line.

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use super::store::{must_be_there, open, runtime};
use super::store_args::StoreArgs;
use super::table::{self, table};
use x12gate::store::{Access, Location, Provider};

/// Show the locations of providers
#[derive(Args, Debug)]
pub(super) struct Directory {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    at: StoreArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Table, global = true)]
    format: Format,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    /// For people
    Table,
    /// One JSON object for each location
    Json,
}

#[derive(Subcommand, Debug)]
enum What {
    /// List the locations of a provider: one of them is named in a request for review (N3 and N4, or REF G5 with the site)
    List(List),
}

#[derive(Args, Debug)]
struct List {
    /// NPI of the provider
    #[arg(long, value_name = "NPI")]
    npi: String,
}

/// A location as JSON.
#[derive(Serialize)]
struct Line<'l> {
    npi: &'l str,
    provider: String,
    site: Option<&'l str>,
    name: Option<&'l str>,
    line1: &'l str,
    line2: Option<&'l str>,
    city: &'l str,
    state: &'l str,
    zip: &'l str,
}

impl<'l> Line<'l> {
    fn new(provider: &'l Provider, location: &'l Location) -> Line<'l> {
        let first = provider.first.as_deref().map(|first| format!(", {first}"));
        let address = &location.address;
        Line {
            npi: &provider.npi,
            provider: format!("{}{}", provider.last, first.unwrap_or_default()),
            site: location.site.as_deref(),
            name: location.name.as_deref(),
            line1: &address.line1,
            line2: address.line2.as_deref(),
            city: &address.city,
            state: &address.state,
            zip: &address.zip,
        }
    }
}

/// Runs `directory`.
pub(super) fn run(args: &Directory, out: &mut Output) -> Result<Exit> {
    let What::List(list) = &args.what;
    let config = args.at.config()?;
    must_be_there(&config)?;
    let runtime = runtime()?;
    let found = runtime.block_on(async {
        let stores = open(&config.store, Access::Read).await?;
        let ids = [Box::from(list.npi.trim())];
        let found = stores.providers.find(&ids).await;
        stores.close().await;
        found.map_err(|error| Failure::new("find the provider", error))
    });
    let Some(provider) = found?.into_iter().next().flatten() else {
        return Err(Failure::Refused(format!("no provider has the NPI {}", list.npi)));
    };
    let lines = provider.locations.iter().map(|location| Line::new(&provider, location));
    if args.format == Format::Json {
        lines.into_iter().try_for_each(|line| out.json(&line))?;
        return Ok(Exit::Clean);
    }
    if provider.locations.is_empty() {
        out.line("no location is on file")?;
        return Ok(Exit::Clean);
    }
    let mut rows = table(["NPI", "Provider", "Site", "Name", "Street", "City", "State", "ZIP"]);
    for line in lines {
        let street = [line.line1, line.line2.unwrap_or("")].join("\n");
        rows.add_row([
            line.npi,
            line.provider.as_str(),
            line.site.unwrap_or(""),
            line.name.unwrap_or(""),
            street.trim(),
            line.city,
            line.state,
            line.zip,
        ]);
    }
    out.text(&table::text(&rows))?;
    Ok(Exit::Clean)
}
