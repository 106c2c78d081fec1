//! Paths as clients write them. They name places in the partner's folders and nothing else: no path leads out.

use crate::transport::mailbox::{INBOUND, NAME_CHARS_MAX, OUTBOUND, REPORTS};

/// The longest path that is read, in bytes.
const PATH_BYTES_MAX: usize = 1024;

/// A folder that a partner sees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Folder {
    /// What it sends.
    Inbound,
    /// What it is sent.
    Outbound,
    /// Reports for it.
    Reports,
}

impl Folder {
    pub(super) const ALL: [Folder; 3] = [Folder::Inbound, Folder::Outbound, Folder::Reports];

    pub(super) fn name(self) -> &'static str {
        match self {
            Folder::Inbound => INBOUND,
            Folder::Outbound => OUTBOUND,
            Folder::Reports => REPORTS,
        }
    }
}

/// What a path names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    /// The folder that holds the three.
    Root,
    /// One of them.
    Folder(Folder),
    /// A file in one of them, which may not be there.
    File(Folder, String),
    /// Nothing that there could be.
    Nowhere,
}

impl Place {
    /// Reads a path. `..` above the root stays there, as it does on any system.
    pub(super) fn of(path: &str) -> Place {
        if path.len() > PATH_BYTES_MAX {
            return Place::Nowhere;
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop();
                }
                part => parts.push(part),
            }
        }
        let folder = |name: &str| Folder::ALL.into_iter().find(|folder| folder.name() == name);
        match parts[..] {
            [] => Place::Root,
            [name] => folder(name).map_or(Place::Nowhere, Place::Folder),
            [name, file] => match folder(name) {
                Some(folder) => Place::File(folder, file.to_owned()),
                None => Place::Nowhere,
            },
            _ => Place::Nowhere,
        }
    }

    /// The path in full. A path that names nothing is written as the client would, so that it is told what is not there.
    pub(super) fn canonical(path: &str) -> Option<String> {
        match Place::of(path) {
            Place::Root => Some("/".to_owned()),
            Place::Folder(folder) => Some(format!("/{}", folder.name())),
            Place::File(folder, file) => Some(format!("/{}/{file}", folder.name())),
            Place::Nowhere => None,
        }
    }
}

/// True for a name that a file may be sent or found under: letters, digits, periods, hyphens and underscores.
pub(super) fn is_allowed(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_".contains(c);
    !name.is_empty() && name.len() <= NAME_CHARS_MAX && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out() {
        for (path, place) in [
            ("", Place::Root),
            (".", Place::Root),
            ("/..", Place::Root),
            ("../../..", Place::Root),
            ("inbound", Place::Folder(Folder::Inbound)),
            ("/outbound/", Place::Folder(Folder::Outbound)),
            ("outbound/../inbound/./a.x12", Place::File(Folder::Inbound, "a.x12".to_owned())),
            ("../../../../etc/passwd", Place::Nowhere),
            ("/inbound/../../etc/passwd", Place::Nowhere),
            ("inbound/a/b", Place::Nowhere),
            ("work", Place::Nowhere),
            ("work/a", Place::Nowhere),
            ("Inbound", Place::Nowhere),
        ] {
            assert_eq!(Place::of(path), place, "{path}");
        }
        assert_eq!(Place::of(&"/inbound".repeat(200)), Place::Nowhere);
    }

    #[test]
    fn names_are_plain() {
        for name in ["a", "claims_20260105.837", ".hidden", "A-1.x12.filepart"] {
            assert!(is_allowed(name), "{name}");
        }
        for name in ["", "a b", "a\\b", "a\0", "ä", "a\n", &"x".repeat(129)] {
            assert!(!is_allowed(name), "{name}");
        }
    }
}
