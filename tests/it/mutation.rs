//! One defect, one finding: every valid fixture is broken in every way that has a name, and the finding is compared.

use crate::fixtures::files;
use crate::found::{Found, check, wire};
use x12gate::finding::{Code, Severity};
use x12gate::guide::{Guide, SegmentUse, Usage};

/// A valid file as segments, without terminators; all fixtures in `valid` use `~` and a line feed.
struct Seed {
    name: String,
    segments: Vec<String>,
}

impl Seed {
    fn all() -> Vec<Seed> {
        files("valid")
            .into_iter()
            .map(|file| {
                let text = std::fs::read_to_string(&file).unwrap();
                let segments = text
                    .split('~')
                    .map(|s| s.trim().to_owned())
                    .filter(|s| !s.is_empty())
                    .collect();
                Seed { name: file.file_name().unwrap().to_string_lossy().into_owned(), segments }
            })
            .filter(|seed| seed.segments.iter().any(|s| s.starts_with("ST*")))
            .collect()
    }

    /// The text, with SE01 put right after segments were added or taken away.
    fn text(segments: &[String]) -> String {
        let mut out = String::new();
        let mut count = 0;
        for segment in segments {
            count = if segment.starts_with("ST*") { 1 } else { count + 1 };
            match segment.strip_prefix("SE*").and_then(|se| se.split_once('*')) {
                Some((_, control)) => out.push_str(&format!("SE*{count}*{control}~")),
                None => out.push_str(&format!("{segment}~")),
            }
        }
        out
    }

    /// Indexes of segments inside sets, ST and SE left out.
    fn inner(&self) -> Vec<usize> {
        let envelope = ["ISA", "GS", "ST", "SE", "GE", "IEA", "TA1"];
        (0..self.segments.len())
            .filter(|i| !envelope.contains(&self.segments[*i].split('*').next().unwrap()))
            .collect()
    }

    fn guide(&self) -> std::sync::Arc<Guide> {
        let reports = check(Seed::text(&self.segments).as_bytes()).reports;
        reports[0].guide.clone().expect("a guide is known")
    }
}

fn errors(text: &str) -> Vec<Found> {
    check(text.as_bytes()).found.into_iter().filter(|f| f.severity == Severity::Error).collect()
}

#[test]
fn an_unknown_segment_anywhere_is_one_finding() {
    for seed in Seed::all() {
        for at in seed.inner() {
            let mut segments = seed.segments.clone();
            segments.insert(at, "ZZX*1*2".into());
            let found = errors(&Seed::text(&segments));
            let codes: Vec<_> = found.iter().map(|f| f.code).collect();
            assert_eq!(
                codes,
                [Code::SegmentUnknown],
                "{} before {} {}: {found:?}",
                seed.name,
                at,
                seed.segments[at]
            );
            assert_eq!(wire(found[0].code), "1");
        }
    }
}

#[test]
fn a_misspelt_segment_id_is_one_finding() {
    for seed in Seed::all() {
        for at in seed.inner() {
            let mut segments = seed.segments.clone();
            // Levels are left out: without its HL a level is also missing from the tree of levels.
            if segments[at].starts_with("HL") || segments[at].starts_with("L") {
                continue;
            }
            let tail = segments[at].split_once('*').unwrap().1.to_owned();
            segments[at] = format!("QQQ*{tail}");
            let found = errors(&Seed::text(&segments));
            let unknown = found.iter().filter(|f| f.code == Code::SegmentUnknown).count();
            assert_eq!(unknown, 1, "{} {}: {found:?}", seed.name, seed.segments[at]);
            assert!(found.len() <= 2, "{} {}: a cascade: {found:?}", seed.name, seed.segments[at]);
        }
    }
}

#[test]
fn a_deleted_segment_is_found_when_it_is_required() {
    for seed in Seed::all() {
        let guide = seed.guide();
        for at in seed.inner() {
            let tag = seed.segments[at].split('*').next().unwrap();
            let always = guide
                .segments
                .iter()
                .enumerate()
                .filter(|(_, used)| {
                    used.tag == tag.into() && may_be(&guide, used, &seed.segments[at])
                })
                .all(|(node, used)| {
                    let around = &guide.loops[usize::from(used.in_loop)];
                    let is_trigger = usize::from(around.segments.start) == node;
                    used.usage == Usage::Required
                        && !(is_trigger && around.usage == Usage::Situational)
                });
            let mut segments = seed.segments.clone();
            segments.remove(at);
            let found = errors(&Seed::text(&segments));
            // Without its BHT a response is taken for the request that shares its guide id.
            let is_unnamed = tag == "BHT" && !guide.purposes.is_empty();
            assert!(
                found.len() <= 6 || is_unnamed,
                "{} without {}: a cascade: {found:?}",
                seed.name,
                seed.segments[at]
            );
            if always && ["BHT", "AK1", "AK9", "IK5", "NM1"].contains(&tag) {
                assert!(
                    !found.is_empty(),
                    "{} without {}: nothing found",
                    seed.name,
                    seed.segments[at]
                );
            }
        }
    }
}

