//! Which acknowledgments a few interchanges get, event by event.

use std::sync::Arc;

use time::macros::datetime;

use super::*;
use crate::check::{Excerpt, Limits, Sink, Stream};
use crate::finding::{Finding, Unit};
use crate::guide::Registry;
use crate::txn::ack::AckOptions;
use crate::txn::claim_ack::ClaimAckOptions;
use crate::txn::envelope::Party;

const ISA: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
    *260105*0930*^*00501*000000101*1*T*:~";
const CLAIMS: &str = "ST*837*0001*005010X222A1~BHT*0019*00*BATCH0001*20260105*0930*CH~\
    NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~PER*IC*EDI DESK*TE*6175550100~\
    NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~\
    N3*1 MAIN ST~N4*BOSTON*MA*021110000~REF*EI*123456789~HL*2*1*22*0~SBR*P*18*******HM~\
    NM1*IL*1*DOE*JANE****MI*S12300000101~N3*2 ELM ST~N4*BOSTON*MA*02111~DMG*D8*19800115*F~\
    NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~CLM*PT1*100***11:B:1*Y*A*Y*Y~HI*ABK:R55~LX*1~\
    SV1*HC:99213*100*UN*1***1~DTP*472*D8*20251201~SE*23*0001~";

/// Keeps everything in memory.
#[derive(Debug)]
struct Memory;

impl Spools for Memory {
    type Spool = Vec<u8>;

    fn reply(&mut self) -> std::io::Result<Vec<u8>> {
        Ok(Vec::new())
    }

    fn scratch(&mut self) -> std::io::Result<Vec<u8>> {
        Ok(Vec::new())
    }
}

/// Drives the acknowledger with numbers from 1 on.
struct Driver {
    policy: AcknowledgePolicy,
    number: u32,
    open: Option<Acknowledger<Memory>>,
    left: Vec<(ReplyKind, String)>,
}

impl Driver {
    fn begin(&mut self, due: Option<ReplyKind>) -> Result<()> {
        let open = self.open.as_mut().expect("an interchange");
        if let Some(kind) = due
            && open.need(kind).is_some()
        {
            self.number += 1;
            open.begin(kind, Numbers { interchange: self.number, group: self.number })?;
        }
        Ok(())
    }
}

impl Sink for Driver {
    type Error = AcknowledgeError;

    fn wants_claims(&self) -> bool {
        true
    }

    fn interchange(&mut self, header: &InterchangeHeader) -> Result<()> {
        let [us, them] = ["PAYERGW", "SUBMITTER1"].map(Party::mutually_defined);
        let envelope = EnvelopeWriter::new(us, them, false, datetime!(2026-01-05 09:30));
        let policy = self.policy.clone();
        self.open = Some(Acknowledger::new(*header, Arc::new(envelope), policy, Memory));
        Ok(())
    }

    fn group(&mut self, header: &GroupHeader) -> Result<()> {
        let open = self.open.as_mut().expect("an interchange");
        open.group(header, false);
        let due = open.due_at_group();
        self.begin(due)
    }

    fn claims(&mut self, guide: &Guide, events: Vec<ClaimEvent>) -> Result<()> {
        self.open.as_mut().expect("an interchange").claims(guide, &events, &[])
    }

    fn set(&mut self, report: SetReport) -> Result<()> {
        let due = self.open.as_ref().expect("an interchange").due_at_set(&report);
        self.begin(due)?;
        self.open.as_mut().expect("an interchange").set(report)
    }

    fn group_end(&mut self, report: &GroupReport) -> Result<()> {
        let due = self.open.as_ref().expect("an interchange").due_at_group_end(report);
        self.begin(due)?;
        self.open.as_mut().expect("an interchange").group_end(report)
    }

    fn envelope(&mut self, _: &Finding, _: &Excerpt) -> Result<()> {
        Ok(())
    }

