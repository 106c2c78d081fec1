//! How fast 270, 271 and 837 files are checked in full (SNIP 1, 2, 4 and 5, with the parts of the 999): megabytes a second on
//! one core and two, clean and with 1 % of the sets in error, and the peak of memory as the file grows.
//!
//! `cargo bench --bench check`, or `cargo bench --bench check -- 1000` for files of 1000 MB.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Instant;

use x12gate::check::{Excerpt, Limits, SetReport, Sink, check_input};
use x12gate::finding::{Finding, Policy};
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
    let megabytes: usize = std::env::args().filter_map(|a| a.parse().ok()).next().unwrap_or(100);
    println!(
        "{:<34}{:>8}{:>10}{:>10}{:>12}{:>10}",
        "", "threads", "MB/s", "sets", "findings", "peak MiB"
    );
    for (name, shape, errors) in [
        ("270, one patient a set", Shape::Single, 0),
        ("270, one patient a set, 1 % wrong", Shape::Single, 1),
        ("270, 99 patients a set", Shape::Batch, 0),
        ("271, benefits", Shape::Response, 0),
        ("271, benefits, 1 % wrong", Shape::Response, 1),
        ("837P, claims", Shape::Claims, 0),
        ("837P, claims, 1 % wrong", Shape::Claims, 1),
        ("837P, all in one set", Shape::OneSet, 0),
    ] {
        let file = generate(shape, megabytes * 1_000_000, errors)?;
        #[expect(unsafe_code, reason = "the file is ours and nobody else writes to it")]
        let map = unsafe { memmap2::Mmap::map(&file)? };
        for threads in [1, 2] {
            measure(name, &map, threads)?;
        }
    }
    for size in [1, megabytes] {
        let file = generate(Shape::Single, size * 1_000_000, 1)?;
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

#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Single,
    Batch,
    Response,
    /// A hundred claims a set.
    Claims,
    /// All claims in one set.
    OneSet,
}

/// A file of sets of this shape; in `errors` of a hundred sets a date, a code and a required element are wrong.
fn generate(shape: Shape, bytes: usize, errors: u32) -> std::io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let mut out = BufWriter::with_capacity(1 << 20, &mut file);
    let (set, group, guide) = match shape {
        Shape::Response => ("271", "HB", "005010X279A1"),
        Shape::Single | Shape::Batch => ("270", "HS", "005010X279A1"),
        Shape::Claims | Shape::OneSet => ("837", "HC", "005010X222A1"),
    };
    write!(
        out,
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*000000101*0*T*:~"
    )?;
    write!(out, "GS*{group}*SUBMITTER1*PAYERGW*20260105*0930*101*X*{guide}~")?;
    let (mut written, mut sets) = (0, 0_u32);
    let mut text = String::new();
    while written < bytes {
        sets += 1;
        let wrong = sets % 100 < errors;
        text.clear();
        match shape {
            Shape::Claims => claims(&mut text, sets, 100, errors),
            Shape::OneSet => claims(&mut text, sets, (bytes / 600) as u32, errors),
            _ => body(&mut text, shape, set, sets, wrong),
        }
        out.write_all(text.as_bytes())?;
        written += text.len();
    }
    write!(out, "GE*{sets}*101~IEA*1*000000101~")?;
    out.flush()?;
    drop(out);
    Ok(file)
}

/// A professional set of this many claims of three lines; in `errors` of a hundred the total is a cent off.
fn claims(out: &mut String, number: u32, count: u32, errors: u32) {
    use std::fmt::Write;
    let mut segments = 9 + count * 23 + 1;
    let _ = write!(
        out,
        "ST*837*{number:09}*005010X222A1~BHT*0019*00*B{number:07}*20260105*0930*CH~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
         PER*IC*EDI DESK*TE*6175550100~NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~\
         NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 MAIN ST~N4*BOSTON*MA*021110000~REF*EI*123456789~"
    );
    segments += 1;
    for claim in 0..count {
        let cents = if claim % 100 < errors { "01" } else { "00" };
        let _ = write!(
            out,
            "HL*{}*1*22*0~SBR*P*18*******HM~NM1*IL*1*DOE*JANE****MI*S{claim:09}01~N3*2 ELM ST~N4*BOSTON*MA*02111~\
             DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~CLM*PT{claim:08}*300.{cents}***11:B:1*Y*A*Y*Y~\
             HI*ABK:Z01419*ABF:E119~NM1*82*1*ROE*RICHARD****XX*1245319599~PRV*PE*PXC*207R00000X~",
            claim + 2
        );
        for line in 1..=3 {
            let _ = write!(
                out,
                "LX*{line}~SV1*HC:G0101*100*UN*1***1:2~DTP*472*D8*20251201~REF*6R*{claim}L{line}~"
            );
        }
    }
    let _ = write!(out, "SE*{segments}*{number:09}~");
}

fn body(out: &mut String, shape: Shape, set: &str, number: u32, wrong: bool) {
    use std::fmt::Write;
    let mut segments = 0;
    let mut put = |text: std::fmt::Arguments<'_>| {
        segments += 1;
        let _ = out.write_fmt(text);
        out.push('~');
    };
    let purpose = if shape == Shape::Response { "11" } else { "13" };
    put(format_args!("ST*{set}*{number:09}*005010X279A1"));
    put(format_args!("BHT*0022*{purpose}*TX{number:07}*20260105*0930"));
    put(format_args!("HL*1**20*1"));
    put(format_args!("NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999"));
    put(format_args!("HL*2*1*21*1"));
    put(format_args!("NM1*1P*2*SAMPLE CLINIC*****XX*1234567893"));
    for patient in 0..if shape == Shape::Batch { 99 } else { 1 } {
        put(format_args!("HL*{}*2*22*0", patient + 3));
        let trace = if shape == Shape::Response { "2" } else { "1" };
        put(format_args!("TRN*{trace}*TRACE{number:06}{patient:02}*9SUBMITTER"));
        put(format_args!(
            "NM1*IL*1*DOE*JANE****{}*S{:09}01",
            if wrong { "QQ" } else { "MI" },
            number * 7 % 999_983
        ));
        put(format_args!("DMG*D8*{}*F", if wrong { "19801315" } else { "19800115" }));
        if shape == Shape::Response {
            put(format_args!("DTP*291*RD8*20260101-20261231"));
            put(format_args!("EB*1**30*HM*SAMPLE HMO"));
            put(format_args!("EB*1**1^33^47^48^50^86^88^98^MH^UC"));
            for (code, level, time) in [
                ("C", "IND", "23"),
                ("C", "IND", "29"),
                ("C", "FAM", "23"),
                ("C", "FAM", "29"),
                ("G", "IND", "23"),
            ] {
                put(format_args!("EB*{code}*{level}*30***{time}*{}*****Y", number % 5000));
            }
            put(format_args!("EB*B**98***27*25*****Y"));
            put(format_args!("EB*L"));
            put(format_args!("LS*2120"));
            put(format_args!("NM1*P3*1*ROE*RICHARD****XX*1245319599"));
            put(format_args!("LE*2120"));
        } else {
            put(format_args!("DTP*291*D8*{}", if wrong { "2026" } else { "20260105" }));
            put(format_args!("EQ*30"));
        }
    }
    segments += 1;
    let _ = write!(out, "SE*{segments}*{number:09}~");
}
