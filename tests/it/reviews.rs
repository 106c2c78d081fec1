//! Services reviews through the gateway and SQLite: each outcome of the rules, each rejection, the life of a review, inquiries and
//! notifications. Every reply passes our own checker.

mod whole_ledger;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use time::OffsetDateTime;
use time::macros::datetime;
use x12gate::config::Config;
use x12gate::config::reviews::Duplicates;
use x12gate::finding::{Policy, Severity};
use x12gate::gateway::{Delivery, FixedClock, Gateway, Lane};
use x12gate::guide::Registry;
use x12gate::store::{Actor, ReviewEntry, ReviewKey, ReviewQuery, ReviewRecord, Stores, demo};

const NOW: OffsetDateTime = datetime!(2026-01-05 09:31 UTC);

const MARY: [&str; 5] = ["SAMPLE", "MARY", "S12300000101", "19800115", "F"];
const WENDY: [&str; 5] = ["WIDER", "WENDY", "S12300001501", "19690131", "F"];
const SAMUEL: [&str; 5] = ["SENIOR", "SAMUEL", "S12300001801", "19480404", "M"];
const WALTER: [&str; 5] = ["WORKER", "WALTER", "S12300001401", "19830717", "M"];
const PABLO: [&str; 5] = ["PUBLIC", "PABLO", "N12300002801", "20010121", "M"];
const DERM: &str = "NM1*SJ*1*DERM*DORA****XX*1000000053";
const FARAWAY: &str = "NM1*SJ*1*FARAWAY*FRITZ****XX*1000000061";
const ROE: &str = "NM1*1P*1*ROE*RICHARD****XX*1245319599";
const DAYS: &str = "DTP*AAH*RD8*20260110-20260310";

/// A payer with the demonstration's members.
struct Payer {
    gateway: Arc<Gateway>,
    stores: Stores,
    control: AtomicU32,
}

async fn payer_with(config: Config) -> Payer {
    let stores = Stores::in_memory().await.unwrap();
    demo::load(&stores, NOW.date()).await.unwrap();
    let registry = Arc::new(Registry::new());
    let clock = Arc::new(FixedClock(NOW));
    let gateway = Gateway::open(stores.clone(), config, registry, clock).await.unwrap();
    Payer { gateway: Arc::new(gateway), stores, control: AtomicU32::new(1) }
}

async fn payer() -> Payer {
    payer_with(Config::default()).await
}

/// One interchange of sets of a guide.
fn interchange(guide: &str, sets: &[Vec<String>], control: u32) -> String {
    let mut text = format!(
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*{control:09}*0*T*:~\
         GS*HI*SUBMITTER1*PAYERGW*20260105*0930*{control}*X*{guide}~"
    );
    for (index, body) in sets.iter().enumerate() {
        let number = format!("{:04}", index + 1);
        text += &format!("ST*278*{number}*{guide}~");
        body.iter().for_each(|segment| text += &format!("{segment}~"));
        text += &format!("SE*{}*{number}~", body.len() + 2);
    }
    text + &format!("GE*{}*{control}~IEA*1*{control:09}~", sets.len())
}

/// A reply, by its segments.
#[derive(Debug)]
struct Reply(Vec<Vec<String>>);

impl Reply {
    fn all(&self, start: &str) -> Vec<String> {
        let whole = self.0.iter().map(|segment| segment.join("*"));
        whole.filter(|segment| segment.starts_with(start)).collect()
    }

    fn one(&self, start: &str) -> String {
        let all = self.all(start);
        assert_eq!(all.len(), 1, "{start} in {:?}", self.0);
        all.into_iter().next().unwrap()
    }

    /// HCR01, HCR02 and HCR03 of the event.
    fn hcr(&self) -> (String, String, String) {
        let hcr = self.0.iter().find(|segment| segment[0] == "HCR");
        let at = |index: usize| hcr.and_then(|hcr| hcr.get(index)).cloned().unwrap_or_default();
        (at(1), at(2), at(3))
    }

    /// AAA03 and AAA04 of each rejection.
    fn rejections(&self) -> Vec<String> {
        self.0
            .iter()
            .filter(|s| s[0] == "AAA")
            .map(|s| format!("{} {} {}", s[1], s[3], s[4]))
            .collect()
    }
}

