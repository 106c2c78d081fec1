//! Collects findings under a policy, with a limit for each set.

use super::{Code, Detail, Finding, Grounds, Locus, Policy, Severity};

/// Errors kept between two calls of [`Findings::take_fresh`].
const FRESH_MAX: usize = 1024;
/// Most recent findings searched for one about the same element.
const LATEST_MAX: usize = 64;

/// The findings of one set, or of one envelope.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    policy: Policy,
    /// Errors found, those over the limit included.
    errors: usize,
    /// Whether errors are kept in `fresh` too.
    is_tracked: bool,
    /// Errors since they were last taken, those over the limit included.
    fresh: Vec<Finding>,
    /// There were more errors than are kept.
    lost: bool,
}

impl Findings {
    /// An empty list under this policy.
    pub fn new(policy: Policy) -> Self {
        Findings { policy, ..Findings::default() }
    }

    /// Adds a finding, with its severity as the policy has it.
    pub fn push(&mut self, code: Code, at: Locus, detail: Detail) {
        self.push_at_most(Severity::Error, code, at, detail);
    }

    /// Adds a finding with at most this severity: for rules that are only warnings themselves.
    pub fn push_at_most(&mut self, most: Severity, code: Code, at: Locus, detail: Detail) {
        let snip = detail.snip(code);
        let Some((severity, grounds)) = self.policy.severity(code, snip, most) else { return };
        if at.element > 0 && at.segment > 0 && self.is_known(at) {
            return;
        }
        self.errors += usize::from(severity == Severity::Error);
        if self.is_tracked && severity == Severity::Error {
            match self.fresh.len() {
                FRESH_MAX => self.lost = true,
                _ => {
                    self.fresh.push(Finding { code, severity, grounds, at, detail, because: None });
                }
            }
        }
        match self.list.len().cmp(&self.policy.findings_per_set_max) {
            std::cmp::Ordering::Less => {
                self.list.push(Finding { code, severity, grounds, at, detail, because: None });
            }
            std::cmp::Ordering::Equal => self.list.push(Finding {
                code: Code::FindingBudget,
                severity: Severity::Warning,
                grounds: Grounds::Catalog,
                at,
                detail: Detail::Count {
                    found: self.list.len() as u64 + 1,
                    expected: self.list.len() as u64,
                },
                because: None,
            }),
            std::cmp::Ordering::Greater => {}
        }
    }

    /// True when the value of an element is in error by itself: other findings about it would only follow from that.
    fn is_known(&self, at: Locus) -> bool {
        let same = |f: &Finding| {
            let is_bare = f.code == Code::SegmentEmpty;
            (f.at.segment, f.at.tag) == (at.segment, at.tag)
                && (f.at.element == at.element || is_bare)
                && (f.at.component == 0 || f.at.component == at.component)
                && (f.at.repetition == 0 || f.at.repetition == at.repetition)
        };
        // Two broken rules are two findings.
        let is_rule =
            |f: &Finding| matches!(f.detail, Detail::Rule { .. } | Detail::Amounts { .. });
        let latest = self.list.iter().rev().take(LATEST_MAX);
        latest.filter(|f| f.severity == Severity::Error && !is_rule(f)).any(same)
    }

    /// Reports what the findings from `from` on come from, before them; false where there is no room for it.
    pub(crate) fn explain(&mut self, from: usize, code: Code, at: Locus, detail: Detail) -> bool {
        let chosen = self.policy.severity(code, code.entry().snip, Severity::Error);
        let has_room = self.list.len() < self.policy.findings_per_set_max;
        let Some((severity, grounds)) = chosen.filter(|_| has_room) else { return false };
        let root = Finding { code, severity, grounds, at, detail, because: None };
        self.errors += usize::from(severity == Severity::Error);
        if self.is_tracked && severity == Severity::Error && self.fresh.len() < FRESH_MAX {
            self.fresh.push(root);
        }
        self.follow(from, Some(at.offset));
        self.list.insert(from, root);
        true
    }

    /// The findings from `from` on follow from the one at this offset.
    pub(crate) fn follow(&mut self, from: usize, root: Option<u64>) {
        for finding in self.list.iter_mut().skip(from) {
            finding.because = finding.because.or(root);
        }
    }

    /// The finding at this index follows from the one at this offset.
    pub(crate) fn follow_one(&mut self, index: usize, root: u64) {
        self.list[index].because = Some(root);
    }

    /// Of the findings from `from` on, which have one reason, the others follow from the first.
    pub(crate) fn follow_first(&mut self, from: usize) {
        if let Some(first) = self.list.get(from).map(|first| first.at.offset) {
            self.follow(from + 1, Some(first));
        }
    }

    /// Where the last finding is that follows from no other.
    pub(crate) fn last_root(&self) -> Option<u64> {
        self.list.iter().rev().find(|f| f.because.is_none()).map(|f| f.at.offset)
    }

    /// What was found, in the order it was found.
    pub fn as_slice(&self) -> &[Finding] {
        &self.list
    }

    /// True when an error was found, kept or not.
    pub fn has_errors(&self) -> bool {
        self.errors > 0
    }

    /// The policy in force.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// Changes the policy for what follows.
    pub fn set_policy(&mut self, policy: &Policy) {
        if self.policy != *policy {
            self.policy = policy.clone();
        }
    }

    /// Whether errors are also collected for [`Findings::take_fresh`], whatever the limit.
    pub(crate) fn track(&mut self, is_tracked: bool) {
        self.is_tracked = is_tracked;
        self.fresh.clear();
        self.lost = false;
    }

    /// True when errors were found since they were last taken.
    #[inline]
    pub(crate) fn has_fresh(&self) -> bool {
        !self.fresh.is_empty()
    }

    /// The errors found since the last call, and whether there were more than these.
    pub(crate) fn take_fresh(&mut self) -> (Vec<Finding>, bool) {
        (std::mem::take(&mut self.fresh), std::mem::take(&mut self.lost))
    }

    /// Clears everything and keeps the allocated memory.
    pub fn clear(&mut self) {
        self.list.clear();
        self.errors = 0;
        self.fresh.clear();
        self.lost = false;
    }

    /// Takes the findings and leaves none.
    pub fn take(&mut self) -> Vec<Finding> {
        self.errors = 0;
        std::mem::take(&mut self.list)
    }
}
