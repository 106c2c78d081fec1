//! SNIP 1, 2 and 5 on the elements of one segment: usage, syntax notes, types, lengths, codes, patterns.

mod composite;
mod judge;

use self::composite::check_structure;
use self::judge::{Value, judge, push};
use super::code_dates::CodeDates;
use crate::dict::{DataType, SyntaxKind};
use crate::finding::{Code, Detail, Findings, Locus};
use crate::guide::plan::{HotElement, HotNote, bit};
use crate::tree::GuideMap;
use crate::wire::{Element, Segment};

/// Positions that fit into a mask of positions.
const POSITION_MAX: usize = 63;

/// The data element that holds the length of binary data.
pub(in crate::check) const BINARY_LENGTH: u16 = 784;

/// The data element that holds binary data.
pub(in crate::check) const BINARY_DATA: u16 = 785;

/// Where findings go.
pub(in crate::check) struct Out<'c> {
    /// The segment use being checked.
    pub(in crate::check) node: u16,
    pub(in crate::check) findings: &'c mut Findings,
    /// Codes that have to wait for the day they were used on.
    pub(in crate::check) code_dates: &'c mut CodeDates,
}

/// Checks every element of a segment that has a place in the guide. `at` is the place of the segment.
#[inline]
pub(in crate::check) fn check(
    map: GuideMap<'_>,
    segment: &Segment<'_>,
    at: &Locus,
    out: &mut Out<'_>,
) {
    let node = out.node;
    let hot = &map.plan.segments[node as usize];
    let (first, count) = hot.elements;
    let uses = &map.plan.elements[first as usize..first as usize + count as usize];
    let quick = &map.plan.quick;
    let tests = &quick.tests[first as usize..first as usize + count as usize];
    let here = || Locus { loop_index: Some(hot.in_loop), ..*at };

    let mut present = 0_u64;
    let mut position = 0_usize;
    let mut before: &[u8] = &[];
    let mut last_empty = false;
    let mut over = false;
    for element in segment.elements() {
        position += 1;
        last_empty = element.is_empty();
        if !last_empty {
            match tests.get(position - 1) {
                Some(test) => {
                    present |= bit(position as u8);
                    if !element.simple || !quick.passes(test, element.bytes) {
                        let hot = &uses[position - 1];
                        check_element(map, hot, element, (position, before), segment, here(), out);
                    }
                }
                // Reported once, at the first element too many.
                None => {
                    if !over {
                        too_many(position, count, element, here(), out.findings);
                    }
                    over = true;
                }
            }
        }
        before = element.bytes;
    }
    if present == 0 && (position <= usize::from(count)) {
        // An empty segment is one finding, not one for each element.
        return empty(hot.required, uses, here(), out.findings);
    }
    if last_empty {
        out.findings.push(Code::TrailingSeparators, here(), Detail::None);
    }
    let missing = hot.required & !present;
    let unused = present & !hot.used;
    if missing | unused != 0 {
        usage(map, node, missing, unused, segment, here(), out.findings);
    }
    for note in &map.plan.notes[hot.notes.0 as usize..hot.notes.1 as usize] {
        // An element that the guide does not use has been reported as such, and requires no others.
        if let Some((code, position)) = broken(note, present & hot.used) {
            // A required element is missing, and reported as such.
            if code == Code::SyntaxConditional && missing & note.mask != 0 {
                continue;
            }
            let data_element = uses.get(position as usize - 1).map_or(0, |u| u.data_element);
            let at = Locus { element: position, data_element, length: 0, ..here() };
            out.findings.push(code, at, Detail::None);
        }
    }
}

/// An element that did not pass its quick test; with its position and the value before it.
#[inline(never)]
fn check_element<'a>(
    map: GuideMap<'_>,
    hot: &HotElement,
    element: Element<'a>,
    (position, before): (usize, &'a [u8]),
    segment: &Segment<'a>,
    here: Locus,
    out: &mut Out<'_>,
) {
    if !element.simple || hot.kind == DataType::Composite {
        return check_structure(map, hot, element, position, segment, here, out);
    }
    let value = Value { bytes: element.bytes, before, position: position as u8, within: None };
    if let Some(fault) = judge(map, hot, value, segment, out.code_dates) {
        let at = spot(here, hot, position, &element);
        push(map, hot, element.bytes, fault, at, out);
    }
}

/// The place of an element or one repetition of it.
pub(super) fn spot(here: Locus, hot: &HotElement, position: usize, element: &Element<'_>) -> Locus {
    Locus {
        element: position.min(POSITION_MAX) as u8,
        data_element: hot.data_element,
        offset: here.offset + u64::from(element.offset),
        length: element.bytes.len() as u32,
        ..here
    }
}

#[cold]
fn too_many(
    position: usize,
    count: u8,
    element: Element<'_>,
    here: Locus,
    findings: &mut Findings,
) {
    let at = Locus {
        element: position.min(POSITION_MAX) as u8,
        offset: here.offset + u64::from(element.offset),
        length: element.bytes.len() as u32,
        ..here
    };
    let detail = Detail::Count { found: position as u64, expected: u64::from(count) };
    findings.push(Code::ElementTooMany, at, detail);
}

#[cold]
fn empty(required: u64, uses: &[HotElement], here: Locus, findings: &mut Findings) {
    let position = if required == 0 { 1 } else { required.trailing_zeros() as u8 };
    let data_element = uses.get(usize::from(position) - 1).map_or(0, |used| used.data_element);
    let at = Locus { element: position, data_element, length: 0, ..here };
    findings.push(Code::SegmentEmpty, at, Detail::None);
}

