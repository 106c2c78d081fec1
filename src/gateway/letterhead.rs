//! The envelope of a reply: who it is from and to, and when. Sender and receiver of the question change places.

use time::PrimitiveDateTime;

use crate::config::{Identity, Output};
use crate::wire::{EmitError, Emitter};

/// An id with its qualifier, as an ISA carries it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Party {
    /// Two characters.
    pub(super) qualifier: Box<str>,
    /// Without padding.
    pub(super) id: Box<str>,
}

/// What all replies to one interchange have in common.
#[derive(Clone, Debug)]
pub(super) struct Letterhead {
    from: Party,
    to: Party,
    /// ISA15.
    usage: char,
    now: PrimitiveDateTime,
    output: Output,
    /// GS id where the question's own cannot be used.
    group_id: Box<str>,
}

/// The functional identifier of our groups and the guide their sets follow.
#[derive(Clone, Copy, Debug)]
pub(super) struct GroupForm {
    /// GS01.
    pub(super) functional: &'static str,
    /// GS08.
    pub(super) version: &'static str,
}

impl Letterhead {
    /// A reply to somebody who wrote from `sender` to `receiver`. What cannot be said in our separators, or was left out,
    /// is replaced by our own name or a question mark.
    pub(super) fn new(
        sender: &Party,
        receiver: &Party,
        test: bool,
        now: PrimitiveDateTime,
        output: &Output,
        ours: &Identity,
    ) -> Letterhead {
        let us = Party { qualifier: ours.qualifier.as_str().into(), id: ours.id.as_str().into() };
        let nobody = Party { qualifier: "ZZ".into(), id: "?".into() };
        Letterhead {
            from: sayable(receiver, output).unwrap_or(us),
            to: sayable(sender, output).unwrap_or(nobody),
            usage: if test { 'T' } else { 'P' },
            now,
            output: output.clone(),
            group_id: ours.group_id.as_str().into(),
        }
    }

    /// An empty writer in the partner's separators.
    pub(super) fn emitter(&self) -> Emitter {
        Emitter::new(self.output.delimiters()).with_line_feeds(self.output.line_feeds)
    }

    /// The ISA. It is written by hand: its widths are fixed, and it alone may contain the separators as data.
    pub(super) fn isa(&self, control: u32) -> String {
        let Letterhead { from, to, now, output, .. } = self;
        let text = format!(
            "ISA*00*{:10}*00*{:10}*{:2}*{:15}*{:2}*{:15}*{:02}{:02}{:02}*{:02}{:02}",
            "",
            "",
            from.qualifier,
            from.id,
            to.qualifier,
            to.id,
            now.year().rem_euclid(100),
            u8::from(now.month()),
            now.day(),
            now.hour(),
            now.minute(),
        );
        let delimiters = output.delimiters();
        let element = char::from(delimiters.element);
        // No id holds the separator that takes the place of the star: it would not have been sayable.
        let mut isa = text.replace('*', &element.to_string());
        let repetition = char::from(output.repetition.0);
        let component = char::from(delimiters.component);
        let usage = self.usage;
        isa.push_str(&format!(
            "{element}{repetition}{element}00501{element}{control:09}{element}0{element}{usage}{element}{component}"
        ));
        isa.push(char::from(delimiters.terminator));
        if output.line_feeds {
            isa.push('\n');
        }
        isa
    }

    /// The IEA.
    pub(super) fn iea(
        &self,
        emitter: &mut Emitter,
        groups: u32,
        control: u32,
    ) -> Result<(), EmitError> {
        emitter.segment("IEA").number(u64::from(groups)).text(&format!("{control:09}")).end()
    }

