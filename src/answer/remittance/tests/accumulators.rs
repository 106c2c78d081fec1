//! What members have used follows what is decided.

use time::macros::{date, datetime};

use super::sample::{Ledger, advice, claim, paid, reversed};
use crate::answer::AnswerContext;
use crate::answer::eligibility::EligibilityService;
use crate::config::{Accumulators, EligibilityPolicy};
use crate::partner::{Lane, ProviderScope};
use crate::store::{LedgerEntry, Owner};
use crate::txn::eligibility::Inquiry;
use crate::txn::eligibility::round_trip::walk;
use crate::wire::{Delimiters, Emitter};

/// What John Doe has used of this year before.
const BEFORE: [&str; 8] = [
    "Family Deductible In 2026 120",
    "Family Deductible Out 2026 600",
    "Family OutOfPocket In 2026 340",
    "Family OutOfPocket Out 2026 780",
    "Individual Deductible In 2026 120",
    "Individual Deductible Out 2026 600",
    "Individual OutOfPocket In 2026 340",
    "Individual OutOfPocket Out 2026 780",
];

/// And after 20 of deductible and 10 of copayment in the network.
const AFTER: [&str; 8] = [
    "Family Deductible In 2026 140",
    "Family Deductible Out 2026 600",
    "Family OutOfPocket In 2026 370",
    "Family OutOfPocket Out 2026 780",
    "Individual Deductible In 2026 140",
    "Individual Deductible Out 2026 600",
    "Individual OutOfPocket In 2026 370",
    "Individual OutOfPocket Out 2026 780",
];

const JOHN: &str = "S12300000201";

#[test]
fn deductible_copayment_and_coinsurance_count_for_the_person_and_the_family() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    assert_eq!(ledger.used(JOHN), BEFORE);
    ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
    assert_eq!(ledger.used(JOHN), AFTER);
    // A reversal gives back exactly what was taken.
    let plb = "PLB*1234567893*20261231*FB:CHK2*-50~";
    ledger.load(&advice("CHK2", "0", &[&reversed("PT1", "C1")], plb));
    assert_eq!(ledger.used(JOHN), BEFORE);
    // And it is taken again, once.
    ledger.load(&advice("CHK3", "50", &[&paid("PT1", "C1")], ""));
    assert_eq!(ledger.used(JOHN), AFTER);
}

#[test]
fn what_is_not_covered_does_not_count() {
    for reason in ["96", "119", "204"] {
        let ledger = Ledger::demo();
        ledger.claim("C1", "PT1");
        let claim = paid("PT1", "C1").replace("PR*1*20", &format!("PR*{reason}*20"));
        ledger.load(&advice("CHK1", "50", &[&claim], ""));
        let used = ledger.used(JOHN);
        assert!(used.contains(&"Individual Deductible In 2026 120".to_owned()), "{used:?}");
        assert!(used.contains(&"Individual OutOfPocket In 2026 350".to_owned()), "{used:?}");
    }
}

#[test]
fn they_are_left_alone_where_another_system_keeps_them() {
    let mut ledger = Ledger::demo();
    ledger.accumulators = Accumulators::Elsewhere;
    ledger.claim("C1", "PT1");
    ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
    assert_eq!(ledger.used(JOHN), BEFORE);
}

#[test]
fn the_year_is_that_of_the_service_and_the_network_that_of_the_provider() {
    let ledger = Ledger::demo();
    let mut stranger = claim("C1", "PT1", 100);
    stranger.billing.npi = "1999999992".into();
    stranger.rendering.npi = "1999999992".into();
    // The benefit year of this plan begins in July.
    let july = stranger.clone();
    stranger.from = date!(2025 - 12 - 30);
    stranger.to = stranger.from;
    let mut july =
        crate::store::ClaimVersion { number: "C2".into(), original: "C2".into(), ..july };
    july.account = "PT2".into();
    july.member = Some(Owner { subscriber: "123000029".into(), suffix: "01".into() });
    ledger.enter(vec![LedgerEntry::Claim(stranger.into()), LedgerEntry::Claim(july.into())]);
    let last_year = paid("PT1", "C1").replace("20260102", "20251230");
    ledger.load(&advice("CHK1", "100", &[&last_year, &paid("PT2", "C2")], ""));
    let used = ledger.used(JOHN);
    assert!(used.contains(&"Individual Deductible Out 2025 20".to_owned()), "{used:?}");
    assert!(used.contains(&"Individual Deductible Out 2026 600".to_owned()), "{used:?}");
    let used = ledger.used("S12300002901");
    assert!(used.iter().any(|used| used.contains(" 2025 30")), "{used:?}");
}

#[test]
fn the_next_271_shows_what_remains() {
    let ledger = Ledger::demo();
    ledger.claim("C1", "PT1");
    let answer = || {
        let inquiry = "ST*270*0001*005010X279A1~BHT*0022*13*TX0001*20260105*0930~HL*1**20*1~\
            NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~\
            HL*3*2*22*0~TRN*1*TRACE0001*9SUBMITTER~NM1*IL*1*DOE*JOHN****MI*S12300000201~DMG*D8*19720630~\
            EQ*30~SE*11*0001~";
        let (_, inquiry) = walk(inquiry.as_bytes(), Delimiters::STANDARD, "HS", Inquiry::read);
        let policy = EligibilityPolicy::default();
        let plans = ledger.wait(ledger.stores.plans.all()).unwrap();
        let service = EligibilityService::new(plans, &policy);
        let context = AnswerContext {
            now: datetime!(2026-01-05 09:30),
            lane: Lane::Batch,
            scope: ProviderScope::All,
            policy: policy.into(),
            trace: "000000101".into(),
            group: Default::default(),
        };
        let answers = ledger.wait(service.answer_all(&ledger.stores, vec![inquiry], &context));
        let mut out = Emitter::new(Delimiters::STANDARD);
        answers.unwrap().remove(0).write(&mut out).unwrap();
        String::from_utf8(out.into_bytes()).unwrap()
    };
    assert!(answer().contains("EB*C*IND*30***29*380*"), "{}", answer());
    ledger.load(&advice("CHK1", "50", &[&paid("PT1", "C1")], ""));
    assert!(answer().contains("EB*C*IND*30***29*360*"), "{}", answer());
}
