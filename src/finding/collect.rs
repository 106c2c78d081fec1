//! Gathering findings under a policy: severities by SNIP type and a budget for each set.

use super::{Code, Detail, Finding, Locus, Severity};

/// What is done with findings of one SNIP type.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Treatment {
    /// As the catalog says.
    #[default]
    AsFound,
    /// Errors become warnings.
    Warn,
    /// They are not reported at all.
    Ignore,
}

/// How findings are treated, for a partner or for a run.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Policy {
    /// For SNIP types 1 to 7, at index 1 to 7. Type 1 is never demoted, whatever is written here.
    pub treatment: [Treatment; 8],
    /// Findings kept for each transaction set; after these comes one that says so.
    pub findings_per_set_max: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Policy { treatment: [Treatment::AsFound; 8], findings_per_set_max: 500 }
    }
}

impl Policy {
    /// The severity of a finding under this policy; `None` when it is not to be reported.
    pub fn severity(&self, code: Code) -> Option<Severity> {
        let entry = code.entry();
        match self.treatment[entry.snip as usize & 7] {
            Treatment::AsFound => Some(entry.severity),
            _ if entry.snip == 1 => Some(entry.severity),
            Treatment::Warn => Some(entry.severity.min(Severity::Warning)),
            Treatment::Ignore => None,
        }
    }
}

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
        if let Some(severity) = self.policy.severity(code) {
            self.push_as(severity, code, at, detail);
        }
    }

    /// Adds a finding at most this bad: for rules that are themselves only warnings.
    pub fn push_at_most(&mut self, most: Severity, code: Code, at: Locus, detail: Detail) {
        if let Some(severity) = self.policy.severity(code) {
            self.push_as(severity.min(most), code, at, detail);
        }
    }

    fn push_as(&mut self, severity: Severity, code: Code, at: Locus, detail: Detail) {
        self.errors += usize::from(severity == Severity::Error);
        match self.list.len().cmp(&self.policy.findings_per_set_max) {
            std::cmp::Ordering::Less => self.list.push(Finding { code, severity, at, detail }),
            std::cmp::Ordering::Equal => self.list.push(Finding {
                code: Code::FindingBudget,
                severity: Severity::Warning,
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
