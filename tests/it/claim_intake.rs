//! The life of claims in the store: what comes in is there once and whole, what is rejected leaves nothing, and a process that
//! is killed takes nothing with it.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;
use time::macros::{date, datetime};
use x12gate::check::findings;
use x12gate::config::{Config, RejectUnit};
use x12gate::finding::Policy;
use x12gate::gateway::{
    FixedClock, Gateway, InterchangeSummary, Lane, Outcome, Replies, ReplyKind,
};
use x12gate::guide::Registry;
use x12gate::store::{Access, ClaimKey, ClaimScope, ClaimVersion, StoreOptions, Stores, demo};

use crate::gateway::{gateway as over_notebook, interchange, operator};

const CLINIC: &str = "NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~REF*EI*123456789~";
const ROE: &str = "NM1*85*1*ROE*RICHARD****XX*1245319599~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~REF*EI*987654321~";
/// Without its tax id, which the guide requires.
const FAULTY: &str =
    "NM1*85*1*ROE*RICHARD****XX*1245319599~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~";

/// A claim for MARY SAMPLE.
fn claim(account: &str, charge: u32) -> String {
    changed(account, charge, "1", "")
}

fn changed(account: &str, charge: u32, frequency: &str, original: &str) -> String {
    let original = match original {
        "" => String::new(),
        number => format!("REF*F8*{number}~"),
    };
    format!(
        "SBR*P*18*******HM~NM1*IL*1*SAMPLE*MARY****MI*S12300000101~N3*1 MAIN ST~N4*BOSTON*MA*02111~DMG*D8*19800115*F~\
         NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~CLM*{account}*{charge}***11:B:{frequency}*Y*A*Y*Y~{original}HI*ABK:J069~\
         LX*1~SV1*HC:99213*{charge}*UN*1***1~DTP*472*D8*20260101~"
    )
}

/// A set of providers with their claims.
fn set(control: u32, providers: &[(&str, Vec<String>)]) -> String {
    let mut body = format!(
        "ST*837*{control:04}*005010X222A1~BHT*0019*00*BATCH{control}*20260105*0930*CH~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
         PER*IC*EDI DESK*TE*6175550100~NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~"
    );
    let mut level = 0;
    for (provider, claims) in providers {
        level += 1;
        let above = level;
        body.push_str(&format!("HL*{level}**20*1~{provider}"));
        for claim in claims {
            level += 1;
            body.push_str(&format!("HL*{level}*{above}*22*0~{claim}"));
        }
    }
    format!("{body}SE*{}*{control:04}~", body.matches('~').count() + 1)
}

fn group(control: u32, sets: &[String]) -> String {
    format!(
        "GS*HC*SUBMITTER1*PAYERGW*20260105*0930*{control}*X*005010X222A1~{}GE*{}*{control}~",
        sets.concat(),
        sets.len()
    )
}

/// An interchange of one set.
fn one(control: u32, claims: Vec<String>) -> String {
    interchange(control, &[group(1, &[set(1, &[(CLINIC, claims)])])])
}

/// The sandbox payer.
struct Payer {
    gateway: Gateway,
    stores: Stores,
}

impl Payer {
    async fn new(change: impl FnOnce(&mut Config)) -> Payer {
        let stores = Stores::in_memory().await.unwrap();
        demo::load(&stores, date!(2026 - 01 - 05)).await.unwrap();
        let mut config = Config::default();
        change(&mut config);
        let clock = Arc::new(FixedClock(datetime!(2026-01-05 09:30 UTC)));
        let registry = Arc::new(Registry::new());
        let gateway = Gateway::open(stores.clone(), config, registry, clock).await.unwrap();
        Payer { gateway, stores }
    }

    async fn send(&self, text: &str, lane: Lane) -> (Replies, InterchangeSummary) {
        let delivery = operator(text.to_owned(), lane);
        let (replies, mut summaries) = self.gateway.respond_to(&delivery).await.unwrap();
        for reply in &replies.replies {
            let found = findings(&reply.body, Registry::embedded(), &Policy::default());
            assert!(found.is_empty(), "our {} is at fault: {found:?}", reply.kind);
        }
        (replies, summaries.pop().unwrap())
    }

    /// All versions with this account.
    async fn stored(&self, account: &str) -> Vec<ClaimVersion> {
        stored(&self.stores, account).await
    }
}

