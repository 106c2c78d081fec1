//! An input with its envelopes put right: widths of the ISA, counts, control numbers of trailers, trailers that are missing,
//! numbers and flags of levels, redundant separators. Nothing else is touched, and each change is told.

mod header;
mod levels;
mod trailers;

use self::levels::Levels;
use self::trailers::{Gaps, Next};
use super::input::{Input, Isa, Placed, Rewrite};
use crate::guide::Registry;
use crate::wire::{Delimiters, Segment, Tag};

/// Most text that waits for the next level, which decides the flag of the one before, in bytes.
const HELD_BYTES_MAX: usize = 8 << 20;

/// Digits of a count, SE01, GE01 or IEA01.
const COUNT_DIGITS_MAX: usize = 10;

/// What was changed, or could not be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Change {
    /// The elements of an ISA got their fixed widths.
    HeaderWidths,
    /// The widths of an ISA are wrong and cannot be put right: a value is too long, or elements are missing.
    HeaderLeft,
    /// SE01, GE01 or IEA01 counts what is there.
    Count,
    /// SE02, GE02 or IEA02 repeats the control number of its header.
    ControlNumber,
    /// HL01 is the next number.
    LevelNumber,
    /// HL02 names the level above.
    LevelParent,
    /// HL04 says whether a level follows below.
    LevelFlag,
    /// HL04 may be wrong: the level is too long to be looked through.
    LevelFlagLeft,
    /// HL02 may be wrong: no level that may be the one above comes before.
    LevelParentLeft,
    /// Separators at the end of a segment, composite or repetition were removed.
    TrailingSeparators,
    /// A terminator was added after the last segment.
    Terminator,
    /// A missing SE, GE or IEA was added.
    Trailer,
    /// An SE, GE or IEA is missing, and what comes before its place is not a whole segment.
    TrailerLeft,
}

impl Change {
    /// A stable name, for programs.
    pub fn name(self) -> &'static str {
        match self {
            Change::HeaderWidths => "header-widths",
            Change::HeaderLeft => "header-left",
            Change::Count => "count",
            Change::ControlNumber => "control-number",
            Change::LevelNumber => "level-number",
            Change::LevelParent => "level-parent",
            Change::LevelFlag => "level-flag",
            Change::LevelFlagLeft => "level-flag-left",
            Change::LevelParentLeft => "level-parent-left",
            Change::TrailingSeparators => "trailing-separators",
            Change::Terminator => "terminator",
            Change::Trailer => "trailer",
            Change::TrailerLeft => "trailer-left",
        }
    }

    /// What was done, in words.
    pub fn words(self) -> &'static str {
        match self {
            Change::HeaderWidths => "elements padded or cut to their fixed widths",
            Change::HeaderLeft => "not repaired: an element is too long or missing",
            Change::Count => "count corrected",
            Change::ControlNumber => "control number copied from the header",
            Change::LevelNumber => "level renumbered",
            Change::LevelParent => "number of the parent level corrected",
            Change::LevelFlag => "child flag corrected",
            Change::LevelFlagLeft => "not repaired: the level is too long to find what follows it",
            Change::LevelParentLeft => "not repaired: there is no level that may be its parent",
            Change::TrailingSeparators => "redundant separators removed",
            Change::Terminator => "segment terminator added",
            Change::Trailer => {
                "missing trailer added; segments before it may be missing too, which the file does not show"
            }
            Change::TrailerLeft => {
                "trailer missing, not repaired: what comes before it is not a whole segment"
            }
        }
    }

    /// True where something is wrong that could not be put right.
    pub fn is_left(self) -> bool {
        use Change::{HeaderLeft, LevelFlagLeft, LevelParentLeft, TrailerLeft};
        matches!(self, HeaderLeft | LevelFlagLeft | LevelParentLeft | TrailerLeft)
    }
}

/// A change and its place. Holds no value but numbers of envelopes and levels.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Changed {
    /// What was done.
    pub change: Change,
    /// Offset of the segment in the input.
    pub offset: u64,
    /// Ordinal of the set in the input; 0 outside a set.
    pub set: u32,
    /// Position of the segment in the set; 0 outside a set.
    pub segment: u32,
    /// The segment.
    pub tag: Tag,
    /// The element; 0 for the whole segment.
    pub element: u8,
    /// The number that was there, where it is one.
    pub before: Option<Box<str>>,
    /// The number that is there now.
    pub after: Option<Box<str>>,
}

/// Repairs an input as its bytes arrive.
pub struct Repairer<'r> {
    input: Input<'r>,
    writer: Writer,
}

impl<'r> Repairer<'r> {
    /// Starts before the first byte.
    pub fn new(registry: &'r Registry) -> Self {
        Repairer { input: Input::new(registry, true), writer: Writer::default() }
    }

