//! How fast files of the generator are checked in full (SNIP 1 to 5, with the parts of the 999): megabytes a second and a
//! second of processor time, clean and with 1 % of the claims in error, the peak of memory as the file grows, and what other
//! readers choke on.
//!
//! `cargo bench --bench check`, or `cargo bench --bench check -- 1000` for files of 1000 MB. Where `X12GATE_PEERS_PYTHON`
//! names a Python that has pyx12, it validates 1 MB of the same files beside us.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::process::Command;
use std::time::Instant;

use time::macros::datetime;
use x12gate::check::{Excerpt, Limits, SetReport, Sink, Stream, check_input};
use x12gate::finding::{Finding, Policy};
use x12gate::generate::{GenerateKind, GenerateOptions, generate};
use x12gate::guide::Registry;

// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

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
    type Error = Infallible;

    fn set(&mut self, report: SetReport) -> Result<(), Infallible> {
        self.sets += 1;
        self.segments += u64::from(report.segments);
        self.findings += report.findings.len() as u64;
        self.rejected += u64::from(!report.is_accepted());
        Ok(())
    }

    fn envelope(&mut self, finding: &Finding, _excerpt: &Excerpt) -> Result<(), Infallible> {
        panic!("the envelope is clean: {:?}", finding.code);
    }
}

fn main() -> std::io::Result<()> {
    let megabytes: u64 = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(100);
    println!(
        "{:<34}{:>8}{:>10}{:>10}{:>10}{:>12}{:>10}",
        "", "threads", "MB/s", "MB/cpu s", "sets", "findings", "peak MiB"
    );
    for (name, kind, per_set, errors) in [
        ("270, one patient a set", GenerateKind::Inquiry, 1, 0),
        ("270, one patient a set, 1 % wrong", GenerateKind::Inquiry, 1, 1),
        ("270, 99 patients a set", GenerateKind::Inquiry, 99, 0),
        ("271, benefits", GenerateKind::Response, 1, 0),
        ("271, benefits, 1 % wrong", GenerateKind::Response, 1, 1),
        ("837P, 100 claims a set", GenerateKind::Professional, 100, 0),
        ("837P, 1 % of the claims wrong", GenerateKind::Professional, 100, 1),
        ("837P, all in one set", GenerateKind::Professional, 100_000_000, 0),
        ("837I, 100 claims a set", GenerateKind::Institutional, 100, 0),
        ("835, 100 claims a set", GenerateKind::Payment, 100, 0),
        ("834, 100 members a set", GenerateKind::Enrollment, 100, 0),
    ] {
        let file = written(kind, per_set, megabytes * 1_000_000, errors)?;
        #[expect(unsafe_code, reason = "the file is ours and nobody else writes to it")]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        for threads in [1, 2] {
            measure(name, &map, threads)?;
        }
    }
    println!("\nMemory");
    for (name, kind, per_set, errors) in [
        ("270, 1 % wrong", GenerateKind::Inquiry, 1, 1),
        ("837P, 1 % wrong", GenerateKind::Professional, 100, 1),
        ("837P, all in one set, 1 % wrong", GenerateKind::Professional, 100_000_000, 1),
        ("837P, every claim wrong", GenerateKind::Professional, 100, 100),
    ] {
        for size in [1, megabytes] {
            let file = written(kind, per_set, size * 1_000_000, errors)?;
            #[expect(unsafe_code, reason = "the file is ours and nobody else writes to it")]
            let map = unsafe { memmap2::Mmap::map(&file)? };
            measure(&format!("{name}, {size} MB"), &map, 2)?;
        }
    }
    diagnoses()?;
    beside_pyx12()
}

/// A claim with 23 diagnosis segments of which none is right: parsers that try every reading of each never end.
fn diagnoses() -> std::io::Result<()> {
    let mut file = written(GenerateKind::Professional, 1, 1000, 0)?;
    let text = text_of(&mut file)?;
    let bad = "HI*QQ:A*ZZ:B:C*:~".repeat(23);
    let bad: String = text
        .split_inclusive('~')
        .map(|segment| if segment.starts_with("HI*") { &bad } else { segment })
        .collect();
    let start = Instant::now();
    let runs = 100;
    let mut counts = Counts::default();
    for _ in 0..runs {
        let limits = Limits::default();
        let mut stream = Stream::new(Registry::embedded(), limits, &Policy::default());
        let Ok(_) = stream.feed(bad.as_bytes(), true, &mut counts);
    }
    let millis = start.elapsed().as_secs_f64() * 1000.0 / f64::from(runs);
    let found = counts.findings / runs as u64;
    println!("\n837P, claims with 23 bad HI each: {millis:.2} ms a file, {found} findings");
    Ok(())
}