async fn stored(stores: &Stores, account: &str) -> Vec<ClaimVersion> {
    let key = ClaimKey::Account { npi: "1234567893".into(), account: account.into() };
    stores.claims.find(&[key], ClaimScope::default()).await.unwrap().remove(0)
}

fn text(replies: &Replies, kind: ReplyKind) -> String {
    let reply = replies.of(kind).unwrap_or_else(|| panic!("no {kind}"));
    String::from_utf8(reply.body.to_vec()).unwrap()
}

/// The numbers that a 277CA gives to claims.
fn numbers(replies: &Replies) -> Vec<String> {
    let text = text(replies, ReplyKind::ACK_277CA);
    let numbers = text.split('~').filter_map(|segment| segment.strip_prefix("REF*1K*"));
    numbers.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_comes_in_is_replaced_and_voided() {
    for lane in [Lane::RealTime, Lane::Batch] {
        let payer = Payer::new(|_| {}).await;
        let (replies, summary) = payer.send(&one(1, vec![claim("A1", 150)]), lane).await;
        assert_eq!((summary.claims, summary.claims_rejected), (1, 0));
        let first = numbers(&replies).remove(0);
        assert!(
            text(&replies, ReplyKind::ACK_277CA).contains("STC*A1:19:PR*20260105*WQ*150~REF*1K*")
        );
        let stored = payer.stored("A1").await;
        assert_eq!((&*stored[0].number, &*stored[0].state.category), (&*first, "P1"));
        let (again, summary) = payer.send(&one(2, vec![claim("A2", 150)]), lane).await;
        assert_eq!((summary.claims, summary.claims_rejected), (1, 1));
        let ack = text(&again, ReplyKind::ACK_277CA);
        assert!(ack.contains("STC*A3:54*20260105*U*150") && numbers(&again).is_empty(), "{ack}");
        assert!(ack.contains("QTY*AA*1~AMT*YY*150~"), "{ack}");
        assert!(payer.stored("A2").await.is_empty());
        let replacement = changed("A1", 120, "7", &first);
        let (replies, _) = payer.send(&one(3, vec![replacement]), lane).await;
        let second = numbers(&replies).remove(0);
        let void = changed("A1", 120, "8", &second);
        let (replies, _) = payer.send(&one(4, vec![void]), lane).await;
        let third = numbers(&replies).remove(0);
        let states: Vec<_> = payer
            .stored("A1")
            .await
            .iter()
            .map(|v| (v.version, format!("{}:{}", v.state.category, v.state.code)))
            .collect();
        let wanted = [(3, "F4:686"), (2, "F4:686"), (1, "F3:101")];
        assert_eq!(states, wanted.map(|(version, state)| (version, state.to_owned())));
        let after_void = changed("A1", 100, "7", &second);
        let (replies, _) = payer.send(&one(5, vec![after_void]), lane).await;
        assert!(text(&replies, ReplyKind::ACK_277CA).contains("STC*A7:464*"));
        let histories = payer.stores.claims.histories(&[third.into()]).await.unwrap();
        let history = histories[0].as_ref().unwrap();
        assert_eq!(history.versions.len(), 3);
    }
}

#[tokio::test]
async fn the_same_interchange_again_gets_the_same_answers_and_its_claims_are_there_once() {
    let payer = Payer::new(|_| {}).await;
    let sent = one(1, vec![claim("A1", 10), claim("A2", 20)]);
    let (once, _) = payer.send(&sent, Lane::Batch).await;
    let (twice, summary) = payer.send(&sent, Lane::Batch).await;
    assert_eq!(summary.outcome, Outcome::Replayed);
    for kind in [ReplyKind::ACK_999, ReplyKind::ACK_277CA] {
        assert_eq!(text(&once, kind), text(&twice, kind));
    }
    assert_eq!((payer.stored("A1").await.len(), payer.stored("A2").await.len()), (1, 1));
    // Under another control number they are duplicates.
    let (replies, _) =
        payer.send(&one(2, vec![claim("A1", 10), claim("A2", 20)]), Lane::Batch).await;
    assert_eq!(text(&replies, ReplyKind::ACK_277CA).matches("STC*A3:54*").count(), 2);
}

#[tokio::test]
async fn a_rejected_provider_takes_its_claims_back_and_no_others() {
    let payer = Payer::new(|config| config.validation.unit = RejectUnit::Claim).await;
    let providers = [
        (CLINIC, vec![claim("A1", 10)]),
        (FAULTY, vec![claim("A2", 20), claim("A3", 30)]),
        (ROE, vec![claim("A4", 40), claim("A5", 40)]),
    ];
    let sent = interchange(1, &[group(1, &[set(1, &providers)])]);
    let (replies, summary) = payer.send(&sent, Lane::Batch).await;
    assert_eq!((summary.claims, summary.claims_rejected), (5, 3));
    let ack = text(&replies, ReplyKind::ACK_277CA);
    assert!(ack.contains("QTY*90*2~QTY*AA*3~"), "{ack}");
    assert_eq!(numbers(&replies).len(), 2);
    assert_eq!(payer.stored("A1").await.len(), 1);
    for account in ["A2", "A3"] {
        let key = ClaimKey::Account { npi: "1245319599".into(), account: account.into() };
        assert!(
            payer.stores.claims.find(&[key], ClaimScope::default()).await.unwrap()[0].is_empty()
        );
    }
    // They are no twins of what comes later.
    let providers = [(ROE, vec![claim("A2", 20)])];
    let sent = interchange(2, &[group(1, &[set(1, &providers)])]);
    let (replies, _) = payer.send(&sent, Lane::Batch).await;
    assert_eq!(numbers(&replies).len(), 1);
}

#[tokio::test]
async fn a_rejected_set_group_or_interchange_leaves_nothing() {
    let good =
        |control, account: &str, charge| set(control, &[(CLINIC, vec![claim(account, charge)])]);
    let bad = good(2, "B1", 20).replace("SV1*HC:99213*20*", "SV1*HC:99213*19*");
    let cases = [
        ("set", interchange(1, &[group(1, &[good(1, "A1", 10), bad])]), 1),
        ("group", interchange(1, &[group(1, &[good(1, "A1", 10)]).replace("GE*1*", "GE*2*")]), 0),
        ("interchange", one(1, vec![claim("A1", 10)]).replace("IEA*1*", "IEA*2*"), 0),
    ];
    for (name, sent, kept) in cases {
        for lane in [Lane::RealTime, Lane::Batch] {
            let payer = Payer::new(|_| {}).await;
            payer.send(&sent, lane).await;
            assert_eq!(payer.stored("A1").await.len(), kept, "{name}");
            assert!(payer.stored("B1").await.is_empty(), "{name}");
            // What was rejected comes again and is no duplicate.
            let again = one(2, vec![claim("A9", 20), claim("A10", 10)]);
            let (replies, _) = payer.send(&again, lane).await;
            assert_eq!(numbers(&replies).len(), 2 - kept, "{name}");
        }
    }
}

#[tokio::test]
async fn claims_of_one_interchange_see_each_other_across_sets_and_groups() {
    let payer = Payer::new(|_| {}).await;
    let of = |control, account: &str| set(control, &[(CLINIC, vec![claim(account, 10)])]);
    let sent = interchange(1, &[group(1, &[of(1, "A1"), of(2, "A2")]), group(2, &[of(1, "A3")])]);
    let (replies, summary) = payer.send(&sent, Lane::Batch).await;
    assert_eq!((summary.claims, summary.claims_rejected), (3, 2));
    assert_eq!(numbers(&replies).len(), 1);
    // A group that is rejected is no twin of the next one.
    let rejected = group(1, &[of(1, "B1")]).replace("GE*1*", "GE*2*").replace("*10*", "*11*");
    let next = group(2, &[of(1, "B2")]).replace("*10*", "*11*");
    let (replies, _) = payer.send(&interchange(2, &[rejected, next]), Lane::Batch).await;
    assert_eq!(numbers(&replies).len(), 1);
    assert_eq!((payer.stored("B1").await.len(), payer.stored("B2").await.len()), (0, 1));
}

#[tokio::test]
async fn nothing_is_accepted_in_real_time_that_is_not_stored() {
    let observed = over_notebook(|_| {}).await;
    observed.store().is_down.store(true, Ordering::SeqCst);
    let delivery = operator(one(1, vec![claim("A1", 10)]), Lane::RealTime);
    let (replies, summaries) = observed.respond_to(&delivery).await.unwrap();
    let ack = text(&replies, ReplyKind::ACK_277CA);
    assert!(ack.contains("STC*E2:0*20260105*U*10*"), "{ack}");
    assert!(findings(ack.as_bytes(), Registry::embedded(), &Policy::default()).is_empty());
    assert_eq!((summaries[0].claims, summaries[0].claims_rejected), (1, 1));
    assert!(observed.store().rows().is_empty());
    // The same interchange comes again once the store is back.
    observed.store().is_down.store(false, Ordering::SeqCst);
    let (replies, _) = observed.respond_to(&delivery).await.unwrap();
    assert!(!text(&replies, ReplyKind::ACK_277CA).contains("E2:0"));
    assert_eq!(observed.store().rows().len(), 1);
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_x12gate"));
    command.args(args).current_dir(folder).env_remove("X12GATE_CONFIG");
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

/// A folder with a sandbox, and a set of so many claims that comes in small parts.
fn shop(claims: u32) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let settings =
        "[claims.rules]\nlate = 'accept'\nnot_covered = 'accept'\n[batch]\npiece_bytes = 65536\n";
    std::fs::write(folder.path().join("s.toml"), settings).unwrap();
    let claims = (1..=claims).map(|n| claim(&format!("K{n}"), n)).collect();
    std::fs::write(folder.path().join("claims.x12"), one(7, claims)).unwrap();
    let load = run(folder.path(), &["store", "load", "--demo", "--store", "x12gate.db"]);
    assert!(load.status.success(), "{load:?}");
    folder
}

const PROCESS: [&str; 8] =
    ["process", "claims.x12", "-o", "out", "--config", "s.toml", "--format", "json"];

/// How many versions each of these accounts has.
fn versions(folder: &Path, accounts: u32) -> Vec<usize> {
    let options = StoreOptions { path: folder.join("x12gate.db"), ..StoreOptions::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let stores = Stores::open(&options, Access::Read).await.unwrap();
        let key =
            |n| ClaimKey::Account { npi: "1234567893".into(), account: format!("K{n}").into() };
        let keys: Vec<_> = (1..=accounts).map(key).collect();
        let found = stores.claims.find(&keys, ClaimScope::default()).await.unwrap();
        found.iter().map(Vec::len).collect()
    })
}

