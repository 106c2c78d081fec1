//! Enrollment from end to end: an 834 comes in through the gateway or from a file, and the next inquiry shows it.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;
use x12gate::answer::eligibility::ANSWER_271;
use x12gate::answer::remittance::ANSWER_824;
use x12gate::check;
use x12gate::config::Config;
use x12gate::finding::Policy;
use x12gate::gateway::{FixedClock, Gateway, Lane, Outcome, Replies, ReplyKind};
use x12gate::guide::Registry;
use x12gate::store::{LoadRows, PartnerRow, SnapshotMode, Stores, demo};

use crate::gateway::{interchange, kinds, operator, segments, text};

/// A sponsor whose enrollment is loaded.
const PROFILE: &str = "id = 'submitter1'\nname = 'Acme Widgets'\nisa = [{ qualifier = 'ZZ', id = 'SUBMITTER1' }]\n\
     [enrollment]\nload = true\nplans = { 'HLT/PLAN A' = 'PPO-1' }\n";

/// The demonstration payer on 5 January 2026.
async fn gateway(may_load: bool, snapshot: SnapshotMode) -> Gateway {
    let stores = Stores::in_memory().await.unwrap();
    demo::load(&stores, time::macros::date!(2026 - 01 - 05)).await.unwrap();
    if may_load {
        let mut load = stores.begin_load().await.unwrap();
        let row = PartnerRow { id: "submitter1".into(), profile: PROFILE.to_owned() };
        load.put(LoadRows::Partners(&[row])).await.unwrap();
        load.commit().await.unwrap();
    }
    let mut config = Config::default();
    config.store.snapshot = snapshot;
    let clock = FixedClock(time::macros::datetime!(2026-01-05 09:30 UTC));
    Gateway::open(stores, config, Arc::new(Registry::new()), Arc::new(clock)).await.unwrap()
}

async fn send(gateway: &Gateway, text: &str, lane: Lane) -> (Replies, u64) {
    let delivery = operator(text.as_bytes().to_vec(), lane);
    let (replies, mut summaries) = gateway.respond_to(&delivery).await.unwrap();
    let summary = summaries.pop().unwrap();
    let named = replies.of(ANSWER_824).map_or(0, |advice| {
        String::from_utf8_lossy(&advice.body).matches("OTI*IR*").count() as u64
    });
    assert_eq!(summary.left_out, named);
    assert!(matches!(summary.outcome, Outcome::Accepted | Outcome::Partial), "{summary:?}");
    (replies, summary.patients)
}

fn set_of(members: &[&str]) -> String {
    let body = format!(
        "BGN*00*FILE1*20260105*0900****2~REF*38*G1000~DTP*007*D8*20260101~\
         N1*P5*ACME WIDGETS*FI*123456789~N1*IN*SAMPLE HEALTH PLAN*FI*987654321~{}",
        members.concat()
    );
    let count = body.matches('~').count() + 2;
    format!("ST*834*0001*005010X220A1~{body}SE*{count}*0001~")
}

fn enrollment(control: u32, sets: &[String]) -> String {
    let group = format!(
        "GS*BE*SUBMITTER1*PAYERGW*20260105*0930*{control}*X*005010X220A1~{}GE*{}*{control}~",
        sets.concat(),
        sets.len()
    );
    interchange(control, &[group])
}

fn changes(control: u32, members: &[&str]) -> String {
    enrollment(control, &[set_of(members)])
}

fn inquiry(control: u32, id: &str, last: &str, first: &str, birth: &str) -> String {
    let body = format!(
        "BHT*0022*13*TX0001*20260105*0930~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~\
         HL*2*1*21*1~NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~HL*3*2*22*0~\
         TRN*1*TRACE0001*9SUBMITTER~NM1*IL*1*{last}*{first}****MI*{id}~DMG*D8*{birth}~\
         DTP*291*D8*20260105~EQ*30~"
    );
    let count = body.matches('~').count() + 2;
    let set = format!("ST*270*0001*005010X279A1~{body}SE*{count}*0001~");
    interchange(
        control,
        &[format!("GS*HS*SUBMITTER1*PAYERGW*20260105*0930*1*X*005010X279A1~{set}GE*1*1~")],
    )
}

