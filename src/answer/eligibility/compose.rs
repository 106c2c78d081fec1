//! From inquiries and look-ups to responses: no store, no clock, the same answer every time.

use super::benefits::{Asked, Teller, dated, others, plan_dates, plan_references};
use super::dates::service_dates;
use super::identify::{dependent, is_id_of_family, subscriber_of_family, subscriber_patient};
use super::lookups::{ReceiverPlan, SearchPlan, SetPlan, SourcePlan, SubscriberPlan};
use super::persons::{Role, as_sent, on_file};
use super::place::unused;
use super::rejections::{Reason, Reasons};
use super::requester::check_provider;
use super::search::normalise_id;
use super::sheets::PlanSheets;
use super::standing::Standing;
use super::{AnswerContext, codes};
use crate::answer::payer::{contacts, payer_name};
use crate::config::eligibility::EligibilityPolicy;
use crate::store::{Coverage, Member, MemberFile, Provider, Relationship};
use crate::txn::eligibility::inquiry::{self, Request};
use crate::txn::eligibility::response::{
    Answer, Benefit, Benefits, Receiver, Response, Source, Subscriber,
};
use crate::txn::eligibility::{Dated, Header, Inquiry, Person, Sent, Trace, When};
use crate::wire::Code;
use rustc_hash::FxHashMap;

/// Answers a run of inquiries.
pub(super) struct Composer<'a> {
    pub(super) plans: &'a FxHashMap<Box<str>, PlanSheets>,
    pub(super) policy: &'a EligibilityPolicy,
    pub(super) context: &'a AnswerContext,
    pub(super) families: &'a FxHashMap<Box<str>, Vec<MemberFile>>,
    pub(super) providers: &'a [Option<Provider>],
    /// Removed one by one as they are answered.
    pub(super) members: Vec<Vec<MemberFile>>,
}

/// One inquiry being answered.
struct Set {
    /// ST02, for our own trace numbers.
    control: Box<str>,
    /// Patients answered so far.
    patients: u32,
}

impl<'a> Composer<'a> {
    /// One response for each inquiry, in order.
    pub(super) fn compose(mut self, inquiries: Vec<Inquiry>, plan: SearchPlan) -> Vec<Response> {
        inquiries.into_iter().zip(plan.sets).map(|(inquiry, set)| self.set(inquiry, set)).collect()
    }

    fn set(&mut self, inquiry: Inquiry, plan: SetPlan) -> Response {
        let header = header(inquiry.header.reference, self.context);
        let mut set = Set { control: inquiry.control.clone(), patients: 0 };
        let SetPlan { reasons, sources } = plan;
        let sources = inquiry.sources.into_iter().zip(sources);
        let sources = sources.map(|(source, plan)| self.source(source, plan, &reasons, &mut set));
        Response { sources: sources.collect(), control: inquiry.control, header }
    }

    fn source(
        &mut self,
        source: inquiry::Source,
        plan: SourcePlan,
        set_reasons: &Reasons,
        set: &mut Set,
    ) -> Source {
        let receivers = source.receivers.into_iter().zip(plan.receivers);
        Source {
            rejections: set_reasons.rejections(),
            name: payer_name(source.name, &self.policy.payer),
            contacts: contacts(&self.policy.payer),
            name_rejections: plan.reasons.rejections(),
            receivers: receivers
                .map(|(receiver, plan)| self.receiver(receiver, plan, set))
                .collect(),
        }
    }

    fn receiver(
        &mut self,
        asked: inquiry::Receiver,
        plan: ReceiverPlan,
        set: &mut Set,
    ) -> Receiver {
        let mut reasons = plan.reasons;
        let provider = plan.provider.and_then(|index| self.providers.get(index)?.as_ref());
        if plan.provider.is_some() {
            check_provider(provider, &mut reasons);
        }
        let mut receiver =
            Receiver { name: asked.name, references: asked.references, ..Receiver::default() };
        receiver.references.retain(|reference| codes::is_receiver_reference(reference.qualifier));
        if !reasons.is_empty() {
            receiver.rejections = reasons.rejections();
            return receiver;
        }
        for (subscriber, plan) in asked.subscribers.into_iter().zip(plan.subscribers) {
            self.subscriber(subscriber, &plan, provider, set, &mut receiver.subscribers);
        }
        receiver
    }

