//! SNIP 4: the situational rules that guides state, evaluated during the walk.
//!
//! Each comparison of each rule has a slot; a slot has the position of the segment that last made it true. Nothing
//! of the message is kept.

use super::balancing::Accounts;
use super::held::{Held, holds, place, report_balance, worst};
use super::keyed_sums::KeyedSums;
use super::suppressions::Suppressions;
use crate::dict::{CodeList, Dictionary, first_bit, packed};
use crate::finding::{Code, Detail, Finding, Findings, Locus, Severity};
use crate::guide::plan::{HotCondition, HotSegment, Item, NONE};
use crate::guide::{Consequence, Reference, Rule, SegmentUse, subject};
use crate::tree::GuideMap;
use crate::wire::{Segment, Tag};

/// What makes a condition true.
#[derive(Clone, Copy, Debug, Default)]
struct Trigger {
    /// Position of its segment in the set; 0 where nothing in particular does.
    segment: u32,
    slot: u16,
}

impl Trigger {
    fn detail(self, map: GuideMap<'_>, rule: u16) -> Detail {
        Detail::Rule {
            rule,
            snip: map.guide.rules[rule as usize].snip,
            trigger_segment: self.segment,
            trigger_test: map.plan.rules.rules[rule as usize].test_at(self.slot),
        }
    }
}

/// The slots of one set.
#[derive(Debug, Default)]
pub(in crate::check) struct Slots {
    /// The position of the segment that made each true, or 0.
    held: Vec<u32>,
    /// Its place; without meaning while the slot is false.
    places: Vec<(u64, u32)>,
    accounts: Accounts,
    keyed_sums: KeyedSums,
    /// For each loop where a segment that is missing from its latest instance was expected: before the first loop
    /// inside it, or at its end.
    due: Vec<Held>,
    /// No loop after this one has anything missing.
    due_last: usize,
    suppressions: Suppressions,
}

impl Slots {
    /// Begins a set.
    pub(in crate::check) fn begin(&mut self, map: GuideMap<'_>) {
        self.held.clear();
        self.held.resize(map.plan.rules.slot_count as usize, 0);
        self.places.resize(map.plan.rules.slot_count as usize, (0, 0));
        self.accounts.begin(map);
        self.keyed_sums.begin(map);
        self.due.clear();
        self.due.resize(map.guide.loops.len(), Held::default());
        self.due_last = 0;
        self.suppressions.clear();
    }

    /// A loop instance begins: what was true inside the last one is forgotten.
    #[inline]
    pub(in crate::check) fn open(&mut self, map: GuideMap<'_>, index: u16, at: &Locus) {
        let hot = &map.plan.loops[index as usize];
        let (first, end) = (index as usize, hot.inner_end as usize);
        // Loops lie in preorder: those inside this one come right after it.
        if self.due_last >= first {
            self.due[first..end.min(self.due_last + 1)].fill(Held::default());
            if self.due_last < end {
                self.due_last = first;
            }
        }
        if hot.parent != index {
            self.fall_due(hot.parent, at);
        }
        self.forget(map.plan.rules.loop_clears[index as usize]);
        self.accounts.open(map, index);
        self.keyed_sums.open(map, index);
        self.suppressions.open(map, index);
    }

    /// Makes a run of slots false.
    #[inline]
    fn forget(&mut self, (first, end): (u16, u16)) {
        // Most runs are short, and filling them is a call.
        for held in &mut self.held[first as usize..end as usize] {
            *held = 0;
        }
    }

    /// A segment or a loop is missing, which has been reported.
    #[cold]
    pub(in crate::check) fn missed(&mut self, map: GuideMap<'_>, item: Item) {
        self.exceeded(map, item);
        self.suppressions.missed(map, item);
    }

    /// There is less of this than there should be, or more: its sums and counts are not reported as errors too.
    #[cold]
    pub(in crate::check) fn exceeded(&mut self, map: GuideMap<'_>, item: Item) {
        let nodes = match item {
            Item::Segment(node) => node..node + 1,
            Item::Loop(index) => map.guide.loops[index as usize].segments.clone(),
        };
        for node in nodes {
            self.accounts.spoil_use(map, node, 0);
            if map.plan.segments[node as usize].postings.0
                != map.plan.segments[node as usize].postings.1
            {
                self.keyed_sums.spoil();
            }
        }
    }

