//! Bytes in, bytes out: TCP and mapped files. No EDI logic beyond where an interchange begins and ends.

mod connection;
mod frames;
mod mapped;
pub mod tcp;

pub use mapped::Mapped;
