//! Claims from the command line: those of the corpus come in and are found, replaced and voided; documents and disputes.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A sandbox store in a folder of its own, with claim numbers that count from 1.
struct Shop {
    folder: TempDir,
}

impl Shop {
    fn new() -> Shop {
        let shop = Shop { folder: tempfile::tempdir().unwrap() };
        std::fs::write(shop.path("settings.toml"), SETTINGS).unwrap();
        shop.run(&["store", "load", "--demo"]);
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn output(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_x12gate"))
            .args(args)
            .current_dir(self.folder.path())
            .env("X12GATE_STORE", self.path("payer.db"))
            .env("X12GATE_CONFIG", self.path("settings.toml"))
            .output()
            .unwrap()
    }

    /// Standard output of a command that could run, and its exit code.
    fn ran(&self, args: &[&str]) -> (String, i32) {
        let output = self.output(args);
        let code = output.status.code().unwrap();
        assert!(code < 2, "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        (String::from_utf8(output.stdout).unwrap(), code)
    }

    /// Standard output of a command in which nothing was refused.
    fn run(&self, args: &[&str]) -> String {
        let (text, code) = self.ran(args);
        assert_eq!(code, 0, "{args:?}: {text}");
        text
    }

    /// Standard error of a command that does not run.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// The first line of JSON that a command prints.
    fn json(&self, args: &[&str]) -> serde_json::Value {
        let mut args = args.to_vec();
        args.extend(["--format", "json"]);
        let (text, _) = self.ran(&args);
        let line = text.lines().next().unwrap_or_else(|| panic!("{args:?} prints nothing"));
        serde_json::from_str(line).unwrap()
    }

    /// The number that the 277CA gives to the claim a command sends.
    fn sent(&self, args: &[&str]) -> String {
        let sent = self.json(args);
        assert_eq!(sent["accepted"], true, "{args:?}: {sent}");
        sent["claims"][0]["number"].as_str().unwrap().to_owned()
    }

    fn show(&self, number: &str) -> serde_json::Value {
        self.json(&["claims", "show", number])
    }
}

/// Claims of providers, members and payers that nobody has on file are taken in, as a new payer would.
const SETTINGS: &str = "[claims.rules]\nnumber = \"{sequence}\"\nunknown_member = \"accept\"\nnot_covered = \"accept\"\n\
    member_differs = \"accept\"\nunknown_provider = \"accept\"\nother_payer = \"accept\"\nlate = \"accept\"\n\
    duplicate = \"accept\"\ncorrection_days = 0\n[claim_status]\nwindow_months = 600\ncheck_provider = false\n";

/// Files of 837s in a folder, at most so many.
fn claim_files(folder: &Path, most: usize) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let mut entries: Vec<PathBuf> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        entries.sort();
        for path in entries {
            if path.is_dir() {
                folders.push(path);
            } else if std::fs::read(&path).is_ok_and(|text| {
                let text = String::from_utf8_lossy(&text);
                text.starts_with("ISA") && text.contains("005010X22") && text.contains("CLM")
            }) {
                found.push(path);
            }
        }
    }
    found.sort();
    found.truncate(most);
    found
}

