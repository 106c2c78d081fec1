//! Which guide a transaction set is checked against: the built-in guides, those a user adds, the editions that
//! are checked against another edition, and the overlays of trading partners.
//!
//! Guides are compiled on first use and then shared. A look-up compares a handful of ids and allocates
//! nothing.

use std::sync::{Arc, OnceLock};

use super::ast::GuideText;
use super::editions::{Absent, Acceptance, EDITIONS, Edition, editions};
use super::overlay::Overlay;
use crate::dict::text::lines;
use crate::dict::{CodeBook, CodeSet, Dictionary, TextError};
use crate::guide::Guide;
use crate::phi::quoted;
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

/// The answer to "which guide is this set to be checked against?".
#[derive(Debug)]
#[non_exhaustive]
pub enum Lookup {
    /// This one.
    Guide {
        /// The guide.
        guide: Arc<Guide>,
        /// How the edition that was named instead is treated; none when the guide itself was named.
        edition: Option<Acceptance>,
    },
    /// There is such a guide, and it is not available here; how a message that names it is treated.
    Absent(Acceptance),
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

    /// The slot of an existing guide.
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

    /// The guide, compiled on first use.
    fn guide(&self, codes: &CodeBook) -> Option<&Arc<Guide>> {
        let compile = || {
            // The built-in texts are compiled by a test, added ones when they are added.
            Guide::parse(self.text.as_str(), Dictionary::embedded(), codes).ok().map(Arc::new)
        };
        self.compiled.get_or_init(compile).as_ref()
    }
}

/// All guides. Clones share the guides that are compiled.
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

    /// The guide for a set, by ST01 and ST03 (or GS08): itself, or the one that the edition named is checked
    /// against.
    pub fn lookup(&self, set: &[u8], named: &[u8]) -> Lookup {
        if let Some(guide) = self.guide(set, named) {
            return Lookup::Guide { guide: Arc::clone(guide), edition: None };
        }
        let edition = self.editions.iter().find(|edition| edition.named.as_bytes() == named);
        let adopted = edition
            .and_then(|edition| self.guide(set, edition.adopted.as_bytes()).zip(Some(edition)));
        match adopted {
            Some((guide, edition)) => {
                Lookup::Guide { guide: Arc::clone(guide), edition: Some(edition.acceptance) }
            }
            None => match self.absent(set, named) {
                Some(absent) => Lookup::Absent(absent.acceptance),
                None if Dictionary::embedded().set(set).is_some() => Lookup::UnknownGuide,
                None if self.slots.iter().any(|slot| slot.set.as_bytes() == set) => {
                    Lookup::UnknownGuide
                }
                None => Lookup::UnknownSet,
            },
        }
    }

    /// What is known of a guide that is not available here.
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

    /// The guide that the second segment of a message identifies, where several share set and id, as a request and its
    /// response do: the one with its BHT02 among its purposes; when there is none, the one whose codes match the segment
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

    /// The guides of a set, built-in ones first.
    pub fn guides_of<'r>(&'r self, set: &'r [u8]) -> impl Iterator<Item = &'r Arc<Guide>> {
        let slots = self.slots.iter().filter(move |slot| slot.set.as_bytes() == set);
        slots.filter_map(|slot| slot.guide(&self.codes))
    }

    /// Every guide, built-in ones first, each compiled.
    pub fn all(&self) -> impl Iterator<Item = &Arc<Guide>> {
        self.slots.iter().filter_map(|slot| slot.guide(&self.codes))
    }

    /// True when some guide, available here or known to exist, belongs in groups of this GS01.
    pub fn knows_functional(&self, functional: &[u8]) -> bool {
        let absent = self.absent.iter().map(|absent| &absent.set);
        self.slots.iter().map(|slot| &slot.set).chain(absent).any(|set| {
            self.functional(set.as_bytes()).is_some_and(|known| known.as_bytes() == functional)
        })
    }

    /// The functional group (GS01) of a transaction set.
    pub fn functional(&self, set: &[u8]) -> Option<&'static str> {
        Dictionary::embedded().set(set).map(|entry| entry.functional)
    }

    /// Ids and sets of the guides, built-in ones first.
    pub fn guides(&self) -> impl Iterator<Item = (&str, &str)> {
        self.slots.iter().map(|slot| (&*slot.id, &*slot.set))
    }

    /// Names of the overlays that were added, with guide id and set; a name may be used for several sets.
    pub fn overlays(&self) -> impl Iterator<Item = (&str, &str, &str)> {
        self.overlays.iter().map(|guide| (&*guide.overlay, &*guide.id, &*guide.set))
    }

    /// The same guides as they apply to a trading partner: those that the overlay of this name changes are
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

    /// Adds a guide, an overlay, code tables or editions, distinguished by their first word; `name` is for
    /// errors. A guide replaces the one with its id and set. Code tables come before the guides
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
                let message =
                    format!("expected guide, overlay, codes or edition, found {}", quoted(other));
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

    /// Adds lists of codes; each replaces the one with its name. Before the overlays, which use the lists loaded
    /// by then.
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

/// How many coded elements of the segment have a code that the second segment use of the guide allows.
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

#[cfg(test)]
mod tests;
