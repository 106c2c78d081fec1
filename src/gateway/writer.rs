//! One reply being written: ISA, groups of sets, IEA, with everything counted.

use super::error::ServiceError;
use super::reply::Kind;
use super::sheet::{Place, Sheet, Written};
use crate::txn::envelope::{EnvelopeWriter, GroupForm, write_ge, write_iea};
use crate::wire::Emitter;

/// A reply that grows from front to back.
#[derive(Debug)]
pub(super) struct ReplyWriter {
    kind: Kind,
    control: u32,
    sheet: Sheet,
    emitter: Emitter,
    groups: u32,
    open: Option<OpenGroup>,
}

#[derive(Debug)]
struct OpenGroup {
    control: u32,
    sets: u32,
    /// Where its GS begins, and where it ends.
    begin: Place,
    body: Place,
}

/// A reply that is whole, before it leaves.
#[derive(Debug)]
pub(super) struct Drafted {
    pub(super) kind: Kind,
    pub(super) control: u32,
    pub(super) written: Written,
}

impl ReplyWriter {
    /// Begins a reply with its ISA.
    pub(super) fn begin(
        kind: Kind,
        control: u32,
        envelope: &EnvelopeWriter,
        mut sheet: Sheet,
    ) -> Result<Self, ServiceError> {
        let mut emitter = envelope.emitter();
        envelope.isa(&mut emitter, control)?;
        sheet.write(&emitter.take())?;
        Ok(ReplyWriter { kind, control, sheet, emitter, groups: 0, open: None })
    }

    /// Begins a group that answers one between these parties (its GS02 and GS03).
    pub(super) fn begin_group(
        &mut self,
        envelope: &EnvelopeWriter,
        form: GroupForm,
        parties: (&str, &str),
        control: u32,
    ) -> Result<(), ServiceError> {
        let begin = self.sheet.place();
        envelope.reply_gs(&mut self.emitter, form, parties, control)?;
        self.flush()?;
        let body = self.sheet.place();
        self.open = Some(OpenGroup { control, sets: 0, begin, body });
        Ok(())
    }

    /// Appends sets in wire form, in this reply's separators.
    pub(super) fn sets(&mut self, text: &[u8], count: u32) -> Result<(), ServiceError> {
        if let Some(open) = &mut self.open {
            open.sets += count;
        }
        self.append(text)
    }

    /// Appends segments in wire form.
    pub(super) fn append(&mut self, text: &[u8]) -> Result<(), ServiceError> {
        Ok(self.sheet.write(text)?)
    }

    /// Ends the group.
    pub(super) fn end_group(&mut self) -> Result<(), ServiceError> {
        if let Some(open) = self.open.take() {
            write_ge(&mut self.emitter, open.sets, open.control)?;
            self.groups += 1;
            self.flush()?;
        }
        Ok(())
    }

    /// Takes back what the group holds, but not its GS.
    pub(super) fn restart_group(&mut self) -> Result<(), ServiceError> {
        if let Some(open) = &mut self.open {
            self.sheet.take_back(&open.body)?;
            open.sets = 0;
        }
        Ok(())
    }

    /// Takes the group back, as if it had never been begun.
    pub(super) fn drop_group(&mut self) -> Result<(), ServiceError> {
        if let Some(open) = self.open.take() {
            self.sheet.take_back(&open.begin)?;
        }
        Ok(())
    }

    /// True while no group is in it.
    pub(super) fn is_empty(&self) -> bool {
        self.groups == 0 && self.open.is_none()
    }

    /// Ends the reply with its IEA.
    pub(super) fn finish(mut self) -> Result<Drafted, ServiceError> {
        write_iea(&mut self.emitter, self.groups, self.control)?;
        self.flush()?;
        let written = self.sheet.finish()?;
        Ok(Drafted { kind: self.kind, control: self.control, written })
    }

    /// A writer for segments of this reply, emptied by [`ReplyWriter::flush`].
    pub(super) fn emitter(&mut self) -> &mut Emitter {
        &mut self.emitter
    }

    /// Puts what the emitter holds on the sheet.
    pub(super) fn flush(&mut self) -> Result<(), ServiceError> {
        let text = self.emitter.take();
        self.append(&text)
    }
}
