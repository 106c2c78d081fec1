//! The payer and the requester: the checks of loops 2000A, 2100A and 2100B.

use super::AnswerContext;
use super::rejections::{Reason, Reasons};
use crate::answer::payer::is_ours;
use crate::config::eligibility::EligibilityPolicy;
use crate::dict::is_npi;
use crate::partner::Lane;
use crate::partner::ProviderScope;
use crate::store::Provider;
use crate::txn::eligibility::{Inquiry, Name, inquiry};

/// Errors of a set as a whole, reported in 2000A.
pub(super) fn check_set(inquiry: &Inquiry, policy: &EligibilityPolicy, lane: Lane) -> Reasons {
    let most = match lane {
        Lane::RealTime => policy.real_time_patients_max,
        Lane::Batch => policy.batch_patients_max,
    };
    let mut reasons = Reasons::default();
    reasons.add_if(inquiry.patients() > most, Reason::TooManyPatients);
    // A cancellation belongs to Medicaid spend-down, which we do not support.
    reasons.add_if(inquiry.header.purpose == "01", Reason::NotDone);
    reasons
}

/// Errors of the payer asked, reported in 2100A.
pub(super) fn check_payer(name: &Name, policy: &EligibilityPolicy) -> Reasons {
    let mut reasons = Reasons::default();
    let missing = name.last.trim().is_empty() || name.id.trim().is_empty();
    reasons.add_if(missing, Reason::PayerMissing);
    reasons.add_if(!missing && !is_ours(name, &policy.payer), Reason::PayerUnknown);
    reasons
}

/// What is known of the requester before the store is read.
pub(super) struct Requester {
    /// The errors so far.
    pub(super) reasons: Reasons,
    /// The id to look up, when it is a provider's.
    pub(super) lookup: Option<Box<str>>,
}

/// Checks the requester, as far as the inquiry and the partner's scope allow.
pub(super) fn check_requester(receiver: &inquiry::Receiver, context: &AnswerContext) -> Requester {
    let name = &receiver.name;
    let id: Box<str> = name.id.trim().into();
    let is_provider = ["1P", "FA", "80"].iter().any(|entity| name.entity == *entity);
    let mut reasons = Reasons::default();
    let malformed = id.is_empty() || (name.id_qualifier == "XX" && !is_npi(id.as_bytes()));
    reasons.add_if(malformed, Reason::ProviderId);
    if let ProviderScope::Only(ids) = &context.scope {
        reasons.add_if(!malformed && !ids.contains(&id), Reason::OutOfScope);
    }
    Requester { reasons, lookup: (is_provider && !malformed).then_some(id) }
}

/// Adds what the store has about a provider who was looked up.
pub(super) fn check_provider(found: Option<&Provider>, reasons: &mut Reasons) {
    match found {
        None => reasons.add(Reason::ProviderUnknown),
        Some(provider) => reasons.add_if(!provider.may_inquire, Reason::ProviderMayNotAsk),
    }
}