    /// Takes the available input, appends it repaired to `out` and returns how many bytes are consumed; the rest has to be
    /// given again, with more after it. `end` says that there is no more.
    pub fn feed(&mut self, buffer: &[u8], end: bool, out: &mut Vec<u8>) -> usize {
        match self.input.feed(buffer, end, &mut self.writer, out) {
            Ok(consumed) => consumed,
            Err(never) => match never {},
        }
    }

    /// The changes since the last call.
    pub fn take_changes(&mut self) -> Vec<Changed> {
        std::mem::take(&mut self.writer.changes)
    }
}

/// The headers that are open, and what was counted in them.
#[derive(Default)]
struct Writer {
    changes: Vec<Changed>,
    /// ISA13; none where there is no ISA.
    interchange: Option<Vec<u8>>,
    groups: u64,
    saw_ta1: bool,
    /// GS06; none outside a group.
    group: Option<Vec<u8>>,
    sets: u64,
    /// ST02; none outside a set.
    set: Option<Vec<u8>>,
    levels: Levels,
    /// What follows a level whose flag is not decided yet, with that level.
    held: Vec<u8>,
    /// The separators in force, and whether the last segment has its terminator.
    delimiters: Option<Delimiters>,
    is_unterminated: bool,
    /// Bytes that are no segment came after the last segment.
    is_unread: bool,
    /// The last segment: offset, set, position, tag.
    last: Option<(u64, u32, u32, Tag)>,
    gaps: Gaps,
}

/// An element that is replaced.
type Replacement<'a> = (usize, &'a [u8]);

impl Writer {
    fn tell(&mut self, placed: &Placed<'_>, change: Change, element: u8, numbers: (&[u8], &[u8])) {
        self.changes.push(Changed {
            change,
            offset: placed.offset,
            set: placed.set,
            segment: placed.position,
            tag: placed.segment.tag(),
            element,
            before: shown(numbers.0),
            after: shown(numbers.1),
        });
    }

