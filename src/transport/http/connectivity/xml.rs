//! XML as a tree of elements, read under limits: no document types, so many levels, so many elements. Names are known by their local
//! part.

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::field::EnvelopeError;

/// Levels of elements.
const DEPTH_MAX: usize = 24;

/// Elements of a document.
const ELEMENTS_MAX: usize = 400;

/// Attributes of an element.
const ATTRIBUTES_MAX: usize = 40;

/// An element.
#[derive(Clone, PartialEq, Eq, Default)]
pub(super) struct Element {
    /// Its prefix; empty for none.
    pub(super) prefix: String,
    /// Its name without the prefix.
    pub(super) name: String,
    /// Its attributes, with their prefixes.
    pub(super) attributes: Vec<(String, String)>,
    /// Its text, references resolved, CDATA as it is.
    pub(super) text: String,
    /// The elements in it.
    pub(super) children: Vec<Element>,
}

crate::phi::redacted!(Element { name });

impl Element {
    /// The first element in it of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// The text of the first element in it of this name, without blanks around it.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.child(name).map(|child| child.text.trim())
    }

    /// The value of an attribute, whatever its prefix.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let local = |key: &str| key.rsplit(':').next() == Some(name);
        let mut own = self.attributes.iter().filter(|(key, _)| !key.starts_with("xmlns"));
        own.find(|(key, _)| local(key)).map(|(_, value)| value.as_str())
    }

    /// The namespace that a prefix has here.
    pub(super) fn namespace_of(&self, prefix: &str) -> Option<&str> {
        let key = if prefix.is_empty() { "xmlns".to_owned() } else { format!("xmlns:{prefix}") };
        self.attributes.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }
}

/// Reads a document.
pub(super) fn read(text: &str) -> Result<Element, EnvelopeError> {
    let wrong = |why: &str| EnvelopeError::sender(why);
    let not_xml = || wrong("the envelope is not well-formed XML");
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut count = 0;
    loop {
        match reader.read_event().map_err(|_| not_xml())? {
            Event::DocType(_) => return Err(wrong("a document type is not allowed")),
            Event::Start(start) => {
                count += 1;
                if count > ELEMENTS_MAX || open.len() >= DEPTH_MAX || root.is_some() {
                    return Err(wrong("the envelope has too many elements"));
                }
                open.push(element(&start)?);
            }
            Event::Empty(start) => {
                count += 1;
                if count > ELEMENTS_MAX || root.is_some() {
                    return Err(wrong("the envelope has too many elements"));
                }
                close(element(&start)?, &mut open, &mut root);
            }
            Event::End(_) => {
                let ended = open.pop().ok_or_else(not_xml)?;
                close(ended, &mut open, &mut root);
            }
            Event::Text(words) => {
                if let Some(inner) = open.last_mut() {
                    inner.text.push_str(&words);
                }
            }
            Event::CData(words) => {
                let inner = open.last_mut().ok_or_else(not_xml)?;
                inner.text.push_str(&words);
            }
            Event::GeneralRef(reference) => {
                let inner = open.last_mut().ok_or_else(not_xml)?;
                refer(&reference, &mut inner.text).ok_or_else(not_xml)?;
            }
            Event::Eof => break,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
        }
    }
    root.filter(|_| open.is_empty()).ok_or_else(not_xml)
}

fn close(ended: Element, open: &mut [Element], root: &mut Option<Element>) {
    match open.last_mut() {
        Some(outer) => outer.children.push(ended),
        None => *root = Some(ended),
    }
}

fn element(start: &BytesStart<'_>) -> Result<Element, EnvelopeError> {
    let not_xml = || EnvelopeError::sender("the envelope is not well-formed XML");
    let whole: &str = start.name().into_inner();
    let (prefix, name) = whole.split_once(':').unwrap_or(("", whole));
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| not_xml())?;
        if attributes.len() >= ATTRIBUTES_MAX {
            return Err(EnvelopeError::sender("an element has too many attributes"));
        }
        let key: &str = attribute.key.into_inner();
        let value = quick_xml::escape::unescape(&attribute.value).map_err(|_| not_xml())?;
        attributes.push((key.to_owned(), value.into_owned()));
    }
    Ok(Element {
        prefix: prefix.to_owned(),
        name: name.to_owned(),
        attributes,
        ..Element::default()
    })
}

/// Puts what a reference stands for; nothing but the five that are predefined, and characters by number.
fn refer(reference: &BytesRef<'_>, out: &mut String) -> Option<()> {
    if let Some(character) = reference.resolve_char_ref().ok()? {
        out.push(character);
        return Some(());
    }
    out.push_str(resolve_predefined_entity(reference)?);
    Some(())
}

/// Text as it stands in an element.
pub(super) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

/// Text as CDATA; the end of one that stands in the text is split.
pub(super) fn cdata(text: &str) -> String {
    format!("<![CDATA[{}]]>", text.replace("]]>", "]]]]><![CDATA[>"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_what_stands_there_however_it_is_written() {
        let root = read(
            "<?xml version=\"1.0\"?><a:One xmlns:a=\"urn:x\" b:c='&lt;1'>x&amp;y<![CDATA[<&>]]>&#65;<Two/><!-- no --></a:One>",
        )
        .unwrap();
        assert_eq!((&*root.prefix, &*root.name, &*root.text), ("a", "One", "x&y<&>A"));
        assert_eq!(root.attribute("c"), Some("<1"));
        assert_eq!(root.namespace_of("a"), Some("urn:x"));
        assert!(root.child("Two").is_some());
    }

    #[test]
    fn what_may_blow_up_is_refused() {
        let deep = "<a>".repeat(DEPTH_MAX + 1) + &"</a>".repeat(DEPTH_MAX + 1);
        let many = format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX));
        for text in [
            "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
            "<a>&b;</a>",
            "<a><b></a></b>",
            "<a/><b/>",
            "<a",
            "",
            &deep,
            &many,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_end_of_cdata_in_the_text_is_split() {
        let text = "a]]>b<&";
        let root = read(&format!("<a>{}{}</a>", cdata(text), escaped(text))).unwrap();
        assert_eq!(root.text, text.repeat(2));
    }
}
