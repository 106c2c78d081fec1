//! One cause for several findings of a segment: a separator that is missing or one too many, or a terminator that is lost.
//! The segment is read on as it was meant, so that nothing else follows from it.

use super::super::snip::code_dates::CodeDates;
use super::super::snip::element;
use super::SegmentChecker;
use crate::finding::{Code, Detail, Finding, Findings, Locus, Policy, Severity};
use crate::guide::NodeIndex;
use crate::guide::plan::{NONE, bit};
use crate::tree::{GuideMap, Lookahead};
use crate::wire::{Segment, Tag, Tape};

/// Segments of a set whose findings are searched for a cause.
const EXPLAINED_MAX: u32 = 64;

/// Findings of this SNIP type and above are about what values say, not about their form and place.
const CONTENT_SNIP: u8 = 3;

/// Longest value that is tried as two values.
const JOINED_MAX: usize = 60;

/// Values in error of a segment that are tried as two; of more than these none is.
const JOINED_VALUES_MAX: u32 = 4;

/// Most elements of a segment that is searched.
const ELEMENTS_MAX: usize = 40;

/// What is told of the place of a segment, and of what is missing before it.
const STRUCTURE: [Code; 8] = [
    Code::SegmentMissing,
    Code::LoopMissing,
    Code::SegmentUnexpected,
    Code::SegmentSequence,
    Code::SegmentRepeats,
    Code::LoopRepeats,
    Code::LevelNumber,
    Code::LevelParent,
];

/// What was meant by a segment with findings.
pub(super) enum Meant<'t> {
    /// Its values in other places.
    Shifted(Vec<u8>),
    /// Two segments.
    Two(Segment<'t>, Segment<'t>),
}

/// Elements in error: how many, and which.
#[derive(Clone, Copy, Default)]
struct Faults {
    count: usize,
    mask: u64,
    /// Those that have a value.
    valued: u64,
}

impl Faults {
    fn of<'f>(findings: impl Iterator<Item = &'f Finding>) -> Faults {
        let errors = findings.filter(|f| f.severity == Severity::Error);
        errors.fold(Faults::default(), |faults, f| Faults {
            count: faults.count + 1,
            mask: faults.mask | bit(f.at.element),
            valued: faults.valued | if f.at.length > 0 { bit(f.at.element) } else { 0 },
        })
    }
}

