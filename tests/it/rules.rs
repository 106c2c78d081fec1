//! `tests/rules.txt`: for each rule of the guides a valid file and a small edit that breaks the rule. Without the edit the
//! file has no finding, so that each line shows the rule firing and not firing.
//!
//! `BLESS=1` looks for the edit of a rule that has none, among those that change one or two segments of a fixture; what it
//! does not find is written by hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use x12gate::check::ElementError;
use x12gate::finding::Detail;
use x12gate::guide::{Condition, Consequence, Guide, Registry, Rule};

use crate::findings::check;
use crate::fixtures::files;
use crate::golden;

/// `005010X222A1/837 claim-total`: a guide, with its purpose where several share set and id, and a rule of it.
type Name = String;

fn name(guide: &Guide, rule: &Rule) -> Name {
    let purpose = guide.purposes.first().map(|p| format!(" {p}")).unwrap_or_default();
    format!("{}/{}{purpose} {}", guide.id, guide.set, rule.id)
}

/// Every rule of the built-in guides.
fn names() -> BTreeSet<Name> {
    let guides = Registry::embedded().all();
    guides.flat_map(|g| g.rules.iter().map(|r| name(g, r)).collect::<Vec<_>>()).collect()
}

/// A change of a file: this segment becomes these.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Edit {
    old: String,
    new: Vec<String>,
}

impl Edit {
    /// `CAS*PR*1*20 -> CAS*PR*1*21`; without a new segment the old one is taken away, and several stand beside one
    /// another with `~` between them.
    fn parse(text: &str) -> Edit {
        let (old, new) = text.split_once(" ->").expect("an edit has an arrow");
        let new = new.trim().split('~').filter(|s| !s.is_empty()).map(str::to_owned).collect();
        Edit { old: old.trim().to_owned(), new }
    }

    fn text(&self) -> String {
        format!("{} -> {}", self.old, self.new.join("~")).trim_end().to_owned()
    }
}

/// The file's text after the edits, with SE01 put right; `None` when a segment to change is not there.
fn edited(segments: &[String], edits: &[Edit]) -> Option<String> {
    let mut segments = segments.to_vec();
    for edit in edits {
        let at = segments.iter().position(|s| *s == edit.old)?;
        segments.splice(at..=at, edit.new.iter().cloned());
    }
    Some(joined(&segments))
}

fn joined(segments: &[String]) -> String {
    let mut out = String::new();
    let mut count = 0;
    for segment in segments {
        count = if segment.starts_with("ST*") { 1 } else { count + 1 };
        match segment.strip_prefix("SE*").and_then(|se| se.split_once('*')) {
            Some((_, control)) => out.push_str(&format!("SE*{count}*{control}~")),
            None => out.push_str(&format!("{segment}~")),
        }
    }
    out
}

/// The rules that a text breaks.
fn broken(text: &str) -> BTreeSet<Name> {
    let mut broken = BTreeSet::new();
    for report in check(text.as_bytes()).reports {
        let Some(guide) = &report.guide else { continue };
        for finding in &report.findings {
            if let Detail::Rule { rule, .. } | Detail::Amounts { rule, .. } = finding.detail {
                broken.insert(name(guide, &guide.rules[usize::from(rule)]));
            }
        }
    }
    broken
}

struct Fixture {
    name: String,
    segments: Vec<String>,
    guides: Vec<Arc<Guide>>,
}

fn fixtures() -> BTreeMap<String, Fixture> {
    let read = |file: PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        let trimmed = text.split('~').map(|s| s.trim().to_owned());
        let segments: Vec<_> = trimmed.filter(|s| !s.is_empty()).collect();
        let reports = check(joined(&segments).as_bytes()).reports;
        let guides = reports.iter().filter_map(|report| report.guide.clone()).collect();
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        (name.clone(), Fixture { name, segments, guides })
    };
    files("valid").into_iter().map(read).collect()
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rules.txt")
}

/// A line of the page: rule, file and edits.
type Case = (Name, String, Vec<Edit>);