    /// The GS of a group that answers one from `sender` to `receiver` (GS02 and GS03 of the question).
    pub(super) fn gs(
        &self,
        emitter: &mut Emitter,
        form: GroupForm,
        sender: &str,
        receiver: &str,
        control: u32,
    ) -> Result<(), EmitError> {
        let now = self.now;
        let date = format!("{:04}{:02}{:02}", now.year(), u8::from(now.month()), now.day());
        let time = format!("{:02}{:02}", now.hour(), now.minute());
        let from = self.group_party(receiver).unwrap_or(&self.group_id);
        // A GS02 that cannot be written is answered to the ISA id, which could.
        let to = self.group_party(sender).unwrap_or(&self.to.id);
        emitter
            .segment("GS")
            .text(form.functional)
            .text(from)
            .text(to)
            .text(&date)
            .text(&time)
            .number(u64::from(control))
            .text("X")
            .text(form.version)
            .end()
    }

    /// The GE.
    pub(super) fn ge(
        &self,
        emitter: &mut Emitter,
        sets: u32,
        control: u32,
    ) -> Result<(), EmitError> {
        emitter.segment("GE").number(u64::from(sets)).number(u64::from(control)).end()
    }

    fn group_party<'t>(&self, id: &'t str) -> Option<&'t str> {
        let id = id.trim_end();
        (id.len() >= 2 && can_say(id, &self.output)).then_some(id)
    }
}

fn sayable(party: &Party, output: &Output) -> Option<Party> {
    let id = party.id.trim_end();
    let fits = party.qualifier.len() == 2 && (1..=15).contains(&id.len());
    (fits && can_say(&party.qualifier, output) && can_say(id, output) && !id.contains('*'))
        .then(|| Party { qualifier: party.qualifier.clone(), id: id.into() })
}

fn can_say(text: &str, output: &Output) -> bool {
    let delimiters = output.delimiters();
    text.bytes().all(|b| (0x20..0x7f).contains(&b) && !delimiters.contains(b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, Separator};
    use crate::wire::Delimiters;

    fn party(id: &str) -> Party {
        Party { qualifier: "ZZ".into(), id: id.into() }
    }

    fn letterhead(sender: &str, output: &Output) -> Letterhead {
        let config = Config::default();
        let now = time::macros::datetime!(2026-01-05 09:30);
        Letterhead::new(&party(sender), &party("PAYERGW"), true, now, output, &config.identity)
    }

    #[test]
    fn sender_and_receiver_change_places() {
        let isa = letterhead("SUBMITTER1     ", &Output::default()).isa(906);
        assert_eq!(
            isa,
            "ISA*00*          *00*          *ZZ*PAYERGW        *ZZ*SUBMITTER1     \
             *260105*0930*^*00501*000000906*0*T*:~"
        );
    }

    #[test]
    fn an_isa_in_other_separators_can_be_read() {
        let output = Output {
            element: Separator(b'|'),
            repetition: Separator(b'*'),
            terminator: Separator(b'\n'),
            ..Output::default()
        };
        let isa = letterhead("SUBMITTER1", &output).isa(1);
        assert_eq!(Delimiters::from_isa(isa.as_bytes()), Ok(output.delimiters()));
    }

    #[test]
    fn a_sender_that_cannot_be_written_does_not_break_the_envelope() {
        let isa = letterhead("A~B*C", &Output::default()).isa(1);
        assert_eq!(isa.len(), Delimiters::ISA_BYTES);
        assert_eq!(Delimiters::from_isa(isa.as_bytes()), Ok(Delimiters::STANDARD));
    }

    #[test]
    fn a_group_id_that_cannot_be_written_is_replaced() {
        let letterhead = letterhead("SUBMITTER1", &Output::default());
        let mut out = letterhead.emitter();
        let form = GroupForm { functional: "HB", version: "005010X279A1" };
        letterhead.gs(&mut out, form, "A~", "", 7).unwrap();
        let expected = "GS*HB*PAYERGW*SUBMITTER1*20260105*0930*7*X*005010X279A1~";
        assert_eq!(std::str::from_utf8(out.bytes()).unwrap(), expected);
    }
}