impl SegmentChecker<'_> {
    /// Finds what the findings from `from` on come from, and reports it before them. They are about this segment alone.
    #[cold]
    pub(super) fn explain<'t>(
        &mut self,
        map: GuideMap<'_>,
        node: NodeIndex,
        segment: &Segment<'t>,
        at: &Locus,
        from: usize,
    ) -> Option<Meant<'t>> {
        // What a value says, or its day, speaks of no other place.
        let own = self.findings.as_slice()[from..].iter().filter(|f| f.snip() < CONTENT_SNIP);
        let found = Faults::of(own);
        let is_searched = found.count > 0
            && segment.count() <= ELEMENTS_MAX
            && !segment.tag().is_binary()
            && self.set.explained < EXPLAINED_MAX;
        if !is_searched {
            return None;
        }
        self.set.explained += 1;
        let all = self.findings.as_slice();
        let is_character =
            |f: &&Finding| f.code == Code::ElementCharacter && f.at.segment == at.segment;
        let from = from - all[..from].iter().rev().take_while(is_character).count();
        let here = Locus { loop_index: Some(map.plan.segments[node as usize].in_loop), ..*at };
        if let Some((first, second, next)) = self.two_segments(map, node, segment, at) {
            let cut = second.offset() - segment.offset();
            let position = segment.elements().take_while(|e| e.offset <= cut).count();
            let root = Locus {
                element: position as u8,
                offset: at.offset + u64::from(cut),
                length: second.bytes().len() as u32,
                ..here
            };
            let detail = Detail::Node(next);
            let is_told = self.findings.explain(from, Code::TerminatorMissing, root, detail);
            self.set.lost = Some(root.offset).filter(|_| is_told);
            return is_told.then_some(Meant::Two(first, second));
        }
        let (code, position, text) = self.shift(map, node, segment, at, found)?;
        let root = spot(segment, position, here);
        let is_told = self.findings.explain(from, code, root, Detail::None);
        is_told.then_some(Meant::Shifted(text))
    }

    /// Goes on with what was meant by a segment. What is found in it follows from its last finding of its own.
    #[cold]
    pub(super) fn read_as_meant(
        &mut self,
        map: GuideMap<'_>,
        node: NodeIndex,
        meant: Meant<'_>,
        next: Lookahead<'_>,
        at: &Locus,
    ) {
        match meant {
            Meant::Shifted(text) => {
                let (from, root) = (self.found(), self.findings.last_root());
                let mut tape = Tape::default();
                tape.fill(&text, self.set.delimiters);
                self.visit(map, node, &tape.segment(&text, 0), at);
                self.findings.follow(from, root);
            }
            Meant::Two(first, second) => {
                self.visit(map, node, &first, at);
                let at = self.set.locus_of(&second);
                self.read_placed(map, &second, next, &at);
            }
        }
    }

    /// Reads a segment without a place as it was meant, where that has one; the findings from `from` on follow from what is wrong
    /// with it.
    #[cold]
    pub(super) fn read_unplaced(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        next: Lookahead<'_>,
        at: &Locus,
        from: usize,
    ) -> bool {
        let is_searched = map.plan.tag(segment.tag()).is_some()
            && segment.count() <= ELEMENTS_MAX
            && self.set.explained < EXPLAINED_MAX;
        if !is_searched {
            return false;
        }
        self.set.explained += 1;
        for (head_end, begin) in cuts(segment) {
            let (first, second) = segment.split(head_end, begin);
            if map.plan.tag(second.tag()).is_none() || second.count() == 0 {
                continue;
            }
            let Some(own) = self.walker.next_use(map, &first) else { continue };
            if self.faults(map, own, &first, at).count > 0 {
                continue;
            }
            let offset = at.offset + begin as u64;
            let root = Locus { offset, length: second.bytes().len() as u32, ..*at };
            if !self.findings.explain(from, Code::TerminatorMissing, root, Detail::None) {
                return false;
            }
            self.set.lost = Some(offset);
            self.read_placed(map, &first, next, at);
            let at = self.set.locus_of(&second);
            self.read_placed(map, &second, next, &at);
            return true;
        }
        let mut tape = Tape::default();
        for (code, position, text) in shifts(segment) {
            tape.fill(&text, segment.delimiters());
            if tape.is_empty() {
                continue;
            }
            let meant = tape.segment(&text, 0);
            let Some(own) = self.walker.next_use(map, &meant) else { continue };
            if self.faults(map, own, &meant, at).count > 0 {
                continue;
            }
            let root = Locus { loop_index: None, ..spot(segment, position, *at) };
            if !self.findings.explain(from, code, root, Detail::None) {
                return false;
            }
            self.read_placed(map, &meant, next, at);
            return true;
        }
        false
    }

    /// Finds the place of what was meant by a segment, and checks it there.
    fn read_placed(
        &mut self,
        map: GuideMap<'_>,
        segment: &Segment<'_>,
        next: Lookahead<'_>,
        at: &Locus,
    ) {
        let before = self.found();
        if let Some(node) = self.place(map, segment, next, at) {
            self.check_placed(map, node, segment, next, at, before);
        }
        if segment.tag() == Tag::new(b"SE") {
            self.trailer(*segment, *at);
            self.close_walk(map.guide, *at);
        }
    }

    /// Of the findings from `from` on, which came with the segment at `index`, those follow from the first that have the same
    /// reason: what is missing or out of place before it, all about a segment that repeats the one before it, and all about a
    /// composite with too many components.
    #[cold]
    pub(super) fn group(&mut self, from: usize, tape: &Tape, text: &[u8], index: usize) {
        let segment = tape.segment(text, index);
        let position = self.set.position;
        let is_repeated = index > 0 && tape.segment(text, index - 1).bytes() == segment.bytes();
        let all = &self.findings.as_slice()[from..];
        let is_own = |f: &Finding| f.at.segment == position && f.because.is_none();
        let structure = |f: &Finding| is_repeated || STRUCTURE.contains(&f.code);
        let root = all.iter().find(|f| is_own(f) && structure(f)).map(|f| f.at.offset);
        let mut follow = Vec::new();
        let mut seen = false;
        for (at, finding) in (from..).zip(all).filter(|(_, f)| is_own(f)) {
            let around = all.iter().find(|f| {
                f.code == Code::ElementComponents
                    && f.because.is_none()
                    && (f.at.element, f.at.repetition)
                        == (finding.at.element, finding.at.repetition)
            });
            if let Some(root) = root.filter(|_| structure(finding)) {
                if std::mem::replace(&mut seen, true) {
                    follow.push((at, root));
                }
            } else if let Some(around) = around.filter(|around| !std::ptr::eq(*around, finding)) {
                follow.push((at, around.at.offset));
            }
        }
        if let Some(root) = root.filter(|_| is_repeated) {
            self.set.repeated = Some((position, root));
        }
        follow.into_iter().for_each(|(at, root)| self.findings.follow_one(at, root));
    }

    /// The errors that the elements of a segment would give in this use.
    fn faults(
        &self,
        map: GuideMap<'_>,
        node: NodeIndex,
        segment: &Segment<'_>,
        at: &Locus,
    ) -> Faults {
        let mut findings = Findings::new(Policy::default());
        let mut code_dates = CodeDates::default();
        code_dates.begin(map, self.set.of_group);
        let mut out = element::Out { node, findings: &mut findings, code_dates: &mut code_dates };
        element::check(map, segment, at, &mut out);
        Faults::of(findings.as_slice().iter())
    }

    /// The segment as two that both are without error, and the use of the second: its terminator is lost, or was read as a
    /// separator.
    fn two_segments<'t>(
        &mut self,
        map: GuideMap<'_>,
        node: NodeIndex,
        segment: &Segment<'t>,
        at: &Locus,
    ) -> Option<(Segment<'t>, Segment<'t>, NodeIndex)> {
        for (head_end, begin) in cuts(segment) {
            let (first, second) = segment.split(head_end, begin);
            let is_known = map.plan.tag(second.tag()).is_some() && second.count() > 0;
            if !is_known || self.faults(map, node, &first, at).count > 0 {
                continue;
            }
            if let Some(next) = self.walker.next_use(map, &second)
                && self.faults(map, next, &second, at).count == 0
            {
                return Some((first, second, next));
            }
        }
        None
    }

    /// The segment with its values one place further left or right, where that leaves no error but at the place of the shift: the
    /// code, the element it begins at, and the text. What only one finding speaks for must leave no error at all.
    fn shift(
        &self,
        map: GuideMap<'_>,
        node: NodeIndex,
        segment: &Segment<'_>,
        at: &Locus,
        found: Faults,
    ) -> Option<Shift> {
        let mut best: Option<(usize, Shift)> = None;
        let mut tape = Tape::default();
        let faults_of = |tape: &mut Tape, text: &[u8]| {
            tape.fill(text, segment.delimiters());
            (!tape.is_empty()).then(|| self.faults(map, node, &tape.segment(text, 0), at))
        };
        for (code, position, text) in joined(segment, found.mask) {
            let is_sound = faults_of(&mut tape, &text).is_some_and(|faults| faults.count == 0);
            if is_sound && found.count > 1 {
                return Some((code, position, text));
            }
        }
        for (code, position, text) in shifts(segment) {
            let Some(faults) = faults_of(&mut tape, &text) else { continue };
            // Of two values that were joined the first is in error, and the place of the second is empty.
            let joined = bit(position as u8 - 1);
            let allowed = match code {
                Code::SeparatorMissing => bit(position as u8) | joined,
                _ => 0,
            };
            // What is missing is not in the wrong place.
            if found.valued >> position == 0 {
                continue;
            }
            let is_sound = match found.count {
                1 => {
                    code == Code::SeparatorMissing
                        && faults.count == 0
                        && moved(segment, position) > 1
                }
                // The values from there on are in error as they are, and are not when they are moved.
                _ => {
                    faults.mask & !allowed == 0
                        && faults.count < found.count
                        && (faults.count == 0 || found.mask >> position > 1)
                }
            };
            let elements =
                &map.plan.elements[map.plan.segments[node as usize].elements.0 as usize..];
            let is_coded = elements.get(position - 1).is_some_and(|hot| hot.list != NONE);
            let doubt = match faults.count {
                0 => 0,
                count => {
                    count * 4 + usize::from(faults.mask & joined != 0) * 2 + usize::from(is_coded)
                }
            };
            if is_sound && best.as_ref().is_none_or(|(least, _)| doubt <= *least) {
                best = Some((doubt, (code, position, text)));
                if doubt == 0 {
                    break;
                }
            }
        }
        best.map(|(_, shift)| shift)
    }
}

