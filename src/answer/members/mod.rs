//! Which member a question is about: from a person as sent to a search, and from what was found to the one member who agrees.
//! The rules are the same for every transaction.

pub(super) mod fetch;
pub(super) mod identify;
pub(super) mod search;
mod tolerance;
