//! From guide text and dictionary to the compiled guide: every element resolved, ranks and discriminators
//! derived.
//!
//! What is not listed in the text is not used. A guide in which two uses of a segment cannot be told apart
//! by one coded element is refused with its line.

use rustc_hash::FxHashMap;

use super::ast::{
    CodesText, ElementText, GuideText, NodeText, PatternText, SegmentText, SharedText,
};
use super::refer;
use crate::dict::{
    CodeBook, DataType, Dictionary, SegmentPart, SyntaxNote, TextError, list_of_qualifier,
};
use crate::guide::{
    ElementUse, Guide, LoopUse, OVERLAY_LINE, Pattern, Qualified, SegmentUse, Usage,
};
use crate::wire::Tag;

mod discriminate;
mod lists;

pub(super) use lists::Lists;

/// The id of the loop that is the whole set.
pub(super) const WHOLE_SET: &str = "ST";

/// The data element of amounts of money.
const MONETARY_AMOUNT: u16 = 782;

/// A guide has no more segment uses than this, shared loops counted in every place.
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
            let message = format!("set {} travels in functional group {}", set.id, set.functional);
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
    /// The first use made of each segment text; those of a shared loop are seen again, and have the same
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

    /// The loop that stands here, if it is one.
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
                    // An overlay changes the place, not what is shared.
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
        // Each use with its text: what shares a tag must be told apart.
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

    fn notes(&mut self, notes: &[SyntaxNote]) -> std::ops::Range<u32> {
        let first = self.guide.notes.len() as u32;
        self.guide.notes.extend_from_slice(notes);
        first..self.guide.notes.len() as u32
    }

    /// The dense range of the elements at `parts`; what the text does not list is not used.
    fn elements(
        &mut self,
        texts: &[ElementText<'_>],
        parts: &[SegmentPart],
    ) -> Result<std::ops::Range<u32>, TextError> {
        let first = self.guide.elements.len();
        for (part, position) in parts.iter().zip(1u8..) {
            let text = texts.iter().find(|t| (t.first..=t.last).contains(&position));
            let element = self.element(position, part, text)?;
            self.guide.elements.push(element);
        }
        let end = self.guide.elements.len();
        for text in texts {
            if let Some(PatternText::CodeBy(at)) = text.pattern {
                let table = self.qualified(first, parts, at, text.at.line)?;
                for element in &mut self.guide.elements[first..end] {
                    if (text.first..=text.last).contains(&element.position) {
                        element.pattern = Some(Pattern::CodeBy(at, table));
                    }
                }
            }
        }
        // Components come after the whole range, so that it stays dense.
        for (part, at) in parts.iter().zip(first..end) {
            let position = self.guide.elements[at].position;
            let Some(text) = texts.iter().find(|t| (t.first..=t.last).contains(&position)) else {
                continue;
            };
            let Some(composite) = self.dictionary.composite(part.element) else {
                if let Some(component) = text.components.first() {
                    return Err(TextError::at(
                        component.at.line,
                        "this element is not a composite",
                    ));
                }
                continue;
            };
            if let Some(beyond) =
                text.components.iter().find(|c| usize::from(c.last) > composite.components.len())
            {
                let message =
                    format!("the composite has {} components", composite.components.len());
                return Err(TextError::at(beyond.at.line, message));
            }
            let inner: Vec<SegmentPart> = composite
                .components
                .iter()
                .map(|c| SegmentPart { element: c.element, mandatory: c.mandatory, repeat_max: 1 })
                .collect();
            let components = self.elements(&text.components, &inner)?;
            let notes = self.notes(&composite.notes);
            let element = &mut self.guide.elements[at];
            element.components = components;
            element.notes = notes;
        }
        Ok(first as u32..end as u32)
    }

    /// The lists that the qualifier at position `at` tells apart; elements begin at `first`.
    fn qualified(
        &mut self,
        first: usize,
        parts: &[SegmentPart],
        at: u8,
        line: u32,
    ) -> Result<u16, TextError> {
        let index = usize::from(at).wrapping_sub(1);
        let Some(part) = parts.get(index) else {
            return Err(TextError::at(
                line,
                format!("there is no position {at:02} for a qualifier"),
            ));
        };
        let codes = self.guide.elements[first + index]
            .list
            .map_or(&[][..], |list| &self.guide.lists[usize::from(list)].codes);
        let names: Vec<(Box<[u8]>, &str)> = codes
            .iter()
            .filter_map(|code| {
                let name = list_of_qualifier(part.element, std::str::from_utf8(code).ok()?)?;
                Some((code.clone(), name))
            })
            .collect();
        let lists =
            names.into_iter().map(|(code, name)| (code, self.lists.named(&mut self.guide, name)));
        let table = Qualified { lists: lists.collect() };
        let known = self.guide.qualified.iter().position(|known| *known == table);
        Ok(known.unwrap_or_else(|| {
            self.guide.qualified.push(table);
            self.guide.qualified.len() - 1
        }) as u16)
    }

    fn element(
        &mut self,
        position: u8,
        part: &SegmentPart,
        text: Option<&ElementText<'_>>,
    ) -> Result<ElementUse, TextError> {
        let line = text.map_or(0, |t| t.at.line);
        let unknown = || {
            let message = format!("data element {} is not in the dictionary", part.element);
            TextError::at(line, message)
        };
        let (kind, lengths, base_codes, base_name) = match self.dictionary.composite(part.element) {
            Some(composite) => (DataType::Composite, (0, 0), &[][..], composite.name),
            None => {
                let element = self.dictionary.element(part.element).ok_or_else(unknown)?;
                let lengths = (element.length_min, element.length_max);
                (element.kind, lengths, element.codes.as_slice(), element.name)
            }
        };
        let standard_list =
            (!base_codes.is_empty()).then(|| self.lists.of(&mut self.guide, base_codes));
        let mut element = ElementUse {
            position,
            usage: Usage::NotUsed,
            mandatory: part.mandatory,
            repeat_max: 1,
            standard_repeat_max: part.repeat_max,
            data_element: part.element,
            kind,
            length_min: lengths.0,
            length_max: lengths.1,
            list: None,
            standard_list,
            pattern: None,
            components: 0..0,
            notes: 0..0,
            name: base_name.into(),
            line,
        };
        let Some(text) = text else {
            return Ok(element);
        };
        if text.repeat_max > part.repeat_max {
            let message =
                format!("the standard lets this element repeat {} times", part.repeat_max);
            return Err(TextError::at(line, message));
        }
        element.usage = text.usage;
        element.repeat_max = text.repeat_max;
        if !text.name.is_empty() {
            element.name = text.name.into();
        }
        if let Some((least, greatest)) = text.length {
            if least < lengths.0 || greatest > lengths.1 || least > greatest {
                let message = format!(
                    "the standard gives this element {} to {} characters",
                    lengths.0, lengths.1
                );
                return Err(TextError::at(line, message));
            }
            (element.length_min, element.length_max) = (least, greatest);
        }
        element.list = match &text.codes {
            CodesText::Any => None,
            CodesText::Of(codes) => Some(self.lists.of(&mut self.guide, codes)),
            CodesText::Named(name) => Some(self.lists.named(&mut self.guide, name)),
        };
        element.pattern = text.pattern.map(|pattern| match pattern {
            PatternText::DateBy(at) => Pattern::DateBy(at),
            PatternText::NpiBy(at) => Pattern::NpiBy(at),
            // Which lists the qualifier tells apart is known when its own codes are.
            PatternText::CodeBy(at) => Pattern::CodeBy(at, u16::MAX),
            PatternText::Street => Pattern::Street,
            PatternText::Date => Pattern::D8,
        });
        if part.element == MONETARY_AMOUNT && element.pattern.is_none() {
            element.pattern = self.amount_digits_max.map(Pattern::Amount);
        }
        if let (CodesText::Of(codes), Some(standard)) = (&text.codes, standard_list) {
            let standard = &self.guide.lists[usize::from(standard)];
            if let Some(strange) = codes.iter().find(|code| !standard.contains(code.as_bytes())) {
                let message = format!("the standard does not know the code {strange} here");
                return Err(TextError::at(line, message));
            }
        }
        Ok(element)
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

/// What a segment or loop is to the next one.
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
