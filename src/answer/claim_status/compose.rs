//! From requests and what was found to answers: no store, no clock, the same answer every time.

use super::lookups::{Found, Outcome, ProviderPlan, SourcePlan, StatusPlan, Told};
use super::select::bill_type;
use super::standing::{bare, of_claim, set_status};
use super::{AnswerContext, standing};
use crate::answer::payer::{contacts, payer_name};
use crate::segments::{Contact, Dated, Demographics, Header, Reference, Sent, StatusCode};
use crate::txn::claim_status::response::{Dependent, Provider, Receiver, Source, Subscriber};
use crate::txn::claim_status::{
    ClaimAnswer, ClaimRequest, Stated, StatusRequest, StatusResponse, request,
};
use crate::wire::Code;

/// Ways to reach the payer that PER of this set has codes for; `EX` only after another.
const WAYS: [&str; 4] = ["TE", "EX", "FX", "EM"];

/// One answer for each request, in order.
pub(super) fn compose(
    requests: Vec<StatusRequest>,
    plan: &StatusPlan,
    mut found: Found,
    context: &AnswerContext,
) -> Vec<StatusResponse> {
    let mut answers = Vec::with_capacity(requests.len());
    for (request, set) in requests.into_iter().zip(&plan.sets) {
        let mut composer =
            Composer { found: &mut found, context, reference: &request.header.reference };
        let sources = request.sources.into_iter().zip(&set.sources);
        let sources = sources.map(|(source, plan)| composer.source(source, plan)).collect();
        answers.push(StatusResponse {
            header: header(&request.header.reference, context),
            sources,
            control: request.control,
        });
    }
    answers
}

/// Answers that there can be no answer now.
pub(super) fn unavailable(request: StatusRequest, context: &AnswerContext) -> StatusResponse {
    let status = set_status(&context.policy.status.unavailable);
    let reference = &request.header.reference;
    let sources = request.sources.into_iter();
    StatusResponse {
        header: header(reference, context),
        sources: sources.map(|source| refused_source(source, status, reference, context)).collect(),
        control: request.control,
    }
}

fn header(reference: &str, context: &AnswerContext) -> Header {
    Header {
        purpose: Code::new("08"),
        reference: reference.into(),
        date: Sent::Value(context.now.date()),
        time: Sent::Value(context.now.time()),
        kind: Code::new("DG"),
    }
}

/// A payer level at which every receiver is refused.
fn refused_source(
    source: request::Source,
    status: StatusCode,
    reference: &str,
    context: &AnswerContext,
) -> Source {
    let receivers = source.receivers.into_iter().map(|receiver| Receiver {
        name: receiver.name,
        refused: Some(stated(status, reference, context)),
        providers: Vec::new(),
    });
    Source { receivers: receivers.collect(), ..payer(source.name, context) }
}

fn payer(asked: crate::segments::Name, context: &AnswerContext) -> Source {
    let payer = &context.policy.members.payer;
    Source { name: payer_name(asked, payer), contact: contact(context), receivers: Vec::new() }
}

/// The payer's first contact that can be reached in a way this set has a code for.
fn contact(context: &AnswerContext) -> Option<Contact> {
    let contacts = contacts(&context.policy.members.payer).into_iter().map(|mut contact| {
        contact.numbers.retain(|(way, _)| WAYS.contains(&way.as_str()));
        contact
    });
    contacts.into_iter().find(|contact| !contact.numbers.is_empty())
}

/// A status that answers the request as a whole.
fn stated(status: StatusCode, reference: &str, context: &AnswerContext) -> Stated {
    Stated { trace: reference.into(), statuses: vec![bare(status, context.today())] }
}

/// Answers one request.
struct Composer<'a> {
    found: &'a mut Found,
    context: &'a AnswerContext,
    /// BHT03 of the request.
    reference: &'a str,
}

