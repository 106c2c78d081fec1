//! Finds the use of a segment, element or component in a guide.

use super::{ElementUse, Guide, SegmentUse};
use crate::wire::{Segment, Tag};

impl Guide {
    /// The use of a segment in a loop that matches the segment's codes; any use of the tag in the guide when the
    /// loop has none.
    pub fn find_segment(
        &self,
        loop_index: Option<u16>,
        tag: Tag,
        segment: Option<Segment<'_>>,
    ) -> Option<&SegmentUse> {
        let of_tag = || self.segments.iter().filter(move |used| used.tag == tag);
        let here = || of_tag().filter(move |used| Some(used.in_loop) == loop_index);
        let fits = |used: &&SegmentUse| match (used.discriminator, segment) {
            (Some(by), Some(segment)) => {
                let value = segment.text_at(by.element, by.component);
                self.lists.get(usize::from(by.list)).is_some_and(|list| list.contains(value))
            }
            _ => true,
        };
        here()
            .find(fits)
            .or_else(|| here().next())
            .or_else(|| of_tag().find(fits))
            .or_else(|| of_tag().next())
    }

    /// The use of the element at `position`, from 1.
    pub fn element_of(&self, used: &SegmentUse, position: u8) -> Option<&ElementUse> {
        let elements =
            self.elements.get(used.elements.start as usize..used.elements.end as usize)?;
        elements.get(usize::from(position.checked_sub(1)?))
    }

    /// The use of component `position`, from 1, of a composite.
    pub fn component_of(&self, used: &ElementUse, position: u8) -> Option<&ElementUse> {
        let inner =
            self.elements.get(used.components.start as usize..used.components.end as usize)?;
        inner.get(usize::from(position.checked_sub(1)?))
    }
}
