//! The elements and components of a segment use: what the text says about each, within what the dictionary allows.

use std::ops::Range;

use super::Compiler;
use crate::dict::{DataType, SegmentPart, SyntaxNote, TextError, list_of_qualifier};
use crate::guide::ast::{CodesText, ElementText, PatternText};
use crate::guide::{ElementUse, Pattern, Qualified, Usage};

/// The data element of amounts of money.
const MONETARY_AMOUNT: u16 = 782;

impl Compiler<'_, '_> {
    pub(super) fn notes(&mut self, notes: &[SyntaxNote]) -> Range<u32> {
        let first = self.guide.notes.len() as u32;
        self.guide.notes.extend_from_slice(notes);
        first..self.guide.notes.len() as u32
    }

    /// The dense range of the elements at `parts`; what the text does not list is not used.
    pub(super) fn elements(
        &mut self,
        texts: &[ElementText<'_>],
        parts: &[SegmentPart],
    ) -> Result<Range<u32>, TextError> {
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

    /// The lists that the qualifier at position `at` selects from; elements begin at `first`.
    fn qualified(
        &mut self,
        first: usize,
        parts: &[SegmentPart],
        at: u8,
        line: u32,
    ) -> Result<u16, TextError> {
        let index = usize::from(at).wrapping_sub(1);
        let Some(part) = parts.get(index) else {
            return Err(TextError::at(line, format!("position {at:02} cannot be the qualifier")));
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
            let message = format!(
                "the standard has a maximum repeat of {} for this element",
                part.repeat_max
            );
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
                    "the length of this element in the standard is {} to {} characters",
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
            // The lists that the qualifier selects from are known when its own codes are.
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
                let message = format!("the standard does not have the code {strange} here");
                return Err(TextError::at(line, message));
            }
        }
        Ok(element)
    }
}