impl Composer<'_> {
    fn source(&mut self, asked: request::Source, plan: &SourcePlan) -> Source {
        if let Some(status) = plan.refused {
            return refused_source(asked, status, self.reference, self.context);
        }
        let mut receivers = Vec::with_capacity(asked.receivers.len());
        for (receiver, plan) in asked.receivers.into_iter().zip(&plan.receivers) {
            let providers = receiver.providers.into_iter().zip(plan);
            let providers = providers.map(|(provider, plan)| self.provider(provider, plan));
            receivers.push(Receiver {
                name: receiver.name,
                refused: None,
                providers: providers.collect(),
            });
        }
        Source { receivers, ..payer(asked.name, self.context) }
    }

    fn provider(&mut self, asked: request::Provider, plan: &ProviderPlan) -> Provider {
        if let Some(status) = self.found.refused.get(plan.asker).copied().flatten() {
            let refused = Some(stated(status, self.reference, self.context));
            return Provider { names: asked.names, refused, subscribers: Vec::new() };
        }
        let mut subscribers = Vec::with_capacity(asked.subscribers.len());
        for (subscriber, (own, dependents)) in asked.subscribers.into_iter().zip(&plan.subscribers)
        {
            let dependents = subscriber.dependents.into_iter().zip(dependents);
            let mut claims = self.claims(&subscriber.claims, *own);
            if claims.is_empty() && dependents.len() == 0 {
                // Nothing was asked for; no patient is answered without a status.
                let nothing =
                    ClaimRequest { trace: self.reference.into(), ..ClaimRequest::default() };
                self.claim(&nothing, Outcome::NotFound, &mut claims);
            }
            subscribers.push(Subscriber {
                name: subscriber.name,
                demographics: Demographics::default(),
                claims,
                dependents: dependents
                    .map(|(dependent, index)| Dependent {
                        name: dependent.name,
                        demographics: Demographics::default(),
                        claims: self.claims(&dependent.claims, *index),
                    })
                    .collect(),
            });
        }
        Provider { names: asked.names, refused: None, subscribers }
    }

    /// The answers about one patient: at least one for each request.
    fn claims(&mut self, asked: &[ClaimRequest], patient: usize) -> Vec<ClaimAnswer> {
        let outcomes = self.found.patients.get_mut(patient).map(std::mem::take).unwrap_or_default();
        let mut answers = Vec::with_capacity(asked.len());
        for (request, outcome) in asked.iter().zip(outcomes) {
            self.claim(request, outcome, &mut answers);
        }
        answers
    }

    fn claim(&self, asked: &ClaimRequest, outcome: Outcome, answers: &mut Vec<ClaimAnswer>) {
        let policy = &self.context.policy.status;
        let without = |text: &str| without_claim(asked, set_status(text), self.context);
        match outcome {
            Outcome::UnknownPatient => answers.push(without(&policy.unknown_patient)),
            Outcome::NotFound => answers.push(without(&policy.not_found)),
            Outcome::TooMany => answers.push(without(&policy.too_many)),
            Outcome::Claims { by_other, claims } => {
                if by_other {
                    answers.push(without(&policy.not_found));
                }
                answers.extend(claims.into_iter().map(|told| self.with_claim(asked, told)));
            }
        }
    }

    fn with_claim(&self, asked: &ClaimRequest, told: Told) -> ClaimAnswer {
        let Told { claim, lines } = told;
        let own = |qualifier, value: &str| reference(qualifier, value);
        let sent = |qualifier| reference(qualifier, asked.reference(qualifier).unwrap_or(""));
        let references = [
            own("1K", &claim.number),
            own("BLT", &bill_type(&claim).unwrap_or_default()),
            own("EJ", &claim.account),
            sent("XZ"),
            sent("D9"),
        ];
        ClaimAnswer {
            trace: asked.trace.clone(),
            statuses: vec![of_claim(&claim, &self.context.policy.status)],
            references: references.into_iter().flatten().collect(),
            service: Dated::between("472", claim.from, claim.to).when,
            lines,
        }
    }
}

/// An answer that tells of no claim: what was sent, but never the number that was asked for.
fn without_claim(asked: &ClaimRequest, status: StatusCode, context: &AnswerContext) -> ClaimAnswer {
    let sent = |qualifier| reference(qualifier, asked.reference(qualifier).unwrap_or(""));
    ClaimAnswer {
        trace: asked.trace.clone(),
        statuses: vec![standing::bare(status, context.today())],
        references: ["BLT", "EJ", "XZ", "D9"].into_iter().filter_map(sent).collect(),
        service: asked.service,
        lines: Vec::new(),
    }
}

fn reference(qualifier: &str, value: &str) -> Option<Reference> {
    let value = value.trim();
    (!value.is_empty()).then(|| Reference {
        qualifier: Code::from(qualifier),
        value: value.into(),
        description: Box::default(),
    })
}
