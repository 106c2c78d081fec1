//! How fast files of the generator are checked in full (SNIP 1, 2, 4 and 5, with the parts of the 999): megabytes a second on
//! one core and two, clean and with 1 % of the sets in error, and the peak of memory as the file grows.
//!
//! `cargo bench --bench check`, or `cargo bench --bench check -- 1000` for files of 1000 MB.

use std::fs::File;
use std::io::Write;
use std::time::Instant;

use time::macros::datetime;
use x12gate::check::{Excerpt, Limits, SetReport, Sink, check_input};
use x12gate::finding::{Finding, Policy};
use x12gate::generate::{Kind, Order, generate};
use x12gate::guide::Registry;

const RUNS: usize = 5;

/// Counts, so that nothing can be skipped unseen.
#[derive(Default)]
struct Counts {
    sets: u64,
    segments: u64,
    findings: u64,
    rejected: u64,
}

impl Sink for Counts {
    fn set(&mut self, report: SetReport) {
        self.sets += 1;
        self.segments += u64::from(report.segments);
        self.findings += report.findings.len() as u64;
        self.rejected += u64::from(!report.is_accepted());
    }

    fn envelope(&mut self, finding: &Finding, _excerpt: &Excerpt) {
        panic!("the envelope is clean: {:?}", finding.code);
    }
}

fn main() -> std::io::Result<()> {
    let megabytes: u64 = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(100);
    println!(
        "{:<34}{:>8}{:>10}{:>10}{:>12}{:>10}",
        "", "threads", "MB/s", "sets", "findings", "peak MiB"
    );
    for (name, kind, per_set, errors) in [
        ("270, one patient a set", Kind::Inquiry, 1, 0),
        ("270, one patient a set, 1 % wrong", Kind::Inquiry, 1, 1),
        ("270, 99 patients a set", Kind::Inquiry, 99, 0),
        ("271, benefits", Kind::Response, 1, 0),
        ("271, benefits, 1 % wrong", Kind::Response, 1, 1),
        ("837P, 100 claims a set", Kind::Professional, 100, 0),
        ("837P, 1 % of the claims wrong", Kind::Professional, 100, 1),
        ("837P, all in one set", Kind::Professional, 100_000_000, 0),
        ("837I, 100 claims a set", Kind::Institutional, 100, 0),
        ("835, 100 claims a set", Kind::Payment, 100, 0),
        ("834, 100 members a set", Kind::Enrollment, 100, 0),
    ] {
        let file = written(kind, per_set, megabytes * 1_000_000, errors)?;
        #[expect(unsafe_code, reason = "the file is ours and nobody else writes to it")]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        for threads in [1, 2] {
            measure(name, &map, threads)?;
        }
    }
    for size in [1, megabytes] {
        let file = written(Kind::Inquiry, 1, size * 1_000_000, 1)?;
        #[expect(unsafe_code, reason = "the file is ours and nobody else writes to it")]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        measure(&format!("270, {size} MB, memory"), &map, 2)?;
    }
    Ok(())
}

fn measure(name: &str, map: &memmap2::Mmap, threads: usize) -> std::io::Result<()> {
    let mut seconds = Vec::new();
    let mut counts = Counts::default();
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    for _ in 0..RUNS {
        counts = Counts::default();
        let mut released = 0;
        let mut release = |passed: usize| {
            let end = passed & !0xfff;
            if end > released {
                // What was checked is let go, as the tools do it: the peak is then our own memory.
                #[expect(
                    unsafe_code,
                    reason = "nobody looks at these pages again in this run; they can be read anew"
                )]
                let _ = unsafe {
                    map.unchecked_advise_range(
                        memmap2::UncheckedAdvice::DontNeed,
                        released,
                        end - released,
                    )
                };
                released = end;
            }
        };
        let start = Instant::now();
        check_input(
            map,
            Registry::embedded(),
            Limits::default(),
            &Policy::default(),
            threads,
            &mut counts,
            &mut release,
        );
        seconds.push(start.elapsed().as_secs_f64());
        release(map.len());
    }
    seconds.sort_by(f64::total_cmp);
    let speed = map.len() as f64 / seconds[RUNS / 2] / 1e6;
    println!(
        "{name:<34}{threads:>8}{speed:>10.0}{:>10}{:>12}{:>10.1}",
        counts.sets,
        counts.findings,
        peak_mib()
    );
    Ok(())
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// A file of about this size, written by the generator; so many of a hundred patients or claims have a defect.
fn written(kind: Kind, per_set: u32, bytes: u64, errors: u8) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let order = Order {
        count: u64::MAX,
        bytes_max: Some(bytes),
        per_set,
        sets_per_group: 999_999,
        errors_percent: errors,
        ..Order::new(kind, datetime!(2026 - 01 - 05 09:30))
    };
    generate::<std::io::Error>(&order, &mut |piece, _| file.write_all(piece))?;
    Ok(file)
}
