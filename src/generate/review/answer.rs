//! What a payer sends back: decisions, refusals, what an inquiry found, that a notice was heard.

use super::event::Event;
use crate::generate::people::PAYER;
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::numbered;

/// AAA.
pub(super) fn refusal(writer: &mut SetWriter, why: &str) -> Result {
    writer.segment("AAA").text("N").text("").text(why).text("C").end()
}

/// An event that cannot be reviewed as it was sent.
pub(super) fn refused(writer: &mut SetWriter, event: &Event, patient: u32) -> Result {
    writer.emitter.level(Some(patient), "EV", false)?;
    event.trace(writer, "2")?;
    let why = writer.random.pick(&["57", "60", "52", "AG", "33"]);
    refusal(writer, why)?;
    event.review(writer, false)
}

/// HCR: certified, changed, refused, more needed, no review needed.
fn verdict(writer: &mut SetWriter, event: &Event, lot: u64) -> Result {
    let number = event.authorization();
    match lot % 6 {
        0..3 => writer.segment("HCR").text("A1").text(number.as_str()).end(),
        3 => writer.segment("HCR").text("A6").text(number.as_str()).end(),
        4 => writer.segment("HCR").text("A3").text("").repeat(["0F", "0K"]).end(),
        _ => writer.segment("HCR").text("A4").end(),
    }
}

/// Loops 2000E and 2000F of a response.
pub(super) fn decision(writer: &mut SetWriter, event: &Event, patient: u32) -> Result {
    // A decision stands at the event alone, or also at each service.
    let by_service = !event.services.is_empty() && event.lot.is_multiple_of(5);
    let level = writer.emitter.level(Some(patient), "EV", by_service)?;
    event.trace(writer, "2")?;
    if writer.random.once_in(3) {
        let number = numbered("RV", event.index, 8);
        super::trace(writer, "1", number)?;
    }
    event.review(writer, false)?;
    if by_service && event.is_mixed() {
        let number = event.authorization();
        writer.segment("HCR").text("A2").text(number.as_str()).end()?;
    } else {
        verdict(writer, event, if by_service { event.service_lot(0) } else { event.lot })?;
    }
    if event.is_pended() || by_service {
        writer.reference("NT", numbered("ADM", event.index, 7).as_str())?;
    }
    if event.has_earlier() {
        writer.reference("BB", event.authorization().as_str())?;
    }
    event.dates(writer)?;
    if event.lot % 6 < 3 {
        writer.date("102", writer.today)?;
        writer.date("036", writer.ahead(90))?;
    }
    event.diagnoses(writer)?;
    event.delivery(writer)?;
    if event.is_pended() {
        writer.attachment("OB", "EL", numbered("ACN", event.index, 7).as_str())?;
        writer.segment("MSG").text("SEND THE OPERATIVE NOTE").end()?;
    }
    let specialty = writer.random.once_in(3);
    event.provider(writer, specialty)?;
    if event.is_pended() {
        writer.payer("X3", PAYER)?;
        writer.segment("PER").text("IC").text("REVIEW DESK").text("FX").text("6175550103").end()?;
    }
    if !by_service {
        return Ok(());
    }
    for (place, service) in event.services.iter().enumerate() {
        writer.emitter.level(Some(level), "SS", false)?;
        let number = numbered("SS", event.index * 10 + place as u64, 9);
        super::trace(writer, "2", number)?;
        verdict(writer, event, event.service_lot(place as u64))?;
        writer.dates("472", event.from, event.to)?;
        event.service(writer, service)?;
    }
    Ok(())
}

/// The events that an inquiry found.
pub(super) fn found(writer: &mut SetWriter, event: &Event, patient: u32) -> Result {
    for nth in 0..writer.random.between(1, 3) {
        writer.emitter.level(Some(patient), "EV", false)?;
        let number = numbered("RV", event.index * 10 + nth, 9);
        super::trace(writer, "1", number)?;
        event.review(writer, false)?;
        let lot = event.lot / (nth + 1);
        verdict(writer, event, lot)?;
        if lot % 6 == 5 {
            writer.reference("NT", numbered("ADM", event.index, 7).as_str())?;
        }
        if writer.random.once_in(3) {
            event.dates(writer)?;
        }
        if writer.random.once_in(3) {
            writer.date("102", writer.today)?;
            writer.date("036", writer.ahead(90))?;
        }
        writer.dates("007", event.from, event.to)?;
        if writer.random.once_in(2) {
            event.diagnoses(writer)?;
        }
        event.delivery(writer)?;
        if writer.random.once_in(4) {
            writer.segment("MSG").text("CALL BEFORE THE VISIT").end()?;
        }
        if writer.random.once_in(2) {
            let specialty = writer.random.once_in(2);
            event.provider(writer, specialty)?;
        }
    }
    Ok(())
}

/// That a notice was heard.
pub(super) fn receipt(writer: &mut SetWriter, event: &Event, patient: u32) -> Result {
    writer.emitter.level(Some(patient), "EV", false)?;
    event.trace(writer, "2")?;
    event.review(writer, false)?;
    writer.reference("NT", numbered("RCPT", event.index, 7).as_str())?;
    if writer.random.once_in(3) {
        event.dates(writer)?;
        event.diagnoses(writer)?;
    }
    match writer.random.below(4) {
        0 => writer.segment("MSG").text("THANK YOU").end(),
        1 => event.provider(writer, false),
        _ => Ok(()),
    }
}
