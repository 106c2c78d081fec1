//! What differs between two guides, or between a guide and what a companion guide makes of it: loops, segments, elements,
//! their usage, repeats and codes, and the rules. Our own names are not compared.

use std::collections::{BTreeSet, HashMap};

use super::{Condition, Consequence, ElementUse, Guide, Pattern, Reference};
use super::{Rule, RuleScope, Usage};
use crate::dict::{CodeList, DataType};

/// One difference.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// Where: `loop 2110C`, `2110C/EB`, `2110C/EB03`, `2110C/HI01-2`, `rule subscriber-amount`.
    pub place: String,
    /// Which of its properties: `used`, `usage`, `repeat`, `codes`, `element`, `lengths`, `form`, `severity`, `rule`.
    pub what: &'static str,
    /// The first guide's value; none where it has no such place, and of `codes` those that only it has.
    pub before: Option<String>,
    /// The second guide's value.
    pub after: Option<String>,
}

/// A property of a place.
#[derive(PartialEq, Eq)]
enum Fact {
    Text(String),
    Codes(BTreeSet<String>),
}

/// Places in order, and the properties of each.
#[derive(Default)]
struct Facts {
    places: Vec<(String, Vec<(&'static str, Fact)>)>,
    at: HashMap<String, usize>,
}

impl Facts {
    /// Adds a place; a shared loop, which is used in several, is listed once.
    fn add(&mut self, place: String, facts: Vec<(&'static str, Fact)>) {
        if !self.at.contains_key(&place) {
            self.at.insert(place.clone(), self.places.len());
            self.places.push((place, facts));
        }
    }

    fn of(&self, place: &str) -> Option<&[(&'static str, Fact)]> {
        self.at.get(place).map(|at| &*self.places[*at].1)
    }
}

/// Everything in which two guides differ, in the order of the first and then of the second.
pub fn differences(before: &Guide, after: &Guide) -> Vec<Difference> {
    let (old, new) = (facts(before), facts(after));
    let mut found = Vec::new();
    for (place, facts) in &old.places {
        match new.of(place) {
            None => found.push(whole(place, facts, true)),
            Some(others) => compare(place, facts, others, &mut found),
        }
    }
    let added = new.places.iter().filter(|(place, _)| old.of(place).is_none());
    found.extend(added.map(|(place, facts)| whole(place, facts, false)));
    // The contents of a loop or segment that only one guide has are not listed.
    let alone: Vec<String> = found
        .iter()
        .filter(|difference| difference.what == "used")
        .map(|difference| difference.place.trim_start_matches("loop ").to_owned())
        .collect();
    found.retain(|difference| {
        let around = |outer: &String| {
            let inner = difference.place.strip_prefix(outer.as_str());
            inner.is_some_and(|rest| {
                rest.starts_with(|c: char| "/-".contains(c) || c.is_ascii_digit())
            })
        };
        difference.what != "used" || !alone.iter().any(around)
    });
    found
}

/// A place that one of the two does not use: its usage in the other.
fn whole(place: &str, facts: &[(&'static str, Fact)], is_before: bool) -> Difference {
    let usage = facts.iter().find_map(|(what, fact)| match fact {
        Fact::Text(text) if *what == "usage" => Some(text.clone()),
        _ => None,
    });
    let used = Some(usage.unwrap_or_else(|| "used".to_owned()));
    let (before, after) = if is_before { (used, None) } else { (None, used) };
    Difference { place: place.to_owned(), what: "used", before, after }
}

fn compare(
    place: &str,
    before: &[(&'static str, Fact)],
    after: &[(&'static str, Fact)],
    found: &mut Vec<Difference>,
) {
    let text = |fact: &Fact| match fact {
        Fact::Text(text) => text.clone(),
        Fact::Codes(codes) => joined(codes.iter()),
    };
    for (what, fact) in before {
        let other = after.iter().find(|(name, _)| name == what).map(|(_, fact)| fact);
        let (before, after) = match (fact, other) {
            (fact, Some(other)) if fact == other => continue,
            (Fact::Codes(codes), Some(Fact::Codes(others))) => {
                (joined(codes.difference(others)), joined(others.difference(codes)))
            }
            (fact, other) => (text(fact), other.map(text).unwrap_or_default()),
        };
        let some = |text: String| (!text.is_empty()).then_some(text);
        let (before, after) = (some(before), some(after));
        found.push(Difference { place: place.to_owned(), what, before, after });
    }
    for (what, fact) in after.iter().filter(|(what, _)| before.iter().all(|(name, _)| name != what))
    {
        let after = Some(text(fact));
        found.push(Difference { place: place.to_owned(), what, before: None, after });
    }
}

fn joined<'c>(codes: impl Iterator<Item = &'c String>) -> String {
    codes.map(String::as_str).collect::<Vec<_>>().join(" ")
}

fn facts(guide: &Guide) -> Facts {
    let mut facts = Facts::default();
    for (index, used) in guide.loops.iter().enumerate().skip(1) {
        let said = vec![usage(used.usage), repeat(used.repeat_max)];
        facts.add(format!("loop {}", used.id), said);
        let first = &guide.segments[usize::from(used.segments.start)];
        debug_assert!(usize::from(first.in_loop) == index, "a loop begins with its own segment");
    }
    for (node, used) in guide.segments.iter().enumerate() {
        let place = segment_place(guide, node);
        facts.add(place.clone(), vec![usage(used.usage), repeat(used.repeat_max)]);
        let range = used.elements.start as usize..used.elements.end as usize;
        for element in guide.elements.get(range).unwrap_or_default() {
            element_facts(&mut facts, guide, &place, element);
        }
    }
    for rule in &guide.rules {
        facts.add(format!("rule {}", rule.id), rule_facts(guide, rule));
    }
    facts
}

fn usage(usage: Usage) -> (&'static str, Fact) {
    let letter = match usage {
        Usage::Required => "R",
        Usage::Situational => "S",
        Usage::NotUsed => "N",
    };
    ("usage", Fact::Text(letter.to_owned()))
}

fn repeat(most: u32) -> (&'static str, Fact) {
    ("repeat", Fact::Text(if most == u32::MAX { ">1".to_owned() } else { most.to_string() }))
}

/// `2100C/REF[1L]`: with the first code that distinguishes it from other uses of the segment in its loop.
fn segment_place(guide: &Guide, node: usize) -> String {
    let used = &guide.segments[node];
    let home = &guide.loops[usize::from(used.in_loop)].id;
    let twins = guide.segments.iter().filter(|s| s.in_loop == used.in_loop && s.tag == used.tag);
    let code = used.discriminator.filter(|_| twins.count() > 1).and_then(|by| {
        let code = guide.lists.get(usize::from(by.list))?.codes.first()?;
        Some(format!("[{}]", String::from_utf8_lossy(code)))
    });
    format!("{home}/{}{}", used.tag, code.unwrap_or_default())
}

fn element_facts(facts: &mut Facts, guide: &Guide, segment: &str, used: &ElementUse) {
    if used.usage == Usage::NotUsed {
        return;
    }
    let place = format!("{segment}{:02}", used.position);
    facts.add(place.clone(), element_said(guide, used));
    if used.kind == DataType::Composite {
        let range = used.components.start as usize..used.components.end as usize;
        let components = guide.elements.get(range).unwrap_or_default();
        for component in components.iter().filter(|one| one.usage != Usage::NotUsed) {
            facts.add(format!("{place}-{}", component.position), element_said(guide, component));
        }
    }
}

fn element_said(guide: &Guide, used: &ElementUse) -> Vec<(&'static str, Fact)> {
    let mut said = vec![usage(used.usage), repeat(u32::from(used.repeat_max))];
    said.push(("element", Fact::Text(used.data_element.to_string())));
    if used.kind != DataType::Composite {
        let lengths = format!("{}..{}", used.length_min, used.length_max);
        said.push(("lengths", Fact::Text(lengths)));
    }
    if let Some(list) = used.list.and_then(|list| guide.lists.get(usize::from(list))) {
        said.push(("codes", Fact::Codes(codes(list))));
    }
    if let Some(pattern) = used.pattern {
        let form = match pattern {
            Pattern::CodeBy(by, _) => format!("CodeBy({by})"),
            other => format!("{other:?}"),
        };
        said.push(("form", Fact::Text(form)));
    }
    said
}

/// The codes of a list; of a list outside the guide its name.
fn codes(list: &CodeList) -> BTreeSet<String> {
    if !list.name.is_empty() {
        return BTreeSet::from([format!("@{}", list.name)]);
    }
    list.codes.iter().map(|code| String::from_utf8_lossy(code).into_owned()).collect()
}

fn rule_facts(guide: &Guide, rule: &Rule) -> Vec<(&'static str, Fact)> {
    let severity = if rule.warning { "warning" } else { "error" };
    let at = match rule.scope {
        RuleScope::Loop(index) => guide.loops[usize::from(index)].id.to_string(),
        RuleScope::Segment(node) => segment_place(guide, usize::from(node)),
    };
    let named = |of: &Reference| {
        let mut place = segment_place(guide, usize::from(of.segment));
        if of.element > 0 {
            place.push_str(&format!("{:02}", of.element));
        }
        if of.component > 0 {
            place.push_str(&format!("-{}", of.component));
        }
        place
    };
    let looked_at: Vec<String> = rule
        .comparisons()
        .iter()
        .map(|(of, list)| match list.and_then(|list| guide.lists.get(usize::from(list))) {
            Some(list) => format!("{} = {}", named(of), joined(codes(list).iter())),
            None => named(of),
        })
        .collect();
    let asks = match &rule.then {
        Consequence::Require(_) => "require",
        Consequence::Forbid(_) => "forbid",
        Consequence::AnyOf(_) => "any",
        Consequence::Within(..) => "within",
        Consequence::Balance(..) => "balance",
        Consequence::Once => "once",
    };
    let words = format!("at {at} {}{asks} {}", shape(&rule.when), looked_at.join(", "));
    vec![
        ("severity", Fact::Text(format!("{severity} of SNIP type {}", rule.snip))),
        ("rule", Fact::Text(words)),
    ]
}

/// The structure of a condition, without its tests.
fn shape(condition: &Condition) -> String {
    let all = |inner: &[Condition]| inner.iter().map(shape).collect::<String>();
    match condition {
        Condition::Always => String::new(),
        Condition::Is(_) => "when ".to_owned(),
        Condition::Not(inner) => format!("not {}", shape(inner)),
        Condition::All(inner) => format!("all ({}) ", all(inner).trim_end()),
        Condition::Any(inner) => format!("any ({}) ", all(inner).trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guide::Registry;

    fn guide(set: &str, id: &str) -> std::sync::Arc<Guide> {
        Registry::embedded().guide(set.as_bytes(), id.as_bytes()).expect("a guide").clone()
    }

    #[test]
    fn a_guide_does_not_differ_from_itself() {
        for one in Registry::embedded().all() {
            assert_eq!(differences(one, one), [], "{} {}", one.set, one.id);
        }
    }

    #[test]
    fn an_overlay_is_what_it_changes() {
        let mut registry = Registry::new();
        let overlay = include_str!("../../specs/overlays/sample.overlay");
        registry.add_text("sample", overlay).expect("the sample");
        let name = registry.overlays().next().expect("one").0.to_owned();
        let (id, set) = registry
            .overlays()
            .next()
            .map(|(_, id, set)| (id.to_owned(), set.to_owned()))
            .expect("one");
        let partners = registry.overlaid(&name).expect("of the name");
        let changed = partners.guide(set.as_bytes(), id.as_bytes()).expect("the guide");
        let found = differences(&guide(&set, &id), changed);
        assert!(!found.is_empty());
        let whats: BTreeSet<&str> = found.iter().map(|difference| difference.what).collect();
        assert!(whats.contains("used") && whats.contains("codes"), "{found:?}");
    }

    #[test]
    fn loops_of_one_side_are_said_without_what_is_in_them() {
        let found = differences(&guide("837", "005010X222A1"), &guide("837", "005010X224A2"));
        let places: Vec<&str> = found.iter().map(|difference| &*difference.place).collect();
        let line = |place: &str| found.iter().find(|d| d.place == place);
        assert!(line("2400/SV1").is_some_and(|d| d.after.is_none()), "{places:?}");
        assert!(line("2400/SV3").is_some_and(|d| d.before.is_none()));
        assert!(line("2400/SV101").is_none());
        assert!(
            line("loop 2410").is_some() && !places.iter().any(|place| place.starts_with("2410/"))
        );
    }
}
