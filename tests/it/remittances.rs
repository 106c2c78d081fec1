//! The sandbox from the command line: an 837 in, paid by an 835, corrected, voided, interrupted; its 835 loaded into another store.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::Value;
use x12gate::gateway::{Clock, SystemClock};
use x12gate::store::{Access, ClaimKey, ClaimScope, StoreOptions, Stores};

/// A folder with a store of the demonstration.
struct Shop {
    folder: tempfile::TempDir,
    sent: u32,
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_x12gate"));
    command.args(args).current_dir(folder).env_remove("X12GATE_STORE").env_remove("X12GATE_CONFIG");
    command
}

fn run(folder: &Path, args: &[&str]) -> Output {
    command(folder, args).output().expect("run the built command")
}

fn succeed(folder: &Path, args: &[&str]) -> String {
    let output = run(folder, args);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

/// An 837 of Wendy Wider for an office visit.
fn claim(control: u32, account: &str, charge: &str, frequency: &str, original: &str) -> String {
    let day = today();
    let number = match original {
        "" => String::new(),
        original => format!("REF*F8*{original}~"),
    };
    let text = format!(
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*{control:09}*0*T*:~\
         GS*HC*SUBMITTER1*PAYERGW*20260105*0930*{control}*X*005010X222A1~ST*837*0001*005010X222A1~\
         BHT*0019*00*B{control}*20260105*0930*CH~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~PER*IC*EDI*TE*6175550100~\
         NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~NM1*85*2*SAMPLE CLINIC*****XX*1234567893~N3*1 CLINIC WAY~\
         N4*BOSTON*MA*021110001~REF*EI*123456789~HL*2*1*22*0~SBR*P*18*******CI~\
         NM1*IL*1*WIDER*WENDY****MI*S12300001501~N3*15 BAY RD~N4*BOSTON*MA*02111~DMG*D8*19690131*F~\
         NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~CLM*{account}*{charge}***11:B:{frequency}*Y*A*Y*Y~{number}\
         HI*ABK:Z01419~LX*1~SV1*HC:99212*{charge}*UN*1***1~DTP*472*D8*{day}~REF*6R*{account}L1~\
         SE*COUNT*0001~GE*1*{control}~IEA*1*{control:09}~"
    );
    // From ST to SE: all but ISA, GS, GE and IEA.
    let count = text.matches('~').count() - 4;
    text.replace("COUNT", &count.to_string())
}

/// The day of service: the demonstration counts its dates from the day of the load.
fn today() -> String {
    let now = SystemClock.now().date();
    format!("{}{:02}{:02}", now.year(), u8::from(now.month()), now.day())
}

impl Shop {
    fn open() -> Shop {
        let folder = tempfile::tempdir().unwrap();
        succeed(folder.path(), &["store", "load", "--demo", "--store", "a.db"]);
        // What the demonstration itself has waiting is paid first.
        succeed(folder.path(), &["claims", "adjudicate", "--store", "a.db", "-o", "before"]);
        Shop { folder, sent: 0 }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Sends a claim and gives its number.
    fn send(&mut self, account: &str, charge: &str, frequency: &str, original: &str) -> String {
        self.sent += 1;
        let name = format!("in{}.x12", self.sent);
        let text = claim(self.sent, account, charge, frequency, original);
        fs::write(self.path().join(&name), text).unwrap();
        let out = format!("out{}", self.sent);
        run(self.path(), &["process", &name, "-o", &out, "--store", "a.db"]);
        let replies = files(&self.path().join(&out), "277ca");
        let text = fs::read_to_string(replies.first().expect("a 277CA")).unwrap();
        let number = text.split("REF*1K*").nth(1).unwrap_or_else(|| panic!("accepted: {text}"));
        number.split('~').next().unwrap().to_owned()
    }

    /// The core system becomes a partner whose 835s are loaded.
    fn know_core(&self) {
        let profile =
            "isa = [{ qualifier = \"ZZ\", id = \"CORE\" }]\n[claims]\nremittances = \"load\"\n";
        fs::create_dir(self.path().join("partners")).unwrap();
        fs::write(self.path().join("partners/core.toml"), profile).unwrap();
        let settings = "[partners]\ndirectory = \"partners\"\n";
        fs::write(self.path().join("server.toml"), settings).unwrap();
    }

    /// Status and paid amount of a claim in the other store.
    fn standing(&self, number: &str) -> String {
        let args = ["claims", "show", number, "--store", "b.db", "--format", "json"];
        let shown: Value = serde_json::from_str(&succeed(self.path(), &args)).unwrap();
        let text = |key: &str| shown[key].as_str().unwrap_or_default().to_owned();
        format!("{}:{} {}", text("category"), text("status"), text("paid"))
    }

    /// Adjudicates into a folder and gives the 835s that are new there.
    fn adjudicate(&self, folder: &str) -> Vec<String> {
        let path = self.path().join(folder);
        let before = files(&path, "835");
        succeed(self.path(), &["claims", "adjudicate", "--store", "a.db", "-o", folder]);
        let mut after = files(&path, "835");
        after.retain(|file| !before.contains(file));
        for file in &after {
            succeed(self.path(), &["check", file.to_str().unwrap()]);
        }
        after.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
    }
}

/// Loads the advice of the core system into the other store.
const PROCESS_835: [&str; 8] =
    ["process", "835.x12", "-o", "loaded", "--store", "b.db", "--config", "server.toml"];

/// The set of an 835, ST to SE.
fn set_of(text: &str) -> String {
    text[text.find("ST*835").unwrap()..text.find("GE*").unwrap()].to_owned()
}

/// An interchange of the core system with these sets, each in a group of its own.
fn from_core(control: u32, sets: &[&str]) -> String {
    let mut text = format!(
        "ISA*00*          *00*          *ZZ*CORE           *ZZ*PAYERGW        *260105*0930*^*00501*{control:09}*0*T*:~"
    );
    for (group, set) in (1..).zip(sets) {
        text.push_str(&format!(
            "GS*HP*CORE*PAYERGW*20260105*0930*{group}*X*005010X221A1~{set}GE*1*{group}~"
        ));
    }
    format!("{text}IEA*{}*{control:09}~", sets.len())
}

fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.map(|entry| entry.unwrap().path());
    let is_wanted = |path: &PathBuf| path.extension().is_some_and(|found| found == ending);
    let mut found: Vec<PathBuf> = paths.filter(is_wanted).collect();
    found.sort();
    found
}

fn segment<'t>(text: &'t str, begin: &str) -> &'t str {
    text.split('~').find(|segment| segment.starts_with(begin)).unwrap_or("")
}

