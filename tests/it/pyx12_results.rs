//! Our results beside those of pyx12, when `X12GATE_PEERS_PYTHON` names a Python that has it: over the valid fixtures it has
//! maps for, everything one can do wrong to one segment or element of them, and the public corpus when `X12GATE_CORPUS`
//! names it. `tests/PYX12.md` lists every kind of disagreement with who is right; a kind without a reason fails.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;
use x12gate::check::SetReport;
use x12gate::finding::{Ack, Detail, Severity};

use crate::differential::ask;
use crate::findings::{Outcome, check, wire};
use crate::fixtures::files;

/// The sets that pyx12 has maps for, as fixtures and the guides of the corpus begin.
const MAPPED: [&str; 6] = ["277ca_", "834_", "835_", "837i_", "837p_", "999_"];

/// One thing found in a set: tag and element, component and code. Where is compared too, but where only one reader finds
/// something there is nothing to compare it with.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Said {
    segment: u64,
    place: String,
    code: String,
}

/// How the results for many sets compare.
#[derive(Default)]
struct Tally {
    /// Sets with the same result from both, and sets in all.
    alike: usize,
    sets: usize,
    /// How often a disagreement occurred: its class, its guide or file, the change made, our result, the result of pyx12.
    kinds: BTreeMap<[String; 5], usize>,
}

/// Writes the fixture again and again, each time with one thing changed, as the sets of one group.
fn changed(fixture: &Path, to: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(fixture).unwrap();
    let segments: Vec<&str> =
        text.split('~').map(str::trim).filter(|segment| !segment.is_empty()).collect();
    let first = segments.iter().position(|s| s.starts_with("ST*")).unwrap();
    let last = first + segments[first..].iter().position(|s| s.starts_with("SE*")).unwrap();
    let mut what = vec!["nothing".to_owned()];
    let mut bodies: Vec<Vec<String>> = vec![owned(&segments[first + 1..last])];
    for at in first + 1..last {
        let tag = segments[at].split('*').next().unwrap();
        let mut with = |kind: &str, replacement: &[String]| {
            let mut body = owned(&segments[first + 1..at]);
            body.extend_from_slice(replacement);
            body.extend(owned(&segments[at + 1..last]));
            bodies.push(body);
            what.push(format!("{kind} {tag}"));
        };
        with("left out", &[]);
        with("twice", &[segments[at].to_owned(), segments[at].to_owned()]);
        let elements: Vec<&str> = segments[at].split('*').collect();
        for position in 1..elements.len() {
            let old = elements[position];
            if old.is_empty() {
                continue;
            }
            let mut with_element = |kind: &str, value: &str| {
                let mut elements = elements.clone();
                elements[position] = value;
                with(
                    &format!("{position:02} {kind} in"),
                    &[elements.join("*").trim_end_matches('*').to_owned()],
                );
            };
            with_element("left out", "");
            with_element("of question marks", &"?".repeat(old.len()));
            with_element("too long", &"9".repeat(100));
        }
        with("an element too many in", &[format!("{}*1", pad(segments[at]))]);
    }
    let mut out = segments[..first].join("~\n") + "~\n";
    for (number, body) in bodies.iter().enumerate() {
        let control = format!("{:04}", number + 1);
        let st: Vec<&str> = segments[first].split('*').collect();
        let convention = st.get(3).map_or(String::new(), |c| format!("*{c}"));
        out.push_str(&format!("ST*{}*{control}{convention}~\n", st[1]));
        for segment in body {
            out.push_str(segment);
            out.push_str("~\n");
        }
        out.push_str(&format!("SE*{}*{control}~\n", body.len() + 2));
    }
    let control = |tag: &str| {
        let trailer = segments.iter().rfind(|s| s.starts_with(tag)).unwrap();
        trailer.rsplit('*').next().unwrap().to_owned()
    };
    out.push_str(&format!("GE*{}*{}~\nIEA*1*{}~\n", bodies.len(), control("GE*"), control("IEA*")));
    std::fs::write(to, out).unwrap();
    what
}

fn owned(segments: &[&str]) -> Vec<String> {
    segments.iter().map(|s| (*s).to_owned()).collect()
}

/// The segment with empty elements up to its thirtieth.
fn pad(segment: &str) -> String {
    let missing = 30_usize.saturating_sub(segment.matches('*').count());
    format!("{segment}{}", "*".repeat(missing))
}

