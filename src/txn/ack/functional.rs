//! The 999: one for each functional group, written as the sets of the group come in, so that its length does not matter.

use std::borrow::Cow;

use super::{GUIDE_999, plain};
use crate::check::{
    ElementError, GroupHeader, GroupReport, SegmentError, SetReport, Trigger, Verdict,
};
use crate::wire::{Delimiters, EmitError, Emitter};

/// IK403 of a code that the standard has and the guide does not use.
const UNUSED_CODE: &str = "I6";
/// Longest loop id allowed in IK303 and CTX04.
const LOOP_ID_MAX: usize = 4;
/// IK3 loops that one AK2 loop may hold, and IK4 loops in each; more are left out.
const SEGMENT_ERRORS_MAX: usize = 1000;

/// Options of a 999.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AckOptions {
    /// Report accepted sets too (AK2 and IK5 `A`).
    pub list_accepted: bool,
    /// Write loop ids as the guide has them (`2010AA`) and not as the base standard numbers them (`2010`).
    pub guide_loop_ids: bool,
    /// Name the business unit (CTX) a segment error belongs to.
    pub business_units: bool,
    /// Report a code that the standard has and the guide does not use as an invalid code (IK403 `7`), not as one that is not
    /// used (`I6`).
    pub unused_codes_as_invalid: bool,
}

impl Default for AckOptions {
    fn default() -> Self {
        AckOptions {
            list_accepted: true,
            guide_loop_ids: false,
            business_units: true,
            unused_codes_as_invalid: false,
        }
    }
}

/// A 999 being written.
#[derive(Debug)]
pub struct FunctionalAck {
    control: String,
    options: AckOptions,
}

impl FunctionalAck {
    /// Begins the 999 for a group, as set `control` (ST02).
    pub fn begin(
        out: &mut Emitter,
        control: &str,
        group: &GroupHeader,
        options: AckOptions,
    ) -> Result<Self, EmitError> {
        out.begin_set("999", control, Some(GUIDE_999))?;
        let separators = out.delimiters();
        out.segment("AK1")
            .text(&plain(group.functional.as_str(), separators, "ZZ"))
            .text(&group_control(group.control.as_str()))
            .text(&plain(group.version.as_str(), separators, ""))
            .end()?;
        Ok(FunctionalAck { control: control.to_owned(), options })
    }

    /// Reports one set of the group.
    pub fn set(&self, out: &mut Emitter, report: &SetReport) -> Result<(), EmitError> {
        if report.verdict == Verdict::Accepted && !self.options.list_accepted {
            return Ok(());
        }
        let separators = out.delimiters();
        out.segment("AK2")
            .text(&format!("{:0>3}", plain(report.header.set.as_str(), separators, "0")))
            .text(&set_control(report.header.control.as_str(), separators))
            .text(&plain(report.header.convention.as_str(), separators, ""))
            .end()?;
        for error in report.errors.iter().take(SEGMENT_ERRORS_MAX) {
            self.segment_error(out, error)?;
        }
        let code = match report.verdict {
            Verdict::Accepted => "A",
            Verdict::AcceptedWithErrors => "E",
            Verdict::Rejected => "R",
        };
        let ik5 = out.segment("IK5").text(code);
        let codes = self.set_codes(report);
        codes.iter().take(5).fold(ik5, |ik5, code| ik5.text(code)).end()
    }

    /// Ends the 999 with the totals of the group.
    pub fn end(self, out: &mut Emitter, group: &GroupReport) -> Result<(), EmitError> {
        let ak9 = out
            .segment("AK9")
            .text(group.disposition())
            .number(group.included.min(999_999))
            .number(u64::from(group.received.min(999_999)))
            .number(u64::from(group.accepted.min(999_999)));
        group.codes.iter().take(5).fold(ak9, |ak9, code| ak9.text(code)).end()?;
        out.end_set(&self.control)
    }

