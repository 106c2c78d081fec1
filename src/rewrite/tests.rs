//! What rewriting promises: formatting keeps the segments, repairing touches nothing that is right and mends what is not,
//! and of what is redacted nothing remains, while the checker finds the same as before.

use std::convert::Infallible;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{Formatter, Layout, Redactor, Refusal, Repairer, Secret, Separators};
use crate::check::{Excerpt, InputReader, Limits, Read, SetReport, Sink, Stream};
use crate::finding::{Code, Finding, Policy, Severity};
use crate::guide::Registry;
use crate::wire::{FrameLimits, Tape};

const FRAMES: FrameLimits = FrameLimits {
    segment_bytes_max: 1 << 20,
    binary_bytes_max: 64 << 20,
    part_bytes_max: 4 << 20,
    fragments: true,
};

/// Pushes `input` in chunks through `feed`, as a command does.
fn push<E>(
    input: &[u8],
    chunk: usize,
    mut feed: impl FnMut(&[u8], bool, &mut Vec<u8>) -> Result<usize, E>,
) -> Result<Vec<u8>, E> {
    let mut out = Vec::new();
    let (mut start, mut stop): (usize, usize) = (0, 0);
    loop {
        stop = input.len().min(stop.saturating_add(chunk));
        let end = stop == input.len();
        start += feed(&input[start..stop], end, &mut out)?;
        if end {
            return Ok(out);
        }
    }
}

fn formatted(
    input: &[u8],
    chunk: usize,
    layout: Layout,
    separators: Separators,
) -> Result<Vec<u8>, Refusal> {
    let mut formatter = Formatter::new(Registry::embedded(), layout, separators);
    push(input, chunk, |buffer, end, out| formatter.feed(buffer, end, out))
}

fn repaired(input: &[u8], chunk: usize) -> (Vec<u8>, Vec<&'static str>) {
    let mut repairer = Repairer::new(Registry::embedded());
    let Ok(out) =
        push(input, chunk, |buffer, end, out| Ok::<_, Infallible>(repairer.feed(buffer, end, out)));
    (out, repairer.take_changes().iter().map(|changed| changed.change.name()).collect())
}

fn redacted(input: &[u8], chunk: usize, seed: &str) -> Vec<u8> {
    let mut redactor = Redactor::new(Registry::embedded(), Secret::new(seed));
    let Ok(out) =
        push(input, chunk, |buffer, end, out| Ok::<_, Infallible>(redactor.feed(buffer, end, out)));
    out
}

/// The segments of an input, separators made the usual ones.
fn segments(input: &[u8]) -> Vec<Vec<Vec<Vec<Vec<u8>>>>> {
    let mut reader = InputReader::new(FRAMES);
    let (mut rest, mut found, mut tape) = (input, Vec::new(), Tape::default());
    while let Read::Event(event) = reader.next(rest, true) {
        tape.fill(event.text(rest), event.delimiters);
        for segment in tape.segments(event.text(rest)) {
            let mut elements = vec![vec![vec![segment.tag_bytes().to_vec()]]];
            let is_isa = segment.tag_bytes() == b"ISA";
            elements.extend(segment.elements().filter(|_| !is_isa).map(|element| {
                let parts = |one: crate::wire::Element<'_>| {
                    one.components().map(|component| component.bytes.to_vec()).collect()
                };
                element.repetitions().map(parts).collect()
            }));
            found.push(elements);
        }
        rest = &rest[event.consumed..];
    }
    found
}

#[derive(Default)]
struct Collector {
    found: Vec<(Code, u32, u32, u8, u8)>,
    errors: usize,
}

impl Collector {
    fn take(&mut self, finding: &Finding) {
        let at = &finding.at;
        self.found.push((finding.code, at.set, at.segment, at.element, at.component));
        self.errors += usize::from(finding.severity == Severity::Error);
    }
}

impl Sink for Collector {
    type Error = Infallible;

    fn set(&mut self, report: SetReport) -> Result<(), Infallible> {
        report.findings.iter().for_each(|finding| self.take(finding));
        Ok(())
    }

    fn envelope(&mut self, finding: &Finding, _: &Excerpt) -> Result<(), Infallible> {
        self.take(finding);
        Ok(())
    }
}

