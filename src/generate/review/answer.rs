//! What a payer sends back: decisions, refusals, what an inquiry found, that a notice was heard.

use super::event::Event;
use crate::generate::cast::PAYER;
use crate::generate::pen::{Pen, Written};
use crate::generate::text::numbered;

/// AAA.
pub(super) fn refusal(pen: &mut Pen, why: &str) -> Written {
    pen.segment("AAA").text("N").text("").text(why).text("C").end()
}

/// An event that cannot be reviewed as it was sent.
pub(super) fn refused(pen: &mut Pen, event: &Event, patient: u32) -> Written {
    pen.out.level(Some(patient), "EV", false)?;
    event.trace(pen, "2")?;
    let why = pen.random.pick(&["57", "60", "52", "AG", "33"]);
    refusal(pen, why)?;
    event.review(pen, false)
}

/// HCR: certified, changed, refused, more needed, no review needed.
fn verdict(pen: &mut Pen, event: &Event, lot: u64) -> Written {
    let number = event.authorization();
    match lot % 6 {
        0..3 => pen.segment("HCR").text("A1").text(number.as_str()).end(),
        3 => pen.segment("HCR").text("A6").text(number.as_str()).end(),
        4 => pen.segment("HCR").text("A3").text("").repeat(["0F", "0K"]).end(),
        _ => pen.segment("HCR").text("A4").end(),
    }
}

/// Loops 2000E and 2000F of a response.
pub(super) fn decision(pen: &mut Pen, event: &Event, patient: u32) -> Written {
    // A decision stands at the event, or at each service.
    let by_service = !event.services.is_empty() && event.lot.is_multiple_of(5);
    let level = pen.out.level(Some(patient), "EV", by_service)?;
    event.trace(pen, "2")?;
    if pen.random.once_in(3) {
        let number = numbered("RV", event.index, 8);
        super::trace(pen, "1", number)?;
    }
    event.review(pen, false)?;
    if !by_service {
        verdict(pen, event, event.lot)?;
    }
    if event.is_pended() || by_service {
        pen.reference("NT", numbered("ADM", event.index, 7).as_str())?;
    }
    if event.has_earlier() {
        pen.reference("BB", event.authorization().as_str())?;
    }
    event.dates(pen)?;
    if event.lot % 6 < 3 {
        pen.date("102", pen.today)?;
        pen.date("036", pen.ahead(90))?;
    }
    event.diagnoses(pen)?;
    event.delivery(pen)?;
    if event.is_pended() {
        pen.attachment("OB", "EL", numbered("ACN", event.index, 7).as_str())?;
        pen.segment("MSG").text("SEND THE OPERATIVE NOTE").end()?;
    }
    let specialty = pen.random.once_in(3);
    event.provider(pen, specialty)?;
    if event.is_pended() {
        pen.payer("X3", PAYER)?;
        pen.segment("PER").text("IC").text("REVIEW DESK").text("FX").text("6175550103").end()?;
    }
    if !by_service {
        return Ok(());
    }
    for (place, service) in event.services.iter().enumerate() {
        pen.out.level(Some(level), "SS", false)?;
        let number = numbered("SS", event.index * 10 + place as u64, 9);
        super::trace(pen, "2", number)?;
        verdict(pen, event, event.lot / 7 + place as u64)?;
        pen.dates("472", event.from, event.to)?;
        event.service(pen, service)?;
    }
    Ok(())
}

/// The events that an inquiry found.
pub(super) fn found(pen: &mut Pen, event: &Event, patient: u32) -> Written {
    for nth in 0..pen.random.between(1, 3) {
        pen.out.level(Some(patient), "EV", false)?;
        let number = numbered("RV", event.index * 10 + nth, 9);
        super::trace(pen, "1", number)?;
        event.review(pen, false)?;
        let lot = event.lot / (nth + 1);
        verdict(pen, event, lot)?;
        if lot % 6 == 5 {
            pen.reference("NT", numbered("ADM", event.index, 7).as_str())?;
        }
        if pen.random.once_in(3) {
            event.dates(pen)?;
        }
        if pen.random.once_in(3) {
            pen.date("102", pen.today)?;
            pen.date("036", pen.ahead(90))?;
        }
        pen.dates("007", event.from, event.to)?;
        if pen.random.once_in(2) {
            event.diagnoses(pen)?;
        }
        event.delivery(pen)?;
        if pen.random.once_in(4) {
            pen.segment("MSG").text("CALL BEFORE THE VISIT").end()?;
        }
        if pen.random.once_in(2) {
            let specialty = pen.random.once_in(2);
            event.provider(pen, specialty)?;
        }
    }
    Ok(())
}

/// That a notice was heard.
pub(super) fn receipt(pen: &mut Pen, event: &Event, patient: u32) -> Written {
    pen.out.level(Some(patient), "EV", false)?;
    event.trace(pen, "2")?;
    event.review(pen, false)?;
    pen.reference("NT", numbered("RCPT", event.index, 7).as_str())?;
    if pen.random.once_in(3) {
        event.dates(pen)?;
        event.diagnoses(pen)?;
    }
    match pen.random.below(4) {
        0 => pen.segment("MSG").text("THANK YOU").end(),
        1 => event.provider(pen, false),
        _ => Ok(()),
    }
}