    /// Answers a 2000C loop and those inside it. A person may be answered at another level than they were asked
    /// about: who has an id of their own is a subscriber, who has none is a dependent.
    fn subscriber(
        &mut self,
        asked: inquiry::Subscriber,
        plan: &SubscriberPlan,
        provider: Option<&'a Provider>,
        set: &mut Set,
        answers: &mut Vec<Subscriber>,
    ) {
        let is_patient = asked.is_patient();
        let inquiry::Subscriber { traces, person, requests, dependents } = asked;
        let search = plan.search;
        let mut hits = search.and_then(|index| self.members.get_mut(index)).map(std::mem::take);
        if let Some(hits) = hits.as_mut().filter(|hits| hits.is_empty()) {
            for file in plan.others.iter().filter_map(|index| self.members.get(*index)).flatten() {
                if hits.iter().all(|known| known.member.id() != file.member.id()) {
                    hits.push(file.clone());
                }
            }
        }
        let family_of = (!dependents.is_empty()).then(|| match &hits {
            Some(hits) => subscriber_of_family(&person, hits, self.policy),
            None => Err(Reasons::default()),
        });
        let patient = Patient { traces, person, requests, provider };
        if is_patient {
            let mut hits = hits.unwrap_or_default();
            let identified = match search {
                Some(_) => subscriber_patient(&patient.person, &hits, self.policy)
                    .map(|index| hits.swap_remove(index)),
                None => Err(Reasons::default()),
            };
            let found = merge(identified, plan.reasons.clone());
            answers.push(self.subscriber_answer(patient, found, set));
        } else {
            let found =
                merge(family_of.clone().unwrap_or(Err(Reasons::default())), plan.reasons.clone());
            let Patient { traces, person, .. } = patient;
            let mut answer = Answer { traces: self.traces(traces, None), ..Answer::default() };
            match found {
                Ok(member) => {
                    answer.person = on_file(member, &person, Role::Subscriber, self.policy);
                    answers.push(Subscriber { answer, dependents: Vec::new() });
                }
                Err(reasons) => {
                    answer.person = as_sent(person);
                    answer.rejections = reasons.rejections();
                    answers.push(Subscriber { answer, dependents: Vec::new() });
                }
            }
        }
        match family_of {
            Some(Ok(subscriber)) if plan.reasons.is_empty() => {
                self.dependents(dependents, &subscriber, provider, set, answers, is_patient);
            }
            _ => self.orphans(dependents, set, answers),
        }
    }

    /// Answers dependents of a subscriber who is not known: each keeps its trace, and is not found.
    fn orphans(&self, asked: Vec<inquiry::Dependent>, set: &mut Set, answers: &mut [Subscriber]) {
        let Some(subscriber) = answers.last_mut() else { return };
        for inquiry::Dependent { traces, person, .. } in asked {
            set.patients += 1;
            subscriber.dependents.push(Answer {
                traces: self.traces(traces, Some(set)),
                person: as_sent(person),
                rejections: Reasons::from(Reason::DependentNotFound).rejections(),
                benefits: Benefits::default(),
            });
        }
    }

    fn dependents(
        &self,
        asked: Vec<inquiry::Dependent>,
        subscriber: &Member,
        provider: Option<&Provider>,
        set: &mut Set,
        answers: &mut Vec<Subscriber>,
        subscriber_is_patient: bool,
    ) {
        let way = answers.len() - 1;
        let family = self.families.get(&subscriber.subscriber).map_or(&[][..], |family| family);
        for inquiry::Dependent { traces, person, requests } in asked {
            let patient = Patient { traces, person, requests, provider };
            let found = dependent(&patient.person, family, self.policy).cloned();
            match found {
                Ok(file) if file.member.own_id => {
                    let answer = self.answer(patient, Ok(file), Role::Subscriber, set);
                    answers.push(Subscriber { answer, dependents: Vec::new() });
                }
                found => {
                    let answer = self.answer(patient, found, Role::Dependent, set);
                    answers[way].dependents.push(answer);
                }
            }
        }
        // A subscriber level that only led to people with ids of their own is left out.
        if !subscriber_is_patient && answers[way].dependents.is_empty() && answers.len() > way + 1 {
            answers.remove(way);
        }
    }

