//! Rules and contexts of a guide text, their references resolved to segment uses of the compiled guide.

use super::ast::{ConditionText, ConsequenceText, GuideText, ReferenceText, RuleText, TermText};
use super::compile::Lists;
use crate::dict::TextError;
use crate::guide::{
    Comparison, Condition, Consequence, ContextRule, ElementUse, Guide, NodeIndex, OVERLAY_LINE,
    Reference, Rule, RuleScope, Term,
};
use crate::wire::Tag;

/// Adds the rules and contexts of the text to the guide, whose loops and segments are there.
pub(super) fn resolve(
    guide: &mut Guide,
    text: &GuideText<'_>,
    lists: &mut Lists<'_>,
) -> Result<(), TextError> {
    for (index, rule) in text.rules.iter().enumerate() {
        if let Some(twin) = text.rules[..index].iter().find(|other| other.id == rule.id) {
            let message = format!("rule {} is already on line {}", rule.id, twin.at.line);
            return Err(TextError::at(rule.at.line, message));
        }
        let resolved =
            Resolver::new(guide, rule).and_then(|mut resolver| resolver.rule(rule, lists));
        match resolved {
            Ok(rule) => guide.rules.push(rule),
            // What a rule of the guide speaks of may have been forbidden by the overlay.
            Err(_) if !guide.overlay.is_empty() && rule.at.line & OVERLAY_LINE == 0 => {}
            Err(error) => return Err(error),
        }
    }
    for context in &text.contexts {
        let resolver = Resolver { guide, in_loop: 0, line: context.at.line };
        let of = resolver.reference(&context.of)?;
        resolver.guide.contexts.push(ContextRule { name: context.name.into(), of });
    }
    Ok(())
}

struct Resolver<'g> {
    guide: &'g mut Guide,
    /// The loop that a reference without one means.
    in_loop: u16,
    line: u32,
}

impl<'g> Resolver<'g> {
    fn new(guide: &'g mut Guide, rule: &RuleText<'_>) -> Result<Self, TextError> {
        let mut resolver = Resolver { guide, in_loop: 0, line: rule.at.line };
        resolver.in_loop = resolver.loop_index(rule.scope.in_loop)?;
        Ok(resolver)
    }

    fn rule(&mut self, text: &RuleText<'_>, lists: &mut Lists<'_>) -> Result<Rule, TextError> {
        let scope = match text.scope.tag {
            "" => RuleScope::Loop(self.in_loop),
            _ => RuleScope::Segment(self.node(&text.scope)?),
        };
        let then = match &text.then {
            ConsequenceText::Require(of) => Consequence::Require(self.references(of)?),
            ConsequenceText::Forbid(of) => Consequence::Forbid(self.references(of)?),
            ConsequenceText::AnyOf(of) => Consequence::AnyOf(self.references(of)?),
            ConsequenceText::Within(of, codes) => {
                let of = self.reference(of)?;
                Consequence::Within(of, lists.of(self.guide, codes))
            }
            ConsequenceText::Balance(left, right) => {
                Consequence::Balance(self.terms(left)?, self.terms(right)?)
            }
        };
        Ok(Rule {
            id: text.id.into(),
            scope,
            snip: text.snip,
            warning: text.warning,
            when: self.condition(&text.when, lists)?,
            then,
            advice: text.advice.into(),
            line: text.at.line,
        })
    }

    fn condition(
        &mut self,
        text: &ConditionText<'_>,
        lists: &mut Lists<'_>,
    ) -> Result<Condition, TextError> {
        Ok(match text {
            ConditionText::Always => Condition::Always,
            ConditionText::Present(of) => {
                Condition::Is(Comparison { of: self.reference(of)?, list: None })
            }
            ConditionText::Equals(of, codes) => {
                let of = self.reference(of)?;
                Condition::Is(Comparison { of, list: Some(lists.of(self.guide, codes)) })
            }
            ConditionText::Not(inner) => Condition::Not(Box::new(self.condition(inner, lists)?)),
            ConditionText::All(terms) => Condition::All(self.conditions(terms, lists)?),
            ConditionText::Any(terms) => Condition::Any(self.conditions(terms, lists)?),
        })
    }

    fn conditions(
        &mut self,
        terms: &[ConditionText<'_>],
        lists: &mut Lists<'_>,
    ) -> Result<Vec<Condition>, TextError> {
        terms.iter().map(|term| self.condition(term, lists)).collect()
    }

    fn terms(&self, texts: &[TermText<'_>]) -> Result<Vec<Term>, TextError> {
        let term = |text: &TermText<'_>| {
            Ok(Term { minus: text.minus, measure: text.measure, of: self.references(&text.of)? })
        };
        texts.iter().map(term).collect()
    }

    fn references(&self, texts: &[ReferenceText<'_>]) -> Result<Vec<Reference>, TextError> {
        texts.iter().map(|text| self.reference(text)).collect()
    }

    /// A reference whose element and component the guide uses.
    fn reference(&self, text: &ReferenceText<'_>) -> Result<Reference, TextError> {
        let segment = self.node(text)?;
        let elements = &self.guide.segments[usize::from(segment)].elements;
        let mut at = None;
        if text.element > 0 {
            at = Some(self.used(elements, text.element, text.tag)?);
        }
        if text.component > 0 {
            let element =
                at.ok_or_else(|| self.error("expected an element before the component".into()))?;
            self.used(&element.components, text.component, text.tag)?;
        }
        Ok(Reference { segment, element: text.element, component: text.component })
    }

    fn used(
        &self,
        range: &std::ops::Range<u32>,
        at: u8,
        tag: &str,
    ) -> Result<&ElementUse, TextError> {
        let among = &self.guide.elements[range.start as usize..range.end as usize];
        among.get(usize::from(at) - 1).filter(|element| element.line > 0).ok_or_else(|| {
            self.error(format!("the guide does not use position {at:02} of this {tag}"))
        })
    }

    fn loop_index(&self, id: &str) -> Result<u16, TextError> {
        let found = self.guide.loops.iter().position(|l| *l.id == *id);
        found.map(|at| at as u16).ok_or_else(|| self.error(format!("the guide has no loop {id}")))
    }

    /// The one segment use that is meant.
    fn node(&self, text: &ReferenceText<'_>) -> Result<NodeIndex, TextError> {
        let in_loop = match text.in_loop {
            "" => self.in_loop,
            id => self.loop_index(id)?,
        };
        let tag = Tag::from(text.tag);
        let id = &self.guide.loops[usize::from(in_loop)].id;
        let mut found = (0u16..).zip(&self.guide.segments).filter(|(_, s)| {
            let selected = text.selector.is_empty()
                || s.discriminator.is_some_and(|d| {
                    self.guide.lists[usize::from(d.list)].contains(text.selector.as_bytes())
                });
            s.in_loop == in_loop && s.tag == tag && selected
        });
        match (found.next(), found.next()) {
            (Some((node, _)), None) => Ok(node),
            (None, _) => Err(self.error(format!("loop {id} has no such {}", text.tag))),
            (Some(_), Some(_)) => {
                let message =
                    format!("loop {id} has several {0}: say which by a code, as {0}[…]", text.tag);
                Err(self.error(message))
            }
        }
    }

    fn error(&self, message: String) -> TextError {
        TextError::at(self.line, message)
    }
}
