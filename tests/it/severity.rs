//! How bad findings are: by the catalog, by settings, by a partner's profile, by the command line; and the words for it.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// One interchange with a 270 whose provider has a number that is no NPI.
const BAD_NPI: &str = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        \
    *260105*0930*^*00501*000000101*0*T*:~GS*HS*SUBMITTER1*PAYERGW*20260105*0930*101*X*005010X279A1~\
    ST*270*0001*005010X279A1~BHT*0022*13*TX0001*20260105*0930~HL*1**20*1~\
    NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~NM1*1P*2*SAMPLE CLINIC*****XX*1234567890~\
    HL*3*2*22*0~TRN*1*TRACE0001*9SUBMITTER~NM1*IL*1*DOE*JANE****MI*S12300000101~DMG*D8*19800115*F~\
    EQ*30~SE*12*0001~GE*1*101~IEA*1*000000101~";

/// Runs `check` in a folder that holds the file and these others; gives the exit code and the finding, if any.
fn check(args: &[&str], files: &[(&str, &str)]) -> (Option<i32>, Option<Value>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files.iter().chain([&("asked.x12", BAD_NPI)]) {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let output = run(folder.path(), &[&["check", "--format", "json", "asked.x12"], args].concat());
    let text = String::from_utf8(output.stdout).unwrap();
    let first = text.lines().next().map(|line| serde_json::from_str::<Value>(line).unwrap());
    (output.status.code(), first.filter(|line| line.get("code").is_some()))
}

fn run(folder: &Path, args: &[&str]) -> std::process::Output {
    Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(args)
        .current_dir(folder)
        .env_remove("X12GATE_CONFIG")
        .output()
        .unwrap()
}

#[test]
fn the_catalog_warns_of_a_bad_npi_without_a_reason() {
    let (code, finding) = check(&[], &[]);
    let finding = finding.unwrap();
    assert_eq!((code, &finding["severity"]), (Some(0), &"warning".into()));
    assert!(finding["reason"].is_null());
}

#[test]
fn the_command_line_chooses_by_type_and_by_code() {
    let (code, finding) = check(&["--snip", "5=reject"], &[]);
    let finding = finding.unwrap();
    assert_eq!((code, &finding["severity"]), (Some(1), &"error".into()));
    assert_eq!(finding["reason"], "snip_5 = \"reject\" on the command line");

    let (code, finding) = check(&["--snip", "5=reject", "--code", "X12-5102=default"], &[]);
    assert_eq!((code, finding.unwrap()["severity"].as_str()), (Some(0), Some("warning")));
    assert_eq!(check(&["--snip", "5=off"], &[]), (Some(0), None));
    assert_eq!(check(&["--snip", "4"], &[]), (Some(0), None));
    for refused in ["8", "5=never", "1=warn", "x=reject"] {
        assert_eq!(check(&["--snip", refused], &[]).0, Some(2), "{refused}");
    }
    assert_eq!(check(&["--code", "X12-1311=off"], &[]).0, Some(2));
}

#[test]
fn settings_and_the_profile_over_them_are_named_as_the_reason() {
    let settings = "[validation]\nsnip_5 = 'reject'\n[partners]\ndirectory = 'partners'\n";
    let (code, finding) = check(&["--config", "s.toml"], &[("s.toml", settings)]);
    assert_eq!(code, Some(1));
    assert_eq!(finding.unwrap()["reason"], "snip_5 = \"reject\" in the settings");

    let isa = "isa = [{ qualifier = 'ZZ', id = 'SUBMITTER1' }]\n";
    let acme = format!("{isa}[validation.codes]\nX12-5102 = 'reject'\n");
    let (_, finding) = check(&["--partner", "acme.toml"], &[("acme.toml", &acme)]);
    let reason = "codes.X12-5102 = \"reject\" for partner acme";
    assert_eq!(finding.unwrap()["reason"], reason);

    let mild = format!("{isa}[validation]\nsnip_5 = 'default'\n");
    let files = [("s.toml", settings), ("mild.toml", mild.as_str())];
    let (code, finding) = check(&["--config", "s.toml", "--partner", "./mild.toml"], &files);
    assert_eq!(code, Some(0));
    assert!(finding.unwrap()["reason"].is_null());
}

#[test]
fn people_read_the_reason_too() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("asked.x12"), BAD_NPI).unwrap();
    for format in ["text", "html"] {
        let args = ["check", "asked.x12", "--snip", "5=reject", "--format", format];
        let shown = String::from_utf8(run(folder.path(), &args).stdout).unwrap();
        let shown = shown.replace("&quot;", "\"");
        assert!(
            shown.contains("error because of snip_5 = \"reject\" on the command line"),
            "{shown}"
        );
    }
}

#[test]
fn what_cannot_be_chosen_is_refused_when_it_is_read() {
    for (text, word) in [
        ("snip_1 = 'off'\n", "snip_1"),
        ("codes = { X12-1311 = 'warn' }\n", "X12-1311"),
        ("codes = { X12-1009 = 'warn' }\n", "not about a transaction set"),
        ("codes = { X12-0000 = 'warn' }\n", "not a finding code"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("s.toml"), format!("[validation]\n{text}")).unwrap();
        std::fs::write(folder.path().join("asked.x12"), BAD_NPI).unwrap();
        let output = run(folder.path(), &["check", "asked.x12", "--config", "s.toml"]);
        assert_eq!(output.status.code(), Some(2), "{text}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(word), "{said}");
    }
}