/// Our findings for each set: for its structure (SNIP 1 and 2), and for the rest, of which maps have only the codes.
fn ours(outcome: &Outcome) -> Vec<[BTreeSet<Said>; 2]> {
    let of_set = |report: &SetReport| [true, false].map(|structure| said_of(report, structure));
    outcome.reports.iter().map(of_set).collect()
}

fn said_of(report: &SetReport, structure: bool) -> BTreeSet<Said> {
    let findings = report.findings.iter().filter(|f| {
        let snip = match f.detail {
            Detail::Rule { snip, .. } => snip,
            _ => f.code.entry().snip,
        };
        (f.severity == Severity::Error && snip <= 2) == structure
    });
    findings
        .map(|finding| {
            let at = &finding.at;
            let element = match (finding.code.entry().ack, at.element, at.component) {
                (Ack::Ik4(_), element, 0) => format!("{element:02}"),
                (Ack::Ik4(_), element, component) => format!("{element:02}-{component}"),
                _ => String::new(),
            };
            let tag = match finding.code.entry().ack {
                Ack::Ik3(_) | Ack::Ik4(_) => at.tag.to_string(),
                _ => "set".to_owned(),
            };
            said(u64::from(at.segment), &tag, &element, wire(finding.code))
        })
        .collect()
}

/// The findings of pyx12 for each set.
fn theirs(answer: &Value) -> Vec<BTreeSet<Said>> {
    let of_set = |set: &Value| {
        let findings = set.as_array().unwrap();
        // Where it says which element is wrong, it also says that the segment has one.
        let says_more = |one: &Value| {
            one[4] == "8"
                && one[2] == 0
                && findings.iter().any(|other| other[0] == one[0] && other[2].as_u64() > Some(0))
        };
        findings
            .iter()
            .filter(|one| !says_more(one))
            .map(|finding| {
                let number = |at: usize| finding[at].as_u64().unwrap_or(0);
                let element = match (number(2), number(3)) {
                    (0, _) => String::new(),
                    (element, 0) => format!("{element:02}"),
                    (element, component) => format!("{element:02}-{component}"),
                };
                let tag = match finding[1].as_str().unwrap() {
                    "" => "set",
                    tag => tag,
                };
                said(number(0), tag, &element, finding[4].as_str().unwrap_or("?"))
            })
            .collect()
    };
    answer["sets"].as_array().unwrap().iter().map(of_set).collect()
}

/// The codes in one notation: a segment that is where it does not belong, whatever the code; an element that is
/// not used, which pyx12 calls an exclusion; a code that the guide does not list. A missing segment is
/// counted by pyx12 where it noticed, by us where it was expected, so its position is left out.
fn said(segment: u64, tag: &str, element: &str, code: &str) -> Said {
    // Its names for a level or a line out of sequence, and for a level without its parent.
    let (element, code) = match code {
        "HL1" | "LX" => ("01", "7"),
        "HL2" => ("02", "7"),
        // It does not say which element is one too many or missed by a syntax note.
        "2" | "3" if !element.is_empty() => ("", "elements"),
        "8" if element.is_empty() => ("", "elements"),
        "SEG1" => ("", "separators"),
        _ => (element, code),
    };
    let (segment, code) = match (element.is_empty(), code) {
        _ if tag == "set" => (0, code),
        (true, "3") => (0, "missing"),
        (true, "1" | "2" | "6" | "7" | "I4") => (segment, "not here"),
        (true, "4" | "5") => (segment, "too often"),
        (false, "10" | "I10") => (segment, "not used"),
        (false, "7" | "I6" | "I12") => (segment, "code"),
        (false, "1") => (segment, "missing"),
        (false, "4") => (segment, "short"),
        (false, "5") => (segment, "long"),
        (false, "6") => (segment, "characters"),
        (false, "8") => (segment, "date"),
        (false, "9") => (segment, "time"),
        (_, code) => (segment, code),
    };
    Said { segment, place: format!("{tag}{element}"), code: code.to_owned() }
}