    /// A segment is where it does not belong, or was taken for another use.
    #[cold]
    pub(in crate::check) fn strayed(&mut self, map: GuideMap<'_>, index: u16, tag: Tag) {
        self.suppressions.strayed(map, index, tag);
    }

    /// Rules and sums that read values of a segment with a finding, at the element or on the whole segment, are not
    /// reported as errors too.
    #[cold]
    pub(in crate::check) fn spoil_faulty(
        &mut self,
        map: GuideMap<'_>,
        node: u16,
        position: u32,
        findings: &[Finding],
    ) {
        let own = findings.iter().filter(|f| f.at.segment == position);
        for finding in own.filter(|f| f.severity == Severity::Error) {
            // What is missing before this segment says nothing about it.
            if finding.at.element > 0 || finding.at.length > 0 {
                let is_bare = finding.code == Code::SegmentEmpty;
                let element = if is_bare { 0 } else { finding.at.element };
                self.suppressions.faulty(node, element);
                self.accounts.spoil_use(map, node, element);
                let (first, end) = map.plan.segments[node as usize].postings;
                if first != end {
                    self.keyed_sums.spoil();
                }
            }
        }
    }

    /// A segment had no place: sums of the loops it may belong to are not reported as errors, where segments with this id carry
    /// what is added up. An id that does not exist may stand for any other.
    #[cold]
    pub(in crate::check) fn spoil(
        &mut self,
        map: GuideMap<'_>,
        tag: Tag,
        open_loops: impl Iterator<Item = u16>,
    ) {
        let is_known = !tag.is_malformed() && Dictionary::embedded().segment(tag).is_some();
        let tag = Some(tag).filter(|_| is_known);
        open_loops.for_each(|index| self.accounts.spoil(map, index, tag));
        let is_posted = |(used, hot): (&SegmentUse, &HotSegment)| {
            tag.is_none_or(|tag| tag == used.tag) && hot.postings.0 != hot.postings.1
        };
        if map.guide.segments.iter().zip(&map.plan.segments).any(is_posted) {
            self.keyed_sums.spoil();
        }
    }

    /// Runs the tests on an occurrence of a segment use, then the rules about it.
    #[inline]
    pub(in crate::check) fn visit(
        &mut self,
        map: GuideMap<'_>,
        node: u16,
        segment: &Segment<'_>,
        at: &Locus,
        findings: &mut Findings,
    ) {
        let hot = &map.plan.segments[node as usize];
        self.accounts.visit(map, node, segment);
        if hot.postings.0 != hot.postings.1 {
            self.keyed_sums.visit(map, node, segment, *at);
        }
        if hot.tests.0 == hot.tests.1 && hot.rules.0 == hot.rules.1 {
            return;
        }
        self.forget(map.plan.rules.segment_clears[node as usize]);
        self.test(map, hot.tests, segment, at);
        for (_, rule, gate) in
            &map.plan.rules.at_segments[hot.rules.0 as usize..hot.rules.1 as usize]
        {
            if self.is_open(*gate) {
                self.evaluate(map, *rule, at, None, findings);
            }
        }
    }

