//! `reports`: what partners sent and how it was answered, as comma-separated values.

use std::fs::File;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use time::Date;

use super::at_store::{self, micros_now};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use super::store::day;
use super::store_args::StoreArgs;
use x12gate::activity::{Subject, partners, write};
use x12gate::config::ReportKind;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::Access;

/// Write a report about partners as comma-separated values
///
/// `serve` puts the same reports into the folder `reports` of each partner, at the time in the settings ([timetable] reports_at).
#[derive(Args, Debug)]
pub(super) struct Reports {
    /// Which report
    #[arg(value_enum, value_name = "REPORT")]
    kind: Kind,
    /// Of this partner; of all without it
    #[arg(long, value_name = "ID")]
    partner: Option<String>,
    /// First day, by the payer's local time [default: the first of the month]
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    from: Option<Date>,
    /// Last day [default: today]
    #[arg(long, value_name = "CCYY-MM-DD", value_parser = day)]
    to: Option<Date>,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    store: StoreArgs,
}

/// The reports.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Kind {
    /// How much came on each day, and what became of it
    Activity,
    /// Each interchange with its acknowledgments and replies, and what is missing
    Acknowledgments,
    /// The share of answers that were in time, as the CORE operating rules count them
    ResponseTimes,
    /// Credentials that expire soon
    Credentials,
}

impl From<Kind> for ReportKind {
    fn from(kind: Kind) -> ReportKind {
        match kind {
            Kind::Activity => ReportKind::Activity,
            Kind::Acknowledgments => ReportKind::Acknowledgments,
            Kind::ResponseTimes => ReportKind::ResponseTimes,
            Kind::Credentials => ReportKind::Credentials,
        }
    }
}

/// Runs `reports`.
pub(super) fn run(args: &Reports, out: &mut Output) -> Result<Exit> {
    at_store::with(&args.store, Access::Read, async |stores, config| {
        let today = config.identity.local_time().at(SystemClock.now()).date();
        let to = args.to.unwrap_or(today);
        let from = args.from.unwrap_or_else(|| to.replace_day(1).unwrap_or(to));
        if from > to {
            return Err(Failure::Refused(format!("{from} is after {to}")));
        }
        let subject =
            Subject { partner: args.partner.as_deref(), from, to, now_micros: micros_now() };
        let kind = args.kind.into();
        let failed = |e| Failure::new("write the report", e);
        let partners = partners(stores, config).await.map_err(failed)?;
        match &args.output {
            Some(path) => {
                let mut file = File::create(path)
                    .map_err(|e| Failure::new(format!("write {}", path.display()), e))?;
                write(kind, &subject, stores, config, &partners, &mut file)
                    .await
                    .map_err(failed)?;
            }
            None => {
                let mut text = Vec::new();
                write(kind, &subject, stores, config, &partners, &mut text)
                    .await
                    .map_err(failed)?;
                out.bytes(&text)?;
            }
        }
        Ok(Exit::Clean)
    })
}
