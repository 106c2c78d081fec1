//! Companion guides as overlays: reviewable deltas on a guide text, tightening by default, loosening only by the word
//! `relax`. Applying one gives a new guide text; the guide itself is never changed.

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{multispace0, u16 as decimal};
use nom::combinator::{map, opt, value};
use nom::error::context;
use nom::multi::many1;
use nom::sequence::{preceded, terminated};

use super::ast::{
    CodesText, ElementText, GuideText, LoopText, NodeText, Place, ReferenceText, RuleText,
    SegmentText,
};
use super::parse::{place, repeat};
use super::rules;
use crate::dict::text::{Line, Parsed, code, keyword, lines, title, word};
use crate::dict::{CodeBook, Dictionary, TextError};
use crate::guide::{Guide, Usage};

/// Set in the line number of everything that an overlay said: the rest of the number is the line in the overlay.
pub const OVERLAY_LINE: u32 = 1 << 31;

/// SNIP type of a rule in an overlay that names none: the partner's own.
pub(super) const SNIP_OF_OVERLAY: u8 = 7;

/// The text of an overlay.
#[derive(Clone, Debug)]
pub struct Overlay<'a> {
    /// Its name.
    pub name: &'a str,
    /// The guide it changes.
    pub guide: &'a str,
    /// The transaction set it changes.
    pub set: &'a str,
    /// Our short title.
    pub title: &'a str,
    pub(super) at: Place<'a>,
    pub(super) deltas: Vec<Delta<'a>>,
    pub(super) rules: Vec<RuleText<'a>>,
    pub(super) tail: &'a str,
}

/// One line of an overlay.
#[derive(Clone, Debug)]
pub(super) struct Delta<'a> {
    pub(super) target: Target<'a>,
    pub(super) relax: bool,
    pub(super) change: Change<'a>,
    pub(super) at: Place<'a>,
}

