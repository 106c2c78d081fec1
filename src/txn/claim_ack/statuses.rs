//! The claim status for each finding: the table `specs/005010X214/statuses.map`, read at first use.

use std::sync::LazyLock;

use crate::check::Fault;
use crate::guide::Guide;
use crate::segments::StatusCode;
use crate::wire::{Code, Tag};

const TABLE: &str = include_str!("../../../specs/005010X214/statuses.map");

/// The category of findings for which the table has none.
const INVALID: &str = "A7";

/// STC01: category, status and entity.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Status {
    /// Category of claim status, list 507.
    pub category: Box<str>,
    /// Claim status, list 508.
    pub code: Box<str>,
    /// The entity it is about; empty where there is none in particular.
    pub entity: Box<str>,
}

impl Status {
    /// A status; `entity` is empty where there is none in particular.
    pub fn new(category: &str, code: &str, entity: &str) -> Status {
        Status { category: category.into(), code: code.into(), entity: entity.into() }
    }

    /// Reads `A7:21` or `A7:562:85`.
    pub fn parse(text: &str) -> Option<Status> {
        let mut parts = text.split(':');
        let (category, code) = (parts.next()?, parts.next()?);
        let entity = parts.next().unwrap_or("");
        let is_plain = |part: &str, most: usize| {
            part.len() <= most && part.bytes().all(|b| b.is_ascii_alphanumeric())
        };
        let fits = (2..=3).contains(&category.len()) && is_plain(category, 3);
        let fits = fits && !code.is_empty() && is_plain(code, 4) && is_plain(entity, 3);
        (fits && parts.next().is_none()).then(|| Status::new(category, code, entity))
    }
}

impl From<&Status> for StatusCode {
    fn from(status: &Status) -> StatusCode {
        let [category, code, entity] =
            [&status.category, &status.code, &status.entity].map(|part| Code::from(&**part));
        StatusCode { category, code, entity }
    }
}

/// A table of statuses.
#[derive(Clone, Debug)]
pub struct Statuses {
    fallback: Status,
    /// Findings by number, with the category of each.
    categories: Vec<(u16, Box<str>)>,
    entities: Vec<EntityRow>,
    rows: Vec<StatusRow>,
}

#[derive(Clone, Debug)]
struct EntityRow {
    /// How the guide's id begins; empty for all.
    guide: Box<str>,
    loop_id: Box<str>,
    entity: Box<str>,
}

#[derive(Clone, Debug)]
struct StatusRow {
    finding: Option<u16>,
    place: Place,
    code: Box<str>,
    entity: Entity,
}

/// Empty and 0 mean any.
#[derive(Clone, Debug, Default)]
struct Place {
    loop_id: Box<str>,
    tag: Option<Tag>,
    qualifier: Box<str>,
    element: u8,
    component: u8,
}

#[derive(Clone, Debug)]
enum Entity {
    None,
    OfLoop,
    Fixed(Box<str>),
}