impl Tally {
    fn add(
        &mut self,
        set: &str,
        what: &str,
        [ours, beyond]: &[BTreeSet<Said>; 2],
        theirs: &BTreeSet<Said>,
    ) {
        self.sets += 1;
        let at_same_place = |one: &Said| {
            theirs.iter().any(|other| (other.segment, &other.place) == (one.segment, &one.place))
        };
        let (class, ours, theirs) = match (ours.is_empty(), theirs.is_empty()) {
            (true, true) => {
                self.alike += 1;
                return;
            }
            // A code list, or a rule of the guide.
            (true, false) if beyond.iter().any(at_same_place) => {
                self.alike += 1;
                return;
            }
            (true, false) => ("pyx12 alone", String::new(), short(theirs)),
            (false, true) => ("we alone", short(ours), String::new()),
            (false, false) if ours.intersection(theirs).next().is_some() => {
                self.alike += 1;
                return;
            }
            (false, false) => {
                let same: BTreeSet<Said> =
                    ours.iter().filter(|one| at_same_place(one)).cloned().collect();
                if same.is_empty() {
                    ("elsewhere", short(ours), short(theirs))
                } else {
                    let there = theirs.iter().filter(|t| {
                        same.iter().any(|o| (t.segment, &t.place) == (o.segment, &o.place))
                    });
                    ("other code", short(&same), short(&there.cloned().collect()))
                }
            }
        };
        let key = [class.to_owned(), set.to_owned(), what.to_owned(), ours, theirs];
        *self.kinds.entry(key).or_default() += 1;
    }
}

fn short(said: &BTreeSet<Said>) -> String {
    let mut kinds: Vec<String> = said.iter().map(|s| format!("{} {}", s.place, s.code)).collect();
    kinds.dedup();
    kinds.truncate(3);
    kinds.join(", ")
}

/// Why the two disagree: class, guide or file, the change made, our result, the result of pyx12 (`*` is anything), and who
/// is right. The first that matches counts.
const REASONS: &[([&str; 5], &str)] = &[
    (
        ["elsewhere", "*", "* in *", "*", "* not here*"],
        "Ours. The code that tells the uses of a segment apart is off. We say which element \
         it is; pyx12 has no place for the segment any more, and often none for what hangs on \
         it.",
    ),
    (
        ["elsewhere", "*", "left out *", "* missing*", "* not here*"],
        "Ours. The head of a loop is missing, and that is what we say. pyx12 finds all that \
         hangs on it out of place.",
    ),
    (
        ["elsewhere", "*", "left out NM1", "REF01 code", "REF not here"],
        "Both. Without its name the reference falls to the loop before, where its code is off \
         or its place is.",
    ),
    (
        ["elsewhere", "837P", "0* left out in NM1", "NM1 elements", "* missing"],
        "Ours. In loop 2010BA both are situational, and a syntax note pairs them; see \
         specs/PYX12.md.",
    ),
    (
        ["elsewhere", "*", "* left out in *", "* missing*", "* elements*"],
        "Ours. A required element is missing, and that is what we say. pyx12 speaks of a \
         syntax note.",
    ),
    (
        ["elsewhere", "277CA", "twice HL", "HL too often", "HL01 code*"],
        "Both. The level comes once too often, and its number comes twice.",
    ),
    (
        ["elsewhere", "837P", "twice LX", "*", "LX01 code"],
        "Both. The first of the two lines is empty, and its number comes twice.",
    ),
    (
        ["other code", "*", "left out *", "* too often", "* not here"],
        "Both. Without the segment that begins its loop, the next one repeats what stands before it.",
    ),
    (
        ["other code", "837I", "* in DTP", "DTP03 date", "DTP03 time"],
        "Ours. A date with a time is a date first (IK403 8).",
    ),
    (
        ["pyx12 alone", "277CA", "left out *", "", "* missing"],
        "Ours. The date of a claim and the status of a provider are situational; see \
         specs/PYX12.md.",
    ),
    (
        ["pyx12 alone", "hdi/277__X214*", "*", "", "TRN missing"],
        "Ours. What is said of a provider is situational; see specs/PYX12.md.",
    ),
    (
        ["pyx12 alone", "277CA", "twice *", "", "* too often"],
        "Ours. Three ids of a provider, and any number of states of a line; see \
         specs/PYX12.md.",
    ),
    (
        ["pyx12 alone", "834", "left out LS", "*", "*"],
        "Both. We say it as the rule reporting-categories, SNIP 4.",
    ),
    (
        ["pyx12 alone", "835", "twice PLB", "", "PLB too often"],
        "Ours. Its map says without limit, as our guide does, and it counts to one.",
    ),
    (
        ["pyx12 alone", "999", "02 of question marks in IK4", "", "IK402 characters"],
        "Ours. A reference code since 005010, such as the C023 of a published example; its map has the number of 004010.",
    ),
    (
        ["pyx12 alone", "999", "* in AK*", "", "*"],
        "Ours. An acknowledgment repeats what came, also where that was no group and no set \
         of the guides.",
    ),
    (
        ["we alone", "277CA", "* in STC", "*", ""],
        "Ours. What pyx12 says of every STC of the fixture is left out here.",
    ),
    (
        ["we alone", "277CA", "twice NM1", "NM1 too often", ""],
        "Ours. One provider a level; see specs/PYX12.md.",
    ),
    (
        ["we alone", "*", "twice *", "*", ""],
        "Ours. A loop begins again before it got what it requires; pyx12 does not look back.",
    ),
    (
        ["we alone", "837I", "left out SV2", "SV2 missing", ""],
        "Ours. A line without a service; pyx12 does not look back when the next line begins.",
    ),
    (
        ["we alone", "999", "04 left out in IK3", "IK304 missing", ""],
        "Ours. A segment is reported because something is wrong with it; see specs/PYX12.md.",
    ),
    (
        ["we alone", "*", "", "ST03 *", ""],
        "Ours. pyx12 does not look at the elements of ST; a payment has no ST03, the other \
         sets have one.",
    ),
    (
        ["we alone", "*", "* of question marks in N4", "N403 code", ""],
        "Ours. A ZIP code of the United States has five or nine digits; pyx12 does not look.",
    ),
    (
        ["we alone", "*", "* of question marks in PER", "PER0* code", ""],
        "Ours. A telephone number has digits alone; pyx12 does not look.",
    ),
    (
        ["we alone", "*", "", "N403 code*", ""],
        "Ours. The ZIP code of a billing provider has nine digits; pyx12 does not look.",
    ),
    (
        ["elsewhere", "*", "", "N403 code*", "*"],
        "Both. The ZIP code of a billing provider has nine digits, which pyx12 does not look at; \
         what it says is a rule of the guide for us.",
    ),
    (
        ["elsewhere", "*", "", "PER04 code", "SVC separators"],
        "Both. A telephone number has digits alone; and the separators of a composite, which for \
         us are only superfluous.",
    ),
    (
        ["other sets", "badx12/*", "*", "*", "EngineError"],
        "Ours. It has no map for the group, and gives up where we answer.",
    ),
    (
        ["other sets", "databricks/*", "*", "*", "IndexError"],
        "Ours. It gives up in the middle of the file.",
    ),
    (["other sets", "*", "*", "*", "UnicodeDecodeError"], "Ours. It reads ASCII alone."),
    (
        ["other sets", "gunajii/*", "*", "*", "fewer sets"],
        "Ours. It takes an ISA without its fixed widths for no X12 at all.",
    ),
];

