//! Member files as one line of text: how the database hands them over, and how the snapshot keeps them.
//!
//! Reading a thousand rows of forty columns through the driver costs more than finding them, so the database packs a
//! whole chunk of answers into one value, and this module takes it apart. Fields are parted by control characters, which
//! no field holds because the loaders refuse them. Column names and their order are in [`super::sqlite`]'s statements.

use rust_decimal::Decimal;
use time::Date;

use super::columns::{Letter, amount, date_from_column};
use super::{
    Accumulator, AccumulatorKind, Address, Coverage, Level, Member, MemberFile, OtherCoverage, Pcp,
    Relationship, Result, StoreError,
};
use crate::phi::redacted;

/// Between member files.
pub(crate) const FILE: char = '\u{1e}';
/// Between the sections of a member file.
pub(crate) const SECTION: char = '\u{1d}';
/// Between the items of a section that is a list.
pub(crate) const ITEM: char = '\u{1c}';
/// Between the fields of a person or an item.
pub(crate) const FIELD: char = '\u{1f}';

/// What does not read as a member file. A function, so that an error is made only where there is one.
fn corrupt() -> StoreError {
    StoreError::Corrupt { what: "member" }
}

/// The sections of one packed member file, still packed.
#[derive(Clone, Copy)]
pub(crate) struct Sections<'a> {
    /// The position of the key that found it, from 0.
    pub key: &'a str,
    /// The person.
    pub person: &'a str,
    /// The subscriber, when the person is not and the subscriber is on file.
    pub subscriber: &'a str,
    /// Coverage spans.
    pub coverage: &'a str,
    /// What has been used.
    pub accumulators: &'a str,
    /// Other carriers.
    pub other: &'a str,
}

redacted!(Sections<'_> {});

impl<'a> Sections<'a> {
    /// Cuts a packed member file into its sections.
    pub(super) fn cut(file: &'a str) -> Result<Self> {
        let mut sections = file.split(SECTION);
        let mut next = || sections.next().ok_or_else(corrupt);
        Ok(Self {
            key: next()?,
            person: next()?,
            subscriber: next()?,
            coverage: next()?,
            accumulators: next()?,
            other: next()?,
        })
    }

    /// The member file itself.
    pub(super) fn unpack(&self) -> Result<MemberFile> {
        let member = person(self.person)?;
        let subscriber = match self.subscriber {
            "" => None,
            _ if member.relationship == Relationship::Myself => None,
            packed => Some(Box::new(person(packed)?)),
        };
        let mut coverage = items(self.coverage).map(span).collect::<Result<Vec<_>>>()?;
        coverage.sort_by_key(|span| span.begin);
        let (mut accumulators, mut relatives) = (Vec::with_capacity(8), Vec::new());
        for item in items(self.accumulators) {
            let owner = item.split(FIELD).next().unwrap_or_default();
            let own = owner.is_empty() || *owner == *member.suffix;
            used(item, if own { &mut accumulators } else { &mut relatives })?;
        }
        let other = items(self.other).map(other_coverage).collect::<Result<Vec<_>>>()?;
        Ok(MemberFile { member, subscriber, coverage, accumulators, relatives, other })
    }
}

/// The subscriber number and the suffix of a packed person.
pub(crate) fn person_id(packed: &str) -> Result<(&str, &str)> {
    let mut fields = Fields::of(packed);
    fields.text()?;
    Ok((fields.text()?, fields.text()?))
}

/// A person.
pub(crate) fn person(packed: &str) -> Result<Member> {
    let mut fields = Fields::of(packed);
    Ok(Member {
        prefix: fields.text()?.into(),
        subscriber: fields.text()?.into(),
        suffix: fields.text()?.into(),
        own_id: fields.flag()?,
        relationship: fields.letter()?,
        last: fields.text()?.into(),
        first: fields.text()?.into(),
        middle: fields.maybe()?,
        generation: fields.maybe()?,
        birth: fields.date()?.ok_or_else(corrupt)?,
        death: fields.date()?,
        gender: fields.letter()?,
        birth_sequence: fields.number()?,
        address: address(&mut fields)?,
        ssn: fields.maybe()?,
        card: fields.maybe()?,
        medicare_id: fields.maybe()?,
    })
}

fn address(fields: &mut Fields<'_>) -> Result<Option<Address>> {
    let (line1, line2) = (fields.text()?, fields.maybe()?);
    let (city, state, zip) = (fields.text()?, fields.text()?, fields.text()?);
    let any = !(line1.is_empty() && city.is_empty() && state.is_empty() && zip.is_empty());
    Ok(any.then(|| Address {
        line1: line1.into(),
        line2,
        city: city.into(),
        state: state.into(),
        zip: zip.into(),
    }))
}

fn span(item: &str) -> Result<Coverage> {
    let mut fields = Fields::of(item);
    let (begin, plan, end) = (fields.date()?.ok_or_else(corrupt)?, fields.text()?, fields.date()?);
    let (pending, since, updated) = (fields.flag()?, fields.date()?, fields.date()?);
    let (group, group_name) = (fields.maybe()?, fields.maybe()?);
    let (npi, last, first) = (fields.text()?, fields.text()?, fields.maybe()?);
    let (unit_id, unit_name) = (fields.maybe()?, fields.maybe()?);
    let (telephone, address) = (fields.maybe()?, address(&mut fields)?);
    let pcp = (!npi.is_empty()).then(|| Pcp {
        npi: npi.into(),
        last: last.into(),
        first,
        since,
        unit_id,
        unit_name,
        telephone,
        address,
    });
    Ok(Coverage { plan: plan.into(), begin, end, group, group_name, pending, pcp, updated })
}

/// One row holds the deductible and the out-of-pocket maximum, either of which may be absent, or a quantity of a service.
fn used(item: &str, accumulators: &mut Vec<Accumulator>) -> Result<()> {
    let mut fields = Fields::of(item);
    let (level, network) = (level(fields.text()?), fields.letter()?);
    let (year_begin, service_type) = (fields.date()?.ok_or_else(corrupt)?, fields.text()?);
    let deductible = fields.number::<i64>()?.map(amount);
    let out_of_pocket = fields.number::<i64>()?.map(amount);
    let quantity = match fields.text()? {
        "" => None,
        quantity => Some(quantity.parse().map_err(|_| corrupt())?),
    };
    let as_of = fields.date()?;
    let mut add = |kind, used: Option<Decimal>| {
        let accumulator = |used| Accumulator { kind, level, network, year_begin, used, as_of };
        accumulators.extend(used.map(accumulator));
    };
    let deductible_of = match service_type {
        "" => AccumulatorKind::Deductible,
        service_type => AccumulatorKind::ServiceDeductible(service_type.into()),
    };
    add(deductible_of, deductible);
    add(AccumulatorKind::OutOfPocket, out_of_pocket);
    add(AccumulatorKind::Limit(service_type.into()), quantity);
    Ok(())
}

/// An accumulator without a person suffix is the family's.
fn level(suffix: &str) -> Level {
    if suffix.is_empty() { Level::Family } else { Level::Individual }
}

fn other_coverage(item: &str) -> Result<OtherCoverage> {
    let mut fields = Fields::of(item);
    Ok(OtherCoverage {
        carrier: fields.text()?.into(),
        carrier_id: fields.maybe()?,
        order: fields.letter()?,
        policy: fields.maybe()?,
        begin: fields.date()?,
        end: fields.date()?,
        workers_compensation: fields.flag()?,
        group: fields.maybe()?,
        insured_last: fields.maybe()?,
        insured_first: fields.maybe()?,
    })
}

/// The items of a list; an empty section has none.
fn items(section: &str) -> impl Iterator<Item = &str> {
    section.split(ITEM).filter(|item| !item.is_empty())
}

/// The fields of a person or an item, read in order. Fields are a few bytes long, so each is found byte by byte.
struct Fields<'a>(Option<&'a str>);