/// A line of a table that cannot be read.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct StatusMapError {
    /// From 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Statuses {
    /// The built-in table.
    pub fn embedded() -> &'static Statuses {
        static EMBEDDED: LazyLock<Statuses> = LazyLock::new(|| {
            let read = Statuses::parse(TABLE);
            debug_assert!(read.is_ok(), "the built-in table cannot be read: {read:?}");
            read.unwrap_or_else(|_| Statuses::empty())
        });
        &EMBEDDED
    }

    fn empty() -> Statuses {
        Statuses {
            fallback: Status::new(INVALID, "21", ""),
            categories: Vec::new(),
            entities: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// Reads a table; the built-in one describes the format.
    pub fn parse(text: &str) -> Result<Statuses, StatusMapError> {
        let mut table = Statuses::empty();
        for (line, text) in (1..).zip(text.lines()) {
            table.line(text).map_err(|why| StatusMapError { line, why })?;
        }
        Ok(table)
    }

    /// The same table with another status for errors that no line of it matches.
    #[must_use]
    pub fn with_fallback(mut self, fallback: Status) -> Statuses {
        self.fallback = fallback;
        self
    }

    fn line(&mut self, text: &str) -> Result<(), &'static str> {
        let text = text.split('#').next().unwrap_or("");
        let words: Vec<&str> = text.split_whitespace().collect();
        match words[..] {
            [] => {}
            ["fallback", status] => {
                self.fallback = Status::parse(status).ok_or("expected a status such as A7:21")?;
            }
            ["category", category, ref findings @ ..] => {
                for finding in findings {
                    let number = finding.parse().map_err(|_| "expected a finding number")?;
                    self.categories.push((number, category.into()));
                }
            }
            ["entity", loop_id, entity] => self.entity("", loop_id, entity),
            ["entity", guide, loop_id, entity] => self.entity(guide, loop_id, entity),
            ["status", ref rest @ ..] => {
                let (finding, rest) = match rest {
                    [number, rest @ ..] if number.len() == 4 && number.parse::<u16>().is_ok() => {
                        (number.parse().ok(), rest)
                    }
                    rest => (None, rest),
                };
                let (place, code, entity) = match rest {
                    [place, code] => (place, code, Entity::None),
                    [place, code, "entity"] => (place, code, Entity::OfLoop),
                    [place, code, fixed] => (place, code, Entity::Fixed((*fixed).into())),
                    _ => return Err("expected a place and a code"),
                };
                if code.is_empty() || !code.bytes().all(|b| b.is_ascii_digit()) {
                    return Err("expected a number as the claim status");
                }
                let place =
                    Place::parse(place).ok_or("expected a place such as 2300/DTP[434]03-1")?;
                self.rows.push(StatusRow { finding, place, code: (*code).into(), entity });
            }
            _ => return Err("expected fallback, category, entity or status"),
        }
        Ok(())
    }

    fn entity(&mut self, guide: &str, loop_id: &str, entity: &str) {
        let row = EntityRow { guide: guide.into(), loop_id: loop_id.into(), entity: entity.into() };
        self.entities.push(row);
    }

    /// The status of an error in a claim.
    pub fn of(&self, guide: &Guide, fault: &Fault) -> Status {
        let number = fault.finding.code as u16;
        let loop_id = fault
            .finding
            .at
            .loop_index
            .and_then(|index| guide.loops.get(usize::from(index)))
            .map_or("", |used| &used.id);
        let entity_of_loop = self
            .entities
            .iter()
            .find(|row| &*row.loop_id == loop_id && guide.id.starts_with(&*row.guide));
        let row = self.rows.iter().find(|row| {
            row.finding.is_none_or(|finding| finding == number)
                && row.place.holds(loop_id, fault)
                && (entity_of_loop.is_some() || !matches!(row.entity, Entity::OfLoop))
        });
        let Some(row) = row else { return self.fallback.clone() };
        let category = self.categories.iter().find(|(finding, _)| *finding == number);
        Status {
            category: category.map_or_else(|| INVALID.into(), |(_, category)| category.clone()),
            code: row.code.clone(),
            entity: match &row.entity {
                Entity::None => "".into(),
                Entity::OfLoop => entity_of_loop.map_or("".into(), |row| row.entity.clone()),
                Entity::Fixed(entity) => entity.clone(),
            },
        }
    }
}

impl Place {
    /// Reads `2300/DTP[434]03-1`, of which everything but the tag, or everything but the loop, may be left out.
    fn parse(text: &str) -> Option<Place> {
        let (loop_id, rest) = text.split_once('/').unwrap_or(("", text));
        let tag_end = rest.len().min(3);
        let tag_end = if rest.get(2..3).is_some_and(|c| c == "[") { 2 } else { tag_end };
        // For `HI01` and `N401` the dictionary decides what the tag is.
        let is_tag = |text: &str| crate::dict::Dictionary::embedded().segment(Tag::from(text));
        let tag_end = match rest.get(..tag_end) {
            Some(tag) if !tag.is_empty() && is_tag(tag).is_none() => 2,
            _ => tag_end,
        };
        let (tag, rest) = (rest.get(..tag_end)?, rest.get(tag_end..)?);
        let (qualifier, rest) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?,
            None => ("", rest),
        };
        let (element, component) = rest.split_once('-').unwrap_or((rest, ""));
        let number = |text: &str| match text {
            "" => Some(0),
            digits => digits.parse().ok(),
        };
        Some(Place {
            loop_id: loop_id.into(),
            tag: match tag {
                "" => None,
                tag => {
                    is_tag(tag)?;
                    Some(Tag::from(tag))
                }
            },
            qualifier: qualifier.into(),
            element: number(element)?,
            component: number(component)?,
        })
    }

    fn holds(&self, loop_id: &str, fault: &Fault) -> bool {
        let at = &fault.finding.at;
        (self.loop_id.is_empty() || &*self.loop_id == loop_id)
            && self.tag.is_none_or(|tag| tag == at.tag)
            && (self.qualifier.is_empty() || &*self.qualifier == fault.qualifier.as_str())
            && (self.element == 0 || self.element == at.element)
            && (self.component == 0 || self.component == at.component)
    }
}
