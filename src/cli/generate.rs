//! `generate`: inquiries by the million from a seed, written as they are made, for load tests and examples.

use std::fs::File;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use time::{Date, PrimitiveDateTime, Time};

use super::envelope::{Mailboxes, Sheet, ccyymmdd, ge, hhmm, parse_date};
use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::Output;
use crate::service::{Clock, SystemClock};
use crate::store::Gender;
use crate::store::synthetic::{Person, person};
use crate::txn::eligibility::GUIDE;
use crate::wire::{Delimiters, EmitError, Emitter};

/// Write synthetic transactions from a seed
#[derive(Args, Debug)]
pub(super) struct Generate {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand, Debug)]
enum Kind {
    #[command(name = "270")]
    Inquiries(Inquiries),
}

/// Eligibility inquiries about synthetic members, one interchange
#[derive(Args, Debug)]
struct Inquiries {
    /// How many patients are asked about
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// The same seed and date give the same bytes
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Patients in one transaction set; the guide allows 99
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=99))]
    per_set: u32,
    /// Transaction sets in one functional group
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=999_999))]
    sets_per_group: u32,
    /// How many of a hundred patients get a defect the checker finds
    #[arg(long, value_name = "PERCENT", default_value_t = 0, value_parser = clap::value_parser!(u8).range(0..=100))]
    errors: u8,
    /// Ask about the first N members of `store load --synthetic N`
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(1..=90_000_000))]
    members: u64,
    /// Date of the inquiries and of service; today by default
    #[arg(long, value_name = "CCYYMMDD", value_parser = parse_date)]
    date: Option<Date>,
    /// The provider who asks
    #[arg(long, value_name = "NPI", default_value = "1234567893")]
    npi: String,
    /// Where to write; standard output by default
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// End each segment with a line feed too
    #[arg(long)]
    lines: bool,
    #[command(flatten)]
    mailboxes: Mailboxes,
}

/// Runs `generate`.
pub(super) fn run(args: &Generate, out: &mut Output) -> Result<Exit> {
    let Kind::Inquiries(args) = &args.kind;
    let mut writer = Writer::new(args);
    match &args.output {
        None => writer.write(out)?,
        Some(path) => {
            let doing = || format!("write {}", path.display());
            let file = File::create(path).map_err(|e| Failure::new(doing(), e))?;
            let mut file = Output::to(file);
            writer.write(&mut file)?;
            file.flush()?;
        }
    }
    Ok(Exit::Clean)
}

/// A small, fast, well-mixed generator (SplitMix64); nothing secret is made with it.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len() as u64) as usize]
    }
}

/// What is wrong with a patient that is to have a defect.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Defect {
    /// TRN03 is missing.
    TraceCompany,
    /// DMG02 is no date.
    BirthDate,
    /// DTP02 announces a range, a day follows.
    DateForm,
    /// EQ01 is no service type.
    ServiceType,
    /// NM108 is missing beside NM109.
    IdQualifier,
}

const DEFECTS: [Defect; 5] = [
    Defect::TraceCompany,
    Defect::BirthDate,
    Defect::DateForm,
    Defect::ServiceType,
    Defect::IdQualifier,
];

struct Writer<'a> {
    args: &'a Inquiries,
    random: Random,
    sheet: Sheet,
    emitter: Emitter,
    patients: u64,
    sets: u64,
    groups: u32,
}

/// Bytes gathered before they are written.
const FLUSH_BYTES: usize = 1 << 16;

impl<'a> Writer<'a> {
    fn new(args: &'a Inquiries) -> Self {
        // A fixed time of day, so that the bytes can be repeated.
        let date = args.date.unwrap_or_else(|| SystemClock.now().date());
        Writer {
            args,
            random: Random(args.seed),
            sheet: args.mailboxes.sheet(PrimitiveDateTime::new(date, Time::MIDNIGHT), 1),
            emitter: Emitter::new(Delimiters::STANDARD).with_line_feeds(args.lines),
            patients: 0,
            sets: 0,
            groups: 0,
        }
    }

