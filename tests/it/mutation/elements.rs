//! Defects of elements and components: emptied, of the wrong code, length or type, filled where nothing belongs, repeated.

use std::collections::{BTreeSet, HashSet};

use x12gate::dict::{DataType, SyntaxKind};
use x12gate::finding::{Code, Finding};
use x12gate::guide::{ElementUse, Guide, Pattern, Usage};

use super::sample::{self, Choice, components};
use super::seed::{Seed, tag, value, with_value};
use super::verdict::{Case, Want, nothing};

/// What has been broken already: each element of a use once, and once more in another seed.
pub(super) type Broken = HashSet<(u16, &'static str, u8, u8)>;

/// Every case of a seed that is not in `broken` yet.
pub(super) fn cases<'s>(seed: &'s Seed, broken: &mut Broken, out: &mut Vec<Case<'s>>) {
    for index in 1..seed.segments.len() - 1 {
        let mut add = Add { seed, index, broken, out };
        let used = seed.used(index);
        if used.tag.is_binary() {
            // Its length says where it ends; that is tested by itself.
            continue;
        }
        let uses = sample::elements(&seed.guide, used);
        for element in uses {
            one(&mut add, element);
        }
        notes(&mut add, uses);
        let count = uses.len() as u8;
        let more = with_value(&seed.segments[index], count + 1, 0, "X");
        let bare = tag(&seed.segments[index]).to_owned();
        add.case("bare", 1, 0, bare, &[Code::SegmentEmpty]);
        add.case("an element more", count + 1, 0, more, &[Code::ElementTooMany]);
    }
}

struct Add<'a, 's> {
    seed: &'s Seed,
    index: usize,
    broken: &'a mut Broken,
    out: &'a mut Vec<Case<'s>>,
}

impl Add<'_, '_> {
    fn text(&self) -> &str {
        &self.seed.segments[self.index]
    }

    fn case(
        &mut self,
        kind: &'static str,
        element: u8,
        component: u8,
        changed: String,
        codes: &[Code],
    ) {
        let (node, _) = self.seed.places[self.index];
        if changed == self.text() || !self.broken.insert((node, kind, element, component)) {
            return;
        }
        let position = self.index + 1;
        let name = tag(&changed).to_owned();
        let want = if changed.contains('*') {
            Want::element(codes, position, &name, element, component)
        } else {
            // Its only element was taken away; what it lacks first is named.
            let uses = sample::elements(&self.seed.guide, self.seed.used(self.index));
            let first = uses.iter().find(|e| e.usage == Usage::Required).map_or(1, |e| e.position);
            Want::element(&[Code::SegmentEmpty], position, &name, first, 0)
        };
        let mut segments = self.seed.segments.clone();
        segments[self.index] = changed;
        let follows: fn(&Seed, &Finding) -> bool = match kind {
            "none of" | "unpaired" => another_note,
            "strange code" => another_judge,
            _ => nothing,
        };
        self.out.push(Case {
            seed: self.seed,
            kind,
            at: format!("{} at {element:02}-{component}", self.text()),
            segments,
            want: vec![want],
            may_be_clean: false,
            follows,
        });
    }
}

/// A code may be off by its list and by a rule.
fn another_judge(_: &Seed, finding: &Finding) -> bool {
    [Code::CodeSet, Code::ElementGuideCode].contains(&finding.code)
}

/// What is taken away may be what two syntax notes ask for.
fn another_note(_: &Seed, finding: &Finding) -> bool {
    finding.code == Code::SyntaxConditional
}