impl<'a> Fields<'a> {
    fn of(packed: &'a str) -> Self {
        Self(Some(packed))
    }

    fn text(&mut self) -> Result<&'a str> {
        let rest = self.0.ok_or_else(corrupt)?;
        match rest.bytes().position(|byte| byte == FIELD as u8) {
            Some(end) => {
                self.0 = Some(&rest[end + 1..]);
                Ok(&rest[..end])
            }
            None => {
                self.0 = None;
                Ok(rest)
            }
        }
    }

    fn maybe(&mut self) -> Result<Option<Box<str>>> {
        let text = self.text()?;
        Ok((!text.is_empty()).then(|| text.into()))
    }

    fn flag(&mut self) -> Result<bool> {
        Ok(self.text()? == "1")
    }

    fn number<N: std::str::FromStr>(&mut self) -> Result<Option<N>> {
        match self.text()? {
            "" => Ok(None),
            digits => digits.parse().map(Some).map_err(|_| corrupt()),
        }
    }

    fn date(&mut self) -> Result<Option<Date>> {
        match self.number()? {
            None => Ok(None),
            Some(column) => date_from_column(column).map(Some).ok_or_else(corrupt),
        }
    }

    fn letter<L: Letter>(&mut self) -> Result<L> {
        L::from_letter(self.text()?).ok_or_else(corrupt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_an_error_without_values() {
        for file in ["", "0\u{1d}S\u{1f}1", "0\u{1d}\u{1d}\u{1d}\u{1d}\u{1d}\u{1d}"] {
            let failure = Sections::cut(file).and_then(|sections| sections.unpack().map(|_| ()));
            let message = failure.expect_err("not a member").to_string();
            assert_eq!(message, "the store contains an invalid member");
        }
    }

    #[test]
    fn a_row_is_two_amounts_or_a_quantity() {
        let mut accumulators = Vec::new();
        let money = "01\u{1f}I\u{1f}20260101\u{1f}\u{1f}322298\u{1f}\u{1f}\u{1f}20260630";
        used(money, &mut accumulators).expect("a row");
        let visits = "\u{1f}O\u{1f}20260101\u{1f}AE\u{1f}\u{1f}\u{1f}18\u{1f}";
        used(visits, &mut accumulators).expect("a row");
        let [money, visits] = &*accumulators else { panic!("two accumulators") };
        assert_eq!((money.used.to_string().as_str(), money.level), ("3222.98", Level::Individual));
        assert_eq!((visits.used.to_string().as_str(), visits.level), ("18", Level::Family));
        assert_eq!(visits.kind, AccumulatorKind::Limit("AE".into()));
    }
}
