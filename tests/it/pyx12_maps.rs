//! pyx12 as a second witness, when `X12GATE_PEERS_PYTHON` names a Python that has it: its maps beside our guides.

use std::collections::{BTreeMap, BTreeSet};

use x12gate::guide::Registry;

use crate::differential::run;
use crate::guides::{Row, compare, differences, explained, facts_of_guide, facts_of_table};

/// The maps, and the guides they correspond to.
const MAPS: [(&str, &str, &str); 8] = [
    ("277", "277", "005010X212"),
    ("277CA", "277", "005010X214"),
    ("820", "820", "005010X218"),
    ("834", "834", "005010X220A1"),
    ("835", "835", "005010X221A1"),
    ("837I", "837", "005010X223A2"),
    ("837P", "837", "005010X222A1"),
    ("999", "999", "005010X231A1"),
];

#[test]
fn every_difference_from_the_maps_of_pyx12_is_explained() {
    let explained = explained(include_str!("../../specs/PYX12.md"));
    let Some(table) = run("pyx12_maps.py", &[]) else { return };
    let header =
        "path\tsegment\telement\tcomponent\tusage\trepeat\tnumber\tleast\tgreatest\tcodes\n";
    let mut tables: BTreeMap<&str, String> = BTreeMap::new();
    for line in table.lines().skip(1) {
        let (map, row) = line.split_once('\t').unwrap();
        let table = tables.entry(map).or_insert_with(|| header.to_owned());
        table.push_str(row);
        table.push('\n');
    }
    let mut found: BTreeSet<Row> = BTreeSet::new();
    for (map, set, id) in MAPS {
        let Some(guide) = Registry::embedded().guide(set.as_bytes(), id.as_bytes()) else {
            continue;
        };
        let theirs = facts_of_table(&tables[map], same_shape);
        differences(map, &facts_of_guide(guide), &theirs, &mut found);
    }
    compare(&found, &explained, "specs/PYX12.md");
}

/// pyx12 makes a loop of LS, the reporting categories and LE of the 834.
fn same_shape(path: &str, tag: &str) -> Option<String> {
    match (path, tag) {
        ("2000/LS_LOOP", "LOOP") => None,
        _ => Some(path.replace("/LS_LOOP", "")),
    }
}
