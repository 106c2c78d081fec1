//! Answers requests for the status of claims: from a [`StatusRequest`] and the claim ledger to a [`StatusResponse`].
//!
//! ```text
//! request -> payer, provider (may they ask?) -> patient (who is it?) -> claims (which fit, which may be seen?) -> status
//! ```
//!
//! What may not be seen is answered as if it were not there, so that an answer says nothing about other people's claims.

mod compose;
mod lines;
mod lookups;
mod select;
mod standing;
#[cfg(test)]
mod tests;

pub use lookups::{Found, StatusPlan};

use std::sync::Arc;

use super::Responder;
use crate::acknowledge::ReplyKind;
use crate::config::{ClaimStatusPolicy, EligibilityPolicy};
use crate::partner::Partner;
use crate::store::{StoreError, Stores};
use crate::tree::LoopRef;
use crate::txn::claim_status::{GUIDE, StatusRequest, StatusResponse};
use crate::wire::{EmitError, Emitter};

/// What decides about an answer besides the request and the store.
#[derive(Clone, Debug, Default)]
pub struct StatusPolicy {
    /// How claim status is answered.
    pub status: Arc<ClaimStatusPolicy>,
    /// How members are found, and who we are.
    pub members: Arc<EligibilityPolicy>,
}

/// Everything an answer depends on besides the request and the store.
pub type AnswerContext = super::AnswerContext<StatusPolicy>;

/// The reply that answers a request.
pub const ANSWER_277: ReplyKind =
    ReplyKind { order: ReplyKind::FIRST_ANSWER + 1, name: "277", functional: "HN", version: GUIDE };

/// Answers requests for the status of claims.
#[derive(Clone, Copy, Debug, Default)]
pub struct ClaimStatusService;

impl Responder for ClaimStatusService {
    type Question = StatusRequest;
    type Lookup = StatusPlan;
    type Found = Found;
    type Answer = StatusResponse;
    type Policy = StatusPolicy;

    const SET: &'static str = "276";
    const REPLY: ReplyKind = ANSWER_277;

    fn policy(partner: &Partner) -> Arc<StatusPolicy> {
        let (status, members) = (partner.claim_status.clone(), partner.eligibility.clone());
        Arc::new(StatusPolicy { status, members })
    }

    fn read(&self, root: LoopRef<'_>) -> StatusRequest {
        StatusRequest::read(root)
    }

    fn weight(&self, request: &StatusRequest) -> u64 {
        request.claims() as u64
    }

    fn plan(&self, requests: &[StatusRequest], context: &AnswerContext) -> StatusPlan {
        StatusPlan::new(requests, context)
    }

    async fn fetch<'a>(
        &'a self,
        stores: &'a Stores,
        lookup: &'a StatusPlan,
    ) -> Result<Found, StoreError> {
        lookups::fetch(stores, lookup).await
    }

    fn answer(
        &self,
        requests: Vec<StatusRequest>,
        lookup: StatusPlan,
        found: Found,
        context: &AnswerContext,
    ) -> Vec<StatusResponse> {
        compose::compose(requests, &lookup, found, context)
    }

    fn unavailable(
        &self,
        requests: Vec<StatusRequest>,
        context: &AnswerContext,
    ) -> Vec<StatusResponse> {
        requests.into_iter().map(|request| compose::unavailable(request, context)).collect()
    }

    fn write(
        &self,
        mut answer: StatusResponse,
        control: &str,
        out: &mut Emitter,
    ) -> Result<(), EmitError> {
        answer.control = control.into();
        answer.write(out)
    }
}