/// What a line of an overlay changes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// `loop 2115C`
    Loop(&'a str),
    /// `rule subscriber-copay`
    Rule(&'a str),
    /// `2110C/EB03`
    Use(ReferenceText<'a>),
}

/// How it changes.
#[derive(Clone, Debug)]
pub(super) enum Change<'a> {
    /// `require`: situational becomes required.
    Require,
    /// `forbid`: situational becomes not used.
    Forbid,
    /// `only A B`: no other codes.
    Only(Vec<&'a str>),
    /// `max 5`: so often and no oftener.
    Max(u32),
    /// `length 9..12`
    Length(u16, u16),
    /// `relax allow A B`: these codes too.
    Allow(Vec<&'a str>),
    /// `relax optional`: required becomes situational.
    Optional,
    /// `relax use`: not used becomes situational.
    Use,
    /// `relax drop`: the rule does not hold.
    Drop,
}

impl<'a> Overlay<'a> {
    /// Parses an overlay text.
    pub fn parse(text: &'a str) -> Result<Overlay<'a>, TextError> {
        let (lines, tail) = lines(text);
        let mut lines = lines.into_iter().peekable();
        let Some(first) = lines.next() else {
            return Err(TextError::at(1, "expected overlay, found an empty text"));
        };
        let mut overlay = first.parse(head)?;
        overlay.at = place(&first);
        overlay.tail = tail;
        while let Some(line) = lines.peek().copied() {
            if line.keyword() == "rule" && line.text.contains(" at ") {
                overlay.rules.push(rules::rule(&mut lines, SNIP_OF_OVERLAY)?);
            } else {
                overlay.deltas.push(delta(&line)?);
                lines.next();
            }
        }
        Ok(overlay)
    }

    /// The guide text with the overlay's changes in it.
    pub fn apply<'t>(&self, guide: &GuideText<'t>) -> Result<GuideText<'t>, TextError>
    where
        'a: 't,
    {
        if (self.guide, self.set) != (guide.id, guide.set) {
            let message = format!("this overlay is for {} set {}", self.guide, self.set);
            return Err(TextError::at(self.at.line, message).named(self.name));
        }
        let mut changed = guide.clone();
        for delta in &self.deltas {
            apply(&mut changed, delta)
                .map_err(|message| TextError::at(delta.at.line, message).named(self.name))?;
        }
        for rule in &self.rules {
            if changed.rules.iter().any(|other| other.id == rule.id) {
                let message = format!("the guide already has a rule {}", rule.id);
                return Err(TextError::at(rule.at.line, message).named(self.name));
            }
            changed.rules.push(RuleText { at: marked(rule.at), ..rule.clone() });
        }
        Ok(changed)
    }

    /// The compiled guide with the overlay's changes in it.
    pub fn compile(
        &self,
        guide: &GuideText<'_>,
        dictionary: &Dictionary<'_>,
        codes: &CodeBook,
    ) -> Result<Guide, TextError> {
        let mut compiled =
            Guide::compile(&self.apply(guide)?, dictionary, codes).map_err(|error| {
                let ours = error.line & OVERLAY_LINE != 0;
                let error = TextError { line: error.line & !OVERLAY_LINE, ..error };
                error.named(if ours { self.name } else { self.guide })
            })?;
        compiled.overlay = self.name.into();
        Ok(compiled)
    }
}

/// `overlay acme  on 005010X279A1  set 271  Acme Health Plan`
fn head(input: &str) -> Parsed<'_, Overlay<'_>> {
    let (rest, (_, name, _, guide, _, set, title)) = (
        keyword("overlay"),
        word("the name of the overlay"),
        keyword("on"),
        word("a guide id"),
        keyword("set"),
        word("a transaction set id"),
        title,
    )
        .parse(input)?;
    let at = Place::default();
    Ok((
        rest,
        Overlay { name, guide, set, title, at, deltas: Vec::new(), rules: Vec::new(), tail: "" },
    ))
}

/// `2110C/EB03  only 30 47 98`
fn delta<'a>(line: &Line<'a>) -> Result<Delta<'a>, TextError> {
    let target = context(
        "loop, rule or a reference such as 2110C/EB03",
        alt((
            map(preceded(keyword("loop"), word("a loop id")), Target::Loop),
            map(preceded(keyword("rule"), word("the name of a rule")), Target::Rule),
            map(rules::reference, Target::Use),
        )),
    );
    let relax = map(opt(keyword("relax")), |word| word.is_some());
    let codes = |word: &'static str| preceded(keyword(word), many1(code));
    let length = terminated((keyword("length"), decimal, tag(".."), decimal), multispace0);
    let change = context(
        "require, forbid, only, max, length, or relax allow, optional, use or drop",
        alt((
            value(Change::Require, keyword("require")),
            value(Change::Forbid, keyword("forbid")),
            value(Change::Optional, keyword("optional")),
            value(Change::Use, keyword("use")),
            value(Change::Drop, keyword("drop")),
            map(codes("only"), Change::Only),
            map(codes("allow"), Change::Allow),
            map(preceded(keyword("max"), repeat), Change::Max),
            map(length, |(_, least, _, greatest)| Change::Length(least, greatest)),
        )),
    );
    let (target, relax, change) = line.parse((target, relax, change))?;
    let loosens =
        matches!(change, Change::Allow(_) | Change::Optional | Change::Use | Change::Drop);
    if loosens && !relax {
        return Err(TextError::at(line.number, "this loosens the guide: say relax before it"));
    }
    Ok(Delta { target, relax, change, at: place(line) })
}

fn marked(at: Place<'_>) -> Place<'_> {
    Place { line: at.line | OVERLAY_LINE, ..at }
}

type Outcome = Result<(), String>;

fn apply<'a>(guide: &mut GuideText<'a>, delta: &Delta<'a>) -> Outcome {
    match delta.target {
        Target::Rule(id) => match delta.change {
            Change::Drop => drop_rule(guide, id),
            _ => Err("a rule can only be dropped, by relax drop".into()),
        },
        Target::Loop(id) => change_loop(&mut guide.nodes, id, delta)
            .unwrap_or_else(|| Err(format!("the guide has no loop {id}"))),
        Target::Use(of) => {
            let nodes = match of.in_loop {
                "" | "ST" => Uses { trigger: None, nodes: &mut guide.nodes },
                id => find_loop(&mut guide.nodes, id)
                    .map(|found| Uses {
                        trigger: Some(&mut found.trigger),
                        nodes: &mut found.nodes,
                    })
                    .ok_or_else(|| format!("the guide has no loop {id}"))?,
            };
            change_use(nodes, &of, delta)
        }
    }
}

fn drop_rule(guide: &mut GuideText<'_>, id: &str) -> Outcome {
    let before = guide.rules.len();
    guide.rules.retain(|rule| rule.id != id);
    if guide.rules.len() < before { Ok(()) } else { Err(format!("the guide has no rule {id}")) }
}

fn find_loop<'n, 'a>(nodes: &'n mut [NodeText<'a>], id: &str) -> Option<&'n mut LoopText<'a>> {
    nodes.iter_mut().find_map(|node| match node {
        NodeText::Segment(_) => None,
        NodeText::Loop(inner) => {
            if inner.id == id {
                return Some(inner);
            }
            find_loop(&mut inner.nodes, id)
        }
    })
}

