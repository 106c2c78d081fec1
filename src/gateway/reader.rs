//! From pieces of bytes to steps of work: the envelope segment by segment, and the sets between them in batches.
//!
//! A batch is what one thread takes at once and what is looked up in one statement. What a set must know before it is
//! checked (its partner, its group, its ordinal) is settled here, in the order of the input; what comes of the sets is put
//! together in the same order by the [`super::assembler`]. A set that is longer than a batch is given part by part as it
//! comes, unless it is answered, for which it is needed whole.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;

use super::content::{Content, OriginalBytes};
use super::delivery::Origin;
use super::gateway::Gateway;
use super::hash::Hash;
use super::reference::ReferenceData;
use crate::answer::Treatment;
use crate::check::{Framing, GroupHeader, InterchangeHeader};
use crate::partner::Sender;
use crate::phi::redacted;
use crate::txn::envelope::EnvelopeWriter;
use crate::wire::{Delimiters, IsaFault, Piece, PieceKind, Tag};

/// A segment of the envelope with its own bytes.
#[derive(Clone)]
pub(super) struct EnvelopeSegment {
    pub(super) text: Bytes,
    pub(super) delimiters: Delimiters,
    pub(super) offset: u64,
    pub(super) terminated: bool,
}

redacted!(EnvelopeSegment { offset, terminated });

impl EnvelopeSegment {
    /// As the checker of envelopes takes it.
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
    /// The envelope of its replies.
    pub(super) envelope: Arc<EnvelopeWriter>,
    /// Set when its sets need not be worked on: it is rejected already, or was answered before.
    settled: AtomicBool,
}

impl Opening {
    pub(super) fn new(header: InterchangeHeader, sender: Sender, envelope: EnvelopeWriter) -> Self {
        let envelope = Arc::new(envelope);
        // Sets may be worked on before the ISA has been judged; nothing is looked up for a sender who is not served.
        let settled = AtomicBool::new(!matches!(sender, Sender::Served(_)));
        Opening { header, sender, envelope, settled }
    }

    pub(super) fn settle(&self) {
        self.settled.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_settled(&self) -> bool {
        self.settled.load(Ordering::Relaxed)
    }
}

/// A part of a set.
pub(super) enum SetPart {
    /// Whole segments, beginning at this offset.
    Text(Bytes, u64),
    /// The place of a segment over the limit.
    Oversized(Tag, u64),
}

impl std::fmt::Debug for SetPart {
    // A set is full of what may not be logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SetPart::Text(text, offset) => write!(f, "Text({} bytes at {offset})", text.len()),
            SetPart::Oversized(_, offset) => write!(f, "Oversized(at {offset})"),
        }
    }
}

/// Where a set stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct SetOrigin {
    /// None for sets outside any group, which are not looked at.
    pub(super) group: Option<GroupHeader>,
    pub(super) delimiters: Delimiters,
    /// Ordinal in the input, from 1.
    pub(super) ordinal: u32,
    /// Ordinal in its group, from 1; also the number of its answer.
    pub(super) in_group: u32,
}

/// How a set ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct SetEnd {
    /// Where.
    pub(super) offset: u64,
    /// Parts were left out because there were too many bytes of them.
    pub(super) over_limit: bool,
    /// False when the input ended inside the set.
    pub(super) terminated: bool,
}

/// A set to be checked.
#[derive(Debug)]
pub(super) struct HeldSet {
    pub(super) origin: SetOrigin,
    /// Mostly one.
    pub(super) parts: Vec<SetPart>,
    pub(super) end: SetEnd,
}

/// Consecutive sets of one group.
#[derive(Debug)]
pub(super) struct SetBatch {
    pub(super) opening: Arc<Opening>,
    /// None for sets outside any group, which are not looked at.
    pub(super) group: Option<GroupHeader>,
    pub(super) delimiters: Delimiters,
    pub(super) sets: Vec<HeldSet>,
    /// Bytes of all of them.
    pub(super) bytes: usize,
    /// Offset in the input after the last of them.
    pub(super) end: u64,
}

/// What comes of a set that is longer than a batch.
pub(super) enum LongSet {
    /// It begins with this text, at this offset.
    Begin(SetOrigin, Bytes, u64),
    /// It goes on.
    Part(SetPart),
    /// It has ended.
    End(SetEnd),
}

