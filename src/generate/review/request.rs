//! What a provider sends: a request for review, an inquiry about one, a notice of an event.

use super::event::{Case, Event};
use crate::generate::set_writer::{Result, SetWriter};
use crate::generate::text::{day, numbered};

/// Loops 2000E and 2000F of a request.
pub(super) fn event(writer: &mut SetWriter, event: &Event, patient: u32) -> Result {
    let level = writer.emitter.level(Some(patient), "EV", !event.services.is_empty())?;
    event.trace(writer, "1")?;
    event.review(writer, true)?;
    if event.has_earlier() {
        writer.reference("BB", event.authorization().as_str())?;
    }
    event.dates(writer)?;
    event.diagnoses(writer)?;
    event.delivery(writer)?;
    conditions(writer, event)?;
    if writer.random.once_in(6) {
        let way = writer.random.pick(&["BM", "EL", "FX"]);
        writer.attachment("OB", way, numbered("ACN", event.index, 7).as_str())?;
    }
    if writer.random.once_in(8) {
        writer.segment("MSG").text("SYNTHETIC REVIEW FOR TESTS").end()?;
    }
    let specialty = writer.random.once_in(2);
    event.provider(writer, specialty)?;
    if event.case == Case::Ambulance {
        for (role, name) in [("PW", "HOME"), ("45", "SAMPLE HOSPITAL")] {
            writer.segment("NM1").text(role).text("2").text(name).end()?;
            writer.address("2 HILL RD", "BOSTON", "MA", "02116")?;
        }
    }
    for (place, service) in event.services.iter().enumerate() {
        writer.emitter.level(Some(level), "SS", false)?;
        let number = numbered("SS", event.index * 10 + place as u64, 9);
        super::trace(writer, "1", number)?;
        writer.dates("472", event.from, event.to)?;
        event.service(writer, service)?;
        if writer.random.once_in(4) {
            event.provider(writer, false)?;
        }
    }
    Ok(())
}

/// CRC, CL1, CR1, CR2, CR5 and CR6.
fn conditions(writer: &mut SetWriter, event: &Event) -> Result {
    match event.case {
        Case::Admission | Case::Surgery => {
            writer.segment("CL1").text("3").text("1").text("30").end()
        }
        Case::Ambulance => {
            writer.segment("CRC").text("07").text("Y").text("01").text("04").end()?;
            writer
                .segment("CR1")
                .text("LB")
                .text("155")
                .text("I")
                .text("A")
                .text("DH")
                .text("12")
                .end()
        }
        Case::Chiropractic => {
            writer.segment("CRC").text("08").text("Y").text("01").end()?;
            writer
                .segment("CR2")
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
            writer.segment("CRC").text("11").text("Y").text("01").end()?;
            writer.segment("CR5").skip_to(3).text("A").skip_to(6).text("2").end()
        }
        Case::HomeCare => {
            let (from, to) = (event.from, event.to);
            let start = day(from);
            let period = crate::generate::text::days(from, to);
            writer.segment("CRC").text("75").text("Y").text("08").end()?;
            writer
                .segment("CR6")
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
pub(super) fn inquiry(writer: &mut SetWriter, event: &Event, patient: u32) -> Result {
    writer.emitter.level(Some(patient), "EV", false)?;
    if writer.random.once_in(3) {
        event.trace(writer, "1")?;
    }
    writer.segment("UM").text(event.category()).end()?;
    if event.lot.is_multiple_of(2) {
        writer.reference("BB", event.authorization().as_str())?;
    }
    if event.lot.is_multiple_of(3) {
        event.dates(writer)?;
        writer.date("472", event.from)?;
        event.diagnoses(writer)?;
    } else {
        writer.dates("AAH", event.from, event.to)?;
    }
    if writer.random.once_in(2) {
        event.provider(writer, false)?;
    }
    Ok(())
}

/// Loop 2000E of a notice.
pub(super) fn notice(writer: &mut SetWriter, event: &Event, patient: u32) -> Result {
    writer.emitter.level(Some(patient), "EV", false)?;
    event.trace(writer, "1")?;
    event.review(writer, false)?;
    if event.lot.is_multiple_of(2) {
        writer.reference("BB", event.authorization().as_str())?;
    }
    event.dates(writer)?;
    event.diagnoses(writer)?;
    event.delivery(writer)?;
    if matches!(event.case, Case::Admission | Case::Surgery) {
        writer.segment("CL1").text("3").text("1").text("30").end()?;
    }
    if writer.random.once_in(8) {
        writer.segment("MSG").text("SYNTHETIC NOTICE FOR TESTS").end()?;
    }
    let specialty = writer.random.once_in(2);
    event.provider(writer, specialty)
}
