//! Eligibility: the 270 inquiry and the 271 answer.

pub mod name;
