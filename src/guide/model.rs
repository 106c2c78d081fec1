//! A compiled guide: flat arrays and small integers, made once from the guide text and the dictionary, then
//! only read.
//!
//! Loops and segments are nodes in preorder: a loop comes directly before what it holds, so the subtree of
//! a loop is a range of nodes. A loop's first segment is its trigger: when it comes, the loop begins.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::dict::{CodeSet, Form, Listing, Standing, listing_of};
use crate::tree::Plan;
use crate::wire::Tag;

/// Index of a segment use in [`Guide::segments`].
pub type NodeIndex = u16;

/// Required, situational or not used.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Usage {
    /// Must be there.
    Required,
    /// May be there; rules say when it must.
    Situational,
    /// Must not be there.
    NotUsed,
}

/// The X12 data types.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum DataType {
    /// String.
    An,
    /// Code.
    Id,
    /// Date: CCYYMMDD, or YYMMDD where six long.
    Dt,
    /// Time: HHMM, HHMMSS, HHMMSSd or HHMMSSdd.
    Tm,
    /// Decimal with an explicit point.
    R,
    /// Integer with this many implied decimals.
    N(u8),
    /// Binary.
    B,
    /// Composite: look at the components.
    Composite,
}

/// A guide of one transaction set, ready to walk.
#[derive(Debug, Default)]
pub struct Guide {
    /// The guide id, as in GS08 and ST03: `005010X279A1`.
    pub id: Box<str>,
    /// The transaction set, as in ST01: `271`.
    pub set: Box<str>,
    /// The functional group, as in GS01: `HB`.
    pub functional: Box<str>,
    /// What BHT02 says where guides share set and id: `13` in a request, `11` in its response. Empty where there is
    /// one guide.
    pub purposes: Box<[Box<str>]>,
    /// Our short title of it.
    pub title: Box<str>,
    /// The companion guide (overlay) that changed it; empty when none did.
    pub overlay: Box<str>,
    /// Loops in preorder; 0 is the whole set, ST to SE.
    pub loops: Vec<LoopUse>,
    /// Segment uses in preorder of their loops.
    pub segments: Vec<SegmentUse>,
    /// Element uses; those of a segment are a dense range, position 1 first, up to the last one the
    /// dictionary knows.
    pub elements: Vec<ElementUse>,
    /// Syntax notes of the segments and composites.
    pub notes: Vec<SyntaxNote>,
    /// Code lists.
    pub lists: Vec<CodeList>,
    /// For codes whose list a qualifier names, which qualifier names which.
    pub qualified: Vec<Qualified>,
    /// On which days codes are judged.
    pub judgements: Vec<Judgement>,
    /// Situational rules.
    pub rules: Vec<Rule>,
    /// What the 999 CTX names as the business unit.
    pub contexts: Vec<ContextRule>,
    /// Every segment id of the base standard's transaction set, sorted: what tells IK304 `6` from `I4`.
    pub standard_tags: Vec<Tag>,
    /// The guide made ready for walking, on first use.
    pub(crate) plan: OnceLock<Plan>,
}

impl Guide {
    /// The guide made ready for walking.
    pub(crate) fn plan(&self) -> &Plan {
        self.plan.get_or_init(|| Plan::new(self))
    }
}

/// A loop as the guide uses it.
#[derive(Debug)]
pub struct LoopUse {
    /// `2110C`; `ST` for the whole set. A shared loop has its id in every place.
    pub id: Box<str>,
    /// Our short name.
    pub name: Box<str>,
    /// The loop around it; none for the whole set.
    pub parent: Option<u16>,
    /// Required or situational.
    pub usage: Usage,
    /// How often it may repeat; `u32::MAX` for no limit.
    pub repeat_max: u32,
    /// Place among the segments and loops of the parent. Uses with one rank may come in any order among
    /// themselves, because the base standard has them at one position.
    pub rank: u16,
    /// Segment uses of this loop and of every loop inside it; the first one is the trigger.
    pub segments: Range<NodeIndex>,
    /// Loops inside it, at any depth (itself excluded).
    pub inner: Range<u16>,
    /// HL03 of its trigger, when it is a hierarchical level.
    pub level: Option<[u8; 2]>,
    /// Line in the guide text.
    pub line: u32,
}

