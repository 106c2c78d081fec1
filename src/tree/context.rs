//! What a step of the walk works with: the segments that follow, the observer, and where findings go.

use super::LoopTree;
use crate::finding::{Findings, Locus};
use crate::guide::plan::Item;
use crate::wire::{Segment, Tag, Tape};

/// The segments after the current one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lookahead<'t> {
    /// The tape and its text, while the set continues.
    pub(crate) following: Option<(&'t Tape, &'t [u8])>,
    /// Index of the next one on the tape, which may be one past the end.
    pub(crate) index: usize,
    /// Number of the last hierarchical level (HL01).
    pub(crate) level: u64,
}

impl<'t> Lookahead<'t> {
    /// The segments after this one on the tape.
    #[inline]
    pub(crate) fn after(tape: &'t Tape, text: &'t [u8], index: usize) -> Lookahead<'t> {
        Lookahead { following: Some((tape, text)), index: index + 1, level: 0 }
    }

    /// The segments that follow, at most so many, and no further than the end of the set or of the tape.
    pub(super) fn segments(&self, most: usize) -> impl Iterator<Item = Segment<'t>> + use<'t> {
        let first = self.index;
        let following = self.following.into_iter();
        following
            .flat_map(move |(tape, text)| {
                let end = tape.len().min(first + most);
                (first..end).map(move |index| tape.segment(text, index))
            })
            .take_while(|segment| segment.tag() != Tag::new(b"SE"))
    }
}

/// Called as loops open and close.
pub(crate) trait Watch {
    /// A loop instance begins.
    fn opened(&mut self, loop_index: u16, at: &Locus);
    /// A loop instance ends before the segment at `next`.
    fn closing(&mut self, loop_index: u16, next: &Locus, findings: &mut Findings);
    /// Something required is missing: a segment or a whole loop.
    fn missed(&mut self, item: Item);
    /// There is one more of this than is allowed.
    fn exceeded(&mut self, item: Item);
    /// A segment is in a place where it does not belong, and may be any of what its loop lacks.
    fn strayed(&mut self, loop_index: u16, tag: Tag);
}

/// What a step of the walk works on.
pub(crate) struct StepContext<'a, 't, W> {
    /// The place of the segment.
    pub(crate) at: &'a Locus,
    /// The segments that follow.
    pub(crate) next: Lookahead<'t>,
    pub(crate) watch: &'a mut W,
    pub(crate) findings: &'a mut Findings,
    pub(crate) tree: Option<&'a mut LoopTree>,
}
