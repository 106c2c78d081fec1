//! Defects of segments and loops: left out, too many, strange, out of order.

use x12gate::dict::Dictionary;
use x12gate::finding::{Code, Finding};
use x12gate::guide::Usage;
use x12gate::wire::Tag;

use super::seed::{Seed, tag};
use super::verdict::{Case, Want, nothing};

/// Copies made at most to come over a maximum.
const COPIES_MAX: u32 = 30;

/// Every case of a seed.
pub(super) fn cases<'s>(seed: &'s Seed, out: &mut Vec<Case<'s>>) {
    for index in 1..seed.segments.len() - 1 {
        left_out(seed, index, out);
        too_many(seed, index, out);
        strangers(seed, index, out);
        swapped(seed, index, out);
    }
    for instance in 1..seed.instances.len() {
        loops(seed, instance, out);
    }
}

/// Rules and sums may see the content in another loop, and what that requires may be missing; after an HL that is gone the numbers
/// have a gap.
fn read_elsewhere(_: &Seed, finding: &Finding) -> bool {
    let more = [
        Code::SegmentMissing,
        Code::LoopMissing,
        Code::LoopRepeats,
        Code::LevelNumber,
        Code::AdjustmentGroupRepeated,
    ];
    finding.code.entry().snip > 2 || more.contains(&finding.code)
}

/// The same key twice is the same repetition.
fn same_key(_: &Seed, finding: &Finding) -> bool {
    [Code::KeyRepeated, Code::AdjustmentGroupRepeated].contains(&finding.code)
}

fn without(seed: &Seed, range: std::ops::Range<usize>) -> Vec<String> {
    let mut segments = seed.segments.clone();
    segments.drain(range);
    Seed::counted(segments)
}

fn with(seed: &Seed, at: usize, more: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut segments = seed.segments.clone();
    segments.splice(at..at, more);
    Seed::counted(segments)
}

/// How many segments from here on are at the same rank of the same loop: what is missing is reported after them.
fn run_after(seed: &Seed, index: usize) -> usize {
    let (own, instance) = (seed.used(index).rank, seed.places[index].1);
    let same = |at: &usize| seed.places[*at].1 == instance && seed.used(*at).rank == own;
    (index + 1..seed.segments.len()).take_while(same).count()
}

fn left_out<'s>(seed: &'s Seed, index: usize, out: &mut Vec<Case<'s>>) {
    let used = seed.used(index);
    let (node, instance) = seed.places[index];
    let position = index + 1;
    let name = seed.segments[index].clone();
    let here = position..=position + run_after(seed, index);
    if seed.is_trigger(index) {
        let content = seed.instances[instance].range.len();
        if content > 1 && instance > 0 {
            // Without its head the content may read as that of a loop before it.
            let orphans = position..=position + content;
            let elsewhere = [
                Code::SegmentMissing,
                Code::LoopMissing,
                Code::SegmentRepeats,
                Code::LoopRepeats,
                Code::SegmentSequence,
                Code::ElementGuideCode,
                Code::SituationalSegmentMissing,
            ];
            out.push(Case {
                seed,
                kind: "no trigger",
                at: name,
                segments: without(seed, index..index + 1),
                want: vec![
                    Want::segment(&[Code::SegmentMissing], here, tag(&seed.segments[index])),
                    Want::around(&elsewhere, orphans),
                ],
                may_be_clean: true,
                follows: read_elsewhere,
            });
        }
        return;
    }
    let count = seed.places.iter().filter(|p| **p == (node, instance)).count();
    if used.usage == Usage::Required && count == 1 {
        out.push(Case {
            seed,
            kind: "left out",
            at: name,
            segments: without(seed, index..index + 1),
            want: vec![Want::segment(&[Code::SegmentMissing], here, tag(&seed.segments[index]))],
            may_be_clean: false,
            follows: nothing,
        });
    }
}

fn too_many<'s>(seed: &'s Seed, index: usize, out: &mut Vec<Case<'s>>) {
    let used = seed.used(index);
    let (node, instance) = seed.places[index];
    let is_last = seed.places.iter().rposition(|p| *p == (node, instance)) == Some(index);
    if !is_last || seed.is_trigger(index) || used.repeat_max > COPIES_MAX {
        return;
    }
    let count = seed.places.iter().filter(|p| **p == (node, instance)).count();
    let copies = used.repeat_max as usize + 1 - count;
    let more = std::iter::repeat_n(seed.segments[index].clone(), copies);
    out.push(Case {
        seed,
        kind: "too many",
        at: seed.segments[index].clone(),
        segments: with(seed, index + 1, more),
        want: vec![Want::segment(
            &[Code::SegmentRepeats],
            index + 1 + copies..=index + 1 + copies,
            tag(&seed.segments[index]),
        )],
        may_be_clean: false,
        follows: same_key,
    });
}