    /// Writes a segment with elements replaced and without redundant separators.
    fn write(&mut self, placed: &Placed<'_>, replaced: &[Replacement<'_>], out: &mut Vec<u8>) {
        let segment = placed.segment;
        let start = out.len();
        if replaced.is_empty() {
            out.extend_from_slice(segment.bytes());
        } else {
            out.extend_from_slice(segment.tag_bytes());
            for (position, element) in (1..).zip(segment.elements()) {
                let new = replaced.iter().find(|(at, _)| *at == position).map(|(_, new)| *new);
                out.push(segment.delimiters().element);
                out.extend_from_slice(new.unwrap_or(element.bytes));
            }
        }
        if segment.binary().is_none() && strip(segment, start, out) {
            self.tell(placed, Change::TrailingSeparators, 0, (b"", b""));
        }
    }

    /// The elements of a trailer that are wrong: its count and its control number.
    fn trailer(&mut self, placed: &Placed<'_>, count: u64, control: &[u8], out: &mut Vec<u8>) {
        let segment = placed.segment;
        let is_interchange = segment.tag() == Tag::from("IEA");
        let is_group = segment.tag() == Tag::from("GE");
        let written = count.to_string();
        let found = number(segment.value(1), COUNT_DIGITS_MAX);
        // An interchange of TA1s alone is written with 0 by some and 1 by others.
        let is_excused = is_interchange && self.saw_ta1 && count == 0 && found == Some(1);
        let mut replaced: Vec<Replacement<'_>> = Vec::new();
        if found != Some(count) && !is_excused {
            self.tell(placed, Change::Count, 1, (segment.value(1), written.as_bytes()));
            replaced.push((1, written.as_bytes()));
        }
        let old = segment.value(2);
        let is_same = match is_group {
            true => trim_zeros(old) == trim_zeros(control),
            false => old == control,
        };
        if !is_same && !control.is_empty() {
            self.tell(placed, Change::ControlNumber, 2, (old, control));
            replaced.push((2, control));
        }
        if segment.count() < 2 && !replaced.is_empty() {
            // A trailer that is too short for them is written anew.
            let value = |position: usize| {
                let new = replaced.iter().find(|(at, _)| *at == position);
                new.map_or(segment.value(position), |(_, new)| *new)
            };
            let parts = [segment.tag_bytes(), value(1), value(2)];
            out.extend_from_slice(&parts.join(&segment.delimiters().element));
            return;
        }
        self.write(placed, &replaced, out);
    }

    /// Writes a segment outside of levels.
    fn plain(&mut self, placed: &Placed<'_>, out: &mut Vec<u8>) {
        let segment = placed.segment;
        let tag = segment.tag();
        if tag == Tag::from("SE") && self.set.is_some() {
            let control = self.set.take().unwrap_or_default();
            self.trailer(placed, u64::from(placed.position), &control, out);
        } else if tag == Tag::from("GE") && self.group.is_some() {
            let control = self.group.take().unwrap_or_default();
            let sets = std::mem::take(&mut self.sets);
            self.trailer(placed, sets, &control, out);
        } else if tag == Tag::from("IEA") && self.interchange.is_some() {
            let control = self.interchange.take().unwrap_or_default();
            let groups = std::mem::take(&mut self.groups);
            self.trailer(placed, groups, &control, out);
        } else {
            self.write(placed, &[], out);
        }
        if placed.terminated {
            out.push(segment.delimiters().terminator);
        }
    }

    /// Bytes that stay as they are, in their place.
    fn keep(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.levels.is_held() {
            self.held.extend_from_slice(bytes);
        } else {
            out.extend_from_slice(bytes);
        }
    }

    /// Takes what a header says.
    fn header(&mut self, placed: &Placed<'_>) {
        let segment = placed.segment;
        let tag = segment.tag();
        match placed.position {
            1 => {
                self.sets += 1;
                self.set = Some(segment.value(2).to_vec());
                self.levels = Levels::default();
            }
            0 if tag == Tag::from("GS") => {
                self.groups += 1;
                self.sets = 0;
                self.group = Some(segment.value(6).to_vec());
            }
            0 if tag == Tag::from("TA1") => self.saw_ta1 = true,
            _ => {}
        }
    }

    /// Writes a level, whose flag the next one decides.
    fn level(&mut self, placed: &Placed<'_>, out: &mut Vec<u8>) {
        let outcome = self.levels.take(placed);
        self.decide(Some(outcome.parent), out);
        let segment = placed.segment;
        let mut replaced: Vec<Replacement<'_>> = Vec::new();
        for (position, change, new) in
            [(1, Change::LevelNumber, &outcome.number), (2, Change::LevelParent, &outcome.above)]
        {
            if let Some(new) = new {
                let (at, new) = (usize::from(position), new.as_bytes());
                self.tell(placed, change, position, (segment.value(at), new));
                replaced.push((at, new));
            }
        }
        if outcome.is_lost {
            self.tell(placed, Change::LevelParentLeft, 2, (segment.value(2), b""));
        }
        let flag = segment.value(4);
        let is_open = matches!(flag, b"0" | b"1");
        let mut held = std::mem::take(&mut self.held);
        self.write(placed, &replaced, if is_open { &mut held } else { &mut *out });
        if is_open {
            let element = segment.delimiters().element;
            let mut separators = held.iter().enumerate().filter(|(_, byte)| **byte == element);
            let at = separators.nth(3).map_or(0, |(at, _)| at + 1);
            self.levels.hold(placed, at, flag == b"1");
        }
        let end = if is_open { &mut held } else { out };
        if placed.terminated {
            end.push(segment.delimiters().terminator);
        }
        self.held = held;
    }

    /// The level whose flag is open is followed by one, whose parent is the level of this number, or by the end of the set.
    fn decide(&mut self, next: Option<Option<u64>>, out: &mut Vec<u8>) {
        if let Some(flag) = self.levels.release() {
            let has_child = next == Some(Some(flag.number));
            if has_child != flag.says_child {
                let (before, after) = if has_child { (b"0", b"1") } else { (b"1", b"0") };
                self.held[flag.at] = after[0];
                self.changes.push(Changed {
                    change: Change::LevelFlag,
                    before: shown(before),
                    after: shown(after),
                    ..flag.place
                });
            }
        }
        if let Some(flag) = self.levels.release_written()
            && (next == Some(Some(flag.number))) != flag.says_child
        {
            self.changes.push(Changed { change: Change::LevelFlagLeft, ..flag.place });
        }
        out.append(&mut self.held);
    }
}

impl Rewrite for Writer {
    type Error = std::convert::Infallible;

    fn layout(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        self.gaps.take(bytes);
        self.keep(bytes, out);
    }

    fn unread(&mut self, bytes: &[u8], _: u64, out: &mut Vec<u8>) {
        self.is_unread = true;
        self.keep(bytes, out);
    }

