//! Whether documents belong to a claim: the provider, the account and the patient must be those of the claim.

use crate::partner::ProviderScope;
use crate::store::{ClaimVersion, may_be_same_member};
use crate::txn::attachment::Submission;

/// True when the provider who sends the documents is one of the claim's.
pub(super) fn is_providers(submission: &Submission, claim: &ClaimVersion) -> bool {
    let id = &*submission.provider.id;
    [&claim.billing, &claim.payee, &claim.rendering]
        .into_iter()
        .any(|provider| !id.is_empty() && (*provider.npi == *id || *provider.tin == *id))
}

/// True when the documents are about the claim's patient. A document from a folder may name none; a 275 always does.
pub(super) fn is_patients(submission: &Submission, claim: &ClaimVersion) -> bool {
    let id = &submission.patient.id;
    id.is_empty() || may_be_same_member(id, &claim.patient.member_id)
}

/// True when the partner may send for this provider.
pub(super) fn is_in_scope(submission: &Submission, scope: &ProviderScope) -> bool {
    match scope {
        ProviderScope::All => true,
        ProviderScope::Only(ids) => ids.contains(&submission.provider.id),
    }
}