#[cold]
fn usage(
    map: GuideMap<'_>,
    node: u16,
    missing: u64,
    unused: u64,
    segment: &Segment<'_>,
    here: Locus,
    findings: &mut Findings,
) {
    let (first, count) = map.plan.segments[node as usize].elements;
    let uses = &map.plan.elements[first as usize..first as usize + count as usize];
    for (index, hot) in uses.iter().enumerate() {
        let position = index as u8 + 1;
        if missing & bit(position) != 0 {
            let code =
                if hot.mandatory { Code::ElementMandatoryMissing } else { Code::ElementMissing };
            let at = Locus { element: position, data_element: hot.data_element, length: 0, ..here };
            findings.push(code, at, Detail::None);
        } else if unused & bit(position) != 0
            && let Some(element) = segment.element(position as usize)
        {
            // A topmost level has no parent: the error is the number, not the element.
            let is_parent = position == 2 && map.plan.segments[node as usize].is_level;
            let code = if is_parent { Code::LevelParentForbidden } else { Code::ElementNotUsed };
            findings.push(code, spot(here, hot, position as usize, &element), Detail::None);
        }
    }
}

/// Evaluates a syntax note for the positions present: the code and the position in error.
pub(super) fn broken(note: &HotNote, present: u64) -> Option<(Code, u8)> {
    let found = present & note.mask;
    let first = bit(note.first);
    let absent = note.mask & !present;
    let lowest = |mask: u64| mask.trailing_zeros() as u8;
    match note.kind {
        SyntaxKind::Paired if found != 0 && absent != 0 => {
            Some((Code::SyntaxConditional, lowest(absent)))
        }
        SyntaxKind::Required if found == 0 => Some((Code::SyntaxConditional, note.first)),
        SyntaxKind::Exclusion if found.count_ones() > 1 => {
            Some((Code::SyntaxExclusion, lowest(found & (found - 1))))
        }
        SyntaxKind::Conditional if present & first != 0 && absent != 0 => {
            Some((Code::SyntaxConditional, lowest(absent)))
        }
        SyntaxKind::ListConditional if present & first != 0 && found == first => {
            Some((Code::SyntaxConditional, lowest(absent)))
        }
        _ => None,
    }
}

/// A segment that contains a byte outside the character set: finds the elements that do.
#[cold]
pub(in crate::check) fn characters(
    map: Option<GuideMap<'_>>,
    node: Option<u16>,
    segment: &Segment<'_>,
    at: Locus,
    findings: &mut Findings,
) {
    let binary = segment.binary().map_or(0, |binary| usize::from(binary.position));
    for (index, element) in segment.elements().enumerate().filter(|(at, _)| at + 1 != binary) {
        if element
            .bytes
            .iter()
            .any(|b| crate::wire::is_suspect(*b) && !segment.delimiters().contains(*b))
        {
            let data_element = map.zip(node).map_or(0, |(map, node)| {
                let (first, count) = map.plan.segments[node as usize].elements;
                let known = index < count as usize;
                if known { map.plan.elements[first as usize + index].data_element } else { 0 }
            });
            let at = Locus {
                element: (index + 1).min(POSITION_MAX) as u8,
                data_element,
                offset: at.offset + u64::from(element.offset),
                length: element.bytes.len() as u32,
                ..at
            };
            findings.push(Code::ElementCharacter, at, Detail::None);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::judge::{Value, judge};
    use crate::check::snip::code_dates::CodeDates;
    use crate::guide::Registry;
    use crate::tree::GuideMap;
    use crate::wire::{Delimiters, Tape};

    /// How many of the uses of all guides the value passes at once; the rules must object to none of those.
    fn passed(value: &[u8]) -> usize {
        let mut tape = Tape::default();
        tape.fill(b"ZZZ*", Delimiters::STANDARD);
        let segment = tape.segment(b"ZZZ*", 0);
        let mut count = 0;
        for guide in Registry::embedded().all() {
            let map = GuideMap::new(guide);
            for (hot, test) in map.plan.elements.iter().zip(&map.plan.quick.tests) {
                if map.plan.quick.passes(test, value) {
                    count += 1;
                    let value = Value { bytes: value, before: &[], position: 1, within: None };
                    let fault = judge(map, hot, value, &segment, &mut CodeDates::default());
                    assert!(fault.is_none(), "{hot:?} {value:?}", value = value.bytes);
                }
            }
        }
        count
    }

    #[test]
    fn right_values_pass_the_quick_tests() {
        for value in ["1", "12.50", "DOE", "HC", "20", "0.5", "ZZ", "18", "2 ELM ST", "0"] {
            assert!(passed(value.as_bytes()) > 0, "{value}");
        }
    }

    #[test]
    fn each_code_of_each_list_passes_only_where_the_rules_agree() {
        let guide = Registry::embedded().guide(b"837", b"005010X222A1").expect("the guide");
        for code in guide.lists.iter().flat_map(|list| list.codes.iter().take(40)) {
            assert!(passed(code) > 0 || code.len() > 8 || code.is_empty());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn what_passes_a_quick_test_breaks_no_rule(
            value in "[0-9]{1,20}|-?[0-9]{0,12}[.][0-9]{0,4}|[.]|[ A-Z0-9.-]{1,12}|P ?O BOX [0-9]| [A-Z]{1,9}|[A-Z]{1,90} ?|[ -~]{1,30}"
        ) {
            passed(value.as_bytes());
        }
    }
}
