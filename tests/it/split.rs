//! Parts of every fixture are sound, and no set is lost.

use std::convert::Infallible;

use crate::findings::check;
use crate::fixtures::files;
use x12gate::split::{By, Parts, Splitter, Unit};
use x12gate::wire::{Framed, Framer, PieceKind};

#[derive(Default)]
struct Kept(Vec<Vec<u8>>);

impl Parts for Kept {
    type Error = Infallible;
    fn begin(&mut self, _: &[&[u8]]) -> Result<(), Infallible> {
        self.0.push(Vec::new());
        Ok(())
    }
    fn write(&mut self, bytes: &[u8]) -> Result<(), Infallible> {
        self.0.last_mut().unwrap().extend_from_slice(bytes);
        Ok(())
    }
    fn end(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

fn split(text: &[u8], by: By) -> Vec<Vec<u8>> {
    let mut kept = Kept::default();
    let mut splitter = Splitter::new(by);
    let Ok(done) = splitter.feed(text, true, &mut kept);
    assert_eq!((done, splitter.left_out()), (text.len(), 0));
    kept.0
}

/// The parts by unit, and why a set cannot be cut so.
fn units(text: &[u8], unit: Unit) -> (Vec<Vec<u8>>, Option<&'static str>) {
    let mut kept = Kept::default();
    let mut splitter = Splitter::new(By::Unit(unit));
    let Ok(_) = splitter.feed(text, true, &mut kept);
    (kept.0, splitter.refused().map(|(_, reason)| reason))
}

/// How many segments of this id there are.
fn segments_of(tag: &str, parts: &[Vec<u8>]) -> usize {
    let count = |text: &Vec<u8>| {
        let text = String::from_utf8_lossy(text).into_owned();
        text.split('~').filter(|segment| segment.trim().starts_with(&format!("{tag}*"))).count()
    };
    parts.iter().map(count).sum()
}

#[test]
fn every_unit_is_as_sound_as_the_whole() {
    let mut cut = 0;
    for file in files("valid").into_iter().chain(files("quirks")) {
        let text = std::fs::read(&file).unwrap();
        for unit in [Unit::Claim, Unit::Subscriber, Unit::Patient, Unit::Member] {
            let (parts, refusal) = units(&text, unit);
            for part in &parts {
                let text = String::from_utf8_lossy(part);
                assert_eq!(check(part).found, [], "{} by {unit:?}: {text}", file.display());
            }
            assert!(
                refusal.is_some()
                    || !sets(&text).iter().any(|set| set.starts_with(b"ST*"))
                    || !parts.is_empty()
            );
            cut += usize::from(parts.len() > sets(&text).len());
        }
    }
    assert!(cut > 10, "only {cut} were cut at all");
}

#[test]
fn every_part_of_a_public_file_is_as_clean_as_the_whole() {
    let Some(root) = std::env::var_os("X12GATE_CORPUS") else { return };
    let mut files = Vec::new();
    crate::corpus::walk(std::path::Path::new(&root), &mut files);
    let (mut worse, mut cut) = (Vec::new(), 0);
    for file in files {
        let text = std::fs::read(&file).unwrap();
        let said = |text: &[u8]| -> std::collections::BTreeSet<String> {
            let found = check(text).found.into_iter();
            found.map(|f| format!("{} {}{:02}", f.code.entry().id, f.tag, f.element)).collect()
        };
        let whole = said(&text);
        for unit in [Unit::Claim, Unit::Subscriber, Unit::Patient, Unit::Member] {
            let (parts, _) = units(&text, unit);
            cut += parts.len();
            for part in parts {
                let more: Vec<String> = said(&part).difference(&whole).cloned().collect();
                if !more.is_empty() {
                    worse.push(format!("{} by {unit:?}: {}", file.display(), more.join(", ")));
                }
            }
        }
    }
    worse.dedup();
    assert!(worse.is_empty() && cut > 100, "of {cut}:\n{}", worse.join("\n"));
}

#[test]
fn a_unit_for_each_claim_member_and_patient_and_none_is_lost() {
    let read = |name: &str| {
        let file = files("valid").into_iter().find(|file| file.ends_with(name)).unwrap();
        std::fs::read(file).unwrap()
    };
    for name in ["837p_everything.edi", "837i_everything.edi", "837d_everything.edi"] {
        let text = read(name);
        let claims = segments_of("CLM", std::slice::from_ref(&text));
        let (parts, _) = units(&text, Unit::Claim);
        assert_eq!((parts.len(), segments_of("CLM", &parts)), (claims, claims), "{name}");
        for unit in [Unit::Subscriber, Unit::Patient] {
            assert_eq!(segments_of("CLM", &units(&text, unit).0), claims, "{name} by {unit:?}");
        }
    }
    let text = read("834_everything.edi");
    let members = segments_of("INS", std::slice::from_ref(&text));
    assert_eq!(units(&text, Unit::Member).0.len(), members);
    let text = read("270_everything.edi");
    let inquiries = segments_of("EQ", std::slice::from_ref(&text));
    for unit in [Unit::Subscriber, Unit::Patient] {
        assert_eq!(segments_of("EQ", &units(&text, unit).0), inquiries, "{unit:?}");
    }
}

#[test]
fn what_would_not_balance_is_refused() {
    let reason = |name: &str, unit| {
        let file = files("valid").into_iter().find(|file| file.ends_with(name)).unwrap();
        units(&std::fs::read(file).unwrap(), unit).1
    };
    assert_eq!(
        reason("835_everything.edi", Unit::Claim),
        Some("its claims add up to one payment (BPR02)")
    );
    assert_eq!(
        reason("277ca_partly.edi", Unit::Claim),
        Some("its totals (QTY and AMT) count all of its claims")
    );
    assert_eq!(
        reason("275_everything.edi", Unit::Patient),
        Some("it is about one patient; split by set")
    );
    assert_eq!(reason("837p_everything.edi", Unit::Claim), None);
}

/// The sets and TA1 segments of an input.
fn sets(text: &[u8]) -> Vec<Vec<u8>> {
    let mut framer = Framer::default();
    let (mut start, mut found) = (0, Vec::new());
    while let Framed::Piece(piece) = framer.next(&text[start..], true) {
        if matches!(piece.kind, PieceKind::Set { .. } | PieceKind::Ta1) {
            found.push(text[start..][piece.span.clone()].to_vec());
        }
        start += piece.consumed;
    }
    found
}

#[test]
fn every_part_is_sound_and_nothing_is_lost() {
    for file in files("valid").into_iter().chain(files("quirks")) {
        let text = std::fs::read(&file).unwrap();
        let whole = sets(&text);
        for by in [By::Interchange, By::Group, By::Set] {
            let parts = split(&text, by);
            for part in &parts {
                assert_eq!(check(part).found, [], "{} by {by:?}", file.display());
            }
            let again: Vec<_> = parts.iter().flat_map(|part| sets(part)).collect();
            assert_eq!(again, whole, "{} by {by:?}", file.display());
            if by == By::Set {
                assert_eq!(parts.len(), whole.len());
            }
        }
    }
}

#[test]
fn trailers_count_what_is_in_the_part() {
    let two = files("quirks").into_iter().find(|f| f.ends_with("two_groups.edi")).unwrap();
    let parts = split(&std::fs::read(two).unwrap(), By::Group);
    assert_eq!(parts.len(), 2);
    for part in parts {
        assert!(String::from_utf8(part).unwrap().contains("IEA*1*"));
    }
}

#[test]
fn a_chain_of_levels_does_not_grow_without_bound() {
    let text = std::fs::read_to_string(files("valid")[2].clone()).unwrap();
    let (from, to) = (text.find("HL*1").unwrap(), text.find("SE*").unwrap());
    let chain: String = (1..=20_000)
        .map(|number| {
            let parent = if number == 1 { String::new() } else { (number - 1).to_string() };
            format!("HL*{number}*{parent}*22*1~\nNM1*IL*1*DOE*JANE****MI*S12300000101~\n")
        })
        .collect();
    let text = [&text[..from], &chain, &text[to..]].concat();
    for unit in [Unit::Subscriber, Unit::Patient] {
        let (parts, refusal) = units(text.as_bytes(), unit);
        assert!(parts.is_empty());
        assert!(refusal.is_some_and(|why| why.contains("nested too deep")), "{refusal:?}");
    }
}
