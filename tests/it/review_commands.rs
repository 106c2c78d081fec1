//! Reviews from the command line: submitted, listed, found, decided, closed, told and attested, and what is refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A sandbox store in a folder of its own.
struct Desk {
    folder: TempDir,
}

/// A provider who is the primary care provider of the member, and the member.
const MARY: [&str; 10] = [
    "--member",
    "S12300000101",
    "--dob",
    "19800115",
    "--last",
    "SAMPLE",
    "--first",
    "MARY",
    "--npi",
    "1245319599",
];

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().unwrap() };
        desk.run(&["store", "load", "--demo"]);
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn output(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_x12gate"))
            .args(args)
            .current_dir(self.folder.path())
            .env("X12GATE_STORE", self.path("payer.db"))
            .env_remove("X12GATE_CONFIG")
            .output()
            .unwrap()
    }

    /// Standard output of a command that could run.
    fn ran(&self, args: &[&str]) -> String {
        let output = self.output(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().unwrap() < 2, "{args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard output of a command in which nothing was refused.
    fn run(&self, args: &[&str]) -> String {
        let output = self.output(args);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{args:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Standard error of a command that does not run.
    fn refused(&self, args: &[&str]) -> String {
        let output = self.output(args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// The lines of JSON that a command prints.
    fn json(&self, args: &[&str]) -> Vec<Value> {
        let text = self.ran(&[args, &["--format", "json"]].concat());
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// `ask`, and the first review of the answer.
    fn ask(&self, form: &str, args: &[&str]) -> Value {
        let store = self.path("payer.db");
        let fixed = ["ask", form, "--store", store.to_str().unwrap()];
        let lines = self.json(&[&fixed[..], args].concat());
        lines[0]["reviews"][0].clone()
    }

    /// Submits something for MARY; gives number or receipt.
    fn submit(&self, form: &str, args: &[&str]) -> String {
        let review = self.ask(form, &[&MARY[..], args].concat());
        let number = review["number"].as_str().or(review["receipt"].as_str());
        number.unwrap_or_else(|| panic!("a number in {review}")).to_owned()
    }

    fn shown(&self, number: &str) -> Value {
        self.json(&["reviews", "show", number]).remove(0)
    }

    /// Sends a text; gives the files that come back, by their ending.
    fn process(&self, name: &str, text: &str) -> Vec<PathBuf> {
        let file = self.path(name);
        std::fs::write(&file, text).unwrap();
        let out = self.path(&format!("{name}.out"));
        self.ran(&["process", file.to_str().unwrap(), "-o", out.to_str().unwrap()]);
        let mut found = Vec::new();
        let mut folders = vec![out];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { found.push(path) }
            }
        }
        found
    }
}

/// The day so many days ahead, as X12 and the commands take it.
fn day(ahead: i64) -> String {
    let today = x12gate::gateway::Clock::now(&x12gate::gateway::SystemClock).date();
    let day = today + time::Duration::days(ahead);
    format!("{:04}{:02}{:02}", day.year(), u8::from(day.month()), day.day())
}

/// A 278 of the demonstration, for days to come.
fn fixture(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/demo/reviews");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    text.replace("20260112-20260331", &format!("{}-{}", day(10), day(60)))
}

fn with_ending<'f>(files: &'f [PathBuf], ending: &str) -> Option<&'f Path> {
    files.iter().find(|file| file.extension().is_some_and(|e| e == ending)).map(PathBuf::as_path)
}

const REFERRED: [&str; 6] = ["--servicing", "1000000061", "--visits", "3", "--diagnosis", "L70.0"];

#[test]
fn a_referral_is_entered_confirmed_and_completed() {
    let desk = Desk::new();
    let store = desk.path("payer.db");
    let ask = ["ask", "referral", "--store", store.to_str().unwrap(), "--servicing", "1000000053"];
    let more = ["--visits", "1", "--service", "consultation"];
    let text = desk.run(&[&ask[..], &MARY, &more].concat());
    for words in ["1 Enter", "2 Confirm", "3 Completed", "A1, certified", "1 visit\n", "Number"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let found = desk.json(&["reviews", "list"]);
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0]["kind"], &found[0]["state"]), (&"referral".into(), &"approved".into()));
    let number = found[0]["number"].as_str().unwrap();
    for (words, hits) in [(&["sample", "1000000053"][..], 1), (&["samp"], 1), (&["nobody"], 0)] {
        let args = [&["reviews", "search"], words].concat();
        assert_eq!(desk.json(&args).len(), hits, "{words:?}");
    }
    let status = desk.ask("review-status", &[&MARY[..], &["--number", number]].concat());
    assert_eq!(status["number"], number);
    // By number alone, and by provider and date; nobody else is told.
    let alone = desk.ask("review-status", &["--npi", "1245319599", "--number", number]);
    assert_eq!(alone["number"], number);
    let today = found[0]["from"].as_str().unwrap().replace('-', "");
    let dated = desk.ask("review-status", &["--npi", "1000000053", "--from", &today]);
    assert_eq!(dated["number"], number);
    let other = ["ask", "review-status", "--npi", "1000000012", "--number", number, "--store"];
    let other = desk.json(&[&other[..], &[store.to_str().unwrap()]].concat());
    assert_eq!(other[0]["rejections"][0]["reason"], "AA");
}

