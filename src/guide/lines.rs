//! The lines of a guide or overlay text while it is read.

use std::iter::Peekable;
use std::vec::IntoIter;

use super::ast::Place;
use crate::dict::text::Line;

/// Lines still to be read.
pub(super) type Lines<'a> = Peekable<IntoIter<Line<'a>>>;

pub(super) fn place<'a>(line: &Line<'a>) -> Place<'a> {
    Place { line: line.number, lead: line.lead }
}
