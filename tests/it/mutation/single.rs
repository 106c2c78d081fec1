//! How often one defect is told once: clean generated sets of every kind, each broken in one place in every ordinary way.
//! `tests/MUTATIONS.md` keeps the shares.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use x12gate::finding::Severity;
use x12gate::generate::{GenerateKind, GenerateOptions, generate};
use x12gate::wire::EmitError;

use super::seed::{value, with_value};

/// Of a hundred defects that are told so many must have one root, and so many one or two.
const ONE_ROOT_PERCENT_MIN: f64 = 95.0;
const TWO_ROOTS_PERCENT_MIN: f64 = 99.0;

/// A generated interchange: what is before the first set, the set, and what is after it.
struct Sample {
    kind: GenerateKind,
    head: String,
    segments: Vec<String>,
    tail: String,
}

impl Sample {
    /// A clean interchange of this kind with one set; none where the kind has no sets.
    fn new(kind: GenerateKind, seed: u64) -> Option<Sample> {
        if kind == GenerateKind::Attachment {
            // Documents are not text, and end where their length says.
            return None;
        }
        let at = time::macros::datetime!(2026-01-05 09:30);
        let options = GenerateOptions::new(kind, at);
        // One set is broken; it has two items where it may.
        let per_set = kind.facts().per_set_max.min(2);
        let count = u64::from(per_set);
        let options = GenerateOptions { seed, count, per_set, members: 1000, ..options };
        let mut bytes = Vec::new();
        generate::<EmitError>(&options, &mut |piece, _| {
            bytes.extend_from_slice(piece);
            Ok(())
        })
        .unwrap();
        let text = String::from_utf8(bytes).unwrap().replace("~\n", "~");
        let (begin, end) = (text.find("~ST*")? + 1, text.find("~SE*")? + 1);
        let end = end + text[end..].find('~')? + 1;
        let segments = text[begin..end].split_terminator('~').map(str::to_owned).collect();
        Some(Sample {
            kind,
            head: text[..begin].to_owned(),
            segments,
            tail: text[text.find("~GE*")? + 1..].to_owned(),
        })
    }

    /// The interchange with other segments in its set.
    fn with(&self, set: &str) -> String {
        [&self.head, set, &self.tail].concat()
    }
}

/// The text of a set.
fn text(segments: &[String]) -> String {
    segments.iter().fold(String::new(), |text, segment| text + segment + "~")
}

/// The set with this done to its segments. The sender counts what it sends, or has counted before.
fn edited(sample: &Sample, counts: bool, edit: impl Fn(&mut Vec<String>)) -> String {
    let mut segments = sample.segments.clone();
    edit(&mut segments);
    if counts {
        let count = segments.len();
        let se = segments.last_mut().unwrap();
        *se = with_value(se, 1, 0, &count.to_string());
    }
    text(&segments)
}

