//! Which guide judges a transaction set: the guides that are built in, those a user adds, the editions that
//! stand in for one another, and the overlays of trading partners.
//!
//! Guides are compiled on first use and then shared. A look-up compares a handful of ids and allocates
//! nothing.

use std::sync::{Arc, OnceLock};

use nom::branch::alt;
use nom::combinator::value;
use nom::error::context;

use super::ast::GuideText;
use super::overlay::Overlay;
use crate::dict::text::{keyword, lines, title, word};
use crate::dict::{CodeBook, CodeSet, Dictionary, TextError};
use crate::finding::Severity;
use crate::guide::Guide;
use crate::wire::Segment;

/// The guides that are built in: `id/set.guide` and text; where guides share set and id, `id/set-direction.guide`.
pub(super) const GUIDES: [(&str, &str); 22] = [
    ("005010X279A1/270.guide", include_str!("../../specs/005010X279A1/270.guide")),
    ("005010X279A1/271.guide", include_str!("../../specs/005010X279A1/271.guide")),
    ("005010X212/276.guide", include_str!("../../specs/005010X212/276.guide")),
    ("005010X212/277.guide", include_str!("../../specs/005010X212/277.guide")),
    ("005010X214/277.guide", include_str!("../../specs/005010X214/277.guide")),
    ("005010X217/278-request.guide", include_str!("../../specs/005010X217/278-request.guide")),
    ("005010X217/278-response.guide", include_str!("../../specs/005010X217/278-response.guide")),
    ("005010X215/278-inquiry.guide", include_str!("../../specs/005010X215/278-inquiry.guide")),
    ("005010X215/278-response.guide", include_str!("../../specs/005010X215/278-response.guide")),
    (
        "005010X216/278-notification.guide",
        include_str!("../../specs/005010X216/278-notification.guide"),
    ),
    (
        "005010X216/278-acknowledgment.guide",
        include_str!("../../specs/005010X216/278-acknowledgment.guide"),
    ),
    ("005010X213/277.guide", include_str!("../../specs/005010X213/277.guide")),
    ("005010X186A1/824.guide", include_str!("../../specs/005010X186A1/824.guide")),
    ("005010X231A1/999.guide", include_str!("../../specs/005010X231A1/999.guide")),
    ("005010X222A1/837.guide", include_str!("../../specs/005010X222A1/837.guide")),
    ("005010X223A2/837.guide", include_str!("../../specs/005010X223A2/837.guide")),
    ("005010X224A2/837.guide", include_str!("../../specs/005010X224A2/837.guide")),
    ("005010X221A1/835.guide", include_str!("../../specs/005010X221A1/835.guide")),
    ("005010X220A1/834.guide", include_str!("../../specs/005010X220A1/834.guide")),
    ("005010X230/997.guide", include_str!("../../specs/005010X230/997.guide")),
    ("005010X218/820.guide", include_str!("../../specs/005010X218/820.guide")),
    ("005010X210/275.guide", include_str!("../../specs/005010X210/275.guide")),
];

const EDITIONS: &str = include_str!("../../specs/editions.txt");

/// An edition that is checked against the adopted one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edition {
    /// The edition that a message names.
    pub named: Box<str>,
    /// The guide that judges it.
    pub adopted: Box<str>,
    /// How bad it is to name it.
    pub severity: Severity,
}

/// A guide that is known to exist and is not held here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absent {
    /// Its id, as GS08 and ST03 name it.
    pub id: Box<str>,
    /// The transaction set.
    pub set: Box<str>,
    /// How bad it is to send it.
    pub severity: Severity,
    /// What it is for, in our own words.
    pub title: Box<str>,
}

/// The answer to "which guide is this set to be checked against?".
#[derive(Debug)]
pub enum Lookup {
    /// This one; `edition` is the severity of naming it by another edition.
    Guide {
        /// The guide.
        guide: Arc<Guide>,
        /// How bad it is to name the edition that was named; none for the guide itself.
        edition: Option<Severity>,
    },
    /// There is such a guide, and it is not held here; the severity of sending it.
    Absent(Severity),
    /// The set is known, a guide of this name is not.
    UnknownGuide,
    /// No guide is known for the set.
    UnknownSet,
}

