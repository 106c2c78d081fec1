//! A claim's status over its life, through the gateway and a store: received, found by number, patient and line, paid, replaced,
//! voided; and found by nobody who may not.

use std::sync::Arc;

use x12gate::acknowledge::ReplyKind;
use x12gate::answer::claim_status::ANSWER_277;
use x12gate::config::Config;
use x12gate::gateway::{FixedClock, Gateway, Lane};
use x12gate::guide::Registry;
use x12gate::store::{
    Actor, Adjustment, ClaimState, LedgerEntry, PaidLine, Payment, PaymentKind, Remittance,
    RemittanceKey, StateChange, Stores, demo,
};

use crate::gateway::operator;

const CLINIC: &str = "1234567893";

/// The sandbox payer on 5 January 2026.
struct Payer {
    gateway: Gateway,
    stores: Stores,
    control: std::cell::Cell<u32>,
}

impl Payer {
    async fn open() -> Payer {
        let stores = Stores::in_memory().await.unwrap();
        demo::load(&stores, time::macros::date!(2026 - 01 - 05)).await.unwrap();
        let clock = Arc::new(FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC)));
        let (config, registry) = (Config::default(), Arc::new(Registry::new()));
        let gateway = Gateway::open(stores.clone(), config, registry, clock).await.unwrap();
        Payer { gateway, stores, control: 500.into() }
    }

    /// Sends one group from this sender; gives the reply of this kind as segments.
    async fn send(
        &self,
        sender: &str,
        (functional, guide): (&str, &str),
        sets: &[String],
        kind: ReplyKind,
        lane: Lane,
    ) -> Vec<String> {
        let control = self.control.get() + 1;
        self.control.set(control);
        let (count, sets) = (sets.len(), sets.concat());
        let text = format!(
            "ISA*00*          *00*          *ZZ*{sender:15}*ZZ*PAYERGW        *260105*0930*^*00501*\
             {control:09}*0*T*:~GS*{functional}*{sender}*PAYERGW*20260105*0930*1*X*{guide}~{sets}\
             GE*{count}*1~IEA*1*{control:09}~"
        );
        let (replies, _) = self.gateway.respond_to(&operator(text, lane)).await.unwrap();
        let body = &replies.of(kind).unwrap_or_else(|| panic!("no {kind:?} in {replies:?}")).body;
        let text = String::from_utf8(body.to_vec()).unwrap();
        text.split_terminator('~').map(str::to_owned).collect()
    }

    /// Sends a claim of Mary's, and gives the number it gets.
    async fn claim(&self, frequency: &str, original: Option<&str>, total: u32) -> String {
        let original = original.map(|number| format!("REF*F8*{number}~")).unwrap_or_default();
        let second = total - 150;
        let body = format!(
            "BHT*0019*00*B1*20260105*0930*CH~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
             PER*IC*EDI DESK*TE*6175550100~NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~\
             NM1*85*2*SAMPLE CLINIC*****XX*{CLINIC}~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~\
             REF*EI*123456789~HL*2*1*22*0~SBR*P*18*******HM~NM1*IL*1*SAMPLE*MARY****MI*S12300000101~\
             N3*1 MAIN ST~N4*BOSTON*MA*02111~DMG*D8*19800115*F~\
             NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~CLM*ACC1*{total}***11:B:{frequency}*Y*A*Y*Y~\
             {original}HI*ABK:J069~NM1*82*1*ROE*RICHARD****XX*1245319599~PRV*PE*PXC*207Q00000X~\
             LX*1~SV1*HC:99213:25*150*UN*1***1~DTP*472*D8*20251215~REF*6R*L1~\
             LX*2~SV1*HC:80053*{second}*UN*2***1~DTP*472*D8*20251216~"
        );
        let set = set("837", "005010X222A1", &body);
        let kind = ReplyKind::ACK_277CA;
        let said = self.send("SUBMITTER1", ("HC", "005010X222A1"), &[set], kind, Lane::Batch).await;
        let number = said.iter().find_map(|segment| segment.strip_prefix("REF*1K*"));
        number.unwrap_or_else(|| panic!("no number in {said:#?}")).to_owned()
    }

    /// What is answered to a request about Mary, from the first TRN on.
    async fn status(&self, sender: &str, asked: &str) -> Vec<String> {
        let sets = [request("19800115", CLINIC, asked)];
        let said = self.send(sender, ("HR", "005010X212"), &sets, ANSWER_277, Lane::RealTime).await;
        said.into_iter()
            .skip_while(|segment| !segment.starts_with("TRN"))
            .take_while(|segment| !segment.starts_with("SE*"))
            .collect()
    }

    /// The claim is paid: 120 for the first line, nothing for the second.
    async fn pay(&self, number: &str) {
        let key = RemittanceKey { payer: "1999999999".into(), trace: "EFT0001".into() };
        let day = time::macros::date!(2026 - 01 - 04);
        let line = |line, charge: i64, paid: i64| PaidLine {
            line: Some(line),
            charge: charge.into(),
            paid: paid.into(),
            adjustments: vec![Adjustment {
                group: "CO".into(),
                reason: "45".into(),
                amount: (charge - paid).into(),
                quantity: None,
            }],
            ..PaidLine::default()
        };
        let remittance = Remittance {
            key: key.clone(),
            date: day,
            method: "ACH".into(),
            amount: 120.into(),
            payee_npi: CLINIC.into(),
            payee_tin: "123456789".into(),
            adjustments: Vec::new(),
            text: Vec::new(),
        };
        let payment = Payment {
            claim: number.into(),
            kind: PaymentKind::Decision,
            remittance: key,
            status: "1".into(),
            charge: 250.into(),
            paid: 120.into(),
            patient: 0.into(),
            interest: 0.into(),
            adjustments: Vec::new(),
            remarks: Vec::new(),
            lines: vec![line(1, 150, 120), line(2, 100, 0)],
            finalized: time::macros::date!(2026 - 01 - 02),
            remitted: day,
        };
        let state = ClaimState {
            category: "F1".into(),
            code: "65".into(),
            entity: Box::default(),
            effective: day,
        };
        let change = StateChange { claim: number.into(), state, why: "paid".into() };
        let entries = vec![
            LedgerEntry::Remittance(Box::new(remittance)),
            LedgerEntry::Payment(Box::new(payment)),
            LedgerEntry::State(change),
        ];
        let by = Actor { who: "operator".into(), at_micros: 1_767_600_000_000_000 };
        self.stores.claims.enter(entries, &by).await.unwrap();
    }
}

