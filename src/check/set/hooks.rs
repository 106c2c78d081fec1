//! The observers of loops opening and closing: the situational rules, and the claims tracker where there is one.

use super::super::claims::ClaimTracker;
use super::super::snip::code_dates::CodeDates;
use super::super::snip::level::Levels;
use super::super::snip::situational::Slots;
use crate::finding::{Findings, Locus};
use crate::guide::plan::Item;
use crate::tree::{GuideMap, Watch};
use crate::wire::Tag;

/// Notifies the situational rules, the levels, the code dates, and the claims tracker where there is one, of what the
/// walk finds.
pub(super) struct Hooks<'a> {
    map: GuideMap<'a>,
    slots: &'a mut Slots,
    levels: &'a mut Levels,
    code_dates: &'a mut CodeDates,
    claims: Option<&'a mut ClaimTracker>,
}

impl<'a> Hooks<'a> {
    #[inline]
    pub(super) fn new(
        map: GuideMap<'a>,
        slots: &'a mut Slots,
        levels: &'a mut Levels,
        code_dates: &'a mut CodeDates,
        claims: &'a mut ClaimTracker,
    ) -> Self {
        Hooks { map, slots, levels, code_dates, claims: claims.is_open().then_some(claims) }
    }
}

impl Watch for Hooks<'_> {
    #[inline]
    fn opened(&mut self, loop_index: u16, at: &Locus) {
        self.slots.open(self.map, loop_index, at);
        self.code_dates.open(self.map, loop_index);
        if let Some(claims) = &mut self.claims {
            claims.opened(loop_index, at.segment);
        }
    }

    #[inline]
    fn closing(&mut self, loop_index: u16, next: &Locus, findings: &mut Findings) {
        self.slots.close(self.map, loop_index, next, findings);
        self.code_dates.close(self.map, loop_index, findings);
        if let Some(claims) = &mut self.claims {
            claims.closing(loop_index, findings);
        }
    }

    fn missed(&mut self, item: Item) {
        self.slots.missed(self.map, item);
        let loops = &self.map.guide.loops;
        match item {
            Item::Segment(node) if self.map.tag(node) == Tag::new(b"HL") => {
                let own = self.map.plan.segments[node as usize].in_loop as usize;
                self.levels.assume(loops[own].level, &self.map.plan.parents[own]);
            }
            Item::Loop(index)
                if self.map.tag(loops[index as usize].segments.start) == Tag::new(b"HL") =>
            {
                self.levels.excuse(&self.map.plan.parents[index as usize]);
            }
            _ => {}
        }
    }

    fn exceeded(&mut self, item: Item) {
        self.slots.exceeded(self.map, item);
    }

    fn strayed(&mut self, loop_index: u16, tag: Tag) {
        self.slots.strayed(self.map, loop_index, tag);
    }
}
