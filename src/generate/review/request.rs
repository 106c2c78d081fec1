//! What a provider sends: a request for review, an inquiry about one, a notice of an event.

use super::event::{Case, Event};
use crate::generate::pen::{Pen, Written};
use crate::generate::text::{day, numbered};

/// Loops 2000E and 2000F of a request.
pub(super) fn event(pen: &mut Pen, event: &Event, patient: u32) -> Written {
    let level = pen.out.level(Some(patient), "EV", !event.services.is_empty())?;
    event.trace(pen, "1")?;
    event.review(pen, true)?;
    if event.has_earlier() {
        pen.reference("BB", event.authorization().as_str())?;
    }
    event.dates(pen)?;
    event.diagnoses(pen)?;
    event.delivery(pen)?;
    conditions(pen, event)?;
    if pen.random.once_in(6) {
        let way = pen.random.pick(&["BM", "EL", "FX"]);
        pen.attachment("OB", way, numbered("ACN", event.index, 7).as_str())?;
    }
    if pen.random.once_in(8) {
        pen.segment("MSG").text("SYNTHETIC REVIEW FOR TESTS").end()?;
    }
    let specialty = pen.random.once_in(2);
    event.provider(pen, specialty)?;
    if event.case == Case::Ambulance {
        for (role, name) in [("PW", "HOME"), ("45", "SAMPLE HOSPITAL")] {
            pen.segment("NM1").text(role).text("2").text(name).end()?;
            pen.address("2 HILL RD", "BOSTON", "MA", "02116")?;
        }
    }
    for (place, service) in event.services.iter().enumerate() {
        pen.out.level(Some(level), "SS", false)?;
        let number = numbered("SS", event.index * 10 + place as u64, 9);
        super::trace(pen, "1", number)?;
        pen.dates("472", event.from, event.to)?;
        event.service(pen, service)?;
        if pen.random.once_in(4) {
            event.provider(pen, false)?;
        }
    }
    Ok(())
}

/// CRC, CL1, CR1, CR2, CR5 and CR6.
fn conditions(pen: &mut Pen, event: &Event) -> Written {
    match event.case {
        Case::Admission | Case::Surgery => pen.segment("CL1").text("3").text("1").text("30").end(),
        Case::Ambulance => {
            pen.segment("CRC").text("07").text("Y").text("01").text("04").end()?;
            pen.segment("CR1")
                .text("LB")
                .text("155")
                .text("I")
                .text("A")
                .text("DH")
                .text("12")
                .end()
        }
        Case::Chiropractic => {
            pen.segment("CRC").text("08").text("Y").text("01").end()?;
            pen.segment("CR2")
                .text("1")
                .text("12")
                .text("L3")
                .text("L5")
                .text("MO")
                .text("2")
                .text("6")
                .text("A")
                .end()
        }
        Case::Oxygen => {
            pen.segment("CRC").text("11").text("Y").text("01").end()?;
            pen.segment("CR5").skip_to(3).text("A").skip_to(6).text("2").end()
        }
        Case::HomeCare => {
            let (from, to) = (event.from, event.to);
            let start = day(from);
            let period = crate::generate::text::days(from, to);
            pen.segment("CRC").text("75").text("Y").text("08").end()?;
            pen.segment("CR6")
                .text("4")
                .text(start.as_str())
                .text("RD8")
                .text(period.as_str())
                .skip_to(7)
                .text("N")
                .text("I")
                .end()
        }
        _ => Ok(()),
    }
}

/// Loop 2000E of an inquiry: by number, or by what and when.
pub(super) fn inquiry(pen: &mut Pen, event: &Event, patient: u32) -> Written {
    pen.out.level(Some(patient), "EV", false)?;
    if pen.random.once_in(3) {
        event.trace(pen, "1")?;
    }
    pen.segment("UM").text(event.category()).end()?;
    if event.lot.is_multiple_of(2) {
        pen.reference("BB", event.authorization().as_str())?;
    }
    if event.lot.is_multiple_of(3) {
        event.dates(pen)?;
        pen.date("472", event.from)?;
        event.diagnoses(pen)?;
    } else {
        pen.dates("AAH", event.from, event.to)?;
    }
    if pen.random.once_in(2) {
        event.provider(pen, false)?;
    }
    Ok(())
}

/// Loop 2000E of a notice.
pub(super) fn notice(pen: &mut Pen, event: &Event, patient: u32) -> Written {
    pen.out.level(Some(patient), "EV", false)?;
    event.trace(pen, "1")?;
    event.review(pen, false)?;
    if event.lot.is_multiple_of(2) {
        pen.reference("BB", event.authorization().as_str())?;
    }
    event.dates(pen)?;
    event.diagnoses(pen)?;
    event.delivery(pen)?;
    if matches!(event.case, Case::Admission | Case::Surgery) {
        pen.segment("CL1").text("3").text("1").text("30").end()?;
    }
    if pen.random.once_in(8) {
        pen.segment("MSG").text("SYNTHETIC NOTICE FOR TESTS").end()?;
    }
    let specialty = pen.random.once_in(2);
    event.provider(pen, specialty)
}
