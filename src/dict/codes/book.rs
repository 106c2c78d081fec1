//! The code lists in force: the built-in tables, and the lists that a user has added or put in their place.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use super::list::CodeList;
use super::set::CodeSet;
use super::table::CodeTable;
use crate::dict::TextError;

/// A built-in text of tables, parsed on first use.
struct File {
    /// The name of its only table, or of the group of tables it holds labels for.
    name: &'static str,
    text: &'static str,
    tables: OnceLock<Vec<CodeTable<'static>>>,
    /// Its first table, packed.
    set: OnceLock<Arc<CodeSet>>,
}

impl File {
    const fn new(name: &'static str, text: &'static str) -> File {
        File { name, text, tables: OnceLock::new(), set: OnceLock::new() }
    }

    fn tables(&'static self) -> &'static [CodeTable<'static>] {
        // A test parses every built-in text; a broken one would be empty here.
        self.tables.get_or_init(|| CodeTable::parse(self.text).unwrap_or_default())
    }

    fn set(&'static self) -> Option<&'static Arc<CodeSet>> {
        let table = self.tables().first().filter(|table| !table.partial)?;
        Some(self.set.get_or_init(|| Arc::new(table.pack())))
    }
}

static FILES: [File; 19] = [
    File::new("service-types", include_str!("../../../specs/codes/service-types.codes")),
    File::new("states", include_str!("../../../specs/codes/states.codes")),
    File::new("countries", include_str!("../../../specs/codes/countries.codes")),
    File::new("eligibility", include_str!("../../../specs/codes/eligibility.codes")),
    File::new("parties", include_str!("../../../specs/codes/parties.codes")),
    File::new("dates", include_str!("../../../specs/codes/dates.codes")),
    File::new(
        "claim-status-categories",
        include_str!("../../../specs/codes/claim-status-categories.codes"),
    ),
    File::new("claim-statuses", include_str!("../../../specs/codes/claim-statuses.codes")),
    File::new("claim-status", include_str!("../../../specs/codes/claim-status.codes")),
    File::new("review", include_str!("../../../specs/codes/review.codes")),
    File::new("review-decisions", include_str!("../../../specs/codes/review-decisions.codes")),
    File::new("acknowledgment", include_str!("../../../specs/codes/acknowledgment.codes")),
    File::new("place-of-service", include_str!("../../../specs/codes/place-of-service.codes")),
    File::new("adjustment-reasons", include_str!("../../../specs/codes/adjustment-reasons.codes")),
    File::new("remark-codes", include_str!("../../../specs/codes/remark-codes.codes")),
    File::new("currencies", include_str!("../../../specs/codes/currencies.codes")),
    File::new("claims", include_str!("../../../specs/codes/claims.codes")),
    File::new("premiums", include_str!("../../../specs/codes/premiums.codes")),
    File::new("attachments", include_str!("../../../specs/codes/attachments.codes")),
];

/// A list that a user has added.
#[derive(Debug, Clone)]
struct Added {
    name: Box<str>,
    external: bool,
    /// None for labels alone.
    set: Option<Arc<CodeSet>>,
}

/// The built-in lists, and those a user has added. Clones share the lists.
#[derive(Debug, Default, Clone)]
pub struct CodeBook {
    added: Vec<Added>,
}

impl CodeBook {
    /// Adds the tables of a text; a table of the same name is replaced, a built-in one too.
    pub fn add(&mut self, text: &str) -> Result<(), TextError> {
        for table in CodeTable::parse(text)? {
            let set = (!table.partial).then(|| Arc::new(table.pack()));
            self.put(Added { name: table.name.into(), external: table.external, set });
        }
        Ok(())
    }

    /// Adds a list that was read from files; one of the same name is replaced, a built-in one too.
    pub fn add_set(&mut self, set: CodeSet) {
        // The service types belong to the guide, whatever source the list comes from.
        let external = built_in(set.name()).is_none_or(|table| table.external);
        self.put(Added { name: set.name().into(), external, set: Some(Arc::new(set)) });
    }

    fn put(&mut self, added: Added) {
        self.added.retain(|old| old.name != added.name);
        self.added.push(added);
    }

    /// The list with this name as a guide uses it; an unknown list is marked absent: nothing can be checked against it.
    pub fn list(&self, name: &str) -> CodeList {
        match self.find(name) {
            Some((set, external)) => CodeList::of_set(set, external),
            None => CodeList::absent(name),
        }
    }

    /// The list with this name, when it is loaded.
    pub fn set(&self, name: &str) -> Option<&Arc<CodeSet>> {
        self.find(name).map(|(set, _)| set)
    }

    /// The lists that a user has added.
    pub fn added(&self) -> impl Iterator<Item = &Arc<CodeSet>> {
        self.added.iter().filter_map(|added| added.set.as_ref())
    }

    fn find(&self, name: &str) -> Option<(&Arc<CodeSet>, bool)> {
        if let Some(added) = self.added.iter().find(|added| *added.name == *name) {
            return added.set.as_ref().map(|set| (set, added.external));
        }
        let file = FILES.iter().find(|file| file.name == name)?;
        Some((file.set()?, file.tables().first()?.external))
    }
}

/// The built-in table with this name: the first one of the file of that name.
fn built_in(name: &str) -> Option<&'static CodeTable<'static>> {
    FILES.iter().find(|file| file.name == name).and_then(|file| file.tables().first())
}

/// What a code of a data element means, in our own short words; `element` is the X12 data element number
/// (an interchange element counts from [`crate::dict::INTERCHANGE_BASE`]).
pub fn label(element: u16, code: &[u8]) -> Option<&'static str> {
    static LABELS: OnceLock<FxHashMap<(u16, &'static [u8]), &'static str>> = OnceLock::new();
    let labels = LABELS.get_or_init(|| {
        let mut labels = FxHashMap::default();
        for table in FILES.iter().flat_map(|file| file.tables()) {
            for element in &table.elements {
                labels.extend(
                    table.rows.iter().map(|row| ((*element, row.code.as_bytes()), row.label)),
                );
            }
        }
        labels
    });
    labels.get(&(element, code)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_tables_parse() {
        for File { name, text, .. } in &FILES {
            let tables = CodeTable::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!tables.is_empty(), "{name} holds no table");
            for table in tables {
                assert!(!table.rows.is_empty(), "{name}: {} is empty", table.name);
                assert!(!table.source.is_empty(), "{name}: {} names no source", table.name);
                // The periods of a code must not overlap.
                assert_eq!(
                    table.pack().len(),
                    table.rows.len(),
                    "{name}: {} says a code twice",
                    table.name
                );
                let labelled = table.rows.iter().all(|r| !r.label.is_empty());
                assert!(labelled || table.elements.is_empty(), "{name}: {}", table.name);
                let upright = |r: &super::super::Row<'_>| {
                    r.period.until == 0 || r.period.from <= r.period.until
                };
                assert!(table.rows.iter().all(upright), "{name}: {}", table.name);
            }
        }
    }

    #[test]
    fn embedded_tables_are_canonical() {
        for File { name, text, .. } in &FILES {
            let canonical = crate::dict::format_codes(text).expect("parses");
            for (is, should) in text.lines().zip(canonical.lines()) {
                assert_eq!(is, should, "{name}");
            }
            assert_eq!(text.len(), canonical.len(), "{name}");
        }
    }

    #[test]
    fn labels_are_found_by_element() {
        assert_eq!(label(1390, b"C"), Some("deductible"));
        assert_eq!(label(1365, b"30"), Some("health plan coverage"));
        assert_eq!(label(901, b"75"), Some("subscriber not found"));
        assert_eq!(label(20_018, b"025"), Some("duplicate interchange control number"));
        assert_eq!(label(1390, b"??"), None);
        assert_eq!(label(9, b"C"), None);
    }

    #[test]
    fn added_tables_replace_and_unknown_ones_are_absent() {
        let mut book = CodeBook::default();
        assert!(book.list("states").contains(b"MA"));
        assert!(book.list("taxonomies").absent && book.set("taxonomies").is_none());
        book.add("codes states external\n  source us\n  XX  Nowhere (until 20200101)\n")
            .expect("parses");
        let list = book.list("states");
        assert!(list.contains(b"XX") && !list.contains(b"MA") && list.external && !list.absent);
        assert_eq!(book.added().count(), 1);
    }

    #[test]
    fn partial_tables_label_and_check_nothing() {
        let mut book = CodeBook::default();
        book.add("codes taxonomies external partial\n  source us\n  A  a\n").expect("parses");
        assert!(book.list("taxonomies").absent);
        book.add("codes taxonomies external\n  source us\n  A  a\n").expect("parses");
        assert!(book.list("taxonomies").contains(b"A"));
    }
}