/// A code, the element that the shift begins at, and the text as it was meant.
type Shift = (Code, usize, Vec<u8>);

/// Where a segment may be two: the end of the first and the beginning of the second. The text there is that of a segment id; a
/// separator that stands for the terminator belongs to neither.
fn cuts(segment: &Segment<'_>) -> Vec<(usize, usize)> {
    let mut cuts = Vec::new();
    for element in segment.elements() {
        let (start, end) = (element.offset as usize, element.offset as usize + element.bytes.len());
        for begin in [3, 2].into_iter().filter_map(|length| end.checked_sub(length)) {
            let Some(tag) = segment.bytes().get(begin.max(start)..end) else { continue };
            let tag = Tag::new(tag);
            if begin < start || tag == Tag::default() || tag.is_malformed() {
                continue;
            }
            // The line break after the terminator is still there.
            let is_break = |byte: &&u8| matches!(**byte, b'\r' | b'\n');
            let breaks = segment.bytes()[start..begin].iter().rev().take_while(is_break).count();
            let head_end = begin - breaks;
            cuts.push((if head_end == start { start - 1 } else { head_end }, begin));
        }
    }
    cuts
}

/// How many values there are from this element on.
fn moved(segment: &Segment<'_>, position: usize) -> usize {
    segment.elements().skip(position - 1).filter(|element| !element.is_empty()).count()
}