fn one(add: &mut Add<'_, '_>, element: &ElementUse) {
    let position = element.position;
    let text = add.text().to_owned();
    let guide = std::sync::Arc::clone(&add.seed.guide);
    let old = value(&text, position, 0).to_owned();
    if element.usage == Usage::NotUsed {
        if old.is_empty() {
            let filled = sample::with_element(&guide, &text, element, Choice::First);
            let filled = if filled == text { with_value(&text, position, 0, "X") } else { filled };
            let is_parent = tag(&text) == "HL" && position == 2;
            let code = if is_parent { Code::LevelParentForbidden } else { Code::ElementNotUsed };
            add.case("not used", position, 0, filled, &[code]);
        }
        return;
    }
    if old.is_empty() {
        return;
    }
    let parts = components(&guide, element);
    if element.usage == Usage::Required {
        add.case("emptied", position, 0, with_value(&text, position, 0, ""), missing(element));
    }
    let most = usize::from(element.repeat_max);
    if most <= 20 {
        let first = old.split('^').next().unwrap_or("").to_owned();
        let many = vec![first; most + 1].join("^");
        let code = if element.repeat_max < element.standard_repeat_max {
            Code::ElementGuideRepetitions
        } else {
            Code::ElementRepetitions
        };
        add.case("repeated", position, 0, with_value(&text, position, 0, &many), &[code]);
    }
    if parts.is_empty() {
        let split = with_value(&text, position, 0, &format!("{old}:X"));
        add.case("split", position, 0, split, &[Code::ElementComponents]);
        simple(add, element, 0, &text);
        return;
    }
    let count = parts.len() as u8;
    let more = with_value(&text, position, count + 1, "X");
    add.case("a component more", position, 0, more, &[Code::ElementComponents]);
    for part in parts {
        let inner = part.position;
        let old = value(&text, position, inner).to_owned();
        if part.usage == Usage::NotUsed {
            if old.is_empty() {
                let made = sample::sample(&guide, part, &text, position, Choice::First);
                let filled = with_value(&text, position, inner, &made);
                add.case("not used", position, inner, filled, &[Code::ElementNotUsed]);
            }
            continue;
        }
        if old.is_empty() {
            continue;
        }
        let others = parts
            .iter()
            .any(|p| p.position != inner && !value(&text, position, p.position).is_empty());
        if part.usage == Usage::Required && others {
            add.case(
                "emptied",
                position,
                inner,
                with_value(&text, position, inner, ""),
                missing(part),
            );
        }
        simple(add, part, position, &text);
    }
}

fn missing(element: &ElementUse) -> &'static [Code] {
    if element.mandatory { &[Code::ElementMandatoryMissing] } else { &[Code::ElementMissing] }
}

/// A simple value: of an element, or of a component of the composite at `composite`.
fn simple(add: &mut Add<'_, '_>, element: &ElementUse, composite: u8, text: &str) {
    let guide = std::sync::Arc::clone(&add.seed.guide);
    let (position, component) =
        if composite == 0 { (element.position, 0) } else { (composite, element.position) };
    let mut set = |kind, value: &str, codes: &[Code]| {
        // A wrong character is reported for the whole element.
        let place = if kind == "control character" { 0 } else { component };
        let changed = with_value(text, position, component, value);
        add.case(kind, position, place, changed, codes);
    };
    if let Some(strange) = sample::strange_code(&guide, element) {
        // All are IK403 7; a code may be judged by its list, by the form it should have, or by a rule.
        let codes = [Code::ElementCode, Code::ElementGuideCode, Code::CodeSet, Code::CodeForm];
        set("strange code", &strange, &codes);
    }
    let (least, most) = (usize::from(element.length_min), usize::from(element.length_max));
    if least > 1
        && let Some(short) = sample::of_length(element, least - 1)
    {
        set("too short", &short, &[Code::ElementTooShort]);
    }
    if let Some(long) = sample::of_length(element, most + 1) {
        set("too long", &long, &[Code::ElementTooLong]);
    }
    if let Some(wrong) = sample::mistyped(element) {
        let code = match element.kind {
            DataType::Dt => Code::ElementDate,
            DataType::Tm => Code::ElementTime,
            _ => Code::ElementNumber,
        };
        set("mistyped", wrong, &[code]);
    }
    if element.kind == DataType::Dt && least == 8 {
        set("date of six digits", "260105", &[Code::ElementDate]);
    }
    if sample::list(&guide, element).is_none() && matches!(element.kind, DataType::An) {
        let spoilt = "X\u{7}".repeat(least.div_ceil(2).max(1));
        if spoilt.len() <= most {
            set("control character", &spoilt, &[Code::ElementCharacter]);
        }
        if most >= least.max(1) {
            set("blank", &" ".repeat(least.max(1)), &[Code::ElementBlank]);
        }
    }
    let qualifier =
        |at: u8| if composite == 0 { value(text, at, 0) } else { value(text, composite, at) };
    match element.pattern {
        Some(Pattern::D8) => set("no date", "20261345", &[Code::ElementDateFormat]),
        Some(Pattern::DateBy(at)) if ["D8", "RD8", "DT", "TM"].contains(&qualifier(at)) => {
            set("no date", "99999999", &[Code::ElementDateFormat]);
        }
        Some(Pattern::NpiBy(at)) if qualifier(at) == "XX" => {
            set("no NPI", "1234567890", &[Code::ProviderIdentifier]);
        }
        Some(Pattern::CodeBy(at, _)) if ["HC", "ABK", "ABF"].contains(&qualifier(at)) => {
            set("form of a code", "Z0.1", &[Code::CodeForm]);
        }
        Some(Pattern::Street) => set("box", "PO BOX 1", &[Code::PostOfficeBox]),
        _ => {}
    }
}

