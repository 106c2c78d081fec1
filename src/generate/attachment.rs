//! Documents about a claim (275, 005010X210), asked for or not: text, markup, and bytes that hold separators.

use std::ops::Range;

use super::SetSource;
use super::people::{Family, PAYER, Provider};
use super::set_writer::{Result, SetWriter};
use super::text::{day, numbered};

/// Writes documents, those of one patient in a set.
#[derive(Debug, Default)]
pub(super) struct Attachments {
    number: u64,
}

/// LOINC codes of what was asked for, as ids.
const DOCUMENTS: [&str; 4] = ["18594-2", "11503-0", "11506-3", "28570-0"];

impl SetSource for Attachments {
    fn open(&mut self, _writer: &mut SetWriter, number: u64, _items: Range<u64>) -> Result {
        self.number = number;
        Ok(())
    }

    fn item(&mut self, writer: &mut SetWriter, index: u64) -> Result {
        let asked = writer.random.once_in(2);
        let today = day(writer.today);
        writer
            .segment("BGN")
            .text(if asked { "11" } else { "02" })
            .text(numbered("AT", self.number, 9).as_str())
            .text(today.as_str())
            .text(super::TIME)
            .end()?;
        writer.payer("PR", PAYER)?;
        if asked && writer.random.once_in(2) {
            writer.contact("IC", "MEDICAL REVIEW")?;
        }
        writer.organization("41", "SUBMITTER ONE", ("46", "SUBMITTER1"))?;
        let who = Provider::draw(&mut writer.random);
        writer.provider("1P", &who)?;
        if writer.random.once_in(3) {
            writer.specialty("BI", who.taxonomy)?;
        }
        if writer.random.once_in(4) {
            writer.segment("NX1").text("1P").end()?;
            writer.address("1 MAIN ST", "BOSTON", "MA", "02111")?;
        }
        let members = writer.members;
        let family = Family::draw(&mut writer.random, members);
        writer.member("QC", family.patient(), ("MI", &family.subscriber.id()))?;
        writer.reference("EJ", numbered("PT", index + 1, 8).as_str())?;
        if writer.random.once_in(4) {
            writer.reference("BLT", "131")?;
        }
        if writer.random.once_in(4) {
            writer.reference("EA", numbered("MR", index % 5_000, 6).as_str())?;
        }
        if writer.random.once_in(4) {
            writer.reference("D9", numbered("CH", index, 12).as_str())?;
        }
        let service = writer.random.between(5, 60);
        writer.date("472", writer.ago(service))?;
        for place in 1..=writer.random.between(1, 3) {
            self.document(writer, index, place, asked)?;
        }
        Ok(())
    }
}

impl Attachments {
    /// Loop 2000A.
    fn document(&self, writer: &mut SetWriter, index: u64, place: u64, asked: bool) -> Result {
        writer.segment("LX").number(place).end()?;
        let (kind, prefix) = if asked { ("2", "2026") } else { ("1", "ACN") };
        let number = numbered(prefix, index, 9);
        writer.segment("TRN").text(kind).text(number.as_str()).end()?;
        if asked {
            let code = writer.random.pick(&DOCUMENTS);
            writer.segment("STC").composite(&["R4", code, "", "LOI"]).end()?;
            if writer.random.once_in(3) {
                writer.reference("FJ", numbered("L", index, 9).as_str())?;
            }
        }
        writer.date("368", writer.today)?;
        let form = writer.random.pick(&["TX", "HL", "MB", "IA"]);
        writer.segment("CAT").text("AE").text(form).end()?;
        writer.segment("EFI").text("05").end()?;
        let content = content(writer, form);
        binary(writer, &content)
    }
}

/// A document of this form; the length of its text varies.
fn content(writer: &mut SetWriter, form: &str) -> Vec<u8> {
    let sentences = writer.random.between(1, 40) as usize;
    match form {
        "HL" => format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ClinicalDocument><title>Note</title>{}</ClinicalDocument>",
            "<p>Seen; no complaints: a*b~c^d.</p>".repeat(sentences)
        )
        .into_bytes(),
        "TX" => "Seen today; no complaints. ".repeat(sentences).into_bytes(),
        _ => (0..sentences * 24).map(|_| writer.random.below(256) as u8).collect(),
    }
}

/// BIN: bytes as they are, told by their length.
fn binary(writer: &mut SetWriter, content: &[u8]) -> Result {
    let delimiters = writer.emitter.delimiters();
    let length = numbered("", content.len() as u64, 1);
    let element = [delimiters.element];
    let end: &[u8] = if writer.emitter.line_feeds() {
        &[delimiters.terminator, b'\n']
    } else {
        &[delimiters.terminator]
    };
    let parts: [&[u8]; 6] = [b"BIN", &element, length.as_str().as_bytes(), &element, content, end];
    writer.emitter.raw_segments(&parts.concat(), 1);
    Ok(())
}
