//! Trailers that are missing: an SE, GE or IEA that must have come before the next header, the trailer around it or the end
//! of the input.

use super::{Change, Changed, Writer, shown};
use crate::wire::{Delimiters, Tag};

/// Longest layout between two segments that is repeated after a trailer, in bytes.
const GAP_BYTES_MAX: usize = 8;

/// The trailers, innermost first.
const TRAILERS: [&str; 3] = ["SE", "GE", "IEA"];

/// What comes after the trailers that are looked for.
#[derive(Clone, Copy)]
pub(super) struct Next {
    /// How many of [`TRAILERS`] must have come before it.
    closes: usize,
    /// Where it is in the input.
    offset: u64,
    is_end: bool,
}

impl Next {
    /// The next segment, if something must have ended before it.
    pub(super) fn segment(tag: Tag, position: u32, offset: u64) -> Option<Next> {
        let closes = match position {
            1 => 1,
            0 if tag == Tag::from("GE") => 1,
            0 if tag == Tag::from("GS") || tag == Tag::from("IEA") => 2,
            _ => return None,
        };
        Some(Next { closes, offset, is_end: false })
    }

    /// The next interchange.
    pub(super) fn interchange(offset: u64) -> Next {
        Next { closes: TRAILERS.len(), offset, is_end: false }
    }

    /// The end of the input.
    pub(super) fn end(offset: u64) -> Next {
        Next { closes: TRAILERS.len(), offset, is_end: true }
    }
}

/// The layout between segments.
#[derive(Default)]
pub(super) struct Gaps {
    /// After the last segment.
    last: Vec<u8>,
    /// After the one before.
    before: Vec<u8>,
}

impl Gaps {
    /// Layout was read.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        if self.last.len() + bytes.len() <= GAP_BYTES_MAX {
            self.last.extend_from_slice(bytes);
        }
    }

    /// A segment was read.
    pub(super) fn turn(&mut self) {
        std::mem::swap(&mut self.last, &mut self.before);
        self.last.clear();
    }
}

impl Writer {
    /// Adds the trailers of what is still open and must have ended before what comes next. Where the text before them does not end with a
    /// whole segment, something else is missing too, and nothing is added.
    pub(super) fn add_missing(&mut self, next: Next, out: &mut Vec<u8>) {
        let open = [self.set.is_some(), self.group.is_some(), self.interchange.is_some()];
        let Some(first) = open[..next.closes].iter().position(|is_open| *is_open) else { return };
        let (Some(used), Some((_, set, position, _))) = (self.delimiters, self.last) else {
            return;
        };
        let (set, position) = if first == 0 { (set, position + 1) } else { (0, 0) };
        if self.is_unterminated || self.is_unread {
            self.changes.push(told(Change::TrailerLeft, first, next, (set, position), None));
            self.forget(next.closes);
            return;
        }
        // A file need not end with a line break.
        let is_bare = next.is_end && self.gaps.last.is_empty();
        for (level, _) in open[..next.closes].iter().enumerate().filter(|(_, is_open)| **is_open) {
            let (count, control) = match level {
                0 => (u64::from(position), self.set.take()),
                1 => (std::mem::take(&mut self.sets), self.group.take()),
                _ => (std::mem::take(&mut self.groups), self.interchange.take()),
            };
            let place = if level == 0 { (set, position) } else { (0, 0) };
            let count = count.to_string();
            if is_bare {
                out.extend_from_slice(&self.gaps.before);
            }
            write(level, &count, &control.unwrap_or_default(), used, out);
            out.extend_from_slice(&self.gaps.last);
            self.changes.push(told(Change::Trailer, level, next, place, Some(&count)));
        }
    }

    fn forget(&mut self, closes: usize) {
        self.set = None;
        if closes > 1 {
            (self.group, self.sets) = (None, 0);
        }
        if closes > 2 {
            (self.interchange, self.groups) = (None, 0);
        }
    }
}

fn write(level: usize, count: &str, control: &[u8], used: Delimiters, out: &mut Vec<u8>) {
    out.extend_from_slice(TRAILERS[level].as_bytes());
    out.push(used.element);
    out.extend_from_slice(count.as_bytes());
    if !control.is_empty() {
        out.push(used.element);
        out.extend_from_slice(control);
    }
    out.push(used.terminator);
}

fn told(
    change: Change,
    level: usize,
    next: Next,
    (set, segment): (u32, u32),
    count: Option<&str>,
) -> Changed {
    Changed {
        change,
        offset: next.offset,
        set,
        segment,
        tag: Tag::from(TRAILERS[level]),
        element: 0,
        before: None,
        after: count.and_then(|count| shown(count.as_bytes())),
    }
}
