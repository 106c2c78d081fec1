//! A [`Response`] to text, in the order, lengths and repeats of the guide.

use super::super::segments::*;
use super::super::text::upper;
use super::*;
use crate::wire::value::decimal_text;
use crate::wire::{EmitError, Emitter};

/// Most AAA in one loop.
const REJECTIONS_MAX: usize = 9;

impl Response {
    /// Writes the set, ST to SE. Text is made fit to the guide's lengths and character set.
    pub fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.begin_set("271", &self.control, Some(GUIDE))?;
        write_header(&self.header, out)?;
        self.sources.iter().try_for_each(|source| source.write(out))?;
        out.end_set(&self.control)
    }
}

impl Source {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000A");
        let level = out.level(None, "20", !self.receivers.is_empty())?;
        write_rejections(&self.rejections, out)?;
        out.enter("2100A");
        write_name(&self.name, out)?;
        write_contacts(&self.contacts, out)?;
        write_rejections(&self.name_rejections, out)?;
        self.receivers.iter().try_for_each(|receiver| receiver.write(level, out))
    }
}

impl Receiver {
    fn write(&self, source: u32, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000B");
        let level = out.level(Some(source), "21", !self.subscribers.is_empty())?;
        out.enter("2100B");
        write_name(&self.name, out)?;
        write_references(&self.references, 9, true, out)?;
        if let Some(address) = &self.address {
            write_address(address, out)?;
        }
        write_rejections(&self.rejections, out)?;
        if let Some(role) = &self.role {
            write_role(role, out)?;
        }
        self.subscribers.iter().try_for_each(|subscriber| subscriber.write(level, out))
    }
}

impl Subscriber {
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
        write_traces(&self.traces, 3, out)?;
        out.enter(loops[0]);
        let person = &self.person;
        write_name(&person.name, out)?;
        write_references(&person.references, 9, true, out)?;
        if let Some(address) = &person.address {
            write_address(address, out)?;
        }
        write_rejections(&self.rejections, out)?;
        if let Some(role) = &person.provider {
            write_role(role, out)?;
        }
        write_demographics(person, true, out)?;
        if let Some(insured) = &person.insured {
            write_insured(insured, out)?;
        }
        write_diagnoses(&person.diagnoses, out)?;
        write_dates(&person.dates, 9, out)?;
        out.enter(loops[1]);
        self.benefits.write(out)
    }
}

fn write_rejections(rejections: &[Rejection], out: &mut Emitter) -> Result<(), EmitError> {
    for rejection in rejections.iter().take(REJECTIONS_MAX) {
        out.segment("AAA")
            .text(if rejection.valid { "Y" } else { "N" })
            .text("")
            .text(rejection.reason.as_str())
            .text(rejection.follow_up.as_str())
            .end()?;
    }
    Ok(())
}

fn write_contacts(contacts: &[Contact], out: &mut Emitter) -> Result<(), EmitError> {
    for contact in contacts.iter().take(3) {
        let name = upper(&contact.name, 60, out.delimiters());
        let fitted = contact.numbers.iter().take(3).map(|(q, n)| (*q, fit(n, 1, 256, out)));
        let numbers: Vec<_> = fitted.filter(|(_, number)| !number.is_empty()).collect();
        if name.is_empty() && numbers.is_empty() {
            continue;
        }
        let per = out.segment("PER").text("IC").text(&name);
        numbers
            .iter()
            .fold(per, |per, (qualifier, number)| per.text(qualifier.as_str()).text(number))
            .end()?;
    }
    Ok(())
}

/// Writes one 2110 loop.
pub(super) fn write_benefit(benefit: &Benefit, out: &mut Emitter) -> Result<(), EmitError> {
    write_eb(benefit, out)?;
    for delivery in benefit.deliveries.iter().take(9) {
        write_delivery(delivery, out)?;
    }
    write_references(&benefit.references, 9, true, out)?;
    write_dates(&benefit.dates, 20, out)?;
    write_rejections(&benefit.rejections, out)?;
    for message in benefit.messages.iter().take(10) {
        let message = upper(message, 264, out.delimiters());
        if !message.is_empty() {
            out.segment("MSG").text(&message).end()?;
        }
    }
    for place in benefit.places.iter().take(10) {
        write_place(place, out)?;
    }
    if benefit.entities.is_empty() {
        return Ok(());
    }
    out.segment("LS").text("2120").end()?;
    benefit.entities.iter().take(23).try_for_each(|entity| write_entity(entity, out))?;
    out.segment("LE").text("2120").end()
}

fn write_eb(benefit: &Benefit, out: &mut Emitter) -> Result<(), EmitError> {
    let plan = upper(&benefit.plan, 50, out.delimiters());
    let [amount, share, quantity] =
        [benefit.amount, benefit.share, benefit.quantity].map(|number| number.map(decimal_text));
    let procedure = benefit.procedure.as_ref().map(|p| procedure_components(p, out));
    let eb = out
        .segment("EB")
        .text(benefit.kind.as_str())
        .text(benefit.level.as_str())
        .repeat(benefit.service_types.iter().take(99).map(Code::as_str))
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

fn write_delivery(delivery: &Delivery, out: &mut Emitter) -> Result<(), EmitError> {
    let [quantity, modulus] = [delivery.quantity, delivery.modulus].map(|n| n.map(decimal_text));
    let hsd = out
        .segment("HSD")
        .text(delivery.unit.as_str())
        .maybe(quantity.as_ref().map(|q| q.as_str()))
        .text(delivery.frequency.as_str())
        .maybe(modulus.as_ref().map(|m| m.as_str()))
        .text(delivery.period.as_str());
    let hsd = match delivery.periods {
        Some(periods) => hsd.number(u64::from(periods)),
        None => hsd.text(""),
    };
    hsd.text(delivery.pattern.as_str()).text(delivery.time.as_str()).end()
}

fn write_place(place: &Place, out: &mut Emitter) -> Result<(), EmitError> {
    let (code, words) = (fit(&place.code, 1, 30, out), upper(&place.text, 264, out.delimiters()));
    out.segment("III")
        .text(place.qualifier.as_str())
        .text(&code)
        .text(place.category.as_str())
        .text(&words)
        .end()
}

fn write_entity(entity: &Entity, out: &mut Emitter) -> Result<(), EmitError> {
    write_name(&entity.name, out)?;
    if let Some(address) = &entity.address {
        write_address(address, out)?;
    }
    write_contacts(&entity.contacts, out)?;
    if let Some(role) = &entity.role {
        write_role(role, out)?;
    }
    Ok(())
}