#[test]
fn a_dependent_is_referred_too() {
    let desk = Desk::new();
    let args = [
        "--member",
        "S12300001001",
        "--last",
        "GREEN",
        "--first",
        "ALEX",
        "--dob",
        "19850909",
        "--npi",
        "1245319599",
        "--dependent-last",
        "GREEN",
        "--dependent-first",
        "CASEY",
        "--dependent-dob",
        "20140401",
        "--servicing",
        "1000000053",
        "--visits",
        "2",
        "--diagnosis",
        "L70.0",
    ];
    let store = desk.path("payer.db");
    let fixed = ["ask", "referral", "--store", store.to_str().unwrap()];
    let line = desk.json(&[&fixed[..], &args].concat()).remove(0);
    assert_eq!(line["patient"], "GREEN, CASEY");
    assert!(line["reviews"][0]["status"].is_string(), "{line}");
    assert_eq!(desk.json(&["reviews", "list"])[0]["patient"], "GREEN CASEY");
    let half =
        desk.refused(&["ask", "referral", "--demo", "--member", "X", "--dependent-last", "GREEN"]);
    assert!(half.contains("--dependent-first"), "{half}");
}

#[test]
fn what_waits_is_listed_extended_decided_and_told() {
    let desk = Desk::new();
    let receipt = desk.submit("referral", &REFERRED);
    assert!(receipt.starts_with('R'));
    assert_eq!(desk.json(&["reviews", "list", "--due-within", "200"]).len(), 1);
    assert!(desk.json(&["reviews", "list", "--due-within", "1"]).is_empty());
    assert!(desk.refused(&["reviews", "extend", &receipt]).contains("allows no extension"));
    for (args, about) in [
        (&["--deny", "ZZ"][..], "HCR03"),
        (&["--modify", "0"], "invalid value"),
        (&["--approve", "--until", "2000-01-01"], "would end before it begins"),
        (&["--deny", "0F", "--until", "2030-01-01"], "cannot be used with"),
        (&[], "--approve"),
    ] {
        let said = desk.refused(&[&["reviews", "decide", &receipt], args].concat());
        assert!(said.contains(about), "{args:?}: {said}");
    }
    let out = desk.path("out");
    let out = out.to_str().unwrap();
    let decide =
        ["reviews", "decide", &receipt, "--modify", "2", "--message", "CALL US", "-o", out];
    let decided = desk.json(&decide).remove(0);
    assert_eq!(decided["state"], "modified");
    let number = decided["number"].as_str().unwrap().to_owned();
    let text = std::fs::read_to_string(decided["file"].as_str().unwrap()).unwrap();
    assert!(text.contains(&format!("HCR*A6*{number}*10~")) && text.contains("*18~"), "{text}");
    assert!(text.contains("HSD*VS*2~") && text.contains("MSG*CALL US~"), "{text}");
    assert!(text[..106].contains("*ZZ*PAYERGW        *ZZ*SUBMITTER1     *"), "back to who asked");
    assert!(desk.ran(&["check", decided["file"].as_str().unwrap()]).contains("0 errors"));
    assert!(desk.refused(&decide).contains("does not wait"));
    assert!(desk.refused(&["reviews", "decide", "NONE", "--approve"]).contains("there is none"));
    let history = desk.shown(&number);
    let events: Vec<_> =
        history["events"].as_array().unwrap().iter().map(|e| e["event"].clone()).collect();
    assert_eq!(events, ["received", "decided"]);
    assert!(desk.json(&["reviews", "list", "--state", "pended"]).is_empty());
    let export = desk.run(&["reviews", "export", "--state", "modified"]);
    assert!(export.starts_with("receipt,number,kind,state,") && export.contains(&number));
    assert!(desk.refused(&["reviews", "show", "NONE"]).contains("there is no review NONE"));
    assert!(
        desk.refused(&["reviews", "list", "--from", "2026-02-01", "--to", "2026-01-01"])
            .contains("before")
    );
    assert!(desk.refused(&["reviews", "list", "--from", "2026-02-30"]).contains("not a day"));
    assert!(desk.refused(&["reviews", "search"]).contains("WORD"));
}