    fn interchange_end(
        &mut self,
        _: &InterchangeHeader,
        rejection: Option<&'static str>,
    ) -> Result<()> {
        let mut open = self.open.take().expect("an interchange");
        let mut replies = Vec::new();
        if let Some(ack) = open.due_ta1(rejection) {
            replies.push(open.ta1(ack, 900)?);
        }
        if rejection.is_none() {
            replies.extend(open.finish()?);
        }
        for reply in replies {
            self.left.push((reply.kind, String::from_utf8(reply.text).expect("ASCII")));
        }
        Ok(())
    }
}

fn policy() -> AcknowledgePolicy {
    AcknowledgePolicy {
        interchange: InterchangePolicy::Honour,
        functional: FunctionalPolicy::Always,
        defers_functional: false,
        functional_options: AckOptions::default(),
        claims: Some(ClaimAckOptions::new(datetime!(2026-01-05 09:30))),
        numbering: Numbering::OfQuestion,
        group_parties: GroupParties::OfGroup,
        rejected_groups: RejectedGroups::NameRejected,
    }
}

fn group(control: u32, count: u32) -> String {
    format!(
        "GS*HC*SUBMITTER1*PAYERGW*20260105*0930*{control}*X*005010X222A1~{CLAIMS}GE*{count}*{control}~"
    )
}

/// The replies to two groups of one 837 each, the second with this count of sets in its GE.
fn acknowledged(policy: AcknowledgePolicy, count: u32) -> Vec<(ReplyKind, String)> {
    let text = format!("{ISA}{}{}IEA*2*000000101~", group(1, 1), group(2, count));
    let mut driver = Driver { policy, number: 0, open: None, left: Vec::new() };
    let policy = crate::finding::Policy::default().with_unit(Unit::Claim);
    Stream::new(Registry::embedded(), Limits::default(), &policy)
        .with_claims(true)
        .feed(text.as_bytes(), true, &mut driver)
        .expect("written");
    driver.left
}

fn kinds(left: &[(ReplyKind, String)]) -> Vec<ReplyKind> {
    left.iter().map(|(kind, _)| *kind).collect()
}

#[test]
fn every_kind_leaves_in_an_interchange_of_its_own_and_in_order() {
    let left = acknowledged(policy(), 1);
    assert_eq!(kinds(&left), ReplyKind::ACKNOWLEDGMENTS);
    assert!(left[0].1.contains("TA1*000000101*260105*0930*A*000~IEA*0*000000900~"));
    assert_eq!(left[1].1.matches("AK9*A*1*1*1~").count(), 2, "{}", left[1].1);
    assert_eq!(left[2].1.matches("~ST*277*0001*005010X214~").count(), 2, "{}", left[2].1);
    assert!(left[2].1.contains("BHT*0085*08*0000001010000002*"), "{}", left[2].1);
}

#[test]
fn nothing_is_said_of_the_claims_of_a_rejected_group() {
    let left = acknowledged(policy(), 7);
    let (functional, claims) = (&left[1].1, &left[2].1);
    assert!(functional.contains("AK9*A*1*1*1~") && functional.contains("AK9*R*7*1*0*5~"));
    // The accepted set of the rejected group was named and is removed.
    assert_eq!(functional.matches("~AK2*").count(), 1, "{functional}");
    assert_eq!(claims.matches("~ST*277*").count(), 1, "{claims}");
    assert!(claims.contains("~IEA*1*"), "{claims}");
    let all = AcknowledgePolicy { rejected_groups: RejectedGroups::NameAll, ..policy() };
    assert_eq!(acknowledged(all, 7)[1].1.matches("~AK2*").count(), 2);
}

#[test]
fn a_999_that_is_not_wanted_is_not_begun_or_taken_back() {
    for defers_functional in [false, true] {
        let functional = FunctionalPolicy::OnReject;
        let policy = AcknowledgePolicy { functional, defers_functional, ..policy() };
        let left = acknowledged(policy.clone(), 1);
        assert_eq!(kinds(&left), [ReplyKind::TA1, ReplyKind::ACK_277CA]);
        let left = acknowledged(policy, 7);
        assert!(left[1].1.contains("AK9*R*7*1*0*5~IEA*1*") || left[1].1.contains("~GE*1*"));
        assert_eq!(left[1].1.matches("~AK9*").count(), 1, "{}", left[1].1);
    }
}
