//! Claims against the sandbox payer: what is taken in, what is entered for it, and each reason to refuse one.

mod corrections;
mod days;

use rust_decimal::Decimal;
use time::macros::{date, datetime};
use time::{Date, PrimitiveDateTime};

use super::*;
use crate::check::{GroupHeader, SetChecker, SetPlace};
use crate::config::{Config, RuleTreatment};
use crate::finding::{Author, Code, Policy, Treatment, Unit};
use crate::guide::Registry;
use crate::partner::ProviderScope;
use crate::segments::{ClaimStatus, StatusCode};
use crate::store::{
    Actor, ClaimForm, ClaimKey, ClaimScope, ClaimState, ClaimVersion, Completed, Original,
    StateChange, demo,
};
use crate::wire::{self, Delimiters, Emitter, Inline};

const NOW: PrimitiveDateTime = datetime!(2026-01-05 09:30);
const TODAY: Date = date!(2026 - 01 - 05);

/// What differs from a plain claim for MARY SAMPLE by SAMPLE CLINIC.
#[derive(Clone)]
struct Sent {
    clinic: &'static str,
    payer: &'static str,
    id: &'static str,
    last: &'static str,
    first: &'static str,
    birth: &'static str,
    /// Segments of a patient who is not the subscriber.
    dependent: &'static str,
    account: &'static str,
    charge: &'static str,
    frequency: &'static str,
    original: String,
    procedure: &'static str,
    day: &'static str,
    more: &'static str,
}

impl Default for Sent {
    fn default() -> Self {
        Sent {
            clinic: "1234567893",
            payer: "99999",
            id: "S12300000101",
            last: "SAMPLE",
            first: "MARY",
            birth: "19800115",
            dependent: "",
            account: "ACC1",
            charge: "150",
            frequency: "1",
            original: String::new(),
            procedure: "HC:99213",
            day: "20260101",
            more: "",
        }
    }
}

impl Sent {
    fn levels(&self, level: u32) -> String {
        let Sent { id, last, first, birth, payer, .. } = self;
        let has_child = u8::from(!self.dependent.is_empty());
        let self_code = if self.dependent.is_empty() { "18" } else { "" };
        let demographics = match self.dependent {
            "" => format!("N3*1 MAIN ST~N4*BOSTON*MA*02111~DMG*D8*{birth}*F~"),
            _ => String::new(),
        };
        let subscriber = format!(
            "HL*{level}*1*22*{has_child}~SBR*P*{self_code}*******HM~NM1*IL*1*{last}*{first}****MI*{id}~{demographics}\
             NM1*PR*2*SAMPLE HEALTH PLAN*****PI*{payer}~"
        );
        let patient = match self.dependent {
            "" => String::new(),
            name => format!(
                "HL*{}*{level}*23*0~PAT*19~NM1*QC*1*{name}~N3*1 MAIN ST~N4*BOSTON*MA*02111~DMG*D8*{birth}*F~",
                level + 1
            ),
        };
        format!("{subscriber}{patient}{}", self.claim())
    }

    fn claim(&self) -> String {
        let Sent { account, charge, frequency, procedure, day, more, .. } = self;
        let original = match &*self.original {
            "" => String::new(),
            number => format!("REF*F8*{number}~"),
        };
        format!(
            "CLM*{account}*{charge}***11:B:{frequency}*Y*A*Y*Y~{original}{more}HI*ABK:J069~LX*1~\
             SV1*{procedure}*{charge}*UN*1***1~DTP*472*D8*{day}~"
        )
    }

    fn replaces(number: &str) -> Sent {
        Sent { frequency: "7", original: number.to_owned(), charge: "120", ..Sent::default() }
    }

    fn voids(number: &str) -> Sent {
        Sent { frequency: "8", original: number.to_owned(), ..Sent::default() }
    }
}

/// A set of claims, each of a subscriber of its own.
fn set(claims: &[Sent]) -> String {
    let clinic = claims[0].clinic;
    let mut body = format!(
        "ST*837*0001*005010X222A1~BHT*0019*00*BATCH0001*20260105*0930*CH~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
         PER*IC*EDI DESK*TE*6175550100~NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~\
         NM1*85*2*SAMPLE CLINIC*****XX*{clinic}~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~REF*EI*123456789~"
    );
    let mut level = 2;
    for claim in claims {
        body.push_str(&claim.levels(level));
        level += if claim.dependent.is_empty() { 1 } else { 2 };
    }
    format!("{body}SE*{}*0001~", body.matches('~').count() + 1)
}

