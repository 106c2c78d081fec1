//! Answers eligibility inquiries: from an [`Inquiry`] and the data of the store to a [`Response`].
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
mod lookups;
mod persons;
mod place;
mod remaining;
mod requester;
mod sheets;
mod standing;
#[cfg(test)]
mod tests;

pub(super) use dates::benefit_year;
pub use lookups::{Found, SearchPlan, fetch};

use super::Responder;
use super::members::{identify, search};
use super::payer::{contacts, payer_name};
use super::rejections;
use crate::acknowledge::ReplyKind;
use crate::config::EligibilityPolicy;
use crate::partner::Partner;
use crate::store::{Plan, StoreError, Stores};
use crate::tree::LoopRef;
use crate::txn::eligibility::response::{Response, Source};
use crate::txn::eligibility::{GUIDE, Inquiry};
use crate::wire::{Code, EmitError, Emitter};
use compose::{Composer, header};
use rejections::Reason;

use rustc_hash::FxHashMap;
use sheets::PlanSheets;
use std::sync::Arc;

/// Everything an answer depends on besides the inquiry and the store.
pub type AnswerContext = super::AnswerContext<EligibilityPolicy>;

/// The reply that answers an inquiry.
pub const ANSWER_271: ReplyKind =
    ReplyKind { order: ReplyKind::FIRST_ANSWER, name: "271", functional: "HB", version: GUIDE };

/// Answers eligibility inquiries. Created anew when plans or policy change; otherwise shared by reference.
#[derive(Debug)]
pub struct EligibilityService {
    plans: FxHashMap<Box<str>, PlanSheets>,
}

impl EligibilityService {
    /// A service with these plans.
    pub fn new(plans: Vec<Plan>, policy: &EligibilityPolicy) -> EligibilityService {
        let prepare = |plan: Plan| (plan.id.clone(), PlanSheets::new(plan, policy));
        EligibilityService { plans: plans.into_iter().map(prepare).collect() }
    }

    /// Logs which plans say nothing about a service type that every plan must cover.
    pub(super) fn warn_of_plans(&self) {
        for (plan, service_type) in self.unsaid_service_types() {
            tracing::warn!(plan, %service_type, "a plan neither covers nor excludes a service type that every plan must address");
        }
    }

    /// Service types that every plan must address and a plan does not, as pairs of plan id and code: for a
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
        SearchPlan::new(inquiries, &context.policy, context)
    }

    /// Answers the inquiries the search plan was made for, one response each, in order.
    pub fn compose(
        &self,
        inquiries: Vec<Inquiry>,
        plan: SearchPlan,
        found: Found,
        context: &AnswerContext,
    ) -> Vec<Response> {
        let composer = Composer {
            plans: &self.plans,
            policy: &context.policy,
            context,
            families: &found.families,
            providers: &found.providers,
            members: found.members,
        };
        composer.compose(inquiries, plan)
    }

    /// Answers the inquiries when the store cannot be reached: AAA 42 at the payer, to be resubmitted later.
    pub fn unavailable(&self, inquiries: Vec<Inquiry>, context: &AnswerContext) -> Vec<Response> {
        let policy = &context.policy;
        let source = |name| Source {
            name: payer_name(name, &policy.payer),
            contacts: contacts(&policy.payer),
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
}

impl Responder for EligibilityService {
    type Question = Inquiry;
    type Lookup = SearchPlan;
    type Found = Found;
    type Answer = Response;
    type Policy = EligibilityPolicy;

    const SET: &'static str = "270";
    const REPLY: ReplyKind = ANSWER_271;

    fn policy(partner: &Partner) -> Arc<EligibilityPolicy> {
        partner.eligibility.clone()
    }

    fn read(&self, root: LoopRef<'_>) -> Inquiry {
        Inquiry::read(root)
    }

    fn weight(&self, inquiry: &Inquiry) -> u64 {
        inquiry.patients() as u64
    }

    fn plan(&self, inquiries: &[Inquiry], context: &AnswerContext) -> SearchPlan {
        self.plan_searches(inquiries, context)
    }

    async fn fetch<'a>(
        &'a self,
        stores: &'a Stores,
        lookup: &'a SearchPlan,
    ) -> Result<Found, StoreError> {
        fetch(stores, lookup).await
    }

    fn answer(
        &self,
        inquiries: Vec<Inquiry>,
        lookup: SearchPlan,
        found: Found,
        context: &AnswerContext,
    ) -> Vec<Response> {
        self.compose(inquiries, lookup, found, context)
    }

    fn unavailable(&self, inquiries: Vec<Inquiry>, context: &AnswerContext) -> Vec<Response> {
        EligibilityService::unavailable(self, inquiries, context)
    }

    fn write(
        &self,
        mut answer: Response,
        control: &str,
        out: &mut Emitter,
    ) -> Result<(), EmitError> {
        answer.control = control.into();
        answer.write(out)
    }
}
