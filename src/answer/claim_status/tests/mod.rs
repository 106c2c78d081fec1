//! One test for each rule, on a family, two providers and a handful of claims.

mod amounts;
mod claims;
mod lines;
mod refusals;
mod sample;

use std::collections::HashSet;

use futures_util::FutureExt;
use time::macros::datetime;

use super::*;
use crate::config::ClaimStatusPolicy;
use crate::partner::{Lane, ProviderScope};
use crate::segments::{Demographics, Header, Name, Reference, Sent, When};
use crate::txn::claim_status::request::{
    ClaimRequest, Dependent, LineRequest, Provider, Receiver, Source, Subscriber,
};
use crate::txn::claim_status::round_trip::walk;
use crate::wire::value::date_d8;
use crate::wire::{Code, Delimiters};
use sample::Sample;

/// A request being built, correct until a test changes it.
pub(super) struct Ask {
    sample: Sample,
    status: ClaimStatusPolicy,
    members: EligibilityPolicy,
    lane: Lane,
    scope: ProviderScope,
    request: StatusRequest,
}

impl Ask {
    /// Asks on 5 January 2026 for Jane's claims with service in December 2025.
    pub(super) fn jane() -> Ask {
        let claim = ClaimRequest {
            trace: "PT0001".into(),
            service: days("20251201", "20251231"),
            ..ClaimRequest::default()
        };
        let provider = Provider {
            names: vec![Name::organization("1P", "SAMPLE CLINIC", "XX", "1234567893")],
            subscribers: vec![Subscriber {
                name: person("IL", "DOE", "JANE", "S12300000101"),
                demographics: born("19800115"),
                claims: vec![claim],
                dependents: Vec::new(),
            }],
            ..Provider::default()
        };
        let receiver = Receiver {
            name: Name::organization("41", "SUBMITTER ONE", "46", "SUBMITTER1"),
            providers: vec![provider],
            ..Receiver::default()
        };
        let request = StatusRequest {
            control: "0001".into(),
            header: Header {
                purpose: Code::new("13"),
                reference: "CS0001".into(),
                ..Header::default()
            },
            sources: vec![Source {
                name: Name::organization("PR", "SAMPLE HEALTH PLAN", "PI", "99999"),
                receivers: vec![receiver],
                ..Source::default()
            }],
        };
        Ask {
            sample: Sample::new(),
            status: ClaimStatusPolicy::default(),
            members: EligibilityPolicy::default(),
            lane: Lane::RealTime,
            scope: ProviderScope::All,
            request,
        }
    }

    /// Asks by a claim number.
    pub(super) fn number(number: &str) -> Ask {
        Ask::jane().with(|ask| ask.claim().references = vec![reference("1K", number)])
    }

    /// Asks for the claims of a dependent of Jane's, in 2000E.
    pub(super) fn child(first: &str, birth: &str) -> Ask {
        Ask::jane().with(|ask| {
            let jane = ask.subscriber();
            jane.demographics = Demographics::default();
            jane.dependents = vec![Dependent {
                name: person("QC", "DOE", first, ""),
                demographics: born(birth),
                claims: std::mem::take(&mut jane.claims),
            }];
        })
    }

    /// Changes something in the question, the settings or the store.
    pub(super) fn with(mut self, change: impl FnOnce(&mut Ask)) -> Ask {
        change(&mut self);
        self
    }

    pub(super) fn provider(&mut self) -> &mut Provider {
        &mut self.request.sources[0].receivers[0].providers[0]
    }

    pub(super) fn subscriber(&mut self) -> &mut Subscriber {
        &mut self.provider().subscribers[0]
    }

    pub(super) fn claim(&mut self) -> &mut ClaimRequest {
        &mut self.subscriber().claims[0]
    }

    /// Lets the partner ask for these providers alone.
    pub(super) fn scope(mut self, npis: &[&str]) -> Ask {
        let npis: HashSet<Box<str>> = npis.iter().map(|npi| Box::from(*npi)).collect();
        self.scope = ProviderScope::Only(Arc::new(npis));
        self
    }

    fn context(&self) -> AnswerContext {
        AnswerContext {
            now: datetime!(2026-01-05 09:30),
            lane: self.lane,
            scope: self.scope.clone(),
            policy: Arc::new(StatusPolicy {
                status: Arc::new(self.status.clone()),
                members: Arc::new(self.members.clone()),
            }),
            trace: "000000101".into(),
            group: Default::default(),
        }
    }