#[test]
fn a_medicare_review_may_be_extended_once() {
    let desk = Desk::new();
    let samuel = [
        "--member",
        "S12300001801",
        "--dob",
        "19480404",
        "--last",
        "SENIOR",
        "--first",
        "SAMUEL",
        "--npi",
        "1000000012",
    ];
    let receipt = desk.ask("referral", &[&samuel[..], &REFERRED].concat());
    let receipt = receipt["receipt"].as_str().unwrap();
    assert!(
        desk.refused(&["reviews", "extend", receipt, "--days", "15"]).contains("14 days at most")
    );
    let extended = desk.json(&["reviews", "extend", receipt, "--days", "10"]).remove(0);
    assert_eq!(extended["days"], 10);
    assert!(desk.refused(&["reviews", "extend", receipt]).contains("extended already"));
    assert_eq!(desk.shown(receipt)["events"][1]["detail"], "by 10 days");
}

/// The decision of the reviewing system about a review.
fn decision(control: u32, member: &str, event: &[&str]) -> String {
    let body = [
        &[
            "BHT*0007*11*RV1*20260105*0930*18",
            "HL*1**20*1",
            "NM1*X3*2*SAMPLE HEALTH PLAN*****PI*99999",
            "HL*2*1*21*1",
        ][..],
        &["NM1*1P*2*PROVIDER*****XX*1245319599", "HL*3*2*22*1"],
        &[member, "HL*4*3*EV*0"],
        event,
    ]
    .concat();
    let count = body.len() + 2;
    let guide = "005010X217";
    format!(
        "ISA*00*          *00*          *ZZ*REVIEWDESK     *ZZ*PAYERGW        *260105*0930*^*00501*{control:09}*0*T*:~\
         GS*HI*REVIEWDESK*PAYERGW*20260105*0930*{control}*X*{guide}~ST*278*0001*{guide}~{}~SE*{count}*0001~\
         GE*1*{control}~IEA*1*{control:09}~",
        body.join("~")
    )
}