/// A segment as the guide uses it in one place.
#[derive(Clone, Debug)]
pub struct SegmentUse {
    /// Its id.
    pub tag: Tag,
    /// Our short name.
    pub name: Box<str>,
    /// The loop it stands in.
    pub in_loop: u16,
    /// Required or situational.
    pub usage: Usage,
    /// How often it may repeat; `u32::MAX` for no limit.
    pub repeat_max: u32,
    /// Place among the segments and loops of its loop, as in [`LoopUse::rank`].
    pub rank: u16,
    /// Its elements in [`Guide::elements`]; uses of a shared loop have the same ones in every place.
    pub elements: Range<u32>,
    /// Its syntax notes in [`Guide::notes`].
    pub notes: Range<u32>,
    /// What tells it from other uses of the same tag nearby; none when the tag is enough.
    pub discriminator: Option<Discriminator>,
    /// Line in the guide text.
    pub line: u32,
}

/// The coded element that identifies a use of a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Discriminator {
    /// Element position, from 1.
    pub element: u8,
    /// Component position, from 1; 0 when the element is simple.
    pub component: u8,
    /// The codes that mean this use, in [`Guide::lists`].
    pub list: u16,
}

/// An element or component as the guide uses it.
#[derive(Clone, Debug)]
pub struct ElementUse {
    /// Position in the segment, or in the composite for a component, from 1.
    pub position: u8,
    /// Required, situational, or not used.
    pub usage: Usage,
    /// True when the base standard itself requires it (IK403 `1` comes from the standard then).
    pub mandatory: bool,
    /// How often it may repeat (1 = not).
    pub repeat_max: u16,
    /// How often the base standard lets it repeat.
    pub standard_repeat_max: u16,
    /// X12 data element number; the composite's own number (`C003` is 10003) for a composite.
    pub data_element: u16,
    /// Data type.
    pub kind: DataType,
    /// Least length in characters.
    pub length_min: u16,
    /// Greatest length in characters.
    pub length_max: u16,
    /// The codes the guide allows, in [`Guide::lists`].
    pub list: Option<u16>,
    /// The codes the base standard knows, where that is known, in [`Guide::lists`].
    pub standard_list: Option<u16>,
    /// A check beyond type and list.
    pub pattern: Option<Pattern>,
    /// Components in [`Guide::elements`], when it is a composite.
    pub components: Range<u32>,
    /// Syntax notes of the composite in [`Guide::notes`].
    pub notes: Range<u32>,
    /// Our short name.
    pub name: Box<str>,
    /// Line in the guide text; 0 when only the dictionary knows it.
    pub line: u32,
}

/// A check of a value beyond its type and code list.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Pattern {
    /// A date or range in the form named by the qualifier at this earlier position of the segment (`D8`,
    /// `RD8`, `DT`, `TM`).
    DateBy(u8),
    /// A national provider identifier when the qualifier at this earlier position is `XX`.
    NpiBy(u8),
    /// A code of the list that the qualifier at this position names (`ABK`, `HC`, `N4`), by the table of this index in
    /// [`Guide::qualified`].
    CodeBy(u8, u16),
    /// A street, not a post office box.
    Street,
    /// CCYYMMDD.
    D8,
    /// An amount of so many digits at most, where two are always those of the cents.
    Amount(u8),
}

/// What a syntax note demands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SyntaxKind {
    /// P: if one of them is there, all are.
    Paired,
    /// R: at least one is there.
    Required,
    /// E: at most one is there.
    Exclusion,
    /// C: if the first is there, all others are.
    Conditional,
    /// L: if the first is there, at least one of the others is.
    ListConditional,
}

/// A syntax note of a segment or composite.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxNote {
    /// What it demands.
    pub kind: SyntaxKind,
    /// Of these positions, from 1.
    pub positions: Box<[u8]>,
}

/// A longer list is looked up in its packed form alone.
const INDEXED_MAX: usize = 4096;

/// A list of code values.
#[derive(Debug, Default)]
pub struct CodeList {
    /// The name of a list that is kept apart (`states`), or empty for codes written in the guide.
    pub name: Box<str>,
    /// True for a list kept by somebody other than the guide: a code that is not in it is SNIP 5, not 2.
    pub external: bool,
    /// True for an external list that is not loaded: nothing is checked against it, which is said once.
    pub absent: bool,
    /// What is known of a list kept apart, whether it is here or not.
    pub listing: Option<&'static Listing>,
    /// Codes of this form are looked for in another list of the guide instead.
    pub other: Option<(u16, Form)>,
    /// The codes, sorted; a range of codes of one length stands as `A0425..A0999`. Of a list kept apart only while they
    /// are few.
    pub codes: Vec<Box<[u8]>>,
    /// First and last code of each range.
    ranges: Vec<CodeRange>,
    /// The list kept apart, with its dates.
    set: Option<Arc<CodeSet>>,
    /// Codes of at most eight bytes that are valid on every day, packed for look-up; filled by [`CodeList::seal`].
    index: Vec<u64>,
}

