//! Applies one line of an overlay to a guide text. What it changes gets the overlay's line, so that findings
//! can name it.

use super::{Change, Delta, OVERLAY_LINE, Target};
use crate::dict::CodeBook;
use crate::guide::Usage;
use crate::guide::ast::{
    CodesText, ElementText, GuideText, NodeText, Place, ReferenceText, SegmentText,
};

/// Nothing, or what is wrong with the line.
pub(super) type Outcome = Result<(), String>;

/// The place of something that comes from an overlay.
pub(super) fn marked(at: Place<'_>) -> Place<'_> {
    Place { line: at.line | OVERLAY_LINE, ..at }
}

/// Changes the guide text as one line says.
pub(super) fn apply<'a>(guide: &mut GuideText<'a>, delta: &Delta<'a>, codes: &CodeBook) -> Outcome {
    match delta.target {
        Target::Rule(id) => match delta.change {
            Change::Drop => drop_rule(guide, id),
            _ => Err("the only change to a rule is relax drop".into()),
        },
        Target::Loop(id) => change_loops(guide, id, delta),
        Target::Use(of) => {
            let nodes = match of.in_loop {
                "" | "ST" => Uses { trigger: None, nodes: &mut guide.nodes },
                id => find_loop(guide, id).ok_or_else(|| format!("the guide has no loop {id}"))?,
            };
            change_use(nodes, &of, delta, codes)
        }
    }
}

fn drop_rule(guide: &mut GuideText<'_>, id: &str) -> Outcome {
    let before = guide.rules.len();
    guide.rules.retain(|rule| rule.id != id);
    if guide.rules.len() < before { Ok(()) } else { Err(format!("the guide has no rule {id}")) }
}

/// The contents of the loop with this id; a shared loop is changed for all its places.
fn find_loop<'n, 'a>(guide: &'n mut GuideText<'a>, id: &str) -> Option<Uses<'n, 'a>> {
    for shared in &mut guide.shared {
        if shared.id == id {
            return Some(Uses { trigger: Some(&mut shared.trigger), nodes: &mut shared.nodes });
        }
        if let Some(found) = loop_among(&mut shared.nodes, id) {
            return Some(found);
        }
    }
    loop_among(&mut guide.nodes, id)
}

fn loop_among<'n, 'a>(nodes: &'n mut [NodeText<'a>], id: &str) -> Option<Uses<'n, 'a>> {
    nodes.iter_mut().find_map(|node| match node {
        NodeText::Segment(_) | NodeText::Use(_) => None,
        NodeText::Loop(inner) => {
            if inner.id == id {
                return Some(Uses { trigger: Some(&mut inner.trigger), nodes: &mut inner.nodes });
            }
            loop_among(&mut inner.nodes, id)
        }
    })
}

/// Changes how often the loop with this id may repeat, in every place of it.
fn change_loops<'a>(guide: &mut GuideText<'a>, id: &str, delta: &Delta<'a>) -> Outcome {
    let mut places = change_loop(&mut guide.nodes, id, delta)?;
    for shared in &mut guide.shared {
        places += change_loop(&mut shared.nodes, id, delta)?;
    }
    if places > 0 { Ok(()) } else { Err(format!("the guide has no loop {id}")) }
}

/// The same among these nodes and inside them; returns the number of places.
fn change_loop<'a>(
    nodes: &mut Vec<NodeText<'a>>,
    id: &str,
    delta: &Delta<'a>,
) -> Result<usize, String> {
    let mut places = 0;
    let mut index = 0;
    while index < nodes.len() {
        let (usage, repeat_max, at) = match &mut nodes[index] {
            NodeText::Loop(inner) if inner.id == id => {
                (&mut inner.usage, &mut inner.repeat_max, &mut inner.at)
            }
            NodeText::Use(used) if used.id == id => {
                (&mut used.usage, &mut used.repeat_max, &mut used.at)
            }
            NodeText::Loop(inner) => {
                places += change_loop(&mut inner.nodes, id, delta)?;
                index += 1;
                continue;
            }
            NodeText::Segment(_) | NodeText::Use(_) => {
                index += 1;
                continue;
            }
        };
        places += 1;
        if matches!(delta.change, Change::Forbid) {
            may_forbid(*usage)?;
            nodes.remove(index);
            continue;
        }
        change_repeat(usage, repeat_max, delta)?;
        *at = marked(delta.at);
        index += 1;
    }
    Ok(places)
}