fn strangers<'s>(seed: &'s Seed, index: usize, out: &mut Vec<Case<'s>>) {
    let at = format!("before {}", seed.segments[index]);
    let guide = &seed.guide;
    let position = index + 1;
    let mut add = |kind, segment: String, code| {
        let want = vec![Want::segment(&[code], position..=position, tag(&segment))];
        let segments = with(seed, index, [segment]);
        out.push(Case {
            seed,
            kind,
            at: at.clone(),
            segments,
            want,
            may_be_clean: false,
            follows: nothing,
        });
    };
    add("unknown", "ZZX*1*2".into(), Code::SegmentUnknown);
    let foreign = ["BPR", "CLM", "EB", "HD"].into_iter().find(|t| {
        guide.standard_tags.binary_search(&Tag::from(*t)).is_err()
            && Dictionary::embedded().segment(Tag::from(*t)).is_some()
    });
    if let Some(foreign) = foreign {
        add("not in the set", format!("{foreign}*1*2"), Code::SegmentNotInSet);
    }
    let is_used = |t: &Tag| guide.segments.iter().any(|used| used.tag == *t);
    if let Some(unused) = guide.standard_tags.iter().find(|t| !is_used(t)) {
        add("not in the guide", format!("{unused}*1*2"), Code::SegmentNotUsed);
    }
}

/// Two segments of one loop in the wrong order.
fn swapped<'s>(seed: &'s Seed, index: usize, out: &mut Vec<Case<'s>>) {
    let next = index + 1;
    let in_order = seed.places[index].1 == seed.places[next].1
        && seed.used(index).rank < seed.used(next).rank
        && !seed.is_trigger(index);
    if !in_order || next + 1 == seed.segments.len() {
        return;
    }
    let mut segments = seed.segments.clone();
    segments.swap(index, next);
    out.push(Case {
        seed,
        kind: "swapped",
        at: format!("{} and {}", seed.segments[index], seed.segments[next]),
        segments,
        want: vec![Want::segment(
            &[Code::SegmentSequence],
            next + 1..=next + 1,
            tag(&seed.segments[index]),
        )],
        may_be_clean: false,
        follows: nothing,
    });
}

fn loops<'s>(seed: &'s Seed, instance: usize, out: &mut Vec<Case<'s>>) {
    let own = seed.loop_of(instance);
    let found = &seed.instances[instance];
    let first = seed.segments[found.range.start].clone();
    let siblings: Vec<usize> = (1..seed.instances.len())
        .filter(|i| {
            seed.instances[*i].definition == found.definition
                && seed.instances[*i].parent == found.parent
        })
        .collect();
    if own.usage == Usage::Required && siblings.len() == 1 {
        let position = found.range.start + 1;
        // Loops of one rank may come in any order: what is missing is told after them.
        let same = (0..seed.instances.len()).filter(|i| {
            let other = &seed.instances[*i];
            other.parent == found.parent
                && other.range.start >= found.range.end
                && seed.loop_of(*i).rank == own.rank
        });
        let late = same.map(|i| seed.instances[i].range.len()).sum::<usize>();
        out.push(Case {
            seed,
            kind: "no loop",
            at: first.clone(),
            segments: without(seed, found.range.clone()),
            want: vec![Want::segment(
                &[Code::LoopMissing],
                position..=position + late,
                tag(&first),
            )],
            may_be_clean: false,
            follows: nothing,
        });
    }
    let is_last = siblings.last() == Some(&instance);
    if is_last && own.repeat_max <= COPIES_MAX && own.level.is_none() {
        let copies = own.repeat_max as usize + 1 - siblings.len();
        let copy = &seed.segments[found.range.clone()];
        let more: Vec<String> = (0..copies).flat_map(|_| copy.iter().cloned()).collect();
        let position = found.range.end + copy.len() * (copies - 1) + 1;
        out.push(Case {
            seed,
            kind: "too many loops",
            at: first.clone(),
            segments: with(seed, found.range.end, more),
            want: vec![Want::segment(&[Code::LoopRepeats], position..=position, tag(&first))],
            may_be_clean: false,
            follows: nothing,
        });
    }
}