/// Corpus claims: in, acknowledged, found by a 276 and a search, replaced, voided.
#[test]
fn claims_of_the_corpus_live_their_whole_life() {
    let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/valid");
    let mut files = claim_files(&own, 20);
    let corpus = std::env::var_os("X12GATE_CORPUS");
    if let Some(corpus) = &corpus {
        files.extend(claim_files(Path::new(corpus), 60));
    }
    let (mut accepted, mut asked, mut replaced, mut voided) = (0, 0, 0, 0);
    for file in &files {
        let shop = Shop::new();
        shop.ran(&["process", file.to_str().unwrap(), "-o", "out"]);
        let found =
            shop.run(&["claims", "search", "--sort", "newest", "--size", "50", "--format", "json"]);
        let rows =
            found.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        let own = |row: &serde_json::Value| !row["number"].as_str().unwrap().starts_with('D');
        let Some(row) = rows.filter(own).find(|row| row["adjustable"] == true) else { continue };
        accepted += 1;
        let number = row["number"].as_str().unwrap().to_owned();
        let acknowledged = std::fs::read_dir(shop.path("out")).unwrap().any(|entry| {
            let path = entry.unwrap().path();
            path.extension().is_some_and(|ending| ending == "277ca")
                && std::fs::read_to_string(path).unwrap().contains(&number)
        });
        assert!(acknowledged, "{}: the 277CA gives {number}", file.display());
        if let Some(found) = found_by_a_276(file, &shop.show(&number)) {
            assert!(found, "{}: a 276 finds the claim", file.display());
            asked += 1;
        }
        // What other payers decided need not balance any more, and a replacement may be refused for it: the checker's affair.
        let sent = shop.json(&["claims", "adjust", &number, "--note", "CHECKED"]);
        if sent["accepted"] == false {
            let refused = &sent["claims"][0]["statuses"];
            assert!(sent["rejection"].is_string() || refused[0]["status"].is_string(), "{sent}");
            continue;
        }
        replaced += 1;
        let next = sent["claims"][0]["number"].as_str().unwrap().to_owned();
        assert!(shop.refused(&["claims", "adjust", &number, "--void"]).contains("replaced"));
        let last = shop.sent(&["claims", "adjust", &next, "--void"]);
        voided += 1;
        let history = shop.show(&last);
        let numbers: Vec<&str> = history["versions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|version| version["number"].as_str().unwrap())
            .collect();
        assert_eq!(numbers, [&*number, &*next, &*last], "{}", file.display());
        assert!(shop.refused(&["claims", "adjust", &last, "--note", "X"]).contains("voided"));
    }
    assert!(accepted >= 5 && replaced >= 5 && voided == replaced, "{accepted} {replaced} {voided}");
    assert!(asked >= 3, "{asked} claims were asked for");
}

/// Whether a 276 finds the claim of a file once its patient is a member. None where no 276 can ask: the patient has no id or birth
/// date or is a dependent, or the provider's NPI is none.
fn found_by_a_276(file: &Path, shown: &serde_json::Value) -> Option<bool> {
    let text = |key: &str| shown[key].as_str().unwrap_or_default().to_owned();
    let (member, birth) = (text("member"), text("birth_date"));
    let patient = text("patient");
    let (last, first) = patient.split_once(", ")?;
    let content = std::fs::read(file).unwrap();
    let separator = char::from(content[3]);
    let content = String::from_utf8_lossy(&content).into_owned();
    let is_dependent = content.contains(&format!("NM1{separator}QC{separator}"));
    if birth.is_empty() || is_dependent || !member.chars().all(|c| c.is_ascii_alphanumeric()) {
        return None;
    }
    let shop = Shop::new();
    let person = serde_json::json!({
        "subscriber": member, "suffix": "01", "last": last, "first": first, "birth": birth,
        "coverage": [{ "plan": "PPO-1", "begin": "1990-01-01" }],
    });
    std::fs::write(shop.path("members.jsonl"), person.to_string()).unwrap();
    if !shop.output(&["store", "load", "members.jsonl"]).status.success() {
        return None;
    }
    shop.ran(&["process", file.to_str().unwrap(), "-o", "out"]);
    let search = ["claims", "search", "--sort", "newest", "--size", "50", "--format", "json"];
    let rows = shop.run(&search);
    let rows = rows.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let own = |row: &serde_json::Value| !row["number"].as_str().unwrap().starts_with('D');
    let number = rows.filter(own).find(|row| row["adjustable"] == true)?;
    let number = number["number"].as_str().unwrap().to_owned();
    shop.run(&["generate", "276", "--store", "payer.db", "-o", "asked.x12"]);
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    if !read(shop.path("asked.x12")).contains(&format!("*MI*{member}~")) {
        return None;
    }
    shop.ran(&["process", "asked.x12", "-o", "asked"]);
    let told = read(shop.path("asked/asked.000000001.277"));
    if told.contains("STC*E0:562:1P*") {
        return None;
    }
    Some(told.contains(&format!("REF*1K*{number}~")))
}

#[test]
fn a_dispute_is_opened_seen_in_the_277_and_decided() {
    let shop = Shop::new();
    std::fs::write(shop.path("letter.pdf"), b"%PDF-1.7 ~*: \x00\xff").unwrap();
    let dispute = [
        "claims",
        "dispute",
        "D0000006",
        "--reason",
        "Our contract covers it",
        "--file",
        "letter.pdf",
    ];
    let shown = shop.run(&dispute);
    assert!(shown.contains("STC*R10:294~") && shown.contains("BIN*15*...~"), "{shown}");
    assert!(shown.contains("dispute D0000006-D1 is open"), "{shown}");
    let claim = shop.show("D0000006");
    assert_eq!(claim["disputes"][0]["note"], "Our contract covers it");
    assert_eq!(claim["attachments"][1]["media"], "application/pdf");
    assert_eq!((&claim["category"], &claim["status"]), (&"P2".into(), &"46".into()));
    let status = shop.run(&[
        "ask",
        "claim-status",
        "--member",
        "S12300001001",
        "--store",
        "payer.db",
        "--format",
        "x12",
    ]);
    assert!(status.contains("STC*P2:46*"), "{status}");
    // The documents come out as they went in.
    shop.run(&["claims", "attachments", "D0000006", "-o", "documents"]);
    let kept = std::fs::read_dir(shop.path("documents"))
        .unwrap()
        .any(|entry| std::fs::read(entry.unwrap().path()).unwrap() == b"%PDF-1.7 ~*: \x00\xff");
    assert!(kept);
    assert!(shop.run(&["claims", "decide", "D0000006-D1", "--upheld"]).contains("upheld"));
    let claim = shop.show("D0000006");
    assert_eq!((&claim["category"], &claim["status"]), (&"F2".into(), &"107".into()));
    assert!(shop.refused(&["claims", "decide", "D0000006-D1", "--overturned"]).contains("already"));
    assert!(
        shop.refused(&["claims", "decide", "D0000006-D9", "--upheld"]).contains("no such dispute")
    );
}

#[test]
fn what_cannot_be_disputed_or_returned_is_refused_before_it_is_sent() {
    let shop = Shop::new();
    std::fs::write(shop.path("note.txt"), "x").unwrap();
    let dispute = |number| ["claims", "dispute", number, "--reason", "x", "--file", "note.txt"];
    for (number, why) in [
        ("D0000001", "no decision yet"),
        ("D0000007", "replaced"),
        ("D0000009", "voided"),
        ("D9999999", "no claim has the number"),
    ] {
        let said = shop.refused(&dispute(number));
        assert!(said.contains(why), "{number}: {said}");
    }
    let said = shop.refused(&["claims", "return", "D0000006", "--full"]);
    assert!(said.contains("nothing was paid"), "{said}");
    let said = shop.refused(&["claims", "return", "D0000005", "--line", "1", "--line", "2"]);
    assert!(said.contains("no line would be left"), "{said}");
    let said = shop.refused(&["claims", "adjust", "D0000012"]);
    assert!(said.contains("nothing would change"), "{said}");
    let said = shop.refused(&["claims", "adjust", "D0000007", "--note", "x"]);
    assert!(said.contains("its latest version is D0000008"), "{said}");
}

#[test]
fn a_request_is_answered_by_a_document() {
    let shop = Shop::new();
    let line = shop.json(&["claims", "request", "D0000001", "--loinc", "18594-2", "-o", "out"]);
    assert_eq!(line["request"], "D0000001-1");
    let file = line["file"].as_str().unwrap();
    let text = std::fs::read_to_string(shop.path(file)).unwrap();
    assert!(text.contains("*ZZ*PAYERGW        *ZZ*SUBMITTER1     *"), "{text}");
    assert!(text.contains("TRN*1*D0000001-1~STC*R4:18594-2::LOI*"), "{text}");
    shop.run(&["check", file]);
    assert_eq!(shop.show("D0000001")["category"], "P3");
    let answer = "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*000000801*0*T*:~\
        GS*PI*SUBMITTER1*PAYERGW*20260105*0930*801*X*005010X210~ST*275*0001*005010X210~BGN*11*AT1*20260105*0930~\
        NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
        NM1*1P*2*SAMPLE CLINIC*****XX*1234567893~NM1*QC*1*GREEN*ALEX****MI*S12300001001~REF*EJ*ACCOUNT~LX*1~\
        TRN*2*D0000001-1~STC*R4:18594-2::LOI~DTP*368*D8*20260105~CAT*AE*TX~EFI*05~BIN*4*seen~SE*15*0001~GE*1*801~IEA*1*000000801~";
    // Under another account it is refused by an 824, and nothing is kept.
    std::fs::write(shop.path("wrong.x12"), answer.replace("ACCOUNT", "OTHER")).unwrap();
    shop.ran(&["process", "wrong.x12", "-o", "out"]);
    let advice = std::fs::read_to_string(shop.path("out/wrong.000000801.824")).unwrap();
    assert!(
        advice.contains("OTI*TR*") && advice.contains("THE CLAIM HAS ANOTHER ACCOUNT NUMBER"),
        "{advice}"
    );
    assert_eq!(shop.show("D0000001")["attachments"].as_array().unwrap().len(), 0);
    let right = answer.replace("ACCOUNT", "DEMO01").replace("000000801", "000000802");
    std::fs::write(shop.path("right.x12"), right).unwrap();
    shop.run(&["process", "right.x12", "-o", "out"]);
    assert!(!shop.path("out/right.000000802.824").exists());
    let claim = shop.show("D0000001");
    assert_eq!((&claim["category"], &claim["status"]), (&"P2".into(), &"46".into()));
    assert!(claim["requests"][0]["answered"].is_string());
    assert_eq!(claim["attachments"][0]["request"], "D0000001-1");
}

#[test]
fn a_document_waits_for_its_claim() {
    let shop = Shop::new();
    std::fs::write(shop.path("note.txt"), "seen\n").unwrap();
    let attach = |control, account| {
        [
            "claims",
            "attach",
            "note.txt",
            "--control",
            control,
            "--npi",
            "1234567893",
            "--account",
            account,
        ]
    };
    assert!(shop.run(&attach("DEMOACN3", "DEMO03")).contains("belongs to claim D0000003"));
    assert!(shop.run(&attach("ACN9", "LATER1")).contains("waits for its claim"));
    let waiting = shop.run(&["claims", "attachments", "--unmatched"]);
    assert!(waiting.contains("ACN9") && !waiting.contains("DEMOACN3"), "{waiting}");
    let next = shop.sent(&["claims", "adjust", "D0000012", "--attach", "ACN10:OZ"]);
    assert!(shop.run(&attach("ACN10", "DEMO12")).contains(&format!("belongs to claim {next}")));
    let said = shop.refused(&[
        "claims",
        "attach",
        "none.txt",
        "--control",
        "A",
        "--npi",
        "1",
        "--account",
        "B",
    ]);
    assert!(said.contains("none.txt"), "{said}");
}

#[test]
fn searches_are_paged_and_exported() {
    let shop = Shop::new();
    let page = shop.run(&["claims", "search", "--size", "5", "--page", "3"]);
    assert!(page.ends_with("11 to 12 of 12\n"), "{page}");
    let none = shop.run(&["claims", "search", "--page", "9"]);
    assert_eq!(none, "there are no claims on this page\n");
    let csv = shop.run(&["claims", "search", "--format", "csv"]);
    assert_eq!(csv.lines().count(), 13);
    assert!(csv.starts_with("number,member,patient,"), "{csv}");
    let said = shop.run(&["claims", "search", "-o", "claims.csv"]);
    assert_eq!(said, "12 claims written to claims.csv\n");
    assert_eq!(std::fs::read_to_string(shop.path("claims.csv")).unwrap(), csv);
    assert!(shop.refused(&["claims", "search", "-o", "claims.csv"]).contains("create claims.csv"));
    assert!(
        shop.refused(&["claims", "show", "D0000001", "--format", "csv"]).contains("only a search")
    );
}