/// True when the code that tells the uses of the segment apart, where there is one, speaks for this use.
fn may_be(guide: &Guide, used: &SegmentUse, segment: &str) -> bool {
    used.discriminator.is_none_or(|by| {
        let element = segment.split('*').nth(usize::from(by.element)).unwrap_or("");
        let value =
            element.split(':').nth(usize::from(by.component).saturating_sub(1)).unwrap_or("");
        guide.lists[usize::from(by.list)].contains(value.as_bytes())
    })
}

#[test]
fn a_wrong_code_in_a_coded_element_is_found_there() {
    for seed in Seed::all() {
        for at in seed.inner() {
            let elements: Vec<_> = seed.segments[at].split('*').map(str::to_owned).collect();
            for position in 1..elements.len() {
                // The guide's own lists say what is coded; a code nobody knows is tried wherever the value is one.
                let old = &elements[position];
                if old.is_empty() || old.contains([':', '^']) || !is_coded(&elements[0], position) {
                    continue;
                }
                let mut changed = elements.clone();
                changed[position] = "?".repeat(old.len());
                let mut segments = seed.segments.clone();
                segments[at] = changed.join("*");
                let found = errors(&Seed::text(&segments));
                let hit = found.iter().any(|f| {
                    f.tag == elements[0] && usize::from(f.element) == position
                        || f.code == Code::SegmentUnexpected
                });
                assert!(
                    hit,
                    "{} {} with {}{position:02} wrong: {found:?}",
                    seed.name, seed.segments[at], elements[0]
                );
            }
        }
    }
}

/// Elements of the fixtures that hold codes of the guide.
fn is_coded(tag: &str, position: usize) -> bool {
    matches!(
        (tag, position),
        ("BHT", 1 | 2)
            | ("HL", 3 | 4)
            | ("NM1", 1 | 2 | 8)
            | ("TRN", 1)
            | ("DMG", 1 | 3)
            | ("DTP", 1 | 2)
            | ("EQ", 1)
            | ("REF", 1)
            | ("EB", 1 | 2 | 4 | 6)
            | ("INS", 1 | 2)
            | ("PRV", 1)
            | ("AAA", 1 | 3 | 4)
            | ("IK5", 1)
            | ("AK9", 1)
    )
}

#[test]
fn a_value_too_long_is_found_at_its_element() {
    for seed in Seed::all() {
        for at in seed.inner() {
            let elements: Vec<_> = seed.segments[at].split('*').map(str::to_owned).collect();
            for position in 1..elements.len() {
                if elements[position].is_empty() || elements[position].contains([':', '^']) {
                    continue;
                }
                let mut changed = elements.clone();
                changed[position] = "9".repeat(300);
                let mut segments = seed.segments.clone();
                segments[at] = changed.join("*");
                let found = errors(&Seed::text(&segments));
                let hit = found
                    .iter()
                    .any(|f| f.tag == elements[0] && usize::from(f.element) == position)
                    || found.iter().any(|f| f.code == Code::SegmentUnexpected);
                assert!(hit, "{} {}{position:02} of 300 digits: {found:?}", seed.name, elements[0]);
            }
        }
    }
}

#[test]
fn a_required_element_emptied_is_found_at_its_place() {
    for seed in Seed::all() {
        for at in seed.inner() {
            let elements: Vec<_> = seed.segments[at].split('*').map(str::to_owned).collect();
            let required = matches!(elements[0].as_str(), "BHT" | "TRN" | "DTP" | "REF");
            for position in 1..elements.len().min(4) {
                let skip = match elements[0].as_str() {
                    "BHT" => position == 3,
                    "REF" => position > 2,
                    _ => false,
                };
                if !required || skip || elements[position].is_empty() {
                    continue;
                }
                let mut changed = elements.clone();
                changed[position] = String::new();
                let mut segments = seed.segments.clone();
                segments[at] = changed.join("*").trim_end_matches('*').to_owned();
                let found = errors(&Seed::text(&segments));
                let hit = found
                    .iter()
                    .any(|f| f.tag == elements[0] && usize::from(f.element) == position)
                    || found.iter().any(|f| f.code == Code::SegmentUnexpected);
                assert!(
                    hit,
                    "{} {} without {position:02}: {found:?}",
                    seed.name, seed.segments[at]
                );
            }
        }
    }
}
