//! What documents need from the store: the claims and reviews that announce them, and those that they name.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tokio::task::spawn_blocking;

use super::{Delivered, Document, reviews};
use crate::answer::review::ReviewShared;
use crate::config::AttachmentPolicy;
use crate::phi::redacted;
use crate::store::{
    Archive, ClaimHistory, ClaimKey, ClaimScope, ReviewKey, ReviewRecord, StoreError, Stores,
};
use crate::txn::attachment::{Item, Submission};

/// What to keep and what to look up.
#[derive(Default)]
pub struct Lookup {
    documents: Vec<Document>,
    /// Numbers of claims or requests that are named.
    numbers: Vec<Box<str>>,
    keys: Vec<ClaimKey>,
    reviews: Vec<ReviewKey>,
}

redacted!(Lookup {});

/// What was found.
#[derive(Default)]
pub struct Found {
    histories: Vec<ClaimHistory>,
    /// The place of the history by the number of each version.
    by_number: FxHashMap<Box<str>, usize>,
    /// Numbers by key.
    by_key: FxHashMap<ClaimKey, Vec<Box<str>>>,
    /// Reviews by key.
    pub(super) reviews: FxHashMap<ReviewKey, Vec<ReviewRecord>>,
    /// What counts their time.
    pub(super) shared: Option<Arc<ReviewShared>>,
}

redacted!(Found {});

impl Lookup {
    pub(super) fn new(questions: &[Delivered], policy: &AttachmentPolicy) -> Lookup {
        let mut numbers = FxHashSet::default();
        let mut keys = FxHashSet::default();
        let mut of_reviews = FxHashSet::default();
        let mut lookup = Lookup::default();
        for question in questions {
            lookup.documents.extend(question.documents.iter().flatten().cloned());
            for item in &question.submission.items {
                if !item.has_category(&policy.dispute_category) {
                    of_reviews.insert(reviews::key(item));
                }
                if names_ours(item) {
                    numbers.extend(named(&item.trace.number).map(Box::<str>::from));
                } else {
                    keys.insert(announced(&question.submission, item));
                    if item.has_category(&policy.dispute_category) {
                        keys.insert(account(&question.submission));
                    }
                }
            }
        }
        lookup.numbers = numbers.into_iter().collect();
        lookup.keys = keys.into_iter().collect();
        lookup.reviews = of_reviews.into_iter().collect();
        lookup
    }
}

/// True when the number of an item is one of ours: of a request or a claim.
pub(super) fn names_ours(item: &Item) -> bool {
    item.trace.kind == "2"
}

/// The claims that a number of ours may mean: the claim with this number, or that of the request with this trace, which is the
/// number of its claim, a hyphen and a count.
pub(super) fn named(number: &str) -> impl Iterator<Item = &str> {
    std::iter::once(number).chain(number.rsplit_once('-').map(|(claim, _)| claim))
}

/// The key of claims that announce an item.
pub(super) fn announced(submission: &Submission, item: &Item) -> ClaimKey {
    ClaimKey::Announced { npi: submission.provider.id.clone(), control: item.trace.number.clone() }
}

/// The key of the provider's claims with this account number.
pub(super) fn account(submission: &Submission) -> ClaimKey {
    ClaimKey::Account { npi: submission.provider.id.clone(), account: submission.account().into() }
}

/// Puts the documents into the archive. Content that nothing refers to in the end is deleted by a purge.
pub(super) async fn keep(archive: &Archive, lookup: &Lookup) -> Result<(), StoreError> {
    for document in &lookup.documents {
        keep_document(archive, document).await?;
    }
    Ok(())
}

pub(super) async fn keep_document(
    archive: &Archive,
    document: &Document,
) -> Result<(), StoreError> {
    let (hash, content) = (document.hash, Arc::clone(&document.content));
    let writing = archive.clone();
    let kept = spawn_blocking(move || writing.keep_original(&hash, &content)).await;
    kept.map_err(|_| StoreError::Gone)?
        .map_err(|source| StoreError::File { path: archive.folder().to_owned(), source })
}

/// Looks up what the lookup names.
pub(super) async fn find(stores: &Stores, lookup: &Lookup) -> Result<Found, StoreError> {
    let reviews = reviews::find(&*stores.reviews, &lookup.reviews).await?;
    let mut found = Found { reviews, ..Found::default() };
    let mut numbers: FxHashSet<Box<str>> = lookup.numbers.iter().cloned().collect();
    if !lookup.keys.is_empty() {
        let claims = stores.claims.find(&lookup.keys, ClaimScope::default()).await?;
        for (key, claims) in lookup.keys.iter().zip(claims) {
            let of_key: Vec<Box<str>> = claims.iter().map(|claim| claim.number.clone()).collect();
            numbers.extend(of_key.iter().cloned());
            found.by_key.insert(key.clone(), of_key);
        }
    }
    let numbers: Vec<Box<str>> = numbers.into_iter().collect();
    if numbers.is_empty() {
        return Ok(found);
    }
    for history in stores.claims.histories(&numbers).await?.into_iter().flatten() {
        found.add(history);
    }
    Ok(found)
}

impl Found {
    pub(super) fn add(&mut self, history: ClaimHistory) {
        let known =
            history.versions.first().is_some_and(|v| self.by_number.contains_key(&v.number));
        if known {
            return;
        }
        for version in &history.versions {
            self.by_number.insert(version.number.clone(), self.histories.len());
        }
        self.histories.push(history);
    }

    /// The history of the claim that has a version with this number.
    pub(super) fn history(&mut self, number: &str) -> Option<&mut ClaimHistory> {
        let place = *self.by_number.get(number)?;
        self.histories.get_mut(place)
    }

    /// Numbers of the claims with this key.
    pub(super) fn numbers(&self, key: &ClaimKey) -> &[Box<str>] {
        self.by_key.get(key).map_or(&[], Vec::as_slice)
    }

    #[cfg(test)]
    pub(super) fn index(&mut self, key: ClaimKey, numbers: Vec<Box<str>>) {
        self.by_key.insert(key, numbers);
    }
}
