//! `store load` of an 834: the same as if a partner had sent it, with a report in place of replies.

use std::io::Read;
use std::path::Path;

use serde::Serialize;
use tokio::runtime::Runtime;

use super::exit::Exit;
use super::failure::{Failure, Result};
use super::output::{Format, Output};
use super::rules::registry;
use super::source::Source;
use super::wording::counted;
use x12gate::answer::enrollment::{
    EnrollmentFile, EnrollmentReport, EnrollmentService, EnrollmentSettings,
};
use x12gate::config::Config;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::partner::Partner;
use x12gate::store::Stores;

/// Bytes at the front of a file that tell what it is.
const FRONT_BYTES: u64 = 256;

/// A file's 834s in numbers, as JSON.
#[derive(Serialize)]
struct Loaded {
    file: String,
    kind: &'static str,
    rows: u64,
    members: u64,
    left_out: u64,
    differing: u64,
    missing: u64,
    refused: bool,
    remarks: Vec<RemarkRow>,
}

/// What there is to say of one member.
#[derive(Serialize)]
struct RemarkRow {
    set: u32,
    /// The position of INS; 0 for a member who is not in the set.
    segment: u32,
    words: String,
    about: &'static str,
    at: u32,
}

/// True when a file begins as an interchange does.
pub(super) fn is_interchange(path: &Path) -> bool {
    let mut front = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(FRONT_BYTES).read_to_end(&mut front));
    let front = front.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&front);
    read.is_ok() && front.trim_ascii_start().starts_with(b"ISA")
}

/// Loads the 834s of a file, all or nothing but for the members who are left out.
pub(super) fn load(
    path: &Path,
    config: &Config,
    format: Format,
    runtime: &Runtime,
    store: &Stores,
    out: &mut Output,
) -> Result<Exit> {
    let name = path.display().to_string();
    let registry = registry(None, config.codes_directory().map(std::path::PathBuf::as_path))?;
    let text = Source::open(path)?.bytes()?;
    let file = EnrollmentFile::read(&text, &registry, &config.policy());
    if let Some(report) = file.rejected.first() {
        let words = format!(
            "{name}: set {} is rejected, nothing was loaded; see `x12gate check`",
            report.ordinal
        );
        return Err(Failure::Refused(words));
    }
    if file.enrollments.is_empty() {
        return Err(Failure::Refused(format!("{name} has no enrollment (834) in it")));
    }
    let settings = EnrollmentSettings::of(&Partner::stranger(config));
    let ordinals = file.ordinals;
    let now = SystemClock.now();
    let now = time::PrimitiveDateTime::new(now.date(), now.time());
    let reports = runtime.block_on(async {
        let plans = store.plans.all().await?;
        let service = EnrollmentService::new(&plans);
        service.load_into(store, file.enrollments, settings, now).await
    });
    let reports = reports.map_err(|e| Failure::new("load", e))?;
    let loaded = summed(name, &ordinals, &reports);
    match format {
        Format::Json => out.json(&loaded)?,
        Format::Text => say(&loaded, out)?,
    }
    Ok(if loaded.remarks.is_empty() { Exit::Clean } else { Exit::Findings })
}

fn summed(file: String, ordinals: &[u32], reports: &[EnrollmentReport]) -> Loaded {
    let sum = |number: fn(&EnrollmentReport) -> u64| reports.iter().map(number).sum();
    let remarks = ordinals.iter().zip(reports).flat_map(|(set, report)| {
        report.remarks.iter().map(|remark| RemarkRow {
            set: *set,
            segment: remark.position,
            words: remark.words.to_lowercase(),
            about: remark.segment,
            at: remark.at,
        })
    });
    Loaded {
        file,
        kind: "enrollment",
        rows: sum(|report| report.loaded),
        members: sum(|report| report.members),
        left_out: sum(|report| report.left_out),
        differing: sum(|report| report.differing),
        missing: sum(|report| report.missing),
        refused: reports.iter().any(|report| report.refused),
        remarks: remarks.collect(),
    }
}

fn say(loaded: &Loaded, out: &mut Output) -> Result<()> {
    let mut line = format!("{}: {} loaded", loaded.file, counted(loaded.rows, "member"));
    for (number, words) in [
        (loaded.left_out, "left out"),
        (loaded.differing, "differing from the store"),
        (loaded.missing, "on file but not listed"),
    ] {
        if number > 0 {
            line.push_str(&format!(", {number} {words}"));
        }
    }
    if loaded.refused {
        line.push_str("; too many are in error, see enrollment.errors_percent_max");
    }
    out.line(&line)?;
    for RemarkRow { set, segment, words, about, at } in &loaded.remarks {
        let place = match segment {
            0 => format!("set {set}"),
            segment => format!("set {set}, segment {segment}"),
        };
        let about = match at {
            0 => String::new(),
            at if at == segment => String::new(),
            at => format!(" ({about}, segment {at})"),
        };
        out.line(&format!("  {place}: {words}{about}"))?;
    }
    Ok(())
}
