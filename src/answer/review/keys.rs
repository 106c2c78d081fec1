//! Hashes by which the same request, and the same service, are known again.

use sha2::{Digest, Sha256};

use super::lookups::RequestParts;
use crate::store::Owner;
use crate::txn::review::Purpose;

/// A hash of texts, each ended so that two lists never run into each other; never 0.
fn hash<'t>(texts: impl IntoIterator<Item = &'t str>) -> u64 {
    let mut hasher = Sha256::new();
    for text in texts {
        hasher.update(text.trim().to_ascii_uppercase());
        hasher.update([0x1f]);
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let mut first = [0; 8];
    first.copy_from_slice(&digest[..8]);
    u64::from_be_bytes(first).max(1)
}

fn texts(list: &[Box<str>]) -> impl Iterator<Item = &str> {
    list.iter().map(|text| &**text).chain(["|"])
}

/// What makes two requests the same one, sent again: the sender's own numbers, and what they are about.
pub(super) fn request_key(purpose: Purpose, parts: &RequestParts, owner: &Owner) -> u64 {
    let RequestParts { reference, requester, category, certification, .. } = parts;
    let fixed = [
        purpose.guide(),
        reference,
        requester,
        category,
        certification,
        &owner.subscriber,
        &owner.suffix,
    ];
    hash(fixed.into_iter().chain(texts(&parts.traces)).chain(texts(&parts.providers)))
}

/// What makes two reviews the same service but for their days.
pub(super) fn service_key(parts: &RequestParts, owner: &Owner) -> u64 {
    let fixed = [&*parts.category, &parts.service_type, &owner.subscriber, &owner.suffix];
    hash(fixed.into_iter().chain(texts(&parts.providers)).chain(texts(&parts.services)))
}