impl std::fmt::Debug for LongSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            LongSet::Begin(_, text, offset) => {
                write!(f, "Begin({} bytes at {offset})", text.len())
            }
            LongSet::Part(part) => f.debug_tuple("Part").field(part).finish(),
            LongSet::End(end) => f.debug_tuple("End").field(end).finish(),
        }
    }
}

impl LongSet {
    /// Where the input goes on after it.
    pub(super) fn end(&self) -> u64 {
        match self {
            LongSet::Begin(_, text, offset) | LongSet::Part(SetPart::Text(text, offset)) => {
                offset + text.len() as u64
            }
            LongSet::Part(SetPart::Oversized(_, offset)) => *offset,
            LongSet::End(end) => end.offset,
        }
    }
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
    /// The bytes themselves.
    pub(super) original: OriginalBytes,
}

/// A step in the order of the input; `S` is a batch of sets, or what came of it.
#[derive(Debug)]
pub(super) enum Step<S> {
    Garbage { offset: u64, bytes: usize },
    Open { isa: EnvelopeSegment, fault: Option<IsaFault>, opening: Arc<Opening> },
    Group(EnvelopeSegment),
    Sets(S),
    LongSet(LongSet),
    GroupEnd(EnvelopeSegment),
    Ta1(EnvelopeSegment),
    Stray(EnvelopeSegment),
    Close(Closing),
}

impl Step<SetBatch> {
    /// A step that needs no work; else the batch that does.
    pub(super) fn plain<R>(self) -> Result<Step<R>, Box<SetBatch>> {
        Ok(match self {
            Step::Sets(batch) => return Err(Box::new(batch)),
            Step::Garbage { offset, bytes } => Step::Garbage { offset, bytes },
            Step::Open { isa, fault, opening } => Step::Open { isa, fault, opening },
            Step::Group(gs) => Step::Group(gs),
            Step::LongSet(part) => Step::LongSet(part),
            Step::GroupEnd(ge) => Step::GroupEnd(ge),
            Step::Ta1(ta1) => Step::Ta1(ta1),
            Step::Stray(stray) => Step::Stray(stray),
            Step::Close(closing) => Step::Close(closing),
        })
    }
}

/// How large a batch may become.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchLimits {
    pub(super) bytes: usize,
    pub(super) sets: usize,
    /// Bytes of one set.
    pub(super) set_bytes_max: usize,
}

/// The set whose parts are coming.
#[derive(Debug)]
struct OpenSet {
    origin: SetOrigin,
    bytes: usize,
    over_limit: bool,
    /// What is held of it; none where it is given part by part.
    held: Option<Vec<SetPart>>,
}

/// The state between two pieces.
#[derive(Debug)]
pub(super) struct InterchangeReader<'g> {
    gateway: &'g Gateway,
    reference: &'g ReferenceData,
    origin: &'g Origin,
    limits: BatchLimits,
    opening: Option<Arc<Opening>>,
    delimiters: Delimiters,
    content: Content,
    begin: u64,
    group: Option<GroupHeader>,
    ordinal: u32,
    in_group: u32,
    batch: Option<SetBatch>,
    set: Option<OpenSet>,
}

impl<'g> InterchangeReader<'g> {
    pub(super) fn new(
        gateway: &'g Gateway,
        reference: &'g ReferenceData,
        origin: &'g Origin,
        limits: BatchLimits,
        content: Content,
    ) -> Self {
        InterchangeReader {
            gateway,
            reference,
            origin,
            limits,
            opening: None,
            delimiters: Delimiters::STANDARD,
            content,
            begin: 0,
            group: None,
            ordinal: 0,
            in_group: 0,
            batch: None,
            set: None,
        }
    }

