//! The envelope around functional groups: ISA, GS, GE and IEA.

use time::PrimitiveDateTime;

use crate::wire::value::{d6_text, d8_text, hhmm_text};
use crate::wire::{Delimiters, EmitError, Emitter, Tag};

/// Most characters of ISA06 or ISA08.
const ID_MAX: usize = 15;

/// One side of an interchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// ISA05 or ISA07.
    pub qualifier: Box<str>,
    /// ISA06 or ISA08, without its padding; GS02 or GS03 too.
    pub id: Box<str>,
}

impl Party {
    /// An id that the two agreed on (`ZZ`, mutually defined).
    pub fn mutually_defined(id: &str) -> Party {
        Party { qualifier: "ZZ".into(), id: id.into() }
    }
}

/// The form of an interchange: its separators, and whether each segment is on a line of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputForm {
    /// The separators.
    pub delimiters: Delimiters,
    /// A line feed after each terminator.
    pub line_feeds: bool,
}

impl OutputForm {
    /// The standard separators, all in one line.
    pub const STANDARD: OutputForm =
        OutputForm { delimiters: Delimiters::STANDARD, line_feeds: false };

    /// An empty writer of this form.
    pub fn emitter(&self) -> Emitter {
        Emitter::new(self.delimiters).with_line_feeds(self.line_feeds)
    }

    fn can_hold(&self, text: &str) -> bool {
        text.bytes().all(|b| (0x20..0x7f).contains(&b) && !self.delimiters.contains(b))
    }
}

/// The functional identifier of a group and the guide its sets follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupForm {
    /// GS01.
    pub functional: &'static str,
    /// GS08.
    pub version: &'static str,
}

/// The answering side of an interchange.
#[derive(Debug, Clone)]
pub struct ReplyIdentity<'r> {
    /// ISA05 and ISA06 where the receiver of the question cannot be named as the sender of the reply.
    pub party: Party,
    /// GS02 where the receiver of the question's group cannot be.
    pub group_id: &'r str,
}

/// Writes the envelopes of one interchange, or of several that differ in their control number only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EnvelopeWriter {
    /// The sender.
    pub sender: Party,
    /// The receiver.
    pub receiver: Party,
    /// GS02 of our own groups where it is not the sender's id.
    group_id: Box<str>,
    /// ISA15 `P` rather than `T`.
    pub production: bool,
    /// When it was created.
    pub at: PrimitiveDateTime,
    /// Its form.
    pub form: OutputForm,
}

impl EnvelopeWriter {
    /// An envelope from one to another, in the standard form. An id that cannot be written is an error of
    /// [`EnvelopeWriter::isa`].
    pub fn new(
        sender: Party,
        receiver: Party,
        production: bool,
        at: PrimitiveDateTime,
    ) -> EnvelopeWriter {
        let group_id = sender.id.clone();
        let form = OutputForm::STANDARD;
        EnvelopeWriter { sender, receiver, group_id, production, at, form }
    }

    /// The same, with this GS02 in its own groups.
    #[must_use]
    pub fn with_group_id(mut self, id: &str) -> EnvelopeWriter {
        self.group_id = id.into();
        self
    }

    /// The envelope of a reply to an interchange from `sender` to `receiver`, exchanged. An id that was left
    /// out or cannot be written in these separators is replaced by `ours` or a question mark, so that there always is a
    /// reply.
    pub fn reply(
        sender: &Party,
        receiver: &Party,
        ours: &ReplyIdentity<'_>,
        production: bool,
        at: PrimitiveDateTime,
        form: OutputForm,
    ) -> EnvelopeWriter {
        // A digit is never a separator.
        let unknown = if form.can_hold("?") { "?" } else { "0" };
        let unknown = || Party::mutually_defined(unknown);
        EnvelopeWriter {
            sender: writable(receiver, form)
                .or_else(|| writable(&ours.party, form))
                .unwrap_or_else(unknown),
            receiver: writable(sender, form).unwrap_or_else(unknown),
            group_id: ours.group_id.into(),
            production,
            at,
            form,
        }
    }

