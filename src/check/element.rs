//! SNIP 1, 2 and 5 on the elements of one segment: usage, syntax notes, types, lengths, codes, patterns.

use super::uses::{CodeUse, Uses};
use super::{form, value as kind};
use crate::dict::{Period, is_npi};
use crate::finding::{Code, Detail, Findings, Locus};
use crate::guide::{DataType, Pattern, SyntaxKind, Usage};
use crate::tree::{HotElement, HotNote, Map, NONE, bit};
use crate::wire::{Element, Segment};

/// Positions that fit into a mask of positions.
const POSITION_MAX: usize = 63;

/// The data element that holds the length of binary data.
pub(super) const BINARY_LENGTH: u16 = 784;

/// The data element that holds binary data.
pub(super) const BINARY_DATA: u16 = 785;

/// Where what is found goes.
pub(super) struct Out<'c> {
    /// The segment use being checked.
    pub(super) node: u16,
    pub(super) findings: &'c mut Findings,
    /// Codes that have to wait for the day they were used on.
    pub(super) uses: &'c mut Uses,
}

/// Checks every element of a segment that has a place in the guide. `at` is the place of the segment.
#[inline]
pub(super) fn check(map: Map<'_>, segment: &Segment<'_>, at: &Locus, out: &mut Out<'_>) {
    let node = out.node;
    let hot = &map.plan.segments[node as usize];
    let (first, count) = hot.elements;
    let uses = &map.plan.elements[first as usize..first as usize + count as usize];
    let here = Locus { loop_index: Some(hot.in_loop), ..*at };

    let mut present = 0_u64;
    let mut position = 0_usize;
    let mut before: &[u8] = &[];
    let mut last_empty = false;
    let mut over = false;
    for element in segment.elements() {
        position += 1;
        last_empty = element.is_empty();
        if !last_empty {
            match uses.get(position - 1) {
                Some(hot) => {
                    present |= bit(position as u8);
                    if element.simple && hot.kind != DataType::Composite {
                        let value = Value {
                            bytes: element.bytes,
                            before,
                            position: position as u8,
                            within: None,
                        };
                        if let Some(fault) = judge(map, hot, value, segment, out.uses) {
                            let at = spot(here, hot, position, &element);
                            push(map, hot, element.bytes, fault, at, out);
                        }
                    } else {
                        check_structure(map, hot, element, position, segment, here, out);
                    }
                }
                // Said once, at the first element too many.
                None => {
                    if !over {
                        too_many(position, count, element, here, out.findings);
                    }
                    over = true;
                }
            }
        }
        before = element.bytes;
    }
    if present == 0 && (position <= usize::from(count)) {
        // A segment with nothing in it is one finding, not one for each element.
        return empty(hot.required, uses, here, out.findings);
    }
    if last_empty {
        out.findings.push(Code::TrailingSeparators, here, Detail::None);
    }
    let missing = hot.required & !present;
    let unused = present & !hot.used;
    if missing | unused != 0 {
        usage(map, node, missing, unused, segment, here, out.findings);
    }
    for note in &map.plan.notes[hot.notes.0 as usize..hot.notes.1 as usize] {
        // What the guide does not use has been said to be too much, and calls for nothing.
        if let Some((code, position)) = broken(note, present & hot.used) {
            // What has to be there anyway is missing, and said to be so.
            if code == Code::SyntaxConditional && missing & note.mask != 0 {
                continue;
            }
            let data_element = uses.get(position as usize - 1).map_or(0, |u| u.data_element);
            let at = Locus { element: position, data_element, length: 0, ..here };
            out.findings.push(code, at, Detail::None);
        }
    }
}

/// The place of an element or one repetition of it.
fn spot(here: Locus, hot: &HotElement, position: usize, element: &Element<'_>) -> Locus {
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
    map: Map<'_>,
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
            // Of a level that hangs off none the number of a parent is the matter, not the element.
            let is_parent = position == 2 && map.plan.segments[node as usize].is_level;
            let code = if is_parent { Code::LevelParentForbidden } else { Code::ElementNotUsed };
            findings.push(code, spot(here, hot, position as usize, &element), Detail::None);
        }
    }
}