/// True when the text matches the pattern, in which `*` matches anything.
fn is_like(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, tail)) => text.strip_prefix(head).is_some_and(|rest| {
            (0..=rest.len())
                .filter(|at| rest.is_char_boundary(*at))
                .any(|at| is_like(tail, &rest[at..]))
        }),
    }
}

#[test]
fn every_disagreement_with_pyx12_has_a_reason() {
    let Some(corpus) = std::env::var_os("X12GATE_CORPUS").map(PathBuf::from) else { return };
    let work = tempfile::tempdir().unwrap();
    let Some(changed) = changed_fixtures(work.path()) else { return };
    let public = public_files(&corpus);
    let mut used = BTreeMap::new();
    let mut unexplained = Vec::new();
    for (kind, count) in changed.kinds.iter().chain(&public.kinds) {
        let reason = REASONS.iter().position(|(patterns, _)| {
            patterns.iter().zip(kind).all(|(pattern, text)| is_like(pattern, text))
        });
        let Some(reason) = reason else {
            unexplained.push(format!("{count} x {}", kind.join(" | ")));
            continue;
        };
        let entry = used.entry(reason).or_insert((0, 0, kind));
        entry.0 += 1;
        entry.1 += count;
    }
    assert!(unexplained.is_empty(), "without a reason:\n{}", unexplained.join("\n"));
    let stale: Vec<_> = (0..REASONS.len()).filter(|at| !used.contains_key(at)).collect();
    assert!(stale.is_empty(), "reasons for nothing: {stale:?}");
    let mut page = format!(
        "# Our verdicts beside those of pyx12\n\n\
         Every valid fixture that pyx12 4.0.0 has a 005010 map for (277CA, 834, 835, 837 I and P, 999) was changed in one place,\n\
         segment by segment and element by element, and judged by both; and so were the public files of these guides. What\n\
         pyx12 says of the fixture itself is left out (`tests/it/differential.rs` lists it), and so are rules and balances, which\n\
         are not in its maps. Alike means: both find nothing, or both find the same fault in the same place. Written by\n\
         `tests/it/pyx12_results.rs`, which fails on a disagreement without a reason.\n\n\
         | what | sets | alike |\n|---|---|---|\n\
         | fixtures changed in one place | {} | {} |\n| public files | {} | {} |\n\n\
         | class | kinds | cases | for example | we say | pyx12 says | who is right, and why |\n|---|---|---|---|---|---|---|\n",
        changed.sets, changed.alike, public.sets, public.alike
    );
    for (reason, (kinds, cases, [class, set, what, ours, theirs])) in &used {
        let example = format!("{set} {what}").trim().to_owned();
        let why = REASONS[*reason].1;
        let dash =
            |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
        page.push_str(&format!(
            "| {class} | {kinds} | {cases} | {example} | {} | {} | {why} |\n",
            dash(ours),
            dash(theirs)
        ));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/PYX12.md");
    crate::golden::compare(&path, &page);
}

/// Every fixture that pyx12 has a map for, changed in every way, as both check it; `None` without a Python for it.
fn changed_fixtures(work: &Path) -> Option<Tally> {
    let mut inputs: Vec<(String, PathBuf, Vec<String>)> = Vec::new();
    for fixture in files("valid") {
        let name = fixture.file_stem().unwrap().to_string_lossy().into_owned();
        let Some(set) = MAPPED.iter().find(|set| name.starts_with(**set)) else { continue };
        let to = work.join(&name);
        let what = changed(&fixture, &to);
        inputs.push((set.trim_end_matches('_').to_uppercase(), to, what));
    }
    let paths: Vec<PathBuf> = inputs.iter().map(|(_, path, _)| path.clone()).collect();
    let mut tally = Tally::default();
    for ((set, path, what), answer) in inputs.iter().zip(ask("pyx12_verdicts.py", &paths)?) {
        let (ours, theirs) = (ours(&check(&std::fs::read(path).unwrap())), theirs(&answer));
        assert_eq!(ours.len(), what.len(), "{}", path.display());
        assert_eq!(theirs.len(), what.len(), "{}: {}", path.display(), answer["raises"]);
        let usual: BTreeSet<(String, String)> =
            theirs[0].iter().map(|said| (said.place.clone(), said.code.clone())).collect();
        for ((ours, mut theirs), what) in ours.iter().zip(theirs).zip(what) {
            theirs.retain(|said| !usual.contains(&(said.place.clone(), said.code.clone())));
            tally.add(set, what, ours, &theirs);
        }
    }
    Some(tally)
}

/// The files of the corpus that name a guide pyx12 has a map for, as both check them.
fn public_files(corpus: &Path) -> Tally {
    const GUIDES: [&str; 6] = [
        "005010X214",
        "005010X220A1",
        "005010X221A1",
        "005010X222A1",
        "005010X223A2",
        "005010X231A1",
    ];
    let index = std::fs::read_to_string(corpus.join("INDEX.tsv")).unwrap();
    let rows = index.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let files: Vec<PathBuf> = rows
        .filter(|row| row[7] == "input" && GUIDES.contains(&row[2]))
        .map(|row| corpus.join(row[0].trim_start_matches("corpus/")))
        .collect();
    let mut tally = Tally::default();
    for (path, answer) in files.iter().zip(ask("pyx12_verdicts.py", &files).unwrap()) {
        let (ours, theirs) = (ours(&check(&std::fs::read(path).unwrap())), theirs(&answer));
        let name = path.strip_prefix(corpus).unwrap().display().to_string();
        if ours.len() == theirs.len() {
            for (ours, theirs) in ours.iter().zip(&theirs) {
                tally.add(&name, "", ours, theirs);
            }
        } else {
            let raises = answer["raises"].as_str().unwrap_or("fewer sets").to_owned();
            let sets = format!("{} sets", ours.len());
            let key = ["other sets".to_owned(), name, String::new(), sets, raises];
            *tally.kinds.entry(key).or_default() += 1;
            tally.sets += 1;
        }
    }
    tally
}
