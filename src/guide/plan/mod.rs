//! A guide prepared for walking: for each place in it, what each segment id may mean next.
//!
//! Made once for a guide. The walker then only compares integers: `steps(place, tag)` gives the few uses that can
//! come next, nearest first.

mod accounts;
mod days;
mod hot;
mod keyed_sums;
mod loops;
mod quick;
mod rules;
mod scope;
mod segments;
mod steps;
mod tags;

use std::sync::atomic::{AtomicU64, Ordering};

use rustc_hash::FxHashMap;

pub(crate) use accounts::Entry;
pub(crate) use days::{Day, NO_BIT};
pub(crate) use hot::{HotElement, HotLoop, HotNote, HotSegment, Item, Required};
pub(crate) use keyed_sums::{Column, KeyedSumsPlan, KeyedTable, Opening, Owner, Posting, What};
pub(crate) use quick::QuickTests;
pub(crate) use rules::{HotCondition, RulePlan};
pub(crate) use scope::{NONE, bit};
pub(crate) use steps::{Run, Step};
use tags::TagTable;

use super::{Guide, NodeIndex};
use crate::wire::Tag;

/// Numbers plans.
static PLANS: AtomicU64 = AtomicU64::new(1);

/// A guide prepared for walking.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// No two plans have the same; from 1.
    pub(crate) number: u64,
    tags: TagTable,
    /// For place `p` and tag index `t`: the run of steps, at `p * tag_count + t`.
    table: Vec<Run>,
    steps: Vec<Step>,
    pub(crate) segments: Vec<HotSegment>,
    pub(crate) loops: Vec<HotLoop>,
    pub(crate) elements: Vec<HotElement>,
    pub(crate) quick: QuickTests,
    pub(crate) notes: Vec<HotNote>,
    /// For each loop what it requires, by rank.
    pub(crate) required: Vec<Vec<Required>>,
    /// For each loop that is a hierarchical level the levels that may be its parent: the one around it, and those
    /// beside it that come before (an event is below the dependent, or below the subscriber who is the patient).
    pub(crate) parents: Vec<Vec<[u8; 2]>>,
    /// For each loop its children.
    pub(crate) children: Vec<Vec<(u16, Item)>>,
    pub(crate) rules: RulePlan,
    /// What is added up at each segment use, by segment.
    pub(crate) entries: Vec<Entry>,
    /// For each rule that balances its accounts, one a term, left side first. Terms that are the same in two rules share
    /// an account.
    pub(crate) accounts: Vec<Box<[u16]>>,
    /// For each loop the accounts to clear when it opens.
    pub(crate) account_clears: Vec<Vec<u16>>,
    account_count: u16,
    /// For each loop the accounts that may take a first segment again when it opens.
    pub(crate) latch_clears: Vec<Vec<u16>>,
    /// The rules with keys.
    pub(crate) keyed_sums: KeyedSumsPlan,
    /// Where the days of judgements are, by segment.
    pub(crate) days: Vec<Day>,
    /// For each judgement its range of slots, in the order in which they are consulted.
    pub(crate) day_slots: Vec<(u16, u16)>,
    /// For each loop the day slots to clear when it opens.
    pub(crate) day_clears: Vec<Vec<u16>>,
    /// For a list where a segment uses it the judgement.
    judged: FxHashMap<(u16, NodeIndex), u16>,
    /// For each list that is absent its bit in the report of a set; [`NO_BIT`] for the others.
    pub(crate) absent_bits: Vec<u8>,
}

impl Plan {
    /// Prepares a guide.
    pub(crate) fn new(guide: &Guide) -> Plan {
        let mut plan = Plan {
            elements: guide
                .elements
                .iter()
                .map(|element| hot::hot_element(guide, element))
                .collect(),
            notes: guide.notes.iter().map(hot::hot_note).collect(),
            number: PLANS.fetch_add(1, Ordering::Relaxed),
            ..Plan::default()
        };
        plan.quick = QuickTests::new(&plan.elements, &guide.lists);
        plan.list_children(guide);
        plan.list_parents(guide);
        plan.rules = RulePlan::new(guide);
        plan.open_accounts(guide);
        plan.keyed_sums = KeyedSumsPlan::new(guide);
        plan.mark_days(guide);
        plan.number_absent(guide);
        plan.heat_segments(guide);
        for segment in &guide.segments {
            plan.tags.insert(segment.tag);
        }
        plan.find_steps(guide);
        plan
    }

    /// The index of a tag the guide uses.
    #[inline]
    pub(crate) fn tag(&self, tag: Tag) -> Option<u16> {
        self.tags.find(tag)
    }

    /// What the tag with this index can mean after the segment use `place`.
    #[inline]
    pub(crate) fn run(&self, place: NodeIndex, tag: u16) -> Run {
        self.table[place as usize * self.tags.count + tag as usize]
    }

    /// The steps of a run, nearest first.
    #[inline]
    pub(crate) fn steps(&self, run: Run) -> &[Step] {
        &self.steps[run.first as usize..run.end as usize]
    }
}
