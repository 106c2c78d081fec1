//! The loop tree of one transaction set: an arena of loop instances over a tape.

use crate::guide::Guide;
use crate::phi::redacted;
use crate::wire::{Segment, Tag, Tape};

/// The loops of one set. Segments that did not fit the guide are not in it.
#[derive(Debug, Default)]
pub struct LoopTree {
    loops: Vec<LoopNode>,
    /// Segments in order: which loop instance each belongs to and its index on the tape.
    segments: Vec<SegmentNode>,
}

#[derive(Debug)]
struct LoopNode {
    /// Index into [`Guide::loops`].
    definition: u16,
    /// Segments of this instance and of the instances inside it, in [`LoopTree::segments`].
    first: u32,
    end: u32,
    /// One past the last loop instance inside it.
    inner_end: u32,
}

#[derive(Debug, Clone, Copy)]
struct SegmentNode {
    owner: u32,
    tape: u32,
}

impl LoopTree {
    /// Clears everything and keeps the allocated memory.
    pub fn clear(&mut self) {
        self.loops.clear();
        self.segments.clear();
    }

    /// Opens a loop instance and gives its number.
    pub(crate) fn open(&mut self, definition: u16) -> u32 {
        let first = self.segments.len() as u32;
        let number = self.loops.len() as u32;
        self.loops.push(LoopNode { definition, first, end: first, inner_end: number + 1 });
        number
    }

    /// Adds a segment to an open loop instance.
    pub(crate) fn add(&mut self, owner: u32, tape: u32) {
        self.segments.push(SegmentNode { owner, tape });
    }

    /// Closes a loop instance.
    pub(crate) fn close(&mut self, number: u32) {
        let end = self.segments.len() as u32;
        let inner_end = self.loops.len() as u32;
        let node = &mut self.loops[number as usize];
        node.end = end;
        node.inner_end = inner_end;
    }

    /// The whole set, or `None` when nothing was walked.
    pub fn root<'t>(
        &'t self,
        guide: &'t Guide,
        text: &'t [u8],
        tape: &'t Tape,
    ) -> Option<LoopRef<'t>> {
        (!self.loops.is_empty()).then_some(LoopRef { tree: self, guide, text, tape, number: 0 })
    }
}

/// One loop instance.
#[derive(Clone, Copy)]
pub struct LoopRef<'t> {
    tree: &'t LoopTree,
    guide: &'t Guide,
    text: &'t [u8],
    tape: &'t Tape,
    number: u32,
}

redacted!(LoopRef<'_> { number });

impl<'t> LoopRef<'t> {
    /// The loop id, `2110C`.
    pub fn id(&self) -> &'t str {
        &self.guide.loops[self.node().definition as usize].id
    }

    /// Loop instances directly inside this one, in order.
    pub fn children(&self) -> impl Iterator<Item = LoopRef<'t>> + use<'t> {
        let this = *self;
        let end = self.node().inner_end;
        let mut next = self.number + 1;
        std::iter::from_fn(move || {
            (next < end).then(|| {
                let child = LoopRef { number: next, ..this };
                next = child.node().inner_end;
                child
            })
        })
    }

    /// Loop instances with this id directly inside this one.
    pub fn loops(&self, id: &'static str) -> impl Iterator<Item = LoopRef<'t>> + use<'t> {
        self.children().filter(move |child| child.id() == id)
    }

    /// The first loop with this id directly inside this one.
    pub fn child(&self, id: &'static str) -> Option<LoopRef<'t>> {
        self.loops(id).next()
    }

    /// The segments of this loop itself, those of inner loops left out.
    pub fn segments(&self) -> impl Iterator<Item = Segment<'t>> + use<'t> {
        let this = *self;
        self.tree.segments[self.node().first as usize..self.node().end as usize]
            .iter()
            .filter(move |s| s.owner == this.number)
            .map(move |s| this.tape.segment(this.text, s.tape as usize))
    }

    /// The segments with this id in this loop itself.
    pub fn all(&self, tag: &str) -> impl Iterator<Item = Segment<'t>> + use<'t> {
        let tag = Tag::from(tag);
        self.segments().filter(move |s| s.tag() == tag)
    }

    /// The first segment with this id in this loop itself.
    pub fn first(&self, tag: &str) -> Option<Segment<'t>> {
        self.all(tag).next()
    }

    /// The position of its first segment in the set, ST being 1; 0 where it has none.
    pub fn position(&self) -> u32 {
        let node = self.node();
        let first = self.tree.segments.get(node.first as usize..node.end as usize);
        first.and_then(|segments| segments.first()).map_or(0, |segment| segment.tape + 1)
    }

    fn node(&self) -> &'t LoopNode {
        &self.tree.loops[self.number as usize]
    }
}
