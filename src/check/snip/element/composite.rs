//! Composites and repeating elements: their components, their number, and separators where there should be none.

use super::judge::{Value, judge, push};
use super::{Out, POSITION_MAX, broken, spot};
use crate::dict::DataType;
use crate::finding::{Code, Detail, Findings, Locus};
use crate::guide::Usage;
use crate::guide::plan::{HotElement, bit};
use crate::tree::GuideMap;
use crate::wire::{Element, Segment};

/// A composite or a repeating element, or a separator where there should be none.
pub(super) fn check_structure(
    map: GuideMap<'_>,
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
            if let Some(fault) = judge(map, hot, value, segment, out.code_dates) {
                push(map, hot, one.bytes, fault, place, out);
            }
        } else if separator.is_some() || hot.standard_repeat_max == 1 {
            // Without a repetition separator, which the ISA is reported for, what repeats may seem to have components.
            let found = one.components().count() as u64;
            out.findings.push(Code::ElementComponents, place, Detail::Count { found, expected: 1 });
        }
    }
}

fn check_composite(
    map: GuideMap<'_>,
    hot: &HotElement,
    element: Element<'_>,
    segment: &Segment<'_>,
    here: Locus,
    out: &mut Out<'_>,
) {
    let (first, count) = hot.components;
    let uses = &map.plan.elements[first as usize..first as usize + count as usize];
    let quick = &map.plan.quick;
    let tests = &quick.tests[first as usize..first as usize + count as usize];
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
            Some(_) if !last_empty && quick.passes(&tests[found - 1], component.bytes) => {
                present |= bit(found as u8);
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
                if let Some(fault) = judge(map, hot, value, segment, out.code_dates) {
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
            // A required element is missing, and reported as such.
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