    fn isa(&mut self, isa: Isa<'_>, out: &mut Vec<u8>) -> Result<(), Self::Error> {
        self.decide(None, out);
        self.add_missing(Next::interchange(isa.offset), out);
        (self.groups, self.sets, self.saw_ta1) = (0, 0, false);
        (self.group, self.set) = (None, None);
        self.delimiters = Some(isa.delimiters);
        (self.is_unterminated, self.is_unread) = (!isa.terminated, false);
        self.last = Some((isa.offset, 0, 0, Tag::from("ISA")));
        self.gaps.turn();
        let (text, change) = header::repaired(&isa);
        if let Some(change) = change {
            self.changes.push(Changed {
                change,
                offset: isa.offset,
                set: 0,
                segment: 0,
                tag: Tag::from("ISA"),
                element: 0,
                before: None,
                after: None,
            });
        }
        let control = text.split(|byte| *byte == isa.delimiters.element).nth(13);
        self.interchange = Some(control.unwrap_or_default().to_vec());
        out.extend_from_slice(&text);
        if isa.terminated {
            out.push(isa.delimiters.terminator);
        }
        Ok(())
    }

    fn segment(&mut self, placed: &Placed<'_>, out: &mut Vec<u8>) -> Result<(), Self::Error> {
        let segment = placed.segment;
        if let Some(next) = Next::segment(segment.tag(), placed.position, placed.offset) {
            self.decide(None, out);
            self.add_missing(next, out);
        }
        self.header(placed);
        self.gaps.turn();
        self.delimiters = Some(segment.delimiters());
        (self.is_unterminated, self.is_unread) = (!placed.terminated, false);
        self.last = Some((placed.offset, placed.set, placed.position, segment.tag()));
        let is_level = placed.position > 0 && segment.tag() == Tag::from("HL");
        if is_level {
            self.level(placed, out);
            return Ok(());
        }
        if segment.tag() == Tag::from("SE") || placed.position <= 1 {
            self.decide(None, out);
        }
        if !self.levels.is_held() {
            self.plain(placed, out);
            return Ok(());
        }
        let mut held = std::mem::take(&mut self.held);
        self.plain(placed, &mut held);
        self.held = held;
        if self.held.len() > HELD_BYTES_MAX {
            self.levels.give_up();
            out.append(&mut self.held);
        }
        Ok(())
    }

    fn end(&mut self, at: u64, out: &mut Vec<u8>) {
        self.decide(None, out);
        let trailers = ["SE", "GE", "IEA"].map(Tag::from);
        if let (true, Some(used), Some((offset, set, segment, tag))) =
            (self.is_unterminated, self.delimiters, self.last)
            && trailers.contains(&tag)
        {
            let layout =
                out.iter().rev().take_while(|byte| matches!(byte, b'\r' | b'\n' | b' ')).count();
            out.insert(out.len() - layout, used.terminator);
            self.is_unterminated = false;
            self.changes.push(Changed {
                change: Change::Terminator,
                offset,
                set,
                segment,
                tag,
                element: 0,
                before: None,
                after: None,
            });
        }
        self.add_missing(Next::end(at), out);
    }
}

/// Removes separators at the end of the segment, of its composites and repetitions that was written from `start` on; true when
/// there were any. A segment without any value stays: removing its separators would leave none.
fn strip(segment: Segment<'_>, start: usize, out: &mut Vec<u8>) -> bool {
    let used = segment.delimiters();
    let ends =
        |byte: u8| byte == used.element || byte == used.component || Some(byte) == used.repetition;
    let text = &out[start..];
    if text.iter().skip(segment.tag_bytes().len()).all(|byte| ends(*byte)) {
        return false;
    }
    // A component separator is redundant before any other separator, a repetition separator before one of elements. From the
    // back, because what follows a separator decides whether it separates anything.
    let mut kept: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text.iter().rev().copied() {
        let next = kept.last().copied();
        let is_redundant = match byte {
            byte if byte == used.element => next.is_none(),
            byte if byte == used.component => {
                next.is_none_or(|next| next == used.element || Some(next) == used.repetition)
            }
            byte if Some(byte) == used.repetition => next.is_none_or(|next| next == used.element),
            _ => false,
        };
        if !is_redundant {
            kept.push(byte);
        }
    }
    if kept.len() == text.len() {
        return false;
    }
    kept.reverse();
    out.truncate(start);
    out.extend_from_slice(&kept);
    true
}

/// A number as a report may show it; none for anything else, which may be a value that lost its place.
fn shown(text: &[u8]) -> Option<Box<str>> {
    let is_number = text.len() <= 10 && text.iter().all(u8::is_ascii_digit);
    (is_number && !text.is_empty()).then(|| String::from_utf8_lossy(text).into())
}

/// An unsigned number of at most so many digits.
fn number(text: &[u8], digits_max: usize) -> Option<u64> {
    let is_number =
        !text.is_empty() && text.len() <= digits_max && text.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| is_number)?.parse().ok()
}

/// Group control numbers are numbers: leading zeros are not significant.
fn trim_zeros(control: &[u8]) -> &[u8] {
    let zeros = control.iter().take_while(|byte| **byte == b'0').count();
    &control[zeros.min(control.len().saturating_sub(1))..]
}
