//! What becomes of one 275: the entries it adds to the ledger, or why it is not taken.

use super::lookups::{account, announced, named, names_ours};
use super::matching::{is_in_scope, is_patients, is_providers};
use super::{
    AnswerContext, Delivered, DisputeRefusal, Document, Found, advice, disputes, requests, reviews,
};
use crate::phi::redacted;
use crate::store::{Attachment, ClaimHistory, LedgerEntry, ReviewEntry, ReviewRecord};
use crate::txn::advice::{Advice, Condition};
use crate::txn::attachment::{Item, Submission};

/// Most characters of what the provider says about a dispute.
const NOTE_CHARS_MAX: usize = 2000;

/// What became of a 275.
pub struct Judged {
    /// What it adds to the ledger.
    pub entries: Vec<LedgerEntry>,
    /// What it does to reviews.
    pub reviews: Vec<ReviewEntry>,
    /// Why it was not taken; none when it was.
    pub advice: Option<Advice>,
    /// The same as values.
    pub refused: Vec<Refused>,
}

redacted!(Judged { refused });

/// An item that cannot be taken, and why.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refused {
    /// Its number, TRN02.
    pub number: Box<str>,
    /// Why.
    pub why: Refusal,
}

/// Why a document cannot be taken.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, thiserror::Error)]
pub enum Refusal {
    /// No claim, no request and no review has the number.
    #[error("no claim, request or review has this number")]
    Unknown,
    /// The claim is another provider's, or the partner may not send for the provider.
    #[error("it is not this provider's")]
    OtherProvider,
    /// The claim is another patient's.
    #[error("it is not this patient's")]
    OtherPatient,
    /// The claim has another account number.
    #[error("the claim has another account number")]
    OtherAccount,
    /// The item has no document.
    #[error("there is no document")]
    Empty,
    /// There is nothing to dispute.
    #[error(transparent)]
    Dispute(#[from] DisputeRefusal),
    /// The store does not answer.
    #[error("it cannot be taken now; send it again later")]
    Unavailable,
}

impl Refusal {
    /// The condition that the 824 names.
    pub(super) fn condition(self) -> Condition {
        match self {
            Refusal::Unknown
            | Refusal::OtherProvider
            | Refusal::OtherPatient
            | Refusal::OtherAccount => Condition::NotMatching,
            Refusal::Empty => Condition::Missing,
            Refusal::Dispute(DisputeRefusal::Late) => Condition::OutOfRange,
            Refusal::Dispute(_) | Refusal::Unavailable => Condition::Other,
        }
    }
}

/// Judges one 275. What it adds is seen by those after it.
pub(super) fn judge(question: Delivered, found: &mut Found, context: &AnswerContext) -> Judged {
    let Delivered { submission, documents } = question;
    let mut judging =
        Judging { submission: &submission, context, entries: Vec::new(), reviews: Vec::new() };
    let mut refused = Vec::new();
    for (item, documents) in submission.items.iter().zip(&documents) {
        if let Err(why) = judging.check(item, documents, found) {
            refused.push(Refused { number: item.trace.number.clone(), why });
        }
    }
    if refused.is_empty() {
        for (item, documents) in submission.items.iter().zip(&documents) {
            judging.take(item, documents, found);
        }
    }
    let Judging { entries, reviews, .. } = judging;
    let advice = (!refused.is_empty()).then(|| advice::refusal(&submission, &refused, context));
    Judged { entries, reviews, advice, refused }
}

/// The answer when the store cannot be reached.
pub(super) fn unavailable(question: &Delivered, context: &AnswerContext) -> Judged {
    let number = question.submission.items.first().map(|item| item.trace.number.clone());
    let refused = vec![Refused { number: number.unwrap_or_default(), why: Refusal::Unavailable }];
    let advice = Some(advice::refusal(&question.submission, &refused, context));
    Judged { entries: Vec::new(), reviews: Vec::new(), advice, refused }
}

struct Judging<'j> {
    submission: &'j Submission,
    context: &'j AnswerContext,
    entries: Vec<LedgerEntry>,
    reviews: Vec<ReviewEntry>,
}

