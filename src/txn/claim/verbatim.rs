//! A segment that is kept as it came, free of the separators it came in.

use crate::phi::redacted;
use crate::segments::text::text;
use crate::wire::{Delimiters, EmitError, Emitter, Segment, Tag};

/// Between components of a kept element.
const COMPONENT: char = '\u{1f}';

/// Between repetitions of a kept element.
const REPETITION: char = '\u{1d}';

/// A segment as it came.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Verbatim {
    /// Its id.
    pub(super) tag: Tag,
    /// Its elements, the separators inside them replaced by those above.
    pub(super) elements: Vec<String>,
}

redacted!(Verbatim { tag });

impl Verbatim {
    /// Keeps a segment.
    pub fn read(segment: Segment<'_>) -> Verbatim {
        let separators = segment.delimiters();
        let kept = |bytes: &[u8]| {
            let inner = |character: char| match u8::try_from(character) {
                Ok(byte) if byte == separators.component => COMPONENT,
                Ok(byte) if Some(byte) == separators.repetition => REPETITION,
                _ => character,
            };
            text(bytes).chars().map(inner).collect()
        };
        let elements = segment.elements().map(|element| kept(element.bytes)).collect();
        Verbatim { tag: segment.tag(), elements }
    }

    /// An empty segment of this id.
    pub fn new(tag: &str) -> Verbatim {
        Verbatim { tag: Tag::from(tag), elements: Vec::new() }
    }

    /// Its id.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    /// A component of an element, both from 1; empty where it is absent.
    pub fn part(&self, element: usize, component: usize) -> &str {
        let element = self.elements.get(element - 1).map_or("", String::as_str);
        element.split(COMPONENT).nth(component - 1).unwrap_or("")
    }

    /// Replaces an element by these components.
    pub(super) fn set(&mut self, element: usize, components: &[&str]) {
        if self.elements.len() < element {
            self.elements.resize(element, String::new());
        }
        let separator = COMPONENT.to_string();
        let joined = components.join(&separator);
        self.elements[element - 1] = joined.trim_end_matches(COMPONENT).to_owned();
    }

    /// Only these of its elements, freed of what these separators take for themselves.
    pub fn only(&self, elements: &[usize], delimiters: Delimiters) -> Verbatim {
        let kept = (1..).zip(&self.elements).map(|(position, element)| {
            let element = if elements.contains(&position) { element.as_str() } else { "" };
            let free = |c: char| {
                if u8::try_from(c).is_ok_and(|b| delimiters.contains(b)) { ' ' } else { c }
            };
            element.chars().map(free).collect()
        });
        Verbatim { tag: self.tag, elements: kept.collect() }
    }

    /// Writes the segment.
    ///
    /// # Errors
    /// Text that holds one of the separators in use.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let tag = self.tag.to_string();
        let segment = self.elements.iter().fold(out.segment(&tag), |segment, element| {
            if element.contains(REPETITION) {
                return segment.repeat(element.split(REPETITION));
            }
            match element.contains(COMPONENT) {
                true => segment.composite(&element.split(COMPONENT).collect::<Vec<_>>()),
                false => segment.text(element),
            }
        });
        segment.end()
    }
}
