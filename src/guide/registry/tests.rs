//! Which guide a set is checked against.

use super::*;
use crate::wire::{Delimiters, Tape};

fn found(registry: &Registry, set: &str, named: &str) -> Option<(Arc<Guide>, Option<Acceptance>)> {
    match registry.lookup(set.as_bytes(), named.as_bytes()) {
        Lookup::Guide { guide, edition } => Some((guide, edition)),
        Lookup::Absent(_) | Lookup::UnknownGuide | Lookup::UnknownSet => None,
    }
}

#[test]
fn built_in_guides_compile_under_their_ids() {
    let registry = Registry::embedded();
    for (name, text) in GUIDES {
        let guide = Guide::parse(text, Dictionary::embedded(), &CodeBook::default());
        let guide = guide.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(name.starts_with(&format!("{}/{}", guide.id, guide.set)), "{name}");
        let (shared, edition) = found(registry, &guide.set, &guide.id).expect("found by its ids");
        assert_eq!((&shared.set, edition), (&guide.set, None));
        let head = GuideText::head(text).expect("a first line");
        assert_eq!((head.id, head.set), (&*guide.id, &*guide.set));
    }
    assert!(
        editions(EDITIONS)
            .is_ok_and(|(editions, absent)| !editions.is_empty() && !absent.is_empty())
    );
}

#[test]
fn every_edition_in_the_wild_leads_to_the_adopted_guide() {
    let registry = Registry::embedded();
    for edition in &registry.editions {
        let of_adopted = registry.guides().filter(|(id, _)| **id == *edition.adopted);
        let sets: Vec<&str> = of_adopted.map(|(_, set)| set).collect();
        assert!(!sets.is_empty(), "{} is no guide", edition.adopted);
        for set in sets {
            let (guide, acceptance) = found(registry, set, &edition.named).expect("an edition");
            assert_eq!((&guide.id, acceptance), (&edition.adopted, Some(edition.acceptance)));
        }
        assert!(registry.guides().all(|(id, _)| *id != *edition.named), "{}", edition.named);
    }
    let families = [
        ("276", "005010X212", ["005010X212E1", "005010X212E2"].as_slice()),
        ("277", "005010X214", &["005010X214E1", "005010X214E2"]),
        ("277", "005010X213", &["005010X213E1", "005010X213E2"]),
        ("278", "005010X217", &["005010X217E1", "005010X217E2"]),
        ("278", "005010X215", &["005010X215E1", "005010X215E2"]),
        ("278", "005010X216", &["005010X216E1", "005010X216E2"]),
        ("837", "005010X222A1", &["005010X222", "005010X222A2"]),
        ("837", "005010X223A2", &["005010X223", "005010X223A1", "005010X223A3"]),
        ("837", "005010X224A2", &["005010X224", "005010X224A1", "005010X224A3"]),
        ("835", "005010X221A1", &["005010X221"]),
        ("834", "005010X220A1", &["005010X220"]),
        ("999", "005010X231A1", &["005010X231"]),
        ("270", "005010X279A1", &["005010X279"]),
        ("824", "005010X186A1", &["005010X186"]),
        ("997", "005010X230", &["005010"]),
    ];
    for (set, adopted, editions) in families {
        assert_eq!(found(registry, set, adopted).expect("the guide").1, None);
        for named in editions {
            let (guide, acceptance) = found(registry, set, named).expect(named);
            assert!(*guide.id == *adopted && acceptance.is_some(), "{named}");
        }
    }
}

#[test]
fn guides_that_are_not_held_are_known_by_name() {
    let registry = Registry::embedded();
    for absent in &registry.absent {
        let (set, id) = (absent.set.as_bytes(), absent.id.as_bytes());
        assert!(Dictionary::embedded().set(set).is_some(), "{}", absent.set);
        assert!(matches!(registry.lookup(set, id), Lookup::Absent(Acceptance::Tolerated)));
    }
    assert!(matches!(registry.lookup(b"834", b"005010X306"), Lookup::UnknownGuide));
    assert!(registry.standard(b"820").is_some() && registry.standard(b"269").is_none());
}

#[test]
fn look_ups_tell_what_is_unknown() {
    let registry = Registry::new();
    let (guide, edition) = found(&registry, "271", "005010X279").expect("an older edition");
    assert_eq!((&*guide.id, edition), ("005010X279A1", Some(Acceptance::Tolerated)));
    assert!(matches!(registry.lookup(b"271", b"005010X212"), Lookup::UnknownGuide));
    assert!(matches!(registry.lookup(b"271", b""), Lookup::UnknownGuide));
    assert!(matches!(registry.lookup(b"999", b"005010X279A1"), Lookup::UnknownGuide));
    assert!(matches!(registry.lookup(b"850", b"004010"), Lookup::UnknownSet));
    assert!(registry.knows_functional(b"HS") && registry.knows_functional(b"FA"));
    assert!(!registry.knows_functional(b"PO") && !registry.knows_functional(b"FR"));
    assert_eq!(registry.functional(b"837"), Some("HC"));
}

