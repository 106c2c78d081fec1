//! The guides and the dictionary against an independent witness: tables that another open library gives of
//! the same guides. Every difference has a row in `specs/WITNESS.md` that says who is right and why;
//! without the tables (their directory in `X12GATE_WITNESS`) only the form of that page is checked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use x12gate::dict::{Composite, DataType, Dictionary};
use x12gate::guide::{ElementUse, Guide, Registry, Usage};
use x12gate::wire::Tag;

/// Guide, place, what ours says, what the witness says.
pub(crate) type Row = [String; 4];

/// Each place with its attributes.
pub(crate) type Facts = BTreeMap<String, BTreeMap<&'static str, String>>;

const GUIDES: [(&str, &str, &str); 10] = [
    ("270", "005010X279A1", "270-X279A1.tsv"),
    ("271", "005010X279A1", "271-X279A1.tsv"),
    ("276", "005010X212", "276-X212.tsv"),
    ("277", "005010X212", "277-X212.tsv"),
    ("277", "005010X214", "277CA-X214.tsv"),
    ("999", "005010X231A1", "999-X231A1.tsv"),
    ("837", "005010X222A1", "837P-X222A1.tsv"),
    ("837", "005010X223A2", "837I-X223A3.tsv"),
    ("835", "005010X221A1", "835-X221A1.tsv"),
    ("834", "005010X220A1", "834-X220A1.tsv"),
];

const SETS: [(&str, &str); 8] = [
    ("270", "standard-HS270.tsv"),
    ("276", "standard-HR276.tsv"),
    ("277", "standard-HN277.tsv"),
    ("278", "standard-HI278.tsv"),
    ("834", "standard-BE834.tsv"),
    ("835", "standard-HP835.tsv"),
    ("837", "standard-HC837.tsv"),
    ("999", "standard-FA999.tsv"),
];

#[test]
fn every_difference_from_the_witness_is_explained() {
    let explained = explained(include_str!("../../specs/WITNESS.md"));
    let Some(directory) = std::env::var_os("X12GATE_WITNESS") else { return };
    let read = |name: &str| std::fs::read_to_string(Path::new(&directory).join(name)).unwrap();

    let mut found: BTreeSet<Row> = BTreeSet::new();
    for (set, id, file) in GUIDES {
        let guide = Registry::embedded().guide(set.as_bytes(), id.as_bytes()).unwrap();
        // The guides of one set are distinguished by the file of the witness: 277 and 277CA, 837P and 837I.
        let name = file.split_once('-').map_or(set, |(name, _)| name);
        differences(
            name,
            &facts_of_guide(guide),
            &facts_of_table(&read(file), same_shape),
            &mut found,
        );
    }
    let (ours, witness) = dictionary_facts(&read("segments.tsv"));
    differences("dictionary", &ours, &witness, &mut found);
    for (set, file) in SETS {
        set_differences(set, &read(file), &mut found);
    }

    compare(&found, &explained, "specs/WITNESS.md");
}

/// Every difference has its row, and every row is a difference. The claim of the patient is the claim of the subscriber:
/// a difference in one is a difference in both.
pub(crate) fn compare(all: &BTreeSet<Row>, explained: &BTreeSet<Row>, page: &str) {
    let of_subscriber = |row: &Row| {
        let mut twin = row.clone();
        twin[1] = twin[1].replace("2000C/2300", "2000B/2300");
        twin
    };
    let mut found = all.clone();
    found.retain(|row| !row[1].starts_with("2000C/2300") || !all.contains(&of_subscriber(row)));

    let missing: Vec<String> = found.difference(explained).map(|row| row.join(" | ")).collect();
    let stale: Vec<String> = explained.difference(&found).map(|row| row.join(" | ")).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "differences not explained in {page}:\n| {} |\nrows there that are no difference:\n| {} |",
        missing.join(" |\n| "),
        stale.join(" |\n| ")
    );
}

/// The rows of a page, without their reasons; every row has one.
pub(crate) fn explained(page: &str) -> BTreeSet<Row> {
    let mut rows = BTreeSet::new();
    for line in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Guide |"))
    {
        let cells: Vec<String> =
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
        let [guide, place, ours, witness, reason] = cells.as_slice() else {
            panic!("expected five cells in: {line}");
        };
        assert!(!reason.is_empty(), "expected a reason in: {line}");
        // Places with one difference for one reason share a row.
        for place in place.split("; ") {
            let row = [guide, place, ours, witness].map(str::to_owned);
            assert!(rows.insert(row), "said twice: {line}");
        }
    }
    assert!(!rows.is_empty());
    rows
}

