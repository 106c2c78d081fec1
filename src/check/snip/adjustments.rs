//! Adjustment groups: a CAS holds six adjustments of a group, and another CAS repeats the group only when they are used up.

use crate::finding::{Code, Detail, Findings, Locus};
use crate::guide::NodeIndex;
use crate::wire::{Segment, Tag};

/// The element that holds the reason of the sixth adjustment.
const LAST_REASON: usize = 17;

/// Groups remembered of a run of CAS segments; the standard has fewer codes.
const GROUPS_MAX: usize = 8;

/// The groups of the run of CAS segments that was read last.
#[derive(Debug, Default)]
pub(in crate::check) struct AdjustmentGroups {
    /// The use of the run and the position of its last segment.
    last: (NodeIndex, u32),
    /// Groups with room for another adjustment.
    open: [Tag; GROUPS_MAX],
    count: usize,
}

impl AdjustmentGroups {
    /// Begins a set.
    pub(in crate::check) fn clear(&mut self) {
        (self.last, self.count) = ((0, 0), 0);
    }

    /// Takes a CAS.
    pub(in crate::check) fn visit(
        &mut self,
        node: NodeIndex,
        cas: &Segment<'_>,
        at: &Locus,
        in_loop: u16,
        findings: &mut Findings,
    ) {
        if self.last != (node, at.segment.saturating_sub(1)) {
            self.count = 0;
        }
        self.last = (node, at.segment);
        let (value, start) = cas.part(1, 0).unwrap_or_default();
        let group = Tag::new(value);
        let known = self.open[..self.count].iter().position(|open| *open == group);
        if known.is_some() && group != Tag::default() {
            let at = Locus {
                element: 1,
                data_element: 1033,
                loop_index: Some(in_loop),
                offset: at.offset + u64::from(start),
                length: value.len() as u32,
                ..*at
            };
            findings.push(Code::AdjustmentGroupRepeated, at, Detail::None);
        }
        match (known, cas.value(LAST_REASON).is_empty()) {
            (Some(known), false) => {
                self.count -= 1;
                self.open[known] = self.open[self.count];
            }
            (None, true) if self.count < GROUPS_MAX => {
                self.open[self.count] = group;
                self.count += 1;
            }
            _ => {}
        }
    }
}
