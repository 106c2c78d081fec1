//! The situational rules of a compiled guide: what they look at, when they apply, and what they require.

use super::reference::{Reference, RuleScope};

/// A test of one reference. For a reference inside the rule's loop any occurrence counts.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Comparison {
    /// Of what.
    pub of: Reference,
    /// Must hold one of these codes ([`Guide::lists`](super::Guide::lists)); only be there when none.
    pub list: Option<u16>,
}

/// When a rule applies.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Condition {
    /// Always.
    Always,
    /// This test is true.
    Is(Comparison),
    /// The inner condition is false.
    Not(Box<Condition>),
    /// All are true.
    All(Vec<Condition>),
    /// At least one is true.
    Any(Vec<Condition>),
}

/// What a rule asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Consequence {
    /// Each of these is there.
    Require(Vec<Reference>),
    /// None of these is there.
    Forbid(Vec<Reference>),
    /// At least one of these is there; the finding is about the first.
    AnyOf(Vec<Reference>),
    /// The first value is one of these codes.
    Within(Reference, u16),
    /// Both sides come to the same amount, or the left one to no more; the finding is about its first reference.
    Balance(Vec<Term>, Relation, Vec<Term>),
    /// Each key stands once at most.
    Once,
}

/// What a rule is looked at for one by one: everything that has the same key. Nothing else that the rule speaks of in
/// the loops of the keys counts.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Each {
    /// The loop whose instances the first key names: what stands in an instance belongs to its key, whether it comes
    /// before the key or after it.
    pub of: u16,
    /// Where the key stands. A later one begins the loop that speaks of the key, or stands outside the rule's loop.
    pub keys: Vec<Reference>,
}

/// How the sides of a balance are related.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Relation {
    /// `=`
    Equal,
    /// `<=`
    AtMost,
}

/// What a term of a balance stands for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Measure {
    /// The latest value; without one nothing is balanced.
    Value,
    /// The sum of all values in the rule's loop.
    Sum,
    /// How often the segment stands in the rule's loop.
    Count,
    /// How many elements the latest such segment holds; without one nothing is balanced.
    Elements,
    /// This number.
    Number(u32),
}

/// What a finding about a balance is about: its first element, or its first segment where it counts those alone.
pub(crate) fn subject<'t>(left: &'t [Term], right: &'t [Term]) -> Option<&'t Reference> {
    let all = || left.iter().chain(right).flat_map(|term| &term.of);
    all().find(|of| of.element > 0).or_else(|| all().next())
}

/// A term of a balance.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Term {
    /// It is taken away, not added.
    pub minus: bool,
    /// What it stands for.
    pub measure: Measure,
    /// Of each instance of the loop the first such segment only.
    pub first: bool,
    /// Of these.
    pub of: Vec<Reference>,
    /// Only of segments where this element holds one of these codes.
    pub filter: Option<(Reference, u16)>,
    /// The loop since whose beginning is added up, when it is not the rule's own.
    pub since: Option<u16>,
}
/// A situational rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Its name in the guide text; a rule about a shared loop stands here once for every place.
    pub id: Box<str>,
    /// When it is looked at.
    pub scope: RuleScope,
    /// SNIP type of its findings.
    pub snip: u8,
    /// True when breaking it is a warning only.
    pub warning: bool,
    /// For each of what it is looked at apart.
    pub each: Option<Each>,
    /// When it applies.
    pub when: Condition,
    /// What it asks for.
    pub then: Consequence,
    /// In our own words, what to do.
    pub advice: Box<str>,
    /// Line in the guide text.
    pub line: u32,
}

impl Rule {
    /// Everything the rule looks at, with the list it is compared with.
    pub(crate) fn comparisons(&self) -> Vec<(Reference, Option<u16>)> {
        let mut found = Vec::new();
        if self.each.is_some() {
            // It has columns of its own instead.
            return found;
        }
        self.when.gather(&mut found);
        match &self.then {
            Consequence::Require(refs) | Consequence::Forbid(refs) | Consequence::AnyOf(refs) => {
                for of in refs {
                    found.push((*of, None));
                    // Where the element must be there, whether its segment is there matters too.
                    if of.element > 0 {
                        found.push((Reference { element: 0, component: 0, ..*of }, None));
                    }
                }
            }
            Consequence::Within(of, list) => {
                found.push((*of, None));
                found.push((*of, Some(*list)));
            }
            Consequence::Balance(left, _, right) => {
                // For the place of the finding: where the first value stands.
                let first = subject(left, right);
                found.extend(first.map(|of| (*of, None)));
            }
            Consequence::Once => {}
        }
        found
    }
}

impl Condition {
    pub(crate) fn gather(&self, found: &mut Vec<(Reference, Option<u16>)>) {
        match self {
            Condition::Always => {}
            Condition::Is(comparison) => found.push((comparison.of, comparison.list)),
            Condition::Not(inner) => inner.gather(found),
            Condition::All(inner) | Condition::Any(inner) => {
                inner.iter().for_each(|c| c.gather(found));
            }
        }
    }
}
