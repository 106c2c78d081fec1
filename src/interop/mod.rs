//! Export of checked sets into the structs of other crates. Only with the feature `typed`, never in the default build.
//!
//! Not a second checker: what goes out has passed ours, and what another crate makes of it is compared with what it was given.

mod x12_types;

pub use x12_types::{Refusal, TYPED_BYTES_MAX, TypedSet, typed, typed_sets};