/// A defect by its name, and the set that has it.
type Defect = (&'static str, String);

/// Everything that can be done to one segment of a set.
fn defects(sample: &Sample, index: usize) -> Vec<Defect> {
    let own = &sample.segments[index];
    let set = |changed: String| edited(sample, false, |s| s[index] = changed.clone());
    let mut all = vec![
        ("segment deleted", edited(sample, true, |s| drop(s.remove(index)))),
        ("segment deleted, SE01 as before", edited(sample, false, |s| drop(s.remove(index)))),
        ("segment duplicated", edited(sample, true, |s| s.insert(index, s[index].clone()))),
        (
            "segment duplicated, SE01 as before",
            edited(sample, false, |s| s.insert(index, s[index].clone())),
        ),
        ("segment ID misspelt", set(format!("Q{}", &own[1..]))),
        ("terminator lost", joined(sample, index, "")),
        ("terminator read as a separator", joined(sample, index, "*")),
    ];
    if index + 2 < sample.segments.len() && sample.segments[index + 1] != *own {
        all.push(("segments swapped", edited(sample, false, |s| s.swap(index, index + 1))));
    }
    let elements: Vec<&str> = own.split('*').collect();
    for at in 1..elements.len() {
        let with = |change: &dyn Fn(&mut Vec<String>)| {
            let mut changed: Vec<String> = elements.iter().map(|e| (*e).to_owned()).collect();
            change(&mut changed);
            set(changed.join("*").trim_end_matches('*').to_owned())
        };
        all.push(("element dropped", with(&|e| drop(e.remove(at)))));
        all.push(("element pushed in", with(&|e| e.insert(at, "X1".to_owned()))));
        all.push(("empty element pushed in", with(&|e| e.insert(at, String::new()))));
        if at + 1 < elements.len() {
            all.push((
                "separator lost",
                with(&|e| {
                    let next = e.remove(at + 1);
                    e[at].push_str(&next);
                }),
            ));
        }
        all.extend(changes(own, at as u8).into_iter().map(|(name, new)| (name, set(new))));
    }
    all
}

/// The segment and the next as one, with this between them.
fn joined(sample: &Sample, index: usize, between: &str) -> String {
    edited(sample, false, |s| {
        let next = s.remove(index + 1);
        s[index] = format!("{}{between}{next}", s[index]);
    })
}

/// The segment with another value of one element.
fn changes(segment: &str, at: u8) -> Vec<Defect> {
    let old = value(segment, at, 0);
    if old.is_empty() {
        return Vec::new();
    }
    let mut all = vec![("value emptied", with_value(segment, at, 0, ""))];
    let whole = |new: &str| with_value(segment, at, 0, new);
    let is_plain = old.bytes().all(|b| b.is_ascii_alphanumeric());
    if is_plain && old.len() <= 3 {
        let other = if old.starts_with('Z') { "Y" } else { "Z" };
        all.push(("code changed", whole(&other.repeat(old.len()))));
    }
    if old.bytes().any(|b| b.is_ascii_digit()) {
        all.push(("digits made letters", whole(&old.replace(|c: char| c.is_ascii_digit(), "A"))));
    }
    if let Ok(number) = old.parse::<f64>()
        && old.len() < 8
    {
        all.push(("number changed", whole(&format!("{}", number + 7.0))));
    }
    if old.len() == 8 && is_plain && old.starts_with("20") {
        all.push(("date of six digits", whole(&old[2..])));
        all.push(("day that does not exist", whole(&format!("{}0231", &old[..4]))));
    }
    all.push(("value too long", whole(&old.repeat(100))));
    all
}

/// What was told of some defects.
#[derive(Default, Clone)]
struct Share {
    made: usize,
    told: usize,
    /// By the number of roots, from 1; the last is for more.
    roots: [usize; 3],
    /// With exactly one error and with one or two, whatever follows from what.
    single: usize,
    double: usize,
    errors: usize,
}

impl Share {
    fn add(&mut self, errors: usize, roots: usize) {
        self.made += 1;
        if errors == 0 {
            return;
        }
        self.told += 1;
        self.errors += errors;
        self.single += usize::from(errors == 1);
        self.double += usize::from(errors <= 2);
        self.roots[roots.clamp(1, 3) - 1] += 1;
    }

    fn merge(&mut self, other: &Share) {
        self.made += other.made;
        self.told += other.told;
        self.errors += other.errors;
        self.single += other.single;
        self.double += other.double;
        self.roots.iter_mut().zip(other.roots).for_each(|(sum, more)| *sum += more);
    }

    fn percent(&self, part: usize) -> f64 {
        if self.told == 0 { 100.0 } else { 100.0 * part as f64 / self.told as f64 }
    }

    fn row(&self, name: &str) -> String {
        let one = self.percent(self.roots[0]);
        let two = self.percent(self.roots[0] + self.roots[1]);
        format!(
            "| {name} | {} | {:.1} | {one:.1} | {two:.1} | {:.1} | {:.1} | {:.2} |\n",
            self.made,
            100.0 * self.told as f64 / self.made.max(1) as f64,
            self.percent(self.single),
            self.percent(self.double),
            self.errors as f64 / self.told.max(1) as f64,
        )
    }
}

/// The errors found in an interchange, and how many of them follow from no other.
fn errors(text: &str) -> (usize, usize) {
    let outcome = crate::findings::check(text.as_bytes());
    let errors = outcome.found.iter().filter(|f| f.severity == Severity::Error);
    let roots = errors.clone().filter(|f| f.because.is_none()).count();
    (errors.count(), roots)
}

#[test]
fn a_defect_of_a_generated_set_has_one_root() {
    let mut by_defect: BTreeMap<&str, Share> = BTreeMap::new();
    let mut by_kind: Vec<(&str, Share)> = Vec::new();
    for kind in GenerateKind::ALL {
        let mut own = Share::default();
        for sample in (1..=2).filter_map(|seed| Sample::new(kind, seed)) {
            assert_eq!(errors(&sample.with(&text(&sample.segments))), (0, 0), "{:?}", sample.kind);
            for index in 1..sample.segments.len() - 1 {
                for (name, set) in defects(&sample, index) {
                    let (errors, roots) = errors(&sample.with(&set));
                    assert!((errors == 0) == (roots == 0), "{name}: {set}");
                    by_defect.entry(name).or_default().add(errors, roots);
                    own.add(errors, roots);
                }
            }
        }
        if own.made > 0 {
            by_kind.push((kind.facts().name, own));
        }
    }
    let mut all = Share::default();
    by_kind.iter().for_each(|(_, share)| all.merge(share));
    crate::golden::compare(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/MUTATIONS.md"),
        &page(&by_kind, &by_defect, &all),
    );
    let one = all.percent(all.roots[0]);
    let two = all.percent(all.roots[0] + all.roots[1]);
    assert!(one >= ONE_ROOT_PERCENT_MIN && two >= TWO_ROOTS_PERCENT_MIN, "{one:.1} %, {two:.1} %");
}

/// The tables.
fn page(by_kind: &[(&str, Share)], by_defect: &BTreeMap<&str, Share>, all: &Share) -> String {
    let mut page = String::from(
        "# One defect, one root\n\n\
         Clean generated sets of every kind, with one defect each. *Told* is the share of defects that give an error: what is\n\
         optional may be left out. Of those told: the share with one root, with one or two roots, with one error, with one or two\n\
         errors, and the errors on average. An error is a root unless `because` says what it follows from. Written by\n\
         `tests/it/mutation/single.rs`.\n\n",
    );
    let heading = |what: &str| {
        format!(
            "| {what} | defects | told % | one root % | one or two % | one error % | one or two % | errors |\n\
             |---|---|---|---|---|---|---|---|\n"
        )
    };
    page += &heading("defect");
    by_defect.iter().for_each(|(name, share)| page += &share.row(name));
    let _ = writeln!(page, "\n{}", heading("set").trim_end());
    by_kind.iter().for_each(|(name, share)| page += &share.row(name));
    page += &all.row("all");
    page
}
