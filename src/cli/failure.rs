//! Why a command could not run. Findings are not failures.

use std::io;

/// What stopped a command, in words for standard error.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// Something outside did not work.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was being done, with the name of the thing.
        doing: String,
        /// Why not.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What was asked makes no sense.
    #[error("{0}")]
    Refused(String),
    /// The reader of our output has gone; nothing is wrong.
    #[error("the output was closed")]
    ReaderGone,
}

impl Failure {
    /// Something that did not work, while doing this.
    pub(super) fn new(
        doing: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Failure::Io { doing: doing.into(), source: source.into() }
    }

    /// An error of writing to standard output.
    pub(super) fn output(source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::BrokenPipe => Failure::ReaderGone,
            _ => Failure::new("write to standard output", source),
        }
    }
}

/// The result of a command or a part of one.
pub(super) type Result<T> = std::result::Result<T, Failure>;