    /// Answers a patient asked about in 2000C: as a dependent under their subscriber when they have no id
    /// of their own.
    fn subscriber_answer(
        &self,
        patient: Patient<'_>,
        found: Result<MemberFile, Reasons>,
        set: &mut Set,
    ) -> Subscriber {
        if let Ok(file) = &found
            && !file.member.own_id
            && file.member.relationship != Relationship::Myself
            && let Some(subscriber) = &file.subscriber
        {
            let nobody = Person::default();
            let way = on_file((**subscriber).clone(), &nobody, Role::Subscriber, self.policy);
            let answer = self.answer(patient, found, Role::Dependent, set);
            if answer.rejections.is_empty() {
                let way = Answer { person: way, ..Answer::default() };
                return Subscriber { answer: way, dependents: vec![answer] };
            }
            return Subscriber { answer, dependents: Vec::new() };
        }
        let answer = self.answer(patient, found, Role::Subscriber, set);
        Subscriber { answer, dependents: Vec::new() }
    }

    fn answer(
        &self,
        mut patient: Patient<'_>,
        found: Result<MemberFile, Reasons>,
        role: Role,
        set: &mut Set,
    ) -> Answer {
        set.patients += 1;
        let traces = self.traces(std::mem::take(&mut patient.traces), Some(set));
        let today = self.context.today();
        let when = service_dates(patient.person.date("291"), &self.policy.dates, today);
        let answerable = match (found, when) {
            (Ok(file), Ok(when)) => {
                let mut reasons = self.check_day(when, &file, patient.provider);
                let elsewhere = self.is_in_another_group(&patient.person, &file, when);
                reasons.add_if(
                    elsewhere,
                    match role {
                        Role::Subscriber => Reason::NotInGroup,
                        Role::Dependent => Reason::DependentNotFound,
                    },
                );
                if reasons.is_empty() { Ok((file, when)) } else { Err(reasons) }
            }
            (found, when) => {
                let mut reasons = found.err().unwrap_or_default();
                reasons.extend(&when.err().unwrap_or_default());
                Err(reasons)
            }
        };
        match answerable {
            Ok((file, when)) => {
                let (person, benefits) = self.covered(file, &patient, when, role);
                Answer { traces, person, benefits, rejections: Vec::new() }
            }
            Err(reasons) => {
                let (person, rejections) = (as_sent(patient.person), reasons.rejections());
                Answer { traces, person, rejections, benefits: Benefits::default() }
            }
        }
    }

    /// The reasons not to answer for this member and this provider on these days.
    fn check_day(&self, when: When, file: &MemberFile, provider: Option<&Provider>) -> Reasons {
        let mut reasons = Reasons::default();
        reasons.add_if(when.first() < file.member.birth, Reason::BornLater);
        reasons.add_if(
            file.member.death.is_some_and(|death| death < when.first()),
            Reason::DiedEarlier,
        );
        let (from, to) = provider.map_or((None, None), |provider| provider.enrolled);
        let outside =
            from.is_some_and(|from| when.last() < from) || to.is_some_and(|to| when.first() > to);
        reasons.add_if(self.policy.check_enrollment && outside, Reason::OutsideEnrollment);
        reasons
    }

    /// True when a group number was sent and the member belongs to other groups only.
    fn is_in_another_group(&self, person: &Person, file: &MemberFile, when: When) -> bool {
        let (group, policy) = (person.reference("6P"), person.reference("1L"));
        let Some(sent) = group.or(policy) else { return false };
        // 1L is a group or a policy number, which is the member's id.
        let policy_of = |sent: &str| {
            normalise_id(sent, self.policy).is_some_and(|id| is_id_of_family(&id, &file.member))
        };
        if group.is_none() && policy_of(sent) {
            return false;
        }
        let standings = Standing::over(file, when, |_| None);
        let spans = standings.iter().flat_map(|s| s.active.iter().copied().chain(s.nearest));
        let mut groups = spans.filter_map(|coverage| coverage.group.as_deref()).peekable();
        self.policy.check_group
            && groups.peek().is_some()
            && !groups.any(|group| group.eq_ignore_ascii_case(sent.trim()))
    }