/// A guide and its text, compiled on first use.
#[derive(Debug)]
struct Slot {
    id: Box<str>,
    set: Box<str>,
    purposes: Box<[Box<str>]>,
    name: Box<str>,
    text: Text,
    compiled: OnceLock<Option<Arc<Guide>>>,
}

#[derive(Debug)]
enum Text {
    BuiltIn(&'static str),
    Added(Arc<str>),
}

impl Text {
    fn as_str(&self) -> &str {
        match self {
            Text::BuiltIn(text) => text,
            Text::Added(text) => text,
        }
    }
}

impl Slot {
    /// A text that is compiled when it is asked for; its first line says what it is.
    fn built_in(name: &'static str, text: &'static str) -> Option<Slot> {
        // A test parses the built-in texts.
        let head = GuideText::head(text).ok()?;
        Some(Slot {
            id: head.id.into(),
            set: head.set.into(),
            purposes: head.purposes.iter().map(|code| (*code).into()).collect(),
            name: name.into(),
            text: Text::BuiltIn(text),
            compiled: OnceLock::new(),
        })
    }

    /// The slot of a guide that is there.
    fn of(guide: Arc<Guide>, name: &str, text: &str) -> Slot {
        Slot {
            id: guide.id.clone(),
            set: guide.set.clone(),
            purposes: guide.purposes.clone(),
            name: name.into(),
            text: Text::Added(text.into()),
            compiled: OnceLock::from(Some(guide)),
        }
    }

    fn is(&self, set: &[u8], guide: &[u8]) -> bool {
        self.set.as_bytes() == set && self.id.as_bytes() == guide
    }

    /// True when this is the slot that the guide belongs in.
    fn holds(&self, guide: &Guide) -> bool {
        self.is(guide.set.as_bytes(), guide.id.as_bytes()) && self.purposes == guide.purposes
    }

    /// The guide, compiled when nobody has asked for it before.
    fn guide(&self, codes: &CodeBook) -> Option<&Arc<Guide>> {
        let compile = || {
            // The built-in texts are compiled by a test, added ones when they are added.
            Guide::parse(self.text.as_str(), Dictionary::embedded(), codes).ok().map(Arc::new)
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// Every guide there is. Clones share the guides that are compiled.
#[derive(Debug, Clone)]
pub struct Registry {
    slots: Vec<Arc<Slot>>,
    editions: Vec<Edition>,
    absent: Vec<Absent>,
    codes: Arc<CodeBook>,
    overlays: Vec<Arc<Guide>>,
}

impl Default for Registry {
    fn default() -> Self {
        Registry::new()
    }
}

impl Registry {
    /// The guides that are built in.
    pub fn new() -> Registry {
        let slot = |(name, text)| Slot::built_in(name, text).map(Arc::new);
        // A test parses the built-in editions.
        let (editions, absent) = editions(EDITIONS).unwrap_or_default();
        Registry {
            slots: GUIDES.into_iter().filter_map(slot).collect(),
            editions,
            absent,
            codes: Arc::default(),
            overlays: Vec::new(),
        }
    }

    /// The shared registry of the built-in guides.
    pub fn embedded() -> &'static Registry {
        static EMBEDDED: OnceLock<Registry> = OnceLock::new();
        EMBEDDED.get_or_init(Registry::new)
    }

    /// The guide for a set, by ST01 and ST03 (or GS08): itself, or the one that stands in for the edition
    /// named.
    pub fn lookup(&self, set: &[u8], named: &[u8]) -> Lookup {
        if let Some(guide) = self.guide(set, named) {
            return Lookup::Guide { guide: Arc::clone(guide), edition: None };
        }
        let edition = self.editions.iter().find(|edition| edition.named.as_bytes() == named);
        let adopted = edition
            .and_then(|edition| self.guide(set, edition.adopted.as_bytes()).zip(Some(edition)));
        match adopted {
            Some((guide, edition)) => {
                Lookup::Guide { guide: Arc::clone(guide), edition: Some(edition.severity) }
            }
            None => match self.absent(set, named) {
                Some(absent) => Lookup::Absent(absent.severity),
                None if Dictionary::embedded().set(set).is_some() => Lookup::UnknownGuide,
                None if self.slots.iter().any(|slot| slot.set.as_bytes() == set) => {
                    Lookup::UnknownGuide
                }
                None => Lookup::UnknownSet,
            },
        }
    }

    /// What is known of a guide that is not held here.
    pub fn absent(&self, set: &[u8], id: &[u8]) -> Option<&Absent> {
        let is = |known: &&Absent| known.set.as_bytes() == set && known.id.as_bytes() == id;
        self.absent.iter().find(is)
    }

    /// The segments of a set as the base standard has them, without their order: for sets without a guide.
    pub fn standard(&self, set: &[u8]) -> Option<&'static Arc<Guide>> {
        super::base::standard(set)
    }

    /// The guide with exactly this id for this set; the first one where several share both.
    pub fn guide(&self, set: &[u8], id: &[u8]) -> Option<&Arc<Guide>> {
        self.slots.iter().find(|slot| slot.is(set, id))?.guide(&self.codes)
    }

    /// The guide that a message means by its second segment, where several share set and id, as a request and its
    /// response do: the one with its BHT02 among its purposes; when there is none, the one whose codes the segment fits
    /// best.
    pub fn sibling<'r>(&'r self, guide: &'r Arc<Guide>, opening: &Segment<'_>) -> &'r Arc<Guide> {
        let shared = |slot: &&Arc<Slot>| slot.is(guide.set.as_bytes(), guide.id.as_bytes());
        let purpose = opening.value(2);
        let means = |slot: &&Arc<Slot>| slot.purposes.iter().any(|code| code.as_bytes() == purpose);
        let meant = self.slots.iter().filter(shared).find(means).and_then(|s| s.guide(&self.codes));
        let mut best = (guide, known_codes(guide, opening));
        let others = self.slots.iter().filter(|slot| meant.is_none() && shared(slot));
        for other in others.filter_map(|slot| slot.guide(&self.codes)) {
            let known = known_codes(other, opening);
            if known > best.1 {
                best = (other, known);
            }
        }
        meant.unwrap_or(best.0)
    }