fn set(kind: &str, guide: &str, body: &str) -> String {
    let count = body.matches('~').count() + 2;
    format!("ST*{kind}*0001*{guide}~{body}SE*{count}*0001~")
}

/// A request about Mary, born on this day, for this provider.
fn request(birth: &str, npi: &str, asked: &str) -> String {
    let body = format!(
        "BHT*0010*13*CS0001*20260105*0930~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
         HL*2*1*21*1~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~HL*3*2*19*1~\
         NM1*1P*2*SAMPLE CLINIC*****XX*{npi}~HL*4*3*22*0~DMG*D8*{birth}*F~\
         NM1*IL*1*SAMPLE*MARY****MI*S12300000101~{asked}"
    );
    set("276", "005010X212", &body)
}

/// A request by number.
fn by_number(number: &str) -> String {
    format!("TRN*1*PT0001~REF*1K*{number}~DTP*472*RD8*20250101-20260105~")
}

const BY_DAYS: &str = "TRN*1*PT0001~DTP*472*RD8*20251201-20260105~";

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_is_followed_from_its_receipt_to_its_void() {
    let payer = Payer::open().await;
    let status = |asked: String| {
        let payer = &payer;
        async move { payer.status("SUBMITTER1", &asked).await }
    };
    let first = payer.claim("1", None, 250).await;
    let received = vec![
        "TRN*2*PT0001".to_owned(),
        "STC*P1:20*20260105**250*0".to_owned(),
        format!("REF*1K*{first}"),
        "REF*EJ*ACC1".to_owned(),
        "DTP*472*RD8*20251215-20251216".to_owned(),
    ];
    assert_eq!(status(by_number(&first)).await, received);
    assert_eq!(status(BY_DAYS.to_owned()).await, received);
    assert_eq!(
        status("TRN*1*PT0001~SVC*HC:80053*100~DTP*472*D8*20251216~".to_owned()).await[5..],
        ["SVC*HC:80053*100*0****2", "STC*P1:20*20260105", "DTP*472*D8*20251216",]
    );
    let other_charge = "TRN*1*PT0001~SVC*HC:80053*99~DTP*472*D8*20251216~".to_owned();
    assert_eq!(status(other_charge).await[1], "STC*D0:35*20260105");

    payer.pay(&first).await;
    let paid = status(format!("{}SVC*HC:99213*150~DTP*472*D8*20251215~", by_number(&first))).await;
    assert_eq!(paid[1], "STC*F1:65*20260104**250*120*20260102**20260104*EFT0001");
    assert_eq!(paid[5..8], ["SVC*HC:99213:25*150*120****1", "STC*F1:65*20260104", "REF*FJ*L1",]);

    let second = payer.claim("7", Some(&first), 270).await;
    for asked in [by_number(&first), by_number(&second), BY_DAYS.to_owned()] {
        let said = status(asked).await;
        assert_eq!(
            said[1..3],
            ["STC*P1:20*20260105**270*0".to_owned(), format!("REF*1K*{second}")]
        );
        assert_eq!(said.len(), 5);
    }
    let third = payer.claim("8", Some(&second), 270).await;
    let said = status(by_number(&first)).await;
    assert_eq!(said[1..3], ["STC*F4:686*20260105**270*0".to_owned(), format!("REF*1K*{third}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_see_a_claim_is_told_the_same_as_of_no_claim() {
    let payer = Payer::open().await;
    let number = payer.claim("1", None, 250).await;
    let unknown = "TRN*1*PT0001~REF*1K*NONE~DTP*472*RD8*20250101-20250131~";
    let elsewhere = by_number(&number).replace("20250101-20260105", "20250101-20250131");
    let nothing = payer.status("SUBMITTER1", unknown).await;
    assert_eq!(nothing[1], "STC*D0:35*20260105");
    // The partner may ask for the clinic; for another provider the claim is nobody's.
    assert_eq!(payer.status("SUBMITTER2", &elsewhere).await[2], format!("REF*1K*{number}"));
    let sets = [
        request("19800115", "1000000012", &elsewhere),
        request("19810115", CLINIC, &elsewhere),
        request("19810115", CLINIC, unknown),
    ];
    let numbered = |(n, set): (u32, String)| {
        let set = set.replace("ST*276*0001*", &format!("ST*276*{n:04}*"));
        set.replace("*0001~", &format!("*{n:04}~"))
    };
    let sets: Vec<String> = (1..).zip(sets).map(numbered).collect();
    let said = payer.send("SUBMITTER1", ("HR", "005010X212"), &sets, ANSWER_277, Lane::Batch).await;
    let statuses: Vec<&String> = said.iter().filter(|s| s.starts_with("STC")).collect();
    assert_eq!(statuses, ["STC*D0:35*20260105", "STC*D0:97:PR*20260105", "STC*D0:97:PR*20260105"]);
    assert!(!said.iter().any(|segment| segment.contains(&number)));
    // One answer for each request, in order.
    assert_eq!(said.iter().filter(|s| s.starts_with("ST*277*0001*")).count(), 1);
    assert_eq!(said.iter().filter(|s| s.starts_with("ST*277*")).count(), sets.len());
}
