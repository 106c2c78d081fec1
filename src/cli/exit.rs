//! Exit codes: what scripts may rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Exit {
    /// It did what it was asked, and found nothing to complain of at the threshold.
    Clean,
    /// It did what it was asked, and there are findings at the threshold, or a request was rejected.
    Findings,
    /// It could not run: wrong arguments, an unreadable file, a store or server that did not answer.
    Failed,
}

impl Exit {
    /// The number the shell sees.
    pub(super) const fn number(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.number())
    }
}
