//! How fast files of the generator are checked in full (SNIP 1 to 6, with the parts of the 999): megabytes a second and the share of
//! the lexer's, clean and with 1 % of the claims in error; what else is done with claims; the peak of memory as the file
//! grows, and what other readers choke on. The table is also written as `target/bench/ratios.csv`.
//!
//! `cargo bench --bench check`, or `cargo bench --bench check -- 1000` for files of 1000 MB. Where `X12GATE_PEERS_PYTHON`
//! names a Python that has pyx12, it validates 1 MB of the same files beside us.

use std::convert::Infallible;
use std::fs::File;
use std::io::{Read, Seek, Write};
use std::process::Command;
use std::time::Instant;

use time::macros::datetime;
use x12gate::acknowledge::{AcknowledgeError, InputAcknowledger, InputPolicy, Spools};
use x12gate::check::{Excerpt, Limits, SetReport, Sink, Stream, check_input};
use x12gate::convert::ToJson;
use x12gate::finding::{Finding, Policy};
use x12gate::generate::{GenerateKind, GenerateOptions, generate};
use x12gate::guide::Registry;
use x12gate::split::{By, Parts, Splitter, Unit};
use x12gate::txn::claim_ack::ClaimAckOptions;

mod ratios;

use ratios::Ratios;

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
    let mut ratios = Ratios::default();
    for (name, kind, per_set, errors) in [
        ("check 270", GenerateKind::Inquiry, 1, 0),
        ("check 270 1% wrong", GenerateKind::Inquiry, 1, 1),
        ("check 270 99 a set", GenerateKind::Inquiry, 99, 0),
        ("check 271", GenerateKind::Response, 1, 0),
        ("check 271 1% wrong", GenerateKind::Response, 1, 1),
        ("check 837p", GenerateKind::Professional, 100, 0),
        ("check 837p 1% wrong", GenerateKind::Professional, 100, 1),
        ("check 837p one set", GenerateKind::Professional, 100_000_000, 0),
        ("check 837i", GenerateKind::Institutional, 100, 0),
        ("check 835", GenerateKind::Payment, 100, 0),
        ("check 834", GenerateKind::Enrollment, 100, 0),
    ] {
        let map = mapped(kind, per_set, megabytes * 1_000_000, errors)?;
        ratios.measure(name, &map, true, &mut |threads| {
            let counts = checked(&map, threads);
            assert_eq!(errors > 0, counts.findings > 0, "{name}");
        });
    }
    beside_the_check(megabytes, &mut ratios)?;
    ratios.write()?;
    println!("\nMemory\n{:<34}{:>8}{:>12}{:>10}", "", "sets", "findings", "peak MiB");
    for (name, kind, per_set, errors) in [
        ("270, 1 % wrong", GenerateKind::Inquiry, 1, 1),
        ("837P, 1 % wrong", GenerateKind::Professional, 100, 1),
        ("837P, all in one set, 1 % wrong", GenerateKind::Professional, 100_000_000, 1),
        ("837P, every claim wrong", GenerateKind::Professional, 100, 100),
    ] {
        for size in [1, megabytes] {
            let map = mapped(kind, per_set, size * 1_000_000, errors)?;
            forget_peak();
            let counts = checked(&map, 2);
            let (name, sets, found) = (format!("{name}, {size} MB"), counts.sets, counts.findings);
            println!("{name:<34}{sets:>8}{found:>12}{:>10.1}", peak_mib());
        }
    }
    diagnoses()?;
    beside_pyx12()
}