#[test]
fn the_reviewing_system_decides_and_the_requester_is_told() {
    let desk = Desk::new();
    let receipt = desk.submit("referral", &REFERRED);
    let nt = format!("REF*NT*{receipt}");
    let mary = "NM1*IL*1*SAMPLE*MARY****MI*S12300000101";
    let john = "NM1*IL*1*DOE*JOHN****MI*S12300000201";
    let mut control = 0;
    let mut send = |member: &str, event: &[&str]| {
        control += 1;
        desk.process(&format!("d{control}.x12"), &decision(control, member, event))
    };
    for (name, member, event, about) in [
        (
            "unknown",
            mary,
            vec!["UM*SC*I", "HCR*A1*CORE1", "REF*NT*R99999999"],
            "No review has this number",
        ),
        ("other patient", john, vec!["UM*SC*I", "HCR*A1*CORE1", &*nt], "another patient"),
        ("no reason", mary, vec!["UM*SC*I", "HCR*A3", &*nt], "needs its reason"),
        ("still pended", mary, vec!["UM*SC*I", "HCR*A4**0V", &*nt], "no final decision"),
        ("nothing granted", mary, vec!["UM*SC*I", "HCR*A6*CORE1*10", &*nt], "what is certified"),
        ("number of a denial", mary, vec!["UM*SC*I", "HCR*A3*CORE1*0F", &*nt], "has no number"),
        ("rejection", mary, vec!["AAA*N**33*C", "UM*SC*I"], "no decision"),
    ] {
        let files = send(member, &event);
        let advice = with_ending(&files, "824").unwrap_or_else(|| panic!("{name}: {files:?}"));
        let text = std::fs::read_to_string(advice).unwrap().to_uppercase();
        assert!(text.contains(&about.to_uppercase()), "{name}: {text}");
        assert!(desk.ran(&["check", advice.to_str().unwrap()]).contains("0 errors"), "{name}");
        assert_eq!(
            desk.shown(&receipt)["reviews"][0]["state"],
            "pended",
            "{name}: nothing is stored"
        );
    }
    let approved = ["UM*SC*I", "HCR*A1*CORE1", &*nt, "DTP*AAH*RD8*20261201-20270301", "HSD*VS*3"];
    for name in ["first", "again"] {
        let files = send(mary, &approved);
        assert!(with_ending(&files, "824").is_none(), "{name}: {files:?}");
        assert!(with_ending(&files, "999").is_some(), "{name}");
    }
    let shown = desk.shown("CORE1");
    assert_eq!(shown["reviews"][0]["state"], "approved");
    assert_eq!(shown["reviews"][0]["rule"], "reviewer");
    let files = send(mary, &["UM*SC*I", "HCR*A3**0F", &*nt]);
    assert!(with_ending(&files, "824").is_some(), "what is decided stays decided");
    let out = desk.path("told");
    let told = desk.json(&["reviews", "deliver", "-o", out.to_str().unwrap()]);
    assert_eq!(told.len(), 1);
    let text = std::fs::read_to_string(told[0]["file"].as_str().unwrap()).unwrap();
    assert!(text.contains("HCR*A1*CORE1~") && text.contains("*ZZ*SUBMITTER1     *"), "{text}");
    assert!(text.contains("DTP*AAH*RD8*20261201-20270301~"), "{text}");
    assert!(
        desk.run(&["reviews", "deliver", "-o", out.to_str().unwrap()]).contains("has been told")
    );
    // By the trace of the request, and never from one who is not the reviewing system.
    let second = desk.submit(
        "authorization",
        &["--admission", &day(11), "--facility", "1000000020", "--days", "3"],
    );
    let trace = desk.shown(&second)["reviews"][0]["reference"].as_str().unwrap().to_owned();
    let trn = format!("TRN*2*{trace}*9X12GATE00");
    let denied = [&*trn, "UM*AR*I*2", "HCR*A3**0F"];
    let stranger = decision(77, mary, &denied).replace("REVIEWDESK", "SUBMITTER2");
    desk.process("stranger.x12", &stranger);
    assert_eq!(desk.shown(&second)["reviews"][0]["state"], "pended");
    let files = send(mary, &denied);
    assert!(with_ending(&files, "824").is_none(), "{files:?}");
    assert_eq!(desk.shown(&second)["reviews"][0]["state"], "denied");
}

