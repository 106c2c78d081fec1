//! The dictionary in memory: sorted tables over the text, looked up by number, tag or set.

use std::sync::OnceLock;

use super::entries::{Composite, Element, Entries, SegmentEntry, SetEntry};
use super::parse;
use super::text::TextError;
use crate::wire::Tag;

/// The base standard.
#[derive(Debug, Default)]
pub struct Dictionary<'a> {
    pub(super) elements: Vec<Element<'a>>,
    pub(super) composites: Vec<Composite<'a>>,
    pub(super) segments: Vec<SegmentEntry<'a>>,
    pub(super) sets: Vec<SetEntry<'a>>,
}

/// The texts that are built in, with their names.
pub(super) const TEXTS: [(&str, &str); 4] = [
    ("005010/elements.dict", include_str!("../../specs/005010/elements.dict")),
    ("005010/composites.dict", include_str!("../../specs/005010/composites.dict")),
    ("005010/segments.dict", include_str!("../../specs/005010/segments.dict")),
    ("005010/sets.dict", include_str!("../../specs/005010/sets.dict")),
];

impl<'a> Dictionary<'a> {
    /// The 005010 standard that is built in, parsed on first use.
    pub fn embedded() -> &'static Dictionary<'static> {
        static EMBEDDED: OnceLock<Dictionary<'static>> = OnceLock::new();
        // A test parses the built-in texts; a broken one would leave the dictionary empty instead of ending the
        // process.
        EMBEDDED.get_or_init(|| Dictionary::parse(&TEXTS).unwrap_or_default())
    }

    /// Parses dictionary texts, each with its name for errors.
    pub fn parse(texts: &[(&str, &'a str)]) -> Result<Dictionary<'a>, TextError> {
        let mut dictionary = Dictionary::default();
        for (name, text) in texts {
            let Entries { elements, composites, segments, sets } =
                parse::read(text).map_err(|error| error.named(name))?;
            dictionary.elements.extend(elements);
            dictionary.composites.extend(composites);
            dictionary.segments.extend(segments);
            dictionary.sets.extend(sets);
        }
        dictionary.elements.sort_by_key(|e| e.number);
        dictionary.composites.sort_by_key(|c| c.number);
        dictionary.segments.sort_by_key(|s| s.tag);
        dictionary.sets.sort_by_key(|s| s.id);
        Ok(dictionary)
    }

    /// The data element with this number.
    pub fn element(&self, number: u16) -> Option<&Element<'a>> {
        let at = self.elements.binary_search_by_key(&number, |e| e.number).ok()?;
        Some(&self.elements[at])
    }

    /// The composite with this number (`C003` is 10003).
    pub fn composite(&self, number: u16) -> Option<&Composite<'a>> {
        let at = self.composites.binary_search_by_key(&number, |c| c.number).ok()?;
        Some(&self.composites[at])
    }

    /// The segment with this tag; `None` makes IK304 `1`.
    pub fn segment(&self, tag: Tag) -> Option<&SegmentEntry<'a>> {
        let at = self.segments.binary_search_by_key(&tag, |s| s.tag).ok()?;
        Some(&self.segments[at])
    }

    /// The transaction set with this id, as in ST01.
    pub fn set(&self, id: &[u8]) -> Option<&SetEntry<'a>> {
        let at = self.sets.binary_search_by(|s| s.id.as_bytes().cmp(id)).ok()?;
        Some(&self.sets[at])
    }

    /// Our short name of a data element or composite.
    pub fn element_name(&self, number: u16) -> Option<&'a str> {
        self.element(number).map(|e| e.name).or_else(|| self.composite(number).map(|c| c.name))
    }

    /// All data elements, by number.
    pub fn elements(&self) -> &[Element<'a>] {
        &self.elements
    }

    /// All composites, by number.
    pub fn composites(&self) -> &[Composite<'a>] {
        &self.composites
    }

    /// All segments.
    pub fn segments(&self) -> &[SegmentEntry<'a>] {
        &self.segments
    }

    /// All transaction sets, by id.
    pub fn sets(&self) -> &[SetEntry<'a>] {
        &self.sets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dict::{DataType, SyntaxKind};

    #[test]
    fn embedded_texts_parse() {
        let parsed = Dictionary::parse(&TEXTS);
        assert!(parsed.is_ok(), "{}", parsed.err().map(|e| e.to_string()).unwrap_or_default());
    }

    #[test]
    fn everything_named_is_known() {
        let dictionary = Dictionary::embedded();
        for composite in &dictionary.composites {
            for component in &composite.components {
                assert!(dictionary.element(component.element).is_some(), "{}", composite.name);
            }
        }
        for segment in &dictionary.segments {
            for part in &segment.parts {
                assert!(
                    dictionary.element_name(part.element).is_some(),
                    "{} {}",
                    segment.id,
                    part.element
                );
            }
            for note in &segment.notes {
                assert!(
                    note.positions.iter().all(|p| usize::from(*p) <= segment.parts.len()),
                    "{}",
                    segment.id
                );
            }
        }
        for set in &dictionary.sets {
            for tag in &set.tags {
                assert!(dictionary.segment(*tag).is_some(), "{} {tag}", set.id);
            }
        }
    }

    #[test]
    fn numbers_and_tags_are_unique() {
        let dictionary = Dictionary::embedded();
        assert!(dictionary.elements.windows(2).all(|w| w[0].number < w[1].number));
        assert!(dictionary.composites.windows(2).all(|w| w[0].number < w[1].number));
        assert!(dictionary.segments.windows(2).all(|w| w[0].tag < w[1].tag));
        assert!(dictionary.sets.windows(2).all(|w| w[0].id < w[1].id));
    }

    #[test]
    fn facts_are_found() {
        let dictionary = Dictionary::embedded();
        let eb = dictionary.segment(Tag::from("EB")).expect("EB is known");
        assert_eq!(eb.parts.len(), 14);
        assert_eq!((eb.parts[2].element, eb.parts[2].repeat_max), (1365, 99));
        assert_eq!(eb.parts[12].element, 10_003);
        assert_eq!(eb.notes.len(), 1);
        assert_eq!(
            (eb.notes[0].kind, &*eb.notes[0].positions),
            (SyntaxKind::Paired, &[9u8, 10][..])
        );
        let element = dictionary.element(67).expect("67 is known");
        assert_eq!((element.kind, element.length_min, element.length_max), (DataType::An, 2, 80));
        assert!(dictionary.segment(Tag::from("ZZZ")).is_none());
        assert_eq!(dictionary.set(b"271").map(|s| s.functional), Some("HB"));
        assert!(dictionary.set(b"27").is_none());
    }
}
