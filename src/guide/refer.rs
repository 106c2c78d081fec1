//! Rules and contexts of a guide text, their references resolved to segment uses of the compiled guide.

use super::ast::{
    ConditionText, ConsequenceText, EVERYWHERE, EachText, GuideText, JudgementText, ReferenceText,
    RuleText, TermText,
};
use super::lists::Lists;
use crate::dict::{TextError, listing_of};
use crate::guide::{
    Comparison, Condition, Consequence, ContextRule, Each, ElementUse, Guide, Judgement, Measure,
    NodeIndex, OVERLAY_LINE, Reference, Rule, RuleScope, Term,
};
use crate::wire::Tag;

/// Keys of a rule with an `each` line.
const KEYS_MAX: usize = 32;

/// Adds the rules and contexts of the text to the guide, whose loops and segments are complete.
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
        match in_every_place(guide, rule, lists) {
            Ok(rules) => guide.rules.extend(rules),
            // What a rule of the guide refers to may have been forbidden by the overlay.
            Err(_) if !guide.overlay.is_empty() && rule.at.line & OVERLAY_LINE == 0 => {}
            Err(error) => return Err(error),
        }
    }
    for context in &text.contexts {
        for in_loop in places(guide, context.of.in_loop, context.at.line)? {
            let resolver = Resolver { guide, in_loop, own: None, line: context.at.line };
            let of = resolver.reference(&context.of)?;
            resolver.guide.contexts.push(ContextRule { name: context.name.into(), of });
        }
    }
    for judgement in &text.judgements {
        match judged_places(guide, judgement) {
            Ok(found) => guide.judgements.extend(found),
            // The overlay may have forbidden the date.
            Err(_) if !guide.overlay.is_empty() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The judgements for each place of the loop they name.
fn judged_places(guide: &mut Guide, text: &JudgementText<'_>) -> Result<Vec<Judgement>, TextError> {
    let line = text.at.line;
    let is_known = |name: &&str| {
        listing_of(name).is_some() || guide.lists.iter().any(|list| *list.name == **name)
    };
    if let Some(strange) = text.lists.iter().find(|name| !is_known(name)) {
        return Err(TextError::at(line, format!("there is no code list {strange}")));
    }
    let places = places(guide, text.scope.in_loop, line)?.into_iter();
    places
        .map(|in_loop| {
            let mut resolver = Resolver { guide, in_loop, own: None, line };
            let scope = match text.scope.tag {
                "" => RuleScope::Loop(in_loop),
                tag => {
                    let node = resolver.node(&text.scope)?;
                    resolver.own = Some((Tag::from(tag), node));
                    RuleScope::Segment(node)
                }
            };
            let on = resolver.references(&text.on)?;
            let lists = text.lists.iter().map(|name| (*name).into()).collect();
            Ok(Judgement { lists, scope, on, line })
        })
        .collect()
}

/// A rule for each place of its loop, or for each use of its segment.
fn in_every_place(
    guide: &mut Guide,
    rule: &RuleText<'_>,
    lists: &mut Lists<'_>,
) -> Result<Vec<Rule>, TextError> {
    let line = rule.at.line;
    if rule.scope.in_loop != EVERYWHERE {
        let places = places(guide, rule.scope.in_loop, line)?.into_iter();
        return places
            .map(|in_loop| Resolver { guide, in_loop, own: None, line }.rule(rule, lists))
            .collect();
    }
    let tag = Tag::from(rule.scope.tag);
    let uses: Vec<(NodeIndex, u16)> = (0u16..)
        .zip(&guide.segments)
        .filter(|(_, used)| used.tag == tag)
        .map(|(node, used)| (node, used.in_loop))
        .collect();
    let rules = uses.into_iter().map(|(node, in_loop)| {
        Resolver { guide, in_loop, own: Some((tag, node)), line }.rule(rule, lists)
    });
    let (fitting, others): (Vec<_>, Vec<_>) = rules.partition(Result::is_ok);
    match (fitting.is_empty(), others.into_iter().next()) {
        (true, Some(error)) => error.map(|rule| vec![rule]),
        (true, None) => Err(TextError::at(line, format!("the guide has no {}", rule.scope.tag))),
        (false, _) => fitting.into_iter().collect(),
    }
}

/// Every place of the loop with this id.
fn places(guide: &Guide, id: &str, line: u32) -> Result<Vec<u16>, TextError> {
    let places: Vec<u16> =
        (0u16..).zip(&guide.loops).filter(|(_, l)| *l.id == *id).map(|(at, _)| at).collect();
    if places.is_empty() {
        return Err(TextError::at(line, format!("the guide has no loop {id}")));
    }
    Ok(places)
}

struct Resolver<'g> {
    guide: &'g mut Guide,
    /// The loop of a reference that names none; others are searched for from here.
    in_loop: u16,
    /// The segment use that the rule is about, which its id alone identifies.
    own: Option<(Tag, NodeIndex)>,
    line: u32,
}

impl Resolver<'_> {
    fn rule(&mut self, text: &RuleText<'_>, lists: &mut Lists<'_>) -> Result<Rule, TextError> {
        let scope = match text.scope.tag {
            "" => RuleScope::Loop(self.in_loop),
            _ => {
                let node = match self.own {
                    Some((_, node)) => node,
                    None => self.node(&text.scope)?,
                };
                self.own = Some((Tag::from(text.scope.tag), node));
                RuleScope::Segment(node)
            }
        };
        let then = match &text.then {
            ConsequenceText::Require(of) => Consequence::Require(self.references(of)?),
            ConsequenceText::Forbid(of) => Consequence::Forbid(self.references(of)?),
            ConsequenceText::AnyOf(of) => Consequence::AnyOf(self.references(of)?),
            ConsequenceText::Within(of, codes) => {
                let of = self.reference(of)?;
                Consequence::Within(of, lists.of(self.guide, codes))
            }
            ConsequenceText::Balance(left, relation, right) => {
                Consequence::Balance(self.terms(left, lists)?, *relation, self.terms(right, lists)?)
            }
            ConsequenceText::Once => Consequence::Once,
        };
        let each = text.each.as_ref().map(|each| self.each(each, scope)).transpose()?;
        self.check_each(each.as_ref(), &then)?;
        Ok(Rule {
            id: text.id.into(),
            scope,
            snip: text.snip,
            warning: text.warning,
            each,
            when: self.condition(&text.when, lists)?,
            then,
            advice: text.advice.into(),
            line: text.at.line,
        })
    }

    /// The loop and the keys of an `each` line.
    fn each(&self, text: &EachText<'_>, scope: RuleScope) -> Result<Each, TextError> {
        let RuleScope::Loop(outer) = scope else {
            return Err(self.error("a rule with each applies to a loop, not to a segment".into()));
        };
        let inside = self.guide.loops[usize::from(outer)].inner.clone();
        let of = self.loop_index(text.of)?;
        let keys = self.references(&text.keys)?;
        if !inside.contains(&of) {
            return Err(self.error(format!("loop {} is not inside the loop of the rule", text.of)));
        }
        let within = |loop_index: u16, key: &Reference| {
            self.guide.loops[usize::from(loop_index)].segments.contains(&key.segment)
        };
        if keys.iter().any(|key| key.element == 0) || !keys.first().is_some_and(|k| within(of, k)) {
            return Err(
                self.error(format!("expected the first key to be an element in {}", text.of))
            );
        }
        if keys.len() > KEYS_MAX {
            return Err(self.error(format!("a rule has at most {KEYS_MAX} keys")));
        }
        Ok(Each { of, keys })
    }

    /// What a rule with `each` cannot have, or only such a rule.
    fn check_each(&self, each: Option<&Each>, then: &Consequence) -> Result<(), TextError> {
        let fault = match (each, then) {
            (None, Consequence::Once) => "a rule with once needs an each line",
            (Some(_), Consequence::AnyOf(_) | Consequence::Forbid(_) | Consequence::Within(..)) => {
                "a rule with each can only use require, balance or once"
            }
            (Some(_), Consequence::Balance(left, _, right))
                if left
                    .iter()
                    .chain(right)
                    .any(|t| t.first || t.since.is_some() || t.measure == Measure::Elements) =>
            {
                "a rule with each cannot use first, since or elements"
            }
            (_, Consequence::Balance(left, _, right))
                if left.iter().chain(right).all(|term| term.of.is_empty()) =>
            {
                "expected a balance with a term that is not a number"
            }
            _ => return Ok(()),
        };
        Err(self.error(fault.into()))
    }

    fn condition(
        &mut self,
        text: &ConditionText<'_>,
        lists: &mut Lists<'_>,
    ) -> Result<Condition, TextError> {
        Ok(match text {
            ConditionText::Always => Condition::Always,
            ConditionText::Present(of) => self.run(of, None)?,
            ConditionText::Equals(of, codes) => {
                let list = Some(lists.of(self.guide, codes));
                self.run(of, list)?
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

    /// A test of a reference, or of any component of a run.
    fn run(&self, text: &ReferenceText<'_>, list: Option<u16>) -> Result<Condition, TextError> {
        if text.component_last == 0 {
            return Ok(Condition::Is(Comparison { of: self.reference(text)?, list }));
        }
        if text.component_last <= text.component {
            return Err(self.error("the last component of a run must come after its first".into()));
        }
        let of = |component| {
            let text = ReferenceText { component, component_last: 0, ..*text };
            Ok(Condition::Is(Comparison { of: self.reference(&text)?, list }))
        };
        (text.component..=text.component_last).map(of).collect::<Result<_, _>>().map(Condition::Any)
    }

    fn terms(
        &mut self,
        texts: &[TermText<'_>],
        lists: &mut Lists<'_>,
    ) -> Result<Vec<Term>, TextError> {
        texts.iter().map(|text| self.term(text, lists)).collect()
    }

    fn term(&mut self, text: &TermText<'_>, lists: &mut Lists<'_>) -> Result<Term, TextError> {
        let of = self.references(&text.of)?;
        let filter = match &text.filter {
            Some((by, codes)) => {
                let by = self.reference(by)?;
                if of.iter().any(|of| of.segment != by.segment) {
                    return Err(self.error("expected where to refer to the same segment".into()));
                }
                Some((by, lists.of(self.guide, codes)))
            }
            None => None,
        };
        let since = match text.since {
            "" => None,
            id => Some(self.loop_index(id)?),
        };
        let outside = |at: u16| {
            let known = &self.guide.loops[usize::from(at)].segments;
            of.is_empty() || of.iter().any(|of| !known.contains(&of.segment))
        };
        if since.is_some_and(outside) {
            return Err(
                self.error(format!("expected a loop around it after since, not {}", text.since))
            );
        }
        let (minus, measure, first) = (text.minus, text.measure, text.first);
        Ok(Term { minus, measure, first, of, filter, since })
    }

    fn references(&self, texts: &[ReferenceText<'_>]) -> Result<Vec<Reference>, TextError> {
        texts.iter().map(|text| self.reference(text)).collect()
    }

    /// A reference whose element and component the guide uses.
    fn reference(&self, text: &ReferenceText<'_>) -> Result<Reference, TextError> {
        if text.component_last > 0 {
            return Err(self.error("a run of components is allowed in a condition only".into()));
        }
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

    /// The nearest loop with this id: inside the rule's own loop, else inside the one around it, and so on
    /// outwards; of several the least deep.
    fn loop_index(&self, id: &str) -> Result<u16, TextError> {
        let mut around = Some(self.in_loop);
        while let Some(index) = around {
            let outer = &self.guide.loops[usize::from(index)];
            let inside =
                (index..outer.inner.end).filter(|at| *self.guide.loops[usize::from(*at)].id == *id);
            if let Some(found) = inside.min_by_key(|at| self.depth(*at)) {
                return Ok(found);
            }
            around = outer.parent;
        }
        Err(self.error(format!("the guide has no loop {id}")))
    }

    fn depth(&self, index: u16) -> usize {
        let parent = |at: &u16| self.guide.loops[usize::from(*at)].parent;
        std::iter::successors(Some(index), parent).count()
    }

    /// The one segment use that is meant.
    fn node(&self, text: &ReferenceText<'_>) -> Result<NodeIndex, TextError> {
        let means_own = text.in_loop.is_empty() && text.selector.is_empty();
        if let Some((_, node)) = self.own.filter(|(tag, _)| means_own && *tag == text.tag.into()) {
            return Ok(node);
        }
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
                    format!("loop {id} has several {0}: select one by a code, as {0}[…]", text.tag);
                Err(self.error(message))
            }
        }
    }

    fn error(&self, message: String) -> TextError {
        TextError::at(self.line, message)
    }
}