#[test]
fn documents_are_matched_whichever_comes_first_and_what_never_comes_closes_the_review() {
    let desk = Desk::new();
    std::fs::write(desk.path("note.txt"), "Operative note.\n").unwrap();
    let admission = ["--admission", &day(11), "--facility", "1000000020", "--days", "3"];
    let receipt = desk.submit("authorization", &admission);
    let before = desk.shown(&receipt);
    assert_eq!(
        before["reviews"][0]["due"],
        Value::Null,
        "no clock runs while the document is missing"
    );
    assert!(before["reviews"][0]["closes"].is_string());
    let attach = |control: &str, npi: &str, member: &str| {
        let args = ["claims", "attach", "note.txt", "--control", control, "--account", "X"];
        desk.output(&[&args[..], &["--npi", npi, "--member", member]].concat())
    };
    // Asked for under our receipt; a provider who has nothing to do with the review is not heard.
    attach(&receipt, "1000000012", "S12300000101");
    assert!(desk.shown(&receipt)["documents"].as_array().unwrap().is_empty());
    let said = attach(&receipt, "1000000020", "S12300000101");
    let said = String::from_utf8(said.stdout).unwrap();
    assert!(said.contains(&format!("belongs to review {receipt}")), "{said}");
    let after = desk.shown(&receipt);
    assert_eq!(after["documents"].as_array().unwrap().len(), 1);
    assert!(after["reviews"][0]["due"].is_string(), "the clock runs from the last document on");
    assert_eq!(after["reviews"][0]["closes"], Value::Null);
    assert_eq!(after["events"][1]["event"], "documents");
    // The document before the request that announces it.
    attach("ACN77", "1245319599", "S12300000101");
    let request = fixture("04-referral-out-of-network.x12");
    let request = request.replace("HSD*VS*", "PWK*OB*EL***AC*ACN77~\nHSD*VS*");
    let lines: Vec<&str> = request.lines().filter(|line| !line.is_empty()).collect();
    let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    // HSD comes before PWK, and the set has one segment more.
    let pwk = lines.iter().position(|line| line.starts_with("PWK")).unwrap();
    lines.swap(pwk, pwk + 1);
    let se = lines.iter().position(|line| line.starts_with("SE*")).unwrap();
    let st = lines.iter().position(|line| line.starts_with("ST*")).unwrap();
    lines[se] = format!("SE*{}*0001~", se - st + 1);
    let text = lines.join("\n");
    let files = desk.process("announced.x12", &text);
    let reply = std::fs::read_to_string(with_ending(&files, "278").unwrap()).unwrap();
    let (_, second) = reply.split_once("REF*NT*").unwrap_or_else(|| panic!("a receipt in {reply}"));
    let second = second.split('~').next().unwrap();
    let shown = desk.shown(second);
    assert_eq!(shown["documents"].as_array().unwrap().len(), 1, "{shown}");
    assert!(shown["reviews"][0]["due"].is_string(), "nothing is missing");
    assert!(desk.run(&["claims", "attachments", "--unmatched"]).contains("1000000012"));
    // Nothing is closed before its time; with a clock of its own, and then told.
    assert!(desk.run(&["reviews", "close"]).contains("0 reviews are closed"));
}

