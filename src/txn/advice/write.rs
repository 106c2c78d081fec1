//! Writes the 824.

use std::borrow::Cow;

use super::{Advice, GUIDE_824, Item, ItemError, Party, Scope, Verdict};
use crate::segments::text::{exact, fit, upper};
use crate::wire::value::{d8_text, hhmm_text, tm_text};
use crate::wire::{EmitError, Emitter};

/// Most REF of one item, and most errors we write of it.
const REFERENCES_MAX: usize = 12;
const ERRORS_MAX: usize = 99;

/// Written where a name or number is required and there is none.
const NAMELESS: &str = "UNKNOWN";

impl Advice {
    /// Writes the set, ST to SE. Text is made to fit; what is required and cannot be made to fit is replaced.
    ///
    /// # Errors
    /// A code that cannot be written.
    pub fn write(&self, control: &str, out: &mut Emitter) -> Result<(), EmitError> {
        out.begin_set("824", control, Some(GUIDE_824))?;
        out.enter("ST");
        let delimiters = out.delimiters();
        out.segment("BGN")
            .text("11")
            .text(&or_nameless(fit(&self.number, 1, 50, delimiters)))
            .text(d8_text(self.at.date()).as_str())
            .text(hhmm_text(self.at.time()).as_str())
            .text("")
            .text(&fit(&self.answers, 1, 50, delimiters))
            .text("")
            .text(self.action())
            .end()?;
        out.enter("1000A");
        self.submitter.write("41", out)?;
        if let Some(contact) = &self.contact {
            contact.write(out)?;
        }
        out.enter("1000B");
        self.receiver.write("40", out)?;
        for item in &self.items {
            self.write_item(item, out)?;
        }
        out.end_set(control)
    }

    /// BGN08, what became of the set as a whole.
    fn action(&self) -> &'static str {
        let taken = |item: &Item| item.verdict != Verdict::Rejected;
        let of_set = self.items.iter().find(|item| item.scope == Scope::Set);
        if of_set.map_or_else(|| self.items.iter().any(taken), taken) { "WQ" } else { "U" }
    }

    fn write_item(&self, item: &Item, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2000");
        let delimiters = out.delimiters();
        let answered = &item.answered;
        let date = answered.date.unwrap_or_else(|| self.at.date());
        let time = answered.time.map_or_else(|| hhmm_text(self.at.time()), tm_text);
        let is_number = answered.group.bytes().all(|b| b.is_ascii_digit());
        let group = if is_number { fit(&answered.group, 1, 9, delimiters) } else { "".into() };
        // A set is named only together with its group.
        let control =
            if group.is_empty() { "".into() } else { fit(&answered.control, 4, 9, delimiters) };
        out.segment("OTI")
            .text(item.verdict.code(item.scope))
            .text("TN")
            .text(&or_nameless(fit(&item.reference, 1, 50, delimiters)))
            .skip_to(6)
            .text(d8_text(date).as_str())
            .text(time.as_str())
            .text(&group)
            .text(&control)
            .text(&fit(&answered.set, 3, 3, delimiters))
            .text(&fit(&answered.guide, 1, 12, delimiters))
            .end()?;
        for reference in item.references.iter().take(REFERENCES_MAX) {
            reference.write(out)?;
        }
        if let Some(name) = &item.name {
            name.write(out)?;
        }
        item.errors.iter().take(ERRORS_MAX).try_for_each(|error| error.write(out))
    }
}

impl Party {
    fn write(&self, entity: &str, out: &mut Emitter) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        out.segment("N1")
            .text(entity)
            .text(&or_nameless(upper(&self.name, 60, delimiters)))
            .text("46")
            .text(&or_nameless(fit(&self.id, 2, 80, delimiters)))
            .end()
    }
}

impl ItemError {
    fn write(&self, out: &mut Emitter) -> Result<(), EmitError> {
        out.enter("2100");
        let delimiters = out.delimiters();
        let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
        let place = &self.place;
        let element = number(place.element.map(u32::from));
        let component = match place.element {
            Some(_) => number(place.component.map(u32::from)),
            None => String::new(),
        };
        out.segment("TED")
            .text(self.condition.code())
            .text(&upper(&self.words, 60, delimiters))
            .text(&fit(&place.segment, 2, 3, delimiters))
            .text(&number(place.position))
            .composite(&[&element, &component])
            .end()?;
        let reason = exact(&self.reason, 30, delimiters);
        if reason.is_empty() {
            return Ok(());
        }
        out.segment("RED").text("NA").text("").text("94").text("").text("IBP").text(&reason).end()
    }
}

fn or_nameless(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.is_empty() { Cow::Borrowed(NAMELESS) } else { text }
}