#[test]
fn a_claim_is_paid_corrected_and_voided() {
    let mut shop = Shop::open();
    let first = shop.send("PT1", "90", "1", "");
    let paid = shop.adjudicate("paid");
    assert_eq!(paid.len(), 1);
    // 72 allowed, 20 of them a copayment; sent back to who sent the claims, as a test.
    assert!(paid[0].contains(&format!("~CLP*PT1*1*90*52*20*12*{first}*11*1~")), "{}", paid[0]);
    assert!(paid[0].contains("*ZZ*PAYERGW        *ZZ*SUBMITTER1     *"), "{}", paid[0]);
    assert!(paid[0].contains("*0*T*:~GS*HP*PAYERGW*SUBMITTER1*"), "{}", paid[0]);
    assert!(shop.adjudicate("paid").is_empty(), "nothing waits");

    let second = shop.send("PT1", "40", "7", &first);
    let corrected = shop.adjudicate("paid").remove(0);
    let [reversal, correction] =
        [format!("~CLP*PT1*22*-90*-52**12*{first}*"), format!("~CLP*PT1*1*40*12*20*12*{second}*")];
    let places = [&reversal, &correction].map(|claim| corrected.find(claim.as_str()));
    assert!(places[0].is_some() && places[0] < places[1], "{corrected}");
    let trace = segment(&corrected, "TRN").split('*').nth(2).unwrap().to_owned();
    assert_eq!(segment(&corrected, "BPR").split('*').nth(2), Some("0"));
    assert!(segment(&corrected, "PLB").ends_with(&format!("*FB:{trace}*-40")), "{corrected}");

    // The next payment takes the balance back under the same reference.
    shop.send("PT2", "100", "1", "");
    let next = shop.adjudicate("paid").remove(0);
    assert!(segment(&next, "PLB").ends_with(&format!("*FB:{trace}*40")), "{next}");
    assert_eq!(segment(&next, "BPR").split('*').nth(2), Some("20"));

    shop.send("PT1", "40", "8", &second);
    let voided = shop.adjudicate("paid").remove(0);
    assert_eq!(voided.matches("~CLP*").count(), 1, "{voided}");
    assert!(voided.contains(&format!("~CLP*PT1*22*-40*-12**12*{second}*")), "{voided}");
}