fn cases() -> (String, Vec<Case>) {
    let text = std::fs::read_to_string(page()).unwrap_or_default();
    let lead: String =
        text.lines().take_while(|l| l.starts_with('#')).map(|l| format!("{l}\n")).collect();
    let mut cases = Vec::new();
    let mut lines = text.lines().filter(|l| !l.starts_with('#') && !l.is_empty()).peekable();
    while let Some(head) = lines.next() {
        let (rule, file) = head.split_once(": ").expect("rule: file");
        let mut edits = Vec::new();
        while let Some(line) = lines.next_if(|l| l.starts_with(' ')) {
            edits.push(Edit::parse(line));
        }
        cases.push((rule.to_owned(), file.to_owned(), edits));
    }
    (lead, cases)
}

#[test]
fn every_rule_fires_when_it_is_broken_and_only_then() {
    let fixtures = fixtures();
    let (lead, mut cases) = cases();
    let holds = |(rule, file, edits): &Case| {
        let fixture = fixtures.get(file)?;
        let text = edited(&fixture.segments, edits)?;
        broken(&text).contains(rule).then_some(())
    };
    let wrong: Vec<Name> =
        cases.iter().filter(|case| holds(case).is_none()).map(|case| case.0.clone()).collect();
    cases.retain(|case| !wrong.contains(&case.0));
    let shown: BTreeSet<Name> = cases.iter().map(|case| case.0.clone()).collect();
    let mut missing: BTreeSet<Name> = names().difference(&shown).cloned().collect();
    if golden::is_on() {
        for fixture in fixtures.values() {
            seek(fixture, &mut missing, &mut cases);
        }
        cases.sort_by(|a, b| a.0.cmp(&b.0));
        let mut text = lead;
        for (rule, file, edits) in &cases {
            text.push_str(&format!("\n{rule}: {file}\n"));
            for edit in edits {
                text.push_str(&format!("  {}\n", edit.text()));
            }
        }
        std::fs::write(page(), text).unwrap();
    }
    for (rule, ..) in &cases {
        assert!(names().contains(rule), "there is no rule {rule}");
    }
    assert!(missing.is_empty(), "no edit breaks these:\n{:#?}", missing);
}

/// The bytes of one element, component or repetition of a segment.
fn part(segment: &str, error: &ElementError) -> String {
    let value = segment.split('*').nth(usize::from(error.element)).unwrap_or("");
    let value = match error.repetition {
        0 => value,
        repetition => value.split('^').nth(usize::from(repetition) - 1).unwrap_or(""),
    };
    match error.component {
        0 => value.to_owned(),
        component => value.split(':').nth(usize::from(component) - 1).unwrap_or("").to_owned(),
    }
}

/// What goes back to the sender points at what is there: IK404 is a copy of its element or nothing, and the segment that a
/// CTX names as the trigger is one of that id.
#[test]
fn acknowledgments_copy_one_element_and_name_the_trigger() {
    let fixtures = fixtures();
    let (mut copies, mut triggers) = (0, 0);
    for (rule, file, edits) in cases().1 {
        let text = edited(&fixtures[&file].segments, &edits).unwrap();
        for report in check(text.as_bytes()).reports {
            let set: Vec<&str> = text[report.offset as usize..].split('~').collect();
            for error in &report.errors {
                let at = |position: u32| set[position as usize - 1];
                let of_elements = error.elements.iter().filter_map(|e| e.trigger.as_ref());
                for trigger in error.trigger.iter().chain(of_elements) {
                    let tag = at(trigger.position).split('*').next().unwrap();
                    assert_eq!(tag, trigger.tag.to_string(), "{rule}");
                    triggers += 1;
                }
                for element in error.elements.iter().filter(|e| e.bad_value.is_some()) {
                    let copy = element.bad_value.as_deref().unwrap();
                    assert!(part(at(error.position), element).starts_with(copy), "{rule}: {copy}");
                    copies += 1;
                }
            }
        }
    }
    assert!(copies > 50 && triggers > 50, "{copies} copies, {triggers} triggers");
}