    /// Runs tests, which are in the order of the values they read, so that each value is searched for once.
    #[inline]
    fn test(&mut self, map: GuideMap<'_>, tests: (u32, u32), segment: &Segment<'_>, at: &Locus) {
        let mut held = Held { segment: at.segment, offset: at.offset, length: at.length };
        let (mut looked_at, mut value, mut code): (_, &[u8], _) = ((0, 0), segment.bytes(), 0);
        let (mut first_bytes, mut is_repeated) = (u64::MAX, false);
        for test in &map.plan.rules.tests[tests.0 as usize..tests.1 as usize] {
            let of = (test.of.element, test.of.component);
            if of != looked_at {
                looked_at = of;
                let (text, start) = segment.part(of.0 as usize, of.1 as usize).unwrap_or_default();
                (value, code) = (text, packed(text));
                held.offset = at.offset + u64::from(start);
                held.length = text.len() as u32;
                is_repeated = segment.is_repeated(text);
                first_bytes = match text {
                    [] => 0,
                    _ if is_repeated => u64::MAX,
                    [first, ..] => first_bit(*first),
                };
            }
            if test.first_bytes & first_bytes == 0 {
                continue;
            }
            let is_held = match test.list {
                NONE => true,
                _ if is_repeated => holds_any(&map.guide.lists[test.list as usize], value, segment),
                _ if test.code != 0 => test.code == code,
                list => map.guide.lists[list as usize].contains_packed(code, value),
            };
            if is_held {
                self.held[test.slot as usize] = held.segment;
                self.places[test.slot as usize] = (held.offset, held.length);
            }
        }
    }

    /// A loop instance ends before `at`: evaluates its rules.
    #[inline]
    pub(in crate::check) fn close(
        &mut self,
        map: GuideMap<'_>,
        index: u16,
        at: &Locus,
        findings: &mut Findings,
    ) {
        self.fall_due(index, at);
        for (rule, gate) in &map.plan.rules.at_loops[index as usize] {
            if self.is_open(*gate) {
                self.evaluate(map, *rule, at, Some(index), findings);
            }
        }
        if !map.plan.keyed_sums.closes[index as usize].is_empty() {
            self.keyed_sums.close(map, index, *at, findings);
        }
    }

    /// False when the slot that a rule needs is false: it need not be evaluated.
    #[inline]
    fn is_open(&self, gate: u16) -> bool {
        gate == NONE || self.is_true(gate)
    }

    #[inline]
    fn is_true(&self, slot: u16) -> bool {
        self.held[slot as usize] != 0
    }

    /// What is missing from the loop itself was expected before the segment at `at`, at the latest.
    fn fall_due(&mut self, index: u16, at: &Locus) {
        let due = &mut self.due[index as usize];
        if !due.is_true() {
            *due = Held { segment: at.segment, offset: at.offset, length: 0 };
            self.due_last = self.due_last.max(index as usize);
        }
    }

    /// Where a segment that is missing was expected; where its loop is missing too, in the loop around that.
    fn due(&self, map: GuideMap<'_>, node: u16, at: Locus) -> Locus {
        let own = map.plan.segments[node as usize].in_loop;
        let mut around = Some(own);
        while let Some(index) = around {
            let due = self.due[index as usize];
            if due.is_true() {
                return Locus {
                    segment: due.segment,
                    offset: due.offset,
                    loop_index: Some(own),
                    ..at
                };
            }
            around = map.guide.loops[index as usize].parent;
        }
        Locus { loop_index: Some(own), ..at }
    }

