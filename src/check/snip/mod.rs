//! What is checked of a set, by WEDI SNIP type.
//!
//! | type | what | file |
//! |---|---|---|
//! | 1 | the type, length and form of one value | `value` |
//! | 1, 2 | usage, repetitions, composites and syntax notes of the elements of a segment | `element` |
//! | 2 | hierarchical levels | `level`; the place of each segment is found by the walker, in `tree` |
//! | 2 | adjustment groups (CAS) that begin again too early | `adjustments` |
//! | 3 | amounts and counts that must balance | `balancing`, by a key `keyed_sums` |
//! | 4 | situational rules of the guides | `situational`, by a key `keyed_sums` |
//! | 5 | codes of external lists, by the day they were used on | `element` and `code_dates` |
//! | all | what is not reported because it follows from another finding | `suppressions` |
//!
//! Types 6 and 7 have no file: they are rules of the same form, marked as such in a guide or an overlay.

pub(super) mod adjustments;
pub(super) mod balancing;
pub(super) mod code_dates;
pub(super) mod element;
mod held;
mod keyed_sums;
pub(super) mod level;
pub(super) mod situational;
mod suppressions;
pub(super) mod value;
