//! Folders of code lists: what a user has put beside the built-in ones.

use std::path::Path;

use super::failure::{Failure, Result};
use super::source::files;
use x12gate::dict::{CodeSet, FILE_BYTES_MAX, Loader};

/// What a folder held.
pub(super) struct Folder {
    /// The lists.
    pub(super) lists: Vec<CodeSet>,
    /// Files that hold no codes.
    pub(super) skipped: Vec<String>,
}

/// Reads every list of a folder.
pub(super) fn read(folder: &Path) -> Result<Folder> {
    let mut loader = Loader::default();
    let mut skipped = Vec::new();
    let mut read_any = false;
    for path in files(&[folder.to_owned()])? {
        let name = path.display().to_string();
        let doing = || format!("read {name}");
        let is_text = path.extension().and_then(|e| e.to_str()).is_some_and(|extension| {
            ["csv", "txt", "codes"].iter().any(|known| extension.eq_ignore_ascii_case(known))
        });
        if !is_text {
            skipped.push(name);
            continue;
        }
        let length = std::fs::metadata(&path).map_err(|e| Failure::new(doing(), e))?.len();
        if length > FILE_BYTES_MAX {
            let words = format!(
                "{name} is larger than {FILE_BYTES_MAX} bytes, the maximum for a code list"
            );
            return Err(Failure::Refused(words));
        }
        let bytes = std::fs::read(&path).map_err(|e| Failure::new(doing(), e))?;
        // Keepers write descriptions in whatever encoding; codes are ASCII.
        let text = String::from_utf8_lossy(&bytes);
        match loader.add(&name, &text).map_err(|e| Failure::new(doing(), e))? {
            true => read_any = true,
            false => skipped.push(name),
        }
    }
    if !read_any {
        let words =
            format!("{} contains no code list (.csv, .txt or .codes file)", folder.display());
        return Err(Failure::Refused(words));
    }
    Ok(Folder { lists: loader.finish(), skipped })
}