/// The guide that a beginning such as `BHT*0007*13` identifies.
fn meant(id: &str, opening: &str) -> String {
    let registry = Registry::embedded();
    let guide = registry.guide(b"278", id.as_bytes()).expect("a guide");
    let mut tape = Tape::default();
    tape.fill(opening.as_bytes(), Delimiters::STANDARD);
    registry.sibling(guide, &tape.segment(opening.as_bytes(), 0)).title.to_string()
}

#[test]
fn requests_and_responses_of_one_guide_are_told_apart() {
    let x217 = |opening| meant("005010X217", opening);
    assert_eq!(x217("BHT*0007*13*A*20260105*0930~"), "services review request");
    assert_eq!(x217("BHT*0007*36*A*20260105*0930*RU~"), "services review request");
    assert_eq!(x217("BHT*0007*11*A*20260105*0930*18~"), "services review response");
    // An unknown purpose: the other codes decide, else it is taken for a request.
    assert_eq!(x217("BHT*0007*99*A*20260105*0930*19~"), "services review response");
    assert_eq!(x217("BHT*0007*99*A*20260105*0930~"), "services review request");
    assert_eq!(x217("BHT~"), "services review request");
    assert_eq!(x217("HL*1**20*1~"), "services review request");
    assert_eq!(meant("005010X215", "BHT*0007*28~"), "services review inquiry");
    assert_eq!(meant("005010X215", "BHT*0007*49~"), "services review inquiry response");
    assert_eq!(meant("005010X216", "BHT*0007*CN~"), "services notification");
}

#[test]
fn purposes_are_the_codes_of_the_second_segment() {
    for guide in Registry::embedded().all().filter(|guide| !guide.purposes.is_empty()) {
        let second = &guide.segments[1];
        let list = guide.elements[second.elements.start as usize + 1].list.expect("BHT02 is coded");
        let purposes: Vec<&[u8]> = guide.purposes.iter().map(|p| p.as_bytes()).collect();
        let mut codes: Vec<&[u8]> =
            guide.lists[usize::from(list)].codes.iter().map(|code| &**code).collect();
        codes.sort_unstable();
        let mut sorted = purposes.clone();
        sorted.sort_unstable();
        assert_eq!(sorted, codes, "{} {}", guide.id, guide.title);
    }
}

#[test]
fn an_overlay_names_the_direction_it_changes() {
    let mut registry = Registry::new();
    let text = "overlay o  on 005010X217  set 278  purpose 11  answers\n2000E/MSG  forbid\n";
    registry.add_text("o.overlay", text).expect("an overlay");
    let partner = registry.overlaid("o").expect("added");
    let of = |registry: &Registry, title: &str| {
        let guide = registry.all().find(|guide| &*guide.title == title).cloned();
        guide.expect("found").overlay.to_string()
    };
    assert_eq!(of(&partner, "services review response"), "o");
    assert_eq!(of(&partner, "services review request"), "");
}

#[test]
fn added_guides_take_the_place_of_their_like() {
    let mut registry = Registry::new();
    let text = GUIDES[1].1.replace("BHT R 1", "BHT S 1");
    registry.add_text("own.guide", &text).expect("a guide");
    let (guide, _) = found(&registry, "271", "005010X279A1").expect("found");
    assert_eq!(guide.segments[1].usage, crate::guide::Usage::Situational);
    assert_eq!(registry.guides().count(), GUIDES.len());

    let error =
        registry.add_text("bad.guide", "guide X set 271 functional HB\n  ST Q 1\n").expect_err("Q");
    assert_eq!(error.to_string(), "bad.guide:2:6: expected a usage, R or S, found x");
    let error = registry.add_text("odd.txt", "# what\nnothing\n").expect_err("nothing");
    assert_eq!(
        error.to_string(),
        "odd.txt:2: expected guide, overlay, codes or edition, found xxxxxxx"
    );
    let edition = "edition 005010X279E1  adopted 005010X279A1  note\n";
    registry.add_text("more.txt", edition).expect("editions");
    assert!(matches!(
        registry.lookup(b"270", b"005010X279E1"),
        Lookup::Guide { edition: Some(Acceptance::Noted), .. }
    ));
}

#[test]
fn added_code_tables_reach_the_guides() {
    let mut registry = Registry::new();
    let lists = |registry: &Registry| {
        let (guide, _) = found(registry, "270", "005010X279A1").expect("found");
        guide.lists.iter().any(|list| &*list.name == "states" && list.contains(b"MA"))
    };
    assert!(lists(&registry));
    registry
        .add_text("states.codes", "codes states external\n  source us\n  XX  Nowhere\n")
        .expect("codes");
    assert!(!lists(&registry));
}
