//! Exchanging the key that what is kept is sealed with: the files of the archive, and what is small enough for the store itself.

use tokio::task::spawn_blocking;

use super::{Archive, KeptIn, Mailbox, Resealing, Result, StoreError};

/// Bodies that are sealed anew in one transaction, so that others write in between.
const CHUNK: u32 = 100;

/// Seals every file of the archive, and every body in the mailbox of the store if there is one, with the first key. Gives what was done
/// with the files, and with the bodies. May be interrupted and run again.
///
/// # Errors
///
/// When there is no key, or something cannot be read or written.
pub async fn reseal(
    archive: &Archive,
    mailbox: Option<&dyn Mailbox>,
) -> Result<(Resealing, Resealing)> {
    let failed = |source| StoreError::File { path: archive.folder().to_owned(), source };
    let files = archive.clone();
    let files = spawn_blocking(move || files.reseal()).await.map_err(|_| StoreError::Gone)?;
    let files = files.map_err(failed)?;
    let mut bodies = Resealing::default();
    let Some(mailbox) = mailbox else { return Ok((files, bodies)) };
    let mut last: Option<KeptIn> = None;
    loop {
        let page = mailbox.bodies(last.as_ref(), CHUNK).await?;
        let Some(end) = page.last() else { return Ok((files, bodies)) };
        last = Some(end.of.clone());
        let mut changed = Vec::new();
        for body in page {
            let (what, sealed) = archive.reseal_inline(&body.hash, &body.body).map_err(failed)?;
            bodies.count(what);
            changed.extend(sealed.map(|sealed| (body, sealed)));
        }
        if !changed.is_empty() {
            mailbox.replace(changed).await?;
        }
    }
}
