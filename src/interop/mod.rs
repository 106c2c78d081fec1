//! Export of checked sets into the structs of other crates. Only with the feature `typed`, never in the default build.
//!
//! Not a second checker: what is exported has passed ours, and the result of the other crate is compared with its input.

mod x12_types;

pub use x12_types::{Refusal, TYPED_BYTES_MAX, TypedSet, typed, typed_sets};