pub(crate) fn differences(guide: &str, ours: &Facts, witness: &Facts, found: &mut BTreeSet<Row>) {
    let mut add = |place: &str, ours: String, witness: String| {
        found.insert([guide.to_owned(), place.trim().to_owned(), ours, witness]);
    };
    for (place, facts) in ours {
        let Some(others) = witness.get(place) else {
            add(place, "used".into(), "not used".into());
            continue;
        };
        for (attribute, fact) in facts {
            let other = others.get(attribute).map_or("", String::as_str);
            if *attribute == "codes" {
                let (only_ours, only_theirs) = (without(fact, other), without(other, fact));
                if !(fact.is_empty()
                    || other.is_empty()
                    || only_ours.is_empty() && only_theirs.is_empty())
                {
                    add(place, also(&only_ours), also(&only_theirs));
                }
            } else if fact != other {
                let (fact, other) = (or_none(fact), or_none(other));
                add(place, format!("{attribute} {fact}"), format!("{attribute} {other}"));
            }
        }
    }
    for place in witness.keys().filter(|place| !ours.contains_key(*place)) {
        add(place, "not used".into(), "used".into());
    }
}

/// The codes of the first list that the second lacks.
fn without(codes: &str, others: &str) -> String {
    let others: BTreeSet<&str> = others.split(' ').collect();
    let left: BTreeSet<&str> = codes.split(' ').filter(|code| !others.contains(code)).collect();
    left.into_iter().collect::<Vec<_>>().join(" ")
}

fn or_none(fact: &str) -> &str {
    if fact.is_empty() { "none" } else { fact }
}

fn also(codes: &str) -> String {
    if codes.is_empty() { "no other codes".into() } else { format!("also {codes}") }
}

pub(crate) fn facts_of_guide(guide: &Guide) -> Facts {
    let mut facts = Facts::new();
    let mut paths: Vec<String> = Vec::new();
    for (index, used) in guide.loops.iter().enumerate() {
        // The witness has the levels side by side, and the loops of a level under it.
        let path = match used.parent {
            None => String::new(),
            Some(0) => used.id.to_string(),
            _ if used.level.is_some() => used.id.to_string(),
            Some(parent) => format!("{}/{}", paths[usize::from(parent)], used.id),
        };
        if index > 0 {
            let entry = facts.entry(format!("{path} loop")).or_default();
            entry.insert("usage", usage(used.usage));
            entry.insert("repeat", times(used.repeat_max));
        }
        paths.push(path);
    }
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    for (node, used) in (0u16..).zip(&guide.segments) {
        let place =
            numbered(&mut counts, format!("{} {}", paths[usize::from(used.in_loop)], used.tag));
        let entry = facts.entry(place.clone()).or_default();
        let is_trigger =
            used.in_loop > 0 && guide.loops[usize::from(used.in_loop)].segments.start == node;
        if !is_trigger {
            entry.insert("usage", usage(used.usage));
        }
        entry.insert("repeat", times(used.repeat_max));
        for element in &guide.elements[used.elements.start as usize..used.elements.end as usize] {
            add_element(guide, &place, element, &mut facts);
        }
    }
    facts
}

fn add_element(guide: &Guide, place: &str, element: &ElementUse, facts: &mut Facts) {
    if element.usage == Usage::NotUsed {
        return;
    }
    let place = match place.contains('.') {
        true => format!("{place}-{}", element.position),
        false => format!("{place}.{:02}", element.position),
    };
    let entry = facts.entry(place.clone()).or_default();
    entry.insert("usage", usage(element.usage));
    entry.insert("repeat", element.repeat_max.to_string());
    if element.kind == DataType::Composite {
        for inner in
            &guide.elements[element.components.start as usize..element.components.end as usize]
        {
            add_element(guide, &place, inner, facts);
        }
        return;
    }
    entry.insert("element", element.data_element.to_string());
    entry.insert("least", element.length_min.to_string());
    entry.insert("greatest", element.length_max.to_string());
    let list =
        element.list.map(|list| &guide.lists[usize::from(list)]).filter(|list| !list.external);
    let codes: Option<Vec<String>> = list
        .map(|list| list.codes.iter().map(|c| String::from_utf8_lossy(c).into_owned()).collect());
    entry.insert("codes", codes.unwrap_or_default().join(" "));
}