fn checked(input: &[u8]) -> Collector {
    let mut collector = Collector::default();
    let limits = Limits { frame: FRAMES, ..Limits::default() };
    let mut stream = Stream::new(Registry::embedded(), limits, &Policy::default());
    let Ok(_) = stream.feed(input, true, &mut collector);
    collector
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            files_below(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// The fixtures, and the public corpus where it is there.
fn inputs() -> Vec<(PathBuf, Vec<u8>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut paths = Vec::new();
    for folder in ["valid", "quirks", "demo/requests"] {
        files_below(&root.join(folder), &mut paths);
    }
    if let Some(corpus) = std::env::var_os("X12GATE_CORPUS") {
        files_below(Path::new(&corpus), &mut paths);
    }
    let read = |path: PathBuf| {
        let text = std::fs::read(&path).expect("a file");
        (path, text)
    };
    paths.into_iter().map(read).filter(|(_, text)| text.len() < 400_000).collect()
}

fn valid() -> impl Iterator<Item = (PathBuf, Vec<u8>)> {
    inputs().into_iter().filter(|(_, text)| {
        let found = checked(text);
        found.errors == 0 && !found.found.iter().any(|(code, ..)| *code == Code::Garbage)
    })
}

fn everything(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid").join(name);
    std::fs::read_to_string(path).expect("the fixture")
}

#[test]
fn formatting_keeps_the_segments() {
    for (path, text) in inputs() {
        let before = segments(&text);
        let other = Separators { element: Some(0x1d), ..Separators::default() };
        for layout in [Layout::Indented, Layout::Lines, Layout::Unwrapped] {
            let usual = Separators::default();
            let whole = formatted(&text, usize::MAX, layout, usual).expect("the same separators");
            assert_eq!(formatted(&text, 61, layout, usual).as_ref(), Ok(&whole));
            let has_garbage = checked(&text).found.iter().any(|(code, ..)| *code == Code::Garbage);
            if !has_garbage {
                assert_eq!(segments(&whole), before, "{} {layout:?}", path.display());
                let again = formatted(&whole, usize::MAX, layout, usual).expect("the same");
                assert_eq!(again, whole, "{} {layout:?}", path.display());
            }
        }
        if let Ok(changed) = formatted(&text, usize::MAX, Layout::Lines, other) {
            assert_eq!(segments(&changed).len(), before.len(), "{}", path.display());
        }
    }
}

#[test]
fn formatting_indents_by_loop_and_changes_separators() {
    let text = everything("270_subscriber.edi");
    let separators = Separators {
        element: Some(b'|'),
        component: Some(b'>'),
        repetition: Some(b'!'),
        terminator: Some(b'\''),
    };
    let out =
        formatted(text.as_bytes(), 50, Layout::Indented, separators).expect("free characters");
    let out = String::from_utf8(out).expect("text");
    assert!(
        out.starts_with("ISA|00|") && out.contains("|!|00501|") && out.contains("|>'\n"),
        "{out}"
    );
    assert!(out.contains("\n  HL|1||20|1'\n    NM1|PR|2|"), "{out}");
    let back = formatted(
        out.as_bytes(),
        usize::MAX,
        Layout::Unwrapped,
        Separators {
            element: Some(b'*'),
            component: Some(b':'),
            repetition: Some(b'^'),
            terminator: Some(b'~'),
        },
    );
    assert_eq!(back, formatted(text.as_bytes(), 50, Layout::Unwrapped, Separators::default()));
}

#[test]
fn a_separator_that_occurs_in_the_data_is_refused() {
    let text = everything("270_subscriber.edi").replace("SAMPLE HEALTH PLAN", "SAMPLE|PLAN");
    let offset = text.find("NM1*PR").expect("the payer") as u64;
    let pipe = Separators { element: Some(b'|'), ..Separators::default() };
    let refused = formatted(text.as_bytes(), 50, Layout::Lines, pipe);
    assert_eq!(refused, Err(Refusal::InData { separator: b'|', offset }));
    let same = Separators { element: Some(b'~'), ..Separators::default() };
    assert_eq!(formatted(text.as_bytes(), 50, Layout::Lines, same), Err(Refusal::Indistinct));
}

#[test]
fn repairing_what_is_valid_changes_nothing() {
    for (path, text) in valid() {
        let has_redundant = checked(&text).found.iter().any(|(code, ..)| {
            matches!(code, Code::TrailingSeparators | Code::LastTerminatorMissing)
        });
        if has_redundant {
            continue;
        }
        for chunk in [usize::MAX, 97] {
            let (out, changes) = repaired(&text, chunk);
            assert_eq!(changes, Vec::<&str>::new(), "{}", path.display());
            assert!(out == text, "{}", path.display());
        }
    }
}

#[test]
fn repairing_mends_each_kind_of_damage() {
    let sound = everything("837p_everything.edi");
    let damaged: [(&str, &[(&str, &str)]); 12] = [
        ("count", &[("SE*", "SE*9")]),
        ("count", &[("GE*2*", "GE*7*")]),
        ("count", &[("IEA*1*", "IEA*3*")]),
        ("count", &[("IEA*1*", "IEA**")]),
        ("control-number", &[("\nGE*2*", "\nGE*2*9")]),
        ("control-number", &[("IEA*1*", "IEA*1*9")]),
        ("header-widths", &[("*00*          *00*", "*00**00*")]),
        ("level-number", &[("HL*2*1*", "HL*7*1*")]),
        ("level-parent", &[("HL*2*1*22", "HL*2*9*22")]),
        ("level-flag", &[("*20*1~", "*20*0~")]),
        ("trailing-separators", &[("BHT*0019*00*", "BHT*0019*00*"), ("*CH~", "*CH***~")]),
        ("trailing-separators", &[(":B:1*", ":B:1::*")]),
    ];
    assert_eq!(checked(sound.as_bytes()).errors, 0);
    for (kind, edits) in damaged {
        let mut text = sound.clone();
        for (from, to) in edits {
            assert!(text.contains(from), "{from} is in the fixture");
            text = text.replacen(from, to, 1);
        }
        assert_ne!(checked(text.as_bytes()).found, checked(sound.as_bytes()).found, "{edits:?}");
        for chunk in [usize::MAX, 41] {
            let (out, changes) = repaired(text.as_bytes(), chunk);
            assert!(changes.contains(&kind), "{edits:?}: {changes:?}");
            assert_eq!(String::from_utf8_lossy(&out), sound, "{edits:?}: {changes:?}");
        }
    }
    let cut = sound.trim_end().trim_end_matches('~');
    let (out, changes) = repaired(cut.as_bytes(), 100);
    assert_eq!(changes, ["terminator"]);
    assert_eq!(String::from_utf8_lossy(&out), sound.trim_end());
}

#[test]
fn trailers_that_must_have_been_there_are_added() {
    let sound = everything("270_batch.edi");
    let trailers = |lines: &[&str]| -> usize {
        lines.iter().map(|tag| sound.matches(&format!("\n{tag}*")).count()).sum()
    };
    assert!(trailers(&["SE"]) > 1, "several sets");
    for dropped in [&["SE"][..], &["GE"], &["IEA"], &["SE", "GE"], &["SE", "GE", "IEA"]] {
        let is_kept = |line: &&str| !dropped.contains(&line.split('*').next().unwrap_or(""));
        let without: Vec<&str> = sound.lines().filter(is_kept).collect();
        let without = without.join("\n") + "\n";
        assert!(checked(without.as_bytes()).errors > 0);
        for chunk in [usize::MAX, 37] {
            let (out, changes) = repaired(without.as_bytes(), chunk);
            assert_eq!(String::from_utf8_lossy(&out), sound, "{dropped:?}");
            assert_eq!(changes, vec!["trailer"; trailers(dropped)], "{dropped:?}");
        }
        // Two interchanges: the header of the second shows that the first has ended.
        let (out, _) = repaired(format!("{without}{sound}").as_bytes(), 53);
        assert_eq!(String::from_utf8_lossy(&out), format!("{sound}{sound}"), "{dropped:?}");
        // Without line breaks nothing stands between segments.
        let flat = |text: &str| text.replace('\n', "");
        let (out, _) = repaired(flat(&without).as_bytes(), 53);
        assert_eq!(String::from_utf8_lossy(&out), flat(&sound), "{dropped:?}");
    }
}

#[test]
fn a_set_of_a_fragment_gets_its_trailer_and_no_more() {
    let sound = everything("270_subscriber.edi");
    let set = &sound[sound.find("ST*").expect("ST")..sound.find("GE*").expect("GE")];
    let cut = &set[..set.find("SE*").expect("SE")];
    let (out, changes) = repaired(cut.as_bytes(), 29);
    assert_eq!((String::from_utf8_lossy(&out).as_ref(), &*changes), (set, &["trailer"][..]));
}

#[test]
fn nothing_is_added_behind_half_a_segment() {
    let sound = everything("270_batch.edi");
    let begins = sound.rfind("\nEQ*").expect("a segment of the last set") + 4;
    for end in [begins, begins + 2] {
        let cut = &sound[..end];
        let (out, changes) = repaired(cut.as_bytes(), 41);
        assert_eq!(String::from_utf8_lossy(&out), cut);
        assert_eq!(changes, ["trailer-left"]);
    }
    // The trailer itself is cut off: what it must hold is known.
    let cut = sound.find("GE*").expect("GE") - 4;
    let (out, changes) = repaired(&sound.as_bytes()[..cut], 41);
    assert_eq!(String::from_utf8_lossy(&out), sound.trim_end());
    assert_eq!(changes, ["control-number", "terminator", "trailer", "trailer"]);
}

#[test]
fn levels_are_numbered_through_and_flags_follow() {
    let text = everything("837p_everything.edi");
    let from = text.find("HL*").expect("a level");
    // Every number is moved by 40, as when parts of files were put together.
    let moved: String = text[from..]
        .split('\n')
        .map(|line| {
            let mut parts: Vec<String> = line.split('*').map(str::to_owned).collect();
            if parts[0] == "HL" {
                for part in &mut parts[1..3] {
                    if let Ok(number) = part.parse::<u32>() {
                        *part = (number + 40).to_string();
                    }
                }
            }
            parts.join("*")
        })
        .collect::<Vec<_>>()
        .join("\n");
    let (out, changes) = repaired([&text[..from], &moved].concat().as_bytes(), 300);
    assert_eq!(String::from_utf8_lossy(&out), text);
    assert!(changes.iter().all(|change| change.starts_with("level-")), "{changes:?}");
}

#[test]
fn after_redacting_the_checker_finds_the_same() {
    let mut differing = Vec::new();
    for (path, text) in inputs() {
        let out = redacted(&text, usize::MAX, "one");
        assert!(redacted(&text, 83, "one") == out, "{}", path.display());
        // What is left out, and values that are wrong by themselves, may be found otherwise.
        let is_sound = checked(&text).errors == 0;
        let (before, after) = (checked(&text).found, checked(&out).found);
        if is_sound && before != after {
            let new: Vec<_> = after.iter().filter(|found| !before.contains(found)).collect();
            let gone: Vec<_> = before.iter().filter(|found| !after.contains(found)).collect();
            differing.push(format!("{}: new {new:?}, gone {gone:?}", path.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn no_value_that_could_identify_anybody_remains() {
    let sensitive: [(&str, &[usize]); 12] = [
        ("NM1", &[3, 4, 5, 9]),
        ("N1", &[2, 4]),
        ("N3", &[1, 2]),
        ("N4", &[1, 3]),
        ("PER", &[2, 4, 6]),
        ("REF", &[2]),
        ("DMG", &[2]),
        ("DTP", &[3]),
        ("CLM", &[1, 2]),
        ("CLP", &[1, 3, 4, 7]),
        ("TRN", &[2, 3]),
        ("NTE", &[2]),
    ];
    for (path, text) in inputs() {
        let (before, after) = (segments(&text), segments(&redacted(&text, usize::MAX, "one")));
        let is_whole = before.len() == after.len();
        for (old, new) in before.iter().zip(&after).filter(|_| is_whole) {
            let Some((tag, places)) =
                sensitive.iter().find(|(tag, _)| tag.as_bytes() == old[0][0][0])
            else {
                continue;
            };
            for place in *places {
                let (Some(old), Some(new)) = (old.get(*place), new.get(*place)) else { continue };
                let old = &old[0][0];
                let digits =
                    old.iter().filter(|b| b.is_ascii_alphanumeric() && **b != b'0').count();
                // A code that the guide fixes (REF*87*005010X214) is no value of anybody's.
                let is_code = *tag == "REF" && old.starts_with(b"005010");
                if digits > 0 && !is_code && *tag != "DTP" {
                    assert_ne!(old, &new[0][0], "{tag}{place} in {}", path.display());
                }
            }
        }
    }
}

#[test]
fn a_claim_and_its_payment_keep_their_number_and_days_their_distance() {
    let claim = everything("837p_everything.edi");
    let number = claim.split("CLM*").nth(1).and_then(|rest| rest.split('*').next()).expect("CLM01");
    let payment = everything("835_everything.edi");
    let old = payment.split("CLP*").nth(1).and_then(|rest| rest.split('*').next()).expect("CLP01");
    let payment = payment.replace(old, number);
    let after = |text: &str, tag: &str| {
        let out = String::from_utf8(redacted(text.as_bytes(), 200, "shared")).expect("text");
        out.split(tag)
            .nth(1)
            .and_then(|rest| rest.split('*').next())
            .expect("the element")
            .to_owned()
    };
    assert_eq!(after(&claim, "CLM*"), after(&payment, "CLP*"));
    assert_ne!(after(&claim, "CLM*"), number);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_marker_remains_wherever_it_stands(stride in 3_usize..40, first in 1_usize..40, which in 0_usize..40) {
        const MARKER: &str = "QZWMARKER7";
        let files: Vec<_> = inputs().into_iter().filter(|(path, _)| {
            path.to_string_lossy().contains("everything")
        }).collect();
        let (_, text) = &files[which % files.len()];
        let text = String::from_utf8_lossy(text);
        let (isa, rest) = text.split_at(106);
        let mut count = 0;
        let planted: Vec<String> = rest.split('~').map(|segment| {
            let mut elements: Vec<&str> = segment.split('*').collect();
            for element in elements.iter_mut().skip(1) {
                count += 1;
                if count % stride == first % stride {
                    *element = MARKER;
                }
            }
            elements.join("*")
        }).collect();
        let text = [isa, &planted.join("~")].concat();
        let out = redacted(text.as_bytes(), usize::MAX, "one");
        prop_assert!(!String::from_utf8_lossy(&out).contains(MARKER));
    }
}
