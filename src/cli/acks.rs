//! What the commands that write acknowledgments have in common: which kinds are wanted, and where long ones wait.

use std::io;
use std::path::Path;

use super::failure::{Failure, Result};
use x12gate::acknowledge::{
    AcknowledgeError, FinishedReply, InputAcknowledger, InputPolicy, Spools,
};
use x12gate::gateway::FileSpool;
use x12gate::txn::claim_ack::ClaimAckOptions;

/// The kinds of acknowledgment, in the order they leave.
#[derive(clap::ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum AckKind {
    /// Interchange acknowledgment
    Ta1,
    /// Implementation acknowledgment of groups and sets
    #[value(name = "999")]
    Functional,
    /// Claim acknowledgment of 837s
    #[value(name = "277ca")]
    Claims,
}

impl AckKind {
    /// Every kind.
    pub(super) const ALL: [AckKind; 3] = [AckKind::Ta1, AckKind::Functional, AckKind::Claims];
}

/// One interchange with acknowledgments of one kind in it.
pub(super) type Acknowledgment = FinishedReply<FileSpool>;

/// Spools beside the output: long text waits in files of this folder.
#[derive(Clone, Copy)]
pub(super) struct InFolder<'f>(&'f Path);

impl Spools for InFolder<'_> {
    type Spool = FileSpool;

    fn reply(&mut self) -> io::Result<FileSpool> {
        Ok(FileSpool::in_folder(self.0))
    }

    fn scratch(&mut self) -> io::Result<FileSpool> {
        Ok(FileSpool::in_folder(self.0))
    }
}

/// Acknowledges an input as it is checked: the first acknowledgment gets this control number, and long ones wait in files of
/// `folder`.
pub(super) fn acknowledger<'f, D: FnMut(Acknowledgment) -> Result<()>>(
    kinds: &[AckKind],
    control: u32,
    options: ClaimAckOptions,
    folder: &'f Path,
    deliver: D,
) -> InputAcknowledger<InFolder<'f>, D> {
    let is_wanted = |kind| kinds.contains(&kind);
    let wanted = InputPolicy {
        ta1: is_wanted(AckKind::Ta1),
        functional: is_wanted(AckKind::Functional),
        at: options.at,
        claims: is_wanted(AckKind::Claims).then_some(options),
        control,
    };
    InputAcknowledger::new(&wanted, InFolder(folder), deliver)
}

impl From<AcknowledgeError> for Failure {
    fn from(error: AcknowledgeError) -> Failure {
        const DOING: &str = "write an acknowledgment";
        match error {
            AcknowledgeError::Emit(error) => Failure::new(DOING, error),
            AcknowledgeError::Spool(error) => Failure::new(DOING, error),
            error => Failure::new(DOING, error),
        }
    }
}
