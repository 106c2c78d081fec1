//! What is written is valid by our own checker, can be repeated, and its defects are found.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use time::macros::datetime;

use super::*;
use crate::check::{Excerpt, Limits, SetReport, Sink as Hears, Stream};
use crate::finding::{Code, Finding, Policy};
use crate::guide::Registry;
use crate::wire::EmitError;

fn order(kind: Kind, seed: u64, count: u64) -> Order {
    let order = Order::new(kind, datetime!(2026 - 01 - 05 09:30));
    Order { seed, count, members: 1000, ..order }
}

fn written(order: &Order) -> (Vec<u8>, Progress) {
    let mut text = Vec::new();
    let progress = generate::<EmitError>(order, &mut |bytes, _| {
        text.extend_from_slice(bytes);
        Ok(())
    });
    (text, progress.expect("writes"))
}

/// The findings, each with the segment it is about.
#[derive(Default)]
struct Findings {
    found: Vec<String>,
    codes: Vec<Code>,
    sets: u64,
    offsets: Vec<u64>,
}

impl Hears for Findings {
    fn set(&mut self, report: SetReport) {
        self.sets += 1;
        for finding in &report.findings {
            self.note(finding);
        }
    }

    fn envelope(&mut self, finding: &Finding, _excerpt: &Excerpt) {
        self.note(finding);
    }
}

impl Findings {
    fn note(&mut self, finding: &Finding) {
        self.codes.push(finding.code);
        self.offsets.push(finding.at.offset);
        self.found.push(format!("{} {:?}", finding.code.entry().name, finding.at));
    }

    fn of(text: &[u8]) -> Findings {
        let mut findings = Findings::default();
        Stream::new(Registry::embedded(), Limits::default(), &Policy::default()).feed(
            text,
            true,
            &mut findings,
        );
        findings
    }
}

#[test]
fn every_kind_is_valid_from_many_seeds() {
    let mut wrong = String::new();
    for kind in Kind::ALL {
        for seed in 0..12 {
            let (text, _) = written(&order(kind, seed, 200));
            let findings = Findings::of(&text);
            if let (Some(at), Some(found)) = (findings.offsets.first(), findings.found.first()) {
                let around =
                    (*at as usize).saturating_sub(600)..(*at as usize + 200).min(text.len());
                let around = String::from_utf8_lossy(&text[around]).replace('~', "~\n");
                let many = findings.found.len();
                let _ = writeln!(wrong, "{kind:?} seed {seed}: {many}, {found}\n{around}\n");
                break;
            }
            let sets = findings.sets > 0 || kind == Kind::InterchangeAcknowledgment;
            assert!(sets, "{kind:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_same_order_gives_the_same_bytes_and_another_seed_others() {
    for kind in Kind::ALL {
        let (once, _) = written(&order(kind, 7, 120));
        assert!(once == written(&order(kind, 7, 120)).0, "{kind:?}");
        assert!(once != written(&order(kind, 8, 120)).0, "{kind:?}");
    }
}

#[test]
fn an_order_by_size_ends_near_it() {
    for kind in Kind::ALL {
        let order = Order { bytes_max: Some(300_000), ..order(kind, 1, u64::MAX) };
        let (text, progress) = written(&order);
        assert_eq!(progress.bytes, text.len() as u64);
        assert!((300_000..500_000).contains(&text.len()), "{kind:?}: {}", text.len());
        assert!(Findings::of(&text).found.is_empty(), "{kind:?}");
    }
}

#[test]
fn a_single_set_may_hold_everything() {
    for kind in [Kind::Professional, Kind::Payment] {
        let order = Order { per_set: 1_000_000, ..order(kind, 3, 3000) };
        let findings = Findings::of(&written(&order).0);
        assert_eq!((findings.sets, findings.found), (1, Vec::new()), "{kind:?}");
    }
}

#[test]
fn each_defect_is_found_in_each_kind_that_may_have_it() {
    let mut wrong = String::new();
    let with_sets = |kind: &Kind| *kind != Kind::InterchangeAcknowledgment;
    for kind in Kind::ALL.into_iter().filter(with_sets) {
        let order = Order { errors_percent: 100, ..order(kind, 5, 400) };
        let (text, progress) = written(&order);
        // Sets that refuse a whole request hold nothing to be spoilt.
        assert!(progress.defects >= 360, "{kind:?}: {}", progress.defects);
        let codes = Findings::of(&text).codes;
        let all: BTreeSet<Code> = codes.iter().copied().collect();
        let missed: Vec<&str> = DEFECTS
            .iter()
            .filter(|defect| !defect.kinds().is_empty() && defect.fits(kind))
            .filter(|defect| !all.contains(&defect.finding))
            .map(|defect| defect.name)
            .collect();
        if !missed.is_empty() {
            let _ = writeln!(wrong, "{kind:?}: {missed:?} not among {all:?}");
        }
        assert!(codes.len() >= 360, "{kind:?}: {}", codes.len());
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn about_as_many_items_are_wrong_as_were_asked_for() {
    let order = Order { errors_percent: 10, ..order(Kind::Professional, 5, 5000) };
    let defects = written(&order).1.defects;
    assert!((400..600).contains(&defects), "{defects}");
}