/// What an 834 did, and what the next 271 says.
async fn shows_what_was_loaded(snapshot: SnapshotMode) {
    let gateway = gateway(true, snapshot).await;
    let mut control = 100;
    let mut ask = async |id: &str, last: &str, first: &str, birth: &str| {
        control += 1;
        let question = inquiry(control, id, last, first, birth);
        let (replies, _) = send(&gateway, &question, Lane::RealTime).await;
        text(&replies, ANSWER_271)
    };
    let nora = ["S55500000101", "NEWLY", "NORA", "19900304"];
    let mary = ["S12300000101", "SAMPLE", "MARY", "19800115"];
    let unknown = ask(nora[0], nora[1], nora[2], nora[3]).await;
    assert!(!segments(&unknown, "AAA").is_empty(), "{unknown}");
    assert!(segments(&ask(mary[0], mary[1], mary[2], mary[3]).await, "EB")[0].starts_with("EB*1*"));

    let added = "INS*Y*18*021**A***FT~REF*0F*S55500000101~NM1*IL*1*NEWLY*NORA~N3*5 HILL ST~N4*BOSTON*MA*02115~\
         DMG*D8*19900304*F~HD*021**HLT*PLAN A*EMP~DTP*348*D8*20260101~";
    let ended =
        "INS*Y*18*024**A***TE~REF*0F*S12300000101~DTP*357*D8*20251231~NM1*IL*1*SAMPLE*MARY*A~";
    let (replies, members) = send(&gateway, &changes(1, &[added, ended]), Lane::Batch).await;
    assert_eq!((kinds(&replies), members), (vec![ReplyKind::ACK_999], 2));
    let answer = ask(nora[0], nora[1], nora[2], nora[3]).await;
    assert!(segments(&answer, "EB")[0].starts_with("EB*1*"), "{answer}");
    assert!(answer.contains("SAMPLE PREFERRED PROVIDER"), "{answer}");
    let answer = ask(mary[0], mary[1], mary[2], mary[3]).await;
    assert!(segments(&answer, "EB")[0].starts_with("EB*6*"), "{answer}");

    // Reinstated with a gap of a day fewer than a week, with another provider.
    let back = "INS*Y*18*025**A***FT~REF*0F*S12300000101~NM1*IL*1*SAMPLE*MARY*A~HD*025**HMO*HMO-1~\
         DTP*348*D8*20260105~LX*1~NM1*P3*1*POE*PAULA****XX*1000000012*26~PLA*2*1P*20260105**AH~";
    send(&gateway, &changes(2, &[back]), Lane::Batch).await;
    let answer = ask(mary[0], mary[1], mary[2], mary[3]).await;
    assert!(segments(&answer, "EB")[0].starts_with("EB*1*"), "{answer}");
    assert!(answer.contains("NM1*P3*1*POE*PAULA****XX*1000000012~"), "{answer}");
    assert!(answer.contains("20260105"), "{answer}");

    // The same file again is answered as before, and changes nothing: her reinstatement stands.
    let (again, _) = send_again(&gateway, &changes(1, &[added, ended])).await;
    assert_eq!(kinds(&again), [ReplyKind::ACK_999]);
    let answer = ask(mary[0], mary[1], mary[2], mary[3]).await;
    assert!(segments(&answer, "EB")[0].starts_with("EB*1*"), "{answer}");
}

async fn send_again(gateway: &Gateway, text: &str) -> (Replies, Outcome) {
    let delivery = operator(text.as_bytes().to_vec(), Lane::Batch);
    let (replies, mut summaries) = gateway.respond_to(&delivery).await.unwrap();
    let outcome = summaries.pop().unwrap().outcome;
    assert_eq!(outcome, Outcome::Replayed);
    (replies, outcome)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_inquiry_shows_what_was_loaded() {
    shows_what_was_loaded(SnapshotMode::Off).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_in_memory_show_what_was_loaded() {
    shows_what_was_loaded(SnapshotMode::On).await;
}

const UNKNOWN: &str = "INS*Y*18*001**A~REF*0F*S55500000901~NM1*IL*1*NOBODY*NAN~DMG*D8*19700101*F~";

#[tokio::test(flavor = "multi_thread")]
async fn who_is_left_out_is_named_in_an_824() {
    let gateway = gateway(true, SnapshotMode::Auto).await;
    let ended =
        "INS*Y*18*024**A***TE~REF*0F*S12300000101~DTP*357*D8*20251231~NM1*IL*1*SAMPLE*MARY*A~";
    let (replies, members) = send(&gateway, &changes(1, &[UNKNOWN, ended]), Lane::Batch).await;
    assert_eq!((kinds(&replies), members), (vec![ReplyKind::ACK_999, ANSWER_824], 2));
    let advice = text(&replies, ANSWER_824);
    assert_eq!(
        segments(&advice, "OTI"),
        [
            "OTI*TE*TN*FILE1***20260105*0930*1*0001*834*005010X220A1",
            "OTI*IR*TN*S55500000901***20260105*0930*1*0001*834*005010X220A1"
        ]
    );
    assert_eq!(
        segments(&advice, "N1"),
        ["N1*41*SAMPLE HEALTH PLAN*46*99999", "N1*40*ACME WIDGETS*46*SUBMITTER1"]
    );
    let found = check::findings(advice.as_bytes(), Registry::embedded(), &Policy::default());
    assert!(found.is_empty(), "{advice}");
}

/// Not everybody may change members: for others an 834 is acknowledged, and that is all.
#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_changes_nothing() {
    let gateway = gateway(false, SnapshotMode::Off).await;
    let ended =
        "INS*Y*18*024**A***TE~REF*0F*S12300000101~DTP*357*D8*20251231~NM1*IL*1*SAMPLE*MARY*A~";
    let (replies, members) = send(&gateway, &changes(1, &[UNKNOWN, ended]), Lane::Batch).await;
    assert_eq!((kinds(&replies), members), (vec![ReplyKind::ACK_999], 0));
    let question = inquiry(2, "S12300000101", "SAMPLE", "MARY", "19800115");
    let (replies, _) = send(&gateway, &question, Lane::RealTime).await;
    assert!(segments(&text(&replies, ANSWER_271), "EB")[0].starts_with("EB*1*"));
}

/// A set that is rejected brings nothing, and neither does a sound set in a group that is.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_rejected_loads_nothing() {
    let ended =
        "INS*Y*18*024**A***TE~REF*0F*S12300000101~DTP*357*D8*20251231~NM1*IL*1*SAMPLE*MARY*A~";
    let sound = changes(1, &[ended]);
    for spoiled in [sound.replace("INS*Y*18*", "INS*X*18*"), sound.replace("GE*1*1~", "GE*2*1~")] {
        let gateway = gateway(true, SnapshotMode::Off).await;
        let delivery = operator(spoiled.as_bytes().to_vec(), Lane::Batch);
        gateway.respond_to(&delivery).await.unwrap();
        let question = inquiry(2, "S12300000101", "SAMPLE", "MARY", "19800115");
        let (replies, _) = send(&gateway, &question, Lane::RealTime).await;
        assert!(segments(&text(&replies, ANSWER_271), "EB")[0].starts_with("EB*1*"), "{spoiled}");
    }
}

