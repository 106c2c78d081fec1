//! The payer and the requester: the checks of loops 2000A, 2100A and 2100B.

use super::AnswerContext;
use super::rejections::{Reason, Reasons};
use crate::config::eligibility::EligibilityPolicy;
use crate::dict::is_npi;
use crate::partner::Lane;
use crate::partner::ProviderScope;
use crate::store::Provider;
use crate::txn::eligibility::response::Contact;
use crate::txn::eligibility::{Inquiry, Name, inquiry};
use crate::wire::Code;

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
    let ours = || {
        let ids = std::iter::once(&policy.payer.id).chain(&policy.payer.aliases);
        ids.into_iter().any(|id| id.eq_ignore_ascii_case(name.id.trim()))
    };
    let mut reasons = Reasons::default();
    let missing = name.last.trim().is_empty() || name.id.trim().is_empty();
    reasons.add_if(missing, Reason::PayerMissing);
    reasons.add_if(!missing && !ours(), Reason::PayerUnknown);
    reasons
}

/// The payer as the answer names it: by the id that was asked for; by our own name and id where that id is
/// ours or there is none.
pub(super) fn payer_name(asked: Name, policy: &EligibilityPolicy) -> Name {
    let payer = &policy.payer;
    let id = asked.id.trim();
    if !id.is_empty() && !asked.last.is_empty() && !payer.id.eq_ignore_ascii_case(id) {
        return asked;
    }
    Name {
        last: payer.name.as_str().into(),
        id_qualifier: Code::from(&*payer.id_qualifier),
        id: payer.id.as_str().into(),
        ..asked
    }
}

/// The payer's contacts.
pub(super) fn contacts(policy: &EligibilityPolicy) -> Vec<Contact> {
    let contact = |contact: &crate::config::eligibility::ContactPolicy| {
        let ways = [
            ("TE", &contact.telephone),
            ("EX", &contact.extension),
            ("FX", &contact.fax),
            ("EM", &contact.email),
            ("UR", &contact.url),
        ];
        // An extension must follow its telephone number.
        let said = |(way, number): &(&str, &String)| {
            !number.is_empty() && (*way != "EX" || !contact.telephone.is_empty())
        };
        let numbers = ways.into_iter().filter(said).take(3);
        let numbers = numbers.map(|(way, number)| (Code::from(way), number.as_str().into()));
        Contact { name: contact.name.as_str().into(), numbers: numbers.collect() }
    };
    policy.payer.contacts.iter().take(3).map(contact).collect()
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
