//! The segments that several transaction sets share, a file for each: its value, how it is read, how it is written, and the
//! tests of both.
//!
//! A value (`Name`, `Reference`, `Dated` ...) is read from a [`Segment`] and written to an [`Emitter`]. Reading takes what is
//! present and ignores the rest. Writing keeps to the lengths of the standard: text is made to fit (see [`text`]), and an
//! optional element that cannot be made to fit is left out, because a rejected answer is of no use. How often a segment may
//! repeat in a loop is decided by the set.
//!
//! For a writer whose text is known to fit, there is also the bare layout (`NameElements`,
//! `write_reference` ...): which element is where, and nothing else.
//!
//! Text that is absent is the empty string, a code that is absent is [`crate::wire::Code::NONE`]: X12 does not distinguish
//! the two either. Values with a grammar of their own also say when they were malformed ([`Sent`]), because that is
//! an answer (AAA 57, 58, 74), not an error.
//!
//! A segment of only one set (EQ, EB) is read and written with that set.
//!
//! [`Segment`]: crate::wire::Segment
//! [`Emitter`]: crate::wire::Emitter

mod address;
mod amount;
mod beginning;
mod contact;
mod date;
mod delivery;
mod demographics;
mod diagnosis;
mod insured;
mod level;
mod message;
mod name;
mod place;
mod procedure;
mod provider;
mod reference;
mod rejection;
mod sent;
mod service;
mod status;
pub mod text;
mod trace;

pub use address::{PostalAddress, write_address};
pub use amount::{Amount, write_amount};
pub use beginning::Header;
pub use contact::{Contact, write_contact};
pub use date::{Dated, When};
pub use delivery::Delivery;
pub use demographics::{Demographics, Gender};
pub use diagnosis::{Diagnosis, pointer_texts, read_diagnoses, read_pointers, write_diagnoses};
pub use insured::Insured;
pub use level::write_level;
pub use message::write_message;
pub use name::{Name, NameElements};
pub use place::Place;
pub use procedure::Procedure;
pub use provider::ProviderRole;
pub use reference::{Reference, find, write_reference};
pub use rejection::Rejection;
pub use sent::Sent;
pub use service::{ServiceElements, ServiceLine};
pub use status::{ClaimStatus, StatusCode};
pub use trace::{Trace, write_trace};

#[cfg(test)]
mod testing {
    //! What the tests of every segment need.

    use crate::wire::{Delimiters, EmitError, Emitter, Segment, Tape};

    /// Reads the one segment of a text without its terminator.
    pub(super) fn read<T>(text: &str, read: impl FnOnce(Segment<'_>) -> T) -> T {
        let text = format!("{text}~");
        let mut tape = Tape::default();
        tape.fill(text.as_bytes(), Delimiters::STANDARD);
        read(tape.segment(text.as_bytes(), 0))
    }

    /// The text that is written, in the standard separators.
    pub(super) fn written(write: impl FnOnce(&mut Emitter) -> Result<(), EmitError>) -> String {
        let mut out = Emitter::new(Delimiters::STANDARD);
        write(&mut out).unwrap();
        String::from_utf8(out.into_bytes()).unwrap()
    }
}