    /// An empty writer in the form of this envelope.
    pub fn emitter(&self) -> Emitter {
        self.form.emitter()
    }

    /// Writes ISA. Its widths are fixed, and it alone contains separators as data.
    ///
    /// # Errors
    /// An id that does not fit, or that contains a separator.
    pub fn isa(&self, out: &mut Emitter, control: u32) -> Result<(), EmitError> {
        let delimiters = out.delimiters();
        for (party, element) in [(&self.sender, 6), (&self.receiver, 8)] {
            if party.id.is_empty() || party.id.len() > ID_MAX || !self.form.can_hold(&party.id) {
                return Err(EmitError {
                    loop_id: "envelope".to_owned(),
                    tag: Tag::from("ISA"),
                    element,
                    why: "an id has 1 to 15 characters, none of them a separator",
                });
            }
        }
        let isa = [
            "ISA".to_owned(),
            "00".to_owned(),
            " ".repeat(10),
            "00".to_owned(),
            " ".repeat(10),
            format!("{:2.2}", self.sender.qualifier),
            format!("{:15}", self.sender.id),
            format!("{:2.2}", self.receiver.qualifier),
            format!("{:15}", self.receiver.id),
            d6_text(self.at.date()).as_str().to_owned(),
            hhmm_text(self.at.time()).as_str().to_owned(),
            delimiters.repetition.map_or('U', char::from).to_string(),
            "00501".to_owned(),
            format!("{control:09}"),
            "0".to_owned(),
            (if self.production { "P" } else { "T" }).to_owned(),
            char::from(delimiters.component).to_string(),
        ];
        out.raw(isa.join(&char::from(delimiters.element).to_string()).as_bytes());
        out.raw(&[delimiters.terminator]);
        if out.line_feeds() {
            out.raw(b"\n");
        }
        Ok(())
    }

    /// Writes GS from the sender of the interchange to its receiver.
    ///
    /// # Errors
    /// An id that cannot be written.
    pub fn gs(&self, out: &mut Emitter, form: GroupForm, control: u32) -> Result<(), EmitError> {
        self.group_between(out, form, (&self.sender.id, &self.receiver.id), control)
    }

    /// Writes GS of a group that answers one from `sender` to `receiver` (its GS02 and GS03), exchanged. What
    /// cannot be written is replaced as in [`EnvelopeWriter::reply`].
    ///
    /// # Errors
    /// Our own id that cannot be written.
    pub fn reply_gs(
        &self,
        out: &mut Emitter,
        form: GroupForm,
        (sender, receiver): (&str, &str),
        control: u32,
    ) -> Result<(), EmitError> {
        let from = self.group_party(receiver).unwrap_or(&self.group_id);
        // A GS02 that cannot be written is replaced by the ISA id, which could.
        let to = self.group_party(sender).unwrap_or(&self.receiver.id);
        self.group_between(out, form, (from, to), control)
    }

    fn group_between(
        &self,
        out: &mut Emitter,
        form: GroupForm,
        (from, to): (&str, &str),
        control: u32,
    ) -> Result<(), EmitError> {
        out.segment("GS")
            .text(form.functional)
            .text(from)
            .text(to)
            .text(d8_text(self.at.date()).as_str())
            .text(hhmm_text(self.at.time()).as_str())
            .number(u64::from(control))
            .text("X")
            .text(form.version)
            .end()
    }

    fn group_party<'t>(&self, id: &'t str) -> Option<&'t str> {
        let id = id.trim_end();
        (id.len() >= 2 && self.form.can_hold(id)).then_some(id)
    }
}

/// Writes GE of the group with this number.
///
/// # Errors
/// None that numbers could cause.
pub fn write_ge(out: &mut Emitter, sets: u32, control: u32) -> Result<(), EmitError> {
    out.segment("GE").number(u64::from(sets)).number(u64::from(control)).end()
}

/// Writes IEA of the interchange with this number.
///
/// # Errors
/// None that numbers could cause.
pub fn write_iea(out: &mut Emitter, groups: u32, control: u32) -> Result<(), EmitError> {
    out.segment("IEA").number(u64::from(groups)).text(&format!("{control:09}")).end()
}

