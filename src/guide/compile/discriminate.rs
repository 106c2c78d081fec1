//! What distinguishes the uses of one segment id in one place: the first coded element that no two of them share.

use super::Compiler;
use crate::dict::{CodeList, TextError};
use crate::guide::ast::SegmentText;
use crate::guide::{Discriminator, ElementUse, Usage};

impl Compiler<'_, '_> {
    /// Gives every use that shares its tag with a sibling the coded element that distinguishes it.
    pub(super) fn discriminate(
        &mut self,
        uses: &[(u16, &SegmentText<'_>)],
    ) -> Result<(), TextError> {
        for (index, (_, text)) in uses.iter().enumerate() {
            let group: Vec<u16> =
                uses.iter().filter(|(_, t)| t.tag == text.tag).map(|(node, _)| *node).collect();
            let is_first = !uses[..index].iter().any(|(_, t)| t.tag == text.tag);
            if group.len() < 2 || !is_first {
                continue;
            }
            let Some((element, component)) = self.separating(&group) else {
                let (_, last) =
                    uses.iter().rfind(|(_, t)| t.tag == text.tag).unwrap_or(&uses[index]);
                let message = format!(
                    "this {} cannot be distinguished from the one on line {} by a coded element",
                    last.tag, text.at.line
                );
                return Err(TextError::at(last.at.line, message));
            };
            for node in group {
                let list = self.codes_at(node, element, component);
                self.guide.segments[usize::from(node)].discriminator =
                    list.map(|list| Discriminator { element, component, list });
            }
        }
        Ok(())
    }

    /// The first coded position at which no two of these uses share a code. The last use may have no codes
    /// there: it applies when the others do not match.
    fn separating(&self, group: &[u16]) -> Option<(u8, u8)> {
        let positions = self.coded_positions(group[0]);
        positions.into_iter().find(|(element, component)| {
            let lists: Vec<Option<u16>> =
                group.iter().map(|node| self.codes_at(*node, *element, *component)).collect();
            let (last, others) = match lists.split_last() {
                Some(split) => split,
                None => return false,
            };
            others.iter().all(Option::is_some) && {
                let known: Vec<&CodeList> = others
                    .iter()
                    .chain([last])
                    .flatten()
                    .map(|l| &self.guide.lists[usize::from(*l)])
                    .collect();
                known.iter().enumerate().all(|(at, list)| {
                    known[at + 1..]
                        .iter()
                        .all(|other| !list.codes.iter().any(|code| other.contains(code)))
                })
            }
        })
    }

    fn coded_positions(&self, node: u16) -> Vec<(u8, u8)> {
        let mut positions = Vec::new();
        for element in self.elements_of(&self.guide.segments[usize::from(node)].elements) {
            if element.list.is_some() {
                positions.push((element.position, 0));
            }
            for component in self.elements_of(&element.components) {
                if component.list.is_some() {
                    positions.push((element.position, component.position));
                }
            }
        }
        positions
    }

    pub(super) fn elements_of(&self, range: &std::ops::Range<u32>) -> &[ElementUse] {
        &self.guide.elements[range.start as usize..range.end as usize]
    }

    /// The codes a use allows at a position that it requires.
    pub(super) fn codes_at(&self, node: u16, element: u8, component: u8) -> Option<u16> {
        let elements = self.elements_of(&self.guide.segments[usize::from(node)].elements);
        let element = elements.get(usize::from(element).checked_sub(1)?)?;
        let element = match component {
            0 => element,
            _ => self.elements_of(&element.components).get(usize::from(component) - 1)?,
        };
        element.list.filter(|_| element.usage == Usage::Required)
    }

    /// The HL of a level is identified by HL03, however many siblings it has: levels follow one another at any
    /// depth.
    pub(super) fn mark_level(
        &mut self,
        in_loop: u16,
        trigger: &SegmentText<'_>,
    ) -> Result<(), TextError> {
        if trigger.tag != "HL" {
            return Ok(());
        }
        let node = self.guide.loops[usize::from(in_loop)].segments.start;
        let Some(list) = self.codes_at(node, 3, 0) else {
            return Err(TextError::at(
                trigger.at.line,
                "expected HL03 to name the level, as in 03 R = 22",
            ));
        };
        self.guide.segments[usize::from(node)].discriminator =
            Some(Discriminator { element: 3, component: 0, list });
        Ok(())
    }
}
