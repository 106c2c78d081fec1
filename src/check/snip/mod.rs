//! What is checked of a set, by WEDI SNIP type.
//!
//! | type | what | file |
//! |---|---|---|
//! | 1 | the type, length and form of one value | `value` |
//! | 1, 2 | usage, repetitions, composites and syntax notes of the elements of a segment | `element` |
//! | 2 | hierarchical levels | `level`; which segment stands where is the walker's, in `tree` |
//! | 3 | amounts and counts that must balance | `balancing`, by a key `keyed_sums` |
//! | 4 | situational rules of the guides | `situational`, by a key `keyed_sums` |
//! | 5 | codes of external lists, by the day they were used on | `element` and `code_dates` |
//! | all | what is not said because something else was said already | `suppressions` |
//!
//! Types 6 and 7 have no file: they are the same rules, marked so in a guide or an overlay.

pub(super) mod balancing;
pub(super) mod code_dates;
pub(super) mod element;
mod held;
mod keyed_sums;
pub(super) mod level;
pub(super) mod situational;
mod suppressions;
pub(super) mod value;