impl Payer {
    async fn send_sets(&self, guide: &str, sets: &[Vec<String>]) -> Reply {
        let control = self.control.fetch_add(1, Ordering::Relaxed);
        self.send_text(&interchange(guide, sets, control)).await
    }

    async fn send_text(&self, text: &str) -> Reply {
        let findings = problems(text.as_bytes());
        assert!(findings.is_empty(), "the test's own 278: {findings:?}");
        let delivery = Delivery::operator(Bytes::from(text.to_owned()), Lane::RealTime, NOW);
        let (replies, _) = self.gateway.respond_to(&delivery).await.unwrap();
        let reply = replies.replies.iter().find(|reply| reply.kind.name == "278");
        let reply = reply.unwrap_or_else(|| panic!("no 278 in {:?}", replies.replies));
        let findings = problems(&reply.body);
        let text = String::from_utf8(reply.body.to_vec()).unwrap();
        assert!(findings.is_empty(), "{findings:?} in {text}");
        let segments = text.split('~').filter(|segment| !segment.is_empty());
        Reply(segments.map(|s| s.split('*').map(String::from).collect()).collect())
    }

    async fn send(&self, guide: &str, set: Vec<String>) -> Reply {
        self.send_sets(guide, &[set]).await
    }

    async fn request(&self, set: Vec<String>) -> Reply {
        self.send("005010X217", set).await
    }

    /// Sends a claim of MARY that names a referral; each index is another claim.
    async fn claim(&self, number: &str, index: u32) {
        let day = 1 + index % 4;
        let claim = format!(
            "BHT*0019*00*B{index}*20260105*0930*CH~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~PER*IC*EDI DESK*TE*6175550100~\
             NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 CLINIC WAY~\
             N4*BOSTON*MA*021110001~REF*EI*123456789~HL*2*1*22*0~SBR*P*18*******HM~NM1*IL*1*SAMPLE*MARY****MI*S12300000101~\
             N3*1 MAIN ST~N4*BOSTON*MA*02111~DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
             CLM*V{index}*15{index}***11:B:1*Y*A*Y*Y~REF*9F*{number}~HI*ABK:J069~LX*1~SV1*HC:992{:02}*15{index}*UN*1***1~\
             DTP*472*D8*2026010{day}~",
            11 + index % 5
        );
        let control = self.control.fetch_add(1, Ordering::Relaxed);
        let count = claim.matches('~').count() + 2;
        let text = format!(
            "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*{control:09}*0*T*:~\
             GS*HC*SUBMITTER1*PAYERGW*20260105*0930*{control}*X*005010X222A1~ST*837*0001*005010X222A1~{claim}\
             SE*{count}*0001~GE*1*{control}~IEA*1*{control:09}~"
        );
        assert_eq!(problems(text.as_bytes()), [""; 0]);
        let delivery = Delivery::operator(Bytes::from(text), Lane::RealTime, NOW);
        self.gateway.respond_to(&delivery).await.unwrap();
    }

    async fn stored(&self) -> Vec<ReviewRecord> {
        self.stores.reviews.search(&ReviewQuery::default()).await.unwrap().reviews
    }

    async fn standing(&self, number: &str) -> ReviewRecord {
        let keys = [ReviewKey::Number(number.into())];
        let mut found = self.stores.reviews.find(&keys, 0).await.unwrap().remove(0);
        assert_eq!(found.len(), 1, "{number}");
        found.remove(0)
    }
}

/// Errors that our own checker finds.
fn problems(text: &[u8]) -> Vec<String> {
    let found = x12gate::check::findings(text, Registry::embedded(), &Policy::default());
    let errors = found.iter().filter(|found| found.finding.severity == Severity::Error);
    errors.map(|found| format!("{:?}", found.finding)).collect()
}