    /// IK502 and following: `I5` goes with errors against the guide, `5` with those against the standard.
    fn set_codes<'a>(&self, report: &'a SetReport) -> Cow<'a, [&'static str]> {
        if !self.options.unused_codes_as_invalid {
            return Cow::Borrowed(&report.codes);
        }
        let is_of_guide = |error: &SegmentError| {
            let mut elements = error.elements.iter();
            error.code.starts_with('I')
                || elements.any(|e| e.code.starts_with('I') && e.code != UNUSED_CODE)
        };
        let others = report.codes.iter().filter(|code| !matches!(**code, "5" | "I5"));
        let mut codes: Vec<&'static str> = others.copied().collect();
        if report.errors.iter().any(is_of_guide) {
            codes.push("I5");
        }
        if !report.errors.iter().all(is_of_guide) {
            codes.push("5");
        }
        Cow::Owned(codes)
    }

    fn segment_error(&self, out: &mut Emitter, error: &SegmentError) -> Result<(), EmitError> {
        let tag = error.tag.to_string();
        let tag = if error.tag.is_malformed() { "ZZZ" } else { &tag };
        out.segment("IK3")
            .text(tag)
            .number(u64::from(error.position))
            .text(self.loop_id(&error.loop_id))
            .text(error.code)
            .end()?;
        if let Some(trigger) = &error.trigger {
            self.trigger(out, trigger)?;
        }
        if let Some((name, value)) = error.unit.as_ref().filter(|_| self.options.business_units) {
            let separators = out.delimiters();
            let value = plain(value, separators, "");
            // CTX01-2 holds 35 characters.
            let value: String = value.chars().take(35).collect();
            if !value.is_empty() {
                out.segment("CTX").composite(&[name, &value]).end()?;
            }
        }
        for element in error.elements.iter().take(SEGMENT_ERRORS_MAX) {
            self.element_error(out, element)?;
        }
        Ok(())
    }

    fn element_error(&self, out: &mut Emitter, error: &ElementError) -> Result<(), EmitError> {
        let number = |n: u16| if n == 0 { String::new() } else { n.to_string() };
        let separators = out.delimiters();
        // Composites have letters in their number; IK402 takes only data elements.
        let data_element = if error.data_element > 9999 { 0 } else { error.data_element };
        out.segment("IK4")
            .composite(&[
                &number(u16::from(error.element)),
                &number(u16::from(error.component)),
                &number(error.repetition),
            ])
            .text(&number(data_element))
            .text(match error.code {
                UNUSED_CODE if self.options.unused_codes_as_invalid => "7",
                code => code,
            })
            .text(&plain(error.bad_value.as_deref().unwrap_or(""), separators, ""))
            .end()?;
        match &error.trigger {
            Some(trigger) => self.trigger(out, trigger),
            None => Ok(()),
        }
    }

    fn trigger(&self, out: &mut Emitter, trigger: &Trigger) -> Result<(), EmitError> {
        let number = |n: u8| if n == 0 { String::new() } else { n.to_string() };
        out.segment("CTX")
            .text("SITUATIONAL TRIGGER")
            .text(&trigger.tag.to_string())
            .number(u64::from(trigger.position))
            .text(self.loop_id(&trigger.loop_id))
            .composite(&[&number(trigger.element.0), &number(trigger.element.1)])
            .end()
    }

    /// The base standard numbers loops with four digits; guides add letters to distinguish uses.
    fn loop_id<'a>(&self, id: &'a str) -> &'a str {
        if self.options.guide_loop_ids || id.len() <= LOOP_ID_MAX { id } else { &id[..LOOP_ID_MAX] }
    }
}

/// AK102 is a number; a GS06 that is not is repeated as zero, and the group is rejected for it.
fn group_control(control: &str) -> String {
    let is_number = (1..=9).contains(&control.len()) && control.bytes().all(|b| b.is_ascii_digit());
    if is_number { control.to_owned() } else { "0".to_owned() }
}

/// AK202 has at least four characters; a shorter ST02 is padded with leading zeros.
fn set_control(control: &str, separators: Delimiters) -> String {
    format!("{:0>4}", plain(control, separators, "0"))
}
