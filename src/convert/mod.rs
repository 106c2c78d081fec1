//! X12 as JSON and back, byte for byte; no I/O and no checking.
//!
//! [`ToJson`] writes one JSON object a line; [`ToX12`] reads the objects again, however they are laid out. Both are
//! given the input in chunks and keep no more than a piece of it, so that files of any size can be converted.
//!
//! | object | meaning |
//! |---|---|
//! | `{"interchange", "delimiters", "layout", "segment"}` | an ISA; `layout` is what comes before each following segment (a line break, say) |
//! | `{"fragment", "delimiters"}` | what follows has no ISA, and these separators are assumed |
//! | `{"segment"}` | a segment outside a set |
//! | `{"set", "control", "segments"}` | a set; `part` and `last` where it is too long for one object |
//! | `{"bytes"}` | what is not a segment: garbage, blanks at the end, a segment over the limit |
//!
//! A segment is `{"tag", "elements"}`; an element is a text, a list of components, `{"repetitions": [...]}`, or
//! `{"binary": "..."}`, the data of a BIN or BDS in base64. Where needed there are also `before` (the bytes before it, where they are not the layout),
//! `unterminated`, and `encoding`: texts are UTF-8 unless that is `latin1`, where each character is one byte. `loop`,
//! `set`, `control`, `assumed_guide` (where nothing names the guide), `interchange`, `part` and `last` are for readers and are ignored on the way back.

mod base64;
mod shape;
mod to_json;
mod to_x12;

pub use to_json::ToJson;
pub use to_x12::{JsonError, OBJECT_BYTES_MAX, ToX12};

#[cfg(test)]
mod tests;
