//! SNIP 3 and 4 for values related by a key: the amounts of one payer in a claim and its lines are in loops that have
//! nothing in common but the payer's id. There is a row of sums for each key; no row outlives the rule's loop, and a set
//! without such rules costs nothing.

use super::balancing::{Account, side, value};
use super::held::{Held, hold, holds, place, report_balance, worst};
use crate::finding::{Code, Detail, Findings, Locus};
use crate::guide::plan::{Column, KeyedTable, NONE, Opening, Owner, Posting, What};
use crate::guide::{Condition, Consequence, Reference, Rule, subject};
use crate::tree::GuideMap;
use crate::wire::Segment;

/// Most rows of a rule; when there are more keys nothing is reported.
const ROWS_MAX: usize = 64;

/// What belongs to one key.
#[derive(Debug, Default)]
struct Row {
    key: Vec<u8>,
    /// How often the key occurs.
    uses: u32,
    /// Where it occurs last.
    key_at: Option<(Reference, Held)>,
    /// Where the first of the rule's keys names it: without that the others refer to a key that does not exist.
    named_at: Held,
    /// Where a finding about its balance belongs.
    balance_at: Held,
    columns: Vec<Account>,
}

impl Row {
    fn clear(&mut self, columns: usize) {
        self.key.clear();
        self.uses = 0;
        (self.named_at, self.balance_at) = (Held::default(), Held::default());
        self.columns.clear();
        self.columns.resize(columns, Account::default());
    }

    fn copy(&mut self, other: &Row) {
        self.key.clear();
        self.key.extend_from_slice(&other.key);
        self.columns.clear();
        self.columns.extend_from_slice(&other.columns);
        (self.uses, self.key_at) = (other.uses, other.key_at);
        (self.named_at, self.balance_at) = (other.named_at, other.balance_at);
    }
}

/// The running sums of one rule. Rows are kept from claim to claim and reused.
#[derive(Debug, Default)]
struct KeyedSum {
    rows: Vec<Row>,
    live: usize,
    /// For each key the row of its current instance.
    current: Vec<Option<usize>>,
    /// For each key the row of one outside the rule's loop; without a key there is none.
    outer: Vec<Row>,
    /// What belongs to every row.
    common: Vec<Account>,
    common_at: Held,
    is_spoiled: bool,
    /// Nothing was taken since it was opened, so that opening it again would change nothing.
    is_fresh: bool,
}

impl KeyedSum {
    fn begin(&mut self, shape: &KeyedTable) {
        self.outer.resize_with(shape.keys, Row::default);
        self.outer.iter_mut().for_each(|row| row.clear(shape.columns.len()));
        self.common.clear();
        self.is_fresh = false;
        self.open(shape);
    }

    fn open(&mut self, shape: &KeyedTable) {
        if std::mem::replace(&mut self.is_fresh, true) {
            return;
        }
        (self.live, self.is_spoiled, self.common_at) = (0, false, Held::default());
        self.current.clear();
        self.current.resize(shape.keys, None);
        self.common.resize(shape.columns.len(), Account::default());
        for (sum, column) in self.common.iter_mut().zip(&shape.columns) {
            if !matches!(column, Column::Outside(..)) {
                *sum = Account::default();
            }
        }
        for index in 0..self.outer.len() {
            if self.outer[index].uses > 0
                && let Some(row) = self.add(shape)
            {
                self.rows[row].copy(&self.outer[index]);
            }
        }
    }

    fn add(&mut self, shape: &KeyedTable) -> Option<usize> {
        if self.live == ROWS_MAX {
            self.is_spoiled = true;
            return None;
        }
        if self.live == self.rows.len() {
            self.rows.push(Row::default());
        }
        self.rows[self.live].clear(shape.columns.len());
        self.live += 1;
        Some(self.live - 1)
    }

    fn find(&self, key: &[u8]) -> Option<usize> {
        self.rows[..self.live].iter().position(|row| row.uses > 0 && row.key == key)
    }