/// What a syntax note says of the positions present: the code and the position at fault.
fn broken(note: &HotNote, present: u64) -> Option<(Code, u8)> {
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

/// A simple value, with the one before it in the same segment or composite.
#[derive(Clone, Copy)]
struct Value<'a> {
    bytes: &'a [u8],
    before: &'a [u8],
    position: u8,
    /// The composite around a component.
    within: Option<Element<'a>>,
}

impl<'a> Value<'a> {
    /// The qualifier at this position: nearly always the value before, else looked for.
    #[inline]
    fn qualifier(&self, position: u8, segment: &Segment<'a>) -> &'a [u8] {
        if position + 1 == self.position {
            return self.before;
        }
        let index = position as usize;
        match self.within {
            Some(whole) => {
                whole.components().nth(index.wrapping_sub(1)).map_or(&[], |inner| inner.bytes)
            }
            None => segment.value(index),
        }
    }
}

/// What is wrong with a value.
#[derive(Clone, Copy)]
enum Fault {
    /// This.
    Found(Code, Detail),
    /// Nothing perhaps: the list of this index has to be asked, by the day of the code's use.
    Dated(u16),
}

#[cold]
fn push(map: Map<'_>, hot: &HotElement, bytes: &[u8], fault: Fault, at: Locus, out: &mut Out<'_>) {
    match fault {
        Fault::Found(code, detail) => out.findings.push(code, at, detail),
        Fault::Dated(list) => {
            let used = CodeUse { list, node: out.node, at };
            if out.uses.is_unknown(map, bytes, used, out.findings) {
                let (code, detail) = bad_code(map, hot, list, bytes);
                out.findings.push(code, at, detail);
            }
        }
    }
}

/// What is wrong with the type or the length of a value.
#[inline]
fn misfit(hot: &HotElement, bytes: &[u8]) -> Option<kind::Fault> {
    kind::check(hot.kind, hot.length_min as usize, hot.length_max as usize, bytes)
}

/// One simple value: type, length, code list, pattern. Where it stands is only worked out when something is wrong.
#[inline]
fn judge<'a>(
    map: Map<'_>,
    hot: &HotElement,
    value: Value<'a>,
    segment: &Segment<'a>,
    uses: &mut Uses,
) -> Option<Fault> {
    let bytes = value.bytes;
    if hot.usage == Usage::NotUsed {
        // Reported as a whole; what is in it does not matter.
        return None;
    }
    if hot.list != NONE {
        if map.guide.lists[hot.list as usize].holds(bytes) {
            return None;
        }
        return judge_code(map, hot, value, segment, uses);
    }
    if let Some(fault) = misfit(hot, bytes) {
        // The length of binary data is judged with the data.
        let is_length = hot.data_element == BINARY_LENGTH && segment.binary().is_some();
        return (!is_length).then(|| bad_value(fault));
    }
    match hot.pattern {
        Some(Pattern::CodeBy(..)) => judge_code(map, hot, value, segment, uses),
        Some(pattern) => break_of(pattern, value, segment),
        None => None,
    }
}

/// A code that its list does not hold on every day, or whose list its qualifier names.
fn judge_code<'a>(
    map: Map<'_>,
    hot: &HotElement,
    value: Value<'a>,
    segment: &Segment<'a>,
    uses: &mut Uses,
) -> Option<Fault> {
    let bytes = value.bytes;
    let named = match hot.pattern {
        Some(Pattern::CodeBy(at, table)) => {
            map.guide.qualified[table as usize].list(value.qualifier(at, segment))
        }
        _ => None,
    };
    let mut index = named.or(Some(hot.list).filter(|list| *list != NONE))?;
    let mut list = &map.guide.lists[index as usize];
    if let Some((other, _)) = list.other.filter(|(_, is_other)| is_other(bytes)) {
        index = other;
        list = &map.guide.lists[index as usize];
    }
    if list.set().is_none() && !list.absent {
        if list.contains(bytes) {
            return None;
        }
        let (code, detail) = bad_code(map, hot, index, bytes);
        return Some(Fault::Found(code, detail));
    }
    if let Some(fault) = misfit(hot, bytes) {
        return Some(bad_value(fault));
    }
    let is_open = list.listing.is_none_or(|listing| listing.in_force == Period::ALWAYS);
    if !list.absent {
        return (!is_open || !list.holds(bytes)).then_some(Fault::Dated(index));
    }
    uses.miss(map, index);
    let form = list.listing.and_then(|listing| listing.form);
    if form.is_some_and(|has_form| !has_form(bytes)) {
        return Some(Fault::Found(Code::CodeForm, Detail::CodeList(index)));
    }
    (!is_open).then_some(Fault::Dated(index))
}