    /// The member on file and what they are covered for.
    fn covered(
        &self,
        file: MemberFile,
        patient: &Patient<'_>,
        main: When,
        role: Role,
    ) -> (Person, Benefits) {
        let mut refused = Vec::new();
        let service_day = dated("472", main);
        let asked = self.group(patient, main, &file, &mut refused);
        let year_begin = |coverage: &Coverage| {
            self.plans.get(&coverage.plan).map(|sheets| sheets.plan.year_begin)
        };
        let standings: Vec<Vec<Standing<'_>>> =
            asked.iter().map(|asked| Standing::over(&file, asked.when, year_begin)).collect();
        let all = || standings.iter().flatten();
        let dated = standings.iter().any(|parts| parts.len() > 1)
            || asked.iter().any(|other| other.when != asked[0].when);
        let mut plans: Vec<&str> = all().flat_map(|s| &s.active).map(|c| &*c.plan).collect();
        plans.sort_unstable();
        plans.dedup();
        let named = plans.len() > 1;
        let dated_lines = standings.len() > 1 || dated || all().any(|s| s.active.len() > 1);
        let mut benefits = Benefits::with_capacity(12);
        for (asked, parts) in asked.iter().zip(&standings) {
            for standing in parts {
                let Standing { when, day, .. } = *standing;
                let (file, policy) = (&file, self.policy);
                let teller = Teller { file, asked, when, day, policy, dated_lines, named, dated };
                self.tell(standing, &teller, &mut benefits);
            }
        }
        let days = asked.iter().map(|asked| asked.when).filter(|when| {
            all().any(|s| !s.active.is_empty() && when.first() <= s.day && s.day <= when.last())
        });
        if let Some(days) = days.reduce(|one, other| {
            When::Span(one.first().min(other.first()), one.last().max(other.last()))
        }) {
            others(&file, days, self.policy, &mut benefits);
        }
        refused.into_iter().for_each(|benefit| benefits.push(benefit));
        let names_place = |place: &str| {
            plans.iter().any(|plan| self.plans.get(*plan).is_some_and(|s| s.names_place(place)))
        };
        if let Some(line) = unused(&patient.person, &patient.requests, names_place) {
            benefits.push(line);
        }
        let (mut dates, mut ids) = (vec![service_day], None);
        if let ([_], [parts], false) = (&*asked, &*standings, dated_lines)
            && let [standing] = &**parts
        {
            dates = self.person_dates(standing);
            let coverage = standing.active.first().copied().or(standing.nearest);
            ids = coverage.map(|coverage| {
                plan_references(coverage, self.plans.get(&coverage.plan), self.policy)
            });
        }
        let mut person = on_file(file.member, &patient.person, role, self.policy);
        person.dates.splice(0..0, dates);
        person.references.extend(ids.into_iter().flatten());
        (person, benefits)
    }

    /// Tells of one run of days.
    fn tell(&self, standing: &Standing<'_>, teller: &Teller<'_>, benefits: &mut Benefits) {
        for coverage in &standing.active {
            teller.active(coverage, self.plans.get(&coverage.plan), benefits);
        }
        if standing.active.is_empty() {
            let sheets = standing.nearest.and_then(|coverage| self.plans.get(&coverage.plan));
            teller.inactive(standing.nearest, sheets, benefits);
        }
    }

    /// Dates that hold for the whole answer: benefit year, plan begin and end, service, last update.
    fn person_dates(&self, standing: &Standing<'_>) -> Vec<Dated> {
        let mut dates = Vec::with_capacity(5);
        let active = standing.active.first().copied();
        if let Some((coverage, sheets)) =
            active.and_then(|coverage| Some((coverage, self.plans.get(&coverage.plan)?)))
        {
            dates.extend(plan_dates(coverage, sheets, standing.day));
        }
        let coverage = active.or(standing.nearest);
        if let Some(coverage) = coverage {
            dates.push(Dated::day("346", coverage.begin));
            dates.extend(coverage.end.map(|end| Dated::day("347", end)));
        }
        dates.push(dated("472", standing.when));
        dates.extend(coverage.and_then(|c| c.updated).map(|day| Dated::day("636", day)));
        dates
    }

