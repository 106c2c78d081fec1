//! What went wrong with us. What is wrong with a message is a finding, not an error.

use crate::acknowledge::AcknowledgeError;
use crate::partner::PartnerError;
use crate::store::StoreError;
use crate::wire::EmitError;

/// Why an interchange could not be answered. Nothing of it was sent, so it may be sent again.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] StoreError),
    /// A file could not be read or written.
    #[error("a file could not be read or written")]
    File(#[from] std::io::Error),
    /// A reply holds what X12 cannot carry; the fault names the place, never the value.
    #[error("a reply could not be written")]
    Emit(#[from] EmitError),
    /// Partner profiles are wrong.
    #[error("the partner profiles cannot be used")]
    Partners(#[from] PartnerError),
    /// A partner names a companion guide that was not loaded.
    #[error("partner {partner} uses the overlay {overlay}, which is not loaded")]
    Overlay {
        /// Whose profile names it.
        partner: std::sync::Arc<str>,
        /// Its name.
        overlay: Box<str>,
    },
    /// Too many interchanges of the partner were being answered until the caller stopped waiting for this one.
    #[error("too many interchanges of this partner are being answered")]
    Busy,
    /// The steps of an interchange came in an order that there is none of: a defect of ours.
    #[error("the steps of an interchange came out of order")]
    OutOfOrder,
    /// A thread that did part of the work has panicked.
    #[error("a worker thread failed")]
    Worker,
}

/// True for a disk that is full, over a quota or read only, and for a process without a handle left.
pub(crate) fn is_of_the_disk(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
    /// No handle is left for the system, or for this process.
    const NO_HANDLE: [i32; 2] = [23, 24];
    matches!(error.kind(), StorageFull | QuotaExceeded | ReadOnlyFilesystem | FileTooLarge)
        || error.raw_os_error().is_some_and(|code| NO_HANDLE.contains(&code))
}

impl From<AcknowledgeError> for ServiceError {
    fn from(error: AcknowledgeError) -> Self {
        match error {
            AcknowledgeError::Emit(error) => ServiceError::Emit(error),
            AcknowledgeError::Spool(error) => ServiceError::File(error),
            AcknowledgeError::NoGroup | AcknowledgeError::NotBegun(_) => ServiceError::OutOfOrder,
        }
    }
}

impl ServiceError {
    /// True when the reason is around us and no fault of what was to be answered: the store or the disk. It may pass, and as long as
    /// it does not, trying again costs nothing.
    pub fn is_around_us(&self) -> bool {
        match self {
            ServiceError::Store(StoreError::File { source, .. }) => is_of_the_disk(source),
            ServiceError::Store(error) => error.retry(),
            ServiceError::File(error) => is_of_the_disk(error),
            ServiceError::Busy => true,
            _ => false,
        }
    }

    /// Writes the error and what caused it to the log.
    pub(crate) fn log(&self, what: &'static str) {
        let error: &dyn std::error::Error = self;
        tracing::error!(error, "{what}");
    }
}