/// A store with the sandbox payer, and the claims that came in.
struct Payer {
    stores: Stores,
    numbers: ClaimNumbers,
    config: Config,
    scope: ProviderScope,
    now: PrimitiveDateTime,
    control: u32,
    /// The situational rules of the guide only warn.
    is_demoted: bool,
}

impl Payer {
    async fn new() -> Payer {
        let stores = Stores::in_memory().await.unwrap();
        demo::load(&stores, TODAY).await.unwrap();
        Payer {
            stores,
            numbers: ClaimNumbers::default(),
            config: Config::default(),
            scope: ProviderScope::All,
            now: NOW,
            control: 0,
            is_demoted: false,
        }
    }

    async fn with_rules(change: impl FnOnce(&mut ClaimRules)) -> Payer {
        let mut payer = Payer::new().await;
        change(&mut payer.config.claims.rules);
        payer
    }

    /// Judges a professional set and commits what is entered.
    async fn take(&mut self, text: &str) -> Vec<Judged> {
        self.take_as(text, "005010X222A1").await
    }

    async fn take_as(&mut self, text: &str, guide: &str) -> Vec<Judged> {
        let mut partner = Partner::stranger(&self.config);
        partner.scope = self.scope.clone();
        let context = ClaimContext { now: self.now, partner: &partner };
        let group = GroupHeader {
            functional: Inline::from("HC"),
            version: Inline::from(guide),
            ..GroupHeader::default()
        };
        let place =
            SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
        let mut policy = Policy::default().with_unit(Unit::Claim);
        if self.is_demoted {
            let missing = Code::SituationalSegmentMissing;
            policy.treat_code(missing, Treatment::Warn, Author::Partner).unwrap();
        }
        let mut checker =
            SetChecker::new(Registry::embedded(), &policy).with_claims(true).with_claim_text(true);
        let report = checker.check(text.as_bytes(), place);
        assert!(report.is_accepted(), "{:?}", report.findings);
        let events = report.claims.unwrap().events;
        let events: Vec<&ClaimEvent> = events.iter().collect();
        let mut intake = ClaimIntake::default();
        let judged =
            intake.judge(&self.stores, &self.numbers, &events, context, None).await.unwrap();
        self.control += 1;
        self.commit(judged.iter().flat_map(|judged| judged.entries.clone()).collect()).await;
        judged
    }

    async fn commit(&self, entries: Vec<LedgerEntry>) {
        let key = crate::store::InterchangeKey {
            sender: "ZZ:A".into(),
            receiver: "ZZ:B".into(),
            control: self.control,
            test: true,
        };
        let opening = crate::store::NewInterchange {
            key,
            partner: "stranger".into(),
            lane: "batch".into(),
            transport: "command".into(),
            received_micros: 0,
        };
        let mut intake = self.stores.journal.begin(opening).await.unwrap();
        intake.put(crate::store::Batch::Ledger(entries)).await.unwrap();
        let end = crate::store::InterchangeEnd {
            hash: [0; 32],
            bytes: 0,
            answered_micros: 0,
            outcome: "accepted".into(),
            groups: 1,
            sets: 1,
            accepted: 1,
            findings: 0,
            declined: 0,
        };
        let completed =
            Completed { end, original: Original::NotKept, replies: Vec::new(), until: None };
        intake.commit(completed).await.unwrap();
    }

    async fn one(&mut self, claim: &Sent) -> ClaimDecision {
        self.take(&set(std::slice::from_ref(claim))).await.swap_remove(0).decision
    }

    /// The number of a claim that is taken in.
    async fn accepted(&mut self, claim: &Sent) -> Box<str> {
        match self.one(claim).await {
            ClaimDecision::Accepted { number } => number,
            other => panic!("{other:?}"),
        }
    }

    /// The status with which a claim is refused.
    async fn refused(&mut self, claim: &Sent) -> String {
        match self.one(claim).await {
            ClaimDecision::Refused { status, .. } => shown(&status),
            other => panic!("{other:?}"),
        }
    }

