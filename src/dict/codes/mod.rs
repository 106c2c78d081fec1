//! Lists of codes: the built-in tables, the files that a user supplies, and what is known about lists that are not
//! loaded.
//!
//! A code is looked up by the day it was used on. Nothing here reads files: texts are arguments.

mod book;
mod csv;
mod form;
mod list;
mod listing;
mod load;
mod set;
mod table;

pub use book::{CodeBook, label};
pub use form::Form;
pub use list::CodeList;
pub(crate) use list::{first_bit, packed, slot_of};
pub use listing::{LISTINGS, Listing, Supply, list_of_qualifier, listing_of};
pub use load::{FILE_BYTES_MAX, Loader};
pub use set::{CODES_MAX, CodeSet, Entry, Origin, Period, Row, Standing};
pub use table::CodeTable;
pub(crate) use table::{complete, head, more, remark, row};