/// Tries every small edit of the fixture until the rules of its guides have one.
fn seek(fixture: &Fixture, missing: &mut BTreeSet<Name>, cases: &mut Vec<Case>) {
    let mut guides: Vec<&Arc<Guide>> = fixture.guides.iter().collect();
    guides.dedup_by(|a, b| Arc::ptr_eq(a, b));
    for guide in guides {
        for rule in &guide.rules {
            let name = name(guide, rule);
            if !missing.contains(&name) {
                continue;
            }
            let single = singles(fixture, guide, rule);
            let mut found = None;
            for edit in &single {
                let text = edited(&fixture.segments, std::slice::from_ref(edit)).unwrap();
                if broken(&text).contains(&name) {
                    found = Some(vec![edit.clone()]);
                    break;
                }
            }
            if found.is_none() && single.len() < 120 {
                'pairs: for (at, first) in single.iter().enumerate() {
                    for second in &single[at + 1..] {
                        let edits = vec![first.clone(), second.clone()];
                        let Some(text) = edited(&fixture.segments, &edits) else { continue };
                        if broken(&text).contains(&name) {
                            found = Some(edits);
                            break 'pairs;
                        }
                    }
                }
            }
            if let Some(edits) = found {
                missing.remove(&name);
                cases.push((name, fixture.name.clone(), edits));
            }
        }
    }
}

/// The edits of one segment that may matter to a rule: segments it speaks of are taken away, and the elements it speaks
/// of emptied, or given one of the codes it compares them with.
fn singles(fixture: &Fixture, guide: &Guide, rule: &Rule) -> Vec<Edit> {
    let mut references = Vec::new();
    gather(&rule.when, &mut references);
    match &rule.then {
        Consequence::Require(of) | Consequence::Forbid(of) | Consequence::AnyOf(of) => {
            references.extend(of.iter().map(|of| (*of, None)));
        }
        Consequence::Within(of, list) => references.push((*of, Some(*list))),
        Consequence::Balance(left, _, right) => {
            let of = left.iter().chain(right).flat_map(|term| &term.of);
            references.extend(of.map(|of| (*of, None)));
        }
        Consequence::Once => {}
    }
    if let Some(each) = &rule.each {
        references.extend(each.keys.iter().map(|of| (*of, None)));
    }
    let mut edits: Vec<Edit> = Vec::new();
    let mut add = |old: &String, new: Vec<String>| {
        let edit = Edit { old: old.clone(), new };
        let is_first = edit.new.first() != Some(old);
        if is_first && !edits.contains(&edit) {
            edits.push(edit);
        }
    };
    for segment in &fixture.segments {
        for (of, list) in &references {
            let used = &guide.segments[usize::from(of.segment)];
            if segment.split('*').next() != Some(&used.tag.to_string()) {
                continue;
            }
            if of.element == 0 {
                add(segment, vec![]);
                continue;
            }
            let with = |value: &str| {
                let mut elements: Vec<String> = segment.split('*').map(str::to_owned).collect();
                let at = usize::from(of.element);
                elements.resize(elements.len().max(at + 1), String::new());
                elements[at] = match usize::from(of.component) {
                    0 => value.to_owned(),
                    component => {
                        let mut parts: Vec<&str> = elements[at].split(':').collect();
                        parts.resize(parts.len().max(component), "");
                        parts[component - 1] = value;
                        parts.join(":").trim_end_matches(':').to_owned()
                    }
                };
                vec![elements.join("*").trim_end_matches('*').to_owned()]
            };
            let codes = list.iter().flat_map(|list| &guide.lists[usize::from(*list)].codes);
            let codes = codes.map(|code| String::from_utf8_lossy(code).into_owned());
            let first = |code: String| code.split("..").next().unwrap_or("").to_owned();
            let own = guide.elements[used.elements.start as usize..used.elements.end as usize]
                .get(usize::from(of.element) - 1)
                .and_then(|e| e.list.filter(|_| of.component == 0))
                .map(|list| &guide.lists[usize::from(list)].codes);
            let own = own.into_iter().flatten().take(40);
            let own = own.map(|code| String::from_utf8_lossy(code).into_owned());
            for value in codes.map(first).chain(own).chain(["9".into(), "99991".into()]) {
                add(segment, with(&value));
            }
            add(segment, with(""));
        }
    }
    edits
}

fn gather(condition: &Condition, into: &mut Vec<(x12gate::guide::Reference, Option<u16>)>) {
    match condition {
        Condition::Always => {}
        Condition::Is(is) => into.push((is.of, is.list)),
        Condition::Not(inner) => gather(inner, into),
        Condition::All(inner) | Condition::Any(inner) => inner.iter().for_each(|c| gather(c, into)),
    }
}
