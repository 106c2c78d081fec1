//! Fills a seed up: every loop, segment and element of its guide that the fixtures leave out and that may be there
//! without a finding.

use std::collections::HashSet;

use x12gate::finding::{Detail, Finding};
use x12gate::guide::{Consequence, Guide, NodeIndex, Reference, Usage};

use super::sample::{self, Choice};
use super::seed::{Bench, Seed, tag, value, with_value};

/// What is added to a set, at most, because something that was added calls for it.
const STEPS_MAX: usize = 8;

/// The seed with as much of its guide as goes in and is not in `others`.
pub(super) fn saturate(bench: &mut Bench, seed: Seed, others: &[Seed]) -> Seed {
    let seed = add_loops_and_segments(bench, seed, others);
    add_elements(bench, seed)
}

/// Adds an instance of each loop and an occurrence of each segment that is not there yet, in order of the guide.
fn add_loops_and_segments(bench: &mut Bench, mut seed: Seed, others: &[Seed]) -> Seed {
    let guide = std::sync::Arc::clone(&seed.guide);
    for (node, used) in guide.segments.iter().enumerate() {
        let node = node as NodeIndex;
        if std::iter::once(&seed).chain(others).any(|s| s.has(node)) {
            continue;
        }
        let around = &guide.loops[usize::from(used.in_loop)];
        let is_trigger = around.segments.start == node;
        let host = if is_trigger { around.parent } else { Some(used.in_loop) };
        let hosts: Vec<usize> = (0..seed.instances.len())
            .filter(|i| Some(seed.instances[*i].definition) == host)
            .collect();
        let grown = hosts.iter().find_map(|host| {
            Choice::ALL.into_iter().find_map(|choice| {
                let segments = with_new(&seed, &guide, node, *host, is_trigger, choice);
                mended(bench, &seed, segments)
            })
        });
        // It may have been taken for another use; then nothing is gained.
        if let Some(grown) = grown.filter(|g| g.has(node)) {
            seed = grown;
        }
    }
    seed
}

/// The set with what it calls for, step by step, until nothing is found in it.
fn mended(bench: &mut Bench, seed: &Seed, mut segments: Vec<String>) -> Option<Seed> {
    for _ in 0..STEPS_MAX {
        let (draft, findings) = bench.draft(&seed.name, &seed.group, segments)?;
        let Some(finding) = findings.first() else { return Some(draft) };
        segments = supplied(&draft, finding)?;
    }
    None
}

/// The set with what a finding says is missing.
fn supplied(draft: &Seed, finding: &Finding) -> Option<Vec<String>> {
    let guide = std::sync::Arc::clone(&draft.guide);
    let wanted = match finding.detail {
        Detail::Rule { rule, .. } => match &guide.rules[usize::from(rule)].then {
            Consequence::Require(all) => all
                .iter()
                .find(|of| guide.segments[usize::from(of.segment)].tag == finding.at.tag)
                .copied(),
            Consequence::AnyOf(all) => all.first().copied(),
            _ => None,
        },
        Detail::Node(segment) => Some(Reference { segment, element: 0, component: 0 }),
        _ => None,
    }?;
    let before = finding.at.segment as usize - 1;
    if finding.at.element > 0 {
        let (node, _) = draft.places[before];
        let used = &guide.segments[usize::from(node)];
        let element = &sample::elements(&guide, used)[usize::from(finding.at.element) - 1];
        let mut segments = draft.segments.clone();
        segments[before] = sample::with_element(&guide, &segments[before], element, Choice::First);
        return Some(segments);
    }
    let used = &guide.segments[usize::from(wanted.segment)];
    let own = &guide.loops[usize::from(used.in_loop)];
    let opens = own.segments.start == wanted.segment;
    let host = if opens { own.parent? } else { used.in_loop };
    // The instance that ends there or is open there.
    let host = (0..draft.instances.len()).rev().find(|i| {
        let instance = &draft.instances[*i];
        instance.definition == host
            && instance.range.start < before + 1
            && before <= instance.range.end
    })?;
    Some(with_new(draft, &guide, wanted.segment, host, opens, Choice::First))
}

/// The set with one more segment, or one more loop with what it requires.
fn with_new(
    seed: &Seed,
    guide: &Guide,
    node: NodeIndex,
    host: usize,
    opens: bool,
    choice: Choice,
) -> Vec<String> {
    let used = &guide.segments[usize::from(node)];
    let rank = if opens { guide.loops[usize::from(used.in_loop)].rank } else { used.rank };
    let at = place_for(seed, host, rank);
    let mut added = Vec::new();
    if opens {
        required(guide, used.in_loop, choice, &mut added);
    } else {
        added.push(sample::segment(guide, node, choice));
    }
    let mut segments = seed.segments.clone();
    segments.splice(at..at, added);
    Seed::counted(levels(segments, host_level(seed, host)))
}

