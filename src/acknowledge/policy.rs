//! What is acknowledged, and how: given in by whoever drives the acknowledger.

use super::group::OpenGroup;
use crate::check::{GroupHeader, GroupReport};
use crate::txn::ack::AckOptions;
use crate::txn::claim_ack::ClaimAckOptions;

/// GS01 of acknowledgments, which are never acknowledged.
pub(super) const NEVER_ACKNOWLEDGED: &str = "FA";

/// When a TA1 is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InterchangePolicy {
    /// When ISA14 asks for it, and whenever the interchange is rejected.
    Honour,
    /// For every interchange.
    Always,
    /// Only when the interchange is rejected.
    OnReject,
    /// Not at all.
    Never,
}

/// When a 999 is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FunctionalPolicy {
    /// For every functional group.
    Always,
    /// For a group that is not clean, or of which nothing else is said.
    OnReject,
    /// Not at all.
    Never,
}

/// How acknowledgments are numbered inside their interchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Numbering {
    /// Sets of acknowledgments are counted from one.
    Running,
    /// Sets of acknowledgments have the number of the set they are about, in its group.
    OfQuestion,
}

/// Who is named in the groups of acknowledgments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupParties {
    /// The parties of the interchange.
    OfInterchange,
    /// The parties of the group that is answered, in exchanged places.
    OfGroup,
}

/// Which sets the 999 of a group names that is rejected itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RejectedGroups {
    /// All of them, as they were found.
    NameAll,
    /// Those that are rejected by themselves; none counts as accepted.
    NameRejected,
}

/// What is acknowledged, and how.
#[derive(Clone, Debug)]
pub struct AcknowledgePolicy {
    /// When a TA1 is written.
    pub interchange: InterchangePolicy,
    /// When a 999 is written.
    pub functional: FunctionalPolicy,
    /// A 999 is begun at the end of its group, when it is known to be wanted. The reports of the group are kept until then.
    pub defers_functional: bool,
    /// Choices in writing a 999.
    pub functional_options: AckOptions,
    /// How 277CAs are written; none where claims are not acknowledged.
    pub claims: Option<ClaimAckOptions>,
    /// How sets are numbered.
    pub numbering: Numbering,
    /// Who is named in groups.
    pub group_parties: GroupParties,
    /// What is said of sets in a group that is rejected.
    pub rejected_groups: RejectedGroups,
}

impl AcknowledgePolicy {
    /// True when there may be a 999 for this group.
    pub(super) fn acknowledges(&self, group: &GroupHeader) -> bool {
        group.functional.as_str() != NEVER_ACKNOWLEDGED
            && self.functional != FunctionalPolicy::Never
    }

    /// True when something else says all that a 999 could say: silence is never an answer.
    pub(super) fn is_needless(&self, group: &OpenGroup, report: &GroupReport) -> bool {
        let is_clean = report.codes.is_empty() && report.accepted == report.received;
        // A 277CA says which claims are rejected, the 999 what is wrong with them.
        let is_told = group.claim_sets > 0 && report.with_errors == 0;
        self.functional == FunctionalPolicy::OnReject && is_clean && (group.answers > 0 || is_told)
    }
}
