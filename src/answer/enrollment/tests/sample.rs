//! The demonstration payer, and 834s about its members.

use std::sync::Arc;

use time::Date;
use time::macros::{date, datetime, format_description};
use tokio::runtime::Runtime;

use super::super::{EnrollmentReport, EnrollmentService, EnrollmentSettings, fetch};
use crate::answer::{AnswerContext, Responder};
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::config::{Config, EnrollmentPolicy};
use crate::finding::{Policy, Severity};
use crate::guide::Registry;
use crate::partner::{Lane, Partner, ProviderScope};
use crate::store::{MemberFile, Stores, demo};
use crate::txn::advice::GUIDE_824;
use crate::txn::enrollment::{Enrollment, GUIDE_834};
use crate::wire::{Delimiters, Emitter, Inline};

/// A store, and a runtime to ask it with.
pub(super) struct Payer {
    runtime: Runtime,
    stores: Stores,
    pub(super) policy: EnrollmentPolicy,
}

/// What became of a set: the report, and the 824 if there was one.
pub(super) struct Done {
    pub(super) report: EnrollmentReport,
    pub(super) advice: Option<String>,
}

impl Done {
    /// What was said of members, in order.
    pub(super) fn words(&self) -> Vec<&'static str> {
        self.report.remarks.iter().map(|remark| remark.words).collect()
    }
}

impl Payer {
    /// The demonstration payer.
    pub(super) fn demo() -> Payer {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        let stores = runtime.block_on(async {
            let stores = Stores::in_memory().await.unwrap();
            demo::load(&stores, date!(2026 - 01 - 05)).await.unwrap();
            stores
        });
        Payer { runtime, stores, policy: EnrollmentPolicy::default() }
    }

    /// Loads sets that come in one group, and gives what became of each.
    pub(super) fn receive(&self, sets: &[String]) -> Vec<Done> {
        let plans = self.runtime.block_on(self.stores.plans.all()).unwrap();
        let service = EnrollmentService::new(&plans);
        let mut settings = EnrollmentSettings::of(&Partner::stranger(&Config::default()));
        settings.policy = self.policy.clone();
        settings.partner.id = "SUBMITTER1".into();
        let context = AnswerContext {
            now: datetime!(2026-01-05 09:30),
            lane: Lane::Batch,
            scope: ProviderScope::All,
            policy: Arc::new(settings),
            trace: "000000101".into(),
            group: group("BE", GUIDE_834),
        };
        let enrollments = sets.iter().map(|set| read(set)).collect::<Vec<_>>();
        self.runtime.block_on(async {
            let lookup = service.plan(&enrollments, &context);
            let found = fetch(&self.stores, &lookup).await.unwrap();
            let outcomes = service.answer(enrollments, lookup, found, &context);
            let mut all = Vec::new();
            for mut outcome in outcomes {
                let mut load = self.stores.begin_load().await.unwrap();
                for batch in service.rows(&mut outcome) {
                    let crate::store::Batch::Members(changes) = batch else { panic!("{batch:?}") };
                    // The store can do what was tried.
                    let faults = load.enroll(&changes).await.unwrap();
                    assert!(faults.iter().all(Option::is_none), "{faults:?}");
                }
                load.commit().await.unwrap();
                let report = outcome.report.clone();
                let advice = service.is_sent(&outcome).then(|| written(&service, outcome));
                all.push(Done { report, advice });
            }
            all
        })
    }

    /// Loads one set.
    pub(super) fn load(&self, set: &str) -> Done {
        self.receive(&[set.to_owned()]).remove(0)
    }

    /// Loads one set of which nobody is left out.
    pub(super) fn loaded(&self, set: &str) {
        let done = self.load(set);
        assert!(done.report.remarks.is_empty(), "{:?}", done.report);
        assert!(done.advice.is_none());
    }