fn head(reference: &str, member: &[&str; 5]) -> Vec<String> {
    let [last, first, id, birth, gender] = member;
    [
        format!("BHT*0007*13*{reference}*20260105*0930"),
        "HL*1**20*1".into(),
        "NM1*X3*2*SAMPLE HEALTH PLAN*****PI*99999".into(),
        "HL*2*1*21*1".into(),
        ROE.into(),
        "PER*IC*REFERRAL DESK*TE*6175550100".into(),
        "HL*3*2*22*1".into(),
        format!("NM1*IL*1*{last}*{first}****MI*{id}"),
        format!("DMG*D8*{birth}*{gender}"),
    ]
    .into()
}

/// A request about one event; `services` are the segments below each HL of a service.
fn event(
    reference: &str,
    member: &[&str; 5],
    segments: &[&str],
    services: &[&[&str]],
) -> Vec<String> {
    let mut set = head(reference, member);
    set.push(format!("HL*4*3*EV*{}", u8::from(!services.is_empty())));
    set.push(format!("TRN*1*T{reference}*9SUBMITTER"));
    set.extend(segments.iter().map(|segment| (*segment).to_owned()));
    for (index, service) in services.iter().enumerate() {
        set.push(format!("HL*{}*4*SS*0", index + 5));
        set.extend(service.iter().map(|segment| (*segment).to_owned()));
    }
    set
}

fn referral(reference: &str, member: &[&str; 5], visits: &str, provider: &str) -> Vec<String> {
    let hsd = format!("HSD*VS*{visits}");
    event(reference, member, &["UM*SC*I*1*11:B*****Y", DAYS, "HI*ABK:L700", &hsd, provider], &[])
}

#[tokio::test]
async fn a_referral_of_the_own_primary_care_provider_is_approved_at_once() {
    let payer = payer().await;
    let reply = payer.request(referral("RF1", &MARY, "3", DERM)).await;
    assert_eq!(reply.one("HCR"), "HCR*A1*A00000001");
    assert_eq!(reply.one("BHT"), "BHT*0007*11*RF1*20260105*0931*18");
    assert_eq!(reply.one("TRN"), "TRN*2*TRF1*9SUBMITTER");
    assert_eq!(reply.one("UM"), "UM*SC*I*1*11:B");
    assert_eq!(reply.one("DTP"), "DTP*AAH*RD8*20260110-20260310");
    assert_eq!(reply.one("HSD"), "HSD*VS*3");
    assert!(reply.all("REF").is_empty() && reply.all("AAA").is_empty());
    assert!(reply.all("PER").is_empty(), "the requester's contact does not come back");
    let stored = payer.standing("A00000001").await;
    assert_eq!((&*stored.receipt, &*stored.rule), ("R00000001", "referrals-in-network"));
    assert_eq!(stored.interchange, 1);
}

