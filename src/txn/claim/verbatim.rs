//! A segment that is kept as it came, free of the separators it came in.

use std::borrow::Cow;

use crate::phi::redacted;
use crate::wire::{Delimiters, EmitError, Emitter, Segment, Tag};

/// Before each kept element.
const ELEMENT: char = '\u{1e}';

/// Between components of a kept element.
const COMPONENT: char = '\u{1f}';

/// Between repetitions of a kept element.
const REPETITION: char = '\u{1d}';

/// A segment as it came.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Verbatim {
    /// Its id.
    pub(super) tag: Tag,
    /// Its elements, the separators replaced by those above. One text: a claim has some thirty kept segments.
    elements: Box<str>,
}

redacted!(Verbatim { tag });

impl Verbatim {
    /// Keeps a segment.
    pub fn read(segment: Segment<'_>) -> Verbatim {
        let separators = segment.delimiters();
        let whole = segment.bytes();
        let after_tag = &whole[segment.tag_bytes().len().min(whole.len())..];
        let kept = |byte: &u8| match *byte {
            byte if byte == separators.element => ELEMENT as u8,
            byte if byte == separators.component => COMPONENT as u8,
            byte if Some(byte) == separators.repetition => REPETITION as u8,
            byte => byte,
        };
        let bytes: Vec<u8> = after_tag.iter().map(kept).collect();
        let elements = String::from_utf8(bytes)
            .unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned());
        Verbatim { tag: segment.tag(), elements: elements.into() }
    }

    /// An empty segment of this id.
    pub fn new(tag: &str) -> Verbatim {
        Verbatim { tag: Tag::from(tag), elements: Box::default() }
    }

    /// Its id.
    pub fn tag(&self) -> Tag {
        self.tag
    }

    fn elements(&self) -> impl Iterator<Item = &str> {
        self.elements.split(ELEMENT).skip(1)
    }

    /// A component of an element, both from 1; empty where it is absent.
    pub fn part(&self, element: usize, component: usize) -> &str {
        let element = self.elements.split(ELEMENT).nth(element).unwrap_or("");
        element.split(COMPONENT).nth(component - 1).unwrap_or("")
    }

    /// Replaces an element by these components.
    pub(super) fn set(&mut self, element: usize, components: &[&str]) {
        let mut elements: Vec<Cow<'_, str>> = self.elements().map(Cow::Borrowed).collect();
        if elements.len() < element {
            elements.resize(element, Cow::Borrowed(""));
        }
        let joined = components.join(COMPONENT.encode_utf8(&mut [0; 4]));
        elements[element - 1] = joined.trim_end_matches(COMPONENT).to_owned().into();
        self.elements = joined_elements(elements.iter().map(AsRef::as_ref));
    }

    /// Only these of its elements, freed of what these separators take for themselves.
    pub fn only(&self, elements: &[usize], delimiters: Delimiters) -> Verbatim {
        let kept = (1..).zip(self.elements()).map(|(position, element)| {
            let element = if elements.contains(&position) { element } else { "" };
            let free = |c: char| {
                if u8::try_from(c).is_ok_and(|b| delimiters.contains(b)) { ' ' } else { c }
            };
            element.chars().map(free).collect::<String>()
        });
        Verbatim { tag: self.tag, elements: joined_elements(kept) }
    }

    /// Writes the segment.
    ///
    /// # Errors
    /// Text that holds one of the separators in use.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        let tag = self.tag.to_string();
        let segment = self.elements().fold(out.segment(&tag), |segment, element| {
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

fn joined_elements<T: AsRef<str>>(elements: impl Iterator<Item = T>) -> Box<str> {
    let mut joined = String::new();
    for element in elements {
        joined.push(ELEMENT);
        joined.push_str(element.as_ref());
    }
    joined.into()
}
