//! Requests for information: when one may be made, the 277 that makes it, and the documents that answer it.

use time::{Date, Duration, PrimitiveDateTime};

use super::state_of;
use crate::config::{AttachmentPolicy, EligibilityPolicy};
use crate::segments::{Dated, Header, Name, Reference, Sent, Trace};
use crate::store::{
    Attachment, ClaimHistory, ClaimVersion, InformationRequest, LedgerEntry, StateChange,
};
use crate::txn::attachment::Wanted;
use crate::txn::claim::Claim;
use crate::txn::information_request::{RequestSet, RequestedClaim};
use crate::wire::Code;

/// Why nothing may be asked about a claim.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum RequestRefusal {
    /// It was decided.
    #[error("the claim is decided, so that nothing is asked about it")]
    Decided,
    /// Another version has taken its place.
    #[error("the claim was replaced or voided; ask about its latest version")]
    Replaced,
    /// Nothing is asked for.
    #[error("name at least one LOINC code")]
    Nothing,
    /// It ends before it begins.
    #[error("the day until which the answer is waited for is over")]
    Past,
}

/// A request and what it does to the claim.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Requested {
    /// The request.
    pub request: InformationRequest,
    /// The claim waits for information.
    pub change: StateChange,
}

impl Requested {
    /// What is entered into the ledger.
    pub fn entries(&self) -> Vec<LedgerEntry> {
        vec![LedgerEntry::Request(self.request.clone()), LedgerEntry::State(self.change.clone())]
    }
}

/// Asks for documents about this version, to be waited for until `due` or as long as the settings say.
///
/// # Errors
/// Why nothing may be asked.
pub fn request_information(
    version: &ClaimVersion,
    history: &ClaimHistory,
    wanted: &[Box<str>],
    due: Option<Date>,
    policy: &AttachmentPolicy,
    today: Date,
) -> Result<Requested, RequestRefusal> {
    if wanted.is_empty() {
        return Err(RequestRefusal::Nothing);
    }
    if version.successor.is_some() {
        return Err(RequestRefusal::Replaced);
    }
    if !version.state.is_pending() {
        return Err(RequestRefusal::Decided);
    }
    let usual = today.saturating_add(Duration::days(i64::from(policy.request_days)));
    let due = due.unwrap_or(usual);
    if due < today {
        return Err(RequestRefusal::Past);
    }
    let before = history.requests.iter().filter(|r| r.claim == version.number).count();
    let trace: Box<str> = format!("{}-{}", version.number, before + 1).into();
    let request = InformationRequest {
        trace,
        claim: version.number.clone(),
        wanted: wanted.to_vec(),
        asked: today,
        due,
        answered: None,
    };
    let change = StateChange {
        claim: version.number.clone(),
        state: state_of(&policy.request_status, today),
        why: "information requested".into(),
    };
    Ok(Requested { request, change })
}

/// The request that this number names: by its trace, or the open one about the claim with this number.
pub(super) fn named<'h>(history: &'h ClaimHistory, number: &str) -> Option<&'h InformationRequest> {
    let by_trace = history.requests.iter().find(|request| &*request.trace == number);
    by_trace.or_else(|| {
        let open =
            |request: &&InformationRequest| &*request.claim == number && request.answered.is_none();
        history.requests.iter().rev().find(open)
    })
}

/// The request and the claim after these documents: answered when each of the documents asked for has come. A document that does
/// not say which it is stands for all of them.
pub(super) fn answered(
    request: &InformationRequest,
    documents: &[Attachment],
    version: &ClaimVersion,
    policy: &AttachmentPolicy,
    today: Date,
) -> Vec<LedgerEntry> {
    let came = |wanted: &str| {
        let answers = documents.iter().filter(|document| document.request == request.trace);
        answers.into_iter().any(|document| document.kind.is_empty() || *document.kind == *wanted)
    };
    if request.answered.is_some() || !request.wanted.iter().all(|wanted| came(wanted)) {
        return Vec::new();
    }
    let closed = InformationRequest { answered: Some(today), ..request.clone() };
    let mut entries = vec![LedgerEntry::Request(closed)];
    // The claim may have been decided, or asked about again, in the meantime.
    let waits = state_of(&policy.request_status, today);
    if version.state.category == waits.category && version.state.code == waits.code {
        entries.push(LedgerEntry::State(StateChange {
            claim: version.number.clone(),
            state: state_of(&policy.answered_status, today),
            why: "information received".into(),
        }));
    }
    entries
}

/// The 277 that asks for it. `receiver` is who sent the claim: name and electronic id.
pub fn request_set(
    request: &InformationRequest,
    version: &ClaimVersion,
    claim: &Claim,
    receiver: (&str, &str),
    payer: &EligibilityPolicy,
    policy: &AttachmentPolicy,
    at: PrimitiveDateTime,
) -> RequestSet {
    let reference = |qualifier: &str, value: &str| Reference {
        qualifier: Code::from(qualifier),
        value: value.into(),
        description: "".into(),
    };
    let mut references = vec![reference("1K", &version.number), reference("EJ", &version.account)];
    if claim.facility_qualifier == "A" {
        references.push(reference("BLT", &format!("{}{}", claim.facility, claim.frequency)));
    }
    for qualifier in ["EA", "D9", "G1"] {
        references.extend(claim.reference(qualifier).map(|value| reference(qualifier, value)));
    }
    let provider = &claim.provider.name;
    let provider = match provider.id.is_empty() {
        true => Name {
            entity: Code::from("85"),
            id_qualifier: Code::from("FI"),
            id: claim.provider.tax_id().into(),
            ..provider.clone()
        },
        false => Name { entity: Code::from("85"), ..provider.clone() },
    };
    let treated = &claim.treated().name;
    let id = match treated.id.is_empty() {
        true => claim.subscriber.person.name.id.clone(),
        false => treated.id.clone(),
    };
    let patient =
        Name { entity: Code::from("QC"), id_qualifier: Code::from("MI"), id, ..treated.clone() };
    let wanted = request.wanted.iter();
    RequestSet {
        control: "0001".into(),
        header: Header {
            purpose: Code::from("13"),
            reference: request.trace.clone(),
            date: Sent::Value(at.date()),
            time: Sent::Value(at.time()),
            kind: Code::from("RQ"),
        },
        payer: Name::organization(
            "PR",
            &payer.payer.name,
            &payer.payer.id_qualifier,
            &payer.payer.id,
        ),
        contact: None,
        receiver: Name::organization("41", receiver.0, "46", receiver.1),
        claims: vec![RequestedClaim {
            provider,
            patient,
            trace: Trace {
                kind: Code::from("1"),
                number: request.trace.clone(),
                ..Trace::default()
            },
            wanted: wanted.map(|code| Wanted::loinc(&policy.request_category, code)).collect(),
            asked: Some(request.asked),
            charge: Some(version.charge),
            references,
            service: Some(Dated::between("472", version.from, version.to)),
            due: Some(Dated::day("106", request.due)),
        }],
    }
}
