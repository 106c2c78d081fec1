//! SNIP 5: codes by the day they were used on.
//!
//! A guide says for each list where the day is found (`judge`). It may come after the code, as the service date of a line
//! does; such codes wait until the end of the loop that the judgement names. Codes without a judgement are checked
//! by the date of the message: BHT04, BGN03 or BPR16, else GS04.

use super::value as kind;
use crate::dict::{CodeList, Entry, Period, Standing};
use crate::finding::{Code, Detail, Findings, Locus, Severity};
use crate::guide::plan::{NO_BIT, NONE};
use crate::guide::{NodeIndex, RuleScope};
use crate::tree::GuideMap;
use crate::wire::{Segment, Tag};

/// Most codes that wait for their day; those beyond are checked by the date of the message.
const WAITING_MAX: usize = 4096;

/// The question to answer once the day is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Question {
    /// Was the code valid?
    Entry(Entry),
    /// Is it too new for the list, which does not contain it?
    Unknown,
    /// Was its code set in use? The only question where the list is not loaded.
    CodeSet,
}

/// A code that waits for its day.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    question: Question,
    judgement: u16,
    list: u16,
    at: Locus,
}

/// A code and its place.
#[derive(Clone, Copy, Debug)]
pub(in crate::check) struct CodeUse {
    /// The list it is looked up in, in [`crate::guide::Guide::lists`].
    pub(in crate::check) list: u16,
    /// The segment use it is in.
    pub(in crate::check) node: NodeIndex,
    /// Its place in the message.
    pub(in crate::check) at: Locus,
}

/// The dates of one set, and the codes that are checked by them.
#[derive(Debug, Default)]
pub(in crate::check) struct CodeDates {
    /// Lists that were needed and are not loaded, by their bit.
    absent: u64,
    /// The date of the message.
    of_message: Period,
    /// For each day of a judgement the days seen, from the first to the last; none when `until` is 0.
    days: Vec<Period>,
    waiting: Vec<Waiting>,
    /// Code sets that were found out of use, by judgement, until its scope ends: reported once.
    said: Vec<(u16, u16)>,
}

impl CodeDates {
    /// Begins a set of a group of this day (GS04).
    pub(in crate::check) fn begin(&mut self, map: GuideMap<'_>, of_group: Period) {
        self.absent = 0;
        self.of_message = of_group;
        self.days.clear();
        self.days.resize(map.plan.days.len(), Period::ALWAYS);
        self.waiting.clear();
        self.said.clear();
    }

    /// The lists that were needed and are not loaded, by their bit.
    pub(in crate::check) fn absent(&self) -> u64 {
        self.absent
    }

    /// A loop instance begins: the days inside the last one are forgotten.
    #[inline]
    pub(in crate::check) fn open(&mut self, map: GuideMap<'_>, index: u16) {
        for slot in &map.plan.day_clears[index as usize] {
            self.days[*slot as usize] = Period::ALWAYS;
        }
    }

    /// A segment came: keeps the days it contains, and checks the codes that waited for them.
    #[inline]
    pub(in crate::check) fn visit(
        &mut self,
        map: GuideMap<'_>,
        node: NodeIndex,
        segment: &Segment<'_>,
        position: u32,
        findings: &mut Findings,
    ) {
        if position == 2 {
            self.read_message_day(segment);
        }
        let hot = &map.plan.segments[node as usize];
        for day in &map.plan.days[hot.days.0 as usize..hot.days.1 as usize] {
            let value = segment.text_at(day.of.element, day.of.component);
            if let Some(days) = days_of(value) {
                let kept = &mut self.days[day.slot as usize];
                if day.is_own {
                    *kept = Period::ALWAYS;
                }
                kept.from = if kept.until == 0 { days.from } else { kept.from.min(days.from) };
                kept.until = kept.until.max(days.until);
            }
        }
        if hot.settles {
            self.settle(map, RuleScope::Segment(node), findings);
        }
    }

    /// A loop instance ends: the day of the codes in it is known now.
    #[inline]
    pub(in crate::check) fn close(
        &mut self,
        map: GuideMap<'_>,
        index: u16,
        findings: &mut Findings,
    ) {
        let is_needed = !self.waiting.is_empty() || !self.said.is_empty();
        if is_needed && map.plan.loops[index as usize].settles {
            self.settle(map, RuleScope::Loop(index), findings);
        }
    }

    fn settle(&mut self, map: GuideMap<'_>, scope: RuleScope, findings: &mut Findings) {
        let ends = |judgement: u16| {
            let judgement = map.guide.judgements.get(judgement as usize);
            judgement.is_some_and(|judgement| judgement.scope == scope)
        };
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain(|waiting| {
            let ended = ends(waiting.judgement);
            if ended {
                let days = self.known_days(map, waiting.judgement).unwrap_or(self.of_message);
                self.answer(map, *waiting, days, findings);
            }
            !ended
        });
        self.waiting = waiting;
        self.said.retain(|(judgement, _)| !ends(*judgement));
    }

    /// A list was needed, but is not loaded.
    #[inline]
    pub(in crate::check) fn miss(&mut self, map: GuideMap<'_>, list: u16) {
        let bit = map.plan.absent_bits[list as usize];
        if bit < NO_BIT {
            self.absent |= 1 << bit;
        }
    }

