//! Claims rejected one by one: the same 837 under both policies, the acknowledgments of both, and a set of any length.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use x12gate::config::{Config, Intake, RejectUnit};
use x12gate::gateway::{InterchangeSummary, Lane, Outcome, Replies, ReplyKind};

use crate::gateway::{gateway, interchange, operator};

const ISA: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
    *260105*0930*^*00501*000000101*0*T*:~GS*HC*SUBMITTER1*PAYERGW*20260105*0930*101*X*005010X222A1~";
const HEAD: &str = "ST*837*0001*005010X222A1~BHT*0019*00*BATCH0001*20260105*0930*CH~\
    NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~PER*IC*EDI DESK*TE*6175550100~\
    NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~\
    N3*1 MAIN ST~N4*BOSTON*MA*021110000~REF*EI*123456789~";

fn patient(level: u32, claims: &str) -> String {
    format!(
        "HL*{level}*1*22*0~SBR*P*18*******HM~NM1*IL*1*DOE*JANE****MI*S12300000101~N3*2 ELM ST~\
         N4*BOSTON*MA*02111~DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~{claims}"
    )
}

fn claim(id: &str, charge: u32) -> String {
    format!(
        "CLM*{id}*{charge}***11:B:1*Y*A*Y*Y~HI*ABK:R55~LX*1~SV1*HC:99213*100*UN*1***1~\
         DTP*472*D8*20251201~"
    )
}

/// One 837 of three claims, the second of which charges more than its lines do.
fn unbalanced() -> String {
    let claims = [claim("PT1", 100), claim("PT2", 90), claim("PT3", 100)].concat();
    let set = format!("{HEAD}{}", patient(2, &claims));
    let count = set.matches('~').count() + 1;
    format!("{ISA}{set}SE*{count}*0001~GE*1*101~IEA*1*000000101~")
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_x12gate"));
    command.args(args).current_dir(folder).env_remove("X12GATE_CONFIG");
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().unwrap()
}

/// A folder with the file in it.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("claims.x12"), unbalanced()).unwrap();
    folder
}

/// What `ack` wrote, as JSON, and the texts.
fn acknowledged(folder: &Path, args: &[&str]) -> Vec<(Value, String)> {
    let args = [&["ack", "claims.x12", "-o", "out", "--format", "json"], args].concat();
    let output = run(folder, &args);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = std::fs::read_to_string(folder.join(line["file"].as_str().unwrap()));
            (line, text.unwrap())
        })
        .collect()
}

#[test]
fn a_bad_claim_rejects_its_set_by_default() {
    let folder = folder();
    let written = acknowledged(folder.path(), &[]);
    let [(line, text)] = &written[..] else { panic!("{written:?}") };
    assert_eq!(line["kind"], "999");
    assert!(text.contains("IK5*R*I5~") && text.contains("AK9*R*1*1*0~"), "{text}");
}

#[test]
fn with_the_claim_as_unit_its_neighbours_are_accepted() {
    let folder = folder();
    let written = acknowledged(folder.path(), &["--unit", "claim"]);
    let [(functional, of_sets), (claims, of_claims)] = &written[..] else { panic!("{written:?}") };
    assert_eq!(functional["rejected"], false);
    assert!(of_sets.contains("IK3*CLM*23*2300*8~CTX*CLM01:PT2~"), "{of_sets}");
    assert!(of_sets.contains("IK5*E*I5~") && of_sets.contains("AK9*E*1*1*1~"), "{of_sets}");
    assert_eq!(claims["file"], "out/000000002.277ca");
    assert_eq!((&claims["claims_accepted"], &claims["claims_rejected"]), (&2.into(), &1.into()));
    assert!(of_claims.contains("TRN*2*PT2~STC*A7:400*20"), "{of_claims}");
    assert_eq!(of_claims.matches("STC*A1:19:PR*").count(), 4, "{of_claims}");
    let checked = run(folder.path(), &["check", "out"]);
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
}

#[test]
fn a_profile_chooses_the_unit_and_how_claims_are_acknowledged() {
    let folder = folder();
    let profile = "isa = [{ qualifier = 'ZZ', id = 'SUBMITTER1' }]\n[validation]\nunit = 'claim'\n\
        [claims]\naccepted = 'adjudication'\nsource = 'clearinghouse'\nname = 'HOUSE'\nid = 'H1'\n";
    std::fs::write(folder.path().join("acme.toml"), profile).unwrap();
    let args = ["--partner", "acme.toml", "--only", "277ca"];
    let written = acknowledged(folder.path(), &args);
    let [(_, text)] = &written[..] else { panic!("{written:?}") };
    assert!(text.contains("NM1*AY*2*HOUSE*****PI*H1~"), "{text}");
    assert!(text.contains("STC*A2:20:AY*20"), "{text}");
}

