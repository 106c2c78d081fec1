//! One test for each rule, on hand-made members and a small plan; names include the ids of the portal
//! functions they prove.

mod benefits;
mod identity;
mod limits;
mod requester;
mod sample;
mod store;
mod terms;

use super::*;
use crate::partner::{Lane, ProviderScope};
use crate::store::normalise_name;
use crate::store::{MemberFile, MemberSearch};
use crate::txn::eligibility::inquiry::{Dependent, Receiver, Request, Source, Subscriber};
use crate::txn::eligibility::round_trip::walk;
use crate::txn::eligibility::{Dated, Header, Name, Person, Reference, Sent, Trace};
use crate::wire::{Delimiters, Emitter};
use sample::Sample;
use time::macros::datetime;

/// An inquiry being built, correct until a test changes it.
pub(super) struct Ask {
    sample: Sample,
    policy: EligibilityPolicy,
    /// The partner's own policy, where it has one.
    own: Option<EligibilityPolicy>,
    context: AnswerContext,
    inquiry: Inquiry,
}

impl Ask {
    /// Asks about Jane, subscriber, by id, name and birth date, on 5 January 2026, generic.
    pub(super) fn jane() -> Ask {
        let jane = Subscriber {
            traces: vec![trace("TRACE0001")],
            person: person("S12300000101", "DOE", "JANE", "19800115"),
            requests: vec![request(&["30"])],
            dependents: Vec::new(),
        };
        let provider = Name {
            entity: Code::new("1P"),
            kind: Code::new("2"),
            last: "SAMPLE CLINIC".into(),
            id_qualifier: Code::new("XX"),
            id: "1234567893".into(),
            ..Name::default()
        };
        let payer = Name {
            entity: Code::new("PR"),
            kind: Code::new("2"),
            last: "SAMPLE HEALTH PLAN".into(),
            id_qualifier: Code::new("PI"),
            id: "99999".into(),
            ..Name::default()
        };
        let receiver = Receiver { name: provider, subscribers: vec![jane], ..Receiver::default() };
        let inquiry = Inquiry {
            control: "0001".into(),
            header: Header {
                purpose: Code::new("13"),
                reference: "TX0001".into(),
                ..Header::default()
            },
            sources: vec![Source { name: payer, receivers: vec![receiver], ..Source::default() }],
        };
        let context = AnswerContext {
            now: datetime!(2026-01-05 09:30),
            lane: Lane::Batch,
            scope: ProviderScope::All,
            policy: Arc::default(),
            trace: "000000101".into(),
            group: Default::default(),
        };
        Ask {
            sample: Sample::new(),
            policy: EligibilityPolicy::default(),
            own: None,
            context,
            inquiry,
        }
    }

    /// Asks about a dependent of Jane's, in 2000D.
    pub(super) fn child(first: &str, birth: &str) -> Ask {
        let mut ask = Ask::jane();
        let jane = ask.subscriber();
        jane.requests.clear();
        let mut dependent = person("", "DOE", first, birth);
        dependent.name.entity = Code::new("03");
        dependent.name.id_qualifier = Code::NONE;
        jane.dependents = vec![Dependent {
            traces: std::mem::take(&mut jane.traces),
            person: dependent,
            requests: vec![request(&["30"])],
        }];
        ask
    }

    pub(super) fn receiver(&mut self) -> &mut Receiver {
        &mut self.inquiry.sources[0].receivers[0]
    }

    pub(super) fn subscriber(&mut self) -> &mut Subscriber {
        &mut self.receiver().subscribers[0]
    }

    pub(super) fn person(&mut self) -> &mut Person {
        &mut self.subscriber().person
    }

    pub(super) fn dependent(&mut self) -> &mut Dependent {
        &mut self.subscriber().dependents[0]
    }

