//! Guides known by name: editions that are checked against another edition, and guides that are not available here.

use nom::branch::alt;
use nom::combinator::value;
use nom::error::context;

use crate::dict::TextError;
use crate::dict::text::{keyword, lines, title, word};

/// The built-in names.
pub(super) const EDITIONS: &str = include_str!("../../specs/editions.txt");

/// How a message is treated that names something other than an adopted guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Acceptance {
    /// It is accepted; a note reports it.
    Noted,
    /// It is accepted; a warning reports it.
    Tolerated,
    /// It is an error.
    Refused,
}

/// An edition that is checked against the adopted one.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edition {
    /// The edition that a message names.
    pub named: Box<str>,
    /// The guide it is checked against.
    pub adopted: Box<str>,
    /// How a message that names it is treated.
    pub acceptance: Acceptance,
}

/// A guide that is known to exist and is not available here.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Absent {
    /// Its id, as GS08 and ST03 name it.
    pub id: Box<str>,
    /// The transaction set.
    pub set: Box<str>,
    /// How a message that names it is treated.
    pub acceptance: Acceptance,
    /// Its purpose, in our own words.
    pub title: Box<str>,
}

/// `edition 005010X279  adopted 005010X279A1  warning` or `absent 005010X306  set 820  warning  what it is for`, one a line.
pub(super) fn editions(text: &str) -> Result<(Vec<Edition>, Vec<Absent>), TextError> {
    let (mut editions, mut absent) = (Vec::new(), Vec::new());
    for line in lines(text).0 {
        let acceptance = context(
            "note, warning or error",
            alt((
                value(Acceptance::Noted, keyword("note")),
                value(Acceptance::Tolerated, keyword("warning")),
                value(Acceptance::Refused, keyword("error")),
            )),
        );
        if line.keyword() == "absent" {
            let (_, id, _, set, acceptance, words) = line.parse((
                keyword("absent"),
                word("a guide id"),
                keyword("set"),
                word("a transaction set"),
                acceptance,
                title,
            ))?;
            let (id, set, title) = (id.into(), set.into(), words.into());
            absent.push(Absent { id, set, acceptance, title });
            continue;
        }
        let (_, named, _, adopted, acceptance) = line.parse((
            keyword("edition"),
            word("an edition"),
            keyword("adopted"),
            word("a guide id"),
            acceptance,
        ))?;
        editions.push(Edition { named: named.into(), adopted: adopted.into(), acceptance });
    }
    Ok((editions, absent))
}