#[cold]
fn bad_value((code, lengths): kind::Fault) -> Fault {
    let detail = match lengths {
        Some((found, expected)) => Detail::Count { found: found as u64, expected: expected as u64 },
        None => Detail::None,
    };
    Fault::Found(code, detail)
}

#[cold]
fn bad_code(map: Map<'_>, hot: &HotElement, list: u16, bytes: &[u8]) -> (Code, Detail) {
    // A code that cannot even be one of this element is first of all of the wrong length.
    if let Some(fault) = misfit(hot, bytes)
        && fault.0 != Code::PaddedValue
        && let Fault::Found(code, detail) = bad_value(fault)
    {
        return (code, detail);
    }
    let unknown_to_standard =
        hot.standard_list != NONE && !map.guide.lists[hot.standard_list as usize].contains(bytes);
    let code = if map.guide.lists[list as usize].external {
        Code::CodeSet
    } else if unknown_to_standard {
        Code::ElementCode
    } else {
        Code::ElementGuideCode
    };
    (code, Detail::CodeList(list))
}

/// What of a pattern is broken, if anything.
#[inline]
fn break_of<'a>(pattern: Pattern, value: Value<'a>, segment: &Segment<'a>) -> Option<Fault> {
    let code = match pattern {
        Pattern::D8 => kind::date(value.bytes).is_none().then_some(Code::ElementDateFormat),
        Pattern::DateBy(qualifier) => {
            kind::period(value.qualifier(qualifier, segment), value.bytes)?.err()
        }
        Pattern::Street => form::is_post_office_box(value.bytes).then_some(Code::PostOfficeBox),
        Pattern::NpiBy(qualifier) => {
            let is_npi = value.qualifier(qualifier, segment) != b"XX" || is_npi(value.bytes);
            (!is_npi).then_some(Code::ProviderIdentifier)
        }
        // Looked up before.
        Pattern::CodeBy(..) => None,
        Pattern::Amount(most) => {
            let detail = kind::over_digits(value.bytes, u64::from(most))?;
            return Some(Fault::Found(Code::AmountTooLong, detail));
        }
    };
    code.map(|code| Fault::Found(code, Detail::None))
}

/// A composite or a repeating element, or a separator where there should be none.
fn check_structure(
    map: Map<'_>,
    hot: &HotElement,
    element: Element<'_>,
    position: usize,
    segment: &Segment<'_>,
    here: Locus,
    out: &mut Out<'_>,
) {
    if hot.usage == Usage::NotUsed {
        return;
    }
    let separator = segment.delimiters().repetition;
    let is_repeated = separator.is_some_and(|separator| element.bytes.contains(&separator));
    if hot.kind == DataType::Composite && !is_repeated {
        let repetition = u16::from(hot.repeat_max > 1);
        let place = Locus { repetition, ..spot(here, hot, position, &element) };
        return check_composite(map, hot, element, segment, place, out);
    }
    let repeats = element.repetitions().count();
    if repeats > hot.repeat_max as usize {
        let code = if repeats > hot.standard_repeat_max as usize {
            Code::ElementRepetitions
        } else {
            Code::ElementGuideRepetitions
        };
        let detail = Detail::Count { found: repeats as u64, expected: u64::from(hot.repeat_max) };
        out.findings.push(code, spot(here, hot, position, &element), detail);
    }
    for (index, one) in element.repetitions().take(hot.repeat_max as usize).enumerate() {
        let repetition = if hot.repeat_max > 1 { index as u16 + 1 } else { 0 };
        let place = Locus { repetition, ..spot(here, hot, position, &one) };
        if one.is_empty() {
            out.findings.push(Code::TrailingSeparators, place, Detail::None);
        } else if hot.kind == DataType::Composite {
            check_composite(map, hot, one, segment, place, out);
        } else if one.simple {
            let value = Value { bytes: one.bytes, before: &[], position: 0, within: None };
            if let Some(fault) = judge(map, hot, value, segment, out.uses) {
                push(map, hot, one.bytes, fault, place, out);
            }
        } else {
            let found = one.components().count() as u64;
            out.findings.push(Code::ElementComponents, place, Detail::Count { found, expected: 1 });
        }
    }
}