#[test]
fn a_killed_run_leaves_each_claim_of_a_long_set_once() {
    const CLAIMS: u32 = 3000;
    let folder = shop(CLAIMS);
    let mut kills = 0;
    for round in 0..6 {
        let mut process = command(folder.path(), &PROCESS);
        let mut child = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60 + 90 * round));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += u32::from(!child.wait().unwrap().success());
        }
        let versions = versions(folder.path(), CLAIMS);
        let all = versions.iter().sum::<usize>();
        assert!(all == 0 || versions.iter().all(|count| *count == 1), "{all} after {round}");
    }
    assert!(kills >= 2, "the command was too fast to be killed: {kills}");
    let output = run(folder.path(), &PROCESS);
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(line["outcome"] == "accepted" || line["outcome"] == "replayed", "{line}");
    assert!(versions(folder.path(), CLAIMS).iter().all(|count| *count == 1));
    let ack = std::fs::read_to_string(folder.path().join("out/claims.000000007.277ca")).unwrap();
    assert_eq!(ack.matches("REF*1K*").count(), CLAIMS as usize);
}

#[test]
fn a_long_set_that_is_rejected_at_its_end_leaves_nothing() {
    const CLAIMS: u32 = 1500;
    let folder = shop(CLAIMS);
    let file = folder.path().join("claims.x12");
    let text = std::fs::read_to_string(&file).unwrap();
    let last = format!("SV1*HC:99213*{CLAIMS}*");
    std::fs::write(&file, text.replace(&last, "SV1*HC:99213*1*")).unwrap();
    let output = run(folder.path(), &PROCESS);
    let line: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&line["outcome"], &line["claims_rejected"]), (&"rejected".into(), &CLAIMS.into()));
    assert_eq!(versions(folder.path(), CLAIMS).iter().sum::<usize>(), 0);
    // Mended, it comes in under another control number.
    let mended = text.replace("*000000007*", "*000000008*").replace("*000000007~", "*000000008~");
    std::fs::write(&file, mended).unwrap();
    let line: Value = serde_json::from_slice(&run(folder.path(), &PROCESS).stdout).unwrap();
    assert_eq!((&line["claims"], &line["claims_rejected"]), (&CLAIMS.into(), &0.into()));
    assert!(versions(folder.path(), CLAIMS).iter().all(|count| *count == 1));
}