/// Changes the loop with this id wherever it stands; `None` when it is not among these nodes.
fn change_loop<'a>(nodes: &mut Vec<NodeText<'a>>, id: &str, delta: &Delta<'a>) -> Option<Outcome> {
    let found =
        nodes.iter().position(|node| matches!(node, NodeText::Loop(inner) if inner.id == id));
    if let Some(index) = found {
        let NodeText::Loop(inner) = &mut nodes[index] else { return None };
        if matches!(delta.change, Change::Forbid) {
            return Some(may_forbid(inner.usage).map(|()| {
                nodes.remove(index);
            }));
        }
        let outcome = change_repeat(&mut inner.usage, &mut inner.repeat_max, delta);
        inner.at = marked(delta.at);
        return Some(outcome);
    }
    nodes.iter_mut().find_map(|node| match node {
        NodeText::Loop(inner) => change_loop(&mut inner.nodes, id, delta),
        NodeText::Segment(_) => None,
    })
}

/// The segments of one loop.
struct Uses<'n, 'a> {
    trigger: Option<&'n mut SegmentText<'a>>,
    nodes: &'n mut Vec<NodeText<'a>>,
}

fn change_use<'a>(uses: Uses<'_, 'a>, of: &ReferenceText<'a>, delta: &Delta<'a>) -> Outcome {
    let is_meant =
        |segment: &SegmentText<'_>| segment.tag == of.tag && selected(segment, of.selector);
    if let Some(trigger) = uses.trigger.filter(|trigger| is_meant(trigger)) {
        if of.element == 0 && !matches!(delta.change, Change::Length(..)) {
            return Err(format!("{} begins its loop: change the loop instead", of.tag));
        }
        return change_segment(trigger, of, delta);
    }
    let meant =
        |node: &NodeText<'_>| matches!(node, NodeText::Segment(segment) if is_meant(segment));
    let mut found = uses.nodes.iter().enumerate().filter(|(_, node)| meant(node)).map(|(at, _)| at);
    let index = match (found.next(), found.next()) {
        (Some(index), None) => index,
        (None, _) => return Err(format!("the loop has no such {}", of.tag)),
        (Some(_), Some(_)) => {
            return Err(format!("the loop has several {0}: say which, as {0}[…]", of.tag));
        }
    };
    let NodeText::Segment(segment) = &mut uses.nodes[index] else {
        return Err(format!("the loop has no such {}", of.tag));
    };
    if of.element == 0 && matches!(delta.change, Change::Forbid) {
        may_forbid(segment.usage)?;
        uses.nodes.remove(index);
        return Ok(());
    }
    change_segment(segment, of, delta)
}

/// True when some element of the use allows the selecting code.
fn selected(segment: &SegmentText<'_>, selector: &str) -> bool {
    let allows = |element: &ElementText<'_>| matches!(&element.codes, CodesText::Of(codes) if codes.contains(&selector));
    selector.is_empty()
        || segment.elements.iter().any(|e| allows(e) || e.components.iter().any(allows))
}

fn change_segment<'a>(
    segment: &mut SegmentText<'a>,
    of: &ReferenceText<'a>,
    delta: &Delta<'a>,
) -> Outcome {
    if of.element == 0 {
        change_repeat(&mut segment.usage, &mut segment.repeat_max, delta)?;
        segment.at = marked(delta.at);
        return Ok(());
    }
    let mut siblings = &mut segment.elements;
    let mut position = of.element;
    if of.component > 0 {
        let element = siblings.iter_mut().find(|e| (e.first..=e.last).contains(&of.element));
        siblings = &mut element
            .ok_or_else(|| format!("the guide does not use {}{position:02}", of.tag))?
            .components;
        position = of.component;
    }
    change_element(siblings, position, delta)
}

