//! The base 005010 standard: data elements, composites, segments with their syntax notes, which segments each
//! transaction set may hold, and lists of codes with our own labels.
//!
//! Everything is text under `specs/005010` and `specs/codes`, parsed on first use. The dictionary is independent
//! of the implementation guides: a 999 has to distinguish errors against the standard from errors against a guide.

pub(crate) mod codes;
mod dictionary;
mod entries;
mod format;
mod npi;
mod parse;
mod procedures;
pub(crate) mod text;
mod types;

pub use codes::{
    CODES_MAX, CodeBook, CodeList, CodeSet, CodeTable, Entry, FILE_BYTES_MAX, Form, LISTINGS,
    Listing, Loader, Origin, Period, Row, Standing, Supply, label, list_of_qualifier, listing_of,
};
pub(crate) use codes::{first_bit, packed, slot_of};
pub use dictionary::Dictionary;
pub use entries::{Component, Composite, Element, SegmentEntry, SegmentPart, SetEntry};
pub use format::{format_codes, format_dictionary};
pub use npi::{is_npi, npi_check_digit};
pub use procedures::procedure_words;
pub use text::TextError;
pub use types::{DataType, SyntaxKind, SyntaxNote};

/// Added to the number of a composite to give its number among data elements: `C003` is 10003.
pub const COMPOSITE_BASE: u16 = 10_000;

/// Added to the number of an interchange element to give its number among data elements: `I18` is 20018.
pub const INTERCHANGE_BASE: u16 = 20_000;