#[tokio::test]
async fn every_outcome_of_the_rules_that_are_built_in() {
    let payer = payer().await;
    let admission = [
        "DTP*435*D8*20260108",
        "HI*ABK:K3580",
        "HSD*DY*5",
        "NM1*FA*2*SAMPLE GENERAL HOSPITAL*****XX*1000000020",
    ];
    let admitted = |um: &'static str| [&[um][..], &admission].concat();
    let therapy = [
        "UM*HS*I*PT*11:B",
        DAYS,
        "HI*ABK:M545",
        "HSD*VS*20",
        "NM1*SJ*2*MOTION THERAPY*****XX*1000000087",
    ];
    let psychotherapy = [
        "UM*HS*I*A6*11:B",
        DAYS,
        "HI*ABK:F329",
        "HSD*VS*12",
        "NM1*SJ*1*LISTEN*LINA****XX*1000000095",
    ];
    let early = ["UM*SC*I*1*11:B", DAYS, "HSD*VS*3", "MSG*EARLY INTERVENTION", DERM];
    let consultation = ["UM*SC*I*3*11:B", DAYS, "HSD*VS*3", DERM];
    let appeal = ["UM*SC*1*1*11:B", "REF*BB*NONE", DAYS, DERM];
    let imaging = [
        "UM*HS*I*62*22:B",
        DAYS,
        "HI*ABK:R51",
        "NM1*SJ*2*SAMPLE GENERAL HOSPITAL*****XX*1000000020",
    ];
    let mri: &[&[&str]] = &[&["SV1*HC:70551**UN*1"]];
    let cosmetic: &[&[&str]] = &[&["SV1*HC:15824**UN*1"]];
    let surgery = ["UM*HS*I*2*22:B", DAYS, "HI*ABK:L700", DERM];
    let mut medicare = referral("A6", &SAMUEL, "3", DERM);
    medicare[4] = "NM1*1P*1*POE*PAULA****XX*1000000012".into();
    for (name, set, expected) in [
        ("PPO", referral("A1", &WENDY, "3", DERM), ("NA", "", "0H")),
        ("too many", referral("A2", &MARY, "100", DERM), ("", "", "N 33 C")),
        ("out of network", referral("A3", &MARY, "3", FARAWAY), ("A4", "R00000003", "0V")),
        ("consultation", event("A4", &MARY, &consultation, &[]), ("A6", "A00000004", "10")),
        ("early", event("A5", &MARY, &early, &[]), ("A3", "R00000005", "0X")),
        ("Medicare", medicare, ("A1", "A00000006", "")),
        ("telephone", event("A7", &MARY, &psychotherapy, &[]), ("CT", "", "0J")),
        ("public", event("A8", &PABLO, &psychotherapy, &[]), ("A1", "A00000008", "")),
        ("imaging elsewhere", event("A9", &PABLO, &imaging, mri), ("CT", "", "0J")),
        (
            "planned admission",
            event("B1", &MARY, &admitted("UM*AR*I*2*21:B"), &[]),
            ("A4", "R00000010", "0U"),
        ),
        (
            "emergency",
            event("B2", &SAMUEL, &admitted("UM*AR*I*2*21:B**03"), &[]),
            ("A6", "A00000011", "10"),
        ),
        ("therapy", event("B3", &MARY, &therapy, &[]), ("A6", "A00000012", "10")),
        ("cosmetic", event("B4", &MARY, &surgery, cosmetic), ("A3", "R00000013", "19")),
        ("no rule", event("B5", &MARY, &surgery, &[]), ("A4", "R00000014", "0V")),
        ("appeal of nothing", event("B6", &MARY, &appeal, &[]), ("", "", "N AA C")),
    ] {
        let reply = payer.request(set).await;
        let (action, number, reason) = reply.hcr();
        let found = match action.as_str() {
            "" => (action, String::new(), reply.rejections().join(" ")),
            "A3" | "A4" => {
                assert_eq!(number, "", "{name}");
                (action, reply.one("REF*NT")["REF*NT*".len()..].to_owned(), reason)
            }
            _ => (action, number, reason),
        };
        let expected = (expected.0.to_owned(), expected.1.to_owned(), expected.2.to_owned());
        assert_eq!(found, expected, "{name}");
        let waits = if found.0 == "A4" { "19" } else { "18" };
        assert!(reply.one("BHT").ends_with(waits), "{name}");
        match found.0.as_str() {
            "CT" => assert!(!reply.all("PER*IC**TE*8005550").is_empty(), "{name} {reply:?}"),
            "A6" => assert!(reply.all("HSD").len() == 1, "{name}"),
            _ => {}
        }
    }
    let kept = payer.stored().await;
    assert!(kept.iter().all(|review| (review.number.is_some()) == review.state.is_certified()));
    assert_eq!(kept.len(), 10, "what is refused, not needed or reviewed elsewhere is not kept");
    let medicare = payer.standing("A00000006").await;
    let pended = payer.standing("R00000010").await;
    assert_eq!(medicare.due_micros, None);
    assert!(
        pended.due_micros.is_none() && pended.closes_micros.is_some(),
        "it waits for a document"
    );
    assert!(payer.standing("R00000014").await.due_micros.is_some());
}

