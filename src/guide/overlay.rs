//! Companion guides as overlays: reviewable changes to a guide text, which may restrict it, and loosen it only
//! with the word `relax`. Applying one gives a new guide text; the guide itself is never changed.

mod apply;

use nom::Parser;
use nom::branch::alt;
use nom::bytes::complete::tag;
use nom::character::complete::{multispace0, u16 as decimal};
use nom::combinator::{map, opt, value};
use nom::error::context;
use nom::multi::many1;
use nom::sequence::{preceded, terminated};

use self::apply::marked;
use super::ast::{GuideText, Place, ReferenceText, RuleText};
use super::lines::place;
use super::parse::{purposes, repeat, rules};
use crate::dict::text::{Line, Parsed, code, keyword, lines, title, word};
use crate::dict::{CodeBook, Dictionary, TextError};
use crate::guide::Guide;

/// Set in the line number of everything that comes from an overlay: the rest of the number is the line in the
/// overlay.
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
    /// Which of the guides that share set and guide id it changes, by one of their codes of BHT02; empty for the first.
    pub purposes: Vec<&'a str>,
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
    /// `max 5`: at most so many repeats.
    Max(u32),
    /// `length 9..12`
    Length(u16, u16),
    /// `relax allow A B`: these codes too.
    Allow(Vec<&'a str>),
    /// `relax optional`: required becomes situational.
    Optional,
    /// `relax use`: not used becomes situational.
    Use,
    /// `relax drop`: the rule does not apply.
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
    pub fn apply<'t>(
        &self,
        guide: &GuideText<'t>,
        codes: &CodeBook,
    ) -> Result<GuideText<'t>, TextError>
    where
        'a: 't,
    {
        if (self.guide, self.set) != (guide.id, guide.set) {
            let message = format!("this overlay is for {} set {}", self.guide, self.set);
            return Err(TextError::at(self.at.line, message));
        }
        let mut changed = guide.clone();
        for delta in &self.deltas {
            apply::apply(&mut changed, delta, codes)
                .map_err(|message| TextError::at(delta.at.line, message))?;
        }
        for rule in &self.rules {
            if changed.rules.iter().any(|other| other.id == rule.id) {
                let message = format!("the guide already has a rule {}", rule.id);
                return Err(TextError::at(rule.at.line, message));
            }
            changed.rules.push(RuleText { at: marked(rule.at), ..rule.clone() });
        }
        Ok(changed)
    }

    /// The compiled guide with the overlay's changes in it. Rules of the guide about something that the
    /// overlay forbids no longer apply.
    pub fn compile(
        &self,
        guide: &GuideText<'_>,
        dictionary: &Dictionary<'_>,
        codes: &CodeBook,
    ) -> Result<Guide, TextError> {
        let changed = self.apply(guide, codes).map_err(|error| error.named(self.name))?;
        Guide::compile_overlaid(&changed, self.name, dictionary, codes).map_err(|error| {
            let ours = error.line & OVERLAY_LINE != 0;
            let error = TextError { line: error.line & !OVERLAY_LINE, ..error };
            error.named(if ours { self.name } else { self.guide })
        })
    }
}

/// `overlay acme  on 005010X279A1  set 271  Acme Health Plan`
fn head(input: &str) -> Parsed<'_, Overlay<'_>> {
    let (rest, (_, name, _, guide, _, set, purposes, title)) = (
        keyword("overlay"),
        word("the name of the overlay"),
        keyword("on"),
        word("a guide id"),
        keyword("set"),
        word("a transaction set id"),
        purposes,
        title,
    )
        .parse(input)?;
    let at = Place::default();
    let (deltas, rules) = (Vec::new(), Vec::new());
    Ok((rest, Overlay { name, guide, set, purposes, title, at, deltas, rules, tail: "" }))
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
        return Err(TextError::at(line.number, "this loosens the guide: write relax before it"));
    }
    Ok(Delta { target, relax, change, at: place(line) })
}

#[cfg(test)]
mod tests;
