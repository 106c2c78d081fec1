//! One set as many: a set for each claim, subscriber, patient or member of it, each with the levels above it.
//!
//! What surrounds a unit (the header, the levels above it) is repeated in every set; levels are renumbered, HL04 and SE01
//! corrected. Where sets cannot be cut so that each part is as valid as the whole, the result is a reason.

use std::collections::HashMap;
use std::ops::Range;

use crate::wire::{Delimiters, Segment, Tag, Tape};

/// The contents of each part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Unit {
    /// A claim of an 837, or a claim asked about or reported in a 276 or 277.
    Claim,
    /// A subscriber with all their dependents.
    Subscriber,
    /// A patient: a dependent, or a subscriber who is the patient.
    Patient,
    /// A member of an 834.
    Member,
}

/// Why a set cannot be cut into units of a kind, as text for people.
pub type Refusal = &'static str;

/// Levels above a unit; the guides have at most five.
const DEPTH_MAX: usize = 16;

/// Bytes of the header and the levels above a unit, which are repeated in every part.
const REPEATED_BYTES_MAX: usize = 64 << 10;

/// A hierarchical level: its segments up to the next one.
struct Level {
    segments: Range<usize>,
    /// Levels above it, and the bytes that parts of it repeat.
    depth: usize,
    repeated: usize,
    /// The levels directly below it, in order.
    children: Vec<usize>,
    /// Where the segments of the units begin: its claims, its benefits.
    own_end: usize,
    parent: Option<usize>,
    code: Vec<u8>,
}

/// A set being cut.
struct Cutter<'a> {
    text: &'a [u8],
    tape: &'a Tape,
    delimiters: Delimiters,
    levels: Vec<Level>,
    /// Segments before the first level or member, ST included.
    header: Range<usize>,
    /// Index of the SE.
    trailer: usize,
}

/// Cuts a set, ST to SE, and hands each part to `take`. `guide` is what ST03 or GS08 names.
pub(super) fn cut<E>(
    text: &[u8],
    tape: &Tape,
    delimiters: Delimiters,
    guide: &[u8],
    unit: Unit,
    take: &mut dyn FnMut(&[u8]) -> Result<(), E>,
) -> Result<Result<(), Refusal>, E> {
    if tape.is_empty() {
        return Ok(Err("it is empty"));
    }
    let set = tape.segment(text, 0).value(1);
    if let Err(refusal) = may(set, guide, unit) {
        return Ok(Err(refusal));
    }
    let trailer = tape.len() - 1;
    if tape.segment(text, trailer).tag() != Tag::new(b"SE") {
        return Ok(Err("it has no SE"));
    }
    let opens = |index: &usize| {
        let tag = tape.segment(text, *index).tag();
        tag == if unit == Unit::Member { Tag::new(b"INS") } else { Tag::new(b"HL") }
    };
    let first = (0..trailer).find(opens).unwrap_or(trailer);
    let mut cutter =
        Cutter { text, tape, delimiters, levels: Vec::new(), header: 0..first, trailer };
    if unit == Unit::Member {
        return cutter.members(take).map(Ok);
    }
    if let Err(refusal) = cutter.read_levels(set) {
        return Ok(Err(refusal));
    }
    cutter.units(unit, take).map(Ok)
}

/// Whether sets of this kind can be cut into such units.
fn may(set: &[u8], guide: &[u8], unit: Unit) -> Result<(), Refusal> {
    let counts_claims = guide.starts_with(b"005010X214");
    match (unit, set) {
        (_, b"277") if counts_claims => Err("its totals (QTY and AMT) count all of its claims"),
        (Unit::Claim, b"837" | b"276" | b"277") => Ok(()),
        (Unit::Claim, b"835") => Err("its claims add up to one payment (BPR02)"),
        (Unit::Claim, _) => Err("it contains no claims"),
        (Unit::Member, b"834") => Ok(()),
        (Unit::Member, b"820") => Err("its remittances add up to one payment (BPR02)"),
        (Unit::Member, _) => Err("it contains no members"),
        (_, b"837" | b"270" | b"271" | b"276" | b"277" | b"278") => Ok(()),
        (_, b"835") => Err("its claims add up to one payment (BPR02)"),
        (_, b"275") => Err("it is about one patient; split by set"),
        (_, b"834") => Err("it contains members; split by member"),
        _ => Err("it contains no patients"),
    }
}

/// Where the segments of the units begin, in a level of this code.
fn begins_unit(set: &[u8], code: &[u8], segment: &Segment<'_>) -> bool {
    let tag = segment.tag();
    match set {
        b"837" => tag == Tag::new(b"CLM"),
        b"276" | b"277" => matches!(code, b"22" | b"23" | b"PT") && tag == Tag::new(b"TRN"),
        b"270" => tag == Tag::new(b"EQ"),
        b"271" => tag == Tag::new(b"EB"),
        _ => false,
    }
}

