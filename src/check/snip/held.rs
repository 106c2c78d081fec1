//! Where the values that a rule compares are, and the finding when a balance does not hold; for rules by place and by key.

use crate::dict::DataType;
use crate::finding::{Code, Detail, Findings, Locus, Severity};
use crate::guide::{Consequence, Pattern, Reference, Relation, Rule};
use crate::tree::GuideMap;
use crate::wire::Segment;

/// Where a value was last seen that makes a comparison true.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Held {
    /// Position of its segment in the set; 0 when there is none.
    pub(super) segment: u32,
    /// Its own bytes in the file: those of the element, or of the segment where the comparison is about that.
    pub(super) offset: u64,
    pub(super) length: u32,
}

impl Held {
    pub(super) fn is_true(self) -> bool {
        self.segment != 0
    }
}

/// True when the sides of a balance are related as required.
pub(super) fn holds(relation: Relation, left: i128, right: i128) -> bool {
    match relation {
        Relation::Equal => left == right,
        Relation::AtMost => left <= right,
    }
}

/// Reports that a balance does not hold: as a sum; as dates in the wrong order; or as a pointer beyond what there is.
#[cold]
pub(super) fn report_balance(
    map: GuideMap<'_>,
    index: u16,
    first: Reference,
    (found, expected): (i128, i128),
    at: Locus,
    findings: &mut Findings,
) {
    let rule = &map.guide.rules[index as usize];
    let is_at_most = matches!(rule.then, Consequence::Balance(_, Relation::AtMost, _));
    let code = match () {
        () if !is_at_most || rule.snip == 3 => Code::Unbalanced,
        () if is_date(map, first) => Code::DateOrder,
        () => Code::PointerOutOfRange,
    };
    let detail = Detail::Amounts {
        rule: index,
        snip: rule.snip,
        found: cut(found),
        expected: cut(expected),
    };
    findings.push_at_most(worst(rule), code, at, detail);
}

/// True for an element that is a date.
fn is_date(map: GuideMap<'_>, of: Reference) -> bool {
    let (first, count) = map.plan.segments[of.segment as usize].elements;
    let among = &map.plan.elements[first as usize..first as usize + count as usize];
    let element = among.get((of.element as usize).wrapping_sub(1));
    element.is_some_and(|e| e.kind == DataType::Dt || matches!(e.pattern, Some(Pattern::DateBy(_))))
}

/// Millionths as a finding has them; amounts beyond nine trillion are shown as that.
fn cut(millionths: i128) -> i64 {
    millionths.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

pub(super) fn worst(rule: &Rule) -> Severity {
    if rule.warning { Severity::Warning } else { Severity::Error }
}

/// The place of a reference where it was last seen.
pub(super) fn place(map: GuideMap<'_>, of: Reference, held: Held, at: Locus) -> Locus {
    let (first, count) = map.plan.segments[of.segment as usize].elements;
    let data_element = match of.element {
        0 => 0,
        element if element <= count => {
            map.plan.elements[first as usize + element as usize - 1].data_element
        }
        _ => 0,
    };
    Locus {
        segment: held.segment,
        offset: held.offset,
        length: held.length,
        tag: map.tag(of.segment),
        loop_index: Some(map.plan.segments[of.segment as usize].in_loop),
        element: of.element,
        component: of.component,
        data_element,
        ..at
    }
}

/// Where in the segment the element is, if it is present.
pub(super) fn hold(segment: &Segment<'_>, of: Reference, at: Locus) -> Option<Held> {
    if of.element == 0 {
        return Some(Held { segment: at.segment, offset: at.offset, length: at.length });
    }
    let (value, start) = segment.part(of.element as usize, of.component as usize)?;
    (!value.is_empty()).then_some(Held {
        segment: at.segment,
        offset: at.offset + u64::from(start),
        length: value.len() as u32,
    })
}
