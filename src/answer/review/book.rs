//! The rules that are in force: built in, or those of a file, which is read again when it changes.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

use rustc_hash::FxHashMap;

use super::rules::Rules;

/// What tells that a file is another one than before.
type Stamp = Option<(SystemTime, u64)>;

/// The rules of a file, and which file that was.
type Known = (Stamp, Arc<Rules>);

/// Rules by the path of their file.
#[derive(Debug, Default)]
pub(super) struct RuleBook {
    built_in: std::sync::OnceLock<Arc<Rules>>,
    files: Mutex<FxHashMap<Box<Path>, Known>>,
}

impl RuleBook {
    /// The rules of this file, or the built-in ones where there is none. While a file cannot be read, its last rules stay in force;
    /// where there were none, every request waits for a reviewer.
    pub(super) fn rules(&self, path: &Path) -> Arc<Rules> {
        if path.as_os_str().is_empty() {
            let built_in = || Arc::new(Rules::parse(Rules::BUILT_IN).unwrap_or_default());
            return self.built_in.get_or_init(built_in).clone();
        }
        let stamp =
            std::fs::metadata(path).ok().and_then(|file| Some((file.modified().ok()?, file.len())));
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, rules)) = files.get(path)
            && *known == stamp
        {
            return rules.clone();
        }
        let read = std::fs::read_to_string(path).map_err(|error| error.to_string());
        let rules = match read.and_then(|text| Rules::parse(&text)) {
            Ok(rules) => Arc::new(rules),
            Err(why) => {
                tracing::error!(file = %path.display(), %why, "the rules of reviews cannot be read");
                files.get(path).map(|(_, rules)| rules.clone()).unwrap_or_default()
            }
        };
        files.insert(path.into(), (stamp, rules.clone()));
        rules
    }
}
