//! What a set is written with: the emitter, the random numbers of the item being written, today; and the segments that all sets share.

use rust_decimal::Decimal;
use time::{Date, Duration};

use super::people::{Organization, Payer, Provider, gender};
use super::random::Random;
use super::text::day;
use crate::segments::{
    Dated, NameElements, write_address, write_amount, write_contact, write_reference,
};
use crate::store::Member;
use crate::wire::{EmitError, Emitter, SegmentWriter};

/// The outcome of writing.
pub(super) type Result<T = (), E = EmitError> = std::result::Result<T, E>;

/// An emitter with what is needed to fill it.
#[derive(Debug)]
pub(super) struct SetWriter {
    /// Where segments go.
    pub(super) emitter: Emitter,
    /// The random numbers of the set or item being written.
    pub(super) random: Random,
    /// What all random numbers follow from.
    pub(super) seed: u64,
    /// The day of the interchange.
    pub(super) today: Date,
    /// Members of the synthetic store who may appear.
    pub(super) members: u64,
    /// The provider who asks.
    pub(super) npi: String,
}

impl SetWriter {
    /// Begins a segment.
    pub(super) fn segment(&mut self, tag: &str) -> SegmentWriter<'_> {
        self.emitter.segment(tag)
    }

    /// The random numbers of the item at this index, the same as when that item is written.
    pub(super) fn numbers_of(&self, index: u64) -> Random {
        Random::of(self.seed, index)
    }

    /// The day so many days ago.
    pub(super) fn ago(&self, days: u64) -> Date {
        days_before(self.today, days.cast_signed())
    }

    /// The day in so many days.
    pub(super) fn ahead(&self, days: u64) -> Date {
        self.today.checked_add(Duration::days(days.cast_signed())).unwrap_or(self.today)
    }

    /// BHT of today: hierarchical structure and purpose, the number of the transaction, its kind where it has one.
    pub(super) fn beginning(
        &mut self,
        codes: (&str, &str),
        transaction: &str,
        kind: &str,
    ) -> Result {
        let today = day(self.today);
        self.segment("BHT")
            .text(codes.0)
            .text(codes.1)
            .text(transaction)
            .text(today.as_str())
            .text(super::TIME)
            .text(kind)
            .end()
    }

    /// NM1 of a person; an empty id has no qualifier.
    pub(super) fn person(&mut self, entity: &str, who: (&str, &str), id: (&str, &str)) -> Result {
        let ((last, first), (id_qualifier, id)) = (who, id);
        let kind = "1";
        NameElements { entity, kind, last, first, id_qualifier, id, ..NameElements::default() }
            .write(&mut self.emitter)
    }

    /// NM1 of a member with every part of the name.
    pub(super) fn member(&mut self, entity: &str, who: &Member, id: (&str, &str)) -> Result {
        NameElements {
            entity,
            kind: "1",
            last: &who.last,
            first: &who.first,
            middle: who.middle.as_deref().unwrap_or(""),
            suffix: who.generation.as_deref().unwrap_or(""),
            id_qualifier: id.0,
            id: id.1,
        }
        .write(&mut self.emitter)
    }

    /// NM1 of a provider with their NPI.
    pub(super) fn provider(&mut self, entity: &str, who: &Provider) -> Result {
        self.person(entity, (who.last, who.first), ("XX", who.npi.as_str()))
    }

    /// NM1 of an organization; an empty id has no qualifier.
    pub(super) fn organization(&mut self, entity: &str, name: &str, id: (&str, &str)) -> Result {
        organization(&mut self.emitter, entity, name, id)
    }

    /// NM1 of the provider who asks.
    pub(super) fn requester(&mut self, entity: &str) -> Result {
        organization(&mut self.emitter, entity, "SAMPLE CLINIC", ("XX", &self.npi))
    }

    /// NM1 of a payer with its id.
    pub(super) fn payer(&mut self, entity: &str, payer: Payer) -> Result {
        self.organization(entity, payer.0, ("PI", payer.1))
    }

    /// N3 and N4.
    pub(super) fn address(&mut self, street: &str, city: &str, state: &str, zip: &str) -> Result {
        write_address(&mut self.emitter, street, city, state, zip)
    }

    /// N3 and N4 of an organization.
    pub(super) fn site(&mut self, of: &Organization) -> Result {
        self.address(of.street.as_str(), of.city, "MA", of.zip)
    }

    /// N3 and N4 of a member.
    pub(super) fn home(&mut self, of: &Member) -> Result {
        let Some(home) = &of.address else { return Ok(()) };
        self.segment("N3").text(&home.line1).maybe(home.line2.as_deref()).end()?;
        self.segment("N4").text(&home.city).text(&home.state).text(&home.zip).end()
    }

    /// DMG of a member.
    pub(super) fn demographics(&mut self, of: &Member) -> Result {
        self.segment("DMG").text("D8").text(day(of.birth).as_str()).text(gender(of)).end()
    }

    /// REF.
    pub(super) fn reference(&mut self, qualifier: &str, value: &str) -> Result {
        write_reference(&mut self.emitter, qualifier, value)
    }

    /// DTP of a day.
    pub(super) fn date(&mut self, qualifier: &str, date: Date) -> Result {
        Dated::day(qualifier, date).write(&mut self.emitter)
    }

    /// DTP of a range of days.
    pub(super) fn dates(&mut self, qualifier: &str, from: Date, to: Date) -> Result {
        Dated::span(qualifier, from, to).write(&mut self.emitter)
    }

    /// DTM of a day.
    pub(super) fn dtm(&mut self, qualifier: &str, date: Date) -> Result {
        self.segment("DTM").text(qualifier).text(day(date).as_str()).end()
    }

    /// AMT of an amount in cents.
    pub(super) fn amount(&mut self, qualifier: &str, cents: i64) -> Result {
        write_amount(&mut self.emitter, qualifier, Decimal::new(cents, 2))
    }

    /// QTY.
    pub(super) fn quantity(&mut self, qualifier: &str, number: u64) -> Result {
        self.segment("QTY").text(qualifier).number(number).end()
    }

    /// PER with a telephone number.
    pub(super) fn contact(&mut self, function: &str, name: &str) -> Result {
        write_contact(&mut self.emitter, function, name, "6175550100")
    }

    /// NTE.
    pub(super) fn note(&mut self, kind: &str, text: &str) -> Result {
        self.segment("NTE").text(kind).text(text).end()
    }

    /// PRV.
    pub(super) fn specialty(&mut self, role: &str, taxonomy: &str) -> Result {
        self.segment("PRV").text(role).text("PXC").text(taxonomy).end()
    }

    /// PWK of an attachment that is sent apart under this number.
    pub(super) fn attachment(&mut self, kind: &str, way: &str, number: &str) -> Result {
        self.segment("PWK").text(kind).text(way).skip_to(5).text("AC").text(number).end()
    }
}

fn organization(out: &mut Emitter, entity: &str, name: &str, id: (&str, &str)) -> Result {
    let (id_qualifier, id) = id;
    NameElements { entity, kind: "2", last: name, id_qualifier, id, ..NameElements::default() }
        .write(out)
}

/// BPR05 to BPR15 of a transfer: in this format, from this account of the payer to the one of the payee.
pub(super) fn transfer<'a>(
    bpr: SegmentWriter<'a>,
    format: &str,
    account: &str,
) -> SegmentWriter<'a> {
    bpr.text(format)
        .text("01")
        .text("999999992")
        .text("DA")
        .text(account)
        .text("1999999999")
        .text("")
        .text("01")
        .text("999988880")
        .text("DA")
        .text("98765")
}

/// The day so many days before another.
pub(super) fn days_before(day: Date, days: i64) -> Date {
    day.checked_sub(Duration::days(days)).unwrap_or(day)
}
