//! From pieces of bytes to steps of work: the envelope segment by segment, and the sets between them in bundles.
//!
//! A bundle is what one thread takes at once and what is looked up in one statement. What a set must know before it is
//! checked (its partner, its group, its ordinal) is settled here, in the order of the input; what comes of the sets is put
//! together in the same order by the [`super::clerk`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::delivery::Caller;
use super::hash::Hash;
use crate::check::{Framing, GroupHeader, InterchangeHeader};
use crate::partner::{PartnerDirectory, Sender};
use crate::wire::{Delimiters, IsaFault, Piece, PieceKind, Tag};

/// A segment of the envelope with its own bytes.
#[derive(Clone, Debug)]
pub(super) struct EnvelopeSegment {
    pub(super) text: Bytes,
    pub(super) delimiters: Delimiters,
    pub(super) offset: u64,
    pub(super) terminated: bool,
}

impl EnvelopeSegment {
    /// As the books take it.
    pub(super) fn framing(&self) -> Framing<'_> {
        Framing {
            text: &self.text,
            delimiters: self.delimiters,
            offset: self.offset,
            terminated: self.terminated,
        }
    }
}

/// What is known of an interchange from its ISA on.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) header: InterchangeHeader,
    pub(super) sender: Sender,
    /// Set when its sets need not be worked on: it is rejected already, or was answered before.
    pub(super) settled: AtomicBool,
}

impl Opening {
    pub(super) fn settle(&self) {
        self.settled.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }
}

/// A part of a set.
#[derive(Debug)]
pub(super) enum SetPart {
    /// Whole segments, beginning at this offset.
    Text(Bytes, u64),
    /// The place of a segment over the limit.
    Oversized(Tag, u64),
}

/// A set to be checked.
#[derive(Debug)]
pub(super) struct SetWork {
    /// Mostly one.
    pub(super) parts: Vec<SetPart>,
    pub(super) bytes: usize,
    /// Ordinal in the input, from 1.
    pub(super) ordinal: u32,
    /// Ordinal in its group, from 1; also the number of its answer.
    pub(super) in_group: u32,
    /// Parts were left out because there were too many bytes of them.
    pub(super) over_limit: bool,
    /// False when the input ended inside the set.
    pub(super) terminated: bool,
}

/// Consecutive sets of one group.
#[derive(Debug)]
pub(super) struct Bundle {
    pub(super) opening: Arc<Opening>,
    /// None for sets outside any group, which are not looked at.
    pub(super) group: Option<GroupHeader>,
    pub(super) delimiters: Delimiters,
    pub(super) sets: Vec<SetWork>,
    /// Bytes of all of them.
    pub(super) bytes: usize,
    /// Offset in the input after the last of them.
    pub(super) end: u64,
}

/// The end of an interchange.
#[derive(Debug)]
pub(super) struct Closing {
    /// The IEA; none when the interchange ends without one.
    pub(super) iea: Option<EnvelopeSegment>,
    /// Where it ends.
    pub(super) offset: u64,
    /// SHA-256 of its bytes, ISA to IEA.
    pub(super) hash: Hash,
    /// How many they are.
    pub(super) bytes: u64,
}

/// A step in the order of the input.
#[derive(Debug)]
pub(super) enum Step {
    Garbage { offset: u64, bytes: usize },
    Open { isa: EnvelopeSegment, fault: Option<IsaFault>, opening: Arc<Opening> },
    Group(EnvelopeSegment),
    Sets(Bundle),
    GroupEnd(EnvelopeSegment),
    Ta1(EnvelopeSegment),
    Stray(EnvelopeSegment),
    Close(Closing),
}

/// How large a bundle may become.
#[derive(Clone, Copy, Debug)]
pub(super) struct BundleLimits {
    pub(super) bytes: usize,
    pub(super) sets: usize,
    /// Bytes kept of one set.
    pub(super) set_bytes_max: usize,
}

/// The state between two pieces.
#[derive(Debug)]
pub(super) struct Intake<'g> {
    partners: &'g PartnerDirectory,
    caller: &'g Caller,
    limits: BundleLimits,
    opening: Option<Arc<Opening>>,
    delimiters: Delimiters,
    hash: Sha256,
    begin: u64,
    group: Option<GroupHeader>,
    ordinal: u32,
    in_group: u32,
    bundle: Option<Bundle>,
    set: Option<SetWork>,
}

impl<'g> Intake<'g> {
    pub(super) fn new(
        partners: &'g PartnerDirectory,
        caller: &'g Caller,
        limits: BundleLimits,
    ) -> Self {
        Intake {
            partners,
            caller,
            limits,
            opening: None,
            delimiters: Delimiters::STANDARD,
            hash: Sha256::new(),
            begin: 0,
            group: None,
            ordinal: 0,
            in_group: 0,
            bundle: None,
            set: None,
        }
    }

