//! Disputes: when a decision may be disputed, how a dispute is opened, and how it ends.

use time::{Date, Duration};

use super::state_of;
use crate::config::AttachmentPolicy;
use crate::store::{
    ClaimHistory, ClaimState, ClaimVersion, Dispute, DisputeState, LedgerEntry, StateChange,
};

/// Why a decision may not be disputed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum DisputeRefusal {
    /// There is no decision.
    #[error("there is no decision yet that could be disputed")]
    Undecided,
    /// Another version has taken its place.
    #[error("the claim was replaced: dispute its latest version")]
    Replaced,
    /// It was voided.
    #[error("the claim was voided: there is nothing to dispute")]
    Voided,
    /// It was decided too long ago.
    #[error("the decision is too old to be disputed")]
    Late,
    /// The dispute has ended.
    #[error("the dispute was decided already")]
    Closed,
    /// There is no such dispute.
    #[error("there is no such dispute")]
    Unknown,
}

/// Whether the decision about this version may be disputed today. A dispute that is open already takes further documents.
///
/// # Errors
/// Why not.
pub fn disputable(
    version: &ClaimVersion,
    history: &ClaimHistory,
    policy: &AttachmentPolicy,
    today: Date,
) -> Result<(), DisputeRefusal> {
    let by = version.successor.as_deref();
    let successor = by.and_then(|number| history.versions.iter().find(|v| &*v.number == number));
    match successor {
        Some(successor) if &*successor.frequency == "8" => return Err(DisputeRefusal::Voided),
        Some(_) => return Err(DisputeRefusal::Replaced),
        None if by.is_some() => return Err(DisputeRefusal::Replaced),
        None => {}
    }
    if &*version.frequency == "8" {
        return Err(DisputeRefusal::Voided);
    }
    if open_dispute(history, &version.number).is_some() {
        return Ok(());
    }
    let decided = version.outcome.remitted.or(version.outcome.finalized);
    let decided = decided.or_else(|| version.state.is_final().then_some(version.state.effective));
    let Some(decided) = decided.filter(|_| version.state.is_final()) else {
        return Err(DisputeRefusal::Undecided);
    };
    let last = decided.checked_add(Duration::days(i64::from(policy.dispute_days)));
    match policy.dispute_days > 0 && last.is_some_and(|last| today > last) {
        true => Err(DisputeRefusal::Late),
        false => Ok(()),
    }
}

/// The open dispute about this version.
pub fn open_dispute<'h>(history: &'h ClaimHistory, number: &str) -> Option<&'h Dispute> {
    let is_open =
        |dispute: &&Dispute| &*dispute.claim == number && dispute.state == DisputeState::Open;
    history.disputes.iter().find(is_open)
}

/// Opens a dispute about the version, or adds a document to the one that is open. `None` for a state that does not change.
pub(super) fn dispute(
    history: &ClaimHistory,
    number: &str,
    control: &str,
    note: &str,
    policy: &AttachmentPolicy,
    today: Date,
) -> (Dispute, Option<StateChange>) {
    if let Some(open) = open_dispute(history, number) {
        let mut open = open.clone();
        if !open.attachments.iter().any(|known| &**known == control) {
            open.attachments.push(control.into());
        }
        if open.note.is_empty() {
            open.note = note.into();
        }
        return (open, None);
    }
    let count = history.disputes.iter().filter(|dispute| &*dispute.claim == number).count();
    let opened = Dispute {
        number: format!("{number}-D{}", count + 1).into(),
        claim: number.into(),
        state: DisputeState::Open,
        opened: today,
        closed: None,
        attachments: vec![control.into()],
        note: note.into(),
    };
    let change = StateChange {
        claim: number.into(),
        state: state_of(&policy.dispute_status, today),
        why: "disputed".into(),
    };
    (opened, Some(change))
}

/// Ends the dispute with this number. A decision that stands gives the claim the status it had before; one that is changed
/// lets it wait for a new decision.
///
/// # Errors
/// There is no such dispute, or it has ended.
pub fn decide(
    history: &ClaimHistory,
    number: &str,
    state: DisputeState,
    policy: &AttachmentPolicy,
    today: Date,
) -> Result<Vec<LedgerEntry>, DisputeRefusal> {
    let dispute = history.disputes.iter().find(|dispute| &*dispute.number == number);
    let dispute = dispute.ok_or(DisputeRefusal::Unknown)?;
    if dispute.state != DisputeState::Open {
        return Err(DisputeRefusal::Closed);
    }
    let of_claim = history.events.iter().rev().filter(|event| event.claim == dispute.claim);
    let before = of_claim.filter_map(|event| event.state.as_ref()).find(|state| state.is_final());
    let (state_after, why) = match state {
        DisputeState::Overturned => {
            (state_of(&policy.overturned_status, today), "dispute overturned")
        }
        DisputeState::Withdrawn => (restored(before, policy, today), "dispute withdrawn"),
        DisputeState::Upheld | DisputeState::Open => {
            (restored(before, policy, today), "dispute upheld")
        }
    };
    let closed = Dispute { state, closed: Some(today), ..dispute.clone() };
    let change = StateChange { claim: dispute.claim.clone(), state: state_after, why: why.into() };
    Ok(vec![LedgerEntry::Dispute(closed), LedgerEntry::State(change)])
}

fn restored(before: Option<&ClaimState>, policy: &AttachmentPolicy, today: Date) -> ClaimState {
    match before {
        Some(state) => ClaimState { effective: today, ..state.clone() },
        None => state_of(&policy.overturned_status, today),
    }
}
