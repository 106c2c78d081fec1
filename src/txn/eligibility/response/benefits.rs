//! The 2110 loops of one person. Most are the same for all members of a plan, so that they are made once, with their text,
//! and shared by every answer; only what differs is built for the person.

use std::fmt;
use std::sync::Arc;

use super::Benefit;
use super::write::write_benefit;
use crate::phi::redacted;
use crate::wire::{Delimiters, EmitError, Emitter};

/// The benefits of one answer, in order.
#[derive(Clone, Default)]
pub struct Benefits(Vec<Block>);

/// Stored inline: one allocation for the list is cheaper than one for each benefit.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "most blocks of an answer are benefits of its own")]
enum Block {
    One(Benefit),
    Shared(Arc<SharedBenefits>),
}

/// Benefits that many answers have in common, with their text in the standard separators.
#[derive(PartialEq)]
pub struct SharedBenefits {
    benefits: Vec<Benefit>,
    /// The text and how many segments it has; none when it cannot be written, and then writing an answer
    /// that has them fails.
    ready: Option<(Vec<u8>, u32)>,
}

redacted!(SharedBenefits {});

impl SharedBenefits {
    /// Writes the benefits once.
    pub fn new(benefits: Vec<Benefit>) -> SharedBenefits {
        let mut out = Emitter::new(Delimiters::STANDARD);
        let written = benefits.iter().try_for_each(|benefit| write_benefit(benefit, &mut out));
        let ready = written.ok().map(|()| (out.take(), out.segment_count()));
        SharedBenefits { benefits, ready }
    }

    /// The benefits, in order.
    pub fn benefits(&self) -> &[Benefit] {
        &self.benefits
    }

    /// Writes them: a copy of their text where the separators are the standard ones.
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        match &self.ready {
            Some((text, segments))
                if out.delimiters() == Delimiters::STANDARD && !out.line_feeds() =>
            {
                out.raw_segments(text, *segments);
                Ok(())
            }
            _ => self.benefits.iter().try_for_each(|benefit| write_benefit(benefit, out)),
        }
    }
}

impl Benefits {
    /// Room for `blocks` single or shared benefits.
    pub fn with_capacity(blocks: usize) -> Benefits {
        Benefits(Vec::with_capacity(blocks))
    }

    /// Adds one benefit.
    pub fn push(&mut self, benefit: Benefit) {
        self.0.push(Block::One(benefit));
    }

    /// Adds benefits that are shared.
    pub fn share(&mut self, shared: &Arc<SharedBenefits>) {
        if !shared.benefits.is_empty() {
            self.0.push(Block::Shared(Arc::clone(shared)));
        }
    }

    /// The benefits, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Benefit> {
        self.0.iter().flat_map(|block| match block {
            Block::One(benefit) => std::slice::from_ref(benefit),
            Block::Shared(shared) => shared.benefits(),
        })
    }

    /// True when there are no benefits.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    pub(super) fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        self.0.iter().try_for_each(|block| match block {
            Block::One(benefit) => write_benefit(benefit, out),
            Block::Shared(shared) => shared.write(out),
        })
    }
}

impl PartialEq for Benefits {
    fn eq(&self, other: &Benefits) -> bool {
        self.iter().eq(other.iter())
    }
}

impl fmt::Debug for Benefits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl FromIterator<Benefit> for Benefits {
    fn from_iter<I: IntoIterator<Item = Benefit>>(benefits: I) -> Benefits {
        Benefits(benefits.into_iter().map(Block::One).collect())
    }
}