    /// Takes a piece. `whole` are the bytes up to its end that no piece before had, and `offset` is where the piece itself
    /// begins in the input.
    pub(super) fn take(&mut self, piece: &Piece, whole: &Bytes, offset: u64, out: &mut Vec<Step>) {
        let text = whole.slice(piece.span.clone());
        let segment = || EnvelopeSegment {
            text: text.clone(),
            delimiters: piece.delimiters,
            offset,
            terminated: piece.terminated,
        };
        match piece.kind {
            PieceKind::Isa { .. } | PieceKind::Garbage | PieceKind::Iea => {}
            _ => self.hash.update(whole),
        }
        match piece.kind {
            PieceKind::Set { start, end } => return self.set(piece, text, offset, start, end, out),
            PieceKind::Oversized if self.set.is_some() => {
                return self.oversized(tag_of(&text, piece), offset);
            }
            _ => self.flush(out),
        }
        match piece.kind {
            PieceKind::Garbage => out.push(Step::Garbage { offset, bytes: text.len() }),
            PieceKind::Isa { fault } => {
                self.close(None, offset, out);
                self.hash.update(&whole[piece.span.start..]);
                self.begin = offset;
                self.delimiters = piece.delimiters;
                let isa = segment();
                let header = InterchangeHeader::read(&isa.text, isa.delimiters);
                let (qualifier, id) = (header.sender_qualifier, header.sender);
                let (qualifier, id) = (qualifier.as_str(), id.as_str());
                let sender = match self.caller.partner() {
                    Some(caller) => self.partners.find_as(caller, qualifier, id),
                    None => self.partners.find(qualifier, id),
                };
                let opening = Arc::new(Opening { header, sender, settled: AtomicBool::new(false) });
                self.opening = Some(opening.clone());
                out.push(Step::Open { isa, fault, opening });
            }
            PieceKind::Gs => {
                self.in_group = 0;
                // What is wrong with it is found by the books.
                self.group = Some(GroupHeader::read(&text, piece.delimiters));
                out.push(Step::Group(segment()));
            }
            PieceKind::Ge => {
                self.group = None;
                out.push(Step::GroupEnd(segment()));
            }
            PieceKind::Iea => {
                self.hash.update(&whole[..piece.span.end]);
                self.close(Some(segment()), offset + text.len() as u64, out);
            }
            PieceKind::Ta1 => out.push(Step::Ta1(segment())),
            PieceKind::Stray | PieceKind::Oversized | PieceKind::Set { .. } => {
                out.push(Step::Stray(segment()));
            }
        }
    }

    /// The input has ended.
    pub(super) fn finish(&mut self, offset: u64, out: &mut Vec<Step>) {
        self.flush(out);
        self.close(None, offset, out);
    }

    fn set(
        &mut self,
        piece: &Piece,
        text: Bytes,
        offset: u64,
        start: bool,
        end: bool,
        out: &mut Vec<Step>,
    ) {
        if start {
            self.ordinal += 1;
            self.in_group += 1;
            self.set = Some(SetWork {
                parts: Vec::with_capacity(1),
                bytes: 0,
                ordinal: self.ordinal,
                in_group: self.in_group,
                over_limit: false,
                terminated: true,
            });
        }
        let Some(set) = &mut self.set else { return };
        let stop = offset + text.len() as u64;
        if set.bytes + text.len() > self.limits.set_bytes_max && !set.parts.is_empty() {
            set.over_limit = true;
        } else if !text.is_empty() {
            set.bytes += text.len();
            set.parts.push(SetPart::Text(text, offset));
        }
        if end {
            set.terminated = piece.terminated;
            let Some(set) = self.set.take() else { return };
            self.bundle(set, stop, out);
        }
    }

    fn oversized(&mut self, tag: Tag, offset: u64) {
        if let Some(set) = &mut self.set {
            set.parts.push(SetPart::Oversized(tag, offset));
        }
    }

    fn bundle(&mut self, set: SetWork, end: u64, out: &mut Vec<Step>) {
        let Some(opening) = &self.opening else { return };
        let (group, delimiters) = (self.group, self.delimiters);
        let bundle = self.bundle.get_or_insert_with(|| Bundle {
            opening: opening.clone(),
            group,
            delimiters,
            sets: Vec::new(),
            bytes: 0,
            end,
        });
        bundle.bytes += set.bytes;
        bundle.end = end;
        bundle.sets.push(set);
        if bundle.bytes >= self.limits.bytes || bundle.sets.len() >= self.limits.sets {
            self.flush(out);
        }
    }

    /// Gives the bundle that is growing.
    fn flush(&mut self, out: &mut Vec<Step>) {
        out.extend(self.bundle.take().map(Step::Sets));
    }

    fn close(&mut self, iea: Option<EnvelopeSegment>, offset: u64, out: &mut Vec<Step>) {
        let hash = self.hash.finalize_reset().into();
        if self.opening.take().is_some() {
            self.group = None;
            out.push(Step::Close(Closing { iea, offset, hash, bytes: offset - self.begin }));
        }
    }
}

fn tag_of(text: &[u8], piece: &Piece) -> Tag {
    Tag::new(text.split(|b| *b == piece.delimiters.element).next().unwrap_or(&[]))
}