/// Later sets of a group build on earlier ones, however many there are.
#[tokio::test(flavor = "multi_thread")]
async fn a_dependent_may_come_in_a_later_set() {
    let gateway = gateway(true, SnapshotMode::Off).await;
    let hd = "HD*021**PPO*PPO-1*FAM~DTP*348*D8*20260101~";
    let sets: Vec<String> = (0..1500)
        .flat_map(|family| {
            let number = 555_000_000 + family;
            let subscriber = format!(
                "INS*Y*18*021**A***FT~REF*0F*S{number}01~NM1*IL*1*NEWLY*NORA~N3*5 HILL ST~N4*BOSTON*MA*02115~\
                 DMG*D8*19900304*F~{hd}"
            );
            let child = format!("INS*N*19*021**A~REF*0F*S{number}01~NM1*IL*1*NEWLY*NED~DMG*D8*20200203*M~{hd}");
            [set_of(&[&subscriber]), set_of(&[&child])]
        })
        .collect();
    let numbered: Vec<String> = sets
        .iter()
        .enumerate()
        .map(|(at, set)| {
            set.replace("*0001*005010X220A1", &format!("*{:05}*005010X220A1", at + 1))
                .replace("*0001~", &format!("*{:05}~", at + 1))
        })
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("day.edi");
    std::fs::write(&path, enrollment(1, &numbered)).unwrap();
    let gateway = Arc::new(gateway);
    let inputs = [x12gate::transport::files::Input::File(path)];
    let out = folder.path().join("out");
    let summaries =
        x12gate::transport::files::files(&gateway, &inputs, &out, &|_| {}).await.unwrap();
    assert!(summaries[0].failure.is_none(), "{:?}", summaries[0].failure);
    let names: Vec<String> = crate::process::replies(&out).into_keys().collect();
    assert_eq!(names.len(), 1, "{names:?}: nobody is left out");
    assert!(names[0].ends_with(".999"), "{names:?}");
}