#[tokio::test]
async fn what_is_refused_is_refused_where_it_is_wrong_and_not_kept() {
    let payer = payer().await;
    let with = |member: [&'static str; 5]| referral("R1", &member, "3", DERM);
    let edit = |from: &str, to: &str| {
        let set = referral("R1", &MARY, "3", DERM);
        set.into_iter().map(|segment| segment.replace(from, to)).collect::<Vec<_>>()
    };
    let [last, first, id, birth, gender] = MARY;
    let plain_admission = event("R2", &MARY, &["UM*AR*I*2*21:B", "HI*ABK:K3580", DERM], &[]);
    let early_discharge = event(
        "R3",
        &MARY,
        &["UM*AR*I*2*21:B", "DTP*435*D8*20260108", "DTP*096*D8*20260107", DERM],
        &[],
    );
    let no_number = event("R4", &MARY, &["UM*SC*3*1*11:B", DERM], &[]);
    for (name, set, expected, level) in [
        ("payer", edit("PI*99999", "PI*88888"), "N 79 C", "20"),
        ("unknown requester", edit("1245319599", "1999999992"), "N 51 C", "21"),
        ("closed requester", edit("1245319599", "1000000038"), "Y 50 N", "21"),
        ("unknown member", with([last, first, "S99999999901", birth, gender]), "N 75 C", "22"),
        ("birth date", with([last, first, id, "19810115", gender]), "N 71 C", "22"),
        ("name", with(["OTHER", first, id, birth, gender]), "N 73 C", "22"),
        (
            "not covered",
            with(["FUTURE", "FRANCES", "S12300000401", "19901102", "F"]),
            "N 95 N",
            "22",
        ),
        ("too early", edit("20260110-20260310", "20240110-20240310"), "N 62 C", "EV"),
        ("too late", edit("20260110-20260310", "20280110-20280310"), "N 63 C", "EV"),
        ("no admission date", plain_admission, "N AM C", "EV"),
        ("early discharge", early_discharge, "N AN C", "EV"),
        ("cancel what", no_number, "N MA C", "EV"),
    ] {
        let reply = payer.request(set).await;
        assert_eq!(reply.rejections(), [expected], "{name}");
        assert!(reply.all("HCR").is_empty(), "{name}");
        let deepest = reply.0.iter().rfind(|segment| segment[0] == "HL").unwrap();
        assert_eq!((&*deepest[3], &*deepest[4]), (level, "0"), "{name}: nothing stands below");
    }
    assert!(payer.stored().await.is_empty());
}

#[tokio::test]
async fn services_are_decided_one_by_one_and_together() {
    let payer = payer().await;
    let office = ["UM*HS*I*1*11:B", DAYS, "HI*ABK:L700", DERM];
    let both: &[&[&str]] = &[&["SV1*HC:11102**UN*1"], &["SV1*HC:15824**UN*1"]];
    let reply = payer.request(event("S1", &MARY, &office, both)).await;
    assert_eq!(reply.all("HCR"), ["HCR*A2*A00000001", "HCR*A1*A00000001", "HCR*A3**19"]);
    let cosmetic: &[&[&str]] = &[&["SV1*HC:15824**UN*1"], &["SV1*HC:15828**UN*1"]];
    let reply = payer.request(event("S2", &MARY, &office, cosmetic)).await;
    assert_eq!(reply.all("HCR"), ["HCR*A3**19"; 3]);
    // One that waits makes all wait, and none gets a number.
    let waits: &[&[&str]] = &[&["SV1*HC:11102**UN*1"], &["UM*HS*I*2", "SV1*HC:99999**UN*1"]];
    let reply = payer.request(event("S3", &MARY, &office, waits)).await;
    let decided: Vec<_> = reply.all("HCR");
    assert_eq!(decided, ["HCR*A4**0V", "HCR*A4", "HCR*A4**0V"]);
}

#[tokio::test]
async fn the_same_again_is_never_a_second_authorization() {
    let payer = payer().await;
    let first = payer.request(referral("D1", &MARY, "3", DERM)).await.hcr();
    let again = payer.request(referral("D1", &MARY, "3", DERM)).await;
    assert_eq!(again.hcr(), first, "the same request");
    let other = payer.request(referral("D2", &MARY, "5", DERM)).await;
    assert_eq!(other.hcr(), first, "the same service on the same days");
    let twice = [referral("D3", &WALTER, "3", DERM), referral("D4", &WALTER, "3", DERM)];
    let reply = payer.send_sets("005010X217", &twice).await;
    let numbers: Vec<_> = reply.all("HCR");
    assert_eq!(numbers.len(), 2);
    assert_eq!(numbers[0], numbers[1], "twice in one interchange");
    assert_eq!(payer.stored().await.len(), 2);

    let mut config = Config::default();
    config.reviews.duplicates = Duplicates::Refuse;
    let payer = payer_with(config).await;
    let first = payer.request(referral("D1", &MARY, "3", DERM)).await.hcr();
    let refused = payer.request(referral("D2", &MARY, "3", DERM)).await;
    assert_eq!(refused.one("HCR"), "HCR*A3**0Q");
    assert_eq!(refused.one("REF"), format!("REF*BB*{}", first.1));
    assert_eq!(payer.stored().await.len(), 1);
}

#[tokio::test]
async fn a_review_is_extended_changed_appealed_and_cancelled() {
    let payer = payer().await;
    let number = payer.request(referral("L1", &MARY, "3", DERM)).await.hcr().1;
    let reference = format!("REF*BB*{number}");
    let um = |um: &'static str, days: &'static str, visits: &'static str| {
        [um, &*reference, days, visits, DERM].map(str::to_owned)
    };
    let follow = |name: &str, segments: &[String]| {
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        event(name, &MARY, &segments, &[])
    };
    let extended = um("UM*SC*4*1*11:B", "DTP*AAH*RD8*20260311-20260510", "HSD*VS*4");
    let reply = payer.request(follow("L2", &extended)).await;
    assert_eq!(reply.one("HCR"), format!("HCR*A1*{number}"), "an extension keeps the number");
    assert_eq!(payer.standing(&number).await.to.to_string(), "2026-05-10");
    let appeal = um("UM*SC*1*1*11:B", "DTP*AAH*RD8*20260311-20260510", "HSD*VS*9");
    let reply = payer.request(follow("L3", &appeal)).await;
    assert_eq!(reply.one("HCR"), "HCR*A4**0V");
    assert_eq!(reply.one("REF*BB"), reference, "what is appealed stands");
    let receipt = reply.one("REF*NT")["REF*NT*".len()..].to_owned();
    let cancel = ["UM*SC*3*1*11:B".to_owned(), reference.clone(), DERM.to_owned()];
    for name in ["L4", "L5"] {
        let reply = payer.request(follow(name, &cancel)).await;
        assert_eq!(reply.one("HCR"), format!("HCR*C*{number}"), "{name}");
    }
    assert_eq!(payer.standing(&number).await.state.word(), "cancelled");
    assert_eq!(payer.standing(&receipt).await.state.word(), "cancelled", "with its appeal");
    let reply = payer.request(follow("L6", &extended)).await;
    assert_eq!(reply.rejections(), ["N 33 N"], "nothing follows a cancellation");
    // A number of another patient tells no more than one that is not there.
    let reply =
        payer.request(event("L7", &SAMUEL, &["UM*SC*3*1*11:B", &reference, DERM], &[])).await;
    assert_eq!(reply.rejections(), ["N AA C"]);
}