    /// The segments of the answer from BHT on, SE left out.
    #[track_caller]
    pub(super) fn answer(self) -> Said {
        let (context, service) = (self.context(), ClaimStatusService);
        let requests = vec![self.request];
        let plan = service.plan(&requests, &context);
        let stores = self.sample.stores();
        let found = service.fetch(&stores, &plan).now_or_never().unwrap().unwrap();
        let mut answers = service.answer(requests, plan, found, &context);
        assert_eq!(answers.len(), 1);
        Said::of(answers.remove(0))
    }

    /// What is answered when there can be no answer now.
    pub(super) fn unavailable(self) -> Said {
        let context = self.context();
        Said::of(ClaimStatusService.unavailable(vec![self.request], &context).remove(0))
    }
}

/// The segments of the answer, as text.
pub(super) struct Said(Vec<String>);

impl Said {
    #[track_caller]
    fn of(response: StatusResponse) -> Said {
        let mut out = Emitter::new(Delimiters::STANDARD);
        ClaimStatusService.write(response, "0007", &mut out).unwrap();
        let text = String::from_utf8(out.into_bytes()).unwrap();
        let (mut findings, _) =
            walk(text.as_bytes(), Delimiters::STANDARD, "HN", StatusResponse::read);
        // A provider id that fails its check digit has to be returned as sent.
        findings.retain(|finding| !(text.contains("STC*E0:562") && finding.contains("Tag(NM1)")));
        assert!(findings.is_empty(), "not clean: {findings:#?}\n{}", text.replace('~', "\n"));
        let segments: Vec<String> = text.split_terminator('~').map(str::to_owned).collect();
        Said(segments[1..segments.len() - 1].to_vec())
    }

    /// Every status group in short: `PT0001 F1:65 1K=C1`, in order.
    pub(super) fn groups(&self) -> Vec<String> {
        let mut groups: Vec<String> = Vec::new();
        for segment in &self.0 {
            let elements: Vec<&str> = segment.split('*').collect();
            match (elements[0], groups.last_mut()) {
                ("TRN", _) => groups.push(elements[2].to_owned()),
                ("STC", Some(group)) => {
                    group.push(' ');
                    group.push_str(elements[1]);
                }
                ("REF", Some(group)) if elements[1] == "1K" => {
                    group.push_str(&format!(" 1K={}", elements[2]));
                }
                _ => {}
            }
        }
        groups
    }

    /// All segments that begin with `start`.
    pub(super) fn all(&self, start: &str) -> Vec<&str> {
        self.0.iter().filter(|s| s.starts_with(start)).map(String::as_str).collect()
    }

    /// The segments after BHT.
    pub(super) fn body(&self) -> Vec<&str> {
        self.0[1..].iter().map(String::as_str).collect()
    }
}

pub(super) fn person(entity: &str, last: &str, first: &str, id: &str) -> Name {
    Name {
        entity: Code::from(entity),
        kind: Code::new("1"),
        last: last.into(),
        first: first.into(),
        id_qualifier: if id.is_empty() { Code::NONE } else { Code::new("MI") },
        id: id.into(),
        ..Name::default()
    }
}

pub(super) fn born(day: &str) -> Demographics {
    let birth = Sent::from_element(day.as_bytes(), date_d8);
    Demographics { birth, ..Demographics::default() }
}

pub(super) fn days(from: &str, to: &str) -> Sent<When> {
    let day = |text: &str| date_d8(text.as_bytes()).unwrap();
    Sent::Value(When::between(day(from), day(to)))
}

pub(super) fn reference(qualifier: &str, value: &str) -> Reference {
    Reference { qualifier: Code::from(qualifier), value: value.into(), description: Box::default() }
}

/// A line asked for: its procedure, charge and day.
pub(super) fn line(procedure: &str, charge: i64, day: &str) -> LineRequest {
    let mut line = LineRequest { when: days(day, day), ..LineRequest::default() };
    line.service.procedure.qualifier = Code::new("HC");
    line.service.procedure.code = procedure.into();
    line.service.charge = Some(charge.into());
    line
}
