//! The note about code lists that are not loaded: reported once for a run, not for each code.

use std::collections::BTreeMap;

use serde::Serialize;

use super::html::escaped;
use crate::dict::{CodeList, Listing};
use crate::finding::Code;

/// The lists that codes of a run were to be looked up in and that are not loaded, by name.
#[derive(Debug, Default)]
pub struct AbsentLists {
    lists: BTreeMap<Box<str>, Absent>,
}

#[derive(Debug, Default)]
struct Absent {
    listing: Option<&'static Listing>,
    /// Transaction sets that needed it.
    sets: u64,
    /// It is loaded, but not in an edition for the days in question.
    is_dated: bool,
}

/// A note for programs.
#[derive(Serialize)]
struct Line<'a> {
    note: &'static str,
    severity: &'static str,
    list: &'a str,
    title: &'a str,
    keeper: &'a str,
    supply: &'a str,
    sets: u64,
    message: String,
}

impl AbsentLists {
    /// Adds the lists that one set needed.
    pub fn add<'l>(&mut self, lists: impl Iterator<Item = &'l CodeList>) {
        for list in lists {
            if !self.lists.contains_key(&list.name) {
                let absent = Absent { listing: list.listing, sets: 0, is_dated: !list.absent };
                self.lists.insert(list.name.clone(), absent);
            }
            if let Some(absent) = self.lists.get_mut(&list.name) {
                absent.sets += 1;
            }
        }
    }

    /// Adds the lists that other sets needed.
    pub fn merge(&mut self, others: AbsentLists) {
        for (name, other) in others.lists {
            let absent = self.lists.entry(name).or_default();
            absent.sets += other.sets;
            absent.listing = other.listing;
            absent.is_dated = other.is_dated;
        }
    }

    /// True when no list was missing.
    pub fn is_empty(&self) -> bool {
        self.lists.is_empty()
    }

    /// The note for people.
    pub fn text(&self) -> String {
        let width = self.lists.keys().map(|name| name.len()).max().unwrap_or(0);
        let mut out = format!("note[{}]: {}\n", Code::CodeSetAbsent.entry().id, self.title());
        for (name, absent) in &self.lists {
            out.push_str(&format!("  {name:<width$}  {}\n", absent.words()));
        }
        out.push_str(&format!("  = help: {HELP}\n"));
        out
    }

    /// One line of JSON for each list, without a line feed.
    pub fn json(&self) -> serde_json::Result<Vec<String>> {
        let line = |name: &str, absent: &Absent| {
            let known = absent.listing;
            serde_json::to_string(&Line {
                note: Code::CodeSetAbsent.entry().id,
                severity: "note",
                list: name,
                title: known.map_or("", |listing| listing.title),
                keeper: known.map_or("", |listing| listing.keeper),
                supply: known.map_or("", |listing| listing.supply.as_str()),
                sets: absent.sets,
                message: format!("the list `{name}` {}", absent.fault()),
            })
        };
        self.lists.iter().map(|(name, absent)| line(name, absent)).collect()
    }

    /// The note as a part of a page.
    pub fn html(&self) -> String {
        let code = Code::CodeSetAbsent.entry().id;
        let mut out = format!(
            "<details open class=\"note\"><summary><b>note {code}</b> {}</summary>\n<ul>\n",
            escaped(&self.title())
        );
        for (name, absent) in &self.lists {
            let words = escaped(&absent.words());
            out.push_str(&format!("<li><b>{}</b> {words}</li>\n", escaped(name)));
        }
        out.push_str(&format!("</ul>\n<p>{}</p>\n</details>\n", escaped(HELP)));
        out
    }

    fn title(&self) -> String {
        let lists = match self.lists.len() {
            1 => "1 code list is".to_owned(),
            many => format!("{many} code lists are"),
        };
        format!("{lists} not loaded; such codes are checked for format only")
    }
}

const HELP: &str =
    "Name a folder of code lists with --codes; `x12gate codes list` shows which are missing.";

impl Absent {
    fn words(&self) -> String {
        let known = self.listing.map_or_else(String::new, |listing| {
            format!("{} ({}, {})", listing.title, listing.keeper, listing.supply.as_str())
        });
        if self.is_dated { format!("{known}; no edition for the dates of use") } else { known }
    }

    fn fault(&self) -> &'static str {
        if self.is_dated {
            "is not loaded for the dates its codes were used; they were checked for format only"
        } else {
            "is not loaded; its codes were checked for format only"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_is_named_once() {
        let (icd, own) = (CodeList::absent("icd-10-cm"), CodeList::absent("own<list>"));
        let mut absent = AbsentLists::default();
        assert!(absent.is_empty());
        absent.add([&icd].into_iter());
        absent.add([&own, &icd].into_iter());
        let text = absent.text();
        assert_eq!(text.matches("icd-10-cm").count(), 1, "{text}");
        assert!(text.starts_with("note[X12-5103]: 2 code lists are not loaded"), "{text}");
        let json = absent.json().expect("plain values");
        assert!(json[0].contains(r#""list":"icd-10-cm""#) && json[0].contains(r#""sets":2"#));
        let html = absent.html();
        assert!(html.contains("own&lt;list&gt;") && !html.contains("<list>"), "{html}");
    }
}
