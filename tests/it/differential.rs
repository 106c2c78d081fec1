//! Other people's programs as witnesses, when `X12GATE_PEERS_PYTHON` names a Python that has them: LinuxForHealth x12 reads
//! the 271s and 277s we write and our fixtures, pyx12 validates our 999s, 277CAs and 835s and the fixtures it has maps for. Where they disagree it is said here whose fault it is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use x12gate::finding::Code;

use crate::checks::{example, fence, file_name, folder};
use crate::fixtures::files;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs the built command in a folder; findings are no failure.
fn x12gate(args: &[&str], work: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_x12gate"))
        .args(args)
        .current_dir(work)
        .env_remove("X12GATE_STORE")
        .env_remove("X12GATE_CONFIG")
        .output()
        .expect("run the built command");
    assert_ne!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Answers the requests of the demonstration in `work` and gives the replies of one kind, in order of their names.
pub(crate) fn answers(work: &Path, kind: &str) -> Vec<PathBuf> {
    let requests = root().join("fixtures/demo/requests");
    let requests = requests.to_str().expect("a path in UTF-8");
    x12gate(&["store", "load", "--demo", "--store", "store.db"], work);
    x12gate(&["process", requests, "-o", "replies", "--store", "store.db"], work);
    written(&work.join("replies"), kind)
}

/// The files of one kind in a folder, in order of their names.
fn written(folder: &Path, kind: &str) -> Vec<PathBuf> {
    let mut written: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == kind))
        .collect();
    written.sort();
    written
}

/// The life of claims in the store of [`answers`]: new ones, paid, replaced, paid again, voided and taken back. Gives the 277CAs
/// and 835s, and the 277s apart.
fn claims(work: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let store = ["--store", "store.db"];
    let settings = "[claims.rules]\nunknown_member = 'accept'\nmember_differs = 'accept'\nnot_covered = 'accept'\n\
        unknown_provider = 'accept'\n[claim_status]\ncheck_provider = false\n";
    x12gate(&[&["store", "load", "--synthetic", "1000"], &store[..]].concat(), work);
    std::fs::write(work.join("settings.toml"), settings).unwrap();
    let process = |file: &str| {
        x12gate(
            &[&["process", file, "-o", "claims", "--config", "settings.toml"], &store[..]].concat(),
            work,
        );
    };
    let pay = || x12gate(&[&["claims", "adjudicate", "-o", "claims"], &store[..]].concat(), work);
    for (control, kind) in [("811", "837p"), ("812", "837i"), ("813", "837d")] {
        let file = format!("new.{kind}");
        let count = ["--count", "60", "--members", "1000", "--control", control, "-o", &file];
        x12gate(&[&["generate", kind], &count[..]].concat(), work);
        process(&file);
    }
    pay();
    for (control, frequency) in [("821", "7"), ("831", "8")] {
        let file = format!("frequency{frequency}.x12");
        let about = ["--frequency", frequency, "--control", control, "-o", &file];
        x12gate(&[&["generate", "837p"], &about[..], &store[..]].concat(), work);
        process(&file);
        pay();
        let file = format!("asked{frequency}.x12");
        let control = format!("9{control}");
        let about = ["--count", "80", "--control", &control, "-o", &file];
        x12gate(&[&["generate", "276"], &about[..], &store[..]].concat(), work);
        process(&file);
    }
    let folder = work.join("claims");
    let mut claims = written(&folder, "277ca");
    claims.extend(written(&folder, "835"));
    (claims, written(&folder, "277"))
}

/// Runs a script of `tests/peers` over files and gives what it prints; `None` where there is no Python for it.
pub(crate) fn run(script: &str, files: &[PathBuf]) -> Option<String> {
    let python = std::env::var_os("X12GATE_PEERS_PYTHON")?;
    let output = Command::new(python)
        .arg(root().join("tests/peers").join(script))
        .args(files)
        .output()
        .expect("run the Python of X12GATE_PEERS_PYTHON");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).expect("what it prints is text"))
}

/// As [`run`], for scripts that print one JSON object for each file.
pub(crate) fn ask(script: &str, files: &[PathBuf]) -> Option<Vec<Value>> {
    let text = run(script, files)?;
    let said: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(said.len(), files.len());
    Some(said)
}

fn short_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// The valid fixtures whose names begin so.
fn valid(beginnings: &[&str]) -> Vec<PathBuf> {
    let mut fixtures = files("valid");
    fixtures.retain(|file| beginnings.iter().any(|b| short_name(file).starts_with(b)));
    fixtures
}

/// Sets in a file with the usual separators.
fn sets(path: &Path) -> usize {
    let text = std::fs::read_to_string(path).unwrap();
    text.split('~').filter(|segment| segment.trim_start().starts_with("ST*")).count()
}