impl Judging<'_> {
    fn is_dispute(&self, item: &Item) -> bool {
        item.has_category(&self.context.policy.dispute_category)
    }

    /// Whether the item can be taken.
    fn check(&self, item: &Item, documents: &[Document], found: &mut Found) -> Result<(), Refusal> {
        if documents.is_empty() {
            return Err(Refusal::Empty);
        }
        if !is_in_scope(self.submission, &self.context.scope) {
            return Err(Refusal::OtherProvider);
        }
        let claim = self.claim_of(item, found);
        if !self.is_dispute(item) {
            return match claim {
                Ok(Some(_)) => Ok(()),
                Ok(None) => reviews::review_of(self.submission, item, found).map(drop),
                Err(Refusal::Unknown) => match reviews::review_of(self.submission, item, found)? {
                    Some(_) => Ok(()),
                    None => Err(Refusal::Unknown),
                },
                Err(why) => Err(why),
            };
        }
        let number = claim?;
        let number = number.ok_or(Refusal::Unknown)?;
        let history = found.history(&number).ok_or(Refusal::Unknown)?;
        let version = history.versions.iter().find(|version| version.number == number);
        let version = version.ok_or(Refusal::Unknown)?;
        let policy = &self.context.policy;
        Ok(disputes::disputable(version, history, policy, self.context.today())?)
    }

    /// The number of the version that the item belongs to; none when no claim announces it yet.
    fn claim_of(&self, item: &Item, found: &mut Found) -> Result<Option<Box<str>>, Refusal> {
        if names_ours(item) {
            return self.named_claim(&item.trace.number, found).map(Some);
        }
        let mut candidates: Vec<Box<str>> =
            found.numbers(&announced(self.submission, item)).to_vec();
        if candidates.is_empty() && self.is_dispute(item) {
            candidates = found.numbers(&account(self.submission)).to_vec();
            if candidates.is_empty() {
                return Err(Refusal::Unknown);
            }
        }
        let mut why = None;
        for number in candidates {
            match self.belongs(&number, found) {
                Ok(()) => return Ok(Some(latest(&number, found))),
                // A control number of another claim of the provider's: that one does not concern us.
                Err(Refusal::OtherAccount) => {}
                Err(refusal) => why = Some(refusal),
            }
        }
        why.map_or(Ok(None), Err)
    }

    fn named_claim(&self, number: &str, found: &mut Found) -> Result<Box<str>, Refusal> {
        for candidate in named(number) {
            let Some(history) = found.history(candidate) else { continue };
            let claim = match requests::named(history, number) {
                Some(request) => request.claim.clone(),
                None if candidate == number => number.into(),
                None => continue,
            };
            self.belongs(&claim, found)?;
            return Ok(claim);
        }
        Err(Refusal::Unknown)
    }

    /// Whether the documents belong to the version with this number.
    fn belongs(&self, number: &str, found: &mut Found) -> Result<(), Refusal> {
        let history = found.history(number).ok_or(Refusal::Unknown)?;
        let version = history.versions.iter().find(|version| &*version.number == number);
        let version = version.ok_or(Refusal::Unknown)?;
        if !is_providers(self.submission, version) {
            return Err(Refusal::OtherProvider);
        }
        if *version.account != *self.submission.account() {
            return Err(Refusal::OtherAccount);
        }
        if !is_patients(self.submission, version) {
            return Err(Refusal::OtherPatient);
        }
        Ok(())
    }

    /// Adds what a checked item brings.
    fn take(&mut self, item: &Item, documents: &[Document], found: &mut Found) {
        let claim = self.claim_of(item, found).ok().flatten();
        let today = self.context.today();
        // The sender's own number: what it gave the attachment, or the whole set.
        let control = match names_ours(item) {
            true => &self.submission.reference,
            false => &item.trace.number,
        };
        let attachment = |document: &Document, request: &str| Attachment {
            control: control.clone(),
            provider: self.submission.provider.id.clone(),
            account: self.submission.account().into(),
            member_id: self.submission.patient.id.clone(),
            claim: claim.clone(),
            request: request.into(),
            kind: item.wanted.first().map(|wanted| wanted.code.clone()).unwrap_or_default(),
            media: document.media.into(),
            name: "".into(),
            hash: document.hash,
            bytes: document.content.len() as u64,
            received: today,
        };
        let review = match &claim {
            None if !self.is_dispute(item) => {
                reviews::review_of(self.submission, item, found).ok().flatten()
            }
            _ => None,
        };
        if claim.is_none() {
            let receipt = review.map_or("", |review| &*review.receipt);
            let added: Vec<_> =
                documents.iter().map(|document| attachment(document, receipt)).collect();
            self.entries.extend(added.into_iter().map(LedgerEntry::Attachment));
            self.came_for(review, found);
            return;
        }
        let Some(history) = claim.as_deref().and_then(|number| found.history(number)) else {
            return;
        };
        let request = match names_ours(item) && !self.is_dispute(item) {
            true => requests::named(history, &item.trace.number).cloned(),
            false => None,
        };
        let trace = request.as_ref().map_or("", |request| &*request.trace);
        for document in documents {
            let added = attachment(document, trace);
            history.attachments.push(added.clone());
            self.entries.push(LedgerEntry::Attachment(added));
        }
        let number = claim.as_deref().unwrap_or_default();
        if let Some(request) = &request {
            self.answer_request(request, number, history);
        }
        if self.is_dispute(item) {
            self.dispute(number, control, documents, history);
        }
    }

    /// A document came for a review: its time begins anew, once for the whole set.
    fn came_for(&mut self, review: Option<&ReviewRecord>, found: &Found) {
        let Some((review, shared)) = review.zip(found.shared.as_ref()) else { return };
        let change = shared.after_document(review, self.context.now);
        if !self.reviews.iter().any(|known| Some(known) == change.as_ref()) {
            self.reviews.extend(change);
        }
    }

    fn answer_request(
        &mut self,
        request: &crate::store::InformationRequest,
        number: &str,
        history: &mut ClaimHistory,
    ) {
        let Some(version) = history.versions.iter().find(|v| &*v.number == number) else { return };
        let (policy, today) = (&self.context.policy, self.context.today());
        let added = requests::answered(request, &history.attachments, version, policy, today);
        for entry in &added {
            if let LedgerEntry::Request(closed) = entry {
                let known = history.requests.iter_mut().find(|known| known.trace == closed.trace);
                if let Some(known) = known {
                    *known = closed.clone();
                }
            }
        }
        self.entries.extend(added);
    }

    fn dispute(
        &mut self,
        number: &str,
        control: &str,
        documents: &[Document],
        history: &mut ClaimHistory,
    ) {
        let note = documents.iter().find(|document| document.media == "text/plain");
        let note = note.map(|document| String::from_utf8_lossy(&document.content).into_owned());
        let note: String = note.unwrap_or_default().chars().take(NOTE_CHARS_MAX).collect();
        let (policy, today) = (&self.context.policy, self.context.today());
        let (dispute, change) =
            disputes::dispute(history, number, control, note.trim(), policy, today);
        match history.disputes.iter_mut().find(|known| known.number == dispute.number) {
            Some(known) if *known == dispute => return,
            Some(known) => *known = dispute.clone(),
            None => history.disputes.push(dispute.clone()),
        }
        self.entries.push(LedgerEntry::Dispute(dispute));
        self.entries.extend(change.map(LedgerEntry::State));
    }
}

/// The latest version of the claim with this number, which a document for any of them belongs to.
fn latest(number: &str, found: &mut Found) -> Box<str> {
    let history = found.history(number);
    let latest = history.and_then(|history| history.versions.iter().rev().find(|v| v.is_latest()));
    latest.map_or_else(|| number.into(), |version| version.number.clone())
}