    /// Changes something in the inquiry.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Ask)) -> Ask {
        change(&mut self);
        self
    }

    /// Asks on another day.
    pub(super) fn on(self, day: &str) -> Ask {
        let when = crate::wire::value::date_d8(day.as_bytes()).unwrap();
        self.with(|ask| ask.person().dates = vec![Dated::day("291", when)])
    }

    /// Asks for these service types.
    pub(super) fn types(self, types: &[&str]) -> Ask {
        self.with(|ask| ask.subscriber().requests = vec![request(types)])
    }

    pub(super) fn response(mut self) -> Response {
        let service = EligibilityService::new(self.sample.plans(), &self.policy);
        self.context.policy = Arc::new(self.own.unwrap_or(self.policy));
        let inquiries = vec![self.inquiry];
        let plan = service.plan_searches(&inquiries, &self.context);
        let found = self.sample.find(&plan);
        let mut responses = service.compose(inquiries, plan, found, &self.context);
        assert_eq!(responses.len(), 1);
        responses.remove(0)
    }

    /// The segments of the answer from BHT on, SE left out.
    pub(super) fn answer(self) -> Said {
        Said::of(&self.response())
    }
}

/// The segments of the answer, as text.
pub(super) struct Said(Vec<String>);

impl Said {
    fn of(response: &Response) -> Said {
        let mut out = Emitter::new(Delimiters::STANDARD);
        response.write(&mut out).unwrap();
        let text = String::from_utf8(out.into_bytes()).unwrap();
        let (mut findings, again) =
            walk(text.as_bytes(), Delimiters::STANDARD, "HB", Response::read);
        // A provider id that fails its check digit has to be returned as sent.
        findings.retain(|finding| !(text.contains("AAA*N**43*C") && finding.contains("Tag(NM1)")));
        assert!(findings.is_empty(), "not clean: {findings:#?}\n{}", text.replace('~', "\n"));
        assert_eq!(again.has_rejections(), response.has_rejections());
        let segments: Vec<String> = text.split_terminator('~').map(str::to_owned).collect();
        let count = segments.last().unwrap().split('*').nth(1).unwrap().parse::<usize>().unwrap();
        assert_eq!(count, segments.len(), "SE counts the segments");
        Said(segments[1..segments.len() - 1].to_vec())
    }

    pub(super) fn has(&self, segment: &str) -> bool {
        self.0.iter().any(|s| s == segment)
    }

    #[track_caller]
    pub(super) fn must(&self, segments: &[&str]) {
        for segment in segments {
            assert!(self.has(segment), "{segment} is not in\n{}", self.0.join("\n"));
        }
    }

    #[track_caller]
    pub(super) fn must_not(&self, start: &str) {
        assert!(
            !self.0.iter().any(|s| s.starts_with(start)),
            "{start} is in\n{}",
            self.0.join("\n")
        );
    }

    /// The AAA, in order, as `reason/action`.
    pub(super) fn rejections(&self) -> Vec<String> {
        let aaa = self.0.iter().filter(|s| s.starts_with("AAA*"));
        aaa.map(|s| s.split('*').skip(3).collect::<Vec<_>>().join("/")).collect()
    }

    /// All segments that begin with `start`.
    pub(super) fn all(&self, start: &str) -> Vec<&str> {
        self.0.iter().filter(|s| s.starts_with(start)).map(String::as_str).collect()
    }

    /// The segments from the first that begins with `start`, `count` of them.
    pub(super) fn from(&self, start: &str, count: usize) -> Vec<&str> {
        let at = self.0.iter().position(|s| s.starts_with(start)).expect(start);
        self.0[at..].iter().take(count).map(String::as_str).collect()
    }
}

pub(super) fn person(id: &str, last: &str, first: &str, birth: &str) -> Person {
    Person {
        name: Name {
            entity: Code::new("IL"),
            kind: Code::new("1"),
            last: last.into(),
            first: first.into(),
            id_qualifier: Code::new("MI"),
            id: id.into(),
            ..Name::default()
        },
        birth: Sent::from_element(birth.as_bytes(), crate::wire::value::date_d8),
        ..Person::default()
    }
}

pub(super) fn request(types: &[&str]) -> Request {
    let service_types = types.iter().map(|code| Code::from(*code)).collect();
    Request { service_types, ..Request::default() }
}

pub(super) fn trace(number: &str) -> Trace {
    Trace {
        kind: Code::new("1"),
        number: number.into(),
        originator: "9SUBMITTER".into(),
        secondary: Box::default(),
    }
}

pub(super) fn reference(qualifier: &str, value: &str) -> Reference {
    Reference { qualifier: Code::from(qualifier), value: value.into(), description: Box::default() }
}