    async fn version(&self, number: &str) -> ClaimVersion {
        let scope = ClaimScope { with_text: true, ..ClaimScope::default() };
        let keys = [ClaimKey::Number(number.into())];
        let mut found = self.stores.claims.find(&keys, scope).await.unwrap();
        found.remove(0).remove(0)
    }

    async fn set_state(&self, number: &str, category: &str, code: &str) {
        let state = ClaimState {
            category: category.into(),
            code: code.into(),
            entity: "".into(),
            effective: TODAY,
        };
        let change = StateChange { claim: number.into(), state, why: "decided".into() };
        let by = Actor { who: "operator".into(), at_micros: 1 };
        self.stores.claims.enter(vec![LedgerEntry::State(change)], &by).await.unwrap();
    }
}

fn shown(status: &crate::txn::claim_ack::Status) -> String {
    let parts = [&*status.category, &status.code, &status.entity];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(":")
}

#[tokio::test]
async fn a_claim_is_entered_with_all_that_is_known_of_it() {
    let mut payer = Payer::new().await;
    let more = "PWK*OZ*EL***AC*ACN1~REF*9F*REF77~REF*G1*AUTH5~";
    let number = payer.accepted(&Sent { more, ..Sent::default() }).await;
    assert_eq!(&*number, "202600500000001");
    let version = payer.version(&number).await;
    let owner = version.member.as_ref().unwrap();
    assert_eq!((&*owner.subscriber, &*owner.suffix), ("123000001", "01"));
    assert_eq!((&*version.original, version.version, &version.replaces), (&*number, 1, &None));
    assert_eq!((version.form, &*version.frequency), (ClaimForm::Professional, "1"));
    assert_eq!((&*version.facility, &*version.account), ("11", "ACC1"));
    assert_eq!((&*version.patient.member_id, &*version.patient.last), ("S12300000101", "SAMPLE"));
    assert_eq!(version.patient.birth, Some(date!(1980 - 01 - 15)));
    assert_eq!((&*version.billing.npi, &*version.billing.tin), ("1234567893", "123456789"));
    assert_eq!((&version.payee, &version.rendering), (&version.billing, &version.billing));
    assert_eq!(version.charge, Decimal::from(150));
    assert_eq!((version.from, version.to), (date!(2026 - 01 - 01), date!(2026 - 01 - 01)));
    assert_eq!(
        (version.received, &*version.state.category, &*version.state.code),
        (TODAY, "P1", "20")
    );
    assert_eq!((&*version.referral, &*version.authorization), ("REF77", "AUTH5"));
    assert_eq!((&*version.announced[0].control, &*version.announced[0].report), ("ACN1", "OZ"));
    assert_eq!(version.procedures, [Box::from("99213")]);
    assert_eq!(&*version.partner, "stranger");
    let kept = crate::txn::claim::Claim::read(&version.text).unwrap();
    assert_eq!((&*kept.account, &*kept.payer.id), ("ACC1", "99999"));
}

#[tokio::test]
async fn members_are_found_as_eligibility_finds_them() {
    let mut payer = Payer::new().await;
    for (index, id) in ["12300000101", "S123000001", "s-12300000101"].into_iter().enumerate() {
        let charge = ["11", "12", "13"][index];
        let number = payer.accepted(&Sent { id, charge, ..Sent::default() }).await;
        assert_eq!(&*payer.version(&number).await.member.unwrap().suffix, "01");
    }
    let casey = Sent {
        id: "S12300001001",
        last: "GREEN",
        first: "ALEX",
        dependent: "GREEN*CASEY",
        birth: "20140401",
        ..Sent::default()
    };
    let number = payer.accepted(&casey).await;
    let version = payer.version(&number).await;
    assert_eq!(&*version.member.unwrap().suffix, "03");
    assert_eq!((&*version.patient.first, &*version.patient.member_id), ("CASEY", "S12300001001"));
}