/// Where LinuxForHealth is wrong about a fixture: the file, what it says, and the reason. The 271 models it is wrong about
/// are mended by the script, each with its reason there.
const LINUXFORHEALTH_IS_WRONG: &[(&str, &str, &str)] = &[
    (
        "270_batch.edi",
        "Invalid subscriber parent id",
        "two subscribers under a receiver are the rule in batches; BHT03 and NM104 are situational",
    ),
    ("270_everything.edi", "KeyError", "a second EQ is looked for where there is none"),
    (
        "271_benefits.edi",
        "SE segment count",
        "PER of loop 2100A is dropped: the model has PRV there",
    ),
    (
        "271_source_rejected.edi",
        "hierarchical_child_code",
        "a source that rejects the request as a whole has nobody below it: loop 2000B is situational",
    ),
    (
        "11-child.000000011.271",
        "reference_identification_qualifier",
        "REF*49 identifies a member of a family; its model of loop 2100D lists fewer qualifiers",
    ),
    ("277_more_information.edi", "is not supported", "X213 is not among its guides"),
    ("276_everything.edi", "original_units_of_service_count", "SVC07 of a 276 is situational"),
];

#[test]
fn linuxforhealth_reads_what_we_write_and_call_valid() {
    if std::env::var_os("X12GATE_PEERS_PYTHON").is_none() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let mut given = answers(work.path(), "271");
    assert_eq!(given.len(), 22, "the requests of the demonstration that are answered");
    given.extend(written(&work.path().join("replies"), "277"));
    let (_, statuses) = claims(work.path());
    given.extend(statuses);
    assert_eq!(
        given.len(),
        30,
        "five requests for the status of no claim, one of a claim, and many"
    );
    // It knows neither TA1, 999 nor 277CA, and its claims and payments are too far from the guides to be of use.
    given.extend(valid(&["270_", "271_", "276_", "277_"]));
    let mut expected: BTreeMap<&str, &str> =
        LINUXFORHEALTH_IS_WRONG.iter().map(|(name, says, _)| (*name, *says)).collect();
    for (file, said) in given.iter().zip(ask("lfh_models.py", &given).unwrap()) {
        let name = short_name(file);
        match (expected.remove(name.as_str()), said["reason"].as_str()) {
            (None, None) => assert_eq!(said["sets"], sets(file), "{name}"),
            (Some(says), Some(reason)) => assert!(reason.contains(says), "{name}: {reason}"),
            (None, Some(reason)) => panic!("{name} is refused: {reason}"),
            (Some(_), None) => panic!("{name} is taken now, and still listed"),
        }
    }
    assert!(expected.is_empty(), "listed and not asked about: {expected:?}");
}