#[tokio::test]
async fn what_waits_is_decided_later_and_told() {
    use x12gate::answer::review::{Verdict, decide};
    let payer = payer().await;
    let reply = payer.request(referral("W1", &MARY, "3", FARAWAY)).await;
    let receipt = reply.one("REF*NT")["REF*NT*".len()..].to_owned();
    let waiting = payer.standing(&receipt).await;
    let now = time::PrimitiveDateTime::new(NOW.date(), NOW.time());
    let verdict = Verdict::Modify { quantity: 2, reason: "10".into() };
    let answer = decide(&waiting, &verdict, "A77", None, "CALL US", now).unwrap();
    let by = Actor { who: "operator".into(), at_micros: 1 };
    let entries = || vec![ReviewEntry::Change(Box::new(answer.change.clone()))];
    assert_eq!(payer.stores.reviews.enter(entries(), &by).await.unwrap(), 0);
    assert_eq!(payer.stores.reviews.enter(entries(), &by).await.unwrap(), 1, "decided once");
    let text = &*payer.standing(&receipt).await.text;
    assert!(text.contains("BHT*0007*11*W1*20260105*0931*18~"), "{text}");
    assert!(text.contains("TRN*2*TW1*9SUBMITTER~") && text.contains("HCR*A6*A77*10~"), "{text}");
    assert!(text.contains("HSD*VS*2~") && text.contains("MSG*CALL US~"), "{text}");
    let again = payer.request(referral("W1", &MARY, "3", FARAWAY)).await;
    assert_eq!(again.hcr(), ("A6".into(), "A77".into(), "10".into()), "the request again tells it");
    assert!(
        decide(&payer.standing("A77").await, &Verdict::Approve, "A78", None, "", now).is_none()
    );
}