    fn write(&mut self, out: &mut Output) -> Result<()> {
        let args = self.args;
        self.sheet.isa(&mut self.emitter)?;
        while self.patients < args.count {
            self.groups += 1;
            self.sheet.gs(&mut self.emitter, "HS", self.groups, GUIDE).map_err(emitting)?;
            let mut sets = 0;
            while sets < args.sets_per_group && self.patients < args.count {
                sets += 1;
                self.set(sets).map_err(emitting)?;
                if self.emitter.bytes().len() > FLUSH_BYTES {
                    out.bytes(&self.emitter.take())?;
                }
            }
            ge(&mut self.emitter, self.groups, sets).map_err(emitting)?;
        }
        self.sheet.iea(&mut self.emitter, self.groups).map_err(emitting)?;
        out.bytes(&self.emitter.take())
    }

    fn set(&mut self, number: u32) -> std::result::Result<(), EmitError> {
        self.sets += 1;
        let control = format!("{number:04}");
        let date = ccyymmdd(self.sheet.at.date());
        let out = &mut self.emitter;
        out.begin_set("270", &control, Some(GUIDE))?;
        out.segment("BHT")
            .text("0022")
            .text("13")
            .text(&format!("G{:09}", self.sets))
            .text(&date)
            .text(&hhmm(self.sheet.at.time()))
            .end()?;
        let source = out.level(None, "20", true)?;
        named(out, "PR", "SAMPLE HEALTH PLAN", "PI", "99999")?;
        let receiver = out.level(Some(source), "21", true)?;
        named(out, "1P", "SAMPLE CLINIC", "XX", &self.args.npi)?;
        for _ in 0..self.args.per_set {
            if self.patients == self.args.count {
                break;
            }
            self.patient(receiver, &date)?;
        }
        self.emitter.end_set(&control)
    }

    /// Somebody with an id of their own, so that they are asked for as a subscriber.
    fn member(&mut self) -> Person {
        loop {
            let person = person(self.random.below(self.args.members));
            if person.own_id {
                return person;
            }
        }
    }

    fn patient(&mut self, receiver: u32, date: &str) -> std::result::Result<(), EmitError> {
        self.patients += 1;
        let spoilt = self.random.below(100) < u64::from(self.args.errors);
        let defect = DEFECTS[self.random.below(DEFECTS.len() as u64) as usize];
        let has = |which: Defect| spoilt && defect == which;
        let member = self.member();
        let service =
            self.random.pick(&["30", "30", "30", "30", "98", "48", "33", "88", "UC", "MH"]);

        let trace = format!("T{:09}", self.patients);
        let out = &mut self.emitter;
        out.level(Some(receiver), "22", false)?;
        let company = if has(Defect::TraceCompany) { "" } else { "9X12GATE00" };
        out.segment("TRN").text("1").text(&trace).text(company).end()?;
        let qualifier = if has(Defect::IdQualifier) { "" } else { "MI" };
        out.segment("NM1")
            .text("IL")
            .text("1")
            .text(member.last)
            .text(member.first)
            .skip_to(8)
            .text(qualifier)
            .text(&member.id)
            .end()?;
        let birth = ccyymmdd(member.birth);
        let birth = if has(Defect::BirthDate) { "19801332" } else { &birth };
        out.segment("DMG").text("D8").text(birth).text(gender(member.gender)).end()?;
        let form = if has(Defect::DateForm) { "RD8" } else { "D8" };
        out.segment("DTP").text("291").text(form).text(date).end()?;
        out.segment("EQ").text(if has(Defect::ServiceType) { "ZZZ" } else { service }).end()
    }
}

fn named(
    out: &mut Emitter,
    entity: &str,
    name: &str,
    qualifier: &str,
    id: &str,
) -> std::result::Result<(), EmitError> {
    out.segment("NM1").text(entity).text("2").text(name).skip_to(8).text(qualifier).text(id).end()
}

fn emitting(error: EmitError) -> Failure {
    Failure::new("write the inquiries", error)
}

fn gender(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "F",
        Gender::Male => "M",
        Gender::Unknown => "",
    }
}
