//! The gateway seen from outside: an interchange goes in, replies come out. The store is a notebook in memory, so that what
//! is asked of it can be counted and made to fail.

use std::cell::RefCell;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use x12gate::answer::eligibility::ANSWER_271;
use x12gate::config::{Ack999, Config, Intake, Ta1Policy, UnknownSender, UsagePolicy};
use x12gate::gateway::{
    Answered, Caller, Credential, Delivery, FixedClock, Gateway, InterchangeSummary, Lane, Outcome,
    Replies, ReplyKind, Service,
};
use x12gate::guide::Registry;
use x12gate::store::{PartnerRow, Stores};

use crate::notebook::Notebook;

/// A gateway, and the store it answers from.
pub(crate) struct Observed {
    gateway: Gateway,
    store: Arc<Notebook>,
}

impl Observed {
    pub(crate) fn store(&self) -> &Notebook {
        &self.store
    }

    pub(crate) fn shared_store(&self) -> Arc<Notebook> {
        self.store.clone()
    }

    pub(crate) fn into_gateway(self) -> Gateway {
        self.gateway
    }
}

impl std::ops::Deref for Observed {
    type Target = Gateway;

    fn deref(&self) -> &Gateway {
        &self.gateway
    }
}

/// A gateway over an empty notebook, on 5 January 2026.
pub(crate) async fn gateway(change: impl FnOnce(&mut Config)) -> Observed {
    over(Notebook::default(), change).await
}

pub(crate) async fn over(store: Notebook, change: impl FnOnce(&mut Config)) -> Observed {
    let mut config = Config::default();
    config.archive.path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("archive");
    change(&mut config);
    let clock = FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC));
    let (store, registry) = (store.shared(), Arc::new(Registry::new()));
    let stores = Stores::of(store.clone());
    let gateway = Gateway::open(stores, config, registry, Arc::new(clock)).await.unwrap();
    Observed { gateway, store }
}

/// One inquiry about a subscriber.
pub(crate) fn inquiry(control: &str) -> String {
    set_of(
        control,
        "BHT*0022*13*TX0001*20260105*0930~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
         HL*2*1*21*1~NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~HL*3*2*22*0~\
         TRN*1*TRACE0001*9SUBMITTER~NM1*IL*1*DOE*JANE****MI*S12300000101~DMG*D8*19800115*F~\
         DTP*291*D8*20260105~EQ*30~",
    )
}

/// The same without the payer, which the guide requires.
pub(crate) fn bad_inquiry(control: &str) -> String {
    let text = inquiry(control).replace("NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~", "");
    text.replace("SE*13*", "SE*12*")
}

fn set_of(control: &str, body: &str) -> String {
    let count = body.matches('~').count() + 2;
    format!("ST*270*{control}*005010X279A1~{body}SE*{count}*{control}~")
}

pub(crate) fn group(control: u32, sets: &[String]) -> String {
    format!(
        "GS*HS*SUBMITTER1*PAYERGW*20260105*0930*{control}*X*005010X279A1~{}GE*{}*{control}~",
        sets.concat(),
        sets.len()
    )
}

pub(crate) fn interchange(control: u32, groups: &[String]) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*\
         {control:09}*0*T*:~{}IEA*{}*{control:09}~",
        groups.concat(),
        groups.len()
    )
}

pub(crate) fn good(control: u32) -> String {
    interchange(control, &[group(1, &[inquiry("0001")])])
}

/// What the operator gives to a command.
pub(crate) fn operator(body: impl Into<Bytes>, lane: Lane) -> Delivery {
    Delivery::operator(body.into(), lane, time::macros::datetime!(2026-01-05 09:30 UTC))
}

async fn replies(gateway: &Gateway, body: Bytes, lane: Lane) -> Replies {
    match gateway.answer(operator(body, lane)).await {
        Answered::Replies(replies) => replies,
        other => panic!("{other:?}"),
    }
}

