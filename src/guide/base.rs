//! The base standard in the form of a guide: every segment of a set with its elements as the dictionary has them. It holds
//! no order, so nothing is walked by it; single segments are checked against it where no guide is known.

use std::sync::{Arc, OnceLock};

use super::Guide;
use crate::dict::{CodeBook, Dictionary, SegmentEntry};

/// The base standard of a set of the dictionary, compiled on first use.
pub(super) fn standard(set: &[u8]) -> Option<&'static Arc<Guide>> {
    static KNOWN: OnceLock<Vec<OnceLock<Option<Arc<Guide>>>>> = OnceLock::new();
    let sets = Dictionary::embedded().sets();
    let known = KNOWN.get_or_init(|| sets.iter().map(|_| OnceLock::new()).collect());
    let at = sets.iter().position(|entry| entry.id.as_bytes() == set)?;
    let compile = || Guide::of_standard(set, &CodeBook::default()).map(Arc::new);
    known.get(at)?.get_or_init(compile).as_ref()
}

impl Guide {
    /// The segments of a set, for checking them one by one. `None` for a set of which the dictionary has none.
    pub(super) fn of_standard(set: &[u8], codes: &CodeBook) -> Option<Guide> {
        let dictionary = Dictionary::embedded();
        let entry = dictionary.set(set).filter(|entry| !entry.tags.is_empty())?;
        let mut text = format!("guide 005010  set {}  functional {}\n", entry.id, entry.functional);
        let is_edge = |tag: &&crate::wire::Tag| **tag == "ST".into() || **tag == "SE".into();
        let tags = std::iter::once("ST".into())
            .chain(entry.tags.iter().filter(|tag| !is_edge(tag)).copied())
            .chain(std::iter::once("SE".into()));
        for segment in tags.filter_map(|tag| dictionary.segment(tag)) {
            segment_lines(&mut text, segment, dictionary);
        }
        Guide::parse(&text, dictionary, codes).ok()
    }
}

fn segment_lines(text: &mut String, segment: &SegmentEntry<'_>, dictionary: &Dictionary<'_>) {
    // Where only the id is known, nothing can be checked in the elements.
    if segment.parts.is_empty() {
        return;
    }
    let usage = |mandatory: bool| if mandatory { "R" } else { "S" };
    text.push_str(&format!("  {} R >1  {}\n", segment.id, segment.name));
    for (position, part) in (1..).zip(&segment.parts) {
        let repeat =
            if part.repeat_max > 1 { format!(" ^{}", part.repeat_max) } else { String::new() };
        text.push_str(&format!("    {position:02} {}{repeat}\n", usage(part.mandatory)));
        let composite = dictionary.composite(part.element);
        for (position, part) in (1..).zip(composite.iter().flat_map(|known| &known.components)) {
            text.push_str(&format!("      -{position} {}\n", usage(part.mandatory)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_set_of_the_dictionary_has_its_segments() {
        let codes = CodeBook::default();
        for set in [
            "270", "271", "275", "276", "277", "278", "820", "824", "834", "835", "837", "997",
            "999",
        ] {
            let guide = Guide::of_standard(set.as_bytes(), &codes).expect(set);
            assert!(guide.segments.len() > 5, "{set}");
            assert!(guide.plan().tag("SE".into()).is_some(), "{set}");
        }
        assert!(Guide::of_standard(b"850", &codes).is_none());
    }
}