fn change_element<'a>(
    siblings: &mut Vec<ElementText<'a>>,
    position: u8,
    delta: &Delta<'a>,
) -> Outcome {
    let Some(index) = siblings.iter().position(|e| (e.first..=e.last).contains(&position)) else {
        if !matches!(delta.change, Change::Use) {
            return Err(format!("the guide does not use position {position:02}"));
        }
        let index = siblings.iter().take_while(|e| e.last < position).count();
        siblings.insert(index, unused(position, delta.at));
        return Ok(());
    };
    let index = single_out(siblings, index, position);
    let element = &mut siblings[index];
    match &delta.change {
        Change::Forbid => {
            may_forbid(element.usage)?;
            siblings.remove(index);
            return Ok(());
        }
        Change::Require => element.usage = Usage::Required,
        Change::Optional => element.usage = Usage::Situational,
        Change::Only(codes) => only(&mut element.codes, codes)?,
        Change::Allow(codes) => match &mut element.codes {
            CodesText::Of(known) => known.extend(codes.iter().copied()),
            _ => return Err("the guide lists no codes here that could be added to".into()),
        },
        Change::Max(most) => {
            let most = u16::try_from(*most).unwrap_or(u16::MAX);
            within(most <= element.repeat_max, delta)?;
            element.repeat_max = most;
        }
        Change::Length(least, greatest) => {
            let tighter = element.length.is_none_or(|(l, g)| *least >= l && *greatest <= g);
            within(tighter, delta)?;
            element.length = Some((*least, *greatest));
        }
        Change::Use => return Err(format!("the guide already uses position {position:02}")),
        Change::Drop => return Err("only a rule can be dropped".into()),
    }
    element.at = marked(delta.at);
    Ok(())
}

/// Cuts a run such as `02..08` so that one entry speaks of `position` alone; gives its index.
fn single_out(siblings: &mut Vec<ElementText<'_>>, index: usize, position: u8) -> usize {
    let run = siblings[index].clone();
    let mut pieces = Vec::with_capacity(3);
    if run.first < position {
        pieces.push(ElementText { last: position - 1, ..run.clone() });
    }
    let single = index + pieces.len();
    pieces.push(ElementText { first: position, last: position, ..run.clone() });
    if position < run.last {
        pieces.push(ElementText { first: position + 1, ..run });
    }
    siblings.splice(index..=index, pieces);
    single
}

fn unused(position: u8, at: Place<'_>) -> ElementText<'_> {
    ElementText {
        first: position,
        last: position,
        usage: Usage::Situational,
        repeat_max: 1,
        name: "",
        pattern: None,
        length: None,
        codes: CodesText::Any,
        components: Vec::new(),
        at: marked(at),
    }
}

fn change_repeat(usage: &mut Usage, repeat_max: &mut u32, delta: &Delta<'_>) -> Outcome {
    match delta.change {
        Change::Require => *usage = Usage::Required,
        Change::Optional => *usage = Usage::Situational,
        Change::Max(most) => {
            within(most <= *repeat_max, delta)?;
            *repeat_max = most;
        }
        _ => {
            return Err(
                "a segment or loop takes require, forbid, max, relax max or relax optional".into(),
            );
        }
    }
    Ok(())
}

fn only<'a>(codes: &mut CodesText<'a>, wanted: &[&'a str]) -> Outcome {
    if let CodesText::Of(known) = codes {
        if let Some(strange) = wanted.iter().find(|code| !known.contains(code)) {
            return Err(format!(
                "the guide does not allow the code {strange} here: add it by relax allow"
            ));
        }
    }
    *codes = CodesText::Of(wanted.to_vec());
    Ok(())
}

fn may_forbid(usage: Usage) -> Outcome {
    match usage {
        Usage::Required => Err("the guide requires this: it cannot be forbidden".into()),
        _ => Ok(()),
    }
}

fn within(tighter: bool, delta: &Delta<'_>) -> Outcome {
    if tighter || delta.relax {
        return Ok(());
    }
    Err("this loosens the guide: say relax before it".into())
}
