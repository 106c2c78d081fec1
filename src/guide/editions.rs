//! What is known of guides by name: editions that stand in for one another, and guides that are not held here.

use nom::branch::alt;
use nom::combinator::value;
use nom::error::context;

use crate::dict::TextError;
use crate::dict::text::{keyword, lines, title, word};

/// The built-in names.
pub(super) const EDITIONS: &str = include_str!("../../specs/editions.txt");

/// How a message is taken that names something other than an adopted guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Acceptance {
    /// It is taken as it is; a note says so.
    Noted,
    /// It is taken; a warning says so.
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
    /// The guide that judges it.
    pub adopted: Box<str>,
    /// How a message that names it is taken.
    pub acceptance: Acceptance,
}

/// A guide that is known to exist and is not held here.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Absent {
    /// Its id, as GS08 and ST03 name it.
    pub id: Box<str>,
    /// The transaction set.
    pub set: Box<str>,
    /// How a message that names it is taken.
    pub acceptance: Acceptance,
    /// What it is for, in our own words.
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
