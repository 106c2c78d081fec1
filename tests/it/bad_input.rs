//! What must not come in, from the command line: each has a clear answer in the transaction made for it, and nothing is stored of it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use x12gate::gateway::{Clock, SystemClock};

/// A store of the demonstration whose 834s and 835s are loaded, in a folder of its own.
struct Payer {
    folder: tempfile::TempDir,
    control: u32,
}

/// A claim, its status request and what else there is to change in them.
struct Claim<'a> {
    payer: &'a str,
    npi: &'a str,
    id: &'a str,
    frequency: &'a str,
    number: &'a str,
    line: &'a str,
    day: &'a str,
}

const MARY: Claim<'_> = Claim {
    payer: "99999",
    npi: "1234567893",
    id: "S12300000101",
    frequency: "1",
    number: "",
    line: "150",
    day: "",
};

fn day(days_ago: i64) -> String {
    let day = SystemClock.now().date() - time::Duration::days(days_ago);
    format!("{}{:02}{:02}", day.year(), u8::from(day.month()), day.day())
}

impl Claim<'_> {
    fn set(&self) -> String {
        let Claim { payer, npi, id, frequency, number, line, .. } = self;
        let (today, day) = (day(0), if self.day.is_empty() { day(1) } else { self.day.to_owned() });
        let original = if number.is_empty() { String::new() } else { format!("REF*F8*{number}~") };
        format!(
            "ST*837*0001*005010X222A1~BHT*0019*00*B1*{today}*0930*CH~NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~\
             PER*IC*EDI DESK*TE*6175550100~NM1*40*2*SAMPLE HEALTH PLAN*****46*99999~HL*1**20*1~\
             NM1*85*2*SAMPLE CLINIC*****XX*{npi}~N3*1 CLINIC WAY~N4*BOSTON*MA*021110001~REF*EI*123456789~\
             HL*2*1*22*0~SBR*P*18*******HM~NM1*IL*1*SAMPLE*MARY****MI*{id}~N3*1 MAIN ST~N4*BOSTON*MA*02111~\
             DMG*D8*19800115*F~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*{payer}~CLM*BAD1*150***11:B:{frequency}*Y*A*Y*Y~\
             {original}HI*ABK:J069~LX*1~SV1*HC:99213*{line}*UN*1***1~DTP*472*D8*{day}~"
        )
    }
}

/// A request of the clinic, or of another provider, for the status of a claim.
fn status_request(npi: &str, member: &str, number: &str) -> String {
    let (today, since) = (day(0), day(90));
    format!(
        "ST*276*0001*005010X212~BHT*0010*13*CS1*{today}*0930~HL*1**20*1~NM1*PR*2*SAMPLE HEALTH PLAN*****PI*99999~HL*2*1*21*1~\
         NM1*41*2*SUBMITTER ONE*****46*SUBMITTER1~HL*3*2*19*1~NM1*1P*2*SAMPLE CLINIC*****XX*{npi}~HL*4*3*22*0~{member}\
         TRN*1*BAD1~REF*1K*{number}~DTP*472*RD8*{since}-{today}~"
    )
}

/// Advice about one claim, of the core system.
fn advice(trace: &str, account: &str, number: &str, paid: &str) -> String {
    let today = day(0);
    format!(
        "ST*835*0001~BPR*I*{paid}*C*CHK************{today}~TRN*1*{trace}*1999999999~DTM*405*{today}~\
         N1*PR*SAMPLE HEALTH PLAN~N3*9 PLAN WAY~N4*BOSTON*MA*02111~PER*BL*CLAIMS*TE*6175550133~\
         N1*PE*SAMPLE CLINIC*XX*1234567893~LX*1~CLP*{account}*1*150*50*0*HM*{number}*11*1~NM1*QC*1*GREEN*ALEX~\
         DTM*232*{today}~SVC*HC:99213*150*50**1~CAS*CO*45*100~"
    )
}

fn enrollment(member: &str) -> String {
    let today = day(0);
    format!(
        "ST*834*0001*005010X220A1~BGN*00*FILE1*{today}*0900****2~REF*38*G1000~DTP*007*D8*{today}~\
         N1*P5*ACME WIDGETS*FI*123456789~N1*IN*SAMPLE HEALTH PLAN*FI*987654321~{member}"
    )
}