/// What else is done with the same professional claims.
fn beside_the_check(megabytes: u64, ratios: &mut Ratios) -> std::io::Result<()> {
    let kind = GenerateKind::Professional;
    let map = mapped(kind, 100, megabytes * 1_000_000, 0)?;
    ratios.measure("convert to json 837p", &map, false, &mut |_| {
        let (mut to, mut out, mut bytes) = (ToJson::new(Some(Registry::embedded())), Vec::new(), 0);
        in_windows(&map, |window, end| {
            let done = to.feed(window, end, &mut out);
            bytes += out.len();
            out.clear();
            done
        });
        assert!(bytes > map.len());
    });
    ratios.measure("split 837p by claim", &map, false, &mut |_| {
        let (mut splitter, mut parts) = (Splitter::new(By::Unit(Unit::Claim)), Written::default());
        in_windows(&map, |window, end| {
            let Ok(done) = splitter.feed(window, end, &mut parts);
            done
        });
        assert!(parts.count > 0 && parts.bytes > map.len());
    });
    ratios.measure("ack 837p", &map, false, &mut |_| {
        let at = datetime!(2026 - 01 - 05 09:30);
        let claims = Some(ClaimAckOptions::new(at));
        let wanted = InputPolicy { ta1: true, functional: true, claims, at, control: 1 };
        let mut replies = 0;
        let deliver = |_| {
            replies += 1;
            Ok::<(), AcknowledgeError>(())
        };
        let mut to = InputAcknowledger::new(&wanted, InMemory, deliver);
        let limits = Limits::default();
        let mut stream =
            Stream::new(Registry::embedded(), limits, &Policy::default()).with_claims(true);
        in_windows(&map, |window, end| {
            stream.feed(window, end, &mut to).expect("the sender fits an ISA")
        });
        assert!(replies > 0);
    });
    ratios.measure("generate 837p", &map, false, &mut |_| {
        let mut written = 0;
        let made: Result<_, x12gate::wire::EmitError> =
            generate(&options(kind, 100, map.len() as u64, 0), &mut |piece, _| {
                written += piece.len();
                Ok(())
            });
        assert!(made.is_ok() && written > 0);
    });
    Ok(())
}

/// Feeds a text as files are read; `feed` says how many bytes it is done with.
fn in_windows(text: &memmap2::Mmap, mut feed: impl FnMut(&[u8], bool) -> usize) {
    const WINDOW: usize = 1 << 20;
    let (mut start, mut stop) = (0, 0);
    while stop < text.len() {
        stop = text.len().min(stop + WINDOW);
        start += feed(&text[start..stop], stop == text.len());
        let_go(text, 0, start & !0xfff);
    }
}

/// Keeps acknowledgments in memory.
#[derive(Clone)]
struct InMemory;

impl Spools for InMemory {
    type Spool = Vec<u8>;

    fn reply(&mut self) -> std::io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn scratch(&mut self) -> std::io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

/// The parts of a split, counted.
#[derive(Default)]
struct Written {
    count: u64,
    bytes: usize,
}

impl Parts for Written {
    type Error = Infallible;

    fn begin(&mut self, _: &[&[u8]]) -> Result<(), Infallible> {
        self.count += 1;
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.bytes += bytes.len();
        Ok(())
    }

    fn end(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
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

/// Checks all of a file.
fn checked(map: &memmap2::Mmap, threads: usize) -> Counts {
    let (mut counts, mut released) = (Counts::default(), 0);
    let mut release = |passed: usize| {
        let end = passed & !0xfff;
        if end > released {
            let_go(map, released, end);
            released = end;
        }
    };
    let Ok(()) = check_input(
        map,
        Registry::embedded(),
        Limits::default(),
        &Policy::default(),
        threads,
        &mut counts,
        &mut release,
    );
    let_go(map, 0, map.len());
    counts
}

/// What was read is let go, as the tools do it: the peak of memory is then our own.
fn let_go(map: &memmap2::Mmap, from: usize, to: usize) {
    #[expect(
        unsafe_code,
        reason = "nobody holds a reference into what was read; it can be read anew"
    )]
    let _ =
        unsafe { map.unchecked_advise_range(memmap2::UncheckedAdvice::DontNeed, from, to - from) };
}

/// Begins a new peak of memory.
fn forget_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
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
    let options = options(kind, per_set, bytes, errors);
    generate::<std::io::Error>(&options, &mut |piece, _| file.write_all(piece))?;
    Ok(file)
}

/// The same file, mapped.
fn mapped(
    kind: GenerateKind,
    per_set: u32,
    bytes: u64,
    errors: u8,
) -> std::io::Result<memmap2::Mmap> {
    let file = written(kind, per_set, bytes, errors)?;
    #[expect(unsafe_code, reason = "the file is ours and nobody else writes to it")]
    let map = unsafe { memmap2::Mmap::map(&file)? };
    Ok(map)
}

fn options(kind: GenerateKind, per_set: u32, bytes: u64, errors: u8) -> GenerateOptions {
    GenerateOptions {
        count: u64::MAX,
        bytes_max: Some(bytes),
        per_set,
        sets_per_group: 999_999,
        errors_percent: errors,
        ..GenerateOptions::new(kind, datetime!(2026 - 01 - 05 09:30))
    }
}
