//! What rules with keys need to know of a guide: which segment has a key, which is posted to a column, and when a table
//! is cleared.

use super::scope::{NONE, forgets};
use crate::guide::{
    Consequence, Each, Guide, Measure, NodeIndex, Reference, Rule, RuleScope, subject,
};

/// The tables of a guide, one for each rule with an `each` line.
#[derive(Debug, Default)]
pub(crate) struct KeyedSumsPlan {
    pub(crate) tables: Vec<KeyedTable>,
    /// What each segment use posts, by segment; keys before columns.
    pub(crate) postings: Vec<Posting>,
    /// For each loop what its opening does.
    pub(crate) opens: Vec<Vec<Opening>>,
    /// For each loop the tables that are evaluated when it closes.
    pub(crate) closes: Vec<Vec<u16>>,
}

/// A table: a row for each key, a column for each term of the balance and for whatever else the rule needs.
#[derive(Debug)]
pub(crate) struct KeyedTable {
    pub(crate) rule: u16,
    /// How many keys the rule names.
    pub(crate) keys: usize,
    pub(crate) columns: Vec<Column>,
}

/// A column of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Column {
    /// Term of the balance, left side first.
    Term,
    /// Whether this is present, and has one of these codes unless the list is [`NONE`].
    Presence(Reference, u16),
    /// The same of something outside the rule's loop, which is not cleared with its rows.
    Outside(Reference, u16),
}

/// The row that a value is posted to.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Owner {
    /// That of the current instance of the loop of the key with this index; 0 for the one that may come before its key.
    Key(u8),
    /// That of the key with this index, which is outside the rule's loop.
    Outer(u8),
    /// Every row.
    All,
}

/// What a segment use posts to a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Posting {
    pub(crate) segment: NodeIndex,
    pub(crate) table: u16,
    pub(crate) owner: Owner,
    pub(crate) of: Reference,
    pub(crate) what: What,
}

/// What is posted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// The key.
    Key,
    /// A value, a count or a mark into this column, of segments that pass the filter only. The flag says that this is
    /// where a finding about the balance is placed.
    Column { column: u16, measure: Measure, filter: Option<(Reference, u16)>, is_place: bool },
}

/// What the opening of a loop does to a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Opening {
    /// All rows are cleared.
    Scope(u16),
    /// An instance begins whose key is yet to come.
    Instance(u16),
    /// The key with this index is yet to come.
    Key(u16, u8),
    /// An outer key is cleared.
    Outer(u16, u8),
    /// What is stored of something outside the rule's loop is cleared.
    Column(u16, u16),
}

impl KeyedSumsPlan {
    /// Lays out the tables of a guide.
    pub(crate) fn new(guide: &Guide) -> KeyedSumsPlan {
        let mut plan = KeyedSumsPlan {
            opens: vec![Vec::new(); guide.loops.len()],
            closes: vec![Vec::new(); guide.loops.len()],
            ..KeyedSumsPlan::default()
        };
        for (rule, known) in (0u16..).zip(&guide.rules) {
            if let (Some(each), RuleScope::Loop(scope)) = (&known.each, known.scope) {
                plan.add(guide, rule, known, each, scope);
            }
        }
        plan.postings.sort_by_key(|p| (p.segment, p.table, matches!(p.what, What::Column { .. })));
        plan
    }

    fn add(&mut self, guide: &Guide, index: u16, rule: &Rule, each: &Each, scope: u16) {
        let table = self.tables.len() as u16;
        let inside = &guide.loops[scope as usize].segments;
        let owner = |of: Reference| owner(guide, each, inside, of.segment);
        let mut open = |at: u16, opening| {
            if !self.opens[at as usize].contains(&opening) {
                self.opens[at as usize].push(opening);
            }
        };
        open(scope, Opening::Scope(table));
        for (key, of) in (0u8..).zip(&each.keys) {
            let own = guide.segments[of.segment as usize].in_loop;
            match owner(*of) {
                Owner::Key(0) => open(each.of, Opening::Instance(table)),
                Owner::Outer(_) => open(own, Opening::Outer(table, key)),
                Owner::Key(_) | Owner::All => open(own, Opening::Key(table, key)),
            }
            self.postings.push(Posting {
                segment: of.segment,
                table,
                owner: owner(*of),
                of: *of,
                what: What::Key,
            });
        }
        let mut columns = Vec::new();
        if let Consequence::Balance(left, _, right) = &rule.then {
            let first = subject(left, right);
            for term in left.iter().chain(right) {
                let column = columns.len() as u16;
                columns.push(Column::Term);
                self.postings.extend(term.of.iter().map(|of| Posting {
                    segment: of.segment,
                    table,
                    owner: owner(*of),
                    of: *of,
                    what: What::Column {
                        column,
                        measure: term.measure,
                        filter: term.filter,
                        is_place: first == Some(of),
                    },
                }));
            }
        }
        let mut asked = Vec::new();
        rule.when.gather(&mut asked);
        if let Consequence::Require(of) = &rule.then {
            for of in of {
                asked.push((*of, None));
                asked.push((Reference { element: 0, component: 0, ..*of }, None));
            }
        }
        for (of, list) in asked {
            let list_or_none = list.unwrap_or(NONE);
            let is_outside = owner(of) == Owner::All && !inside.contains(&of.segment);
            let presence = match is_outside {
                true => Column::Outside(of, list_or_none),
                false => Column::Presence(of, list_or_none),
            };
            if columns.contains(&presence) {
                continue;
            }
            let column = columns.len() as u16;
            if is_outside {
                open(forgets(guide, rule.scope, of), Opening::Column(table, column));
            }
            columns.push(presence);
            self.postings.push(Posting {
                segment: of.segment,
                table,
                owner: owner(of),
                of,
                what: What::Column {
                    column,
                    measure: Measure::Count,
                    filter: list.map(|list| (of, list)),
                    is_place: false,
                },
            });
        }
        self.closes[scope as usize].push(table);
        self.tables.push(KeyedTable { rule: index, keys: each.keys.len(), columns });
    }
}

/// The row that a segment use is posted to.
fn owner(guide: &Guide, each: &Each, inside: &std::ops::Range<NodeIndex>, segment: u16) -> Owner {
    if guide.loops[each.of as usize].segments.contains(&segment) {
        return Owner::Key(0);
    }
    for (key, of) in (0u8..).zip(&each.keys).skip(1) {
        let around = guide.segments[of.segment as usize].in_loop;
        if inside.contains(&of.segment) {
            if guide.loops[around as usize].segments.contains(&segment) {
                return Owner::Key(key);
            }
        } else if of.segment == segment {
            return Owner::Outer(key);
        }
    }
    Owner::All
}
