//! From findings to the parts of the 999, while the text they are about is available.

use std::ops::Range;

use super::super::report::{Excerpt, Trigger};
use super::SegmentChecker;
use crate::finding::{Detail, Finding};
use crate::guide::Guide;
use crate::wire::{Segment, Tape};

impl SegmentChecker<'_> {
    /// Adds these findings to the parts of the 999, while their text is available.
    #[cold]
    pub(super) fn acknowledge(&mut self, findings: Range<usize>, at_hand: Option<(&Tape, &[u8])>) {
        let guide = self.set.guide.clone();
        for at in findings {
            let finding = self.findings.as_slice()[at];
            let loop_id = match (&guide, finding.at.loop_index) {
                (Some(guide), Some(index)) if index > 0 => &*guide.loops[index as usize].id,
                _ => "",
            };
            let segment = at_hand.and_then(|(tape, text)| {
                let index = finding.at.segment.checked_sub(self.set.tape_position)? as usize;
                (index < tape.len()).then(|| tape.segment(text, index))
            });
            let value = segment.and_then(|s| value_of(&s, &finding, self.set.offset));
            let unit = guide
                .as_ref()
                .zip(self.set.unit)
                .filter(|(guide, (context, _))| is_within(guide, *context, finding.at.loop_index))
                .map(|(guide, (context, value))| (&*guide.contexts[context as usize].name, value));
            let trigger = guide.as_ref().and_then(|guide| trigger_of(guide, &finding));
            let unit = unit.as_ref().map(|(name, value)| (*name, value.as_bytes()));
            self.set.report.acknowledge(&finding, loop_id, value, unit, trigger);
            let (text, offset) = segment
                .map_or((&[][..], 0), |s| (s.bytes(), self.set.offset + u64::from(s.offset())));
            let excerpt = Excerpt::of(text, offset, finding.at.segment, self.set.delimiters);
            self.set.report.excerpts.push(excerpt);
        }
    }
}

/// True when the finding lies in the loop whose business unit this context names: what follows the loop is about another.
fn is_within(guide: &Guide, context: u16, loop_index: Option<u16>) -> bool {
    let named = guide.contexts[context as usize].of.segment;
    let of = guide.segments[named as usize].in_loop;
    let inner = &guide.loops[of as usize].inner;
    loop_index.is_some_and(|index| index == of || inner.contains(&index))
}

/// The text a finding is about: the bytes of the element it names, or of a part of it, and nothing else.
fn value_of<'a>(segment: &Segment<'a>, finding: &Finding, base: u64) -> Option<&'a [u8]> {
    let at = &finding.at;
    if at.element == 0 || at.length == 0 {
        return None;
    }
    let element = segment.element(usize::from(at.element))?;
    let begin = usize::try_from(element.offset).ok()?;
    let start = at.offset.checked_sub(base)?.checked_sub(u64::from(segment.offset()))? as usize;
    let end = start + at.length as usize;
    let is_inside = begin <= start && end <= begin + element.bytes.len();
    if is_inside { segment.bytes().get(start..end) } else { None }
}

/// The segment that triggered the rule a finding is about: the comparison that held there.
fn trigger_of(guide: &Guide, finding: &Finding) -> Option<Trigger> {
    let Detail::Rule { rule, trigger_segment, trigger_test, .. } = finding.detail else {
        return None;
    };
    if trigger_segment == 0 {
        return None;
    }
    let (of, _) = guide.rules[rule as usize].comparisons().into_iter().nth(trigger_test.into())?;
    let segment = &guide.segments[of.segment as usize];
    Some(Trigger {
        tag: segment.tag,
        position: trigger_segment,
        loop_id: guide.loops[segment.in_loop as usize].id.clone(),
        element: (of.element, of.component),
    })
}