impl<'a> Cutter<'a> {
    fn segment(&self, index: usize) -> Segment<'a> {
        self.tape.segment(self.text, index)
    }

    fn read_levels(&mut self, set: &[u8]) -> Result<(), Refusal> {
        let mut numbers: HashMap<&[u8], usize> = HashMap::new();
        let starts: Vec<usize> = (self.header.end..self.trailer)
            .filter(|index| self.segment(*index).tag() == Tag::new(b"HL"))
            .collect();
        for (at, start) in starts.iter().enumerate() {
            let end = starts.get(at + 1).copied().unwrap_or(self.trailer);
            let hl = self.segment(*start);
            let code = hl.value(3).to_vec();
            let is_unit = |index: &usize| begins_unit(set, &code, &self.segment(*index));
            let own_end = (*start..end).find(is_unit).unwrap_or(end);
            let parent = match hl.value(2) {
                b"" => None,
                number => Some(*numbers.get(number).ok_or("its levels are not connected")?),
            };
            if numbers.insert(hl.value(1), at).is_some() {
                return Err("two of its levels have the same number");
            }
            let above = parent.map(|parent| &self.levels[parent]);
            let depth = above.map_or(0, |above| above.depth + 1);
            let own = self.bytes(*start..own_end);
            let repeated = above.map_or_else(|| self.bytes(self.header.clone()), |a| a.repeated);
            let repeated = repeated + own;
            if depth > DEPTH_MAX {
                return Err("its levels are nested too deep (more than 16)");
            }
            if repeated > REPEATED_BYTES_MAX {
                return Err("its parts would repeat too much (more than 64 KiB each)");
            }
            if let Some(parent) = parent {
                self.levels[parent].children.push(at);
            }
            let (segments, children) = (*start..end, Vec::new());
            self.levels.push(Level { segments, depth, repeated, children, own_end, parent, code });
        }
        Ok(())
    }

    /// A set for each member. The counts of the header are left out: they would count all members.
    fn members<E>(&self, take: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let starts: Vec<usize> = (self.header.end..self.trailer)
            .filter(|index| self.segment(*index).tag() == Tag::new(b"INS"))
            .collect();
        if starts.len() < 2 {
            return take(self.text);
        }
        let mut out = Vec::new();
        for (at, start) in starts.iter().enumerate() {
            out.clear();
            let end = starts.get(at + 1).copied().unwrap_or(self.trailer);
            let is_total = |index: &usize| self.segment(*index).tag() == Tag::new(b"QTY");
            let header = self.header.clone().filter(|index| !is_total(index));
            let mut count = 0;
            for index in header.chain(*start..end) {
                out.extend_from_slice(self.raw(index));
                count += 1;
            }
            self.close(&mut out, count);
            take(&out)?;
        }
        Ok(())
    }

    /// A set for each unit in the levels.
    fn units<E>(&self, unit: Unit, take: &mut dyn FnMut(&[u8]) -> Result<(), E>) -> Result<(), E> {
        let mut any = false;
        let mut out = Vec::new();
        for at in 0..self.levels.len() {
            let level = &self.levels[at];
            let whole = |index: usize| (index, self.levels[index].segments.clone());
            let own = (at, level.segments.start..level.own_end);
            match unit {
                Unit::Claim => {
                    let tag = self.segment(level.own_end).tag();
                    let claims = level.own_end..level.segments.end;
                    let starts: Vec<usize> =
                        claims.clone().filter(|index| self.segment(*index).tag() == tag).collect();
                    for (number, start) in starts.iter().enumerate() {
                        let end = starts.get(number + 1).copied().unwrap_or(claims.end);
                        any = true;
                        self.write(&mut out, at, &[own.clone(), (at, *start..end)]);
                        take(&out)?;
                    }
                }
                Unit::Subscriber if level.code == b"22" => {
                    let parts: Vec<_> = self.below(at).into_iter().map(whole).collect();
                    any = true;
                    self.write(&mut out, at, &parts);
                    take(&out)?;
                }
                Unit::Patient if self.is_patient(at) => {
                    let is_theirs = |index: &usize| !self.is_under_other(*index, at);
                    let parts: Vec<_> =
                        self.below(at).into_iter().filter(is_theirs).map(whole).collect();
                    any = true;
                    self.write(&mut out, at, &parts);
                    take(&out)?;
                }
                _ => {}
            }
        }
        if any { Ok(()) } else { take(self.text) }
    }

    /// A level and all levels inside it, in order.
    fn below(&self, at: usize) -> Vec<usize> {
        let mut found = vec![at];
        let mut next = 0;
        while let Some(index) = found.get(next) {
            found.extend(&self.levels[*index].children);
            next += 1;
        }
        found.sort_unstable();
        found
    }

    /// The bytes of these segments, with what is between them.
    fn bytes(&self, segments: Range<usize>) -> usize {
        if segments.is_empty() {
            return 0;
        }
        let start = self.segment(segments.start).offset() as usize;
        self.segment(segments.end).offset() as usize - start
    }

    /// True for a dependent, and for a subscriber with something of their own or without a dependent.
    fn is_patient(&self, at: usize) -> bool {
        let level = &self.levels[at];
        let has_own = level.own_end < level.segments.end;
        let has_dependent = level.children.iter().any(|inner| self.levels[*inner].code == b"23");
        match &*level.code {
            b"23" | b"PT" => true,
            b"22" => has_own || !has_dependent,
            _ => false,
        }
    }

    /// True for what a dependent of this subscriber has.
    fn is_under_other(&self, index: usize, at: usize) -> bool {
        let above = std::iter::successors(Some(index), |index| self.levels[*index].parent);
        above.take_while(|index| *index != at).any(|other| self.levels[other].code == b"23")
    }

    /// Writes a set: the header, the levels above `at` without their own units, and these parts of levels.
    fn write(&self, out: &mut Vec<u8>, at: usize, parts: &[(usize, Range<usize>)]) {
        out.clear();
        let mut above = Vec::new();
        let mut next = self.levels[at].parent;
        while let Some(index) = next {
            above.push((index, self.levels[index].segments.start..self.levels[index].own_end));
            next = self.levels[index].parent;
        }
        above.reverse();
        let mut count = 0;
        for index in self.header.clone() {
            out.extend_from_slice(self.raw(index));
            count += 1;
        }
        let all: Vec<&(usize, Range<usize>)> = above.iter().chain(parts).collect();
        let has_child =
            |level: usize| all.iter().any(|(other, _)| self.levels[*other].parent == Some(level));
        let mut numbers: HashMap<usize, usize> = HashMap::new();
        for (order, (level, range)) in all.iter().enumerate() {
            // A subscriber above the patient is not the patient.
            let is_above = order < above.len() && self.is_own_patient(range.clone());
            for index in range.clone() {
                if index == self.levels[*level].segments.start {
                    let parent = self.levels[*level].parent.and_then(|p| numbers.get(&p).copied());
                    let number = numbers.len() + 1;
                    numbers.insert(*level, number);
                    self.level(out, index, number, parent, has_child(*level));
                } else if is_above && self.is_of_patient(index) {
                    continue;
                } else if is_above && self.segment(index).tag() == Tag::new(b"SBR") {
                    self.subscriber(out, index);
                } else {
                    out.extend_from_slice(self.raw(index));
                }
                count += 1;
            }
        }
        self.close(out, count);
    }

    /// An HL with new numbers.
    fn level(
        &self,
        out: &mut Vec<u8>,
        index: usize,
        number: usize,
        parent: Option<usize>,
        has_child: bool,
    ) {
        let hl = self.segment(index);
        let separator = self.delimiters.element;
        out.extend_from_slice(b"HL");
        for (position, element) in (1..).zip(hl.elements()) {
            out.push(separator);
            match position {
                1 => out.extend_from_slice(number.to_string().as_bytes()),
                2 => {
                    let parent = parent.map(|parent| parent.to_string());
                    out.extend_from_slice(parent.unwrap_or_default().as_bytes());
                }
                4 if !element.is_empty() => out.push(if has_child { b'1' } else { b'0' }),
                _ => out.extend_from_slice(element.bytes),
            }
        }
        out.extend_from_slice(&self.raw(index)[hl.bytes().len()..]);
    }

    /// True for the level of a subscriber who is the patient (SBR02 18).
    fn is_own_patient(&self, mut level: Range<usize>) -> bool {
        level.any(|index| {
            let segment = self.segment(index);
            segment.tag() == Tag::new(b"SBR") && segment.value(2) == b"18"
        })
    }

    /// True for what is sent of a subscriber who is the patient only: address and demographics. Those of the payer stay.
    fn is_of_patient(&self, index: usize) -> bool {
        let tag = self.segment(index).tag();
        let is_name = |index: &usize| self.segment(*index).tag() == Tag::new(b"NM1");
        let owner = (0..index).rfind(is_name).map(|name| self.segment(name).value(1));
        [Tag::new(b"N3"), Tag::new(b"N4"), Tag::new(b"DMG")].contains(&tag)
            && owner == Some(&b"IL"[..])
    }

    /// The SBR of a subscriber above the patient: there it does not say that the subscriber is the patient.
    fn subscriber(&self, out: &mut Vec<u8>, index: usize) {
        let (sbr, raw) = (self.segment(index), self.raw(index));
        let start = sbr.part(2, 0).map_or(raw.len(), |(_, start)| start as usize);
        out.extend_from_slice(&raw[..start]);
        out.extend_from_slice(&raw[(start + 2).min(raw.len())..]);
    }

    /// The SE after `count` segments.
    fn close(&self, out: &mut Vec<u8>, count: usize) {
        let se = self.segment(self.trailer);
        let separator = self.delimiters.element;
        out.extend_from_slice(b"SE");
        out.push(separator);
        out.extend_from_slice((count + 1).to_string().as_bytes());
        out.push(separator);
        out.extend_from_slice(se.value(2));
        out.extend_from_slice(&self.raw(self.trailer)[se.bytes().len()..]);
    }

    /// A segment with its terminator and the layout after it.
    fn raw(&self, index: usize) -> &'a [u8] {
        let start = self.segment(index).offset() as usize;
        let end = match index + 1 {
            next if next < self.tape.len() => self.segment(next).offset() as usize,
            _ => self.text.len(),
        };
        &self.text[start..end]
    }
}