    pub(super) fn family(&self, subscriber: &str) -> Vec<MemberFile> {
        let found = self.runtime.block_on(self.stores.members.families(&[subscriber.into()]));
        found.unwrap().remove(0)
    }

    /// The coverage of a family, `01 HMO-1 20260101-`.
    pub(super) fn coverage(&self, subscriber: &str) -> Vec<String> {
        let day = |day: Date| day.format(format_description!("[year][month][day]")).unwrap();
        let files = self.family(subscriber);
        let spans =
            files.iter().flat_map(|file| file.coverage.iter().map(move |span| (file, span)));
        let words = spans.map(|(file, span)| {
            let end = span.end.map(day).unwrap_or_default();
            format!("{} {} {}-{end}", file.member.suffix, span.plan, day(span.begin))
        });
        words.collect()
    }
}

/// The 824 as it is sent, which passes our own check.
fn written(service: &EnrollmentService, outcome: super::super::Outcome) -> String {
    let mut out = Emitter::new(Delimiters::STANDARD);
    service.write(outcome, "0001", &mut out).unwrap();
    let text = out.into_bytes();
    let group = group("AG", GUIDE_824);
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let report = SetChecker::new(Registry::embedded(), &Policy::default()).check(&text, place);
    let text = String::from_utf8(text).unwrap();
    assert!(report.findings.is_empty(), "{:?} in {text}", report.findings);
    text
}

fn group(functional: &str, guide: &str) -> GroupHeader {
    GroupHeader {
        functional: Inline::from(functional),
        date: Inline::from("20260105"),
        time: Inline::from("0900"),
        control: Inline::from("101"),
        version: Inline::from(guide),
        ..GroupHeader::default()
    }
}

/// Reads a set, which is sound.
fn read(set: &str) -> Enrollment {
    let group = group("BE", GUIDE_834);
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_tree();
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let (report, walked) = checker.walk(set.as_bytes(), place);
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<_> = errors.collect();
    assert!(errors.is_empty(), "{errors:?} in {set}");
    Enrollment::read(walked.unwrap().root())
}

/// A set of changes with these members.
pub(super) fn changes(members: &[&str]) -> String {
    set("2", members)
}

/// A set with this BGN08, of 1 January 2026.
pub(super) fn set(action: &str, members: &[&str]) -> String {
    let body = format!(
        "BGN*00*FILE1*20260105*0900****{action}~REF*38*G1000~DTP*007*D8*20260101~\
         N1*P5*ACME WIDGETS*FI*123456789~N1*IN*SAMPLE HEALTH PLAN*FI*987654321~{}",
        members.concat()
    );
    let count = body.matches('~').count() + 2;
    format!("ST*834*0001*005010X220A1~{body}SE*{count}*0001~")
}

/// A member: what INS says, the subscriber's number, dates, the person, and coverage.
pub(super) fn member(ins: &str, id: &str, dates: &str, person: &str, coverage: &str) -> String {
    format!("INS*{ins}~REF*0F*{id}~{dates}{person}{coverage}")
}

/// Mary Sample of the demonstration payer, 123000001.
pub(super) const MARY: &str = "NM1*IL*1*SAMPLE*MARY*A~DMG*D8*19800115*F~";
/// Alex Green, 123000010, the subscriber.
pub(super) const ALEX: &str = "NM1*IL*1*GREEN*ALEX~DMG*D8*19850909*M~";
/// Casey Green, 123000010 03, a daughter.
pub(super) const CASEY: &str = "NM1*IL*1*GREEN*CASEY~DMG*D8*20140401*F~";
/// Nora Newly, who is not on file, with an address.
pub(super) const NORA: &str =
    "NM1*IL*1*NEWLY*NORA****34*900112233~N3*5 HILL ST~N4*BOSTON*MA*02115~DMG*D8*19900304*F~";
/// Her son, who is not on file.
pub(super) const NED: &str = "NM1*IL*1*NEWLY*NED~DMG*D8*20200203*M~";
