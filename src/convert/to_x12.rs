//! JSON objects to X12.

use serde::Deserialize;

use super::base64;
use super::shape::{ElementIn, Encoding, SegmentIn, Separators, SingleIn};
use crate::wire::{Delimiters, Tag};

/// Longest JSON object that is read, in bytes; what [`super::ToJson`] writes is shorter.
pub const OBJECT_BYTES_MAX: usize = 128 << 20;

/// Why JSON could not be converted to X12. Contains no values.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("object {object}: {why}")]
pub struct JsonError {
    /// Which object, from 1.
    pub object: u64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// An object of any kind.
#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    fragment: bool,
    delimiters: Option<Separators>,
    layout: Option<String>,
    segment: Option<SegmentIn>,
    segments: Option<Vec<SegmentIn>>,
    bytes: Option<String>,
    #[serde(default)]
    encoding: Encoding,
}

/// Turns JSON objects into X12 as they arrive.
#[derive(Debug, Default)]
pub struct ToX12 {
    delimiters: Option<Delimiters>,
    layout: Vec<u8>,
    objects: u64,
}

impl ToX12 {
    /// Starts before the first object.
    pub fn new() -> Self {
        ToX12::default()
    }

    /// Takes the available input, appends its X12 to `out` and returns how many bytes are consumed; the rest
    /// has to be given again, with more after it. `end` says that there is no more.
    ///
    /// # Errors
    ///
    /// The first object that is not one of ours, or contains what X12 cannot carry.
    pub fn feed(
        &mut self,
        buffer: &[u8],
        end: bool,
        out: &mut Vec<u8>,
    ) -> Result<usize, JsonError> {
        let mut objects = serde_json::Deserializer::from_slice(buffer).into_iter::<Object>();
        loop {
            let done = objects.byte_offset();
            match objects.next() {
                None => return Ok(buffer.len()),
                Some(Ok(object)) => {
                    self.objects += 1;
                    self.object(&object, out)
                        .map_err(|why| JsonError { object: self.objects, why })?;
                }
                Some(Err(fault)) => {
                    let why = if !fault.is_eof() {
                        "not JSON as written by `convert --to json`"
                    } else if end {
                        "truncated"
                    } else if buffer.len() - done > OBJECT_BYTES_MAX {
                        "too long"
                    } else {
                        return Ok(done);
                    };
                    return Err(JsonError { object: self.objects + 1, why });
                }
            }
        }
    }

    fn object(&mut self, object: &Object, out: &mut Vec<u8>) -> Result<(), &'static str> {
        if let Some(separators) = object.delimiters {
            let delimiters = separators.delimiters().ok_or("a delimiter is not one byte")?;
            if object.fragment {
                self.delimiters = Some(delimiters);
                self.layout.clear();
                return Ok(());
            }
            let isa = object.segment.as_ref().ok_or("an interchange has no segment")?;
            self.delimiters = Some(delimiters);
            self.layout = object.layout.clone().unwrap_or_default().into_bytes();
            // What comes before an ISA is not part of its interchange's layout.
            let before = isa.before.as_deref().unwrap_or("");
            return write(isa, before.as_bytes(), delimiters, true, out);
        }
        if let Some(bytes) = &object.bytes {
            let fits = object.encoding.decode(bytes, out);
            return if fits { Ok(()) } else { Err("latin1 text has a character over 255") };
        }
        if object.segment.is_none() && object.segments.is_none() {
            return Err("it has none of segment, segments and bytes");
        }
        let delimiters = self.delimiters.ok_or("a segment comes before any interchange")?;
        for segment in object.segment.iter().chain(object.segments.iter().flatten()) {
            write(segment, &self.layout, delimiters, false, out)?;
        }
        Ok(())
    }
}

/// Writes a segment with what comes before and after it. The separators of an ISA are data in it.
fn write(
    segment: &SegmentIn,
    layout: &[u8],
    delimiters: Delimiters,
    is_isa: bool,
    out: &mut Vec<u8>,
) -> Result<(), &'static str> {
    let text = |text: &str, out: &mut Vec<u8>| match segment.encoding.decode(text, out) {
        true => Ok(()),
        false => Err("latin1 text has a character over 255"),
    };
    match &segment.before {
        Some(before) => text(before, out)?,
        None => out.extend_from_slice(layout),
    }
    let value = |value: &str, out: &mut Vec<u8>| {
        let start = out.len();
        text(value, out)?;
        if !is_isa && out[start..].iter().any(|byte| delimiters.contains(*byte)) {
            return Err("a value contains a separator in use");
        }
        Ok(())
    };
    let start = out.len();
    text(&segment.tag, out)?;
    let opens = |byte: &u8| *byte == delimiters.element || *byte == delimiters.terminator;
    if !is_isa && out[start..].iter().any(opens) {
        return Err("a tag contains a separator in use");
    }
    let single = |one: &SingleIn, out: &mut Vec<u8>| match one {
        SingleIn::Text(one) => value(one, out),
        SingleIn::Components(components) => {
            for (index, component) in components.iter().enumerate() {
                if index > 0 {
                    out.push(delimiters.component);
                }
                value(component, out)?;
            }
            Ok(())
        }
    };
    let last = segment.elements.len().saturating_sub(1);
    for (index, element) in segment.elements.iter().enumerate() {
        out.push(delimiters.element);
        match element {
            ElementIn::Binary { binary } => {
                // Anywhere else their bytes would be read as segments.
                if index != last || !Tag::new(segment.tag.as_bytes()).is_binary() {
                    return Err("binary data is not allowed here");
                }
                if !base64::decode(binary, out) {
                    return Err("binary data is not base64");
                }
            }
            ElementIn::Single(one) => single(one, out)?,
            ElementIn::Repeated { repetitions } => {
                for (index, one) in repetitions.iter().enumerate() {
                    if index > 0 {
                        out.push(delimiters.repetition.ok_or("there is no repetition separator")?);
                    }
                    single(one, out)?;
                }
            }
        }
    }
    if !segment.unterminated {
        out.push(delimiters.terminator);
    }
    Ok(())
}