    fn key(&mut self, shape: &KeyedTable, posting: &Posting, text: &[u8], held: Held) {
        let row = match posting.owner {
            Owner::All => return,
            Owner::Outer(key) => &mut self.outer[key as usize],
            Owner::Key(0) => {
                let Some(own) = self.current[0] else { return };
                match self.find(text) {
                    // The current instance is the newest row, and has no key yet.
                    Some(known) if known != own && own + 1 == self.live => {
                        self.live = own;
                        let (rows, newest) = self.rows.split_at_mut(own);
                        let taken = newest[0].columns.iter();
                        for (sum, more) in rows[known].columns.iter_mut().zip(taken) {
                            sum.merge(*more);
                        }
                        self.current[0] = Some(known);
                        &mut rows[known]
                    }
                    _ => &mut self.rows[own],
                }
            }
            Owner::Key(key) => {
                let Some(row) = self.find(text).or_else(|| self.add(shape)) else { return };
                self.current[key as usize] = Some(row);
                &mut self.rows[row]
            }
        };
        row.key.clear();
        row.key.extend_from_slice(text);
        row.uses += 1;
        row.key_at = Some((posting.of, held));
        if posting.owner == Owner::Key(0) {
            row.named_at = held;
        }
    }

    fn row(&mut self, owner: Owner) -> Option<(&mut [Account], &mut Held)> {
        let row = match owner {
            Owner::All => return Some((&mut self.common, &mut self.common_at)),
            Owner::Outer(key) => &mut self.outer[key as usize],
            Owner::Key(key) => &mut self.rows[self.current[key as usize]?],
        };
        Some((&mut row.columns, &mut row.balance_at))
    }
}

/// The keyed sums of one set.
#[derive(Debug, Default)]
pub(in crate::check) struct KeyedSums {
    rules: Vec<KeyedSum>,
}

impl KeyedSums {
    /// Begins a set.
    pub(in crate::check) fn begin(&mut self, map: GuideMap<'_>) {
        let shapes = &map.plan.keyed_sums.tables;
        self.rules.resize_with(shapes.len(), KeyedSum::default);
        self.rules.iter_mut().zip(shapes).for_each(|(sums, shape)| sums.begin(shape));
    }

    /// A loop instance begins.
    #[inline]
    pub(in crate::check) fn open(&mut self, map: GuideMap<'_>, index: u16) {
        for opening in &map.plan.keyed_sums.opens[index as usize] {
            self.turn(map, *opening);
        }
    }

    fn turn(&mut self, map: GuideMap<'_>, opening: Opening) {
        let shapes = &map.plan.keyed_sums.tables;
        match opening {
            Opening::Scope(at) => self.rules[at as usize].open(&shapes[at as usize]),
            Opening::Instance(at) => {
                let sums = self.used(at);
                sums.current[0] = sums.add(&shapes[at as usize]);
            }
            Opening::Key(at, key) => self.used(at).current[key as usize] = None,
            Opening::Outer(at, key) => {
                let columns = shapes[at as usize].columns.len();
                self.used(at).outer[key as usize].clear(columns);
            }
            Opening::Column(at, column) => {
                self.used(at).common[column as usize] = Account::default();
            }
        }
    }

    /// The sums of a rule, for writing.
    fn used(&mut self, at: u16) -> &mut KeyedSum {
        let sums = &mut self.rules[at as usize];
        sums.is_fresh = false;
        sums
    }

    /// A segment had no place: what it would have contributed is not known.
    pub(in crate::check) fn spoil(&mut self) {
        for sums in &mut self.rules {
            (sums.is_spoiled, sums.is_fresh) = (true, false);
        }
    }

    /// Takes what an occurrence of a segment use contributes.
    pub(in crate::check) fn visit(
        &mut self,
        map: GuideMap<'_>,
        node: u16,
        segment: &Segment<'_>,
        at: Locus,
    ) {
        let (first, end) = map.plan.segments[node as usize].postings;
        for posting in &map.plan.keyed_sums.postings[first as usize..end as usize] {
            let sums = self.used(posting.table);
            let text = value(posting.of, segment);
            if posting.of.element > 0 && text.is_empty() {
                continue;
            }
            let held = || hold(segment, posting.of, at).unwrap_or_default();
            match posting.what {
                What::Key => {
                    let shape = &map.plan.keyed_sums.tables[posting.table as usize];
                    sums.key(shape, posting, text, held());
                }
                What::Column { column, measure, filter, is_place } => {
                    let passes = |(of, list): (Reference, u16)| {
                        map.guide.lists[list as usize].contains(value(of, segment))
                    };
                    let Some((columns, balance_at)) = sums.row(posting.owner) else { continue };
                    if filter.is_none_or(passes) {
                        columns[column as usize].take(measure, posting.of, segment);
                    }
                    if is_place && !balance_at.is_true() {
                        *balance_at = held();
                    }
                }
            }
        }
    }

