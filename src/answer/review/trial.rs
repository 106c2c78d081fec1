//! What the rules would do with a request, without storing anything.

use super::lookups::fetch;
use super::{AnswerContext, Facts, Requests, ReviewAnswer, ReviewPlan, ReviewService, Rules};
use crate::answer::Responder;
use crate::store::{Result, Stores};
use crate::txn::review::{Purpose, Review};

/// A request that was tried.
pub struct Trial {
    /// What would be answered.
    pub answer: ReviewAnswer,
    /// The rules in their order, up to the one that decides; none where the rules were not asked.
    pub steps: Vec<TrialStep>,
}

crate::phi::redacted!(Trial { steps });

/// A rule, and why it does not decide.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TrialStep {
    /// Its name.
    pub rule: Box<str>,
    /// Why there is such a rule.
    pub note: Box<str>,
    /// The condition that does not hold; none where the rule decides.
    pub miss: Option<&'static str>,
}

/// Which rules were looked at.
pub(super) fn steps(rules: &Rules, facts: &Facts) -> Vec<TrialStep> {
    let mut steps = Vec::new();
    for rule in &rules.all {
        let miss = rule.miss(facts);
        steps.push(TrialStep { rule: rule.name.clone(), note: rule.note.clone(), miss });
        if miss.is_none() {
            break;
        }
    }
    steps
}

impl ReviewService<Requests> {
    /// Answers a request without storing anything, and says which rules were looked at.
    ///
    /// # Errors
    /// The store could not be read.
    pub async fn attempt(
        &self,
        review: Review,
        stores: &Stores,
        context: &AnswerContext,
    ) -> Result<Option<Trial>> {
        let plan = ReviewPlan::new(Purpose::Request, std::slice::from_ref(&review), context);
        let rules = self.shared.rules(&context.policy.reviews.rules);
        let found = fetch(stores, &plan, None, rules.clone()).await?;
        let answers = self.answer(vec![review], plan, found, context);
        Ok(answers.into_iter().next().map(|answer| {
            let steps = answer.facts.as_ref().map(|facts| steps(&rules, facts)).unwrap_or_default();
            Trial { answer, steps }
        }))
    }
}