/// The place of an element, or of the end of the segment.
fn spot(segment: &Segment<'_>, position: usize, here: Locus) -> Locus {
    let (offset, length) = match segment.element(position) {
        Some(element) => (element.offset, element.bytes.len() as u32),
        None => (segment.bytes().len() as u32, 0),
    };
    Locus { element: position as u8, offset: here.offset + u64::from(offset), length, ..here }
}

/// The text of a segment with these values.
fn written(segment: &Segment<'_>, values: &[&[u8]]) -> Vec<u8> {
    let mut text = segment.tag_bytes().to_vec();
    let used = values.iter().rposition(|value| !value.is_empty()).map_or(0, |last| last + 1);
    for value in &values[..used] {
        text.push(segment.delimiters().element);
        text.extend_from_slice(value);
    }
    text
}

/// The segment with one of the values in error cut in two.
fn joined(segment: &Segment<'_>, mask: u64) -> Vec<Shift> {
    if mask.count_ones() > JOINED_VALUES_MAX {
        return Vec::new();
    }
    let values: Vec<&[u8]> = segment.elements().map(|element| element.bytes).collect();
    let mut shifts = Vec::new();
    for index in (0..values.len()).filter(|index| mask & bit(*index as u8 + 1) != 0) {
        for cut in 1..values[index].len().min(JOINED_MAX) {
            let mut changed = values.clone();
            let (first, second) = values[index].split_at(cut);
            changed.splice(index..=index, [first, second]);
            shifts.push((Code::SeparatorMissing, index + 2, written(segment, &changed)));
        }
    }
    shifts
}

/// The segment with its values from each place on one place further right, and one further left.
fn shifts(segment: &Segment<'_>) -> Vec<Shift> {
    let values: Vec<&[u8]> = segment.elements().map(|element| element.bytes).collect();
    let mut shifts = Vec::new();
    for index in 0..values.len() {
        if values[index..].iter().all(|value| value.is_empty()) {
            break;
        }
        let mut more = values.clone();
        more.insert(index, &[]);
        shifts.push((Code::SeparatorMissing, index + 1, written(segment, &more)));
        let mut fewer = values.clone();
        fewer.remove(index);
        shifts.push((Code::SeparatorExtra, index + 1, written(segment, &fewer)));
    }
    shifts
}