impl CodeList {
    /// A list of these codes.
    pub fn new(name: &str, external: bool, codes: impl IntoIterator<Item = Box<[u8]>>) -> Self {
        let mut codes: Vec<_> = codes.into_iter().collect();
        codes.sort_unstable();
        codes.dedup();
        let ranges = codes.iter().filter_map(|code| CodeRange::parse(code)).collect();
        let (name, listing) = (name.into(), listing_of(name));
        let mut list = CodeList { name, external, listing, codes, ranges, ..CodeList::default() };
        let short: Vec<u64> = list.codes.iter().map(|code| packed(code)).collect();
        list.seal(&short);
        list
    }

    /// An external list of this name that is not here: nothing can be checked against it.
    pub fn absent(name: &str) -> Self {
        CodeList { absent: true, ..CodeList::new(name, true, []) }
    }

    /// A list that is kept apart.
    pub fn of_set(set: &Arc<CodeSet>, external: bool) -> Self {
        let mut list = CodeList {
            name: set.name().into(),
            external,
            listing: listing_of(set.name()),
            set: Some(Arc::clone(set)),
            ..CodeList::default()
        };
        if set.len() <= INDEXED_MAX {
            list.codes = set.rows().map(|row| row.code.as_bytes().into()).collect();
            list.codes.dedup();
            let always = |code: &&[u8]| set.standing(code) == Standing::Always;
            let short: Vec<u64> =
                list.codes.iter().map(|c| &**c).filter(always).map(packed).collect();
            list.seal(&short);
        }
        list
    }

    /// The list kept apart, with its dates; none for codes written in the guide and for a list that is not here.
    pub fn set(&self) -> Option<&Arc<CodeSet>> {
        self.set.as_ref()
    }

    /// What a code of a list kept apart means, if its description is here; `guide` is the one that holds the list.
    pub fn label<'g>(&'g self, guide: &'g Guide, code: &[u8]) -> Option<&'g str> {
        let other = self.other.filter(|(_, is_other)| is_other(code));
        let list = other.map_or(self, |(other, _)| &guide.lists[usize::from(other)]);
        let row = list.set()?.rows_of(code).last()?;
        Some(row.label).filter(|label| !label.is_empty())
    }

    /// Builds the look-up table.
    fn seal(&mut self, short: &[u64]) {
        let slots = (short.len() * 4).next_power_of_two().max(4);
        self.index = vec![0; slots];
        for key in short.iter().filter(|key| **key != 0) {
            let mut at = spread(*key, slots);
            while self.index[at] != 0 {
                at = (at + 1) & (slots - 1);
            }
            self.index[at] = *key;
        }
    }

    /// True when the list holds `code`, on whatever days.
    pub fn contains(&self, code: &[u8]) -> bool {
        self.contains_packed(packed(code), code)
    }

    /// The same for a code that is at hand [`packed`] too.
    #[inline]
    pub(crate) fn contains_packed(&self, key: u64, code: &[u8]) -> bool {
        self.holds_packed(key, code)
            || self.set.as_ref().is_some_and(|set| set.standing(code) != Standing::Unknown)
            || (!self.ranges.is_empty() && self.spans(key, code))
    }

    /// The first bytes its codes may have, by their last six bits: a glance that rules out most values.
    pub(crate) fn first_bytes(&self) -> u64 {
        if self.set.is_some() {
            return u64::MAX;
        }
        let spans = self.ranges.iter().map(|range| (range.first[0], range.last[0]));
        let single =
            self.codes.iter().filter_map(|code| code.first().map(|first| (*first, *first)));
        single
            .chain(spans)
            .flat_map(|(first, last)| first..=last)
            .fold(0, |mask, b| mask | first_bit(b))
    }

    /// The code of a list that has just one.
    pub(crate) fn only(&self) -> Option<&[u8]> {
        let is_single = self.codes.len() == 1 && self.ranges.is_empty() && self.set.is_none();
        self.codes.first().filter(|_| is_single).map(|code| &**code)
    }

    fn spans(&self, key: u64, code: &[u8]) -> bool {
        let order = match key {
            0 => order(code),
            // The same bytes, the first one weighing most.
            key => key.swap_bytes() >> (64 - 8 * code.len()),
        };
        self.ranges.iter().any(|range| range.holds(order, code))
    }

    /// True when the list holds `code` on every day, as far as can be told at a glance.
    #[inline]
    pub fn holds(&self, code: &[u8]) -> bool {
        self.holds_packed(packed(code), code)
    }