#[tokio::test]
async fn each_claim_that_is_not_as_it_must_be_is_refused_with_its_status() {
    let cases: [(&str, &str, Sent); 13] = [
        ("payer", "A3:116", Sent { payer: "88888", ..Sent::default() }),
        ("clinic", "A3:24:85", Sent { clinic: "1999999984", ..Sent::default() }),
        ("malformed id", "A7:164:IL", Sent { id: "S1", ..Sent::default() }),
        ("unknown id", "A3:33:IL", Sent { id: "S99999999901", ..Sent::default() }),
        ("name", "A7:125:QC", Sent { last: "OTHER", ..Sent::default() }),
        ("birth", "A7:158:QC", Sent { birth: "19810115", ..Sent::default() }),
        (
            "dependent",
            "A3:97:PR",
            Sent {
                id: "S12300001001",
                last: "GREEN",
                first: "ALEX",
                dependent: "GREEN*TAYLOR",
                birth: "20140402",
                ..Sent::default()
            },
        ),
        (
            "not covered yet",
            "A3:88:QC",
            Sent {
                id: "S12300000401",
                last: "FUTURE",
                first: "FRANCES",
                birth: "19901102",
                ..Sent::default()
            },
        ),
        (
            "between two coverages",
            "A3:88:QC",
            Sent {
                id: "S12300003001",
                last: "GAP",
                first: "GRACE",
                birth: "19790929",
                day: "20251106",
                ..Sent::default()
            },
        ),
        ("late", "A3:718", Sent { day: "20250104", ..Sent::default() }),
        ("frequency", "A7:535", Sent { frequency: "6", ..Sent::default() }),
        ("unknown number", "A7:464", Sent::replaces("2026999999999")),
        ("unknown number of a void", "A7:464", Sent::voids("2026999999999")),
    ];
    let mut payer = Payer::new().await;
    for (name, status, claim) in cases {
        assert_eq!(payer.refused(&claim).await, status, "{name}");
    }
    // A refused claim is in no ledger: the same services come in as new ones.
    payer.accepted(&Sent::default()).await;
    assert_eq!(payer.refused(&Sent::default()).await, "A3:54");
}

#[tokio::test]
async fn a_day_before_the_filing_limit_is_in_time() {
    let mut payer = Payer::new().await;
    payer.accepted(&Sent { day: "20250105", ..Sent::default() }).await;
    let mut unlimited = Payer::with_rules(|rules| rules.filing_days = 0).await;
    unlimited.accepted(&Sent { day: "20210105", ..Sent::default() }).await;
}

#[tokio::test]
async fn rules_accept_pend_or_reject_as_the_settings_say() {
    type Rule = fn(&mut ClaimRules, RuleTreatment);
    let cases: [(Rule, Sent, &str); 6] = [
        (|r, t| r.other_payer = t, Sent { payer: "88888", ..Sent::default() }, "116"),
        (|r, t| r.unknown_provider = t, Sent { clinic: "1999999984", ..Sent::default() }, "24"),
        (|r, t| r.unknown_member = t, Sent { id: "S99999999901", ..Sent::default() }, "33"),
        (|r, t| r.member_differs = t, Sent { birth: "19810115", ..Sent::default() }, "158"),
        (|r, t| r.late = t, Sent { day: "20250104", ..Sent::default() }, "718"),
        (|r, t| r.outside_enrollment = t, Sent { clinic: "1000000046", ..Sent::default() }, "24"),
    ];
    for (rule, claim, code) in cases {
        let mut payer = Payer::with_rules(|rules| rule(rules, RuleTreatment::Accept)).await;
        let number = payer.accepted(&claim).await;
        assert_eq!(&*payer.version(&number).await.state.category, "P1", "{code}");
        let mut payer = Payer::with_rules(|rules| rule(rules, RuleTreatment::Pend)).await;
        let number = payer.accepted(&claim).await;
        let state = payer.version(&number).await.state;
        assert_eq!((&*state.category, &*state.code), ("P2", code));
        let mut payer = Payer::with_rules(|rules| rule(rules, RuleTreatment::Reject)).await;
        assert!(payer.refused(&claim).await.contains(code));
    }
}

#[tokio::test]
async fn a_partner_sends_only_for_its_own_providers() {
    let mut payer = Payer::with_rules(|rules| rules.unknown_provider = RuleTreatment::Accept).await;
    let only = |npi: &str| ProviderScope::Only(std::sync::Arc::new([npi.into()].into()));
    payer.scope = only("1245319599");
    assert_eq!(payer.refused(&Sent::default()).await, "A3:24:85");
    payer.scope = only("1234567893");
    payer.accepted(&Sent::default()).await;
}