async fn ask(gateway: &Gateway, text: &str, lane: Lane) -> Replies {
    replies(gateway, Bytes::copy_from_slice(text.as_bytes()), lane).await
}

async fn summary(gateway: &Gateway, text: &str, lane: Lane) -> InterchangeSummary {
    let bytes = Bytes::copy_from_slice(text.as_bytes());
    gateway.respond_to(&operator(bytes, lane)).await.unwrap().1.pop().unwrap()
}

pub(crate) fn kinds(replies: &Replies) -> Vec<ReplyKind> {
    replies.replies.iter().map(|reply| reply.kind).collect()
}

pub(crate) fn text(replies: &Replies, kind: ReplyKind) -> String {
    let reply = replies.of(kind).unwrap_or_else(|| panic!("no {kind} in {replies:?}"));
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// The segments of a reply that have this id.
pub(crate) fn segments(text: &str, tag: &str) -> Vec<String> {
    let wanted = format!("{tag}*");
    text.split('~').filter(|s| s.starts_with(&wanted)).map(str::to_owned).collect()
}

#[tokio::test]
async fn accepted_in_real_time_is_the_answer_and_nothing_else() {
    let gateway = gateway(|_| {}).await;
    let replies = ask(&gateway, &good(101), Lane::RealTime).await;
    assert_eq!(kinds(&replies), [ANSWER_271]);
    let answer = text(&replies, ANSWER_271);
    assert!(answer.starts_with(
        "ISA*00*          *00*          *ZZ*PAYERGW        *ZZ*SUBMITTER1     *260105*0930*^*00501*"
    ));
    assert_eq!(segments(&answer, "ST"), ["ST*271*0001*005010X279A1"]);
    assert!(answer.contains("GS*HB*PAYERGW*SUBMITTER1*20260105*0930*"));
}

#[tokio::test]
async fn rejected_in_real_time_is_a_999_instead_of_the_answer() {
    let gateway = gateway(|_| {}).await;
    let bad = interchange(102, &[group(1, &[bad_inquiry("0001")])]);
    let replies = ask(&gateway, &bad, Lane::RealTime).await;
    assert_eq!(kinds(&replies), [ReplyKind::ACK_999]);
    let ack = text(&replies, ReplyKind::ACK_999);
    assert_eq!(segments(&ack, "AK1"), ["AK1*HS*1*005010X279A1"]);
    assert_eq!(segments(&ack, "AK2"), ["AK2*270*0001*005010X279A1"]);
    assert_eq!(segments(&ack, "AK9"), ["AK9*R*1*1*0"]);
    assert!(segments(&ack, "IK5")[0].starts_with("IK5*R*"));
}

#[tokio::test]
async fn good_and_bad_sets_are_told_apart() {
    let gateway = gateway(|_| {}).await;
    let sets = [inquiry("0001"), bad_inquiry("0002"), inquiry("0003")];
    let mixed = interchange(103, &[group(1, &sets)]);
    for lane in [Lane::RealTime, Lane::Batch] {
        let replies = ask(&gateway, &mixed, lane).await;
        assert_eq!(kinds(&replies), [ReplyKind::ACK_999, ANSWER_271]);
        let ack = text(&replies, ReplyKind::ACK_999);
        assert_eq!(segments(&ack, "IK5").len(), 3);
        assert_eq!(segments(&ack, "AK9"), ["AK9*P*3*3*2"]);
        let answer = text(&replies, ANSWER_271);
        let numbers = ["ST*271*0001*005010X279A1", "ST*271*0003*005010X279A1"];
        assert_eq!(segments(&answer, "ST"), numbers);
        assert!(segments(&answer, "GE")[0].starts_with("GE*2*"));
    }
}

#[tokio::test]
async fn a_file_is_acknowledged_and_answered_group_by_group() {
    let gateway = gateway(|_| {}).await;
    let groups = [group(1, &[inquiry("0001")]), group(2, &[inquiry("0001"), inquiry("0002")])];
    let replies = ask(&gateway, &interchange(104, &groups), Lane::Batch).await;
    assert_eq!(kinds(&replies), [ReplyKind::ACK_999, ANSWER_271]);
    let ack = text(&replies, ReplyKind::ACK_999);
    assert_eq!(segments(&ack, "AK9"), ["AK9*A*1*1*1", "AK9*A*2*2*2"]);
    assert!(segments(&ack, "IEA")[0].starts_with("IEA*2*"));
    assert!(segments(&text(&replies, ANSWER_271), "IEA")[0].starts_with("IEA*2*"));
}

#[tokio::test]
async fn everything_we_write_passes_our_own_check() {
    let gateway = gateway(|_| {}).await;
    let sets = [inquiry("0001"), bad_inquiry("0002")];
    let replies = ask(&gateway, &interchange(105, &[group(1, &sets)]), Lane::Batch).await;
    for reply in &replies.replies {
        let (_, summaries) =
            gateway.respond_to(&operator(reply.body.clone(), Lane::Batch)).await.unwrap();
        assert_eq!(summaries[0].outcome, Outcome::Accepted, "{:?}", reply.kind);
        assert_eq!(summaries[0].findings, 0, "{:?}", reply.kind);
    }
}

#[tokio::test]
async fn a_ta1_is_sent_when_it_is_asked_for() {
    let gateway = gateway(|_| {}).await;
    let asking = good(106).replace("*0*T*:~", "*1*T*:~");
    let replies = ask(&gateway, &asking, Lane::RealTime).await;
    assert_eq!(kinds(&replies), [ReplyKind::TA1, ANSWER_271]);
    let ta1 = text(&replies, ReplyKind::TA1);
    assert_eq!(segments(&ta1, "TA1"), ["TA1*000000106*260105*0930*A*000"]);
    assert!(segments(&ta1, "IEA")[0].starts_with("IEA*0*"));
}

#[tokio::test]
async fn a_broken_interchange_is_a_ta1_and_nothing_else() {
    let gateway = gateway(|_| {}).await;
    let wrong_count = good(107).replace("IEA*1*", "IEA*2*");
    let wrong_control = good(107).replace("IEA*1*000000107", "IEA*1*000000999");
    let no_end = good(107).replace("IEA*1*000000107~", "");
    let old = good(107).replace("*^*00501*", "*U*00401*");
    let cases = [(wrong_count, "021"), (wrong_control, "001"), (no_end, "023"), (old, "017")];
    for (bad, code) in cases {
        for lane in [Lane::RealTime, Lane::Batch] {
            let replies = ask(&gateway, &bad, lane).await;
            assert_eq!(kinds(&replies), [ReplyKind::TA1], "{code}");
            let ta1 = segments(&text(&replies, ReplyKind::TA1), "TA1");
            assert_eq!(ta1, [format!("TA1*000000107*260105*0930*R*{code}")]);
        }
    }
    // What was rejected as a whole does not use up its control number.
    let replies = ask(&gateway, &good(107), Lane::RealTime).await;
    assert_eq!(kinds(&replies), [ANSWER_271]);
}

#[tokio::test]
async fn a_broken_group_is_rejected_and_not_answered() {
    let gateway = gateway(|_| {}).await;
    let wrong_count = good(108).replace("GE*1*1~", "GE*2*1~");
    let replies = ask(&gateway, &wrong_count, Lane::RealTime).await;
    assert_eq!(kinds(&replies), [ReplyKind::ACK_999]);
    let ack = text(&replies, ReplyKind::ACK_999);
    assert!(segments(&ack, "AK9")[0].starts_with("AK9*R*2*1*"));
    assert!(segments(&ack, "AK9")[0].ends_with("*5"));
}

#[tokio::test]
async fn an_older_guide_is_refused_politely() {
    let gateway = gateway(|_| {}).await;
    let old = good(109).replace("*X*005010X279A1~ST", "*X*004010X092A1~ST");
    let replies = ask(&gateway, &old, Lane::RealTime).await;
    assert_eq!(kinds(&replies), [ReplyKind::ACK_999]);
    assert!(segments(&text(&replies, ReplyKind::ACK_999), "AK9")[0].ends_with("*2"));
}

#[tokio::test]
async fn a_set_nobody_here_can_answer_is_refused_politely() {
    let gateway = gateway(|config| config.claims.intake = Intake::Refuse).await;
    let claim = "GS*HC*SUBMITTER1*PAYERGW*20260105*0930*1*X*005010X222A1~ST*837*0001*005010X222A1~\
                 BHT*0019*00*1*20260105*0930*CH~SE*3*0001~GE*1*1~";
    for lane in [Lane::RealTime, Lane::Batch] {
        let text_in = interchange(110, &[claim.to_owned()]);
        let replies = ask(&gateway, &text_in, lane).await;
        assert_eq!(kinds(&replies), [ReplyKind::ACK_999]);
        let ack = text(&replies, ReplyKind::ACK_999);
        assert!(segments(&ack, "IK5")[0].starts_with("IK5*R*1"), "{ack}");
        assert!(segments(&ack, "AK9")[0].starts_with("AK9*R*1*1*0"), "{ack}");
    }
}

#[tokio::test]
async fn acknowledgments_are_never_acknowledged() {
    let gateway = gateway(|_| {}).await;
    let bad = interchange(111, &[group(1, &[bad_inquiry("0001")])]);
    let ack = ask(&gateway, &bad, Lane::RealTime).await.of(ReplyKind::ACK_999).unwrap().clone();
    let ta1 = ask(&gateway, &good(112).replace("IEA*1", "IEA*7"), Lane::RealTime).await;
    let ta1 = ta1.of(ReplyKind::TA1).unwrap().clone();
    for acknowledgment in [ack, ta1] {
        for lane in [Lane::RealTime, Lane::Batch] {
            let replies = replies(&gateway, acknowledgment.body.clone(), lane).await;
            assert_eq!(kinds(&replies), [], "{acknowledgment:?}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_sent_to_us_is_acknowledged() {
    let gateway = gateway(|_| {}).await;
    let answer = ask(&gateway, &good(113), Lane::RealTime).await;
    let body = &answer.of(ANSWER_271).unwrap().body;
    for lane in [Lane::RealTime, Lane::Batch] {
        let replies = replies(&gateway, body.clone(), lane).await;
        assert_eq!(kinds(&replies), [ReplyKind::ACK_999]);
        let ack = String::from_utf8(replies.replies[0].body.to_vec()).unwrap();
        assert_eq!(segments(&ack, "AK9"), ["AK9*A*1*1*1"]);
    }
}

#[tokio::test]
async fn the_same_interchange_again_gets_the_same_replies() {
    let gateway = gateway(|_| {}).await;
    for lane in [Lane::RealTime, Lane::Batch] {
        let control = if lane == Lane::Batch { 115 } else { 114 };
        let first = ask(&gateway, &good(control), lane).await;
        let second = ask(&gateway, &good(control), lane).await;
        assert!(!first.replayed && second.replayed);
        assert_eq!(first.replies, second.replies);
    }
}

#[tokio::test]
async fn nothing_is_looked_up_for_a_file_that_came_before() {
    let gateway = gateway(|_| {}).await;
    ask(&gateway, &good(116), Lane::Batch).await;
    let asked = gateway.store().lookups.load(Ordering::SeqCst);
    ask(&gateway, &good(116), Lane::Batch).await;
    assert_eq!(gateway.store().lookups.load(Ordering::SeqCst), asked);
}

#[tokio::test]
async fn a_control_number_used_for_something_else_is_a_duplicate() {
    let gateway = gateway(|_| {}).await;
    for lane in [Lane::RealTime, Lane::Batch] {
        let control = if lane == Lane::Batch { 118 } else { 117 };
        ask(&gateway, &good(control), lane).await;
        let other = good(control).replace("TRACE0001", "TRACE0002");
        let replies = ask(&gateway, &other, lane).await;
        assert_eq!(kinds(&replies), [ReplyKind::TA1]);
        let ta1 = segments(&text(&replies, ReplyKind::TA1), "TA1");
        assert_eq!(ta1, [format!("TA1*{control:09}*260105*0930*R*025")]);
        // Production and test have control numbers of their own.
        let production = other.replace("*0*T*:~", "*0*P*:~");
        let replies = ask(&gateway, &production, lane).await;
        assert!(replies.of(ANSWER_271).is_some());
    }
}

#[tokio::test]
async fn every_reply_has_a_control_number_of_its_own() {
    let gateway = gateway(|_| {}).await;
    let mut seen = std::collections::HashSet::new();
    for control in 200..220 {
        let text = good(control).replace("*0*T*:~", "*1*T*:~");
        for reply in ask(&gateway, &text, Lane::Batch).await.replies {
            let body = String::from_utf8(reply.body.to_vec()).unwrap();
            assert_eq!(&body[90..99], format!("{:09}", reply.control));
            assert!(body.contains(&format!("*{:09}~", reply.control)), "IEA02 is not ISA13");
            assert!(seen.insert(reply.control));
        }
    }
}

#[tokio::test]
async fn separators_of_each_interchange_are_its_own() {
    let gateway = gateway(|_| {}).await;
    let other = good(120).replace('*', "|").replace('~', "\n").replace(":\n", ">\n");
    let both = good(119) + &other;
    let bytes = Bytes::from(both.into_bytes());
    let (replies, summaries) = gateway.respond_to(&operator(bytes, Lane::RealTime)).await.unwrap();
    assert_eq!(summaries.len(), 2);
    assert_eq!(kinds(&replies), [ANSWER_271, ANSWER_271]);
}

#[tokio::test]
async fn what_is_no_interchange_has_no_answer() {
    let gateway = gateway(|_| {}).await;
    for text in ["", "hello", "ISA*00*", "GET / HTTP/1.1\r\n\r\n"] {
        let answered = gateway.answer(operator(text, Lane::RealTime)).await;
        assert_eq!(answered, Answered::NotX12, "{text}");
    }
}

#[tokio::test]
async fn strangers_are_rejected_where_only_partners_are_served() {
    let gateway = gateway(|c| c.partners.unknown_sender = UnknownSender::Reject).await;
    let replies = ask(&gateway, &good(121), Lane::RealTime).await;
    assert_eq!(
        segments(&text(&replies, ReplyKind::TA1), "TA1"),
        ["TA1*000000121*260105*0930*R*006"]
    );
    let profile = "isa = [{ qualifier = 'ZZ', id = 'SUBMITTER1' }]\nsets = ['271']\n";
    let row = PartnerRow { id: "clinic".into(), profile: profile.to_owned() };
    let store = Notebook::with_partners(vec![row]);
    let gateway = over(store, |c| c.partners.unknown_sender = UnknownSender::Reject).await;
    // Known, but not for this set.
    let replies = ask(&gateway, &good(121), Lane::RealTime).await;
    assert_eq!(kinds(&replies), [ReplyKind::ACK_999]);
    assert!(text(&replies, ReplyKind::ACK_999).contains("IK5*R*1"));
}

#[tokio::test]
async fn a_group_in_somebody_elses_name_is_refused() {
    let profile = "isa = [{ qualifier = 'ZZ', id = 'SUBMITTER1' }]\ngroups = ['SUBMITTER9']";
    let row = PartnerRow { id: "clinic".into(), profile: profile.to_owned() };
    let store = Notebook::with_partners(vec![row]);
    let gateway = over(store, |_| {}).await;
    for (lane, control) in [(Lane::RealTime, 135), (Lane::Batch, 136)] {
        let replies = ask(&gateway, &good(control), lane).await;
        assert_eq!(kinds(&replies), [ReplyKind::ACK_999]);
        let ack = text(&replies, ReplyKind::ACK_999);
        assert_eq!(segments(&ack, "AK9"), ["AK9*R*1*1*0*6"]);
        // The set was good, but nothing of a rejected group is accepted.
        assert!(segments(&ack, "AK2").is_empty());
        assert_eq!(segments(&ack, "SE"), ["SE*4*0001"]);
    }
}

#[tokio::test]
async fn the_log_names_the_interchange_and_nobody_in_it() {
    // One subscriber for all tests: callsites remember whether anybody listened when they were first met.
    let started = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(|| ThreadLog)
        .try_init();
    started.unwrap();
    LOG.with_borrow_mut(|log| *log = Some(Vec::new()));
    let gateway = gateway(|_| {}).await;
    let sets = [inquiry("0001"), bad_inquiry("0002")];
    ask(&gateway, &interchange(137, &[group(1, &sets)]), Lane::Batch).await;
    let mut foreign = operator(good(140), Lane::RealTime);
    let how = Credential::Password;
    foreign.origin.caller = Caller::partner_itself("clinic", how);
    gateway.answer(foreign).await;
    gateway.store().is_down.store(true, Ordering::SeqCst);
    ask(&gateway, &good(138), Lane::RealTime).await;
    let answered = gateway.answer(operator("NM1*IL*1*DOE*JANE~", Lane::RealTime)).await;
    assert_eq!(answered, Answered::NotX12);
    let log = LOG.with_borrow_mut(Option::take).unwrap();
    let text = String::from_utf8(log).unwrap();
    let events: Vec<&str> = text.lines().filter(|l| l.contains("\"interchange\"")).collect();
    assert_eq!(events.len(), 3, "{text}");
    assert!(text.contains("ISA06 is no id of the caller"), "{text}");
    assert!(events[1].contains("\"caller\":\"clinic by password\""), "{}", events[1]);
    let expected = [
        "\"control\":\"000000137\"",
        "\"sender\":\"ZZ:SUBMITTER1\"",
        "\"outcome\":\"partial\"",
        "\"sets\":2",
        "\"accepted\":1",
        "\"lane\":\"batch\"",
    ];
    assert!(expected.iter().all(|part| events[0].contains(part)), "{}", events[0]);
    for secret in ["DOE", "JANE", "S12300000101", "19800115", "1980-01-15", "TRACE0001"] {
        assert!(!text.contains(secret), "{secret} is in the log: {text}");
    }
}

thread_local! {
    /// What this thread has logged, while somebody wants to know.
    static LOG: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes to the log of its thread.
struct ThreadLog;

impl std::io::Write for ThreadLog {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        LOG.with_borrow_mut(|log| log.iter_mut().for_each(|log| log.extend_from_slice(text)));
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn a_partner_loaded_meanwhile_is_known() {
    let gateway = gateway(|c| c.store.snapshot_check_ms = 0).await;
    let partner = |n: usize, summaries: Vec<InterchangeSummary>| summaries[n].partner.clone();
    let text = Bytes::from(good(131) + &good(132));
    let (_, before) = gateway.respond_to(&operator(text, Lane::RealTime)).await.unwrap();
    assert_eq!(partner(1, before), "stranger");
    let profile = "isa = [{ qualifier = 'ZZ', id = 'SUBMITTER1' }]";
    let row = PartnerRow { id: "clinic".into(), profile: profile.to_owned() };
    gateway.store().partners.lock().unwrap().push(row);
    let (_, after) =
        gateway.respond_to(&operator(Bytes::from(good(133)), Lane::RealTime)).await.unwrap();
    assert_eq!(partner(0, after), "clinic");
    // Profiles that make no sense change nothing.
    let row = PartnerRow { id: "bad".into(), profile: "isa = 7".to_owned() };
    gateway.store().partners.lock().unwrap().push(row);
    let (_, still) =
        gateway.respond_to(&operator(Bytes::from(good(134)), Lane::RealTime)).await.unwrap();
    assert_eq!(partner(0, still), "clinic");
}

#[tokio::test]
async fn test_and_production_are_kept_apart_where_asked() {
    let gateway = gateway(|c| c.identity.usage = UsagePolicy::Production).await;
    let replies = ask(&gateway, &good(122), Lane::RealTime).await;
    assert_eq!(
        segments(&text(&replies, ReplyKind::TA1), "TA1"),
        ["TA1*000000122*260105*0930*R*020"]
    );
}

#[tokio::test]
async fn acknowledgment_policies_are_obeyed() {
    let all = gateway(|c| {
        c.ack.ta1 = Ta1Policy::Always;
        c.ack.real_time = Ack999::Always;
    })
    .await;
    let replies = ask(&all, &good(123), Lane::RealTime).await;
    assert_eq!(kinds(&replies), [ReplyKind::TA1, ReplyKind::ACK_999, ANSWER_271]);
    let few = gateway(|c| {
        c.ack.ta1 = Ta1Policy::OnReject;
        c.ack.batch = Ack999::OnReject;
        c.ack.list_accepted = false;
    })
    .await;
    let asking = good(124).replace("*0*T*:~", "*1*T*:~");
    assert_eq!(kinds(&ask(&few, &asking, Lane::Batch).await), [ANSWER_271]);
    let mixed = interchange(125, &[group(1, &[inquiry("0001"), bad_inquiry("0002")])]);
    let ack = text(&ask(&few, &mixed, Lane::Batch).await, ReplyKind::ACK_999);
    assert_eq!(segments(&ack, "AK2"), ["AK2*270*0002*005010X279A1"]);
}

#[tokio::test]
async fn an_outage_is_answered_and_not_remembered() {
    let gateway = gateway(|_| {}).await;
    gateway.store().is_down.store(true, Ordering::SeqCst);
    let replies = ask(&gateway, &good(126), Lane::RealTime).await;
    let answer = text(&replies, ANSWER_271);
    assert!(answer.contains("AAA*"), "{answer}");
    assert!(gateway.store().rows().is_empty());
    gateway.store().is_down.store(false, Ordering::SeqCst);
    assert!(!ask(&gateway, &good(126), Lane::RealTime).await.replayed);
    assert_eq!(gateway.store().rows().len(), 1);
}

#[tokio::test]
async fn look_ups_of_the_same_moment_are_one_statement() {
    let gateway = Arc::new(gateway(|_| {}).await);
    let closed = gateway.store().gate.lock().await;
    let asking: Vec<_> = (300..340)
        .map(|control| {
            let gateway = gateway.clone();
            tokio::spawn(async move { ask(&gateway, &good(control), Lane::RealTime).await })
        })
        .collect();
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    drop(closed);
    for answer in asking {
        assert_eq!(kinds(&answer.await.unwrap()), [ANSWER_271]);
    }
    // At most the first went alone; everybody who came while it ran goes together.
    assert!(gateway.store().lookups.load(Ordering::SeqCst) <= 2);
}

#[tokio::test]
async fn providers_are_remembered_until_others_are_loaded() {
    let gateway = gateway(|c| c.store.snapshot_check_ms = 0).await;
    let lookups = || gateway.store().provider_lookups.load(Ordering::SeqCst);
    for control in 350..360 {
        ask(&gateway, &good(control), Lane::RealTime).await;
    }
    assert_eq!(lookups(), 1);
    gateway.store().provider_loads.fetch_add(1, Ordering::SeqCst);
    ask(&gateway, &good(360), Lane::RealTime).await;
    assert_eq!(lookups(), 2);
}

#[tokio::test]
async fn a_slow_store_is_not_waited_for_in_real_time() {
    let gateway = gateway(|c| c.real_time.answer_timeout_ms = 20).await;
    let closed = gateway.store().gate.lock().await;
    let answer = ask(&gateway, &good(139), Lane::RealTime).await;
    assert!(text(&answer, ANSWER_271).contains("AAA*"));
    assert!(gateway.store().rows().is_empty());
    drop(closed);
    assert!(!ask(&gateway, &good(139), Lane::RealTime).await.replayed);
}

#[tokio::test]
async fn limits_of_real_time_are_kept() {
    let gateway = gateway(|c| {
        c.limits.real_time_bytes_max = 2000;
        c.limits.real_time_sets_max = 2;
    })
    .await;
    let sets: Vec<String> = (1..=3).map(|n| inquiry(&format!("{n:04}"))).collect();
    let short_sets: Vec<String> = (1..=3).map(|n| set_of(&format!("{n:04}"), "")).collect();
    for (control, sets) in [(127, sets), (128, short_sets)] {
        let replies =
            ask(&gateway, &interchange(control, &[group(1, &sets)]), Lane::RealTime).await;
        let ta1 = segments(&text(&replies, ReplyKind::TA1), "TA1");
        assert_eq!(ta1, [format!("TA1*{control:09}*260105*0930*R*024")]);
    }
}

#[tokio::test]
async fn a_set_over_the_limit_is_rejected_alone() {
    let gateway = gateway(|c| c.limits.set_bytes_max = 1024).await;
    let long = set_of("0002", &"REF*X*Y~".repeat(400));
    let text_in = interchange(129, &[group(1, &[inquiry("0001"), long, inquiry("0003")])]);
    let replies = ask(&gateway, &text_in, Lane::Batch).await;
    let ack = text(&replies, ReplyKind::ACK_999);
    assert_eq!(segments(&ack, "AK9"), ["AK9*P*3*3*2"]);
    assert_eq!(segments(&text(&replies, ANSWER_271), "ST").len(), 2);
}

#[tokio::test]
async fn the_summary_counts() {
    let gateway = gateway(|_| {}).await;
    let sets = [inquiry("0001"), bad_inquiry("0002"), inquiry("0003")];
    let text_in = interchange(130, &[group(1, &sets)]);
    let summary = summary(&gateway, &text_in, Lane::Batch).await;
    assert_eq!(summary.outcome, Outcome::Partial);
    assert_eq!((summary.groups, summary.sets, summary.accepted, summary.patients), (1, 3, 2, 2));
    assert_eq!(summary.bytes, text_in.len() as u64 - 1);
    assert_eq!(summary.control, "000000130");
    assert_eq!(summary.partner, "stranger");
    assert!(summary.findings > 0);
}

#[tokio::test]
async fn the_journal_has_every_set_of_what_was_answered_and_of_nothing_else() {
    let gateway = gateway(|_| {}).await;
    let text = interchange(201, &[group(1, &[inquiry("0001"), bad_inquiry("0002")])]);
    for _ in 0..2 {
        ask(&gateway, &text, Lane::RealTime).await;
    }
    assert_eq!(gateway.store().sets.load(Ordering::SeqCst), 2);
    let [row] = &gateway.store().rows()[..] else { panic!("one row") };
    assert_eq!((row.end.sets, row.end.accepted, &*row.end.outcome), (2, 1, "partial"));
    assert_eq!((&*row.opening.partner, &*row.opening.lane), ("stranger", "real_time"));
    assert!(row.end.findings > 0 && row.end.answered_micros == row.opening.received_micros);
    // The interchange itself is refused: its sets are not looked at, and it says so under a key of its own.
    ask(&gateway, &good(202).replace("IEA*1*", "IEA*9*"), Lane::RealTime).await;
    assert_eq!(gateway.store().sets.load(Ordering::SeqCst), 2);
    assert_eq!(gateway.store().rows().len(), 2);
}