#[test]
fn nothing_is_said_of_claims_in_a_group_that_is_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let text = unbalanced().replace("GE*1*101", "GE*7*101");
    std::fs::write(folder.path().join("claims.x12"), text).unwrap();
    let written = acknowledged(folder.path(), &["--unit", "claim"]);
    let kinds: Vec<&Value> = written.iter().map(|(line, _)| &line["kind"]).collect();
    assert_eq!(kinds, ["999"]);
}

#[test]
fn check_counts_the_claims_and_names_the_rejected_ones() {
    let folder = folder();
    let args = ["check", "claims.x12", "--unit", "claim", "--format", "json"];
    let output = run(folder.path(), &args);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let said: Vec<&Value> = lines.iter().filter(|line| line.get("note").is_none()).collect();
    let [finding, rejected, summary] = said[..] else { panic!("{text}") };
    assert_eq!(finding["code"], "X12-3101");
    assert_eq!(
        rejected.to_string(),
        serde_json::json!({
            "file": "claims.x12", "set": 1, "claim": 2, "segment": 23, "id": "xx#",
            "accepted": false, "reasons": ["X12-3101"]
        })
        .to_string()
    );
    assert_eq!((&summary["claims"], &summary["claims_rejected"]), (&3.into(), &1.into()));

    let shown = run(folder.path(), &["check", "claims.x12", "--unit", "claim", "--show-values"]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("claim 2 of set 1 (segment 23, PT2) rejected: X12-3101"), "{shown}");
    assert!(shown.ends_with("1 error, 0 warnings; 3 claims, 1 rejected\n"), "{shown}");
}