/// `same_shape` gives the place in our guide of a row of the table; `None` leaves the row out.
pub(crate) fn facts_of_table(
    table: &str,
    same_shape: impl Fn(&str, &str) -> Option<String>,
) -> Facts {
    let mut facts = Facts::new();
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut segment = String::new();
    let mut path_before = String::new();
    for line in table.lines().skip(1) {
        let cells: Vec<&str> = line.split('\t').collect();
        let [path, tag, element, component, usage, repeat, number, least, greatest, codes] =
            cells.as_slice()
        else {
            panic!("expected ten cells in: {line}");
        };
        let Some(path) = same_shape(path, tag) else { continue };
        if *tag == "LOOP" {
            let entry = facts.entry(format!("{path} loop")).or_default();
            entry.insert("usage", (*usage).to_owned());
            entry.insert("repeat", (*repeat).to_owned());
            path_before = String::new();
            continue;
        }
        if element.is_empty() {
            let is_trigger =
                path_before != path && !path.is_empty() && !matches!(*tag, "LS" | "LE" | "IK5");
            segment = numbered(&mut counts, format!("{path} {tag}"));
            path_before = path;
            let entry = facts.entry(segment.clone()).or_default();
            if !is_trigger {
                entry.insert("usage", (*usage).to_owned());
            }
            entry.insert("repeat", (*repeat).to_owned());
            continue;
        }
        let place = match *component {
            "" => format!("{segment}.{element}"),
            component => format!("{segment}.{element}-{component}"),
        };
        let entry = facts.entry(place).or_default();
        entry.insert("usage", (*usage).to_owned());
        entry.insert("repeat", (*repeat).to_owned());
        entry.insert("element", number.trim_start_matches('E').to_owned());
        entry.insert("least", (*least).to_owned());
        entry.insert("greatest", (*greatest).to_owned());
        entry.insert("codes", (*codes).to_owned());
    }
    facts
}

/// Where the witness nests differently from the guides: it makes a loop of LS and LE with the loop of the
/// entities or categories in it, and has the broker's account beside the broker. `None` for the row of a
/// loop that only it has.
fn same_shape(path: &str, tag: &str) -> Option<String> {
    for id in ["2120C", "2120D"] {
        if let Some(outer) = path.strip_suffix(id).and_then(|rest| rest.strip_suffix('/')) {
            return match outer.ends_with(id) {
                true => Some(outer.to_owned()),
                false if tag == "LOOP" => None,
                false => Some(outer.to_owned()),
            };
        }
    }
    match (path, tag) {
        ("1100C", _) => Some("1000C/1100C".to_owned()),
        ("2000/2700", "LOOP") => None,
        ("2000/2700", _) => Some("2000".to_owned()),
        _ => Some(path.replace("2700/2710", "2700")),
    }
}

/// Uses of one tag in one loop are distinguished by their number.
fn numbered(counts: &mut BTreeMap<String, u32>, place: String) -> String {
    let count = counts.entry(place.clone()).or_default();
    *count += 1;
    if *count == 1 { place } else { format!("{place} #{count}") }
}

fn usage(usage: Usage) -> String {
    match usage {
        Usage::Required => "R",
        Usage::Situational => "S",
        Usage::NotUsed => "N",
    }
    .to_owned()
}

fn times(repeat_max: u32) -> String {
    if repeat_max == u32::MAX { ">1".into() } else { repeat_max.to_string() }
}

