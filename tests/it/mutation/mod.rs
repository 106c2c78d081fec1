//! One defect, one finding: every guide, filled up as far as it goes, is broken in every way that has a name. What is
//! found must be the defect, at its place, with its acknowledgment codes, and nothing beside it but what is listed as its
//! consequence; and the 999 about it is clean.

mod elements;
mod sample;
mod saturate;
mod seed;
mod segments;
mod single;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use x12gate::guide::{Registry, SegmentUse};

use seed::{Bench, Seed};
use verdict::Tally;

/// For each guide seeds that together hold nearly all of it.
fn guides() -> &'static [Vec<Seed>] {
    static GUIDES: OnceLock<Vec<Vec<Seed>>> = OnceLock::new();
    GUIDES.get_or_init(|| {
        let mut bench = Bench::new();
        let mut guides: BTreeMap<(String, String), Vec<Seed>> = BTreeMap::new();
        for seed in seed::fixtures(&mut bench) {
            let key = (seed.guide.id.to_string(), seed.guide.title.to_string());
            guides.entry(key).or_default().push(seed);
        }
        guides.into_values().map(|seeds| filled(&mut bench, seeds)).collect()
    })
}

/// The seeds of a guide filled up, the largest first; the others with what is not in those before them.
fn filled(bench: &mut Bench, mut seeds: Vec<Seed>) -> Vec<Seed> {
    seeds.sort_by_key(|seed| std::cmp::Reverse(seed.segments.len()));
    let mut full = Vec::new();
    for seed in seeds {
        let seed = saturate::saturate(bench, seed, &full);
        full.push(seed);
    }
    full
}

/// Of a hundred uses of a guide so many may be in no seed: rules may rule out what is made up.
const ABSENT_PERCENT_MAX: usize = 12;

#[test]
fn nearly_every_use_of_every_guide_is_in_a_seed() {
    assert_eq!(guides().len(), Registry::embedded().guides().count(), "a guide has no fixture");
    for seeds in guides() {
        let guide = &seeds[0].guide;
        let place = |used: &SegmentUse| {
            let around = &guide.loops[usize::from(used.in_loop)].id;
            format!("{around}/{} {}", used.tag, used.name)
        };
        let uses = guide.segments.iter().enumerate();
        let absent: Vec<String> = uses
            .filter(|(node, _)| !seeds.iter().any(|seed| seed.has(*node as u16)))
            .map(|(_, used)| place(used))
            .collect();
        let most = guide.segments.len() * ABSENT_PERCENT_MAX / 100;
        assert!(absent.len() <= most, "{} {}: {absent:?}", guide.id, guide.title);
    }
}

#[test]
fn a_defect_of_a_segment_or_loop_is_one_finding() {
    let (mut bench, mut tally) = (Bench::new(), Tally::default());
    for seed in guides().iter().flatten() {
        let mut cases = Vec::new();
        segments::cases(seed, &mut cases);
        cases.iter().for_each(|case| tally.take(&mut bench, case));
    }
    tally.conclude(&mut bench);
}

/// Data elements that no case reaches: the count in the trailer, which X12-1204 is about, and those of uses that no seed holds.
const UNREACHED: [u16; 6] = [96, 510, 1354, 1383, 1609, 1715];

#[test]
fn a_defect_of_an_element_is_one_finding() {
    let (mut bench, mut tally) = (Bench::new(), Tally::default());
    let (mut wanted, mut reached) = (BTreeSet::new(), BTreeSet::new());
    for seeds in guides() {
        let mut broken = elements::Broken::default();
        for seed in seeds {
            let mut cases = Vec::new();
            elements::cases(seed, &mut broken, &mut cases);
            cases.iter().for_each(|case| tally.take(&mut bench, case));
        }
        wanted.append(&mut elements::wanted(&seeds[0].guide));
        reached.append(&mut elements::reached(&seeds[0].guide, &broken));
    }
    tally.conclude(&mut bench);
    // Every data element was too short, too long, of another type and of strange characters somewhere.
    let unreached = |(number, _): &&(u16, &str)| !UNREACHED.contains(number);
    let absent: Vec<_> = wanted.difference(&reached).filter(unreached).collect();
    assert!(absent.is_empty(), "{absent:?}");
}