    #[inline]
    fn holds_packed(&self, key: u64, code: &[u8]) -> bool {
        if key == 0 {
            return self.holds_long(code);
        }
        let Some(mask) = self.index.len().checked_sub(1) else { return false };
        let mut at = spread(key, mask + 1);
        loop {
            match self.index[at] {
                found if found == key => return true,
                0 => return false,
                _ => at = (at + 1) & mask,
            }
        }
    }

    #[cold]
    fn holds_long(&self, code: &[u8]) -> bool {
        code.len() > 8
            && self.set.is_none()
            && self.codes.binary_search_by(|c| (**c).cmp(code)).is_ok()
    }
}

/// `A0425..A0999`: codes of one length, compared byte by byte.
#[derive(Debug)]
struct CodeRange {
    first: Box<[u8]>,
    last: Box<[u8]>,
    /// The order of both.
    order: (u64, u64),
}

impl CodeRange {
    fn parse(code: &[u8]) -> Option<CodeRange> {
        let middle = code.len().checked_sub(2)? / 2;
        let (first, last) = (code.get(..middle)?, code.get(middle + 2..)?);
        let is_range = &code[middle..middle + 2] == b".." && first.len() == last.len();
        let is_range = is_range && first <= last && !first.is_empty();
        let order = (order(first), order(last));
        is_range.then(|| CodeRange { first: first.into(), last: last.into(), order })
    }

    /// `order` is that of the code.
    #[inline]
    fn holds(&self, order: u64, code: &[u8]) -> bool {
        self.first.len() == code.len()
            && (self.order.0..=self.order.1).contains(&order)
            && (code.len() <= 8 || *self.first <= *code && *code <= *self.last)
    }
}

/// Orders texts of one length as their first eight bytes do.
#[inline]
fn order(text: &[u8]) -> u64 {
    text.iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// On which day the codes of some lists were used, in one part of a guide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Judgement {
    /// The lists, by name.
    pub lists: Vec<Box<str>>,
    /// Where the codes stand: in this loop and those inside it, or in this segment.
    pub scope: RuleScope,
    /// Where the day stands: of the first of these that is there.
    pub on: Vec<Reference>,
    /// Line in the guide text.
    pub line: u32,
}

/// The lists that a qualifier tells apart.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Qualified {
    /// Qualifier and list, in [`Guide::lists`].
    pub lists: Vec<(Box<[u8]>, u16)>,
}

impl Qualified {
    /// The list that a qualifier names.
    #[inline]
    pub fn list(&self, qualifier: &[u8]) -> Option<u16> {
        self.lists.iter().find(|(known, _)| **known == *qualifier).map(|(_, list)| *list)
    }
}

/// A code of one to eight bytes as one integer that is not 0; 0 for any other text. Written out by length, because a
/// copy of unknown length is a call.
#[inline]
pub(crate) fn packed(code: &[u8]) -> u64 {
    match *code {
        [a] => u64::from(a),
        [a, b] => u64::from(u16::from_le_bytes([a, b])),
        [a, b, c] => u64::from(u32::from_le_bytes([a, b, c, 0])),
        _ => match (code.first_chunk(), code.last_chunk()) {
            (Some(first), Some(last)) if code.len() <= 8 => {
                let four = |bytes: &[u8; 4]| u64::from(u32::from_le_bytes(*bytes));
                four(first) | four(last) << ((code.len() - 4) * 8)
            }
            _ => 0,
        },
    }
}

/// The bit of a first byte, see [`CodeList::first_bytes`].
#[inline]
pub(crate) fn first_bit(byte: u8) -> u64 {
    1 << (byte & 63)
}

#[inline]
fn spread(key: u64, slots: usize) -> usize {
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize & (slots - 1)
}

/// Something a rule looks at: a segment use, or an element or component of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reference {
    /// The segment use.
    pub segment: NodeIndex,
    /// Element position; 0 for the segment itself.
    pub element: u8,
    /// Component position; 0 for the element itself.
    pub component: u8,
}

/// A test of one reference. For a reference inside the rule's loop any occurrence counts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Comparison {
    /// Of what.
    pub of: Reference,
    /// Must hold one of these codes ([`Guide::lists`]); only be there when none.
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

/// When a rule is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleScope {
    /// At the end of each instance of this loop; it sees the loop, the loops inside it and what stands
    /// around it.
    Loop(u16),
    /// At each occurrence of this segment use; it sees the segment and what came before in the loops around
    /// it.
    Segment(NodeIndex),
}

/// A situational rule.
#[derive(Debug)]
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

/// The element whose latest value the 999 CTX carries as the business unit: `CTX*TRN02:TRACE1`.
#[derive(Debug)]
pub struct ContextRule {
    /// CTX01-1.
    pub name: Box<str>,
    /// Where the value stands.
    pub of: Reference,
}
