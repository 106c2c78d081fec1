//! The public corpus, walked when `X12GATE_CORPUS` names it: no panic, whole and in chunks alike, and for the guides we
//! have no finding that its source would call wrong without our saying so here.

use std::path::{Path, PathBuf};

use x12gate::finding::{Code, Policy, Severity};
use x12gate::guide::Registry;

use crate::findings::{check, check_in_chunks};

fn root() -> Option<PathBuf> {
    std::env::var_os("X12GATE_CORPUS").map(PathBuf::from)
}

pub(crate) fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, files);
        } else {
            files.push(path);
        }
    }
}

#[test]
fn every_file_is_checked_without_a_panic() {
    let Some(root) = root() else { return };
    let mut files = Vec::new();
    walk(&root, &mut files);
    files.sort();
    assert!(files.len() > 100, "the corpus is not where X12GATE_CORPUS says");
    for file in files {
        let text = std::fs::read(&file).unwrap();
        let whole = check(&text);
        let chunked = check_in_chunks(&text, 61);
        let codes = |o: &crate::findings::Outcome| {
            o.found.iter().map(|f| (f.code, f.segment, f.element)).collect::<Vec<_>>()
        };
        assert_eq!(codes(&chunked), codes(&whole), "{}", file.display());
    }
}

/// How we and the source of a file agree.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Agreement {
    ValidAndClean,
    ValidButObjected,
    InvalidAndFound,
    InvalidButMissed,
    NotSaid,
}

/// Kinds of error shown of a file.
const KINDS_SHOWN_MAX: usize = 3;

/// What the standard or the guide asks for where this is found, in our own words; what exactly the element may hold is in
/// the message of the finding.
fn rule(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::NotX12 => "an interchange begins with an ISA; this text has none",
        Code::DelimitersIndistinct => {
            "ISA11, ISA16, the byte after ISA03 and the byte after ISA16 are four different characters"
        }
        Code::InterchangeVersion => "ISA12 is 00501 in front of every guide of 005010",
        Code::AuthorizationQualifier => "ISA01 is 00 or 03",
        Code::SenderQualifier => "ISA05 is 01, 14, 20, 27, 28, 29, 30, 33 or ZZ",
        Code::ReceiverQualifier => "ISA07 is 01, 14, 20, 27, 28, 29, 30, 33 or ZZ",
        Code::InterchangeStraySegment => "between ISA and IEA come TA1s and functional groups only",
        Code::GroupUnsupported => "GS01 is the functional identifier of a set of these guides",
        Code::GroupVersionUnsupported => "GS08 names a guide of 005010",
        Code::GroupHeaderElement => {
            "GS02 and GS03 have two to fifteen characters, GS04 is CCYYMMDD, GS05 a time, GS07 is X"
        }
        Code::SetSegmentCount => "SE01 counts the segments of the set with ST and SE",
        Code::SetNotInGroup => "the set in ST01 belongs to the functional identifier in GS01",
        Code::GuideUnsupported => "ST03, or GS08, names a guide that is held here",
        Code::GuideMismatch => "ST03 repeats the guide of GS08",
        Code::ElementMandatoryMissing => "the standard makes it mandatory",
        Code::ElementTooLong => "the dictionary gives its greatest length",
        Code::ElementDate => "a date is a day of the calendar as CCYYMMDD",
        Code::SegmentMissing => "the guide requires the segment in this loop",
        Code::ElementMissing => "the guide requires it whenever the segment or composite is sent",
        Code::ElementNotUsed => "the guide marks it as not used",
        Code::ElementGuideCode => "the guide lists the codes that are allowed here",
        Code::ElementDateFormat => "the qualifier before a date says its form: D8 is CCYYMMDD",
        Code::PostalCodeShort | Code::PostalCode => {
            "a ZIP code of a billing provider or service facility has nine digits, any other five or nine"
        }
        Code::TelephoneNumber => {
            "a telephone number is ten or more digits, without any other character"
        }
        Code::LevelChildClaimed => {
            "HL04 is 1 only where a level follows that names this one as its parent"
        }
        Code::Unbalanced => {
            "the amounts of the levels add up: charges less adjustments are the payment"
        }
        Code::SituationalSegmentMissing => {
            "the guide requires it in the situation that the message states"
        }
        Code::PostOfficeBox => {
            "a billing provider's N3 is a street; the box belongs into the pay-to address"
        }
        Code::CodeForm => {
            "codes of lists outside the guide have the form that their owner gives them"
        }
        _ => return None,
    })
}

