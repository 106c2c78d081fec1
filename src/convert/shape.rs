//! The form of a segment in JSON: written from views without a copy, read into owned texts.

use std::fmt;

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Serialize, Serializer};

use super::base64;
use crate::wire::{Delimiters, Element, Segment};

/// How bytes became characters.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Encoding {
    #[default]
    Utf8,
    /// One character for each byte.
    Latin1,
}

impl Encoding {
    /// UTF-8 where all of these bytes are, and separators cannot cut a character in two.
    pub(super) fn of(parts: &[&[u8]], delimiters: Delimiters) -> Encoding {
        let is_utf8 = || {
            let separators = [delimiters.element, delimiters.component, delimiters.terminator];
            separators.iter().chain(&delimiters.repetition).all(u8::is_ascii)
                && parts.iter().all(|part| std::str::from_utf8(part).is_ok())
        };
        if parts.iter().all(|part| part.is_ascii()) || is_utf8() {
            Encoding::Utf8
        } else {
            Encoding::Latin1
        }
    }

    /// Appends the bytes of a text; false when it has characters that are not bytes.
    pub(super) fn decode(self, text: &str, out: &mut Vec<u8>) -> bool {
        if self == Encoding::Utf8 {
            out.extend_from_slice(text.as_bytes());
            return true;
        }
        text.chars().all(|c| u8::try_from(c).map(|byte| out.push(byte)).is_ok())
    }
}

/// Bytes to be written as a JSON string.
#[derive(Clone, Copy)]
pub(super) struct Text<'a>(pub(super) &'a [u8], pub(super) Encoding);

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match (self.1, std::str::from_utf8(self.0)) {
            (Encoding::Utf8, Ok(text)) => to.serialize_str(text),
            _ => to.collect_str(&Latin1(self.0)),
        }
    }
}

/// Shows each byte as the character of that number.
struct Latin1<'a>(&'a [u8]);

impl fmt::Display for Latin1<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| fmt::Write::write_char(f, char::from(*byte)))
    }
}

/// The separators of an interchange, each as the character of its number.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Separators {
    element: char,
    component: char,
    repetition: Option<char>,
    terminator: char,
}

impl From<Delimiters> for Separators {
    fn from(found: Delimiters) -> Self {
        Separators {
            element: char::from(found.element),
            component: char::from(found.component),
            repetition: found.repetition.map(char::from),
            terminator: char::from(found.terminator),
        }
    }
}

impl Separators {
    /// As bytes, if they all are.
    pub(super) fn delimiters(self) -> Option<Delimiters> {
        let byte = |c: char| u8::try_from(c).ok();
        Some(Delimiters {
            element: byte(self.element)?,
            component: byte(self.component)?,
            repetition: match self.repetition {
                Some(c) => Some(byte(c)?),
                None => None,
            },
            terminator: byte(self.terminator)?,
        })
    }
}

/// The properties of a segment besides its elements.
#[derive(Clone, Copy)]
pub(super) struct Around<'a> {
    /// What comes before it, where that is not the layout.
    pub(super) before: Option<&'a [u8]>,
    /// The loop it is in, where a guide names it.
    pub(super) loop_id: Option<&'a str>,
    pub(super) terminated: bool,
}

/// A segment to be written as JSON.
pub(super) struct SegmentOut<'a> {
    pub(super) segment: Segment<'a>,
    pub(super) around: Around<'a>,
}

impl Serialize for SegmentOut<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let segment = self.segment;
        let before = self.around.before.unwrap_or(b"");
        let encoding = Encoding::of(&[segment.shown(), before], segment.delimiters());
        let elements = Elements(segment, encoding);
        write(to, segment.tag_bytes(), &elements, self.around, encoding)
    }
}

/// An ISA to be written as JSON. Its separators are data, so that only the element separator cuts it.
pub(super) struct IsaOut<'a> {
    pub(super) text: &'a [u8],
    pub(super) delimiters: Delimiters,
    pub(super) around: Around<'a>,
}

impl Serialize for IsaOut<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let before = self.around.before.unwrap_or(b"");
        let encoding = Encoding::of(&[self.text, before], self.delimiters);
        let mut parts = self.text.split(|byte| *byte == self.delimiters.element);
        let tag = parts.next().unwrap_or_default();
        let elements: Vec<Text<'_>> = parts.map(|part| Text(part, encoding)).collect();
        write(to, tag, &elements, self.around, encoding)
    }
}

fn write<S: Serializer>(
    to: S,
    tag: &[u8],
    elements: &impl Serialize,
    around: Around<'_>,
    encoding: Encoding,
) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(None)?;
    map.serialize_entry("tag", &Text(tag, encoding))?;
    if let Some(loop_id) = around.loop_id {
        map.serialize_entry("loop", loop_id)?;
    }
    map.serialize_entry("elements", elements)?;
    if let Some(before) = around.before {
        map.serialize_entry("before", &Text(before, encoding))?;
    }
    if !around.terminated {
        map.serialize_entry("unterminated", &true)?;
    }
    if encoding != Encoding::Utf8 {
        map.serialize_entry("encoding", &encoding)?;
    }
    map.end()
}

struct Elements<'a>(Segment<'a>, Encoding);

impl Serialize for Elements<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Elements(segment, encoding) = *self;
        let binary = segment.binary().map(|binary| binary.offset);
        let mut list = to.serialize_seq(None)?;
        for element in segment.elements() {
            if Some(element.offset) == binary {
                list.serialize_element(&BinaryOut { binary: base64::encode(element.bytes) })?;
            } else {
                list.serialize_element(&Whole(element, encoding, segment.delimiters()))?;
            }
        }
        list.end()
    }
}

/// Binary data to be written as JSON.
#[derive(Serialize)]
struct BinaryOut {
    binary: String,
}

/// An element with its repetitions.
struct Whole<'a>(Element<'a>, Encoding, Delimiters);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Whole(element, encoding, delimiters) = *self;
        if element.simple {
            return Text(element.bytes, encoding).serialize(to);
        }
        if !delimiters.repetition.is_some_and(|separator| element.bytes.contains(&separator)) {
            return Single(element, encoding).serialize(to);
        }
        struct Repetitions<'a>(Element<'a>, Encoding);
        impl Serialize for Repetitions<'_> {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_seq(self.0.repetitions().map(|one| Single(one, self.1)))
            }
        }
        let mut map = to.serialize_map(Some(1))?;
        map.serialize_entry("repetitions", &Repetitions(element, encoding))?;
        map.end()
    }
}

/// One repetition: a text, or its components.
struct Single<'a>(Element<'a>, Encoding);

impl Serialize for Single<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Single(element, encoding) = *self;
        if element.components().nth(1).is_none() {
            return Text(element.bytes, encoding).serialize(to);
        }
        let mut list = to.serialize_seq(None)?;
        for component in element.components() {
            list.serialize_element(&Text(component.bytes, encoding))?;
        }
        list.end()
    }
}

/// A segment read from JSON.
#[derive(Deserialize)]
pub(super) struct SegmentIn {
    pub(super) tag: String,
    #[serde(default)]
    pub(super) elements: Vec<ElementIn>,
    pub(super) before: Option<String>,
    #[serde(default)]
    pub(super) unterminated: bool,
    #[serde(default)]
    pub(super) encoding: Encoding,
}

/// An element read from JSON.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum ElementIn {
    Repeated {
        repetitions: Vec<SingleIn>,
    },
    /// Base64, which may hold any byte.
    Binary {
        binary: String,
    },
    Single(SingleIn),
}

/// A repetition read from JSON.
#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum SingleIn {
    Text(String),
    Components(Vec<String>),
}