    /// The guides that share the set and the id of this one, itself among them.
    pub fn siblings(&self, guide: &Guide) -> impl Iterator<Item = &Arc<Guide>> {
        let (set, id) = (guide.set.as_bytes(), guide.id.as_bytes());
        let slots = self.slots.iter().filter(move |slot| slot.is(set, id));
        slots.filter_map(|slot| slot.guide(&self.codes))
    }

    /// Every guide, built-in ones first, each compiled.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Guide>> {
        self.slots.iter().filter_map(|slot| slot.guide(&self.codes))
    }

    /// True when some guide, held here or known to exist, belongs in groups of this GS01.
    pub fn knows_functional(&self, functional: &[u8]) -> bool {
        let absent = self.absent.iter().map(|absent| &absent.set);
        self.slots.iter().map(|slot| &slot.set).chain(absent).any(|set| {
            self.functional(set.as_bytes()).is_some_and(|known| known.as_bytes() == functional)
        })
    }

    /// The functional group (GS01) in which a transaction set travels.
    pub fn functional(&self, set: &[u8]) -> Option<&'static str> {
        Dictionary::embedded().set(set).map(|entry| entry.functional)
    }

    /// Ids and sets of the guides, built-in ones first.
    pub fn guides(&self) -> impl Iterator<Item = (&str, &str)> {
        self.slots.iter().map(|slot| (&*slot.id, &*slot.set))
    }

    /// Names of the overlays that were added, with guide id and set; a name may stand for several sets.
    pub fn overlays(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.overlays.iter().map(|guide| (&*guide.overlay, &*guide.id, &*guide.set))
    }

    /// The same guides as a trading partner sees them: those that the overlay of this name changes are
    /// changed. `None` when no overlay of the name was added.
    pub fn overlaid(&self, overlay: &str) -> Option<Registry> {
        let mut changed =
            self.overlays.iter().filter(|guide| *guide.overlay == *overlay).peekable();
        changed.peek()?;
        let mut registry = self.clone();
        for guide in changed {
            let slot = registry.slots.iter_mut().find(|slot| slot.holds(guide))?;
            *slot = Arc::new(Slot::of(Arc::clone(guide), overlay, ""));
        }
        Some(registry)
    }

    /// Adds a guide, an overlay, code tables or editions, told apart by their first word; `name` is for
    /// errors. A guide takes the place of the one with its id and set. Code tables come before the guides
    /// that use them, guides before the overlays on them.
    pub fn add_text(&mut self, name: &str, text: &str) -> Result<(), TextError> {
        let (lines, _) = lines(text);
        let first = lines.first().map_or("", |line| line.keyword());
        match first {
            "guide" => self.add_guide(name, text),
            "overlay" => self.add_overlay(text),
            "codes" => self.add_codes(text),
            "edition" | "absent" => editions(text).map(|(added, absent)| {
                self.editions.retain(|old| !added.iter().any(|new| new.named == old.named));
                self.editions.extend(added);
                let is_same =
                    |old: &Absent, new: &Absent| (&old.id, &old.set) == (&new.id, &new.set);
                self.absent.retain(|old| !absent.iter().any(|new| is_same(old, new)));
                self.absent.extend(absent);
            }),
            other => {
                let message = format!("expected guide, overlay, codes or edition, found {other}");
                Err(TextError::at(lines.first().map_or(1, |line| line.number), message))
            }
        }
        .map_err(|error| error.named(name))
    }

    fn add_guide(&mut self, name: &str, text: &str) -> Result<(), TextError> {
        let guide = Guide::parse(text, Dictionary::embedded(), &self.codes)?;
        self.slots.retain(|old| !old.holds(&guide));
        self.slots.push(Arc::new(Slot::of(Arc::new(guide), name, text)));
        Ok(())
    }

    /// Adds lists of codes; each takes the place of the one with its name. Before the overlays, which have the lists of
    /// their time.
    pub fn add_lists(&mut self, lists: impl IntoIterator<Item = CodeSet>) {
        let mut codes = CodeBook::clone(&self.codes);
        lists.into_iter().for_each(|list| codes.add_set(list));
        self.renew(codes);
    }

    /// The lists of codes.
    pub fn codes(&self) -> &CodeBook {
        &self.codes
    }

    fn add_codes(&mut self, text: &str) -> Result<(), TextError> {
        let mut codes = CodeBook::clone(&self.codes);
        codes.add(text)?;
        self.renew(codes);
        Ok(())
    }

    fn renew(&mut self, codes: CodeBook) {
        self.codes = Arc::new(codes);
        // What was compiled was compiled with the old tables.
        for slot in &mut self.slots {
            let text = match &slot.text {
                Text::BuiltIn(text) => Text::BuiltIn(text),
                Text::Added(text) => Text::Added(Arc::clone(text)),
            };
            let (id, set, name) = (slot.id.clone(), slot.set.clone(), slot.name.clone());
            let purposes = slot.purposes.clone();
            *slot = Arc::new(Slot { id, set, purposes, name, text, compiled: OnceLock::new() });
        }
    }

    fn add_overlay(&mut self, text: &str) -> Result<(), TextError> {
        let overlay = Overlay::parse(text)?;
        let meant = |slot: &&Arc<Slot>| {
            let named = |code: &&str| slot.purposes.iter().any(|known| **known == **code);
            slot.is(overlay.set.as_bytes(), overlay.guide.as_bytes())
                && overlay.purposes.iter().all(named)
        };
        let Some(slot) = self.slots.iter().find(meant) else {
            let message = format!("there is no guide {} for set {}", overlay.guide, overlay.set);
            return Err(TextError::at(overlay.at.line, message));
        };
        let base = GuideText::parse(slot.text.as_str()).map_err(|error| error.named(&slot.name))?;
        let guide = overlay.compile(&base, Dictionary::embedded(), &self.codes)?;
        self.overlays.retain(|old| {
            (&old.overlay, &old.id, &old.set, &old.purposes)
                != (&guide.overlay, &guide.id, &guide.set, &guide.purposes)
        });
        self.overlays.push(Arc::new(guide));
        Ok(())
    }
}