    /// A code whose list is not loaded or does not contain it on every day. True when it is not in the list on any
    /// day: the finding is for the caller.
    pub(in crate::check) fn is_unknown(
        &mut self,
        map: GuideMap<'_>,
        code: &[u8],
        of: CodeUse,
        findings: &mut Findings,
    ) -> bool {
        let list = &map.guide.lists[of.list as usize];
        let Some(set) = list.set() else {
            self.ask(map, Question::CodeSet, of, findings);
            return false;
        };
        match set.standing(code) {
            Standing::Always if in_force(list) == Period::ALWAYS && set.covers().is_empty() => {
                false
            }
            Standing::Always => {
                self.ask(map, Question::CodeSet, of, findings);
                false
            }
            Standing::Dated(entry) => {
                self.ask(map, Question::Entry(entry), of, findings);
                false
            }
            Standing::Unknown if set.covers().is_empty() && set.complete() == 0 => true,
            Standing::Unknown => {
                self.ask(map, Question::Unknown, of, findings);
                false
            }
        }
    }

    /// Answers at once where the day is known, else waits for it.
    fn ask(&mut self, map: GuideMap<'_>, question: Question, of: CodeUse, findings: &mut Findings) {
        let CodeUse { list, node, at } = of;
        let judgement = map.plan.judgement(list, node);
        let mut waiting = Waiting { question, judgement: judgement.unwrap_or(NONE), list, at };
        let Some(judgement) = judgement else {
            return self.answer(map, waiting, self.of_message, findings);
        };
        // The first place that may hold the day is the best one: when it does, nothing better can come. Within a segment
        // the day may come after the code.
        let first = self.days[map.plan.day_slots[judgement as usize].0 as usize];
        let is_own = map.guide.judgements[judgement as usize].scope == RuleScope::Segment(node);
        if first.until != 0 && !is_own {
            return self.answer(map, waiting, first, findings);
        }
        let asked = |known: &Waiting| {
            question == Question::CodeSet
                && (known.question, known.judgement, known.list) == (question, judgement, list)
        };
        if self.waiting.iter().any(asked) {
            return;
        }
        if self.waiting.len() >= WAITING_MAX {
            waiting.judgement = NONE;
            return self.answer(map, waiting, self.of_message, findings);
        }
        self.waiting.push(waiting);
    }

    /// The days of the first place that holds any.
    fn known_days(&self, map: GuideMap<'_>, judgement: u16) -> Option<Period> {
        let (first, end) = map.plan.day_slots[judgement as usize];
        self.days[first as usize..end as usize].iter().copied().find(|days| days.until != 0)
    }

    fn answer(&mut self, map: GuideMap<'_>, of: Waiting, days: Period, findings: &mut Findings) {
        if days.until == 0 {
            return;
        }
        let list = &map.guide.lists[of.list as usize];
        let in_force = in_force(list);
        if !in_force.meets(days) {
            let key = (of.judgement, of.list);
            if !self.said.contains(&key) {
                self.said.push(key);
                let Period { from, until } = in_force;
                let detail = Detail::Validity { list: of.list, from, until };
                findings.push(Code::CodeSetOutOfDate, of.at, detail);
            }
            return;
        }
        let Some(set) = list.set() else { return };
        if !set.speaks_of(days) {
            // No edition for these days is loaded.
            return self.miss(map, of.list);
        }
        match of.question {
            Question::CodeSet => {}
            Question::Unknown => {
                // A code newer than the list may still be valid.
                let is_young = set.complete() != 0 && days.until > set.complete();
                let most = if is_young { Severity::Warning } else { Severity::Error };
                findings.push_at_most(most, Code::CodeSet, of.at, Detail::CodeList(of.list));
            }
            Question::Entry(entry) if set.is_valid(entry, days) => {}
            Question::Entry(entry) => {
                let Period { from, until } = set.nearest(entry, days);
                let detail = Detail::Validity { list: of.list, from, until };
                findings.push(Code::CodeOutOfDate, of.at, detail);
            }
        }
    }

    /// The second segment has the date of the message.
    fn read_message_day(&mut self, segment: &Segment<'_>) {
        let tag = segment.tag();
        let position = match tag {
            _ if tag == Tag::new(b"BHT") => 4,
            _ if tag == Tag::new(b"BGN") => 3,
            _ if tag == Tag::new(b"BPR") => 16,
            _ => return,
        };
        if let Some(days) = days_of(segment.value(position)) {
            self.of_message = days;
        }
    }
}

fn in_force(list: &CodeList) -> Period {
    list.listing.map_or(Period::ALWAYS, |listing| listing.in_force)
}

/// A day, CCYYMMDD with or without a time, or a range of days; none for anything else.
pub(in crate::check) fn days_of(value: &[u8]) -> Option<Period> {
    match value.len() {
        8 | 12 => kind::date(&value[..8]).map(|day| Period { from: day, until: day }),
        17 if value[8] == b'-' => {
            let (from, until) = (kind::date(&value[..8])?, kind::date(&value[9..])?);
            (from <= until).then_some(Period { from, until })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_ranges() {
        let days = |text: &str| days_of(text.as_bytes()).map(|p| (p.from, p.until));
        assert_eq!(days("20251001"), Some((20251001, 20251001)));
        assert_eq!(days("202510011530"), Some((20251001, 20251001)));
        assert_eq!(days("20250930-20251002"), Some((20250930, 20251002)));
        for odd in ["", "2025", "20251301", "20251002-20250930", "20250930 20251002", "abcdefgh"] {
            assert_eq!(days(odd), None, "{odd}");
        }
    }
}