fn inquiry(member: &[&str; 5], asker: &str, segments: &[&str]) -> Vec<String> {
    let mut set = head("IQ1", member);
    set[0] = "BHT*0007*28*IQ1*20260105*0930".into();
    set[4] = asker.into();
    set.remove(5);
    set[7] = format!("DMG*D8*{}", member[3]);
    set.push("HL*4*3*EV*0".into());
    set.extend(segments.iter().map(|segment| (*segment).to_owned()));
    set
}

#[tokio::test]
async fn reviews_are_found_by_number_patient_and_provider_and_by_nobody_else() {
    let payer = payer().await;
    let number = payer.request(referral("Q1", &MARY, "3", DERM)).await.hcr().1;
    payer.request(referral("Q2", &MARY, "3", FARAWAY)).await;
    let bb = format!("REF*BB*{number}");
    let derm = DERM.replace("SJ", "1P");
    let hospital = "NM1*FA*2*SAMPLE GENERAL HOSPITAL*****XX*1000000020";
    let ask = async |member: &[&str; 5], asker: &str, segments: &[&str]| {
        payer.send("005010X215", inquiry(member, asker, segments)).await
    };
    let reply = ask(&MARY, ROE, &["UM*SC*I", &bb]).await;
    assert_eq!(reply.one("HCR"), format!("HCR*A1*{number}"));
    assert!(reply.all("TRN").is_empty());
    let reply = ask(&MARY, &derm, &["UM*SC*I", &bb]).await;
    assert_eq!(reply.one("HCR"), format!("HCR*A1*{number}"), "who is referred to may ask");
    let reply = ask(&MARY, ROE, &["UM*SC*I"]).await;
    assert_eq!(reply.all("HCR"), ["HCR*A4**0V".to_owned(), format!("HCR*A1*{number}")]);
    let reply = ask(&MARY, ROE, &["UM*SC*I", DAYS, FARAWAY]).await;
    assert_eq!(reply.all("HCR"), ["HCR*A4**0V"]);
    for (name, member, asker, segments, expected) in [
        ("another day", &MARY, ROE, vec!["UM*SC*I", "DTP*AAH*RD8*20270401-20270501"], "N NC C"),
        ("another kind", &MARY, ROE, vec!["UM*AR*I"], "N NC C"),
        ("another provider asks", &MARY, hospital, vec!["UM*SC*I"], "N NC C"),
        ("another patient", &SAMUEL, ROE, vec!["UM*SC*I", &*bb], "N AA C"),
        ("no such number", &MARY, ROE, vec!["UM*SC*I", "REF*BB*NONE"], "N AA C"),
    ] {
        let reply = ask(member, asker, &segments).await;
        assert_eq!(reply.rejections(), [expected], "{name}");
        assert!(reply.all("HCR").is_empty(), "{name}");
    }
}

#[tokio::test]
async fn claims_that_name_a_referral_use_its_visits() {
    let payer = payer().await;
    let number = payer.request(referral("V1", &MARY, "3", DERM)).await.hcr().1;
    // More claims than visits leave none, not fewer.
    for (index, left) in [(1, 2), (2, 1), (3, 0), (4, 0)] {
        payer.claim(&number, index).await;
        let used = payer.stores.reviews.used(&[number.as_str().into(), "A9".into()]).await.unwrap();
        assert_eq!(used, [u64::from(index), 0]);
        let bb = format!("REF*BB*{number}");
        let set = inquiry(&MARY, ROE, &["UM*SC*I", &bb]);
        let found = payer.send("005010X215", set).await;
        assert_eq!(found.one("HSD"), format!("HSD*VS*3***29*{left}"));
    }
}