/// Where pyx12 finds fault with a 999 of ours or a fixture: what it answers or the fixture, what pyx12 says, the reason.
const PYX12_FINDS_FAULT: &[(&str, &str, &str)] = &[
    ("situational-segment-missing", "CTX 5", "it counts the two kinds of CTX in loop 2100 as one"),
    ("adjustment-group-repeated", "CTX 1", "its business units have none for the claim of an 835"),
    // An acknowledgment repeats what came, so that the sender knows what is meant, also where that was wrong.
    ("group-unsupported", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("824_accepted.edi", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("824_rejected.edi", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("275_unasked.edi", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("275_everything.edi", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("275_binary.edi", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("binary-length", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("binary-short", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("binary-long", "AK1 1", "the guide lists the groups of its family; GS01 was another"),
    ("set-unsupported", "AK2 1", "the guide lists the sets of its family; ST01 was another"),
    ("set-id-malformed", "AK2 1", "ST01 was none"),
    // Its map of the 277CA also refuses the published examples.
    (
        "valid/277ca_partly.edi",
        "STC10 7",
        "STC10-3 has the codes of STC01-3; STC02 is not used in loop 2220D",
    ),
    (
        "valid/277ca_rejected.edi",
        "HL 3",
        "loop 2000C is situational: a receiver can be rejected as a whole",
    ),
    (
        "post-office-box, claim by claim",
        "HL 3",
        "loop 2000D is situational: a billing provider can be rejected as a whole",
    ),
    (
        "pointer-out-of-range, claim by claim",
        "STC02 1",
        "STC02 is not used in loop 2220D, and STC12 is",
    ),
    (
        "valid/837p_everything.edi",
        "PWK02 7",
        "it takes the second kind of PWK in loop 2400 for the first",
    ),
];

/// Writes the 999s and 277CAs that answer a file, each in a file of its own in `FILE.acks`.
fn acknowledge(input: &Path, work: &Path) -> Vec<PathBuf> {
    let out = work.join(format!("{}.acks", short_name(input)));
    let (input, to) = (input.to_str().unwrap(), out.to_str().unwrap());
    x12gate(&["ack", input, "-o", to, "--unit", "claim", "--only", "999,277ca"], work);
    let written = std::fs::read_dir(&out).into_iter().flatten().map(|entry| entry.unwrap().path());
    written.collect()
}

/// The examples of the pages, each in a file by the name of its code.
fn examples(work: &Path) -> Vec<PathBuf> {
    let mut inputs = Vec::new();
    for code in Code::ALL {
        let page = std::fs::read_to_string(folder().join(file_name(*code))).unwrap();
        let Some((info, text)) = fence(&page, "```x12 ") else { continue };
        let input = work.join(code.entry().name);
        std::fs::write(&input, example(info, text)).unwrap();
        inputs.push(input);
    }
    inputs
}

#[test]
fn pyx12_finds_our_acknowledgments_and_fixtures_valid() {
    if std::env::var_os("X12GATE_PEERS_PYTHON").is_none() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let work = work.path();
    let mut inputs = examples(work);
    inputs.extend(files("valid"));
    inputs.extend(files("quirks"));
    let many = work.join("generated");
    let (name, count) = (many.to_str().unwrap(), ["--count", "600", "--errors", "40"]);
    x12gate(&[&["generate", "270", "--per-set", "3", "-o", name], &count[..]].concat(), work);
    inputs.push(many);
    for claims in ["837p", "837i", "837d"] {
        let file = work.join(claims);
        let (name, count) = (file.to_str().unwrap(), ["--count", "300", "--errors", "20"]);
        x12gate(&[&["generate", claims, "-o", name], &count[..]].concat(), work);
        inputs.push(file);
    }
    let mut given = answers(work, "999");
    let (of_claims, _) = claims(work);
    let paid = of_claims.iter().filter(|file| file.extension().is_some_and(|kind| kind == "835"));
    assert!(paid.count() >= 3, "{of_claims:?}");
    given.extend(of_claims);
    for input in &inputs {
        given.extend(acknowledge(input, work));
    }
    assert!(given.len() > 80, "only {} acknowledgments", given.len());
    let mapped = ["277ca_", "820_", "834_", "835_", "837i_", "837p_", "999_"];
    given.extend(valid(&mapped));
    let mut expected: BTreeMap<&str, &str> =
        PYX12_FINDS_FAULT.iter().map(|(name, says, _)| (*name, *says)).collect();
    for (file, said) in given.iter().zip(ask("pyx12_valid.py", &given).unwrap()) {
        let folder = short_name(file.parent().unwrap());
        let own = format!("{folder}/{}", short_name(file));
        let answered = folder.strip_suffix(".acks").unwrap_or(&own);
        let by_claim = format!("{answered}, claim by claim");
        let is_by_claim = file.extension().is_some_and(|ending| ending == "277ca");
        let answered = if is_by_claim { &by_claim } else { answered };
        let found = said["findings"].as_array().unwrap();
        match expected.remove(answered) {
            Some(says) => {
                let says_so = |f: &Value| f.as_str().is_some_and(|f| f.ends_with(says));
                assert!(found.iter().any(says_so), "{answered}: {found:?}");
            }
            None => assert!(found.is_empty(), "{answered}: {found:?}"),
        }
        assert_eq!(said["sets"], sets(file), "{answered}");
    }
    assert!(expected.is_empty(), "listed and not asked about: {expected:?}");
}

/// Where pyx12 finds fault with what is generated: the kind, what it says, the reason.
const PYX12_FINDS_FAULT_WITH_GENERATED: &[(&str, &str, &str)] = &[
    ("837p", "PWK02 7", "it takes the second kind of PWK in loop 2400 for the first"),
    ("277ca", "HL 3", "loop 2000C is situational: a receiver can be rejected as a whole"),
    ("277ca", "HL04 7", "there is nothing below a receiver that is rejected as a whole"),
];

#[test]
fn pyx12_finds_what_is_generated_valid() {
    if std::env::var_os("X12GATE_PEERS_PYTHON").is_none() {
        return;
    }
    let work = tempfile::tempdir().unwrap();
    let write = |kind: &str, seed: u32| {
        let name = work.path().join(format!("{kind}.{seed}"));
        let (seed, to) = (seed.to_string(), name.to_str().unwrap());
        let count = ["--count", "200", "--per-set", "10", "--seed", &seed, "-o", to];
        x12gate(&[&["generate", kind], &count[..]].concat(), work.path());
        name
    };
    // The kinds it has a map for that it can use.
    let mapped = ["277ca", "820", "834", "835", "837i", "837p", "999"];
    let given: Vec<PathBuf> =
        mapped.iter().flat_map(|kind| (1..4).map(|seed| write(kind, seed))).collect();
    let mut unseen: BTreeSet<_> =
        PYX12_FINDS_FAULT_WITH_GENERATED.iter().map(|l| (l.0, l.1)).collect();
    for (file, said) in given.iter().zip(ask("pyx12_valid.py", &given).unwrap()) {
        let kind = short_name(file);
        let kind = kind.split('.').next().unwrap();
        for found in said["findings"].as_array().unwrap() {
            let found = found.as_str().unwrap();
            let listed = PYX12_FINDS_FAULT_WITH_GENERATED
                .iter()
                .find(|(of, says, _)| *of == kind && found.ends_with(says));
            let listed = listed.unwrap_or_else(|| panic!("{kind}: {found}"));
            unseen.remove(&(listed.0, listed.1));
        }
        assert_eq!(said["sets"], sets(file), "{kind}");
    }
    assert!(unseen.is_empty(), "listed and not found: {unseen:?}");
}
