//! What to look up for a run of inquiries, and what was found: the only part that reads the store.

use super::rejections::Reasons;
use super::requester::{check_payer, check_requester, check_set};
use super::search::lookup;
use super::{AnswerContext, search};
use crate::answer::members::fetch;
use crate::config::eligibility::EligibilityPolicy;
use crate::store::{MemberFile, MemberSearch, Provider, StoreError, Stores};
use crate::txn::eligibility::{Inquiry, inquiry};
use rustc_hash::FxHashMap;

/// What to look up for a run of inquiries, each thing once, and their errors so far.
#[derive(Debug, Default)]
pub struct SearchPlan {
    /// One for each subscriber that can be searched for.
    pub(super) members: Vec<MemberSearch>,
    /// For each of `members`: dependents are asked about, so that the family is needed as well.
    pub(super) with_family: Vec<bool>,
    /// Ids of providers, each once.
    pub(super) providers: Vec<Box<str>>,
    /// One for each inquiry.
    pub(super) sets: Vec<SetPlan>,
}

#[derive(Debug, Default)]
pub(super) struct SetPlan {
    /// Reported in 2000A.
    pub(super) reasons: Reasons,
    pub(super) sources: Vec<SourcePlan>,
}

#[derive(Debug, Default)]
pub(super) struct SourcePlan {
    /// Reported in 2100A.
    pub(super) reasons: Reasons,
    /// Empty when the source is rejected.
    pub(super) receivers: Vec<ReceiverPlan>,
}

#[derive(Debug, Default)]
pub(super) struct ReceiverPlan {
    /// Reported in 2100B.
    pub(super) reasons: Reasons,
    /// Index into [`SearchPlan::providers`].
    pub(super) provider: Option<usize>,
    /// Empty when the receiver is rejected.
    pub(super) subscribers: Vec<SubscriberPlan>,
}

#[derive(Debug, Default)]
pub(super) struct SubscriberPlan {
    /// Reported in 2100C.
    pub(super) reasons: Reasons,
    /// Index into [`SearchPlan::members`].
    pub(super) search: Option<usize>,
    /// The same for the searches to try if that finds nobody.
    pub(super) others: Vec<usize>,
}

/// What was found for a [`SearchPlan`].
#[derive(Debug, Default)]
pub struct Found {
    /// For each of [`SearchPlan::members`].
    pub(super) members: Vec<Vec<MemberFile>>,
    /// By subscriber number, where dependents are asked about.
    pub(super) families: FxHashMap<Box<str>, Vec<MemberFile>>,
    /// For each of [`SearchPlan::providers`].
    pub(super) providers: Vec<Option<Provider>>,
}

impl SearchPlan {
    pub(super) fn new(
        inquiries: &[Inquiry],
        policy: &EligibilityPolicy,
        context: &AnswerContext,
    ) -> SearchPlan {
        let mut planner =
            Planner { plan: SearchPlan::default(), known: FxHashMap::default(), policy, context };
        for inquiry in inquiries {
            let set = planner.set(inquiry);
            planner.plan.sets.push(set);
        }
        planner.plan
    }
}

struct Planner<'a> {
    plan: SearchPlan,
    /// Index of each provider id in the plan.
    known: FxHashMap<Box<str>, usize>,
    policy: &'a EligibilityPolicy,
    context: &'a AnswerContext,
}

impl Planner<'_> {
    fn set(&mut self, inquiry: &Inquiry) -> SetPlan {
        let reasons = check_set(inquiry, self.policy, self.context.lane);
        let rejected = !reasons.is_empty();
        let sources = inquiry.sources.iter().map(|source| self.source(source, rejected)).collect();
        SetPlan { reasons, sources }
    }

    fn source(&mut self, source: &inquiry::Source, rejected: bool) -> SourcePlan {
        let reasons = check_payer(&source.name, self.policy);
        if rejected || !reasons.is_empty() {
            return SourcePlan { reasons, receivers: Vec::new() };
        }
        let receivers = source.receivers.iter().map(|receiver| self.receiver(receiver)).collect();
        SourcePlan { reasons, receivers }
    }

    fn receiver(&mut self, receiver: &inquiry::Receiver) -> ReceiverPlan {
        let requester = check_requester(receiver, self.context);
        let provider = requester.lookup.map(|id| {
            *self.known.entry(id).or_insert_with_key(|id| {
                self.plan.providers.push(id.clone());
                self.plan.providers.len() - 1
            })
        });
        let rejected = !requester.reasons.is_empty();
        let subscribers = receiver.subscribers.iter().filter(|_| !rejected);
        let subscribers = subscribers.map(|subscriber| self.subscriber(subscriber)).collect();
        ReceiverPlan { reasons: requester.reasons, provider, subscribers }
    }

    fn subscriber(&mut self, subscriber: &inquiry::Subscriber) -> SubscriberPlan {
        let search::Lookup { reasons, search, others } = lookup(&subscriber.person, self.policy);
        let mut add = |search| {
            self.plan.members.push(search);
            self.plan.with_family.push(!subscriber.dependents.is_empty());
            self.plan.members.len() - 1
        };
        let search = search.map(&mut add);
        SubscriberPlan { reasons, search, others: others.into_iter().map(add).collect() }
    }
}

/// Looks up what the plan names: each kind in one batched call, families after the subscribers they belong
/// to.
pub async fn fetch(stores: &Stores, plan: &SearchPlan) -> Result<Found, StoreError> {
    let wanted = fetch::Wanted {
        members: &plan.members,
        with_family: &plan.with_family,
        providers: &plan.providers,
    };
    let fetch::Fetched { members, providers, families } = fetch::fetch(stores, wanted).await?;
    Ok(Found { members, providers, families })
}
