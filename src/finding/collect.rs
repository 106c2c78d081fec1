//! Gathering findings under a policy, with a budget for each set.

use super::{Code, Detail, Finding, Grounds, Locus, Policy, Severity};

/// The findings of one set, or of one envelope.
#[derive(Debug, Default)]
pub struct Findings {
    list: Vec<Finding>,
    policy: Policy,
    /// Errors seen, those over the budget included.
    errors: usize,
}

impl Findings {
    /// An empty list under this policy.
    pub fn new(policy: Policy) -> Self {
        Findings { list: Vec::new(), policy, errors: 0 }
    }

    /// Adds a finding, with its severity as the policy has it.
    pub fn push(&mut self, code: Code, at: Locus, detail: Detail) {
        self.push_at_most(Severity::Error, code, at, detail);
    }

    /// Adds a finding at most this bad: for rules that are themselves only warnings.
    pub fn push_at_most(&mut self, most: Severity, code: Code, at: Locus, detail: Detail) {
        let Some((severity, grounds)) = self.policy.severity(code, most) else { return };
        self.errors += usize::from(severity == Severity::Error);
        match self.list.len().cmp(&self.policy.findings_per_set_max) {
            std::cmp::Ordering::Less => {
                self.list.push(Finding { code, severity, grounds, at, detail });
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
            }),
            std::cmp::Ordering::Greater => {}
        }
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

    /// Changes the policy for what comes.
    pub fn set_policy(&mut self, policy: &Policy) {
        if self.policy != *policy {
            self.policy = policy.clone();
        }
    }

    /// Forgets everything, keeps the memory.
    pub fn clear(&mut self) {
        self.list.clear();
        self.errors = 0;
    }

    /// Takes the findings and leaves none.
    pub fn take(&mut self) -> Vec<Finding> {
        self.errors = 0;
        std::mem::take(&mut self.list)
    }
}
