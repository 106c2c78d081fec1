//! One reply being written: ISA, groups of sets, IEA, with everything counted.

use super::{ReplyKind, Result};
use crate::txn::Spool;
use crate::txn::envelope::{EnvelopeWriter, write_ge, write_iea};
use crate::wire::Emitter;

/// Control numbers of what is begun.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Numbers {
    /// ISA13 of the reply; not used when the reply was begun before.
    pub interchange: u32,
    /// GS06 of its group.
    pub group: u32,
}

/// A reply that grows from front to back.
#[derive(Debug)]
pub(super) struct OpenReply<S: Spool> {
    kind: ReplyKind,
    control: u32,
    spool: S,
    emitter: Emitter,
    groups: u32,
    group: Option<ReplyGroup<S::Checkpoint>>,
}

/// The group of a reply that is open.
#[derive(Debug)]
struct ReplyGroup<C> {
    control: u32,
    sets: u32,
    /// Where its GS begins, and where it ends.
    begin: C,
    body: C,
}

/// A finished reply, before it is sent.
#[derive(Debug)]
pub struct FinishedReply<S> {
    /// Its kind.
    pub kind: ReplyKind,
    /// Its ISA13.
    pub control: u32,
    /// True when it rejects anything.
    pub rejects: bool,
    /// Claims accepted and rejected, where it is about claims.
    pub claims: Option<(u32, u32)>,
    /// ISA to IEA.
    pub text: S,
}

impl<S: Spool> OpenReply<S> {
    /// Begins a reply with its ISA.
    pub(super) fn begin(
        kind: ReplyKind,
        control: u32,
        envelope: &EnvelopeWriter,
        spool: S,
    ) -> Result<Self> {
        let mut emitter = envelope.emitter();
        envelope.isa(&mut emitter, control)?;
        let mut reply = OpenReply { kind, control, spool, emitter, groups: 0, group: None };
        reply.flush()?;
        Ok(reply)
    }

    /// Begins a group: between the parties of the interchange, or, in answer to a group, between `parties`.
    pub(super) fn begin_group(
        &mut self,
        envelope: &EnvelopeWriter,
        parties: Option<(&str, &str)>,
        control: u32,
    ) -> Result<()> {
        let (begin, form) = (self.spool.checkpoint(), self.kind.group_form());
        match parties {
            Some(parties) => envelope.reply_gs(&mut self.emitter, form, parties, control)?,
            None => envelope.gs(&mut self.emitter, form, control)?,
        }
        self.flush()?;
        let body = self.spool.checkpoint();
        self.group = Some(ReplyGroup { control, sets: 0, begin, body });
        Ok(())
    }

    /// True while a group is open.
    pub(super) fn is_in_group(&self) -> bool {
        self.group.is_some()
    }

    /// Groups that have ended.
    pub(super) fn groups(&self) -> u32 {
        self.groups
    }

    /// Sets in the group that is open.
    pub(super) fn sets(&self) -> u32 {
        self.group.as_ref().map_or(0, |group| group.sets)
    }

    /// Counts a set of the group that is open.
    pub(super) fn count_set(&mut self) {
        if let Some(group) = &mut self.group {
            group.sets += 1;
        }
    }

    /// Appends segments in wire form, in this reply's separators.
    pub(super) fn append(&mut self, text: &[u8]) -> Result<()> {
        Ok(self.spool.write_all(text)?)
    }

    /// Where segments in wire form are appended.
    pub(super) fn spool(&mut self) -> &mut S {
        &mut self.spool
    }

    /// A writer for segments of this reply, emptied by [`OpenReply::flush`].
    pub(super) fn emitter(&mut self) -> &mut Emitter {
        &mut self.emitter
    }

    /// Appends what the emitter holds.
    pub(super) fn flush(&mut self) -> Result<()> {
        let text = self.emitter.take();
        self.append(&text)
    }

    /// Ends the group.
    pub(super) fn end_group(&mut self) -> Result<()> {
        if let Some(group) = self.group.take() {
            self.groups += 1;
            write_ge(&mut self.emitter, group.sets, group.control)?;
            self.flush()?;
        }
        Ok(())
    }

    /// Removes the contents of the group, but not its GS.
    pub(super) fn restart_group(&mut self) -> Result<()> {
        if let Some(group) = &mut self.group {
            group.sets = 0;
            self.spool.rewind(&group.body)?;
        }
        Ok(())
    }

    /// Removes the group, as if it had never been begun.
    pub(super) fn drop_group(&mut self) -> Result<()> {
        match self.group.take() {
            Some(group) => Ok(self.spool.rewind(&group.begin)?),
            None => Ok(()),
        }
    }

    /// True while it has no groups.
    pub(super) fn is_empty(&self) -> bool {
        self.groups == 0 && self.group.is_none()
    }

    /// Ends the reply with its IEA.
    pub(super) fn finish(mut self) -> Result<FinishedReply<S>> {
        write_iea(&mut self.emitter, self.groups, self.control)?;
        self.flush()?;
        let OpenReply { kind, control, spool, .. } = self;
        Ok(FinishedReply { kind, control, rejects: false, claims: None, text: spool })
    }
}