    /// The loop of some rules ends before `at`: evaluates their rows.
    #[cold]
    pub(in crate::check) fn close(
        &self,
        map: GuideMap<'_>,
        index: u16,
        at: Locus,
        findings: &mut Findings,
    ) {
        for table in &map.plan.keyed_sums.closes[index as usize] {
            let shape = &map.plan.keyed_sums.tables[*table as usize];
            let sums = &self.rules[*table as usize];
            if sums.is_spoiled {
                continue;
            }
            let rule = &map.guide.rules[shape.rule as usize];
            for row in &sums.rows[..sums.live] {
                Judge { map, shape, rule, sums, row, at }.look(findings);
            }
        }
    }
}

/// Evaluates one row by its rule.
struct Judge<'a> {
    map: GuideMap<'a>,
    shape: &'a KeyedTable,
    rule: &'a Rule,
    sums: &'a KeyedSum,
    row: &'a Row,
    at: Locus,
}

impl Judge<'_> {
    fn look(&self, findings: &mut Findings) {
        if !self.applies(&self.rule.when) {
            return;
        }
        let detail = Detail::Rule {
            rule: self.shape.rule,
            snip: self.rule.snip,
            trigger_segment: 0,
            trigger_test: 0,
        };
        let mut push = |code, at| findings.push_at_most(worst(self.rule), code, at, detail);
        match &self.rule.then {
            Consequence::Once if self.row.uses > 1 => push(Code::KeyRepeated, self.key_place()),
            Consequence::Require(wanted) => {
                for of in wanted.iter().filter(|of| !self.is_there(**of, NONE)) {
                    if let Some((code, at)) = self.missing(*of) {
                        push(code, at);
                    }
                }
            }
            Consequence::Balance(left, relation, right) => {
                let from = |first: usize| move |at: usize| self.account(first + at);
                let sides = (side(left, from(0)), side(right, from(left.len())));
                let (Some(found), Some(expected)) = sides else { return };
                let first = subject(left, right);
                let Some(first) = first.filter(|_| !holds(*relation, found, expected)) else {
                    return;
                };
                let own = self.row.balance_at;
                let held = if own.is_true() { own } else { self.sums.common_at };
                let at = match held.is_true() {
                    true => place(self.map, *first, held, self.at),
                    false => self.key_place(),
                };
                let index = self.shape.rule;
                report_balance(self.map, index, *first, (found, expected), at, findings);
            }
            _ => {}
        }
    }

    /// The finding for something that is absent, and its place.
    fn missing(&self, of: Reference) -> Option<(Code, Locus)> {
        let each = self.rule.each.as_ref()?;
        let is_first =
            |of: Reference| self.map.guide.loops[each.of as usize].segments.contains(&of.segment);
        if !self.row.named_at.is_true() && is_first(of) {
            // No loop has this key: reported once, by the rule that requires one.
            let asks_owner = each.keys.first().is_some_and(|key| key.segment == of.segment);
            let has_key = self.row.uses > 0;
            return (asks_owner && has_key).then(|| (Code::PointerOutOfRange, self.key_place()));
        }
        let segment = Reference { element: 0, component: 0, ..of };
        match of.element {
            0 => {
                let held = self.row.named_at;
                let key = each.keys.first()?;
                let near = if held.is_true() {
                    place(self.map, *key, held, self.at)
                } else {
                    self.key_place()
                };
                let tag = self.map.tag(of.segment);
                let loop_index = Some(self.map.plan.segments[of.segment as usize].in_loop);
                let at = Locus {
                    tag,
                    loop_index,
                    length: 0,
                    element: 0,
                    component: 0,
                    data_element: 0,
                    ..near
                };
                Some((Code::SituationalSegmentMissing, at))
            }
            _ if !self.is_there(segment, NONE) => None,
            _ => Some((Code::SituationalElementMissing, self.key_place())),
        }
    }

    /// Where the key occurs last.
    fn key_place(&self) -> Locus {
        self.row.key_at.map_or(self.at, |(of, held)| place(self.map, of, held, self.at))
    }

    fn account(&self, column: usize) -> Account {
        let mut account = self.sums.common[column];
        account.merge(self.row.columns[column]);
        account
    }

    fn is_there(&self, of: Reference, list: u16) -> bool {
        let wanted = [Column::Presence(of, list), Column::Outside(of, list)];
        let column = self.shape.columns.iter().position(|column| wanted.contains(column));
        column.is_some_and(|column| self.account(column).is_there)
    }

    fn applies(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Always => true,
            Condition::Is(is) => self.is_there(is.of, is.list.unwrap_or(NONE)),
            Condition::Not(inner) => !self.applies(inner),
            Condition::All(inner) => inner.iter().all(|c| self.applies(c)),
            Condition::Any(inner) => inner.iter().any(|c| self.applies(c)),
        }
    }
}