    /// Evaluates a rule, at a segment or at the end of the loop `within`.
    fn evaluate(
        &self,
        map: GuideMap<'_>,
        index: u16,
        at: &Locus,
        within: Option<u16>,
        findings: &mut Findings,
    ) {
        let hot = &map.plan.rules.rules[index as usize];
        let trigger = match &hot.when {
            HotCondition::Always => Trigger::default(),
            HotCondition::Is(slot) if !self.is_true(*slot) => return,
            when => match self.applies(when) {
                Some(trigger) => trigger,
                None => return,
            },
        };
        let rule = &map.guide.rules[index as usize];
        if self.suppressions.cover(map, rule) {
            return;
        }
        let here = || Locus { loop_index: within.or(at.loop_index), ..*at };
        let is_true = |slot: &u16| self.is_true(*slot);
        match &rule.then {
            Consequence::Require(wanted) => {
                let before = findings.as_slice().len();
                for (of, _) in wanted.iter().zip(&hot.then).filter(|(_, slot)| !is_true(slot)) {
                    self.report(map, index, rule, *of, trigger, true, here(), findings);
                }
                findings.follow_first(before);
            }
            Consequence::AnyOf(wanted) => {
                if let Some(first) = wanted.first().filter(|_| !hot.then.iter().any(is_true)) {
                    self.report(map, index, rule, *first, trigger, true, here(), findings);
                }
            }
            Consequence::Forbid(unwanted) => {
                for (of, _) in unwanted.iter().zip(&hot.then).filter(|(_, slot)| is_true(slot)) {
                    self.report(map, index, rule, *of, trigger, false, here(), findings);
                }
            }
            Consequence::Balance(left, relation, right) => {
                let Some((found, expected)) = self.accounts.sides(map, index, left, right) else {
                    return;
                };
                let first = subject(left, right);
                if let (false, Some(of)) = (holds(*relation, found, expected), first) {
                    let position = self.held(map, index, *of);
                    let at =
                        if position.is_true() { place(map, *of, position, here()) } else { here() };
                    report_balance(map, index, *of, (found, expected), at, findings);
                }
            }
            // Evaluated key by key.
            Consequence::Once => {}
            Consequence::Within(of, _) => {
                let there = self.held(map, index, *of);
                if there.is_true() && !hot.then.last().is_some_and(is_true) {
                    let at = place(map, *of, there, here());
                    let detail = trigger.detail(map, index);
                    findings.push_at_most(worst(rule), Code::ElementGuideCode, at, detail);
                }
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one finding")]
    fn report(
        &self,
        map: GuideMap<'_>,
        index: u16,
        rule: &Rule,
        of: Reference,
        trigger: Trigger,
        missing: bool,
        at: Locus,
        findings: &mut Findings,
    ) {
        let segment = self.held(map, index, Reference { element: 0, component: 0, ..of });
        let there = self.held(map, index, of);
        let (code, at) = match (of.element, missing) {
            (0, true) => (
                Code::SituationalSegmentMissing,
                Locus {
                    tag: map.tag(of.segment),
                    length: 0,
                    element: 0,
                    ..self.due(map, of.segment, at)
                },
            ),
            (0, false) => (Code::SituationalSegmentForbidden, place(map, of, there, at)),
            // Without its segment an element cannot be required; the segment has its own usage.
            (_, true) if !segment.is_true() => return,
            (_, true) => {
                // What is missing has no bytes.
                let at = Locus { length: 0, ..place(map, of, segment, at) };
                (Code::SituationalElementMissing, at)
            }
            (_, false) => (Code::SituationalElementForbidden, place(map, of, there, at)),
        };
        findings.push_at_most(worst(rule), code, at, trigger.detail(map, index));
    }

    /// What makes the condition true: of several that must hold the last in the set, of alternatives the first that holds.
    fn applies(&self, condition: &HotCondition) -> Option<Trigger> {
        match condition {
            HotCondition::Always => Some(Trigger::default()),
            HotCondition::Is(slot) => {
                let segment = self.held[*slot as usize];
                (segment != 0).then_some(Trigger { segment, slot: *slot })
            }
            HotCondition::Not(inner) => self.applies(inner).is_none().then(Trigger::default),
            HotCondition::All(inner) => inner.iter().try_fold(Trigger::default(), |last, c| {
                let held = self.applies(c)?;
                Some(if held.segment > last.segment { held } else { last })
            }),
            HotCondition::Any(inner) => inner.iter().find_map(|c| self.applies(c)),
        }
    }

    /// Where something that a rule requires is, for a finding.
    fn held(&self, map: GuideMap<'_>, rule: u16, of: Reference) -> Held {
        let slot = map.plan.rules.rules[rule as usize].slot_of(of);
        slot.filter(|slot| self.is_true(*slot)).map_or(Held::default(), |slot| {
            let (offset, length) = self.places[slot as usize];
            Held { segment: self.held[slot as usize], offset, length }
        })
    }
}

/// True when the list contains one of the repetitions of the value.
#[cold]
fn holds_any(list: &CodeList, value: &[u8], segment: &Segment<'_>) -> bool {
    let separator = segment.delimiters().repetition;
    value.split(|b| Some(*b) == separator).any(|v| list.contains(v))
}
