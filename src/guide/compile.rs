//! From guide text and dictionary to the compiled guide: every element resolved, ranks and discriminators
//! derived.
//!
//! What the text does not list is not used. A guide in which two uses of a segment cannot be distinguished
//! by one coded element is refused with its line.

use rustc_hash::FxHashMap;

use super::ast::{CodesText, GuideText, NodeText, SegmentText, SharedText};
use super::lists::Lists;
use super::refer;
use crate::dict::{CodeBook, Dictionary, TextError};
use crate::guide::{Guide, LoopUse, OVERLAY_LINE, SegmentUse, Usage};
use crate::wire::Tag;

mod discriminate;
mod elements;

/// The id of the loop that is the whole set.
pub(super) const WHOLE_SET: &str = "ST";

/// Most segment uses of a guide, shared loops counted in every place.
const SEGMENTS_MAX: usize = 4096;

impl Guide {
    /// Parses and compiles a guide text.
    pub fn parse(
        text: &str,
        dictionary: &Dictionary<'_>,
        codes: &CodeBook,
    ) -> Result<Guide, TextError> {
        Guide::compile(&GuideText::parse(text)?, dictionary, codes)
    }

    /// Compiles a guide text that has been parsed.
    pub fn compile(
        text: &GuideText<'_>,
        dictionary: &Dictionary<'_>,
        codes: &CodeBook,
    ) -> Result<Guide, TextError> {
        Guide::compile_overlaid(text, "", dictionary, codes)
    }

    /// The same for a text that the overlay of this name has changed.
    pub(super) fn compile_overlaid(
        text: &GuideText<'_>,
        overlay: &str,
        dictionary: &Dictionary<'_>,
        codes: &CodeBook,
    ) -> Result<Guide, TextError> {
        let Some(set) = dictionary.set(text.set.as_bytes()) else {
            let message = format!("transaction set {} is not in the dictionary", text.set);
            return Err(TextError::at(text.at.line, message));
        };
        if set.functional != text.functional {
            let message = format!("set {} belongs to functional group {}", set.id, set.functional);
            return Err(TextError::at(text.at.line, message));
        }
        let guide = Guide {
            id: text.id.into(),
            set: text.set.into(),
            functional: text.functional.into(),
            purposes: text.purposes.iter().map(|code| (*code).into()).collect(),
            title: text.title.into(),
            overlay: overlay.into(),
            standard_tags: set.tags.clone(),
            ..Guide::default()
        };
        let mut compiler = Compiler {
            guide,
            amount_digits_max: text.amount_digits_max,
            dictionary,
            lists: Lists::new(codes),
            shared: &text.shared,
            compiled: FxHashMap::default(),
        };
        compiler.whole_set(text)?;
        refer::resolve(&mut compiler.guide, text, &mut compiler.lists)?;
        Ok(compiler.guide)
    }
}

struct Compiler<'d, 't> {
    guide: Guide,
    amount_digits_max: Option<u8>,
    dictionary: &'d Dictionary<'d>,
    lists: Lists<'d>,
    shared: &'t [SharedText<'t>],
    /// The first use made of each segment text; those of a shared loop are reached again, and have the same
    /// elements then.
    compiled: FxHashMap<*const SegmentText<'t>, u16>,
}

/// What a loop, shared or not, is in one place.
struct LoopHead<'t> {
    id: &'t str,
    name: &'t str,
    usage: Usage,
    repeat_max: u32,
    trigger: &'t SegmentText<'t>,
    nodes: &'t [NodeText<'t>],
    line: u32,
}

