//! A [`Response`] to text, in the order, lengths and repeats of the guide.

use super::super::levels::{
    CONTACTS_MAX, SubscriberLevel, write_references, write_rejections, write_set,
};
use super::super::person::PersonForm;
use super::{Answer, Benefit, Entity, Response, Subscriber};
use crate::segments::text::upper;
use crate::segments::{pointer_texts, write_message};
use crate::tree::LoopRef;
use crate::wire::value::decimal_text;
use crate::wire::{Code, EmitError, Emitter};

/// Most TRN of one person; HSD, DTP, MSG, III and 2120 loops of one benefit; service types of one EB.
const TRACES_MAX: usize = 3;
const DELIVERIES_MAX: usize = 9;
const DATES_MAX: usize = 20;
const MESSAGES_MAX: usize = 10;
const PLACES_MAX: usize = 10;
const ENTITIES_MAX: usize = 23;
const SERVICE_TYPES_MAX: usize = 99;

impl Response {
    /// Writes the set, ST to SE. Text is made to fit the guide's lengths and character set.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        write_set("271", &self.control, &self.header, &self.sources, out)
    }
}

impl SubscriberLevel for Subscriber {
    const DESCRIBES: bool = true;

    fn open(here: LoopRef<'_>) -> Self {
        Subscriber { answer: Answer::open(here), dependents: Vec::new() }
    }

    fn take(&mut self, here: LoopRef<'_>) {
        self.take_loop(here);
    }

    fn write(&self, receiver: u32, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000C");
        let level = out.level(Some(receiver), "22", !self.dependents.is_empty())?;
        self.answer.write(["2100C", "2110C"], out)?;
        for dependent in &self.dependents {
            out.enter("2000D");
            out.level(Some(level), "23", false)?;
            dependent.write(["2100D", "2110D"], out)?;
        }
        Ok(())
    }
}

impl Answer {
    /// Writes what follows HL; `loops` are the ids of the two loops inside.
    fn write(&self, loops: [&str; 2], out: &mut Emitter) -> Result<(), EmitError> {
        self.traces.iter().take(TRACES_MAX).try_for_each(|trace| trace.write(out))?;
        out.enter(loops[0]);
        self.person.write(PersonForm::Answer(&self.rejections), out)?;
        out.enter(loops[1]);
        self.benefits.write(out)
    }
}

/// Writes one 2110 loop.
pub(super) fn write_benefit(benefit: &Benefit, out: &mut Emitter) -> Result<(), EmitError> {
    write_eb(benefit, out)?;
    benefit.deliveries.iter().take(DELIVERIES_MAX).try_for_each(|delivery| delivery.write(out))?;
    write_references(&benefit.references, true, out)?;
    benefit.dates.iter().take(DATES_MAX).try_for_each(|dated| dated.write(out))?;
    write_rejections(&benefit.rejections, out)?;
    let mut messages = benefit.messages.iter().take(MESSAGES_MAX);
    messages.try_for_each(|message| write_message(out, message))?;
    benefit.places.iter().take(PLACES_MAX).try_for_each(|place| place.write(out))?;
    if benefit.entities.is_empty() {
        return Ok(());
    }
    out.segment("LS").text("2120").end()?;
    let mut entities = benefit.entities.iter().take(ENTITIES_MAX);
    entities.try_for_each(|entity| write_entity(entity, out))?;
    out.segment("LE").text("2120").end()
}

fn write_eb(benefit: &Benefit, out: &mut Emitter) -> Result<(), EmitError> {
    let plan = upper(&benefit.plan, 50, out.delimiters());
    let [amount, share, quantity] =
        [benefit.amount, benefit.share, benefit.quantity].map(|number| number.map(decimal_text));
    let procedure = benefit.procedure.as_ref().map(|p| p.components(out.delimiters()));
    let eb = out
        .segment("EB")
        .text(benefit.kind.as_str())
        .text(benefit.level.as_str())
        .repeat(benefit.service_types.iter().take(SERVICE_TYPES_MAX).map(Code::as_str))
        .text(benefit.insurance_type.as_str())
        .text(&plan)
        .text(benefit.period.as_str())
        .maybe(amount.as_ref().map(|a| a.as_str()))
        .maybe(share.as_ref().map(|s| s.as_str()))
        .text(benefit.unit.as_str())
        .maybe(quantity.as_ref().map(|q| q.as_str()))
        .text(benefit.authorization.as_str())
        .text(benefit.network.as_str());
    let eb = match &procedure {
        Some(components) => eb.composite(&components.each_ref().map(String::as_str)),
        None => eb.text(""),
    };
    if benefit.pointers.is_empty() {
        return eb.end();
    }
    eb.composite(&pointer_texts(&benefit.pointers).each_ref().map(String::as_str)).end()
}

fn write_entity(entity: &Entity, out: &mut Emitter) -> Result<(), EmitError> {
    entity.name.write(out)?;
    if let Some(address) = &entity.address {
        address.write(out)?;
    }
    entity.contacts.iter().take(CONTACTS_MAX).try_for_each(|contact| contact.write(out))?;
    if let Some(role) = &entity.role {
        role.write(out)?;
    }
    Ok(())
}