/// How many coded elements of the segment hold a code that the second segment use of the guide knows.
fn known_codes(guide: &Guide, opening: &Segment<'_>) -> usize {
    let Some(used) = guide.segments.get(1).filter(|used| used.tag == opening.tag()) else {
        return 0;
    };
    let uses = &guide.elements[used.elements.start as usize..used.elements.end as usize];
    let known = |list: Option<u16>, value| {
        list.is_some_and(|list| guide.lists[usize::from(list)].contains(value))
    };
    opening.elements().zip(uses).filter(|(element, used)| known(used.list, element.bytes)).count()
}

/// `edition 005010X279  adopted 005010X279A1  warning` or `absent 005010X306  set 820  warning  what it is for`, one a line.
fn editions(text: &str) -> Result<(Vec<Edition>, Vec<Absent>), TextError> {
    let (mut editions, mut absent) = (Vec::new(), Vec::new());
    for line in lines(text).0 {
        let severity = context(
            "note, warning or error",
            alt((
                value(Severity::Note, keyword("note")),
                value(Severity::Warning, keyword("warning")),
                value(Severity::Error, keyword("error")),
            )),
        );
        if line.keyword() == "absent" {
            let (_, id, _, set, severity, words) = line.parse((
                keyword("absent"),
                word("a guide id"),
                keyword("set"),
                word("a transaction set"),
                severity,
                title,
            ))?;
            let (id, set, title) = (id.into(), set.into(), words.into());
            absent.push(Absent { id, set, severity, title });
            continue;
        }
        let (_, named, _, adopted, severity) = line.parse((
            keyword("edition"),
            word("an edition"),
            keyword("adopted"),
            word("a guide id"),
            severity,
        ))?;
        editions.push(Edition { named: named.into(), adopted: adopted.into(), severity });
    }
    Ok((editions, absent))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Delimiters, Tape};

    fn found(
        registry: &Registry,
        set: &str,
        named: &str,
    ) -> Option<(Arc<Guide>, Option<Severity>)> {
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
            let (shared, edition) =
                found(registry, &guide.set, &guide.id).expect("found by its ids");
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
                let (guide, severity) = found(registry, set, &edition.named).expect("an edition");
                assert_eq!((&guide.id, severity), (&edition.adopted, Some(edition.severity)));
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
                let (guide, severity) = found(registry, set, named).expect(named);
                assert!(*guide.id == *adopted && severity.is_some(), "{named}");
            }
        }
    }

    #[test]
    fn guides_that_are_not_held_are_known_by_name() {
        let registry = Registry::embedded();
        for absent in &registry.absent {
            let (set, id) = (absent.set.as_bytes(), absent.id.as_bytes());
            assert!(Dictionary::embedded().set(set).is_some(), "{}", absent.set);
            assert!(matches!(registry.lookup(set, id), Lookup::Absent(Severity::Warning)));
        }
        assert!(matches!(registry.lookup(b"834", b"005010X306"), Lookup::UnknownGuide));
        assert!(registry.standard(b"820").is_some() && registry.standard(b"269").is_none());
    }

    #[test]
    fn look_ups_tell_what_is_unknown() {
        let registry = Registry::new();
        let (guide, edition) = found(&registry, "271", "005010X279").expect("an older edition");
        assert_eq!((&*guide.id, edition), ("005010X279A1", Some(Severity::Warning)));
        assert!(matches!(registry.lookup(b"271", b"005010X212"), Lookup::UnknownGuide));
        assert!(matches!(registry.lookup(b"271", b""), Lookup::UnknownGuide));
        assert!(matches!(registry.lookup(b"999", b"005010X279A1"), Lookup::UnknownGuide));
        assert!(matches!(registry.lookup(b"850", b"004010"), Lookup::UnknownSet));
        assert!(registry.knows_functional(b"HS") && registry.knows_functional(b"FA"));
        assert!(!registry.knows_functional(b"PO") && !registry.knows_functional(b"FR"));
        assert_eq!(registry.functional(b"837"), Some("HC"));
    }

    /// The guide that a beginning such as `BHT*0007*13` means.
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
            let list =
                guide.elements[second.elements.start as usize + 1].list.expect("BHT02 is coded");
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

        let error = registry
            .add_text("bad.guide", "guide X set 271 functional HB\n  ST Q 1\n")
            .expect_err("Q");
        assert_eq!(error.to_string(), "bad.guide:2:6: expected a usage, R or S, found Q");
        let error = registry.add_text("odd.txt", "# what\nnothing\n").expect_err("nothing");
        assert_eq!(
            error.to_string(),
            "odd.txt:2: expected guide, overlay, codes or edition, found nothing"
        );
        let edition = "edition 005010X279E1  adopted 005010X279A1  note\n";
        registry.add_text("more.txt", edition).expect("editions");
        assert!(matches!(
            registry.lookup(b"270", b"005010X279E1"),
            Lookup::Guide { edition: Some(Severity::Note), .. }
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
}