#[test]
fn an_835_is_given_again_by_claim_and_by_check() {
    let mut shop = Shop::open();
    let number = shop.send("PT1", "90", "1", "");
    let paid = shop.adjudicate("paid").remove(0);
    let trace = segment(&paid, "TRN").split('*').nth(2).unwrap().to_owned();
    let set = |text: &str| text[text.find("ST*835").unwrap()..text.find("GE*").unwrap()].to_owned();
    for asked in [&number, &trace] {
        let said = succeed(
            shop.path(),
            &["claims", "remit", asked, "--store", "a.db", "-o", "again", "--format", "json"],
        );
        let said: Value = serde_json::from_str(&said).unwrap();
        assert_eq!(
            (said["trace"].as_str(), said["amount"].as_str()),
            (Some(&*trace), Some("52.00"))
        );
        let again = fs::read_to_string(shop.path().join(said["file"].as_str().unwrap())).unwrap();
        assert_eq!(set(&again), set(&paid));
        fs::remove_dir_all(shop.path().join("again")).unwrap();
    }
    let output = run(shop.path(), &["claims", "remit", "NONE", "--store", "a.db", "-o", "again"]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_run_that_was_interrupted_is_finished_by_the_next() {
    let mut shop = Shop::open();
    shop.send("PT1", "90", "1", "");
    shop.adjudicate("paid");
    let folder = shop.path().join("paid");
    let file = files(&folder, "835").remove(0);
    let name = file.file_name().unwrap().to_str().unwrap().to_owned();
    // As if it had ended between the commit and the last step, and once before the commit.
    fs::rename(&file, folder.join(format!(".{name}.part"))).unwrap();
    fs::write(folder.join(".CHK999999999.835.part"), "ISA").unwrap();
    assert_eq!(shop.adjudicate("paid").len(), 1);
    let left: Vec<PathBuf> =
        fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left, [file]);
}

#[test]
fn only_the_demonstration_is_a_sandbox() {
    let folder = tempfile::tempdir().unwrap();
    succeed(folder.path(), &["store", "init", "--store", "a.db"]);
    let output = run(folder.path(), &["claims", "adjudicate", "--store", "a.db", "-o", "paid"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("the store a.db is not a sandbox"), "{said}");
    assert!(!folder.path().join("paid").exists());
}

#[test]
fn claims_are_passed_on_once_and_the_835_that_comes_back_is_loaded() {
    let mut shop = Shop::open();
    let number = shop.send("PT1", "90", "1", "");
    succeed(shop.path(), &["claims", "export", "--store", "a.db", "-o", "core"]);
    let passed = files(&shop.path().join("core"), "837");
    assert_eq!(passed.len(), 1);
    succeed(shop.path(), &["check", passed[0].to_str().unwrap()]);
    let text = fs::read_to_string(&passed[0]).unwrap();
    assert!(
        text.contains(&format!("~REF*D9*{number}~")) && text.contains("~CLM*PT1*90*"),
        "{text}"
    );
    for form in ["837", "jsonl"] {
        succeed(shop.path(), &["claims", "export", "--store", "a.db", "-o", "core", "--as", form]);
    }
    assert_eq!(fs::read_dir(shop.path().join("core")).unwrap().count(), 1);
    let second = shop.send("PT2", "100", "1", "");
    succeed(shop.path(), &["claims", "export", "--store", "a.db", "-o", "core", "--as", "jsonl"]);
    let lines = fs::read_to_string(&files(&shop.path().join("core"), "jsonl")[0]).unwrap();
    let line: Value = serde_json::from_str(lines.trim_end()).unwrap();
    assert_eq!((line["number"].as_str(), line["account"].as_str()), (Some(&*second), Some("PT2")));
    assert_eq!(line["lines"][0]["procedure"], "99212");

    // Another store takes what the sandbox has decided as that of its core system.
    succeed(shop.path(), &["store", "backup", "b.db", "--store", "a.db"]);
    let paid = shop.adjudicate("paid").remove(0);
    fs::write(shop.path().join("835.x12"), from_core(41, &[&set_of(&paid)])).unwrap();
    shop.know_core();
    let process = PROCESS_835;
    succeed(shop.path(), &process);
    assert!(files(&shop.path().join("loaded"), "824").is_empty());
    let shown =
        succeed(shop.path(), &["claims", "show", &number, "--store", "b.db", "--format", "json"]);
    assert!(shown.contains("\"F1\"") && shown.contains("65"), "{shown}");
    // The same check in another interchange is refused with an 824 that is valid.
    fs::write(shop.path().join("835.x12"), from_core(42, &[&set_of(&paid)])).unwrap();
    run(shop.path(), &process);
    let refused = files(&shop.path().join("loaded"), "824");
    assert_eq!(refused.len(), 1);
    succeed(shop.path(), &["check", refused[0].to_str().unwrap()]);
    assert!(fs::read_to_string(&refused[0]).unwrap().contains("TED*006*"));
}

/// Groups are answered without knowing of each other; what they share is loaded once all the same.
#[test]
fn a_check_number_or_a_claim_in_two_groups_of_a_file_is_loaded_once() {
    let mut shop = Shop::open();
    let numbers =
        [("PT1", "90"), ("PT2", "100")].map(|(one, charge)| shop.send(one, charge, "1", ""));
    succeed(shop.path(), &["store", "backup", "b.db", "--store", "a.db"]);
    let both = set_of(&shop.adjudicate("paid").remove(0));
    shop.know_core();
    // The advice of the sandbox about both, as two of one claim each.
    let of = |account: &str, trace: &str| {
        let mut parts = both.split("CLP*");
        let head = parts.next().unwrap();
        let claim = parts.find(|claim| claim.starts_with(account)).unwrap();
        let (claim, _) = claim.split_once("SE*").unwrap_or((claim, ""));
        let paid = claim.split('*').nth(3).unwrap();
        let total = segment(head, "BPR").split('*').nth(2).unwrap().to_owned();
        let own = segment(head, "TRN").split('*').nth(2).unwrap().to_owned();
        let head = head.replacen(&format!("BPR*I*{total}*"), &format!("BPR*I*{paid}*"), 1);
        let body = format!("{}CLP*{claim}", head.replace(&own, trace));
        format!("{body}SE*{}*0001~", body.matches('~').count() + 1)
    };
    let same_check = from_core(11, &[&of("PT1", "CHK77"), &of("PT2", "CHK77")]);
    fs::write(shop.path().join("835.x12"), same_check).unwrap();
    run(shop.path(), &PROCESS_835);
    let advice = files(&shop.path().join("loaded"), "824");
    assert_eq!(advice.len(), 1, "the second is refused as in one group");
    succeed(shop.path(), &["check", advice[0].to_str().unwrap()]);
    let text = fs::read_to_string(&advice[0]).unwrap();
    assert!(text.contains("TED*006*CHECK OR TRACE NUMBER IS KNOWN*TRN*"), "{text}");
    assert_eq!(text.matches("~OTI*").count(), 1, "{text}");
    assert_eq!(shop.standing(&numbers[0]), "F1:65 52.00");
    assert_eq!(shop.standing(&numbers[1]), "P1:20 0.00");
    // One claim, by two checks.
    let same_claim = from_core(12, &[&of("PT2", "CHK78"), &of("PT2", "CHK79")]);
    fs::write(shop.path().join("835.x12"), same_claim).unwrap();
    run(shop.path(), &PROCESS_835);
    let advice = files(&shop.path().join("loaded"), "824");
    assert_eq!(advice.len(), 2);
    let text = fs::read_to_string(&advice[1]).unwrap();
    assert!(text.contains("A CLAIM OF IT IS IN AN EARLIER GROUP"), "{text}");
    assert!(text.contains("CHK79") && !text.contains("CHK78"), "{text}");
    assert_eq!(shop.standing(&numbers[1]), "F1:65 60.00");
}

/// Killed at whatever moment, an 835 is loaded once and whole after the next run, or not at all before it.
#[test]
fn a_killed_run_loads_an_835_once() {
    const CLAIMS: u32 = 1200;
    let shop = Shop::open();
    let one = claim(7, "K1", "90.01", "1", "");
    let levels_at = one.find("HL*2*1*22").unwrap();
    let (head, levels) = one.split_at(levels_at);
    let (levels, _) = levels.split_once("SE*").unwrap();
    let mut body = head.to_owned();
    for n in 1..=CLAIMS {
        let charge = Decimal::new(9000 + i64::from(n), 2).normalize();
        let level = levels
            .replace("HL*2*", &format!("HL*{}*", n + 1))
            .replace("K1L1", &format!("K{n}L1"))
            .replace("*K1*90.01*", &format!("*K{n}*{charge}*"))
            .replace("HC:99212*90.01*", &format!("HC:99212*{charge}*"));
        body.push_str(&level);
    }
    let count = body.matches('~').count() - 1;
    let text = format!("{body}SE*{count}*0001~GE*1*7~IEA*1*000000007~");
    fs::write(shop.path().join("claims.x12"), text).unwrap();
    succeed(shop.path(), &["process", "claims.x12", "-o", "out", "--store", "a.db"]);
    succeed(shop.path(), &["store", "backup", "b.db", "--store", "a.db"]);
    let paid = shop.adjudicate("paid").remove(0);
    assert_eq!(paid.matches("~CLP*").count(), CLAIMS as usize);
    shop.know_core();
    fs::write(shop.path().join("835.x12"), from_core(1, &[&set_of(&paid)])).unwrap();
    let mut kills = 0;
    for round in 0..6 {
        let mut command = command(shop.path(), &PROCESS_835);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(60 + 120 * round));
        if child.try_wait().unwrap().is_none() {
            child.kill().unwrap();
            kills += u32::from(!child.wait().unwrap().success());
        }
        let decided = decided(shop.path(), CLAIMS);
        let all: usize = decided.iter().sum();
        assert!(all == 0 || decided.iter().all(|count| *count == 1), "{all} after {round}");
    }
    assert!(kills >= 2, "the command was too fast to be killed: {kills}");
    succeed(shop.path(), &PROCESS_835);
    assert!(decided(shop.path(), CLAIMS).iter().all(|count| *count == 1));
    assert!(files(&shop.path().join("loaded"), "824").is_empty());
}

/// How many decisions each of these accounts has in the other store.
fn decided(folder: &Path, accounts: u32) -> Vec<usize> {
    let options = StoreOptions { path: folder.join("b.db"), ..StoreOptions::default() };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let stores = Stores::open(&options, Access::Read).await.unwrap();
        let key =
            |n| ClaimKey::Account { npi: "1234567893".into(), account: format!("K{n}").into() };
        let keys: Vec<_> = (1..=accounts).map(key).collect();
        let found = stores.claims.find(&keys, ClaimScope::default()).await.unwrap();
        let numbers: Vec<_> = found.iter().map(|claims| claims[0].number.clone()).collect();
        let histories = stores.claims.histories(&numbers).await.unwrap();
        histories.into_iter().map(|history| history.unwrap().payments.len()).collect()
    })
}
