//! How fast a server answers: questions from a file, sent over TCP, and how long each answer took.
//!
//! - [`Questions`]: the sets of a file, each sent as often as wanted with control numbers of its own.
//! - [`real_time`]: questions at a steady rate, each at its own time however long the ones before take.
//! - [`batch`]: many sets in one interchange.
//! - [`Figures`]: what was answered, and the distribution of the times.

mod figures;
mod questions;
mod tcp;

pub use figures::Figures;
pub use questions::{NoQuestions, Questions};
pub use tcp::{Batch, RealTime, batch, real_time};
