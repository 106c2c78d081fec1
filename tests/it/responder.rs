//! A transaction of one's own through the real pipeline: what docs/adding-a-transaction.md promises, tried with a claim status
//! request (276) that is answered with a fixed response (277).

use std::sync::Arc;
use std::sync::atomic::Ordering;

use x12gate::acknowledge::ReplyKind;
use x12gate::answer::eligibility::ANSWER_271;
use x12gate::answer::{AnswerContext, Responder};
use x12gate::config::Config;
use x12gate::gateway::{FixedClock, Gateway, Lane, Outcome, Replies};
use x12gate::guide::Registry;
use x12gate::partner::Partner;
use x12gate::store::{StoreError, Stores};
use x12gate::tree::LoopRef;
use x12gate::wire::{EmitError, Emitter};

use crate::gateway::{group, inquiry, interchange, operator};
use crate::notebook::Notebook;

/// The reply of the toy.
const ANSWER_277: ReplyKind = ReplyKind {
    order: ReplyKind::FIRST_ANSWER + 1,
    name: "277",
    functional: "HN",
    version: "005010X212",
};

/// Says of every claim that it was paid.
#[derive(Debug)]
struct EverythingPaid;

/// What is said of a claim.
struct Status {
    trace: String,
    /// Category and status.
    said: [&'static str; 2],
}

impl Responder for EverythingPaid {
    type Question = String;
    type Lookup = usize;
    type Found = ();
    type Answer = Status;
    type Policy = ();

    const SET: &'static str = "276";
    const REPLY: ReplyKind = ANSWER_277;

    fn policy(_: &Partner) -> Arc<()> {
        Arc::default()
    }

    fn read(&self, root: LoopRef<'_>) -> String {
        let mut open = vec![root];
        while let Some(here) = open.pop() {
            if let Some(trn) = here.segments().find(|segment| segment.tag() == "TRN".into()) {
                return String::from_utf8_lossy(trn.value(2)).into_owned();
            }
            open.extend(here.children());
        }
        String::new()
    }

    fn weight(&self, _: &String) -> u64 {
        1
    }

    fn plan(&self, questions: &[String], _: &AnswerContext<()>) -> usize {
        questions.len()
    }

    async fn fetch<'a>(&'a self, stores: &'a Stores, _: &'a usize) -> Result<(), StoreError> {
        // A store that is down says so.
        stores.members.find(&[]).await.map(|_| ())
    }

    fn answer(
        &self,
        traces: Vec<String>,
        count: usize,
        (): (),
        _: &AnswerContext<()>,
    ) -> Vec<Status> {
        assert_eq!(traces.len(), count);
        traces.into_iter().map(|trace| Status { trace, said: ["F1", "65"] }).collect()
    }

    fn unavailable(&self, traces: Vec<String>, _: &AnswerContext<()>) -> Vec<Status> {
        let later = |_| Status { trace: "LATER".to_owned(), said: ["E1", "0"] };
        traces.into_iter().map(later).collect()
    }

    fn write(&self, answer: Status, control: &str, out: &mut Emitter) -> Result<(), EmitError> {
        out.begin_set("277", control, Some("005010X212"))?;
        for line in [
            "BHT*0010*08*CS0001*20260105*0930*DG",
            "HL*1**20*1",
            "NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999",
            "HL*2*1*21*1",
            "NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1",
            "HL*3*2*19*1",
            "NM1*1P*2*SAMPLE CLINIC*****XX*1234567893",
            "HL*4*3*22*0",
            "NM1*IL*1*DOE*JANE****MI*S12300000101",
        ] {
            let mut elements = line.split('*');
            let segment = out.segment(elements.next().unwrap());
            elements.fold(segment, |segment, text| segment.text(text)).end()?;
        }
        let trace = if answer.trace == "UNWRITABLE" { "A~B" } else { &answer.trace };
        out.segment("TRN").text("2").text(trace).end()?;
        out.segment("STC").composite(&answer.said).text("20260105").text("").text("250").end()?;
        out.segment("DTP").text("472").text("D8").text("20251201").end()?;
        out.end_set(control)
    }
}

fn question(control: &str, trace: &str) -> String {
    let body = format!(
        "BHT*0010*13*CS0001*20260105*0930~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
         HL*2*1*21*1~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~HL*3*2*19*1~\
         NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~HL*4*3*22*0~DMG*D8*19800115*F~\
         NM1*IL*1*DOE*JANE****MI*S12300000101~TRN*1*{trace}~REF*1K*12345678~AMT*T3*250~\
         DTP*472*RD8*20251201-20251201~"
    );
    let count = body.matches('~').count() + 2;
    format!("ST*276*{control}*005010X212~{body}SE*{count}*{control}~")
}

