//! What a broken set must give: one root finding at its place, its acknowledgment codes, and nothing else but named
//! consequences.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use x12gate::check::{GroupHeader, GroupReport, SetReport};
use x12gate::finding::{Ack, Code, Finding, Severity};
use x12gate::txn::ack::{AckOptions, FunctionalAck};
use x12gate::wire::{Delimiters, Emitter};

use super::seed::{Bench, Seed};

/// A finding that would be right.
#[derive(Clone, Debug)]
pub(super) struct Want {
    pub(super) codes: Vec<Code>,
    /// Position of the segment in the set; something that is missing may be told a little later.
    pub(super) position: RangeInclusive<usize>,
    pub(super) tag: String,
    pub(super) element: u8,
    pub(super) component: u8,
}

impl Want {
    /// A finding about a whole segment.
    pub(super) fn segment(codes: &[Code], position: RangeInclusive<usize>, tag: &str) -> Want {
        Want { codes: codes.to_vec(), position, tag: tag.to_owned(), element: 0, component: 0 }
    }

    /// A finding about an element of the segment at this position.
    pub(super) fn element(
        codes: &[Code],
        position: usize,
        tag: &str,
        element: u8,
        component: u8,
    ) -> Want {
        Want {
            codes: codes.to_vec(),
            position: position..=position,
            tag: tag.to_owned(),
            element,
            component,
        }
    }

    /// A finding about any segment there, or an element of it.
    pub(super) fn around(codes: &[Code], position: RangeInclusive<usize>) -> Want {
        Want { codes: codes.to_vec(), position, tag: String::new(), element: 0, component: 0 }
    }

    fn is(&self, finding: &Finding) -> bool {
        let is_there = finding.at.tag.to_string() == self.tag && finding.at.element == self.element;
        self.codes.contains(&finding.code)
            && self.position.contains(&(finding.at.segment as usize))
            && (is_there || self.tag.is_empty())
            && (self.component == 0 || finding.at.component == self.component)
    }
}

/// A seed with one defect.
pub(super) struct Case<'s> {
    pub(super) seed: &'s Seed,
    /// What was done, in a word or two.
    pub(super) kind: &'static str,
    /// To what.
    pub(super) at: String,
    pub(super) segments: Vec<String>,
    /// Any one of these is the root.
    pub(super) want: Vec<Want>,
    /// What is left may be valid.
    pub(super) may_be_clean: bool,
    /// What may follow from it, and is no cascade.
    pub(super) follows: fn(&Seed, &Finding) -> bool,
}

/// Nothing follows.
pub(super) fn nothing(_: &Seed, _: &Finding) -> bool {
    false
}

/// Sets that one 999 acknowledges.
const SETS_MAX: usize = 400;

/// What was looked at, and what was wrong with it.
#[derive(Default)]
pub(super) struct Tally {
    cases: BTreeMap<&'static str, usize>,
    deviations: BTreeMap<String, (usize, String)>,
    reports: Vec<SetReport>,
}

impl Tally {
    /// Checks a case and notes what is not as it should be.
    pub(super) fn take(&mut self, bench: &mut Bench, case: &Case<'_>) {
        *self.cases.entry(case.kind).or_default() += 1;
        let report = bench.check(&case.seed.group, &case.segments);
        let is_root = |f: &&Finding| case.want.iter().any(|want| want.is(f));
        let root = report.findings.iter().find(is_root);
        let others: Vec<&Finding> = report
            .findings
            .iter()
            .filter(|f| !root.is_some_and(|root| std::ptr::eq(*f, root)))
            .filter(|f| f.severity != Severity::Note && !(case.follows)(case.seed, f))
            .filter(|f| f.because.is_none() || !is_explained(&report, f, root))
            .collect();
        let codes: Vec<&str> = others.iter().map(|f| f.code.entry().name).collect();
        match root {
            None if case.may_be_clean && others.is_empty() => {}
            None => {
                let wanted = case.want.first().map_or("nothing", |w| w.codes[0].entry().name);
                self.deviate(case, &format!("not {wanted} but {codes:?}"), &report);
            }
            Some(_) if !others.is_empty() => {
                self.deviate(case, &format!("beside it {codes:?}"), &report);
            }
            Some(root) if !is_acknowledged(&report, root) => {
                self.deviate(case, "not in the 999", &report);
            }
            Some(_) => {}
        }
        self.reports.push(report);
        if self.reports.len() == SETS_MAX {
            self.acknowledge(bench);
        }
    }