/// Acknowledges one set of this many claims, every tenth of them bad, from standard input; gives the greatest memory it
/// took, in KiB.
#[cfg(target_os = "linux")]
fn peak_kib(patients: u32) -> u64 {
    let folder = tempfile::tempdir().unwrap();
    let args = ["ack", "-", "-o", "out", "--unit", "claim", "--format", "json"];
    let mut child =
        command(folder.path(), &args).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut to = child.stdin.take().unwrap();
    to.write_all(format!("{ISA}{HEAD}").as_bytes()).unwrap();
    let mut segments = HEAD.matches('~').count();
    for level in 2..patients + 2 {
        let charge = if level % 10 == 0 { 90 } else { 100 };
        let text = patient(level, &claim(&format!("PT{level}"), charge));
        segments += text.matches('~').count();
        to.write_all(text.as_bytes()).unwrap();
    }
    let trailer = format!("SE*{}*0001~GE*1*101~IEA*1*000000101~", segments + 1);
    to.write_all(trailer.as_bytes()).unwrap();
    to.flush().unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(to);
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    assert_eq!(last["claims_accepted"], patients - patients / 10, "{text}");
    assert_eq!(last["claims_rejected"], patients / 10, "{text}");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches("kB").trim().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_claims_of_a_set() {
    let (few, many) = (peak_kib(40_000), peak_kib(160_000));
    assert!(many < few + 24 * 1024, "{few} KiB for 40,000 claims, {many} for 160,000");
}

/// What the gateway answers to three claims of which one is bad.
async fn answered(
    control: u32,
    lane: Lane,
    change: impl FnOnce(&mut Config),
) -> (Replies, InterchangeSummary) {
    let gateway = gateway(change).await;
    let group = unbalanced();
    let group = &group[group.find("GS*").unwrap()..group.find("IEA*").unwrap()];
    let text = interchange(control, &[group.to_owned()]);
    let (replies, mut summaries) = gateway.respond_to(&operator(text, lane)).await.unwrap();
    (replies, summaries.pop().unwrap())
}

fn kinds(replies: &Replies) -> Vec<ReplyKind> {
    replies.replies.iter().map(|reply| reply.kind).collect()
}

#[test]
fn process_of_claims_that_were_rejected_before_exits_as_it_did() {
    let folder = folder();
    let config = "[validation]\nunit = \"claim\"\n[claims]\nintake = \"acknowledge\"\n";
    std::fs::write(folder.path().join("server.toml"), config).unwrap();
    assert!(run(folder.path(), &["store", "init", "--store", "a.db"]).status.success());
    let args = ["process", "claims.x12", "--store", "a.db", "--config", "server.toml"];
    for round in ["first", "second", "third"] {
        let output = run(folder.path(), &args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{round}: {said}");
    }
}

#[tokio::test]
async fn the_gateway_refuses_claims_where_it_is_told_to() {
    for lane in [Lane::RealTime, Lane::Batch] {
        let (replies, summary) = answered(801, lane, |config| {
            config.claims.intake = Intake::Refuse;
            config.validation.unit = RejectUnit::Claim;
        })
        .await;
        assert_eq!(
            (kinds(&replies), summary.outcome),
            (vec![ReplyKind::ACK_999], Outcome::Rejected)
        );
        let ack = String::from_utf8(replies.replies[0].body.to_vec()).unwrap();
        assert!(ack.contains("IK5*R*1"), "{ack}");
    }
}

#[tokio::test]
async fn the_gateway_acknowledges_claim_by_claim_as_the_policy_says() {
    for lane in [Lane::RealTime, Lane::Batch] {
        let (replies, summary) = answered(802, lane, |config| {
            config.claims.intake = Intake::Acknowledge;
            config.validation.unit = RejectUnit::Claim;
        })
        .await;
        assert_eq!(kinds(&replies), [ReplyKind::ACK_999, ReplyKind::ACK_277CA]);
        assert_eq!((summary.claims, summary.claims_rejected), (3, 1));
        let text = |kind| String::from_utf8(replies.of(kind).unwrap().body.to_vec()).unwrap();
        assert!(text(ReplyKind::ACK_999).contains("IK5*E*I5~"));
        let claims = text(ReplyKind::ACK_277CA);
        assert!(claims.contains("GS*HN*PAYERGW*SUBMITTER1*20260105*0930*"), "{claims}");
        assert!(claims.contains("BHT*0085*08*0000008020000001*20260105*0930*TH~"), "{claims}");
        assert!(claims.contains("TRN*2*PT2~STC*A7:400*20260105*U*90*"), "{claims}");
        // Receipt is said, and nothing more: nobody here adjudicates.
        assert!(!claims.contains("A2:20"), "{claims}");
    }
    let (replies, summary) = answered(803, Lane::Batch, |config| {
        config.claims.intake = Intake::Acknowledge;
    })
    .await;
    assert_eq!((kinds(&replies), summary.outcome), (vec![ReplyKind::ACK_999], Outcome::Rejected));
    assert_eq!((summary.claims, summary.claims_rejected), (3, 3));
}

#[test]
fn a_dropped_file_of_claims_is_acknowledged_once_and_the_same_again() {
    let folder = folder();
    let settings = "[claims]\nintake = 'acknowledge'\n[validation]\nunit = 'claim'\n";
    std::fs::write(folder.path().join("s.toml"), settings).unwrap();
    assert_eq!(
        run(folder.path(), &["store", "init", "--store", "x12gate.db"]).status.code(),
        Some(0)
    );
    let args = ["process", "claims.x12", "-o", "out", "--config", "s.toml", "--format", "json"];
    let mut texts = Vec::new();
    for (outcome, code) in [("accepted", 1), ("replayed", 1)] {
        let output = run(folder.path(), &args);
        assert_eq!(output.status.code(), Some(code), "{output:?}");
        let text = String::from_utf8(output.stdout.clone()).unwrap();
        let line: Value = serde_json::from_str(text.trim()).unwrap();
        assert_eq!(line["outcome"], outcome);
        assert_eq!(line["replies"][1]["kind"], "277ca");
        let file = line["replies"][1]["file"].as_str().unwrap().to_owned();
        assert!(file.ends_with("claims.000000101.277ca"), "{file}");
        texts.push(std::fs::read(folder.path().join(file)).unwrap());
    }
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn a_set_that_comes_in_parts_is_acknowledged_as_one_that_comes_whole() {
    const PATIENTS: u32 = 2000;
    let claims: String = (2..PATIENTS + 2)
        .map(|level| {
            let charge = if level % 10 == 0 { 90 } else { 100 };
            patient(level, &claim(&format!("PT{level}"), charge))
        })
        .collect();
    let count = HEAD.matches('~').count() + claims.matches('~').count() + 1;
    let text = format!("{ISA}{HEAD}{claims}SE*{count}*0001~GE*1*101~IEA*1*000000101~");
    let mut answers = Vec::new();
    for piece_bytes in [1, 64 << 20] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("claims.x12"), &text).unwrap();
        let settings = format!(
            "[claims]\nintake = 'acknowledge'\n[validation]\nunit = 'claim'\n\
             [batch]\npiece_bytes = {piece_bytes}\n"
        );
        std::fs::write(folder.path().join("s.toml"), settings).unwrap();
        run(folder.path(), &["store", "init", "--store", "x12gate.db"]);
        let args = ["process", "claims.x12", "-o", "out", "--config", "s.toml", "--format", "json"];
        let output = run(folder.path(), &args);
        let line: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((&line["claims"], &line["claims_rejected"]), (&PATIENTS.into(), &200.into()));
        let texts = ["999", "277ca"].map(|kind| {
            let reply = folder.path().join(format!("out/claims.000000101.{kind}"));
            let text = std::fs::read_to_string(reply).unwrap();
            // The times they were written at are their own.
            let segments: Vec<String> = text.split('~').map(str::to_owned).collect();
            let is_timeless =
                |s: &String| ["AK", "IK", "TRN", "QTY", "AMT"].iter().any(|tag| s.starts_with(tag));
            segments.into_iter().filter(is_timeless).collect::<Vec<_>>()
        });
        assert_eq!(texts[1].iter().filter(|s| s.starts_with("TRN*2*PT")).count(), 2000);
        answers.push(texts);
    }
    assert!(answers[0] == answers[1], "the acknowledgment depends on how the set was cut");
}