fn status_group(control: u32, sets: &[String]) -> String {
    let (count, sets) = (sets.len(), sets.concat());
    format!(
        "GS*HR*SUBMITTER1*PAYERGW*20260105*0930*{control}*X*005010X212~{sets}GE*{count}*{control}~"
    )
}

/// A gateway that answers claim status too, and its store.
async fn gateway() -> (Gateway, Arc<Notebook>) {
    let clock = FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC));
    let (store, registry) = (Notebook::default().shared(), Arc::new(Registry::new()));
    let (stores, responders) = (Stores::of(store.clone()), vec![Arc::new(EverythingPaid) as _]);
    let clock = Arc::new(clock);
    let opened =
        Gateway::with_responders(stores, Config::default(), registry, clock, responders).await;
    (opened.unwrap(), store)
}

async fn ask(gateway: &Gateway, text: String, lane: Lane) -> Replies {
    gateway.respond_to(&operator(text, lane)).await.unwrap().0
}

fn kinds(replies: &Replies) -> Vec<ReplyKind> {
    replies.replies.iter().map(|reply| reply.kind).collect()
}

fn text(replies: &Replies, kind: ReplyKind) -> String {
    String::from_utf8(replies.of(kind).unwrap().body.to_vec()).unwrap()
}

#[tokio::test]
async fn each_kind_of_answer_has_an_interchange_of_its_own() {
    let (gateway, _) = gateway().await;
    for (lane, control) in [(Lane::RealTime, 901), (Lane::Batch, 902)] {
        let groups = [
            group(1, &[inquiry("0001")]),
            status_group(2, &[question("0001", "PT0001"), question("0002", "PT0002")]),
            group(3, &[inquiry("0001")]),
        ];
        let replies = ask(&gateway, interchange(control, &groups), lane).await;
        let expected = match lane {
            Lane::RealTime => vec![ANSWER_271, ANSWER_277],
            Lane::Batch => vec![ReplyKind::ACK_999, ANSWER_271, ANSWER_277],
        };
        assert_eq!(kinds(&replies), expected);
        let (eligibility, status) = (text(&replies, ANSWER_271), text(&replies, ANSWER_277));
        assert_eq!(eligibility.matches("~ST*271*").count(), 2, "{eligibility}");
        assert_eq!(eligibility.matches("~GS*HB*").count(), 2, "{eligibility}");
        assert!(!eligibility.contains("~ST*277*"));
        assert!(status.contains("~GS*HN*PAYERGW*SUBMITTER1*20260105*0930*"), "{status}");
        assert!(status.contains("~TRN*2*PT0001~STC*F1:65*"), "{status}");
        assert!(status.contains("~ST*277*0002*005010X212~") && !status.contains("~ST*271*"));
        // What the toy says is sound, and its name is known to the journal: the same again is the same again.
        let again = ask(&gateway, interchange(control, &groups), lane).await;
        assert!(again.replayed && again.replies == replies.replies);
        let body = replies.of(ANSWER_277).unwrap().body.clone();
        let (_, summaries) = gateway.respond_to(&operator(body, Lane::Batch)).await.unwrap();
        assert_eq!((summaries[0].outcome, summaries[0].findings), (Outcome::Accepted, 0));
    }
}

#[tokio::test]
async fn an_answer_that_cannot_be_written_does_not_take_the_others() {
    let (gateway, _) = gateway().await;
    let traces = ["PT0001", "UNWRITABLE", "PT0003"];
    for (lane, control) in [(Lane::RealTime, 903), (Lane::Batch, 904)] {
        let sets: Vec<String> =
            (1..).zip(traces).map(|(n, trace)| question(&format!("{n:04}"), trace)).collect();
        let replies = ask(&gateway, interchange(control, &[status_group(1, &sets)]), lane).await;
        let status = text(&replies, ANSWER_277);
        let said: Vec<&str> =
            status.split('~').filter(|s| s.starts_with("TRN*2*")).map(|s| &s[6..]).collect();
        assert_eq!(said, ["PT0001", "LATER", "PT0003"]);
        assert_eq!(status.matches("~ST*277*").count(), 3);
        assert!(status.contains("~SE*14*0002~"), "{status}");
    }
}

#[tokio::test]
async fn an_outage_is_answered_and_not_remembered() {
    let (gateway, store) = gateway().await;
    let text_in = interchange(905, &[status_group(1, &[question("0001", "PT0001")])]);
    store.is_down.store(true, Ordering::SeqCst);
    let replies = ask(&gateway, text_in.clone(), Lane::RealTime).await;
    assert!(text(&replies, ANSWER_277).contains("~TRN*2*LATER~STC*E1:0*"));
    assert!(store.rows().is_empty());
    store.is_down.store(false, Ordering::SeqCst);
    let replies = ask(&gateway, text_in, Lane::RealTime).await;
    assert!(text(&replies, ANSWER_277).contains("~TRN*2*PT0001~") && store.rows().len() == 1);
}