/// Breaks each syntax note of the segment.
fn notes(add: &mut Add<'_, '_>, uses: &[ElementUse]) {
    let guide = std::sync::Arc::clone(&add.seed.guide);
    let used = add.seed.used(add.index);
    let text = add.text().to_owned();
    let is_there = |p: u8| !value(&text, p, 0).is_empty();
    let is_free =
        |p: u8| uses.get(usize::from(p) - 1).is_some_and(|u| u.usage == Usage::Situational);
    for note in &guide.notes[used.notes.start as usize..used.notes.end as usize] {
        let positions = &note.positions;
        let (first, rest) = (positions[0], &positions[1..]);
        let emptied = |all: &[u8]| all.iter().fold(text.clone(), |t, p| with_value(&t, *p, 0, ""));
        let lowest = |all: &[u8]| all.iter().copied().min().unwrap_or(0);
        match note.kind {
            SyntaxKind::Paired => {
                for p in positions.iter().filter(|p| is_there(**p) && is_free(**p)) {
                    if positions.iter().any(|o| o != p && is_there(*o)) {
                        add.case("unpaired", *p, 0, emptied(&[*p]), &[Code::SyntaxConditional]);
                    }
                }
            }
            SyntaxKind::Required if positions.iter().all(|p| is_free(*p) || !is_there(*p)) => {
                add.case("none of", first, 0, emptied(positions), &[Code::SyntaxConditional]);
            }
            SyntaxKind::Conditional if is_there(first) => {
                for p in rest.iter().filter(|p| is_there(**p) && is_free(**p)) {
                    add.case("condition", *p, 0, emptied(&[*p]), &[Code::SyntaxConditional]);
                }
            }
            SyntaxKind::ListConditional
                if is_there(first) && rest.iter().all(|p| is_free(*p) || !is_there(*p)) =>
            {
                add.case("condition", lowest(rest), 0, emptied(rest), &[Code::SyntaxConditional]);
            }
            SyntaxKind::Exclusion => {
                let there: Vec<u8> = positions.iter().copied().filter(|p| is_there(*p)).collect();
                let absent = positions.iter().copied().find(|p| !is_there(*p) && is_free(*p));
                if let ([there], Some(absent)) = (there.as_slice(), absent) {
                    let element = &uses[usize::from(absent) - 1];
                    let both = sample::with_element(&guide, &text, element, Choice::First);
                    let second = (*there).max(absent);
                    add.case("excluded", second, 0, both, &[Code::SyntaxExclusion]);
                }
            }
            _ => {}
        }
    }
}

/// What can be wrong with the values of each data element of a guide: its number and the kind of mistake.
pub(super) fn wanted(guide: &Guide) -> BTreeSet<(u16, &'static str)> {
    let mut all = BTreeSet::new();
    for used in &guide.segments {
        let composites = sample::elements(guide, used).iter();
        let simple = composites.flat_map(|e| match components(guide, e) {
            [] => std::slice::from_ref(e),
            parts => parts,
        });
        for element in simple.filter(|e| e.usage != Usage::NotUsed && !used.tag.is_binary()) {
            let mut want = |kind| all.insert((element.data_element, kind));
            if element.length_min > 1 && sample::of_length(element, 1).is_some() {
                want("too short");
            }
            if sample::of_length(element, 1).is_some() {
                want("too long");
            }
            if sample::mistyped(element).is_some() {
                want("mistyped");
            }
            if element.kind == DataType::Dt && element.length_min == 8 {
                want("date of six digits");
            }
            if element.kind == DataType::An && sample::list(guide, element).is_none() {
                want("control character");
            }
        }
    }
    all
}

/// The same of what was broken.
pub(super) fn reached(guide: &Guide, broken: &Broken) -> BTreeSet<(u16, &'static str)> {
    let number = |(node, kind, element, component): &(u16, &'static str, u8, u8)| {
        let used = &guide.segments[usize::from(*node)];
        let whole = sample::elements(guide, used).get(usize::from(*element) - 1)?;
        let parts = components(guide, whole);
        // A wrong character is reported for the whole element.
        let found: Vec<u16> = match component {
            0 if parts.is_empty() => vec![whole.data_element],
            0 => parts.iter().map(|part| part.data_element).collect(),
            at => vec![parts.get(usize::from(*at) - 1)?.data_element],
        };
        Some(found.into_iter().map(|number| (number, *kind)).collect::<Vec<_>>())
    };
    broken.iter().filter_map(number).flatten().collect()
}
