//! The roles of the loops and segments of an 837 guide for its claims; found by their ids, once for each guide.

use crate::finding::{Code, Finding};
use crate::guide::Guide;
use crate::wire::Tag;

/// The entity that a loop describes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub(super) enum Scope {
    /// The set as a whole.
    #[default]
    Set,
    Provider,
    Subscriber,
    Patient,
    Claim,
    Line,
}

/// The purpose of reading a segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) enum Role {
    #[default]
    None,
    Beginning,
    Submitter,
    Receiver,
    ProviderName,
    ProviderReference,
    SubscriberName,
    PatientName,
    Claim,
    ClaimDate,
    ClaimReference,
    /// SV1, SV2 or SV3.
    Service,
    LineDate,
    LineReference,
}

/// The loops that have one role each.
const HEADS: [(&str, Scope); 5] = [
    ("2000A", Scope::Provider),
    ("2000B", Scope::Subscriber),
    ("2000C", Scope::Patient),
    ("2300", Scope::Claim),
    ("2400", Scope::Line),
];

const ROLES: [(&str, &[u8], Role); 15] = [
    ("ST", b"BHT", Role::Beginning),
    ("1000A", b"NM1", Role::Submitter),
    ("1000B", b"NM1", Role::Receiver),
    ("2010AA", b"NM1", Role::ProviderName),
    ("2010AA", b"REF", Role::ProviderReference),
    ("2010BA", b"NM1", Role::SubscriberName),
    ("2010CA", b"NM1", Role::PatientName),
    ("2300", b"CLM", Role::Claim),
    ("2300", b"DTP", Role::ClaimDate),
    ("2300", b"REF", Role::ClaimReference),
    ("2400", b"SV1", Role::Service),
    ("2400", b"SV2", Role::Service),
    ("2400", b"SV3", Role::Service),
    ("2400", b"DTP", Role::LineDate),
    ("2400", b"REF", Role::LineReference),
];

/// The scopes of one guide: the entity each of its loops describes, and why each of its segments is read.
#[derive(Debug, Default)]
pub(super) struct ClaimScopes {
    /// For each loop the entity that begins with it; `Set` for most.
    heads: Vec<Scope>,
    scopes: Vec<Scope>,
    roles: Vec<Role>,
}

impl ClaimScopes {
    pub(super) fn new(guide: &Guide) -> ClaimScopes {
        let heads: Vec<Scope> = guide
            .loops
            .iter()
            .map(|l| HEADS.iter().find(|(id, _)| *id == &*l.id).map_or(Scope::Set, |(_, s)| *s))
            .collect();
        let mut scopes = Vec::with_capacity(heads.len());
        // Loops are in preorder: a parent is known before its children.
        for (at, used) in guide.loops.iter().enumerate() {
            let around = used.parent.map_or(Scope::Set, |parent| scopes[usize::from(parent)]);
            scopes.push(if heads[at] == Scope::Set { around } else { heads[at] });
        }
        let role = |tag: Tag, of: &str| {
            ROLES.iter().find(|(id, wanted, _)| *id == of && Tag::new(wanted) == tag)
        };
        let roles = guide
            .segments
            .iter()
            .map(|s| role(s.tag, &guide.loops[usize::from(s.in_loop)].id))
            .map(|found| found.map_or(Role::None, |(_, _, role)| *role))
            .collect();
        ClaimScopes { heads, scopes, roles }
    }

    /// The entity a loop belongs to; `Set` where there is none.
    #[inline]
    pub(super) fn head(&self, loop_index: u16) -> Scope {
        self.heads[usize::from(loop_index)]
    }

    #[inline]
    pub(super) fn role(&self, node: u16) -> Role {
        self.roles[usize::from(node)]
    }

    /// The entity a finding belongs to.
    pub(super) fn scope(&self, guide: &Guide, finding: &Finding) -> Scope {
        let Some(index) = finding.at.loop_index.filter(|_| !breaks_structure(finding)) else {
            return Scope::Set;
        };
        // A loop that is missing, or repeated too often, belongs to the loop around it.
        let index = match finding.code {
            Code::LoopMissing | Code::LoopRepeats => guide.loops[usize::from(index)].parent,
            _ => Some(index),
        };
        index.map_or(Scope::Set, |index| self.scopes[usize::from(index)])
    }
}

/// True for findings that leave unclear where one claim ends and the next begins.
fn breaks_structure(finding: &Finding) -> bool {
    match finding.code {
        Code::SegmentUnknown | Code::SegmentNotInSet | Code::SegmentLimit => true,
        Code::SegmentMissing | Code::SegmentUnexpected | Code::SegmentSequence
            if finding.at.tag == Tag::new(b"CLM") =>
        {
            true
        }
        _ => finding.at.tag == Tag::new(b"HL"),
    }
}