#[tokio::test]
async fn a_refused_billing_provider_is_refused_as_a_whole() {
    let mut payer = Payer::new().await;
    let judged = payer.take(&set(&[Sent { clinic: "1999999984", ..Sent::default() }])).await;
    let is_refused = |judged: &Judged| matches!(judged.decision, ClaimDecision::Refused { .. });
    assert_eq!(judged.iter().map(is_refused).collect::<Vec<_>>(), [true, true]);
    let judged = payer.take(&set(&[Sent::default()])).await;
    assert_eq!(judged[1].decision, ClaimDecision::AsChecked);
}

#[tokio::test]
async fn duplicates_are_found_whatever_their_account_and_not_when_a_service_differs() {
    let mut payer = Payer::new().await;
    let number = payer.accepted(&Sent::default()).await;
    assert_eq!(payer.refused(&Sent { account: "ACC2", ..Sent::default() }).await, "A3:54");
    for (charge, procedure, day) in [
        ("151", "HC:99213", "20260101"),
        ("150", "HC:99214", "20260101"),
        ("150", "HC:99213", "20260102"),
        ("150", "HC:99213:76", "20260101"),
        ("150", "HC:99213:77", "20260101"),
        ("150", "HC:99213:59", "20260101"),
    ] {
        payer.accepted(&Sent { charge, procedure, day, ..Sent::default() }).await;
    }
    payer.set_state(&number, "F1", "65").await;
    payer.config.claims.rules.statuses.duplicate_in_process = "A3:78".to_owned();
    assert_eq!(payer.refused(&Sent::default()).await, "A3:54");
    let other = Sent { charge: "151", ..Sent::default() };
    assert_eq!(payer.refused(&other).await, "A3:78");
}

#[tokio::test]
async fn claims_of_one_file_see_each_other() {
    let mut payer = Payer::new().await;
    let judged = payer.take(&set(&[Sent::default(), Sent::default()])).await;
    assert!(matches!(judged[0].decision, ClaimDecision::Accepted { .. }));
    assert!(
        matches!(&judged[1].decision, ClaimDecision::Refused { status, .. } if &*status.code == "54")
    );
    // A number is guessed that the file itself brings.
    let first = Sent { charge: "77", ..Sent::default() };
    let replacement = Sent { charge: "70", ..Sent::replaces("202600500000002") };
    let again = Sent { charge: "60", ..Sent::replaces("202600500000002") };
    let judged = payer.take(&set(&[first, replacement, again])).await;
    let numbers: Vec<_> = judged.iter().map(|judged| &judged.decision).collect();
    assert!(matches!(numbers[1], ClaimDecision::Accepted { .. }), "{numbers:?}");
    assert!(
        matches!(numbers[2], ClaimDecision::Refused { status, .. } if &*status.code == "495"),
        "{numbers:?}"
    );
}

#[tokio::test]
async fn claims_the_checker_rejects_are_not_looked_at() {
    let mut payer = Payer::new().await;
    let text = set(&[Sent::default()]).replace("SV1*HC:99213*150", "SV1*HC:99213*140");
    let judged = payer.take(&text).await;
    assert_eq!(judged[0].decision, ClaimDecision::AsChecked);
    assert!(judged[0].entries.is_empty());
}

/// The one set of a fixture, for MARY SAMPLE.
fn fixture(text: &str) -> String {
    let set = &text[text.find("ST*837").unwrap()..text.find("GE*").unwrap()];
    let set: String = set.split_inclusive('~').map(str::trim_start).collect();
    set.replace("NM1*IL*1*DOE*JANE*", "NM1*IL*1*SAMPLE*MARY*")
}

#[tokio::test]
async fn institutional_and_dental_claims_come_in_as_what_they_are() {
    let mut payer = Payer::new().await;
    let institutional = fixture(include_str!("../../../../fixtures/valid/837i_outpatient.edi"));
    let dental = fixture(include_str!("../../../../fixtures/valid/837d_fillings.edi"));
    let cases = [
        (institutional, "005010X223A2", ClaimForm::Institutional),
        (dental, "005010X224A2", ClaimForm::Dental),
    ];
    for (text, guide, form) in cases {
        let judged = payer.take_as(&text, guide).await;
        let ClaimDecision::Accepted { number } = &judged[0].decision else {
            panic!("{:?}", judged[0].decision)
        };
        let version = payer.version(number).await;
        assert_eq!(version.form, form);
        assert!(!version.procedures.is_empty());
        let role = if form == ClaimForm::Institutional { "NORTH" } else { "" };
        assert!(version.rendering.last.contains(role), "{form:?}");
        // The same again, and as a claim of another form.
        let again = payer.take_as(&text, guide).await;
        let is_twin = |judged: &Judged| matches!(&judged.decision, ClaimDecision::Refused { status, .. } if &*status.code == "54");
        assert!(is_twin(&again[0]), "{:?}", again[0].decision);
        assert_eq!(payer.refused(&Sent::replaces(number)).await, "A7:464");
    }
}

