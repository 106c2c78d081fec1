//! The elements and components of a segment use: what the text says about each, within what the dictionary allows.

use std::ops::Range;

use super::Compiler;
use crate::dict::{DataType, SegmentPart, SyntaxNote, TextError, list_of_qualifier};
use crate::guide::ast::{CodesText, ElementText, PatternText};
use crate::guide::{ElementUse, Pattern, Qualified, Usage};

/// The data element of amounts of money.
const MONETARY_AMOUNT: u16 = 782;

/// Digits of an amount where a guide sets no limit of its own.
const AMOUNT_DIGITS_MAX: u8 = 18;

/// The data element of quantities.
const QUANTITY: u16 = 380;

/// Decimal places of a quantity in the guides adopted under HIPAA.
const QUANTITY_PLACES_MAX: u8 = 3;

/// The data elements of a telephone number or other communication number, and of its qualifier.
const COMMUNICATION_NUMBER: u16 = 364;
const COMMUNICATION_QUALIFIER: u16 = 365;

/// The data elements of the entity type, and of the parts of a name that only a person has.
const ENTITY_TYPE: u16 = 1065;
const PERSON_NAMES: std::ops::RangeInclusive<u16> = 1036..=1039;

/// The data elements of a postal code and of a country.
const POSTAL_CODE: u16 = 116;
const COUNTRY: u16 = 26;

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
            let mut element = self.element(position, part, text)?;
            if let (Some(text), None) = (text, element.pattern) {
                element.pattern = self.usual_pattern(position, parts, text)?;
            }
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

    /// The check that the data element itself calls for: what an amount, a quantity, a telephone number and a postal
    /// code are is the same in every guide.
    fn usual_pattern(
        &self,
        position: u8,
        parts: &[SegmentPart],
        text: &ElementText<'_>,
    ) -> Result<Option<Pattern>, TextError> {
        let index = usize::from(position) - 1;
        let country = (1_u8..).zip(parts).find(|(_, part)| part.element == COUNTRY);
        let entity_type =
            (1_u8..).zip(&parts[..index]).find(|(_, part)| part.element == ENTITY_TYPE);
        let before = index.checked_sub(1).map(|before| parts[before].element);
        let is_adjustment = text.pattern == Some(PatternText::Adjustment);
        let is_full = text.pattern == Some(PatternText::FullZip);
        let pattern = match (parts[index].element, country) {
            (MONETARY_AMOUNT, _) if is_adjustment || self.amount_digits_max.is_some() => {
                let digits = self.amount_digits_max.unwrap_or(AMOUNT_DIGITS_MAX);
                Some(Pattern::Amount { digits, is_adjustment })
            }
            (QUANTITY, _) => self.amount_digits_max.map(|_| Pattern::Quantity(QUANTITY_PLACES_MAX)),
            (COMMUNICATION_NUMBER, _) if before == Some(COMMUNICATION_QUALIFIER) => {
                Some(Pattern::Telephone(position - 1))
            }
            (name, _) if PERSON_NAMES.contains(&name) => {
                entity_type.map(|(at, _)| Pattern::PersonBy(at))
            }
            (POSTAL_CODE, Some((country, _))) => Some(Pattern::PostalCode { country, is_full }),
            _ => None,
        };
        let is_taken = matches!(
            pattern,
            Some(
                Pattern::Amount { is_adjustment: true, .. }
                    | Pattern::PostalCode { is_full: true, .. }
            )
        );
        if (is_adjustment || is_full) && !is_taken {
            let what =
                if is_adjustment { "an amount of money" } else { "a postal code with a country" };
            return Err(TextError::at(text.at.line, format!("this element is not {what}")));
        }
        Ok(pattern)
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
        element.pattern = text.pattern.and_then(|pattern| match pattern {
            PatternText::DateBy(at) => Some(Pattern::DateBy(at)),
            PatternText::NpiBy(at) => Some(Pattern::NpiBy(at)),
            // The lists that the qualifier selects from are known when its own codes are.
            PatternText::CodeBy(at) => Some(Pattern::CodeBy(at, u16::MAX)),
            PatternText::Street => Some(Pattern::Street),
            PatternText::Date => Some(Pattern::D8),
            // Kinds of what is usual for the data element.
            PatternText::Adjustment | PatternText::FullZip => None,
        });
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