#[test]
fn a_server_tells_the_requester_by_the_clock() {
    let desk = Desk::new();
    let receipt = desk.submit("referral", &REFERRED);
    let nt = format!("REF*NT*{receipt}");
    let mary = "NM1*IL*1*SAMPLE*MARY****MI*S12300000101";
    let event = ["UM*SC*I", "HCR*A1*CORE1", &*nt, "HSD*VS*3"];
    desk.process("decision.x12", &decision(1, mary, &event));
    let text = |name: &str| desk.path(name).to_str().unwrap().to_owned();
    std::fs::write(desk.path("server.toml"), "[timetable]\ndeliver_reviews_minutes = 1\n").unwrap();
    let (config, store, drop) = (text("server.toml"), text("payer.db"), text("drop"));
    let args = ["--config", &config, "--store", &store, "--drop", &drop];
    let server = crate::server::Server::start(desk.folder.path(), &args);
    let file = desk.path("drop/submitter1/outbound").join(format!("{receipt}.278"));
    let told = crate::server::wait_for("the final 278", || std::fs::read_to_string(&file).ok());
    assert!(told.contains("HCR*A1*CORE1~") && told.contains("*ZZ*SUBMITTER1     *"), "{told}");
    server.stop();
    let out = text("told");
    assert!(
        desk.run(&["reviews", "deliver", "-o", &out]).contains("every requester has been told")
    );
}

#[test]
fn a_server_closes_what_waited_too_long_by_the_clock_and_tells_the_requester() {
    let desk = Desk::new();
    let [late, early] = [day(11), day(80)].map(|day| {
        let admission = ["--admission", &*day, "--facility", "1000000020", "--days", "3"];
        desk.submit("authorization", &admission)
    });
    // The days of one have passed.
    let store = format!("sqlite:{}", desk.path("payer.db").display());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        use sqlx::Connection;
        let mut connection = sqlx::sqlite::SqliteConnection::connect(&store).await.unwrap();
        let passed =
            "UPDATE review SET body = json_set(body, '$.closes_micros', 1) WHERE receipt = $1";
        let done = sqlx::query(passed).bind(&late).execute(&mut connection).await.unwrap();
        assert_eq!(done.rows_affected(), 1);
    });
    let text = |name: &str| desk.path(name).to_str().unwrap().to_owned();
    let settings = "[timetable]\nclose_reviews_minutes = 1\ndeliver_reviews_minutes = 1\n";
    std::fs::write(desk.path("server.toml"), settings).unwrap();
    let (config, store, drop) = (text("server.toml"), text("payer.db"), text("drop"));
    let args = ["--config", &config, "--store", &store, "--drop", &drop];
    let server = crate::server::Server::start(desk.folder.path(), &args);
    let outbound = desk.path("drop/submitter1/outbound");
    let file = outbound.join(format!("{late}.278"));
    let told = crate::server::wait_for("the final 278", || std::fs::read_to_string(&file).ok());
    assert!(told.contains("HCR*A3**0P~"), "{told}");
    server.stop();
    assert_eq!(crate::server::names(&outbound), [format!("{late}.278")]);
    let shown = desk.shown(&late);
    assert_eq!(shown["events"][1]["who"], "timetable", "{shown}");
    assert_eq!(desk.shown(&early)["reviews"][0]["state"], "pended");
}

#[test]
fn a_statement_is_attested_with_its_version_by_somebody() {
    let desk = Desk::new();
    let pablo = [
        "--member",
        "N12300002801",
        "--dob",
        "20010121",
        "--last",
        "PUBLIC",
        "--first",
        "PABLO",
        "--npi",
        "1000000012",
    ];
    let therapy = ["--servicing", "1000000095", "--visits", "12", "--diagnosis", "F32.9"];
    let store = desk.path("payer.db");
    let ask = ["ask", "psychotherapy", "--store", store.to_str().unwrap(), "--attest", "jane.doe"];
    let text = desk.run(&[&ask[..], &pablo, &therapy].concat());
    assert!(
        text.contains("Attestation")
            && text.contains("behavioral_health, version 2026-01, by jane.doe"),
        "{text}"
    );
    let listed = desk.json(&["reviews", "list"]);
    let number = listed[0]["number"].as_str().unwrap();
    let shown = desk.shown(number);
    assert_eq!(shown["attestations"][0]["version"], "2026-01");
    assert_eq!(shown["attestations"][0]["user"], "jane.doe");
    let attest = ["reviews", "attest", "1245319599", "--form", "primary_care", "--user", "roe"];
    assert!(desk.run(&attest).contains("asked for this primary care provider"));
    assert_eq!(desk.json(&["reviews", "attestations", "1245319599"])[0]["form"], "primary_care");
    let said = desk.refused(&["reviews", "attest", number, "--form", "other", "--user", "roe"]);
    assert!(said.contains("behavioral_health, primary_care"), "{said}");
    assert!(
        desk.refused(&["reviews", "attest", "12", "--form", "primary_care", "--user", "r"])
            .contains("no review and no NPI")
    );
    let wrong = ["ask", "referral", "--store", store.to_str().unwrap(), "--attest", "jane"];
    assert!(desk.refused(&[&wrong[..], &MARY, &REFERRED].concat()).contains("psychotherapy"));
}

