//! What is acknowledged, and how: set by the caller of the acknowledger.

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
    /// For a group that has errors, or to which there is no other reply.
    OnReject,
    /// Not at all.
    Never,
}

/// How acknowledgments are numbered inside their interchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Numbering {
    /// Sets of acknowledgments are numbered from one.
    Running,
    /// Sets of acknowledgments have the number of the set they acknowledge, in its group.
    OfQuestion,
}

/// The parties named in the groups of acknowledgments.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GroupParties {
    /// The parties of the interchange.
    OfInterchange,
    /// The parties of the group that is answered, exchanged.
    OfGroup,
}

/// Which sets the 999 of a rejected group names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RejectedGroups {
    /// All of them, as they were found.
    NameAll,
    /// Those with errors of their own; none counts as accepted.
    NameRejected,
}

/// What is acknowledged, and how.
#[derive(Clone, Debug)]
pub struct AcknowledgePolicy {
    /// When a TA1 is written.
    pub interchange: InterchangePolicy,
    /// When a 999 is written.
    pub functional: FunctionalPolicy,
    /// Begin a 999 at the end of its group, when it is known to be needed. The reports of the group are kept until then.
    pub defers_functional: bool,
    /// Options of the 999.
    pub functional_options: AckOptions,
    /// How 277CAs are written; none where claims are not acknowledged.
    pub claims: Option<ClaimAckOptions>,
    /// How sets are numbered.
    pub numbering: Numbering,
    /// The parties named in groups.
    pub group_parties: GroupParties,
    /// Which sets of a rejected group are named.
    pub rejected_groups: RejectedGroups,
}

impl AcknowledgePolicy {
    /// True when there may be a 999 for this group.
    pub(super) fn acknowledges(&self, group: &GroupHeader) -> bool {
        group.functional.as_str() != NEVER_ACKNOWLEDGED
            && self.functional != FunctionalPolicy::Never
    }

    /// True when another reply says everything that a 999 could: there is always a reply.
    pub(super) fn is_needless(&self, group: &OpenGroup, report: &GroupReport) -> bool {
        let is_clean = report.codes.is_empty() && report.accepted == report.received;
        // A 277CA says which claims are rejected, the 999 why.
        let is_told = group.claim_sets > 0 && report.with_errors == 0;
        self.functional == FunctionalPolicy::OnReject && is_clean && (group.answers > 0 || is_told)
    }
}
