//! Documents of services reviews: those that a request announces (PWK06), or that name our number of a review.

use rustc_hash::FxHashMap;

use super::lookups::names_ours;
use super::{Found, Refusal};
use crate::store::{ReviewKey, ReviewRecord, Reviews, StoreError, may_be_same_member};
use crate::txn::attachment::{Item, Submission};

/// Reviews looked at for one number.
const CANDIDATES_MAX: u32 = 10;

/// The key of the reviews that an item may belong to.
pub(super) fn key(item: &Item) -> ReviewKey {
    let number = item.trace.number.clone();
    if names_ours(item) { ReviewKey::Number(number) } else { ReviewKey::Document(number) }
}

/// Looks the reviews up.
pub(super) async fn find(
    reviews: &dyn Reviews,
    keys: &[ReviewKey],
) -> Result<FxHashMap<ReviewKey, Vec<ReviewRecord>>, StoreError> {
    if keys.is_empty() {
        return Ok(FxHashMap::default());
    }
    let found = reviews.find(keys, CANDIDATES_MAX).await?;
    Ok(keys.iter().cloned().zip(found).collect())
}

/// The review that an item belongs to; none where there is none with its number.
///
/// # Errors
/// Our number of a review that is another provider's, or another patient's.
pub(super) fn review_of<'f>(
    submission: &Submission,
    item: &Item,
    found: &'f Found,
) -> Result<Option<&'f ReviewRecord>, Refusal> {
    let mut why = None;
    for review in found.reviews.get(&key(item)).into_iter().flatten() {
        if !review.names(&submission.provider.id) {
            why = Some(Refusal::OtherProvider);
        } else if !is_patients(submission, review) {
            why = Some(Refusal::OtherPatient);
        } else {
            return Ok(Some(review));
        }
    }
    // A control number of another provider's is no business of this one: the document waits.
    why.filter(|_| names_ours(item)).map_or(Ok(None), Err)
}

fn is_patients(submission: &Submission, review: &ReviewRecord) -> bool {
    let id = &submission.patient.id;
    let member = format!("{}{}", review.subscriber, review.suffix);
    id.is_empty() || may_be_same_member(id, &member)
}