    /// Takes a piece. `whole` are the bytes up to its end that no piece before had, and `offset` is where the piece itself
    /// begins in the input.
    pub(super) fn take(
        &mut self,
        piece: &Piece,
        whole: &Bytes,
        offset: u64,
        out: &mut Vec<Step<SetBatch>>,
    ) {
        let text = whole.slice(piece.span.clone());
        let segment = || EnvelopeSegment {
            text: text.clone(),
            delimiters: piece.delimiters,
            offset,
            terminated: piece.terminated,
        };
        match piece.kind {
            PieceKind::Isa { .. } | PieceKind::Garbage | PieceKind::Iea => {}
            _ => self.content.update(whole),
        }
        match piece.kind {
            PieceKind::Set { start, end } => {
                return self.set(piece, text, offset, (start, end), out);
            }
            PieceKind::Oversized if self.set.is_some() => {
                return self.part(SetPart::Oversized(tag_of(&text, piece), offset), out);
            }
            _ => self.flush(out),
        }
        match piece.kind {
            PieceKind::Garbage => out.push(Step::Garbage { offset, bytes: text.len() }),
            PieceKind::Isa { fault } => {
                self.close(None, offset, out);
                self.content.update(&whole[piece.span.start..]);
                self.begin = offset;
                self.delimiters = piece.delimiters;
                let isa = segment();
                let opening = Arc::new(self.opening_of(&isa));
                self.opening = Some(opening.clone());
                out.push(Step::Open { isa, fault, opening });
            }
            PieceKind::Gs => {
                self.in_group = 0;
                // What is wrong with it is found by the checker of envelopes.
                self.group = Some(GroupHeader::read(&text, piece.delimiters));
                out.push(Step::Group(segment()));
            }
            PieceKind::Ge => {
                self.group = None;
                out.push(Step::GroupEnd(segment()));
            }
            PieceKind::Iea => {
                self.content.update(&whole[..piece.span.end]);
                if piece.terminated {
                    self.content.keep(&[piece.delimiters.terminator]);
                }
                self.close(Some(segment()), offset + text.len() as u64, out);
            }
            PieceKind::Ta1 => out.push(Step::Ta1(segment())),
            PieceKind::Stray | PieceKind::Oversized | PieceKind::Set { .. } => {
                out.push(Step::Stray(segment()));
            }
        }
    }

    fn opening_of(&self, isa: &EnvelopeSegment) -> Opening {
        let header = InterchangeHeader::read(&isa.text, isa.delimiters);
        let (qualifier, id) = (header.sender_qualifier, header.sender);
        let (qualifier, id) = (qualifier.as_str(), id.as_str());
        let sender = self.reference.sender(&self.origin.caller, qualifier, id);
        let envelope = self.gateway.reply_envelope(&header, sender.partner());
        Opening::new(header, sender, envelope)
    }

    /// The input has ended.
    pub(super) fn finish(&mut self, offset: u64, out: &mut Vec<Step<SetBatch>>) {
        self.flush(out);
        self.close(None, offset, out);
    }

    fn set(
        &mut self,
        piece: &Piece,
        text: Bytes,
        offset: u64,
        (start, end): (bool, bool),
        out: &mut Vec<Step<SetBatch>>,
    ) {
        let stop = offset + text.len() as u64;
        if start {
            self.ordinal += 1;
            self.in_group += 1;
            let origin = SetOrigin {
                group: self.group,
                delimiters: self.delimiters,
                ordinal: self.ordinal,
                in_group: self.in_group,
            };
            let is_held = end || self.is_answered(&text);
            let held = is_held.then(|| Vec::with_capacity(1));
            self.set = Some(OpenSet { origin, bytes: 0, over_limit: false, held });
            if is_held {
                self.part(SetPart::Text(text, offset), out);
            } else {
                // Sets before it are reported first.
                self.flush(out);
                self.count(text.len());
                out.push(Step::LongSet(LongSet::Begin(origin, text, offset)));
            }
        } else if !text.is_empty() {
            let is_over = self.set.as_ref().is_some_and(|set| {
                set.bytes > 0 && set.bytes + text.len() > self.limits.set_bytes_max
            });
            if !is_over {
                self.part(SetPart::Text(text, offset), out);
            } else if let Some(set) = &mut self.set {
                set.over_limit = true;
            }
        }
        if end && let Some(set) = self.set.take() {
            let over_limit = set.over_limit;
            let end = SetEnd { offset: stop, over_limit, terminated: piece.terminated };
            match set.held {
                Some(parts) => {
                    let parts = joined(parts);
                    self.hold(HeldSet { origin: set.origin, parts, end }, set.bytes, out);
                }
                None => out.push(Step::LongSet(LongSet::End(end))),
            }
        }
    }