impl<'t> Compiler<'_, 't> {
    fn whole_set(&mut self, text: &'t GuideText<'t>) -> Result<(), TextError> {
        self.guide.loops.push(LoopUse {
            id: WHOLE_SET.into(),
            name: text.title.into(),
            parent: None,
            usage: Usage::Required,
            repeat_max: 1,
            rank: 0,
            segments: 0..0,
            inner: 1..1,
            level: None,
            line: text.at.line,
        });
        self.nodes(0, None, &text.nodes)?;
        self.close(0);
        match (text.nodes.first(), text.nodes.last()) {
            (Some(NodeText::Segment(first)), Some(NodeText::Segment(last)))
                if first.tag == "ST" && last.tag == "SE" =>
            {
                Ok(())
            }
            _ => Err(TextError::at(
                text.at.line,
                "expected the guide to begin with ST and to end with SE",
            )),
        }
    }

    /// The loop at this node, if it is one.
    fn head(&self, node: &'t NodeText<'t>) -> Result<Option<LoopHead<'t>>, TextError> {
        Ok(Some(match node {
            NodeText::Segment(_) => return Ok(None),
            NodeText::Loop(text) => LoopHead {
                id: text.id,
                name: text.name,
                usage: text.usage,
                repeat_max: text.repeat_max,
                trigger: &text.trigger,
                nodes: &text.nodes,
                line: text.at.line,
            },
            NodeText::Use(used) => {
                let shared = self.shared.iter().find(|shared| shared.id == used.id);
                let text = shared.ok_or_else(|| {
                    let message = format!("there is no shared loop {}", used.id);
                    TextError::at(used.at.line, message)
                })?;
                LoopHead {
                    id: text.id,
                    name: text.name,
                    usage: used.usage,
                    repeat_max: used.repeat_max,
                    trigger: &text.trigger,
                    nodes: &text.nodes,
                    // An overlay changes the place, not the shared loop.
                    line: if used.at.line & OVERLAY_LINE == 0 {
                        text.at.line
                    } else {
                        used.at.line
                    },
                }
            }
        }))
    }

    fn add_loop(&mut self, parent: u16, rank: u16, text: &LoopHead<'t>) -> Result<(), TextError> {
        let is_known = self.compiled.contains_key(&std::ptr::from_ref(text.trigger));
        let twin = self.guide.loops.iter().find(|l| *l.id == *text.id);
        if let Some(twin) = twin.filter(|_| !is_known) {
            let message = format!("loop {} is already on line {}", text.id, twin.line);
            return Err(TextError::at(text.line, message));
        }
        let index = self.guide.loops.len() as u16;
        let first = self.guide.segments.len() as u16;
        self.guide.loops.push(LoopUse {
            id: text.id.into(),
            name: text.name.into(),
            parent: Some(parent),
            usage: text.usage,
            repeat_max: text.repeat_max,
            rank,
            segments: first..first,
            inner: index + 1..index + 1,
            level: level(text.trigger),
            line: text.line,
        });
        self.nodes(index, Some(text.trigger), text.nodes)?;
        self.close(index);
        Ok(())
    }

    fn close(&mut self, index: u16) {
        let (loops, segments) = (self.guide.loops.len() as u16, self.guide.segments.len() as u16);
        let closed = &mut self.guide.loops[usize::from(index)];
        closed.segments.end = segments;
        closed.inner.end = loops;
    }

    /// The segments and loops of a loop, in order, with their ranks and discriminators.
    fn nodes(
        &mut self,
        in_loop: u16,
        trigger: Option<&'t SegmentText<'t>>,
        nodes: &'t [NodeText<'t>],
    ) -> Result<(), TextError> {
        let mut rank = 0;
        let mut before: Option<Neighbour<'_>> = None;
        // Each use with its text: uses of one tag must be distinguished.
        let mut uses: Vec<(u16, &SegmentText<'_>)> = Vec::with_capacity(nodes.len() + 1);
        if let Some(text) = trigger {
            uses.push((self.guide.segments.len() as u16, text));
            self.segment(in_loop, rank, text)?;
            rank += 1;
        }
        for node in nodes {
            let head = self.head(node)?;
            let first = match (node, &head) {
                (NodeText::Segment(text), _) => text,
                (_, Some(head)) => head.trigger,
                (_, None) => continue,
            };
            let here = Neighbour { tag: first.tag, is_loop: head.is_some() };
            if before.is_some_and(|before| !share_position(before, here)) {
                rank += 1;
            }
            before = Some(here);
            uses.push((self.guide.segments.len() as u16, first));
            match head {
                None => self.segment(in_loop, rank, first)?,
                Some(head) => self.add_loop(in_loop, rank, &head)?,
            }
        }
        self.discriminate(&uses)?;
        trigger.map_or(Ok(()), |text| self.mark_level(in_loop, text))
    }

    fn segment(
        &mut self,
        in_loop: u16,
        rank: u16,
        text: &'t SegmentText<'t>,
    ) -> Result<(), TextError> {
        let index = self.guide.segments.len();
        if index >= SEGMENTS_MAX {
            let message = format!("a guide has at most {SEGMENTS_MAX} segment uses");
            return Err(TextError::at(text.at.line, message));
        }
        if let Some(first) = self.compiled.get(&std::ptr::from_ref(text)) {
            let same = self.guide.segments[usize::from(*first)].clone();
            self.guide.segments.push(SegmentUse { in_loop, rank, discriminator: None, ..same });
            return Ok(());
        }
        self.compiled.insert(text, index as u16);
        let tag = Tag::from(text.tag);
        let known = self.dictionary.segment(tag).filter(|entry| !entry.parts.is_empty());
        let Some(entry) = known else {
            let message = format!("segment {} is not in the dictionary", text.tag);
            return Err(TextError::at(text.at.line, message));
        };
        if self.guide.standard_tags.binary_search(&tag).is_err() {
            let message =
                format!("the standard does not have {} in set {}", text.tag, self.guide.set);
            return Err(TextError::at(text.at.line, message));
        }
        if let Some(beyond) = text.elements.iter().find(|e| usize::from(e.last) > entry.parts.len())
        {
            let message = format!("{} has {} elements", text.tag, entry.parts.len());
            return Err(TextError::at(beyond.at.line, message));
        }
        let elements = self.elements(&text.elements, &entry.parts)?;
        let notes = self.notes(&entry.notes);
        self.guide.segments.push(SegmentUse {
            tag,
            name: if text.name.is_empty() { entry.name } else { text.name }.into(),
            in_loop,
            usage: text.usage,
            repeat_max: text.repeat_max,
            rank,
            elements,
            notes,
            discriminator: None,
            line: text.at.line,
        });
        Ok(())
    }
}

/// HL03 of a loop that is a hierarchical level.
fn level(trigger: &SegmentText<'_>) -> Option<[u8; 2]> {
    let code = trigger.elements.iter().find(|e| e.first == 3)?;
    match &code.codes {
        CodesText::Of(codes) if trigger.tag == "HL" => match codes.as_slice() {
            [code] => <[u8; 2]>::try_from(code.as_bytes()).ok(),
            _ => None,
        },
        _ => None,
    }
}

/// What the compiler needs to know of the preceding segment or loop.
#[derive(Clone, Copy)]
struct Neighbour<'t> {
    /// The segment it begins with.
    tag: &'t str,
    is_loop: bool,
}

/// True when the base standard has both at one position, so that they may come in any order.
fn share_position(before: Neighbour<'_>, next: Neighbour<'_>) -> bool {
    before.tag == next.tag && before.is_loop == next.is_loop && !(next.is_loop && next.tag == "HL")
}

#[cfg(test)]
mod tests;
