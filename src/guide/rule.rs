//! The situational rules of a compiled guide: what they read, when they apply, and what they require.

use super::reference::{Reference, RuleScope};

/// A test of one reference. For a reference inside the rule's loop any occurrence counts.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Comparison {
    /// Of what.
    pub of: Reference,
    /// Must have one of these codes ([`Guide::lists`](super::Guide::lists)); only be present when none.
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

/// What a rule requires.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Consequence {
    /// Each of these is present.
    Require(Vec<Reference>),
    /// None of these is present.
    Forbid(Vec<Reference>),
    /// At least one of these is present; the finding is about the first.
    AnyOf(Vec<Reference>),
    /// The first value is one of these codes.
    Within(Reference, u16),
    /// Both sides are the same amount, or the left one is no more; the finding is about its first reference.
    Balance(Vec<Term>, Relation, Vec<Term>),
    /// Each key occurs at most once.
    Once,
}

/// What a rule is evaluated for one by one: everything with the same key. Nothing else that the rule refers to in
/// the loops of the keys counts.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Each {
    /// The loop whose instances the first key names: what is in an instance belongs to its key, whether it comes
    /// before the key or after it.
    pub of: u16,
    /// Where the key is. A later one begins the loop that refers to the key, or is outside the rule's loop.
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

/// What a term of a balance measures.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Measure {
    /// The latest value; without one nothing is balanced.
    Value,
    /// The sum of all values in the rule's loop.
    Sum,
    /// How often the segment occurs in the rule's loop.
    Count,
    /// How many elements the latest such segment has; without one nothing is balanced.
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
    /// It is subtracted, not added.
    pub minus: bool,
    /// What it measures.
    pub measure: Measure,
    /// Only the first such segment of each instance of the loop.
    pub first: bool,
    /// Of these.
    pub of: Vec<Reference>,
    /// Only of segments where this element has one of these codes.
    pub filter: Option<(Reference, u16)>,
    /// The loop since whose beginning values are added up, when it is not the rule's own.
    pub since: Option<u16>,
}
/// A situational rule.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// Its name in the guide text; a rule about a shared loop is listed here once for every place.
    pub id: Box<str>,
    /// When it is evaluated.
    pub scope: RuleScope,
    /// SNIP type of its findings.
    pub snip: u8,
    /// True when a violation is a warning only.
    pub warning: bool,
    /// What it is evaluated for separately.
    pub each: Option<Each>,
    /// When it applies.
    pub when: Condition,
    /// What it requires.
    pub then: Consequence,
    /// The advice, in our own words.
    pub advice: Box<str>,
    /// Line in the guide text.
    pub line: u32,
}

impl Rule {
    /// Everything the rule reads, with the list it is compared with.
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
                    // Where the element must be present, the presence of its segment matters too.
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
                // For the place of the finding: where the first value is.
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