#[tokio::test]
async fn each_form_has_frequencies_of_its_own() {
    let mut payer = Payer::new().await;
    let text = fixture(include_str!("../../../../fixtures/valid/837i_outpatient.edi"));
    for (frequency, charge) in [("2", "151"), ("3", "152"), ("4", "153"), ("5", "154")] {
        let text = text
            .replace("CLM*PT0011*150***13:A:1", &format!("CLM*PT0011*{charge}***13:A:{frequency}"))
            .replace("*G0101*150*", &format!("*G0101*{charge}*"))
            .replace(":G0101*150*", &format!(":G0101*{charge}*"));
        let judged = payer.take_as(&text, "005010X223A2").await;
        let is_accepted = matches!(judged[0].decision, ClaimDecision::Accepted { .. });
        assert!(is_accepted, "{frequency}: {:?}", judged[0].decision);
        assert_eq!(payer.refused(&Sent { frequency, ..Sent::default() }).await, "A7:535");
    }
}

/// Every status that refuses a claim, in a 277CA, passes our own checker.
#[test]
fn every_refusal_is_a_status_that_a_277ca_may_give() {
    let rules = ClaimRules::default();
    for refusal in Refusal::ALL {
        let status = refusal.status(&rules);
        let words = refusal.words();
        assert!(words.len() <= 264 && !words.contains(['*', '~', ':']), "{refusal:?}");
        let text = match &*status.entity {
            "85" => claim_ack_of(refusal, true),
            _ => claim_ack_of(refusal, false),
        };
        let group = GroupHeader {
            functional: "HN".into(),
            version: crate::txn::claim_ack::GUIDE_277CA.into(),
            ..GroupHeader::default()
        };
        let place =
            SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
        let mut checker = SetChecker::new(Registry::embedded(), &Policy::default());
        let report = checker.check(text.as_bytes(), place);
        assert!(report.findings.is_empty(), "{refusal:?} {:?} in {text}", report.findings);
        let mut out = Emitter::new(Delimiters::STANDARD);
        let stc = ClaimStatus {
            statuses: std::iter::once(StatusCode::from(&status)).collect(),
            action: wire::Code::new("U"),
            ..ClaimStatus::default()
        };
        stc.write(&mut out).unwrap();
        let stc = String::from_utf8(out.into_bytes()).unwrap();
        let status = stc.trim_end_matches('~').trim_end_matches("**U");
        assert!(text.contains(status), "{refusal:?}: {status} in {text}");
    }
}

/// A 277CA in which one claim, or its billing provider, is refused so.
fn claim_ack_of(refusal: Refusal, with_provider: bool) -> String {
    use crate::txn::claim_ack::{ClaimAck, ClaimAckOptions};
    let group = GroupHeader {
        functional: Inline::from("HC"),
        version: Inline::from("005010X222A1"),
        ..GroupHeader::default()
    };
    let place = SetPlace { group: &group, delimiters: Delimiters::STANDARD, offset: 0, ordinal: 1 };
    let mut checker = SetChecker::new(Registry::embedded(), &Policy::default()).with_claims(true);
    let report = checker.check(set(&[Sent::default()]).as_bytes(), place);
    let tally = report.claims.unwrap();
    let decision = refusal.decision(&ClaimRules::default());
    let of_provider = if with_provider { decision.clone() } else { ClaimDecision::AsChecked };
    let emitter = Emitter::new(Delimiters::STANDARD);
    let mut ack = ClaimAck::new(ClaimAckOptions::new(NOW), emitter, [Vec::new(), Vec::new()]);
    ack.take(report.guide.as_ref().unwrap(), &tally.events, &[decision, of_provider]).unwrap();
    let mut out = Vec::new();
    ack.finish(&tally, "0001", "CA1", "R1", &mut out).unwrap();
    String::from_utf8(out).unwrap()
}