/// `tests/CORPUS.md` says for every public file what its source claims and what we say; this keeps it current.
#[test]
fn agreement_with_the_sources_is_as_written_down() {
    let Some(root) = root() else { return };
    let index = std::fs::read_to_string(root.join("INDEX.tsv")).unwrap();
    let mut counts = std::collections::BTreeMap::new();
    let mut rows = Vec::new();
    for line in index.lines().skip(1) {
        let field: Vec<_> = line.split('\t').collect();
        let (path, set, validity, defect, role) =
            (field[0], field[1], field[5], field[6], field[7]);
        if role != "input" {
            continue;
        }
        let text = std::fs::read(root.join(path.trim_start_matches("corpus/"))).unwrap();
        let found = x12gate::check::findings(&text, Registry::embedded(), &Policy::default());
        let errors: Vec<_> =
            found.iter().filter(|f| f.finding.severity == Severity::Error).collect();
        let agreement = match (validity, errors.is_empty()) {
            ("valid", true) => Agreement::ValidAndClean,
            ("valid", false) => Agreement::ValidButObjected,
            ("invalid", false) => Agreement::InvalidAndFound,
            ("invalid", true) => Agreement::InvalidButMissed,
            _ => Agreement::NotSaid,
        };
        *counts.entry(agreement).or_insert(0) += 1;
        if !matches!(agreement, Agreement::ValidButObjected | Agreement::InvalidButMissed) {
            continue;
        }
        let mut why: Vec<String> = Vec::new();
        let mut told = Vec::new();
        for error in errors {
            let (finding, entry) = (&error.finding, error.finding.code.entry());
            let about = (finding.code, finding.at.tag, finding.at.element, finding.at.component);
            if told.contains(&about) {
                continue;
            }
            told.push(about);
            if why.len() < KINDS_SHOWN_MAX {
                let at = match finding.at.segment {
                    0 => format!("byte {}", finding.at.offset),
                    segment => format!("set {}, segment {segment}", finding.at.set),
                };
                let rule = rule(finding.code);
                let rule = rule.unwrap_or_else(|| panic!("{path}: {} has no rule", entry.id));
                let message = error.message().replace('|', "\\|");
                why.push(format!("{} at {at}: {message}. Rule: {rule}.", entry.id));
            }
        }
        let more = told.len() - why.len();
        if more > 0 {
            why.push(format!("More kinds of error: {more}."));
        }
        let said = if defect.is_empty() { String::new() } else { format!(": {defect}") };
        rows.push((
            agreement,
            format!(
                "| {} | {set} | {validity}{} | {} |",
                path.trim_start_matches("corpus/"),
                said.replace('|', "\\|"),
                why.join("<br>")
            ),
        ));
    }
    rows.sort();
    let mut page = String::from(
        "# The public corpus: differences from its sources\n\n\
         Public files from other projects; what a source claims about a file is in its tests or file names. A file claimed to be valid often\n\
         is not: a wrong SE01 is an error, whoever sent it. Each row gives position, finding and the rule that is broken, in our words, so that it can\n\
         be judged; of a file with many kinds of error the first three. Written by `tests/it/corpus.rs`.\n\n\
         | what | files |\n|---|---|\n",
    );
    for (agreement, count) in &counts {
        let words = match agreement {
            Agreement::ValidAndClean => "called valid, and clean",
            Agreement::ValidButObjected => "called valid, and we object",
            Agreement::InvalidAndFound => "called invalid, and found",
            Agreement::InvalidButMissed => "called invalid, and nothing found",
            Agreement::NotSaid => "the source does not say",
        };
        page.push_str(&format!("| {words} | {count} |\n"));
    }
    page.push_str("\n| file | set | its source says | we say |\n|---|---|---|---|\n");
    for (_, row) in rows {
        page.push_str(&row);
        page.push('\n');
    }
    crate::golden::compare(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/CORPUS.md"), &page);
}

#[test]
fn each_difference_carries_its_place_and_the_rule_that_is_broken() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/CORPUS.md");
    let page = std::fs::read_to_string(page).unwrap();
    let rows: Vec<_> = page.lines().filter(|line| line.contains("| valid | ")).collect();
    assert!(rows.len() > 50, "{} rows", rows.len());
    for row in rows {
        let findings = row.matches("X12-").count();
        assert!(findings > 0 && row.matches(" Rule: ").count() == findings, "{row}");
        assert_eq!(row.matches(" at set ").count() + row.matches(" at byte ").count(), findings);
    }
}
