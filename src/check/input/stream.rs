//! Checks an input of any number of interchanges on the calling thread, as its bytes come in.

use super::super::envelope::{Envelope, EnvelopeLimits};
use super::super::set::{SetChecker, SetLimits};
use super::checker::InputChecker;
use super::reader::{InputReader, Read};
use super::sink::Sink;
use crate::finding::Policy;
use crate::guide::Registry;
use crate::wire::FrameLimits;

/// Limits of a run.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Limits {
    /// On segments and parts of sets.
    pub frame: FrameLimits,
    /// On interchanges.
    pub envelope: EnvelopeLimits,
    /// On sets.
    pub set: SetLimits,
}

/// Runs the check of one input on the calling thread.
#[derive(Debug)]
pub struct Stream<'r> {
    reader: InputReader,
    checker: InputChecker<'r>,
}

impl<'r> Stream<'r> {
    /// A run over one input.
    pub fn new(registry: &'r Registry, limits: Limits, policy: &Policy) -> Self {
        let envelope = Envelope::new(registry, limits.envelope, policy);
        let sets = SetChecker::new(registry, policy).with_limits(limits.set);
        Stream {
            reader: InputReader::new(limits.frame),
            checker: InputChecker::new(envelope, sets),
        }
    }

    /// Reports the claims of 837s to the sink one by one.
    #[must_use]
    pub fn with_claims(mut self, wanted: bool) -> Self {
        self.checker.set_claims(wanted);
        self
    }

    /// Takes the available input and returns how many bytes of it are consumed; the rest has to be given again, with
    /// more after it. `end` says that there is no more.
    ///
    /// # Errors
    ///
    /// The first of the sink; nothing can be fed after it.
    pub fn feed<S: Sink + ?Sized>(
        &mut self,
        buffer: &[u8],
        end: bool,
        sink: &mut S,
    ) -> Result<usize, S::Error> {
        let mut done = 0;
        loop {
            match self.reader.next(&buffer[done..], end) {
                Read::NeedMore { consumed } => return Ok(done + consumed),
                Read::End => {
                    self.checker.finish(self.reader.offset(), sink)?;
                    return Ok(buffer.len());
                }
                Read::Event(event) => {
                    self.checker.event(&event, &buffer[done..], sink)?;
                    done += event.consumed;
                }
            }
        }
    }
}
