//! Eligibility answered: from an [`Inquiry`] and what the store knows to a [`Response`].
//!
//! Three steps, so that the slow one is done once for many inquiries: [`EligibilityService::plan_searches`]
//! says what to look up, [`fetch`] looks it up, [`EligibilityService::compose`] answers. The first and the
//! last are pure; time, scope and policy come with the [`AnswerContext`].
//!
//! ```text
//! inquiry -> requester (may they ask?) -> search -> store -> identify (who is it?) -> dates -> benefits -> response
//!                                            rejections (AAA) at every step
//! ```

mod benefits;
mod codes;
mod compose;
mod dates;
mod identify;
mod lookups;
mod persons;
mod rejections;
mod requester;
mod search;
mod sheets;
#[cfg(test)]
mod tests;

pub use lookups::{Found, SearchPlan, fetch};

use crate::config::EligibilityPolicy;
use crate::partner::{Lane, ProviderScope};
use crate::store::{Plan, StoreError, Stores};
use crate::txn::eligibility::Inquiry;
use crate::txn::eligibility::response::{Response, Source};
use crate::wire::Code;
use compose::{Composer, header};
use rejections::Reason;
use requester::{contacts, payer_name};
use rustc_hash::FxHashMap;
use sheets::PlanSheets;
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
    /// What our own trace numbers begin with, unique to this interchange (its number, say); ST02 and the
    /// patient's ordinal follow. Traces of our own are written only when the policy names their originator.
    pub trace: Box<str>,
}

impl AnswerContext {
    /// The payer's date.
    pub fn today(&self) -> Date {
        self.now.date()
    }
}

/// Answers eligibility inquiries. Made anew when plans or policy change; shared by reference otherwise.
#[derive(Debug)]
pub struct EligibilityService {
    plans: FxHashMap<Box<str>, PlanSheets>,
    policy: Arc<EligibilityPolicy>,
}

impl EligibilityService {
    /// A service that knows these plans.
    pub fn new(plans: Vec<Plan>, policy: EligibilityPolicy) -> EligibilityService {
        let prepare = |plan: Plan| (plan.id.clone(), PlanSheets::new(plan, &policy));
        let plans = plans.into_iter().map(prepare).collect();
        EligibilityService { plans, policy: Arc::new(policy) }
    }

    /// The payer's own policy.
    pub fn policy(&self) -> &EligibilityPolicy {
        &self.policy
    }

    /// Service types that every plan must speak of and a plan does not, as pairs of plan id and code: for a
    /// warning when plans are loaded.
    pub fn unsaid_service_types(&self) -> impl Iterator<Item = (&str, Code)> {
        self.plans.values().flat_map(|sheets| sheets.unsaid().map(|code| (&*sheets.plan.id, code)))
    }

    /// Answers all inquiries, one response each, in order.
    pub async fn answer_all(
        &self,
        stores: &Stores,
        inquiries: Vec<Inquiry>,
        context: &AnswerContext,
    ) -> Result<Vec<Response>, StoreError> {
        let plan = self.plan_searches(&inquiries, context);
        let found = fetch(stores, &plan).await?;
        Ok(self.compose(inquiries, plan, found, context))
    }

    /// Says what to look up for these inquiries.
    pub fn plan_searches(&self, inquiries: &[Inquiry], context: &AnswerContext) -> SearchPlan {
        SearchPlan::new(inquiries, self.policy_for(context), context)
    }

    /// Answers the inquiries the plan was made for, one response each, in order.
    pub fn compose(
        &self,
        inquiries: Vec<Inquiry>,
        plan: SearchPlan,
        found: Found,
        context: &AnswerContext,
    ) -> Vec<Response> {
        let composer = Composer {
            plans: &self.plans,
            policy: self.policy_for(context),
            context,
            families: &found.families,
            providers: &found.providers,
            members: found.members,
        };
        composer.compose(inquiries, plan)
    }

    /// Answers the inquiries when the store cannot be reached: AAA 42 at the payer, to be asked again later.
    pub fn unavailable(&self, inquiries: Vec<Inquiry>, context: &AnswerContext) -> Vec<Response> {
        let policy = self.policy_for(context);
        let source = |name| Source {
            name: payer_name(name, policy),
            contacts: contacts(policy),
            name_rejections: vec![Reason::Unavailable.rejection()],
            ..Source::default()
        };
        let answer = |inquiry: Inquiry| Response {
            header: header(inquiry.header.reference, context),
            sources: inquiry.sources.into_iter().map(|asked| source(asked.name)).collect(),
            control: inquiry.control,
        };
        inquiries.into_iter().map(answer).collect()
    }

    fn policy_for<'a>(&'a self, context: &'a AnswerContext) -> &'a EligibilityPolicy {
        context.policy.as_deref().unwrap_or(&self.policy)
    }
}