/// The segments that the witness describes, as ours and as it has them.
fn dictionary_facts(table: &str) -> (Facts, Facts) {
    let dictionary = Dictionary::embedded();
    let (mut ours, mut witness) = (Facts::new(), Facts::new());
    let rows: Vec<Vec<&str>> =
        table.lines().skip(1).map(|line| line.split('\t').collect()).collect();
    for cells in &rows {
        let [tag, element, component, mandatory, repeat, number, kind, least, greatest, notes] =
            cells.as_slice()
        else {
            panic!("expected ten cells in: {cells:?}");
        };
        let entry = dictionary.segment(Tag::from(*tag));
        if element.is_empty() {
            // A segment without elements is only named.
            let described = rows.iter().any(|other| other[0] == *tag && !other[1].is_empty());
            if described {
                witness.entry((*tag).to_owned()).or_default().insert("notes", (*notes).to_owned());
                let notes = entry.map_or(String::new(), |entry| notes_text(&entry.notes));
                ours.entry((*tag).to_owned()).or_default().insert("notes", notes);
            }
            assert!(entry.is_some(), "the witness knows {tag}");
            continue;
        }
        let place = format!("{tag}{element}{}", component_suffix(component));
        let facts = witness.entry(place.clone()).or_default();
        facts.insert("mandatory", (*mandatory).to_owned());
        facts.insert("repeat", (*repeat).to_owned());
        facts.insert("element", number.trim_start_matches('E').to_owned());
        facts.insert("type", kind.replace("Nn", "N0"));
        facts.insert("least", (*least).to_owned());
        facts.insert("greatest", (*greatest).to_owned());
        let position: usize = element.parse().unwrap();
        let Some(part) = entry.and_then(|entry| entry.parts.get(position - 1)) else { continue };
        let (number, mandatory, repeat) = match component.parse::<usize>() {
            Err(_) => (part.element, part.mandatory, part.repeat_max),
            Ok(at) => {
                let inner = dictionary
                    .composite(part.element)
                    .and_then(|c: &Composite<'_>| c.components.get(at - 1));
                let Some(inner) = inner else { continue };
                (inner.element, inner.mandatory, 1)
            }
        };
        let facts = ours.entry(place).or_default();
        facts.insert("mandatory", if mandatory { "M" } else { "O" }.to_owned());
        facts.insert("repeat", repeat.to_string());
        match dictionary.element(number) {
            None => {
                facts.insert("element", format!("C{:03}", number - x12gate::dict::COMPOSITE_BASE));
            }
            Some(element) => {
                facts.insert("element", number.to_string());
                facts.insert(
                    "type",
                    format!("{:?}", element.kind).to_uppercase().replace(['(', ')'], ""),
                );
                facts.insert("least", element.length_min.to_string());
                facts.insert("greatest", element.length_max.to_string());
            }
        }
    }
    (ours, witness)
}

fn component_suffix(component: &str) -> String {
    if component.is_empty() { String::new() } else { format!("-{component}") }
}

fn notes_text(notes: &[x12gate::dict::SyntaxNote]) -> String {
    let text: Vec<String> = notes
        .iter()
        .map(|note| {
            let kind = match note.kind {
                x12gate::dict::SyntaxKind::Paired => 'P',
                x12gate::dict::SyntaxKind::Required => 'R',
                x12gate::dict::SyntaxKind::Exclusion => 'E',
                x12gate::dict::SyntaxKind::Conditional => 'C',
                x12gate::dict::SyntaxKind::ListConditional => 'L',
            };
            let positions: String = note.positions.iter().map(|at| format!("{at:02}")).collect();
            format!("{kind}{positions}")
        })
        .collect();
    text.join(" ")
}

fn set_differences(set: &str, table: &str, found: &mut BTreeSet<Row>) {
    let witness: BTreeSet<&str> = table
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').nth(1))
        .filter(|tag| *tag != "LOOP")
        .collect();
    let tags = &Dictionary::embedded().set(set.as_bytes()).unwrap().tags;
    let ours: BTreeSet<String> = tags.iter().map(Tag::to_string).collect();
    for tag in ours.iter().filter(|tag| !witness.contains(tag.as_str())) {
        found.insert([set.to_owned(), format!("standard {tag}"), "used".into(), "not used".into()]);
    }
    for tag in witness.iter().filter(|tag| !ours.contains(**tag)) {
        found.insert([set.to_owned(), format!("standard {tag}"), "not used".into(), "used".into()]);
    }
}

/// Codes are shown with their meaning: every code that a guide lists has a label, except those that need none.
#[test]
fn every_code_of_a_guide_has_a_label() {
    // Set ids, loop ids and the words of a context; numbers of diagnoses.
    const SAY_IT_THEMSELVES: [u16; 4] = [143, 447, 1328, 9999];
    let mut missing = BTreeSet::new();
    for guide in Registry::embedded().all() {
        for element in &guide.elements {
            let Some(list) = element.list.map(|list| &guide.lists[usize::from(list)]) else {
                continue;
            };
            // Of lists outside the guides only the common codes have labels.
            let is_kept_apart = list.external && list.set().is_some();
            if SAY_IT_THEMSELVES.contains(&element.data_element) || is_kept_apart {
                continue;
            }
            for code in &list.codes {
                if x12gate::dict::label(element.data_element, code).is_none() {
                    let code = String::from_utf8_lossy(code).into_owned();
                    missing.insert((
                        element.data_element,
                        code,
                        format!("{} {}", guide.id, guide.set),
                    ));
                }
            }
        }
    }
    assert!(missing.is_empty(), "codes without a label: {missing:#?}");
}