#[test]
fn one_of_several_locations_is_named() {
    let desk = Desk::new();
    let pablo = [
        "--member",
        "N12300002801",
        "--dob",
        "20010121",
        "--last",
        "PUBLIC",
        "--first",
        "PABLO",
        "--npi",
        "1000000012",
    ];
    let therapy = ["--servicing", "1000000178", "--visits", "12", "--diagnosis", "F32.9"];
    let store = desk.path("payer.db");
    let ask = ["ask", "psychotherapy", "--store", store.to_str().unwrap()];
    let refused = desk.json(&[&ask[..], &pablo, &therapy].concat());
    let reasons: Vec<_> =
        refused[0]["rejections"].as_array().unwrap().iter().map(|r| r["reason"].clone()).collect();
    assert_eq!(reasons, ["15", "97"], "{refused:?}");
    assert!(desk.json(&["reviews", "list"]).is_empty());
    let choices = desk.json(&["directory", "list", "--npi", "1000000178"]);
    let sites: Vec<_> = choices.iter().map(|choice| choice["site"].as_str().unwrap()).collect();
    assert_eq!(sites, ["TR01", "TR02"]);
    let table = desk.run(&["directory", "list", "--npi", "1000000178"]);
    assert!(table.contains("TR02") && table.contains("17 LISTEN LN"), "{table}");
    let site = ["--servicing-location", "tr02"];
    let approved = desk.json(&[&ask[..], &pablo, &therapy, &site].concat());
    assert_eq!(approved[0]["reviews"][0]["status"], "A1");
    assert!(
        desk.refused(&["directory", "list", "--npi", "1"]).contains("no provider has the NPI 1")
    );
    // The requester's own.
    let clinic =
        ["--member", "S12300000101", "--dob", "19800115", "--last", "SAMPLE", "--first", "MARY"];
    let ask = ["ask", "referral", "--store", store.to_str().unwrap(), "--npi", "1234567893"];
    let refused = desk.json(&[&ask[..], &clinic, &REFERRED].concat());
    assert_eq!(refused[0]["rejections"][0]["reason"], "97");
    let answered = desk.json(&[&ask[..], &clinic, &REFERRED, &["--location", "SC01"]].concat());
    assert!(answered[0]["reviews"][0]["status"].is_string(), "{answered:?}");
}

#[test]
fn the_rules_are_tried_without_storing_anything() {
    let desk = Desk::new();
    let file = |name: &str| {
        let path = desk.path(name);
        std::fs::write(&path, fixture(name)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let tried = desk.run(&["reviews", "try", &file("03-referral-without-need.x12")]);
    assert!(tried.contains("rule preferred-provider-plans-need-no-referral"), "{tried}");
    let tried = desk.json(&["reviews", "try", &file("38-unknown-member.x12")]);
    assert_eq!((&tried[0]["rule"], &tried[0]["rejections"][0]), (&Value::Null, &"75".into()));
    assert!(
        desk.refused(&["reviews", "try", &file("41-inquiry-by-number.x12")])
            .contains("no request for review")
    );
    assert!(desk.refused(&["reviews", "try", "nothing.x12"]).contains("nothing.x12"));
    assert!(desk.json(&["reviews", "list"]).is_empty());
}
