//! Takes documents about claims and services reviews (275): keeps them, links them with what they belong to, answers our requests
//! by them, and opens disputes.
//!
//! A set is taken whole, and acknowledged by a 999 alone, or not at all: then an 824 says why. A document for a claim that
//! is not there yet is kept; the store links it when the claim comes that announces it.

mod advice;
mod disputes;
mod judge;
mod lookups;
mod matching;
mod requests;
mod reviews;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use advice::ANSWER_824;
pub use disputes::{DisputeRefusal, decide, disputable, open_dispute};
pub use judge::{Judged, Refusal, Refused};
pub use lookups::{Found, Lookup};
pub use requests::{RequestRefusal, Requested, request_information, request_set};

use super::Responder;
use super::review::ReviewShared;
use crate::acknowledge::ReplyKind;
use crate::check::GroupHeader;
use crate::config::AttachmentPolicy;
use crate::partner::{Lane, Partner, ProviderScope};
use crate::phi::redacted;
use crate::store::{Archive, Batch, ClaimState, StoreError, Stores};
use crate::tree::LoopRef;
use crate::txn::attachment::{Submission, media_type};
use crate::txn::claim_ack::Status;
use crate::wire::{EmitError, Emitter};
use time::{Date, PrimitiveDateTime};

/// Everything an answer depends on besides the documents and the store.
pub type AnswerContext = super::AnswerContext<AttachmentPolicy>;

/// A 275 whose documents are ready to be kept.
#[derive(Clone, Default)]
pub struct Delivered {
    /// The set without its documents.
    pub submission: Submission,
    /// The documents of each item, in order.
    pub documents: Vec<Vec<Document>>,
}

redacted!(Delivered {});

/// A document on its way into the archive.
#[derive(Clone)]
pub struct Document {
    /// SHA-256 of its bytes.
    pub hash: [u8; 32],
    /// Its media type.
    pub media: &'static str,
    /// Its bytes.
    pub content: Arc<Vec<u8>>,
}

redacted!(Document { media });

impl Delivered {
    /// Takes the documents out of the set.
    pub fn new(mut submission: Submission) -> Delivered {
        let documents = submission.items.iter_mut().map(|item| {
            let form = item.form;
            let taken = std::mem::take(&mut item.documents).into_iter();
            taken.map(|content| Document::new(media_type(form, &content), content)).collect()
        });
        Delivered { documents: documents.collect(), submission }
    }
}

impl Document {
    /// A document with these bytes.
    pub fn new(media: &'static str, content: Vec<u8>) -> Document {
        Document { hash: Sha256::digest(&content).into(), media, content: Arc::new(content) }
    }
}

/// Takes documents.
#[derive(Clone, Debug)]
pub struct AttachmentService {
    archive: Archive,
    reviews: Option<Arc<ReviewShared>>,
}

impl AttachmentService {
    /// A service that keeps documents in this archive.
    pub fn new(archive: Archive) -> AttachmentService {
        AttachmentService { archive, reviews: None }
    }

    /// The same service, which also tells reviews of the documents that come for them.
    pub fn with_reviews(self, reviews: Arc<ReviewShared>) -> AttachmentService {
        AttachmentService { reviews: Some(reviews), ..self }
    }

    /// Keeps documents that came in no interchange and says what they add to the ledger, for the caller to enter.
    ///
    /// # Errors
    /// The store or the archive did not answer.
    pub async fn deliver(
        &self,
        stores: &Stores,
        delivered: Delivered,
        policy: &AttachmentPolicy,
        now: PrimitiveDateTime,
    ) -> Result<Judged, StoreError> {
        let context = AnswerContext {
            now,
            lane: Lane::Batch,
            scope: ProviderScope::All,
            policy: Arc::new(policy.clone()),
            trace: "".into(),
            group: GroupHeader::default(),
        };
        let delivered = vec![delivered];
        let lookup = Lookup::new(&delivered, policy);
        lookups::keep(&self.archive, &lookup).await?;
        let mut found = lookups::find(stores, &lookup).await?;
        found.shared.clone_from(&self.reviews);
        let mut judged = delivered.into_iter().map(|one| judge::judge(one, &mut found, &context));
        judged.next().ok_or(StoreError::Gone)
    }
}

impl Responder for AttachmentService {
    type Question = Delivered;
    type Lookup = Lookup;
    type Found = Found;
    type Answer = Judged;
    type Policy = AttachmentPolicy;

    const SET: &'static str = "275";
    const REPLY: ReplyKind = ANSWER_824;

    fn policy(partner: &Partner) -> Arc<AttachmentPolicy> {
        partner.attachments.clone()
    }

    fn read(&self, root: LoopRef<'_>) -> Delivered {
        Delivered::new(Submission::read(root))
    }

    fn weight(&self, _question: &Delivered) -> u64 {
        1
    }

    fn plan(&self, questions: &[Delivered], context: &AnswerContext) -> Lookup {
        Lookup::new(questions, &context.policy)
    }

    async fn fetch<'a>(
        &'a self,
        stores: &'a Stores,
        lookup: &'a Lookup,
    ) -> Result<Found, StoreError> {
        lookups::keep(&self.archive, lookup).await?;
        let mut found = lookups::find(stores, lookup).await?;
        found.shared.clone_from(&self.reviews);
        Ok(found)
    }

    fn answer(
        &self,
        questions: Vec<Delivered>,
        _lookup: Lookup,
        mut found: Found,
        context: &AnswerContext,
    ) -> Vec<Judged> {
        questions.into_iter().map(|question| judge::judge(question, &mut found, context)).collect()
    }

    fn rows(&self, answer: &mut Judged) -> Vec<Batch> {
        let entries = std::mem::take(&mut answer.entries);
        let reviews = std::mem::take(&mut answer.reviews);
        let entries = (!entries.is_empty()).then_some(Batch::Ledger(entries));
        let reviews = (!reviews.is_empty()).then_some(Batch::Reviews(reviews));
        entries.into_iter().chain(reviews).collect()
    }

    fn is_sent(&self, answer: &Judged) -> bool {
        answer.advice.is_some()
    }

    fn unavailable(&self, questions: Vec<Delivered>, context: &AnswerContext) -> Vec<Judged> {
        questions.iter().map(|question| judge::unavailable(question, context)).collect()
    }

    fn write(&self, answer: Judged, control: &str, out: &mut Emitter) -> Result<(), EmitError> {
        match answer.advice {
            Some(advice) => advice.write(control, out),
            None => Ok(()),
        }
    }
}

/// A status of the settings as a state of a claim.
fn state_of(status: &str, effective: Date) -> ClaimState {
    // Settings are checked when they are read.
    let status = Status::parse(status).unwrap_or_else(|| Status::new("P1", "20", ""));
    ClaimState { category: status.category, code: status.code, entity: status.entity, effective }
}
