//! Documents about a claim (275, 005010X210), asked for or not: text, markup, and bytes that hold separators.

use std::ops::Range;

use super::Writer;
use super::cast::{Family, PAYER, Provider};
use super::pen::{Pen, Written};
use super::text::{day, numbered};

/// Writes documents, those of one patient in a set.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    number: u64,
}

/// LOINC codes of what was asked for, as ids.
const DOCUMENTS: [&str; 4] = ["18594-2", "11503-0", "11506-3", "28570-0"];

impl Writer for Attachments {
    fn open(&mut self, _pen: &mut Pen, number: u64, _items: Range<u64>) -> Written {
        self.number = number;
        Ok(())
    }

    fn item(&mut self, pen: &mut Pen, index: u64) -> Written {
        let asked = pen.random.once_in(2);
        let today = day(pen.today);
        pen.segment("BGN")
            .text(if asked { "11" } else { "02" })
            .text(numbered("AT", self.number, 9).as_str())
            .text(today.as_str())
            .text(super::TIME)
            .end()?;
        pen.payer("PR", PAYER)?;
        if asked && pen.random.once_in(2) {
            pen.contact("IC", "MEDICAL REVIEW")?;
        }
        pen.organization("41", "SUBMITTER ONE", ("46", "SUBMITTER1"))?;
        let who = Provider::draw(&mut pen.random);
        pen.provider("1P", &who)?;
        if pen.random.once_in(3) {
            pen.specialty("BI", who.taxonomy)?;
        }
        if pen.random.once_in(4) {
            pen.segment("NX1").text("1P").end()?;
            pen.address("1 MAIN ST", "BOSTON", "MA", "02111")?;
        }
        let members = pen.members;
        let family = Family::draw(&mut pen.random, members);
        pen.member("QC", family.patient(), ("MI", &family.subscriber.id()))?;
        pen.reference("EJ", numbered("PT", index + 1, 8).as_str())?;
        if pen.random.once_in(4) {
            pen.reference("BLT", "131")?;
        }
        if pen.random.once_in(4) {
            pen.reference("EA", numbered("MR", index % 5_000, 6).as_str())?;
        }
        if pen.random.once_in(4) {
            pen.reference("D9", numbered("CH", index, 12).as_str())?;
        }
        let service = pen.random.between(5, 60);
        pen.date("472", pen.ago(service))?;
        for place in 1..=pen.random.between(1, 3) {
            self.document(pen, index, place, asked)?;
        }
        Ok(())
    }
}

impl Attachments {
    /// Loop 2000A.
    fn document(&self, pen: &mut Pen, index: u64, place: u64, asked: bool) -> Written {
        pen.segment("LX").number(place).end()?;
        let (kind, prefix) = if asked { ("2", "2026") } else { ("1", "ACN") };
        let number = numbered(prefix, index, 9);
        pen.segment("TRN").text(kind).text(number.as_str()).end()?;
        if asked {
            let code = pen.random.pick(&DOCUMENTS);
            pen.segment("STC").composite(&["R4", code, "", "LOI"]).end()?;
            if pen.random.once_in(3) {
                pen.reference("FJ", numbered("L", index, 9).as_str())?;
            }
        }
        pen.date("368", pen.today)?;
        let form = pen.random.pick(&["TX", "HL", "MB", "IA"]);
        pen.segment("CAT").text("AE").text(form).end()?;
        pen.segment("EFI").text("05").end()?;
        let content = content(pen, form);
        binary(pen, &content)
    }
}

/// A document of this form; the length of its text varies.
fn content(pen: &mut Pen, form: &str) -> Vec<u8> {
    let sentences = pen.random.between(1, 40) as usize;
    match form {
        "HL" => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ClinicalDocument><title>Note</title>{}</ClinicalDocument>",
            "<p>Seen; no complaints: a*b~c^d.</p>".repeat(sentences)
        )
        .into_bytes(),
        "TX" => "Seen today; no complaints. ".repeat(sentences).into_bytes(),
        _ => (0..sentences * 24).map(|_| pen.random.below(256) as u8).collect(),
    }
}

/// BIN: bytes as they are, told by their length.
fn binary(pen: &mut Pen, content: &[u8]) -> Written {
    let delimiters = pen.out.delimiters();
    let length = numbered("", content.len() as u64, 1);
    let element = [delimiters.element];
    let end: &[u8] = if pen.out.line_feeds() {
        &[delimiters.terminator, b'\n']
    } else {
        &[delimiters.terminator]
    };
    let parts: [&[u8]; 6] = [b"BIN", &element, length.as_str().as_bytes(), &element, content, end];
    pen.out.raw_segments(&parts.concat(), 1);
    Ok(())
}