fn check_composite(
    map: Map<'_>,
    hot: &HotElement,
    element: Element<'_>,
    segment: &Segment<'_>,
    here: Locus,
    out: &mut Out<'_>,
) {
    let (first, count) = hot.components;
    let uses = &map.plan.elements[first as usize..first as usize + count as usize];
    let mut present = 0_u64;
    let mut last_empty = false;
    let mut before: &[u8] = &[];
    let mut found = 0;
    for component in element.components() {
        found += 1;
        last_empty = component.bytes.is_empty();
        let at = |data_element| Locus {
            component: found.min(POSITION_MAX) as u8,
            data_element,
            offset: here.offset + u64::from(component.offset - element.offset),
            length: component.bytes.len() as u32,
            ..here
        };
        match uses.get(found - 1) {
            None if found == uses.len() + 1 => {
                let count = element.components().count() as u64;
                out.findings.push(
                    Code::ElementComponents,
                    here,
                    Detail::Count { found: count, expected: uses.len() as u64 },
                );
            }
            Some(hot) if !last_empty => {
                if hot.usage != Usage::NotUsed {
                    present |= bit(found as u8);
                }
                let value = Value {
                    bytes: component.bytes,
                    before,
                    position: found.min(POSITION_MAX) as u8,
                    within: Some(element),
                };
                if let Some(fault) = judge(map, hot, value, segment, out.uses) {
                    push(map, hot, component.bytes, fault, at(hot.data_element), out);
                }
                if hot.usage == Usage::NotUsed {
                    out.findings.push(Code::ElementNotUsed, at(hot.data_element), Detail::None);
                }
            }
            _ => {}
        }
        before = component.bytes;
    }
    if last_empty {
        out.findings.push(Code::TrailingSeparators, here, Detail::None);
    }
    let missing = hot.required & !present;
    if missing != 0 {
        components_missing(uses, missing, here, out.findings);
    }
    for note in &map.plan.notes[hot.notes.0 as usize..hot.notes.1 as usize] {
        if let Some((code, position)) = broken(note, present) {
            // What has to be there anyway is missing, and said to be so.
            let is_required =
                uses.get(position as usize - 1).is_some_and(|u| u.usage == Usage::Required);
            if code == Code::SyntaxConditional && is_required {
                continue;
            }
            let data_element = uses.get(position as usize - 1).map_or(0, |u| u.data_element);
            out.findings.push(
                code,
                Locus { component: position, data_element, length: 0, ..here },
                Detail::None,
            );
        }
    }
}

#[cold]
fn components_missing(uses: &[HotElement], missing: u64, here: Locus, findings: &mut Findings) {
    for (hot, component) in uses.iter().zip(1_u8..).filter(|(_, at)| missing & bit(*at) != 0) {
        let code = if hot.mandatory { Code::ElementMandatoryMissing } else { Code::ElementMissing };
        let at = Locus { component, data_element: hot.data_element, length: 0, ..here };
        findings.push(code, at, Detail::None);
    }
}

/// A segment that holds a byte outside the character set: finds the elements that do.
#[cold]
pub(super) fn characters(
    map: Option<Map<'_>>,
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