/// A loop with the segments and loops that it requires.
fn required(guide: &Guide, index: u16, choice: Choice, out: &mut Vec<String>) {
    let own = &guide.loops[usize::from(index)];
    // In order of rank: segments and inner loops as the guide has them.
    let mut node = own.segments.start;
    while node < own.segments.end {
        let used = &guide.segments[usize::from(node)];
        if used.in_loop == index {
            if used.usage == Usage::Required || node == own.segments.start {
                out.push(sample::segment(guide, node, choice));
            }
            node += 1;
        } else {
            let inner = &guide.loops[usize::from(used.in_loop)];
            if inner.usage == Usage::Required {
                required(guide, used.in_loop, choice, out);
            }
            node = inner.segments.end;
        }
    }
}

/// Where in an instance something of this rank may be added: before what comes later.
fn place_for(seed: &Seed, host: usize, rank: u16) -> usize {
    let range = seed.instances[host].range.clone();
    for index in range.clone() {
        let (node, mut instance) = seed.places[index];
        let mut here = seed.guide.segments[usize::from(node)].rank;
        while instance != host {
            here = seed.loop_of(instance).rank;
            instance = seed.instances[instance].parent;
        }
        if here > rank {
            return index;
        }
    }
    range.end
}

/// The number of the level that is or is around an instance.
fn host_level(seed: &Seed, mut instance: usize) -> String {
    loop {
        let first = &seed.segments[seed.instances[instance].range.start];
        if tag(first) == "HL" || instance == 0 {
            return value(first, 1, 0).to_owned();
        }
        instance = seed.instances[instance].parent;
    }
}

/// Numbers the levels anew; one that was added, with the same number as an earlier one, hangs off `parent`.
fn levels(mut segments: Vec<String>, parent: String) -> Vec<String> {
    let old: Vec<(usize, String, String)> = segments
        .iter()
        .enumerate()
        .filter(|(_, s)| tag(s) == "HL")
        .map(|(at, s)| (at, value(s, 1, 0).to_owned(), value(s, 2, 0).to_owned()))
        .collect();
    // A level that was made up has X for its numbers.
    let number = |name: &str| {
        old.iter().position(|(_, own, _)| own == name).map_or(0, |at| at + 1).to_string()
    };
    let mut last_made = parent;
    for (count, (at, own, above)) in old.iter().enumerate() {
        let is_made = own.starts_with('X');
        let mut hl = with_value(&segments[*at], 1, 0, &(count + 1).to_string());
        if is_made {
            if !above.is_empty() {
                hl = with_value(&hl, 2, 0, &number(&last_made));
                let parent = old.iter().find(|(_, own, _)| *own == last_made);
                if let Some((at, ..)) =
                    parent.filter(|(at, ..)| !value(&segments[*at], 4, 0).is_empty())
                {
                    segments[*at] = with_value(&segments[*at], 4, 0, "1");
                }
            }
            if !value(&hl, 4, 0).is_empty() {
                hl = with_value(&hl, 4, 0, "0");
            }
            last_made.clone_from(own);
        } else if !above.is_empty() {
            hl = with_value(&hl, 2, 0, &number(above));
        }
        segments[*at] = hl;
    }
    segments
}

/// Fills in elements and components that no occurrence of their use has yet.
fn add_elements(bench: &mut Bench, mut seed: Seed) -> Seed {
    let guide = std::sync::Arc::clone(&seed.guide);
    let mut tried: HashSet<(NodeIndex, u8, u8)> = HashSet::new();
    for index in 1..seed.segments.len() - 1 {
        let (node, _) = seed.places[index];
        let used = &guide.segments[usize::from(node)];
        for element in sample::elements(&guide, used) {
            if element.usage == Usage::NotUsed || !tried.insert((node, element.position, 0)) {
                continue;
            }
            let old = seed.segments[index].clone();
            let mut candidates = Vec::new();
            if value(&old, element.position, 0).is_empty() {
                for choice in [Choice::First, Choice::Last] {
                    candidates.push(sample::with_element(&guide, &old, element, choice));
                }
            }
            seed = first_clean(bench, seed, index, &candidates);
            for part in sample::components(&guide, element) {
                let old = &seed.segments[index];
                if part.usage == Usage::NotUsed
                    || value(old, element.position, 0).is_empty()
                    || !value(old, element.position, part.position).is_empty()
                {
                    continue;
                }
                let sample = sample::sample(&guide, part, old, element.position, Choice::First);
                let filled = with_value(old, element.position, part.position, &sample);
                seed = first_clean(bench, seed, index, &[filled]);
            }
        }
    }
    seed
}

/// The seed with the first of these segments that leaves it without a finding and with the same places.
fn first_clean(bench: &mut Bench, mut seed: Seed, index: usize, candidates: &[String]) -> Seed {
    for candidate in candidates {
        let old = std::mem::replace(&mut seed.segments[index], candidate.clone());
        if bench.is_clean(&seed.group, &seed.segments) {
            return seed;
        }
        seed.segments[index] = old;
    }
    seed
}
