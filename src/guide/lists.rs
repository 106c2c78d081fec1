//! The code lists of a guide while it is compiled.

use rustc_hash::FxHashMap;

use crate::dict::{CodeBook, CodeList};
use crate::guide::Guide;

/// The code lists of the guide, each stored once.
pub(super) struct Lists<'d> {
    codes: &'d CodeBook,
    known: FxHashMap<String, u16>,
}

impl<'d> Lists<'d> {
    /// No lists yet; named ones are looked up in `codes`.
    pub(super) fn new(codes: &'d CodeBook) -> Lists<'d> {
        Lists { codes, known: FxHashMap::default() }
    }

    /// The list of these codes.
    pub(super) fn of(&mut self, guide: &mut Guide, codes: &[&str]) -> u16 {
        let key = codes.join(" ");
        if let [name] = codes
            && let Some(list) = name.strip_prefix('@').and_then(CodeList::of_form)
        {
            return Self::keep(&mut self.known, guide, key, || list);
        }
        let list = || CodeList::new("", false, codes.iter().map(|code| code.as_bytes().into()));
        Self::keep(&mut self.known, guide, key, list)
    }

    /// The list with this name.
    pub(super) fn named(&mut self, guide: &mut Guide, name: &str) -> u16 {
        let book = self.codes;
        let at = Self::keep(&mut self.known, guide, format!("@{name}"), || book.list(name));
        let listing = guide.lists[usize::from(at)].listing;
        if let Some((other, is_other)) = listing.and_then(|listing| listing.other) {
            let other =
                Self::keep(&mut self.known, guide, format!("@{other}"), || book.list(other));
            guide.lists[usize::from(at)].other = Some((other, is_other));
        }
        at
    }

    fn keep(
        known: &mut FxHashMap<String, u16>,
        guide: &mut Guide,
        key: String,
        make: impl FnOnce() -> CodeList,
    ) -> u16 {
        *known.entry(key).or_insert_with(|| {
            guide.lists.push(make());
            (guide.lists.len() - 1) as u16
        })
    }
}