/// The party as it can be written; none where it cannot.
fn writable(party: &Party, form: OutputForm) -> Option<Party> {
    let id = party.id.trim_end();
    let fits = party.qualifier.len() == 2 && (1..=ID_MAX).contains(&id.len());
    (fits && form.can_hold(&party.qualifier) && form.can_hold(id))
        .then(|| Party { qualifier: party.qualifier.clone(), id: id.into() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: PrimitiveDateTime = time::macros::datetime!(2026-01-05 09:30);

    fn reply_to(sender: &str, form: OutputForm) -> EnvelopeWriter {
        let ours = ReplyIdentity { party: Party::mutually_defined("OURS"), group_id: "PAYERGW" };
        let sender = Party::mutually_defined(sender);
        let receiver = Party::mutually_defined("PAYERGW");
        EnvelopeWriter::reply(&sender, &receiver, &ours, false, AT, form)
    }

    fn isa(envelope: &EnvelopeWriter, control: u32) -> String {
        let mut out = envelope.emitter();
        envelope.isa(&mut out, control).unwrap();
        String::from_utf8(out.into_bytes()).unwrap()
    }

    #[test]
    fn sender_and_receiver_change_places() {
        assert_eq!(
            isa(&reply_to("SUBMITTER1     ", OutputForm::STANDARD), 906),
            "ISA*00*          *00*          *ZZ*PAYERGW        *ZZ*SUBMITTER1     \
             *260105*0930*^*00501*000000906*0*T*:~"
        );
    }

    #[test]
    fn an_isa_in_other_separators_can_be_read() {
        let delimiters = Delimiters {
            element: b'|',
            repetition: Some(b'*'),
            terminator: b'\n',
            ..Delimiters::STANDARD
        };
        let form = OutputForm { delimiters, line_feeds: false };
        for sender in ["SUBMITTER1", "A*C"] {
            let isa = isa(&reply_to(sender, form), 1);
            assert_eq!(Delimiters::from_isa(isa.as_bytes()), Ok(delimiters));
        }
    }

    #[test]
    fn a_sender_that_cannot_be_written_does_not_break_the_reply() {
        let isa = isa(&reply_to("A~B*C", OutputForm::STANDARD), 1);
        assert_eq!(isa.len(), Delimiters::ISA_BYTES);
        assert_eq!(Delimiters::from_isa(isa.as_bytes()), Ok(Delimiters::STANDARD));
        assert!(isa.contains("*ZZ*?              *"), "{isa}");
    }

    #[test]
    fn nobody_is_named_by_a_separator() {
        let delimiters = Delimiters { component: b'?', ..Delimiters::STANDARD };
        let isa = isa(&reply_to("A?", OutputForm { delimiters, line_feeds: false }), 1);
        assert_eq!(Delimiters::from_isa(isa.as_bytes()), Ok(delimiters));
        assert!(isa.contains("*ZZ*0              *"), "{isa}");
    }

    #[test]
    fn an_id_of_our_own_choice_that_cannot_be_written_is_an_error() {
        for id in ["", "A*B", "SIXTEEN LETTERS."] {
            let [sender, receiver] = [id, "PAYERGW"].map(Party::mutually_defined);
            let envelope = EnvelopeWriter::new(sender, receiver, true, AT);
            let mut out = envelope.emitter();
            let error = envelope.isa(&mut out, 1).unwrap_err();
            assert_eq!((error.tag, error.element), (Tag::from("ISA"), 6), "{id}");
            assert!(out.bytes().is_empty());
        }
    }

    #[test]
    fn a_group_id_that_cannot_be_written_is_replaced() {
        let envelope = reply_to("SUBMITTER1", OutputForm::STANDARD);
        let mut out = envelope.emitter();
        let form = GroupForm { functional: "HB", version: "005010X279A1" };
        envelope.reply_gs(&mut out, form, ("A~", ""), 7).unwrap();
        let expected = "GS*HB*PAYERGW*SUBMITTER1*20260105*0930*7*X*005010X279A1~";
        assert_eq!(std::str::from_utf8(out.bytes()).unwrap(), expected);
    }
}