/// The same files, smaller, validated by pyx12 in its own process; processor time, start-up and all.
fn beside_pyx12() -> std::io::Result<()> {
    let Some(python) = std::env::var_os("X12GATE_PEERS_PYTHON") else { return Ok(()) };
    println!("\nBeside pyx12 (1 MB, MB a second of processor time)");
    for (name, kind) in [
        ("837P", GenerateKind::Professional),
        ("837I", GenerateKind::Institutional),
        ("835", GenerateKind::Payment),
    ] {
        let mut file = written(kind, 100, 1_000_000, 0)?;
        let text = text_of(&mut file)?;
        let before = cpu_seconds().0;
        let mut counts = Counts::default();
        for _ in 0..RUNS * 20 {
            let limits = Limits::default();
            let mut stream = Stream::new(Registry::embedded(), limits, &Policy::default());
            let Ok(_) = stream.feed(text.as_bytes(), true, &mut counts);
        }
        let ours = text.len() as f64 * RUNS as f64 * 20.0 / (cpu_seconds().0 - before) / 1e6;
        let path = tempfile::NamedTempFile::new()?;
        std::fs::write(path.path(), &text)?;
        let before = cpu_seconds().1;
        let status = Command::new(&python).args(["-c", PYX12]).arg(path.path()).status()?;
        let theirs = text.len() as f64 / (cpu_seconds().1 - before) / 1e6;
        let verdict = if status.success() { "" } else { "  (finds it not valid)" };
        println!("{name:<34}{ours:>10.0}{theirs:>10.2}{:>10.0} x{verdict}", ours / theirs);
    }
    Ok(())
}

const PYX12: &str = "import logging, sys, pyx12.params
from pyx12.x12n_document import x12n_document
logging.getLogger('pyx12').setLevel(logging.CRITICAL)
sys.exit(not x12n_document(param=pyx12.params.params(), src_file=sys.argv[1], fd_997=None, fd_html=None))";

fn text_of(file: &mut File) -> std::io::Result<String> {
    let mut text = String::new();
    file.rewind()?;
    file.read_to_string(&mut text)?;
    Ok(text)
}

fn measure(name: &str, map: &memmap2::Mmap, threads: usize) -> std::io::Result<()> {
    let mut seconds = Vec::new();
    let mut counts = Counts::default();
    let cpu = cpu_seconds().0;
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
        let Ok(()) = check_input(
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
    let by_cpu = map.len() as f64 * RUNS as f64 / (cpu_seconds().0 - cpu) / 1e6;
    println!(
        "{name:<34}{threads:>8}{speed:>10.0}{by_cpu:>10.0}{:>10}{:>12}{:>10.1}",
        counts.sets,
        counts.findings,
        peak_mib()
    );
    Ok(())
}

/// Processor seconds of this process, and of its children that have ended.
fn cpu_seconds() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name of the program may hold blanks; what counts stands behind it, in hundredths of a second.
    let ticks: Vec<f64> = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .filter_map(|field| field.parse().ok())
        .collect();
    let at = |index: usize| ticks.get(index).copied().unwrap_or(0.0) / 100.0;
    (at(10) + at(11), at(12) + at(13))
}

fn peak_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).unwrap_or("0");
    line.trim().trim_end_matches("kB").trim().parse::<f64>().unwrap_or(0.0) / 1024.0
}

/// A file of about this size, written by the generator; so many of a hundred patients or claims have a defect.
fn written(kind: GenerateKind, per_set: u32, bytes: u64, errors: u8) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let options = GenerateOptions {
        count: u64::MAX,
        bytes_max: Some(bytes),
        per_set,
        sets_per_group: 999_999,
        errors_percent: errors,
        ..GenerateOptions::new(kind, datetime!(2026 - 01 - 05 09:30))
    };
    generate::<std::io::Error>(&options, &mut |piece, _| file.write_all(piece))?;
    Ok(file)
}