/// The segments of one loop.
struct Uses<'n, 'a> {
    trigger: Option<&'n mut SegmentText<'a>>,
    nodes: &'n mut Vec<NodeText<'a>>,
}

fn change_use<'a>(
    uses: Uses<'_, 'a>,
    of: &ReferenceText<'a>,
    delta: &Delta<'a>,
    codes: &CodeBook,
) -> Outcome {
    let is_meant =
        |segment: &SegmentText<'_>| segment.tag == of.tag && selected(segment, of.selector);
    if let Some(trigger) = uses.trigger.filter(|trigger| is_meant(trigger)) {
        if of.element == 0 && !matches!(delta.change, Change::Length(..)) {
            return Err(format!("{} begins its loop: change the loop instead", of.tag));
        }
        return change_segment(trigger, of, delta, codes);
    }
    let meant =
        |node: &NodeText<'_>| matches!(node, NodeText::Segment(segment) if is_meant(segment));
    let mut found = uses.nodes.iter().enumerate().filter(|(_, node)| meant(node)).map(|(at, _)| at);
    let index = match (found.next(), found.next()) {
        (Some(index), None) => index,
        (None, _) => return Err(format!("the loop has no such {}", of.tag)),
        (Some(_), Some(_)) => {
            return Err(format!("the loop has several {0}: select one, as {0}[…]", of.tag));
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
    change_segment(segment, of, delta, codes)
}

/// True when some element of the use allows the selecting code.
fn selected(segment: &SegmentText<'_>, selector: &str) -> bool {
    let allows = |element: &ElementText<'_>| match &element.codes {
        CodesText::Of(codes) => codes.contains(&selector),
        CodesText::Any | CodesText::Named(_) => false,
    };
    selector.is_empty()
        || segment.elements.iter().any(|e| allows(e) || e.components.iter().any(allows))
}

fn change_segment<'a>(
    segment: &mut SegmentText<'a>,
    of: &ReferenceText<'a>,
    delta: &Delta<'a>,
    codes: &CodeBook,
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
    change_element(siblings, position, delta, codes)
}

fn change_element<'a>(
    siblings: &mut Vec<ElementText<'a>>,
    position: u8,
    delta: &Delta<'a>,
    book: &CodeBook,
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
        Change::Only(codes) => only(&mut element.codes, codes, book)?,
        Change::Allow(codes) => match &mut element.codes {
            CodesText::Of(known) => known.extend(codes.iter().copied()),
            _ => return Err("the guide has no list of codes here to add to".into()),
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
        Change::Drop => return Err("relax drop is for rules only".into()),
    }
    element.at = marked(delta.at);
    Ok(())
}

/// Splits a run such as `02..08` so that one entry is for `position` alone; returns its index.
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

fn only<'a>(codes: &mut CodesText<'a>, wanted: &[&'a str], book: &CodeBook) -> Outcome {
    let strange = match codes {
        CodesText::Any => None,
        CodesText::Of(known) => wanted.iter().find(|code| !known.contains(code)),
        CodesText::Named(name) => {
            let known = book.list(name);
            wanted.iter().find(|code| !known.absent && !known.contains(code.as_bytes()))
        }
    };
    if let Some(strange) = strange {
        return Err(format!(
            "the guide does not allow the code {strange} here: add it with relax allow"
        ));
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
    Err("this loosens the guide: write relax before it".into())
}