    /// Writes a 999 of what was found and checks that.
    fn acknowledge(&mut self, bench: &mut Bench) {
        let mut out = Emitter::new(Delimiters::STANDARD);
        let group = GroupHeader {
            functional: "HC".into(),
            control: "101".into(),
            version: "005010X222A1".into(),
            ..GroupHeader::default()
        };
        let ack = FunctionalAck::begin(&mut out, "0001", &group, AckOptions::default()).unwrap();
        for report in &self.reports {
            ack.set(&mut out, report).unwrap();
        }
        let count = self.reports.len() as u32;
        let report = GroupReport::new(GroupHeader::default(), count, 0);
        ack.end(&mut out, &report).unwrap();
        let group = GroupHeader {
            functional: "FA".into(),
            version: "005010X231A1".into(),
            ..GroupHeader::default()
        };
        let text = String::from_utf8(out.into_bytes()).unwrap();
        let segments: Vec<String> =
            text.split('~').map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned).collect();
        for finding in bench.check(&group, &segments).findings {
            let at = finding.at.segment as usize;
            let what = format!("the 999 has {}", finding.code.entry().name);
            let around = segments[at.saturating_sub(4)..at].join("~");
            self.deviations.entry(what).or_insert((0, around)).0 += 1;
        }
        self.reports.clear();
    }

    /// Fails where anything was not as it should be.
    pub(super) fn conclude(mut self, bench: &mut Bench) {
        self.acknowledge(bench);
        let line = |(key, (count, first)): (&String, &(usize, String))| {
            format!("{count:>5} {key}\n        {first}")
        };
        let lines: Vec<String> = self.deviations.iter().map(line).collect();
        assert!(lines.is_empty(), "of {:?}\n{}", self.cases, lines.join("\n"));
        assert!(!self.cases.is_empty());
    }

    fn deviate(&mut self, case: &Case<'_>, what: &str, report: &SetReport) {
        let guide = &case.seed.guide;
        let tag = case.at.split([' ', '*']).next().unwrap_or("");
        let key = format!("{:<18} {:<10} {} {what}", case.kind, tag, guide.set);
        let found: Vec<String> = report
            .findings
            .iter()
            .map(|f| {
                let loop_id = f.at.loop_index.map_or("", |l| &*guide.loops[usize::from(l)].id);
                format!(
                    "{} at {} {}/{}{:02}-{}",
                    f.code.entry().name,
                    f.at.segment,
                    loop_id,
                    f.at.tag,
                    f.at.element,
                    f.at.component
                )
            })
            .collect();
        let first = format!("{} {}: {} -> {}", case.seed.name, guide.id, case.at, found.join("; "));
        let entry = self.deviations.entry(key).or_insert((0, first));
        entry.0 += 1;
    }
}

/// True when the finding follows from the root, or both from the same.
fn is_explained(report: &SetReport, finding: &Finding, root: Option<&Finding>) -> bool {
    let Some(root) = root else { return false };
    let is_cause = |f: &&Finding| Some(f.at.offset) == finding.because && f.because.is_none();
    let cause = report.findings.iter().find(is_cause);
    cause.is_some_and(|cause| std::ptr::eq(cause, root) || root.because == Some(cause.at.offset))
}

/// True when the finding is in the parts of the 999 with its codes and its place.
fn is_acknowledged(report: &SetReport, finding: &Finding) -> bool {
    let position = finding.at.segment;
    let segment = |code: &str| {
        report
            .errors
            .iter()
            .find(|e| e.position == position && e.tag == finding.at.tag && e.code == code)
    };
    match finding.code.entry().ack {
        Ack::Ik3(code) => segment(code).is_some(),
        Ack::Ik4(code) => segment("8").is_some_and(|e| {
            e.elements.iter().any(|e| {
                e.code == code
                    && e.element == finding.at.element
                    && e.component == finding.at.component
            })
        }),
        Ack::Ik5(code) => report.codes.contains(&code),
        Ack::None => true,
        Ack::Ta1(_) | Ack::Ak9(_) => false,
    }
}