/// A folder with a store of the demonstration payer, and the built command in it.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        desk.write("x12gate.toml", "[enrollment]\nload = true\nplans = { 'PLAN A' = 'PPO-1' }\n");
        desk.ok(&["store", "load", "--demo"]);
        desk
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_x12gate"));
        command
            .args(args)
            .args(["--store", "x12gate.db", "--config", "x12gate.toml"])
            .current_dir(self.path())
            .env_remove("COLUMNS")
            .env_remove("X12GATE_STORE")
            .env_remove("X12GATE_CONFIG");
        command
    }

    fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// Standard output of a command that must go well.
    fn ok(&self, args: &[&str]) -> String {
        let output = self.run(args);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{args:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// How many of each there are.
    fn stat(&self) -> Value {
        serde_json::from_str(&self.ok(&["store", "stat", "--format", "json"])).unwrap()
    }
}

/// Killed at whatever moment, a large file is loaded once and whole after the next run, or not at all before it.
#[test]
fn a_killed_run_loads_all_or_nothing() {
    const FAMILIES: usize = 6000;
    let members: Vec<String> = (0..FAMILIES)
        .flat_map(|family| {
            let number = 600_000_000 + family;
            let hd = "HD*021**HLT*PLAN A*FAM~DTP*348*D8*20260101~";
            [
                format!(
                    "INS*Y*18*021**A***FT~REF*0F*S{number}01~NM1*IL*1*NEWLY*NORA~N3*5 HILL ST~N4*BOSTON*MA*02115~\
                     DMG*D8*19900304*F~{hd}"
                ),
                format!("INS*N*19*021**A~REF*0F*S{number}01~NM1*IL*1*NEWLY*NED~DMG*D8*20200203*M~{hd}"),
            ]
        })
        .collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let text = changes(1, &members);
    let once = Desk::new();
    once.write("day.edi", &text);
    once.ok(&["process", "day.edi"]);
    let whole = once.stat();
    let desk = Desk::new();
    let before = desk.stat();
    assert_eq!(
        whole["members"].as_u64(),
        before["members"].as_u64().map(|n| n + 2 * FAMILIES as u64)
    );
    desk.write("day.edi", &text);
    let mut kills = 0;
    for round in 0..8 {
        let mut process = desk.command(&["process", "day.edi"]);
        let mut child = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(150 + 350 * round));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += u32::from(!child.wait().unwrap().success());
        }
        let now = desk.stat();
        assert!(now == before || now == whole, "{round}: {now}");
    }
    assert!(kills >= 2, "the command was too fast to be killed: {kills}");
    desk.ok(&["process", "day.edi"]);
    assert_eq!(desk.stat(), whole);
}

/// The same from a file, without a gateway.
#[test]
fn a_file_is_loaded_offline() {
    let desk = Desk::new();
    let added = "INS*Y*18*021**A***FT~REF*0F*S55500000101~NM1*IL*1*NEWLY*NORA~N3*5 HILL ST~N4*BOSTON*MA*02115~\
         DMG*D8*19900304*F~HD*021**HLT*PLAN A*EMP~DTP*348*D8*20260101~";
    desk.write("day.x12", &changes(1, &[added, UNKNOWN]));
    desk.write("sound.834", &changes(2, &[added]));
    assert_eq!(desk.ok(&["store", "load", "sound.834"]), "sound.834: 1 member loaded\n");
    let output = desk.run(&["store", "load", "day.x12"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "day.x12: 1 member loaded, 1 left out\n\
         \x20 set 1, segment 15: member is not on file\n"
    );
    let output = desk.run(&["store", "load", "day.x12", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (&report["kind"], &report["rows"], &report["left_out"]),
        (&"enrollment".into(), &1.into(), &1.into())
    );
    assert_eq!(report["remarks"][0]["words"], "member is not on file");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(!text.contains("NOBODY") && !text.contains("555000009"), "{text}");
    // What is no 834, or is one that is rejected, loads nothing.
    desk.write("bad.834", &changes(3, &[added]).replace("INS*Y*18*021", "INS*X*18*021"));
    desk.write("other.x12", &crate::gateway::good(4));
    for file in ["bad.834", "other.x12"] {
        let output = desk.run(&["store", "load", file]);
        assert_eq!(output.status.code(), Some(2), "{file}");
    }
}

/// What `generate` writes of the members of a synthetic store loads, once its plan is known.
#[test]
fn a_generated_file_loads() {
    let desk = Desk::new();
    desk.ok(&["store", "load", "--synthetic", "400"]);
    desk.write("x12gate.toml", "[enrollment]\nload = true\nverify = 'load'\nmissing = 'ignore'\nplans = { 'PLAN A' = 'PPO-1' }\n");
    let mut generate = Command::new(env!("CARGO_BIN_EXE_x12gate"));
    let generated = generate
        .args(["generate", "834", "--count", "300", "--members", "400", "--seed", "7"])
        .current_dir(desk.path())
        .output()
        .unwrap();
    assert!(generated.status.success(), "{}", String::from_utf8_lossy(&generated.stderr));
    std::fs::write(desk.path().join("day.834"), &generated.stdout).unwrap();
    let output = desk.run(&["store", "load", "day.834", "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let words: Vec<&str> = report["remarks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|remark| remark["words"].as_str().unwrap())
        .collect();
    // Coverage that ends or changes without having begun is not on file; everything else loads.
    assert!(words.iter().all(|words| *words == "coverage is not on file"), "{words:?}");
    assert_eq!(report["members"], 300);
    assert!(report["rows"].as_u64().unwrap() > 200, "{report}");
}