impl Payer {
    fn new(more: &str) -> Payer {
        let payer = Payer { folder: tempfile::tempdir().unwrap(), control: 100 };
        let settings = format!(
            "[claims]\nremittances = \"load\"\n[enrollment]\nload = true\nplans = {{ \"PLAN A\" = \"PPO-1\" }}\n{more}"
        );
        fs::write(payer.path().join("s.toml"), settings).unwrap();
        let load = payer.run(&["store", "load", "--demo"]);
        assert!(load.status.success(), "{load:?}");
        payer
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, args: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_x12gate"))
            .args(args)
            .current_dir(self.path())
            .env("X12GATE_STORE", "payer.db")
            .env("X12GATE_CONFIG", "s.toml")
            .output()
            .unwrap()
    }

    /// How much there is of what an interchange can bring or change.
    fn holdings(&self) -> (Value, String) {
        let stat = self.run(&["store", "stat", "--format", "json"]);
        let mut counts: Value = serde_json::from_slice(&stat.stdout).unwrap();
        counts.as_object_mut().unwrap().remove("interchanges");
        let claims = ["claims", "search", "green", "--size", "50", "--format", "json"];
        (counts, String::from_utf8(self.run(&claims).stdout).unwrap())
    }

    /// The replies to an interchange, by their kinds.
    fn send(&self, text: &str, name: &str) -> Vec<(String, String)> {
        let file = format!("{name}.x12");
        fs::write(self.path().join(&file), text).unwrap();
        let ran = self.run(&["process", &file, "-o", name]);
        assert!(ran.status.code().is_some_and(|code| code < 2), "{name}: {ran:?}");
        let mut replies: Vec<(String, String)> = fs::read_dir(self.path().join(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| {
                let kind = path.extension().unwrap().to_string_lossy().into_owned();
                let check = self.run(&["check", path.to_str().unwrap()]);
                assert_eq!(check.status.code(), Some(0), "{name}.{kind}: {check:?}");
                (kind, fs::read_to_string(path).unwrap())
            })
            .collect();
        replies.sort();
        replies
    }

    /// An interchange with one set, whose SE is written here.
    fn interchange(&mut self, functional: &str, guide: &str, set: &str) -> String {
        self.control += 1;
        let (control, count) = (self.control, set.matches('~').count() + 1);
        format!(
            "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*{control:09}*0*T*:~\
             GS*{functional}*SUBMITTER1*PAYERGW*{}*0930*{control}*X*{guide}~{set}SE*{count}*0001~GE*1*{control}~IEA*1*{control:09}~",
            day(0)
        )
    }
}

const GREEN: &str = "DMG*D8*19850909*M~NM1*IL*1*GREEN*ALEX****MI*S12300001001~";
const OTHER_MEMBER: &str = "DMG*D8*19800115*F~NM1*IL*1*SAMPLE*MARY****MI*S12300000101~";

#[test]
fn what_must_not_come_in_has_an_answer_and_leaves_nothing() {
    let mut payer = Payer::new("");
    let before = payer.holdings();
    let nobody =
        "INS*Y*18*024*07*A***TE~REF*0F*S98765432101~DTP*357*D8*20260131~NM1*IL*1*NOBODY*NORA~";
    let claims = ("HC", "005010X222A1");
    let (future, gap) = (day(-3), day(400));
    #[rustfmt::skip]
    let cases = [
        ("payer", claims, Claim { payer: "88888", ..MARY }.set(), "277ca", "STC*A3:116*"),
        ("member", claims, Claim { id: "S99999999901", ..MARY }.set(), "277ca", "STC*A3:33:IL*"),
        ("provider", claims, Claim { npi: "1999999992", ..MARY }.set(), "277ca", "STC*A3:24:85*"),
        ("number", claims, Claim { frequency: "7", number: "2026999999999", ..MARY }.set(), "277ca", "STC*A7:464*"),
        ("other-number", claims, Claim { frequency: "8", number: "D0000005", ..MARY }.set(), "277ca", "STC*A7:464*"),
        ("amounts", claims, Claim { line: "149", ..MARY }.set(), "999", "IK5*R*I5"),
        ("late", claims, Claim { day: &gap, ..MARY }.set(), "277ca", "STC*A3:718*"),
        ("future", claims, Claim { day: &future, ..MARY }.set(), "277ca", "STC*A7:187*"),
        ("status-member", ("HR", "005010X212"), status_request("1234567893", OTHER_MEMBER, "D0000005"), "277", "STC*D0:35*"),
        ("status-office", ("HR", "005010X212"), status_request("1000000012", GREEN, "D0000005"), "277", "STC*D0:35*"),
        ("status-nobody", ("HR", "005010X212"), status_request("1234567893", GREEN.replace("GREEN", "BLACK").as_str(), "D0000005"), "277", "STC*D0:97:PR*"),
        ("advice", ("HP", "005010X221A1"), advice("CHK9001", "NONE", "2026999999999", "50"), "824", "CLAIM IS NOT ON FILE"),
        ("advice-account", ("HP", "005010X221A1"), advice("CHK9002", "OTHER", "D0000001", "50"), "824", "PATIENT CONTROL NUMBER"),
        ("advice-sum", ("HP", "005010X221A1"), advice("CHK9003", "DEMO01", "D0000001", "49"), "999", "IK5*R*I5"),
        ("end", ("BE", "005010X220A1"), enrollment(nobody), "824", "MEMBER IS NOT ON FILE"),
    ];
    for (name, (functional, guide), set, kind, said) in &cases {
        let text = payer.interchange(functional, guide, set);
        let replies = payer.send(&text, name);
        let reply = replies.iter().find(|(of, _)| of == kind);
        let (_, reply) = reply.unwrap_or_else(|| panic!("{name}: {replies:?}"));
        assert!(reply.contains(said), "{name}: {reply}");
        // An 824 repeats what the core system has said of a claim.
        let tells = *kind != "824" && reply.contains("REF*1K*");
        assert!(!tells, "{name} tells of no claim: {reply}");
        assert_eq!(payer.holdings(), before, "{name}");
    }
    // A control number twice, with other content.
    let first = payer.interchange("HC", "005010X222A1", &MARY.set());
    let replies = payer.send(&first, "first");
    assert!(replies[0].1.contains("REF*1K*"), "{replies:?}");
    let with_one = payer.holdings();
    let replies = payer.send(&first.replace("*BAD1*150*", "*BAD2*150*"), "twice");
    assert_eq!(replies.len(), 1);
    assert!(replies[0].0 == "ta1" && replies[0].1.contains("*R*025~"), "{replies:?}");
    assert_eq!(payer.holdings(), with_one);
}

/// A set that is loaded as a whole is held in memory as a whole: above the limit it is rejected, and nothing is loaded.
#[test]
fn a_set_that_is_too_long_to_be_held_is_rejected() {
    let mut payer = Payer::new("[limits]\nset_bytes_max = 4096\n");
    let before = payer.holdings();
    let member = |n: u32| {
        format!(
            "INS*Y*18*021**A***FT~REF*0F*S7000{n:05}01~NM1*IL*1*NEWLY*NORA~N3*5 HILL ST~N4*BOSTON*MA*02115~DMG*D8*19900304*F~\
             HD*021**HLT*PLAN A*IND~DTP*348*D8*20260101~"
        )
    };
    let members = |count: u32| enrollment(&(0..count).map(member).collect::<String>());
    let payments = |count: u32| {
        let one = advice("CHK9001", "DEMO01", "D0000001", "50");
        let (head, claim) = one.split_at(one.find("CLP*").unwrap());
        format!("{head}{}", claim.repeat(count as usize))
    };
    for (name, functional, guide, set) in [
        ("members", "BE", "005010X220A1", members(40)),
        ("payments", "HP", "005010X221A1", payments(40)),
    ] {
        assert!(set.len() > 4096);
        let text = payer.interchange(functional, guide, &set);
        let replies = payer.send(&text, name);
        assert_eq!(replies.len(), 1, "{name}: {replies:?}");
        assert!(replies[0].0 == "999" && replies[0].1.contains("IK5*R*5"), "{name}: {replies:?}");
        assert_eq!(payer.holdings(), before, "{name}");
    }
    let text = payer.interchange("BE", "005010X220A1", &members(3));
    assert!(text.len() < 4096);
    payer.send(&text, "few");
    let after = payer.holdings().0["members"].as_u64();
    assert_eq!(after, before.0["members"].as_u64().map(|members| members + 3));
}