    /// Groups requests about the same days. A request whose own date cannot be answered becomes EB*V
    /// with its AAA.
    fn group(
        &self,
        patient: &Patient<'_>,
        main: When,
        file: &MemberFile,
        refused: &mut Vec<Benefit>,
    ) -> Vec<Asked> {
        let nothing = |when, place| {
            let (types, procedures) = (Vec::new(), Vec::new());
            Asked { when, types, procedures, generic: false, place }
        };
        let mut asked: Vec<Asked> = Vec::new();
        for request in &patient.requests {
            let sent = request.date.map_or(Sent::Absent, |date| date.when);
            let when = match sent {
                Sent::Absent => Ok(main),
                sent => service_dates(sent, &self.policy.dates, self.context.today()),
            };
            let checked = when.and_then(|when| {
                let reasons = self.check_day(when, file, patient.provider);
                if reasons.is_empty() { Ok(when) } else { Err(reasons) }
            });
            let when = match checked {
                Ok(when) => when,
                Err(reasons) => {
                    refused.push(refusal(request, &reasons));
                    continue;
                }
            };
            let place = request.place.clone();
            let known = asked.iter().position(|a| a.when == when && a.place == place);
            let known = known.unwrap_or_else(|| {
                asked.push(nothing(when, place));
                asked.len() - 1
            });
            take_up(request, &mut asked[known]);
        }
        if patient.requests.is_empty() {
            asked.push(Asked { generic: true, ..nothing(main, None) });
        }
        asked
    }

    /// The traces sent, marked as returned, and one of our own for a patient when the policy names its
    /// originator.
    fn traces(&self, sent: Vec<Trace>, patient: Option<&Set>) -> Vec<Trace> {
        let mut traces = sent;
        traces.truncate(2);
        traces.iter_mut().for_each(|trace| trace.kind = Code::new("2"));
        let originator = &self.policy.trace_originator;
        if let Some(set) = patient.filter(|_| originator.len() == 10) {
            let number = format!("{}-{}-{}", self.context.trace, set.control, set.patients);
            traces.push(Trace {
                kind: Code::new("1"),
                number: number.into(),
                originator: originator.as_str().into(),
                secondary: Box::default(),
            });
        }
        traces
    }
}

/// A patient asked about, in either loop.
struct Patient<'p> {
    traces: Vec<Trace>,
    person: Person,
    requests: Vec<Request>,
    provider: Option<&'p Provider>,
}

/// BHT of the answer.
pub(super) fn header(reference: Box<str>, context: &AnswerContext) -> Header {
    Header {
        purpose: Code::new("11"),
        reference,
        date: Sent::Value(context.now.date()),
        time: Sent::Value(context.now.time()),
        kind: Code::NONE,
    }
}

/// The member found, unless something else is wrong. With other errors, several matches are not reported.
fn merge<T>(found: Result<T, Reasons>, mut before: Reasons) -> Result<T, Reasons> {
    match found {
        Ok(found) if before.is_empty() => Ok(found),
        Ok(_) => Err(before),
        Err(reasons) => {
            if before.is_empty() || reasons != Reason::MembersMatch.into() {
                before.extend(&reasons);
            }
            Err(before)
        }
    }
}

fn take_up(request: &Request, asked: &mut Asked) {
    asked.procedures.extend(request.procedure.iter().cloned());
    for code in &request.service_types {
        if *code == "30" {
            asked.generic = true;
        } else if !asked.types.contains(code) {
            asked.types.push(*code);
        }
    }
    asked.generic |= request.service_types.is_empty() && request.procedure.is_none();
}

/// EB*V: the services asked about for a day we do not answer for, with the reasons.
fn refusal(request: &Request, reasons: &Reasons) -> Benefit {
    let types: Vec<Code> = request
        .service_types
        .iter()
        .filter_map(|code| codes::service_type(code.as_str()))
        .collect();
    let procedure = request
        .procedure
        .clone()
        .filter(|p| types.is_empty() && codes::procedure_qualifier(p.qualifier.as_str()).is_some());
    Benefit { procedure, rejections: reasons.rejections(), ..Benefit::new("V", types) }
}