fn notification(reference: &str, segments: &[&str]) -> Vec<String> {
    let mut set: Vec<String> = [
        &*format!("BHT*0007*CN*{reference}*20260105*0930"),
        "HL*1**20*1",
        "NM1*FA*2*SAMPLE GENERAL HOSPITAL*****XX*1000000020",
        "HL*2*1*21*1",
        "NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999",
        "HL*3*2*22*1",
        "NM1*IL*1*WIDER*WENDY****MI*S12300001501",
        "DMG*D8*19690131*F",
        "HL*4*3*EV*0",
    ]
    .map(String::from)
    .into();
    set.push(format!("TRN*1*T{reference}*9SUBMITTER"));
    set.extend(segments.iter().map(|segment| (*segment).to_owned()));
    set
}

#[tokio::test]
async fn a_notification_gets_a_receipt_and_never_a_decision() {
    let payer = payer().await;
    let admitted = ["UM*AR**2*21:B", "DTP*435*D8*20260104", "HI*ABK:K3580"];
    let reply = payer.send("005010X216", notification("N1", &admitted)).await;
    let receipt = reply.one("REF*NT")["REF*NT*".len()..].to_owned();
    assert!(reply.all("HCR").is_empty());
    assert_eq!(reply.one("TRN"), "TRN*2*TN1*9SUBMITTER");
    let again = payer.send("005010X216", notification("N1", &admitted)).await;
    assert_eq!(again.one("REF*NT"), format!("REF*NT*{receipt}"));
    let nt = format!("REF*NT*{receipt}");
    let discharged = ["UM*AR**2*21:B", &*nt, "DTP*096*D8*20260105"];
    let reply = payer.send("005010X216", notification("N2", &discharged)).await;
    assert_ne!(reply.one("REF*NT"), nt);
    assert_eq!(payer.stored().await.len(), 1, "the discharge stands in the place of the admission");
    let set =
        inquiry(&WENDY, "NM1*FA*2*SAMPLE GENERAL HOSPITAL*****XX*1000000020", &["UM*AR", &nt]);
    let found = payer.send("005010X215", set).await;
    assert_eq!(found.one("HCR"), "HCR*NA**18");
    let reply = payer.send("005010X216", notification("N3", &["UM*AR**2*21:B"])).await;
    assert_eq!(reply.rejections(), ["N AM C"]);

    // Without an agreement a stay is told by an admission review.
    let payer = self::payer().await;
    let text = interchange("005010X216", &[notification("N1", &admitted)], 900);
    let reply = payer.send_text(&text.replace("SUBMITTER1", "NOBODYYET1")).await;
    assert_eq!(reply.rejections(), ["Y 41 P"]);
    assert!(payer.stored().await.is_empty());
    let admission = ["UM*AR*I*2*21:B**03", "DTP*435*D8*20260104", "HI*ABK:K3580"];
    let set = event("N4", &WENDY, &admission, &[]);
    let text = interchange("005010X217", &[set], 901);
    let reply = payer.send_text(&text.replace("SUBMITTER1", "NOBODYYET1")).await;
    assert_eq!(reply.hcr().0, "A1");
}

#[tokio::test]
async fn rules_are_read_again_when_their_file_changes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("rules.toml");
    let rule = |then: &str| {
        let text =
            format!("[[rule]]\nname = \"all\"\nwhen = {{ review = [\"SC\"] }}\nthen = {then}\n");
        std::fs::write(&file, text).unwrap();
    };
    rule("{ outcome = \"deny\", reason = \"0F\" }");
    let mut config = Config::default();
    config.reviews.rules = file.clone();
    let payer = payer_with(config).await;
    let reply = payer.request(referral("F1", &MARY, "3", DERM)).await;
    assert_eq!(reply.one("HCR"), "HCR*A3**0F");
    rule("{ outcome = \"modify\", valid_months = 2, quantity = 2, reason = \"10\" }");
    let reply = payer.request(referral("F2", &MARY, "3", DERM)).await;
    assert_eq!(reply.hcr().0, "A6");
    assert_eq!(reply.one("HSD"), "HSD*VS*2");
    // What cannot be read leaves the last rules in force.
    std::fs::write(&file, "[[rule]]\nnome = 1\n").unwrap();
    let reply = payer.request(referral("F3", &SAMUEL, "3", DERM)).await;
    assert_eq!(reply.hcr().0, "A6");
}