    fn count(&mut self, bytes: usize) {
        if let Some(set) = &mut self.set {
            set.bytes += bytes;
        }
    }

    /// Takes the next part of the running set.
    fn part(&mut self, part: SetPart, out: &mut Vec<Step<SetBatch>>) {
        if let SetPart::Text(text, _) = &part {
            self.count(text.len());
        }
        match self.set.as_mut().and_then(|set| set.held.as_mut()) {
            Some(held) => held.push(part),
            None => out.push(Step::LongSet(LongSet::Part(part))),
        }
    }

    /// What is done with a set that begins like this.
    fn treatment(&self, text: &[u8]) -> Option<Treatment<'_>> {
        let partner = self.opening.as_ref()?.sender.partner();
        let group = self.group.unwrap_or_default();
        let id = (set_id(text, self.delimiters), group.version.as_str());
        Some(self.reference.sets.treatment(id, partner, self.origin.lane))
    }

    /// True for a set that is to be answered, for which it is needed whole.
    fn is_answered(&self, text: &[u8]) -> bool {
        matches!(self.treatment(text), Some(Treatment::Answered(_)))
    }

    /// True for a set that is answered at once with the others of its group.
    fn is_together(&self, part: &SetPart) -> bool {
        let SetPart::Text(text, _) = part else { return false };
        match self.treatment(text) {
            Some(Treatment::Answered(responder)) => responder.is_together(),
            _ => false,
        }
    }

    fn hold(&mut self, set: HeldSet, bytes: usize, out: &mut Vec<Step<SetBatch>>) {
        let is_together = set.parts.first().is_some_and(|part| self.is_together(part));
        let Some(opening) = &self.opening else { return };
        let (group, delimiters, end) = (self.group, self.delimiters, set.end.offset);
        let batch = self.batch.get_or_insert_with(|| SetBatch {
            opening: opening.clone(),
            group,
            delimiters,
            sets: Vec::new(),
            bytes: 0,
            end,
        });
        batch.bytes += bytes;
        batch.end = end;
        batch.sets.push(set);
        let (bytes, sets) = (batch.bytes, batch.sets.len());
        let most = match is_together {
            true => (self.limits.set_bytes_max, usize::MAX),
            false => (self.limits.bytes, self.limits.sets),
        };
        if bytes >= most.0 || sets >= most.1 {
            self.flush(out);
        }
    }

    /// Gives the batch that is growing.
    fn flush(&mut self, out: &mut Vec<Step<SetBatch>>) {
        out.extend(self.batch.take().map(Step::Sets));
    }

    fn close(&mut self, iea: Option<EnvelopeSegment>, offset: u64, out: &mut Vec<Step<SetBatch>>) {
        if self.opening.take().is_none() {
            return self.content.discard();
        }
        let (hash, original) = self.content.finish();
        self.group = None;
        let bytes = offset - self.begin;
        out.push(Step::Close(Closing { iea, offset, hash, bytes, original }));
    }
}

/// ST01, as it stands at the front of a set.
pub(super) fn set_id(text: &[u8], delimiters: Delimiters) -> &str {
    let end = [delimiters.element, delimiters.terminator];
    let id = text.get(3..).unwrap_or(&[]).split(|b| end.contains(b)).next().unwrap_or(&[]);
    std::str::from_utf8(id).unwrap_or("")
}

/// The parts of a set that is needed whole, as one where nothing is missing between them.
fn joined(parts: Vec<SetPart>) -> Vec<SetPart> {
    let texts: Option<Vec<&Bytes>> = parts
        .iter()
        .map(|part| match part {
            SetPart::Text(text, _) => Some(text),
            SetPart::Oversized(..) => None,
        })
        .collect();
    match (&parts[..], texts) {
        ([SetPart::Text(_, offset), _, ..], Some(texts)) => {
            let offset = *offset;
            let whole: Vec<u8> = texts.into_iter().flatten().copied().collect();
            vec![SetPart::Text(whole.into(), offset)]
        }
        _ => parts,
    }
}

fn tag_of(text: &[u8], piece: &Piece) -> Tag {
    Tag::new(text.split(|b| *b == piece.delimiters.element).next().unwrap_or(&[]))
}
