//! Final 278s on their way to those who asked: each an interchange, and a file.

use std::path::{Path, PathBuf};

use super::super::failure::{Failure, Result};
use super::Opened;
use x12gate::gateway::FinalReviews;
use x12gate::store::ReviewRecord;

/// A review whose requester was told.
pub(super) struct Delivered {
    pub(super) review: ReviewRecord,
    /// The file; none where nobody is known who could be told.
    pub(super) file: Option<PathBuf>,
}

impl Opened {
    /// What works on reviews whose wait is over.
    pub(super) fn final_reviews(&self) -> FinalReviews<'_> {
        FinalReviews::new(&self.stores, &self.config, "operator", self.now_micros())
    }
}

/// Writes the 278 of every decision that the requester has not been told of, and takes note of it.
pub(super) async fn deliver(opened: &Opened, folder: &Path) -> Result<Vec<Delivered>> {
    let mut delivered = Vec::new();
    let desk = opened.final_reviews();
    loop {
        let failed = |e| Failure::new("tell the requesters", e);
        let untold = desk.untold().await.map_err(failed)?;
        if untold.is_empty() {
            return Ok(delivered);
        }
        for review in untold {
            let file = match desk.text(&review).await.map_err(failed)? {
                Some((text, _)) => Some(write(folder, &review, &text)?),
                None => None,
            };
            // After the file: what is told twice does no harm, what is never told does.
            desk.note_told(&review).await.map_err(failed)?;
            delivered.push(Delivered { review, file });
        }
    }
}

/// Puts a 278 into a folder, under the receipt of its review.
pub(super) fn write(folder: &Path, review: &ReviewRecord, text: &[u8]) -> Result<PathBuf> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::new(format!("create {}", folder.display()), error))?;
    let path = folder.join(format!("{}.278", review.receipt));
    std::fs::write(&path, text)
        .map_err(|error| Failure::new(format!("write {}", path.display()), error))?;
    Ok(path)
}
